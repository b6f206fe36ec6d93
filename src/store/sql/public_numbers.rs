//! The numbers on public pages, read in one statement so that all of them are of one instant. What concerns the whole
//! campaign stands in the first group's row only: there may be hundreds.

use super::Database;
use super::columns::{time_column, u64_column};
use super::reporting_groups::group_counts;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::public_numbers::{PublicNumbers, PublicNumbersStore};
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl PublicNumbersStore for Database {
    async fn public_numbers(&self, id: CampaignId) -> Result<PublicNumbers, StoreError> {
        let rows = sqlx::query(
            "SELECT g.group_index, g.code, g.name, g.kind, g.institution, g.institution_name, g.eligible, g.signed, \
             g.excused, g.revoked, g.added, COALESCE(p.size, 0) AS log_size, p.checkpoint AS pledges_checkpoint, r.checkpoint AS roster_checkpoint, \
             n.checkpoint AS notices_checkpoint, p.at AS committed_at, t.signed AS tally \
             FROM reporting_group g \
             LEFT JOIN log_head p ON p.campaign_id = g.campaign_id AND p.log = 1 AND g.group_index = 0 \
             LEFT JOIN log_head r ON r.campaign_id = g.campaign_id AND r.log = 2 AND g.group_index = 0 \
             LEFT JOIN log_head n ON n.campaign_id = g.campaign_id AND n.log = 3 AND g.group_index = 0 \
             LEFT JOIN group_tally t ON t.campaign_id = g.campaign_id AND g.group_index = 0 \
             WHERE g.campaign_id = $1 ORDER BY g.group_index",
        )
        .bind(id.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let Some(first) = rows.first() else { return Ok(PublicNumbers::default()) };
        Ok(PublicNumbers {
            groups: group_counts(&rows)?,
            log_size: u64_column(first, "log_size")?,
            pledges_checkpoint: first.try_get("pledges_checkpoint")?,
            roster_checkpoint: first.try_get("roster_checkpoint")?,
            notices_checkpoint: first.try_get("notices_checkpoint")?,
            committed_at: time_column(first, "committed_at")?,
        })
    }
}

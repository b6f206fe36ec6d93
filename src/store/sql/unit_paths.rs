//! The paths of a locked roster's units, written with the unit, so that whoever reads a person reads no other row.
//!
//! A roster that was locked before there were paths has none: its certificates show the unit's own name, as they did.

use super::columns::{bytes_column, u32_column};
use super::roster_lock::require_claim;
use super::write_result::commit;
use super::{Database, Transaction};
use crate::domain::ids::CampaignId;
use crate::domain::unit::UNIT_LEVELS_MAX;
use crate::store::StoreError;
use crate::store::rosters::{RosterId, StoredPath};
use sqlx::Row as _;

const CLEAR: &str = "UPDATE unit SET path = NULL \
     WHERE campaign_id = $1 AND roster_id = $2 AND institution = $3 AND path IS NOT NULL";
const TOP: &str = "UPDATE unit SET path = name \
     WHERE campaign_id = $1 AND roster_id = $2 AND institution = $3 AND parent IS NULL";
/// The unit above is looked up for each unit. With `EXISTS`, PostgreSQL may go through all units for each unit above.
const BELOW: &str = "UPDATE unit SET path = (SELECT above.path || ' / ' || unit.name FROM unit above \
     WHERE above.campaign_id = unit.campaign_id AND above.roster_id = unit.roster_id AND above.unit_id = unit.parent) \
     WHERE campaign_id = $1 AND roster_id = $2 AND institution = $3 AND path IS NULL \
     AND (SELECT above.path FROM unit above WHERE above.campaign_id = unit.campaign_id \
     AND above.roster_id = unit.roster_id AND above.unit_id = unit.parent LIMIT 1) IS NOT NULL";

/// Writes the paths of the rosters in force, level by level and each institution by itself, under the claim of a lock.
pub(super) async fn write(db: &Database, campaign: CampaignId, token: [u8; 16]) -> Result<(), StoreError> {
    let rosters = sqlx::query(
        "SELECT code, roster_id FROM institution WHERE campaign_id = $1 AND roster_id IS NOT NULL ORDER BY code",
    )
    .bind(campaign.as_bytes())
    .fetch_all(&mut *db.reader().await?)
    .await?;
    for row in &rosters {
        let (code, roster): (String, RosterId) = (row.try_get("code")?, bytes_column(row, "roster_id")?);
        db.retried(|| of_roster(db, campaign, token, &code, roster)).await?;
    }
    Ok(())
}

async fn of_roster(
    db: &Database,
    campaign: CampaignId,
    token: [u8; 16],
    institution: &str,
    roster: RosterId,
) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    require_claim(&mut tx, campaign, token).await?;
    for statement in [CLEAR, TOP] {
        run(&mut tx, statement, campaign, institution, roster).await?;
    }
    for _ in 1..UNIT_LEVELS_MAX {
        if run(&mut tx, BELOW, campaign, institution, roster).await? == 0 {
            break;
        }
    }
    commit(tx).await
}

async fn run(
    tx: &mut Transaction<'_>,
    statement: &'static str,
    campaign: CampaignId,
    institution: &str,
    roster: RosterId,
) -> Result<u64, StoreError> {
    let done =
        sqlx::query(statement).bind(campaign.as_bytes()).bind(roster.as_slice()).bind(institution).execute(&mut **tx);
    Ok(done.await?.rows_affected())
}

/// The paths that are stored for the units in force.
pub(super) async fn stored(db: &Database, campaign: CampaignId) -> Result<Vec<StoredPath>, StoreError> {
    let rows = sqlx::query(
        "SELECT u.institution, u.unit_id, u.path FROM institution i JOIN unit u \
         ON u.campaign_id = i.campaign_id AND u.roster_id = i.roster_id AND u.institution = i.code \
         WHERE i.campaign_id = $1 AND u.path IS NOT NULL",
    )
    .bind(campaign.as_bytes())
    .fetch_all(&mut *db.reader().await?)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredPath {
                institution: row.try_get("institution")?,
                unit: u32_column(row, "unit_id")?,
                path: row.try_get("path")?,
            })
        })
        .collect()
}

//! Conditions that must still hold when a roster is staged, activated or locked; `Conflict` otherwise.

use super::columns::u64_column;
use super::{Row, Transaction, campaigns};
use crate::domain::campaign::CampaignState;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::rosters::{RosterId, RosterVersion};
use sqlx::Row as _;

/// Locks the campaign's row and requires a draft. No other write changes its state until this one ends.
pub(super) async fn require_draft(tx: &mut Transaction<'_>, campaign: CampaignId) -> Result<(), StoreError> {
    let found = campaigns::locked(tx, campaign).await?;
    found.filter(|found| found.state == CampaignState::Draft).map(|_| ()).ok_or(StoreError::Conflict)
}

/// Requires that the institutions have exactly these rosters, unchanged.
pub(super) async fn require_rosters(
    tx: &mut Transaction<'_>,
    campaign: CampaignId,
    expected: &[(String, RosterVersion)],
) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT code, roster_id, roster_generation FROM institution WHERE campaign_id = $1")
        .bind(campaign.as_bytes())
        .fetch_all(&mut **tx)
        .await?;
    let version = |row: &Row| {
        let generation = u64_column(row, "roster_generation")?;
        Ok((row.try_get("code")?, RosterVersion { roster: roster_of(row)?, generation }))
    };
    let mut now: Vec<(String, RosterVersion)> = rows.iter().map(version).collect::<Result<_, StoreError>>()?;
    let mut expected = expected.to_vec();
    now.sort();
    expected.sort();
    if now == expected { Ok(()) } else { Err(StoreError::Conflict) }
}

/// The roster that a row names; `None` where the institution has none.
pub(super) fn roster_of(row: &Row) -> Result<Option<RosterId>, StoreError> {
    let roster: Option<&[u8]> = row.try_get("roster_id")?;
    roster.map(TryInto::try_into).transpose().map_err(|_| StoreError::Corrupt("roster_id"))
}

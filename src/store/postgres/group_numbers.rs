//! Counts a batch's pledges by reporting group, in the rows of the groups.

use super::Connection;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use std::collections::BTreeMap;

/// Adds to the running numbers of these groups; returns how many of them exist. One statement for all groups, since the
/// other nodes wait for the lock during every round trip.
pub(super) async fn add_signed(
    tx: &mut Connection,
    campaign: CampaignId,
    signed: &BTreeMap<u32, u32>,
) -> Result<u64, StoreError> {
    let groups: Vec<i64> = signed.keys().map(|group| i64::from(*group)).collect();
    let more: Vec<i64> = signed.values().map(|more| i64::from(*more)).collect();
    let done = sqlx::query(
        "UPDATE reporting_group SET signed = signed + r.more \
         FROM UNNEST($2::BIGINT[], $3::BIGINT[]) AS r (group_index, more) \
         WHERE reporting_group.campaign_id = $1 AND reporting_group.group_index = r.group_index",
    )
    .bind(campaign.as_bytes())
    .bind(groups)
    .bind(more)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

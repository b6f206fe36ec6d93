//! Counts a batch's pledges by reporting group, in one row for all groups of a campaign: a batch of a province touches
//! hundreds of them.

use super::Connection;
use super::columns::u32_column;
use super::group_tally::place;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use sqlx::Row as _;
use std::collections::BTreeMap;

/// Adds to the running numbers of these groups; returns how many of them exist.
pub(super) async fn add_signed(
    tx: &mut Connection,
    campaign: CampaignId,
    signed: &BTreeMap<u32, u32>,
) -> Result<u64, StoreError> {
    let stored = sqlx::query("SELECT signed FROM group_tally WHERE campaign_id = ?")
        .bind(campaign.as_bytes())
        .fetch_optional(&mut *tx)
        .await?;
    let mut tally: Vec<u8> = match stored {
        Some(row) => row.try_get("signed")?,
        None => vec![0; place(groups(tx, campaign).await?).start],
    };
    let mut counted = 0;
    for (group, more) in signed {
        counted += u64::from(add(&mut tally, *group, *more)?);
    }
    sqlx::query(
        "INSERT INTO group_tally (campaign_id, signed) VALUES (?, ?) \
         ON CONFLICT (campaign_id) DO UPDATE SET signed = excluded.signed",
    )
    .bind(campaign.as_bytes())
    .bind(tally)
    .execute(tx)
    .await?;
    Ok(counted)
}

/// How many groups a campaign has; their indexes begin at 0.
async fn groups(tx: &mut Connection, campaign: CampaignId) -> Result<u32, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS groups FROM reporting_group WHERE campaign_id = ?")
        .bind(campaign.as_bytes())
        .fetch_one(tx)
        .await?;
    u32_column(&row, "groups")
}

/// Adds to a group's number; `false` if there is no such group.
fn add(tally: &mut [u8], group: u32, more: u32) -> Result<bool, StoreError> {
    let Some(bytes) = tally.get_mut(place(group)) else { return Ok(false) };
    let before = u32::from_be_bytes((&*bytes).try_into().map_err(|_| StoreError::Corrupt("signed"))?);
    let sum = before.checked_add(more).ok_or(StoreError::Corrupt("signed"))?;
    bytes.copy_from_slice(&sum.to_be_bytes());
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_do_not_exist_have_no_number_and_no_number_overflows() {
        let mut tally = vec![0; 12];
        for (group, more) in [(0, 5), (2, 258), (2, 1)] {
            assert!(add(&mut tally, group, more).unwrap());
        }
        assert!(!add(&mut tally, 3, 1).unwrap() && !add(&mut tally, u32::MAX, 1).unwrap());
        assert_eq!(tally, [0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 1, 3]);
        assert!(matches!(add(&mut tally, 0, u32::MAX), Err(StoreError::Corrupt("signed"))));
        assert_eq!(tally[..4], [0, 0, 0, 5]);
    }
}

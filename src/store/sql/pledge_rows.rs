//! Reads pledges from their rows.

use super::columns::{bytes_column, u64_column};
use super::{Connection, Row, lookups};
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::pledge::{Method, Pledge, Strokes};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use sqlx::Row as _;

/// The pledges of these participants; people without one are absent.
pub(super) async fn pledges_of(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Pledge>, StoreError> {
    let rows = lookups::pledges(connection, campaign, participants).await?;
    rows.iter().map(|row| pledge(campaign, row)).collect()
}

/// One row of `pledge`.
pub(super) fn pledge(campaign: CampaignId, row: &Row) -> Result<Pledge, StoreError> {
    let strokes: Option<&[u8]> = row.try_get("strokes")?;
    let method = u8::try_from(row.try_get::<i64, _>("method")?).ok().and_then(Method::from_code);
    Ok(Pledge {
        campaign,
        participant: ParticipantId(bytes_column(row, "participant_id")?),
        id: PledgeId(bytes_column(row, "pledge_id")?),
        log_index: u64_column(row, "log_index")?,
        signed_count: u64_column(row, "signed_count")?,
        signed_at: UnixMillis(row.try_get("signed_at")?),
        credential: row.try_get("credential")?,
        text_hash: bytes_column(row, "text_hash")?,
        method: method.ok_or(StoreError::Corrupt("method"))?,
        strokes: strokes.map(Strokes::unpack).transpose().map_err(|_| StoreError::Corrupt("strokes"))?,
    })
}

//! Look-ups by a list of participants in SQLite: lists of placeholders in a few fixed sizes.

use super::bulk_insert::placeholders;
use super::pledges::signers_where;
use super::{Connection, Row};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::StoreError;
use sqlx::AssertSqlSafe;
use std::sync::LazyLock;

/// A list of participants is read in pieces of these sizes, the last one padded with repeats, so that few statements
/// have to stay prepared.
const PIECES: [usize; 3] = [256, 32, 1];

static FACTS: LazyLock<[String; 3]> = LazyLock::new(|| {
    PIECES.map(|size| {
        format!(
            "SELECT p.participant_id, p.shown_name, p.identifier_kind, p.issuer, p.identifier, p.institution, p.slot, \
             p.group_index, COALESCE(v.version, 1) AS code_version, COALESCE(v.place_version, 0) AS place_version, \
             COALESCE(v.standing, 0) AS standing, s.signed_at \
             FROM participant p \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution AND i.roster_id = p.roster_id \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             WHERE p.campaign_id = ? AND p.slot IS NOT NULL AND p.participant_id IN ({})",
            placeholders(size)
        )
    })
});

static CODES: LazyLock<[String; 3]> = LazyLock::new(|| {
    PIECES.map(|size| {
        let asked = placeholders(size);
        format!(
            "SELECT participant_id, version, place_version FROM code_version WHERE campaign_id = ? \
             AND participant_id IN ({asked})"
        )
    })
});

static PLEDGES: LazyLock<[String; 3]> = LazyLock::new(|| {
    PIECES.map(|size| {
        format!("SELECT * FROM pledge WHERE campaign_id = ? AND participant_id IN ({})", placeholders(size))
    })
});

static SIGNERS: LazyLock<[String; 3]> = LazyLock::new(|| {
    PIECES.map(|size| signers_where(&format!("p.campaign_id = ? AND p.participant_id IN ({})", placeholders(size))))
});

/// Everything about these participants.
pub(super) async fn signers(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    in_pieces(connection, &SIGNERS, campaign, participants).await
}

/// What signing needs of these participants.
pub(super) async fn signing_facts(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    in_pieces(connection, &FACTS, campaign, participants).await
}

/// The epoch of the roster in force.
pub(super) async fn roster_epoch(connection: &mut Connection, campaign: CampaignId) -> Result<Option<Row>, StoreError> {
    let epoch = "SELECT roster_epoch FROM campaign WHERE campaign_id = $1 AND roster_epoch IS NOT NULL";
    let row = sqlx::query(epoch).bind(campaign.as_bytes()).fetch_optional(connection);
    Ok(row.await?)
}

/// Versions of those among these participants whose code was reissued or who changed after the lock.
pub(super) async fn codes(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    in_pieces(connection, &CODES, campaign, participants).await
}

/// The pledges of these participants.
pub(super) async fn pledges(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    in_pieces(connection, &PLEDGES, campaign, participants).await
}

/// Runs a statement over a list of participants, in pieces of the prepared sizes.
async fn in_pieces(
    connection: &mut Connection,
    statements: &'static [String; 3],
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(participants.len());
    let mut rest = participants;
    while let Some(last) = rest.last() {
        let fitting = PIECES.iter().rposition(|&size| size >= rest.len()).unwrap_or(0);
        let (piece, after) = rest.split_at(rest.len().min(PIECES[fitting]));
        let mut query = sqlx::query(AssertSqlSafe(statements[fitting].as_str())).bind(campaign.as_bytes());
        for place in 0..PIECES[fitting] {
            query = query.bind(piece.get(place).unwrap_or(last).as_bytes());
        }
        rows.extend(query.fetch_all(&mut *connection).await?);
        rest = after;
    }
    Ok(rows)
}

/// The longest of the statements with which [`signers`] reads.
#[cfg(test)]
pub(super) fn signers_statement() -> &'static str {
    &SIGNERS[0]
}

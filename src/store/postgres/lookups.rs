//! Look-ups by a list of participants in PostgreSQL: the list is one array.
//!
//! Each person is looked up in a subquery with `LIMIT 1`, which the planner can't merge into the outer query: a plan
//! made while the tables were small stays right when they hold a province.

use super::pledges::signers_where;
use super::pool::with_timeout;
use super::{Connection, Row};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::StoreError;
use sqlx::AssertSqlSafe;
use std::sync::LazyLock;
use std::time::Duration;

/// How long the ledger waits for a read. Every signer waits for the ledger, so its reads need a limit.
const FACTS_TIMEOUT: Duration = Duration::from_secs(10);

static SIGNERS: LazyLock<String> = LazyLock::new(|| {
    let one = signers_where("p.campaign_id = $1 AND p.participant_id = asked.participant_id LIMIT 1");
    format!("SELECT one.* FROM UNNEST($2::BYTEA[]) AS asked (participant_id) CROSS JOIN LATERAL ({one}) one")
});

/// Everything about these participants.
pub(super) async fn signers(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    let rows = sqlx::query(AssertSqlSafe(SIGNERS.as_str()))
        .bind(campaign.as_bytes())
        .bind(ids(participants))
        .fetch_all(connection);
    Ok(rows.await?)
}

/// What signing needs of these participants.
pub(super) async fn signing_facts(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    let facts = sqlx::query(
        "SELECT p.*, COALESCE(v.version, 1) AS code_version, COALESCE(v.place_version, 0) AS place_version, \
         COALESCE(v.standing, 0) AS standing, s.signed_at \
         FROM UNNEST($2::BYTEA[]) AS asked (participant_id) \
         CROSS JOIN LATERAL ( \
         SELECT n.participant_id, n.shown_name, n.identifier_kind, n.issuer, n.identifier, n.institution, n.slot, \
         n.group_index \
         FROM participant n \
         JOIN institution i ON i.campaign_id = n.campaign_id AND i.code = n.institution \
         AND i.roster_id = n.roster_id \
         WHERE n.campaign_id = $1 AND n.participant_id = asked.participant_id AND n.slot IS NOT NULL LIMIT 1) p \
         LEFT JOIN LATERAL ( \
         SELECT version, place_version, standing FROM code_version \
         WHERE campaign_id = $1 AND participant_id = asked.participant_id LIMIT 1) v ON TRUE \
         LEFT JOIN LATERAL ( \
         SELECT signed_at FROM pledge \
         WHERE campaign_id = $1 AND participant_id = asked.participant_id LIMIT 1) s ON TRUE",
    )
    .bind(campaign.as_bytes())
    .bind(ids(participants))
    .fetch_all(connection);
    Ok(with_timeout(FACTS_TIMEOUT, facts).await?)
}

/// The epoch of the roster in force.
pub(super) async fn roster_epoch(connection: &mut Connection, campaign: CampaignId) -> Result<Option<Row>, StoreError> {
    let epoch = "SELECT roster_epoch FROM campaign WHERE campaign_id = $1 AND roster_epoch IS NOT NULL";
    let row = sqlx::query(epoch).bind(campaign.as_bytes()).fetch_optional(connection);
    Ok(with_timeout(FACTS_TIMEOUT, row).await?)
}

/// Versions of those among these participants whose code was reissued or who changed after the lock.
pub(super) async fn codes(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    let codes = sqlx::query(
        "SELECT v.participant_id, v.version, v.place_version FROM UNNEST($2::BYTEA[]) AS asked (participant_id) \
         CROSS JOIN LATERAL ( \
         SELECT participant_id, version, place_version FROM code_version \
         WHERE campaign_id = $1 AND participant_id = asked.participant_id LIMIT 1) v",
    )
    .bind(campaign.as_bytes())
    .bind(ids(participants))
    .fetch_all(connection);
    Ok(with_timeout(FACTS_TIMEOUT, codes).await?)
}

/// The pledges of these participants.
pub(super) async fn pledges(
    connection: &mut Connection,
    campaign: CampaignId,
    participants: &[ParticipantId],
) -> Result<Vec<Row>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.* FROM UNNEST($2::BYTEA[]) AS asked (participant_id) \
         CROSS JOIN LATERAL ( \
         SELECT * FROM pledge WHERE campaign_id = $1 AND participant_id = asked.participant_id LIMIT 1) s",
    )
    .bind(campaign.as_bytes())
    .bind(ids(participants))
    .fetch_all(connection);
    Ok(with_timeout(FACTS_TIMEOUT, rows).await?)
}

fn ids(participants: &[ParticipantId]) -> Vec<&[u8]> {
    participants.iter().map(|participant| participant.as_bytes()).collect()
}

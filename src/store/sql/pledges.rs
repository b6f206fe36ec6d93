//! Reads pledges, logs and revocations. Committing is in `pledge_commit`, revoking in `roster_change`.

use super::columns::{bytes_column, employment_column, standing_column, u32_column, u64_column};
use super::pledge_rows::{pledge, pledges_of};
use super::{Database, Row, lookups};
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::participant::{Participant, RosterEpoch};
use crate::domain::pledge::Pledge;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::pledges::{
    CommitOutcome, LogHead, LogKind, PledgeBatch, PledgeStore, RecordedCredential, RevocationRecord, RosterPlace,
    SignCheckpoint, Signer, SigningFacts,
};
use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::HashMap;
use std::sync::LazyLock;

/// `IS TRUE` keeps the planner from using an index by `campaign_id`. It would prefer that index to the range of ids,
/// and read all pledges of the campaign.
pub(super) const PLEDGES_BETWEEN: &str =
    "SELECT * FROM pledge WHERE (campaign_id = $1) IS TRUE AND pledge_id BETWEEN $2 AND $3 LIMIT 2";

static SIGNER: LazyLock<String> = LazyLock::new(|| signers_where("p.campaign_id = $1 AND p.participant_id = $2"));

/// The statement that reads everything about people. Known and unknown identifiers are looked up in the same way, in
/// one statement. Unit and revocation are subqueries: with joins, a plan made while the tables were empty scans all
/// rows of the campaign.
pub(super) fn signers_where(condition: &str) -> String {
    format!(
        "SELECT p.participant_id, p.identifier_kind, p.issuer, p.identifier, p.shown_name, p.institution, \
         p.unit_id, \
         p.location, p.rank_name, p.position_name, p.employment, p.slot, p.group_index, i.name AS institution_name, \
         i.help_contact, \
         COALESCE((SELECT COALESCE(u.path, u.name) FROM unit u WHERE u.campaign_id = p.campaign_id AND u.roster_id = p.roster_id \
         AND u.unit_id = p.unit_id), '') AS unit_name, COALESCE(v.version, 1) AS code_version, \
         COALESCE(v.place_version, 0) AS place_version, COALESCE(v.standing, 0) AS standing, \
         COALESCE(v.admission, 1) AS admission, c.roster_epoch, \
         s.pledge_id, s.log_index, s.signed_count, s.signed_at, s.text_hash, s.method, s.credential, s.strokes, \
         EXISTS (SELECT 1 FROM revocation r WHERE r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id) \
         AS revoked \
         FROM participant p \
         JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution \
         AND i.roster_id = p.roster_id \
         LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
         LEFT JOIN campaign c ON c.campaign_id = p.campaign_id \
         LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
         WHERE {condition}"
    )
}

#[async_trait]
impl PledgeStore for Database {
    async fn signing_facts(
        &self,
        campaign: CampaignId,
        participants: &[ParticipantId],
    ) -> Result<Vec<SigningFacts>, StoreError> {
        let mut reader = self.ledger_reader().await?;
        let rows = lookups::signing_facts(&mut reader, campaign, participants).await?;
        let mut facts: Vec<SigningFacts> = rows.iter().map(facts_of).collect::<Result<_, StoreError>>()?;
        let mut signed = vec![];
        for (row, one) in rows.iter().zip(&facts) {
            if row.try_get::<Option<i64>, _>("signed_at")?.is_some() {
                signed.push(one.participant);
            }
        }
        // Few people sign twice. A second query reads their pledges, so that the rows of all others stay small.
        let pledges = pledges_of(&mut reader, campaign, &signed).await?;
        let mut pledges: HashMap<ParticipantId, Pledge> = pledges.into_iter().map(|p| (p.participant, p)).collect();
        for one in &mut facts {
            one.pledge = pledges.remove(&one.participant);
        }
        Ok(facts)
    }

    async fn roster_epoch(&self, campaign: CampaignId) -> Result<Option<RosterEpoch>, StoreError> {
        let row = lookups::roster_epoch(&mut *self.ledger_reader().await?, campaign).await?;
        row.map(|row| bytes_column(&row, "roster_epoch")).transpose()
    }

    async fn commit_batch(
        &self,
        batch: &PledgeBatch,
        sign: &SignCheckpoint<'_>,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        self.retried(|| super::pledge_commit::commit_batch(self, batch, sign)).await
    }

    async fn signer(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Signer>, StoreError> {
        if let Some(found) = self.signer_coalesced(campaign, participant).await {
            return Ok(found);
        }
        // Boxed, so that a request that waits for the coalesced read holds no memory for this rare one.
        Box::pin(signer_alone(self, campaign, participant)).await
    }

    async fn pledge_of(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Pledge>, StoreError> {
        let row = sqlx::query("SELECT * FROM pledge WHERE campaign_id = $1 AND participant_id = $2")
            .bind(campaign.as_bytes())
            .bind(participant.as_bytes())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| pledge(campaign, &row)).transpose()
    }

    async fn pledge(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<Pledge>, StoreError> {
        let row = sqlx::query("SELECT * FROM pledge WHERE campaign_id = $1 AND pledge_id = $2")
            .bind(campaign.as_bytes())
            .bind(id.as_bytes())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| pledge(campaign, &row)).transpose()
    }

    async fn recorded(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<RecordedCredential>, StoreError> {
        let row = sqlx::query(
            "SELECT s.credential, r.pledge_id IS NOT NULL AS revoked FROM pledge s \
             LEFT JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE s.campaign_id = $1 AND s.pledge_id = $2",
        )
        .bind(campaign.as_bytes())
        .bind(id.as_bytes())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(|row| {
            Ok(RecordedCredential { credential: row.try_get("credential")?, revoked: row.try_get("revoked")? })
        })
        .transpose()
    }

    async fn pledges_between(
        &self,
        campaign: CampaignId,
        low: PledgeId,
        high: PledgeId,
    ) -> Result<Vec<Pledge>, StoreError> {
        let rows = sqlx::query(PLEDGES_BETWEEN)
            .bind(campaign.as_bytes())
            .bind(low.as_bytes())
            .bind(high.as_bytes())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| pledge(campaign, row)).collect()
    }

    async fn count_pledges(&self, campaign: CampaignId) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS pledges FROM pledge WHERE campaign_id = $1")
            .bind(campaign.as_bytes())
            .fetch_one(&mut *self.reader().await?)
            .await?;
        u64_column(&row, "pledges")
    }

    async fn log_head(&self, campaign: CampaignId, log: LogKind) -> Result<Option<LogHead>, StoreError> {
        let row = sqlx::query("SELECT size, root, checkpoint, at FROM log_head WHERE campaign_id = $1 AND log = $2")
            .bind(campaign.as_bytes())
            .bind(log.number())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| {
            Ok(LogHead {
                size: u64_column(&row, "size")?,
                root: bytes_column(&row, "root")?,
                checkpoint: row.try_get("checkpoint")?,
                at: UnixMillis(row.try_get("at")?),
            })
        })
        .transpose()
    }

    async fn leaves(
        &self,
        campaign: CampaignId,
        log: LogKind,
        from: u64,
        limit: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = sqlx::query(
            "SELECT bytes FROM leaf WHERE campaign_id = $1 AND log = $2 AND leaf_index >= $3 \
             ORDER BY leaf_index LIMIT $4",
        )
        .bind(campaign.as_bytes())
        .bind(log.number())
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(|row| Ok(row.try_get("bytes")?)).collect()
    }

    async fn revocation(&self, campaign: CampaignId, pledge: PledgeId) -> Result<Option<RevocationRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT reason, revoked_at, revoked_by FROM revocation WHERE campaign_id = $1 AND pledge_id = $2",
        )
        .bind(campaign.as_bytes())
        .bind(pledge.as_bytes())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(|row| {
            Ok(RevocationRecord {
                reason: row.try_get("reason")?,
                at: UnixMillis(row.try_get("revoked_at")?),
                by: row.try_get("revoked_by")?,
            })
        })
        .transpose()
    }
}

async fn signer_alone(
    database: &Database,
    campaign: CampaignId,
    participant: ParticipantId,
) -> Result<Option<Signer>, StoreError> {
    let row = sqlx::query(AssertSqlSafe(SIGNER.as_str()))
        .bind(campaign.as_bytes())
        .bind(participant.as_bytes())
        .fetch_optional(&mut *database.reader().await?)
        .await?;
    row.map(|row| signer(campaign, &row)).transpose()
}

/// A row of [`signers_where`].
pub(super) fn signer(campaign: CampaignId, row: &Row) -> Result<Signer, StoreError> {
    let signed = row.try_get::<Option<i64>, _>("signed_at")?.is_some();
    Ok(Signer {
        participant: person(row)?,
        institution_name: row.try_get("institution_name")?,
        unit_name: row.try_get("unit_name")?,
        help_contact: row.try_get("help_contact")?,
        code_version: u32_column(row, "code_version")?,
        pledge: signed.then(|| pledge(campaign, row)).transpose()?,
        revoked: row.try_get("revoked")?,
        standing: standing_column(row)?,
        place_version: u32_column(row, "place_version")?,
        admission: u8::try_from(u32_column(row, "admission")?).map_err(|_| StoreError::Corrupt("admission"))?,
        place: place(row)?,
    })
}

/// A row of `participant`.
pub(super) fn person(row: &Row) -> Result<Participant, StoreError> {
    Ok(Participant {
        id: ParticipantId(bytes_column(row, "participant_id")?),
        identifier: identifier(row)?,
        shown_name: row.try_get("shown_name")?,
        institution: row.try_get("institution")?,
        unit: row
            .try_get::<Option<i64>, _>("unit_id")?
            .map(u32::try_from)
            .transpose()
            .map_err(|_| StoreError::Corrupt("unit_id"))?,
        location: row.try_get("location")?,
        rank: row.try_get("rank_name")?,
        position: row.try_get("position_name")?,
        employment: employment_column(row)?,
    })
}

pub(super) fn identifier(row: &Row) -> Result<Identifier, StoreError> {
    let kind = u8::try_from(row.try_get::<i64, _>("identifier_kind")?).unwrap_or(0);
    Identifier::from_stored(kind, row.try_get("issuer")?, row.try_get("identifier")?)
        .ok_or(StoreError::Corrupt("identifier_kind"))
}

/// A person's place in the roster log; `None` until the roster is locked.
fn place(row: &Row) -> Result<Option<RosterPlace>, StoreError> {
    let placed = row.try_get::<Option<i64>, _>("slot")?.is_some();
    if !placed || row.try_get::<Option<&[u8]>, _>("roster_epoch")?.is_none() {
        return Ok(None);
    }
    Ok(Some(RosterPlace {
        roster_epoch: bytes_column(row, "roster_epoch")?,
        slot: u32_column(row, "slot")?,
        group: u32_column(row, "group_index")?,
    }))
}

/// What signing needs of one person, without the pledge.
fn facts_of(row: &Row) -> Result<SigningFacts, StoreError> {
    Ok(SigningFacts {
        participant: ParticipantId(bytes_column(row, "participant_id")?),
        shown_name: row.try_get("shown_name")?,
        last4: identifier(row)?.last4(),
        institution: row.try_get("institution")?,
        slot: u32_column(row, "slot")?,
        group: u32_column(row, "group_index")?,
        code_version: u32_column(row, "code_version")?,
        place_version: u32_column(row, "place_version")?,
        standing: standing_column(row)?,
        pledge: None,
    })
}

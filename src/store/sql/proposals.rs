//! Proposals: what waits for an approval, and how far the approved ones are carried out.

use super::columns::{bytes_column, time_column, u32_column, u64_column};
use super::write_result::{commit, require_one_row};
use super::{Connection, Database, Row, audit};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ProposalId};
use crate::domain::proposal::{GivenNumbers, Proposal, ProposalKind, ProposalState};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::proposals::{
    AloneLimit, LIVE_PROPOSALS_MAX, LIVE_PROPOSALS_OF_ACCOUNT_MAX, PROPOSALS_READ_MAX, ProposalDecision, ProposalStep,
    ProposalStore,
};
use async_trait::async_trait;
use serde::de::DeserializeOwned;
use sqlx::Row as _;

#[async_trait]
impl ProposalStore for Database {
    async fn add_proposal(
        &self,
        campaign: CampaignId,
        proposal: &Proposal,
        changes: &str,
        numbers: &[GivenNumbers],
        entry: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            // Without the lock, two at the same time could both pass the limit.
            super::campaigns::locked(&mut tx, campaign).await?;
            expire(&mut tx, campaign, proposal.proposed_at).await?;
            if !has_room(&mut tx, campaign, &proposal.proposed_by).await? {
                return Ok(false);
            }
            insert(&mut tx, campaign, proposal, changes).await?;
            for given in numbers {
                take_numbers(&mut tx, campaign, given).await?;
            }
            audit::put(&mut tx, entry).await?;
            commit(tx).await?;
            Ok(true)
        })
        .await
    }

    async fn proposals(&self, campaign: CampaignId) -> Result<Vec<Proposal>, StoreError> {
        // Changes and people who were left out may be long.
        let rows = sqlx::query(
            "SELECT proposal_id, kind, state, proposed_by, proposed_at, expires_at, institutions, people, \
             needs_second_account, hash, decided_by, decided_at, processed, '[]' AS left_out \
             FROM proposal WHERE campaign_id = $1 \
             ORDER BY CASE WHEN state IN ('open', 'approved') THEN 0 ELSE 1 END, proposed_at DESC, proposal_id LIMIT $2",
        )
        .bind(campaign.as_bytes())
        .bind(i64::from(PROPOSALS_READ_MAX))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(proposal).collect()
    }

    async fn proposal(&self, campaign: CampaignId, id: ProposalId) -> Result<Option<(Proposal, String)>, StoreError> {
        let row = sqlx::query("SELECT * FROM proposal WHERE campaign_id = $1 AND proposal_id = $2")
            .bind(campaign.as_bytes())
            .bind(id.as_bytes())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| Ok((proposal(&row)?, row.try_get("changes")?))).transpose()
    }

    async fn decide_proposal(
        &self,
        campaign: CampaignId,
        id: ProposalId,
        decision: &ProposalDecision,
        entry: &AuditEntry,
    ) -> Result<(), StoreError> {
        let state = if decision.approved { ProposalState::Approved } else { ProposalState::Rejected };
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            // Without the lock, two at the same time could both stay within the limit.
            super::campaigns::locked(&mut tx, campaign).await?;
            let done = sqlx::query(
                "UPDATE proposal SET state = $3, decided_by = $4, decided_at = $5, \
                 changes = CASE WHEN $3 = 'rejected' THEN '' ELSE changes END, \
                 left_out = CASE WHEN $3 = 'rejected' THEN '[]' ELSE left_out END \
                 WHERE campaign_id = $1 AND proposal_id = $2 AND state = 'open' AND expires_at > $5 AND hash = $6",
            )
            .bind(campaign.as_bytes())
            .bind(id.as_bytes())
            .bind(state.as_str())
            .bind(&decision.by)
            .bind(decision.at.0)
            .bind(decision.hash.as_slice())
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            let AloneLimit { since, people } = decision.alone;
            if decision.approved && approved_alone(&mut tx, campaign, &decision.by, since).await? > people {
                return Err(StoreError::Conflict);
            }
            audit::put(&mut tx, entry).await?;
            commit(tx).await
        })
        .await
    }

    async fn approved_alone(&self, campaign: CampaignId, login: &str, since: UnixMillis) -> Result<u64, StoreError> {
        approved_alone(&mut *self.reader().await?, campaign, login, since).await
    }

    async fn stop_proposal(&self, campaign: CampaignId, id: ProposalId, entry: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query(
                "UPDATE proposal SET state = 'stopped' \
                 WHERE campaign_id = $1 AND proposal_id = $2 AND state = 'approved'",
            )
            .bind(campaign.as_bytes())
            .bind(id.as_bytes())
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, entry).await?;
            commit(tx).await
        })
        .await
    }
}

/// People of proposals that this account made and approved since then.
async fn approved_alone(
    connection: &mut Connection,
    campaign: CampaignId,
    login: &str,
    since: UnixMillis,
) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(people), 0) AS BIGINT) AS people FROM proposal WHERE campaign_id = $1 \
         AND proposed_by = $2 AND decided_by = $2 AND decided_at > $3 AND state <> 'rejected'",
    )
    .bind(campaign.as_bytes())
    .bind(login)
    .bind(since.0)
    .fetch_one(connection)
    .await?;
    u64_column(&row, "people")
}

/// Whether the campaign and the account may have one more that waits.
async fn has_room(tx: &mut Connection, campaign: CampaignId, login: &str) -> Result<bool, StoreError> {
    let live = sqlx::query(
        "SELECT COUNT(*) AS live, COALESCE(SUM(CASE WHEN proposed_by = $2 THEN 1 ELSE 0 END), 0) AS own \
         FROM proposal WHERE campaign_id = $1 AND state IN ('open', 'approved')",
    )
    .bind(campaign.as_bytes())
    .bind(login)
    .fetch_one(tx)
    .await?;
    Ok(u64_column(&live, "live")? < LIVE_PROPOSALS_MAX && u64_column(&live, "own")? < LIVE_PROPOSALS_OF_ACCOUNT_MAX)
}

/// Nobody else is given these participant numbers, whatever becomes of the proposal.
async fn take_numbers(tx: &mut Connection, campaign: CampaignId, given: &GivenNumbers) -> Result<(), StoreError> {
    let number = |number: u64| i64::try_from(number).map_err(|_| StoreError::Corrupt("next_number"));
    let done = sqlx::query(
        "UPDATE institution SET next_number = $4 WHERE campaign_id = $1 AND code = $2 AND next_number = $3",
    )
    .bind(campaign.as_bytes())
    .bind(&given.institution)
    .bind(number(given.from)?)
    .bind(number(given.next)?)
    .execute(tx)
    .await?;
    require_one_row(done.rows_affected())
}

/// Proposals rest on the roster that was locked: another locking gives units and slots to others.
pub(super) async fn expire_all(tx: &mut Connection, campaign: CampaignId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE proposal SET state = 'expired', changes = '', left_out = '[]' \
         WHERE campaign_id = $1 AND state IN ('open', 'approved')",
    )
    .bind(campaign.as_bytes())
    .execute(tx)
    .await?;
    Ok(())
}

/// Records that a part of a proposal is carried out; `Conflict` if another process did so meanwhile.
pub(super) async fn step(tx: &mut Connection, campaign: CampaignId, step: &ProposalStep) -> Result<(), StoreError> {
    let state = if step.is_last { ProposalState::Done } else { ProposalState::Approved };
    let done = sqlx::query(
        "UPDATE proposal SET state = $3, processed = $5, left_out = $6 \
         WHERE campaign_id = $1 AND proposal_id = $2 AND state = 'approved' AND processed = $4",
    )
    .bind(campaign.as_bytes())
    .bind(step.proposal.as_bytes())
    .bind(state.as_str())
    .bind(i64::from(step.from))
    .bind(i64::from(step.to))
    .bind(json(&step.left_out))
    .execute(tx)
    .await?;
    require_one_row(done.rows_affected())
}

/// Open proposals that nobody approved in time lose their changes.
async fn expire(tx: &mut Connection, campaign: CampaignId, now: UnixMillis) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE proposal SET state = 'expired', changes = '', left_out = '[]' \
         WHERE campaign_id = $1 AND state = 'open' AND expires_at <= $2",
    )
    .bind(campaign.as_bytes())
    .bind(now.0)
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert(
    tx: &mut Connection,
    campaign: CampaignId,
    proposal: &Proposal,
    changes: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO proposal (campaign_id, proposal_id, kind, state, proposed_by, proposed_at, expires_at, \
         institutions, people, needs_second_account, hash, changes, decided_by, decided_at, processed, left_out) \
         VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL, 0, $12)",
    )
    .bind(campaign.as_bytes())
    .bind(proposal.id.as_bytes())
    .bind(proposal.kind.as_str())
    .bind(&proposal.proposed_by)
    .bind(proposal.proposed_at.0)
    .bind(proposal.expires_at.0)
    .bind(json(&proposal.institutions))
    .bind(i64::from(proposal.people))
    .bind(proposal.needs_second_account)
    .bind(proposal.hash.as_slice())
    .bind(changes)
    .bind(json(&proposal.left_out))
    .execute(tx)
    .await?;
    Ok(())
}

fn proposal(row: &Row) -> Result<Proposal, StoreError> {
    let kind = ProposalKind::parse(row.try_get("kind")?).ok_or(StoreError::Corrupt("kind"))?;
    let state = ProposalState::parse(row.try_get("state")?).ok_or(StoreError::Corrupt("state"))?;
    Ok(Proposal {
        id: ProposalId(bytes_column(row, "proposal_id")?),
        kind,
        state,
        proposed_by: row.try_get("proposed_by")?,
        proposed_at: UnixMillis(row.try_get("proposed_at")?),
        expires_at: UnixMillis(row.try_get("expires_at")?),
        institutions: from_json(row, "institutions")?,
        people: u32_column(row, "people")?,
        needs_second_account: row.try_get("needs_second_account")?,
        hash: bytes_column(row, "hash")?,
        decided_by: row.try_get("decided_by")?,
        decided_at: time_column(row, "decided_at")?,
        processed: u32_column(row, "processed")?,
        left_out: from_json(row, "left_out")?,
    })
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("texts can be written as JSON")
}

fn from_json<T: DeserializeOwned>(row: &Row, column: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(row.try_get(column)?).map_err(|_| StoreError::Corrupt(column))
}

//! Notices: reading them, and the commit that changes a locked roster.

use super::columns::{bytes_column, u32_column, u64_column};
use super::roster_change::{AppliedChange, Changing};
use super::roster_rows::insert_log_leaves;
use super::write_result::commit;
use super::{Connection, Database, Row, audit, campaigns, log_heads, proposals, roster_activation};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::{NoticeFacts, notice_leaf};
use crate::domain::notice::NoticeKind;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::notices::{CHANGES_MAX, ChangeBatch, NoticeStore, RosterAction, StoredNotice};
use crate::store::pledges::{LogKind, RevocationRecord, SignCheckpoint};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::merkle::{Frontier, leaf_hash};
use async_trait::async_trait;
use sqlx::Row as _;
use std::collections::BTreeMap;

#[async_trait]
impl NoticeStore for Database {
    async fn commit_changes(&self, batch: &ChangeBatch, sign: &SignCheckpoint<'_>) -> Result<Vec<u32>, StoreError> {
        self.retried(|| commit_changes(self, batch, sign)).await
    }

    async fn roster_notices(
        &self,
        campaign: CampaignId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM notice WHERE campaign_id = $1 AND notice_index >= $2 ORDER BY notice_index LIMIT $3",
        )
        .bind(campaign.as_bytes())
        .bind(i64::from(from))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(notice).collect()
    }

    async fn newest_notices(&self, campaign: CampaignId, limit: u32) -> Result<Vec<StoredNotice>, StoreError> {
        let rows = sqlx::query("SELECT * FROM notice WHERE campaign_id = $1 ORDER BY notice_index DESC LIMIT $2")
            .bind(campaign.as_bytes())
            .bind(i64::from(limit))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(notice).collect()
    }

    async fn notices_of_slot(&self, campaign: CampaignId, slot: u32) -> Result<Vec<StoredNotice>, StoreError> {
        let rows = sqlx::query("SELECT * FROM notice WHERE slot = $2 AND campaign_id = $1 ORDER BY notice_index")
            .bind(campaign.as_bytes())
            .bind(i64::from(slot))
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(notice).collect()
    }

    async fn revocations_without_notice(
        &self,
        campaign: CampaignId,
    ) -> Result<Vec<(PledgeId, RevocationRecord)>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.pledge_id, r.reason, r.revoked_at, r.revoked_by FROM revocation r \
             JOIN pledge s ON s.campaign_id = r.campaign_id AND s.pledge_id = r.pledge_id \
             JOIN participant p ON p.campaign_id = s.campaign_id AND p.participant_id = s.participant_id \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution \
             AND i.roster_id = p.roster_id \
             WHERE r.campaign_id = $1 AND NOT EXISTS (SELECT 1 FROM notice n \
             WHERE n.slot = p.slot AND n.campaign_id = r.campaign_id AND n.kind = $2) \
             ORDER BY r.revoked_at, r.pledge_id LIMIT $3",
        )
        .bind(campaign.as_bytes())
        .bind(i64::from(NoticeKind::Revoked.code()))
        .bind(i64::try_from(CHANGES_MAX).unwrap_or(i64::MAX))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let revocation = RevocationRecord {
                    reason: row.try_get("reason")?,
                    at: UnixMillis(row.try_get("revoked_at")?),
                    by: row.try_get("revoked_by")?,
                };
                Ok((PledgeId(bytes_column(row, "pledge_id")?), revocation))
            })
            .collect()
    }
}

/// One transaction: the changes, their notices, and the heads of the logs that grew.
async fn commit_changes(
    store: &Database,
    batch: &ChangeBatch,
    sign: &SignCheckpoint<'_>,
) -> Result<Vec<u32>, StoreError> {
    if batch.requests.iter().map(|request| request.changes.len()).sum::<usize>() > CHANGES_MAX {
        return Err(StoreError::Conflict);
    }
    let mut tx = store.begin_commit().await?;
    let campaign = campaigns::locked(&mut tx, batch.campaign).await?.ok_or(StoreError::Conflict)?;
    if batch.requests.iter().any(|request| !request.states.contains(&campaign.state)) {
        return Err(StoreError::Conflict);
    }
    let roster = log_heads::frontier(&mut tx, batch.campaign, LogKind::Roster).await?;
    let mut notices = log_heads::frontier(&mut tx, batch.campaign, LogKind::Notices).await?;
    for (log, known) in [(&roster, batch.known.roster), (&notices, batch.known.notices)] {
        if log.size() < known {
            return Err(StoreError::RollbackDetected { size: log.size(), known });
        }
    }
    let (roster_before, notices_before) = (roster.size(), notices.size());
    let changes = batch.requests.iter().flat_map(|request| &request.changes);
    let actions: Vec<&RosterAction> = changes.map(|change| &change.action).collect();
    let mut changing = Changing::begin(&mut tx, batch.campaign, roster, &actions).await?;
    let (mut leaves, mut indexes) = (vec![], vec![]);
    for request in &batch.requests {
        for change in &request.changes {
            let AppliedChange { participant, slot, other } = changing.apply(&mut tx, &change.action).await?;
            let index = u32::try_from(notices.size()).map_err(|_| StoreError::Corrupt("size"))?;
            let facts = NoticeFacts { index, kind: change.details.kind(), at: batch.at, slot, other };
            let details = change.details.canonical();
            let leaf = notice_leaf(batch.campaign, &facts, &details, &change.salt);
            notices.append(leaf_hash(&leaf));
            leaves.push(leaf);
            indexes.push(index);
            let by = request.by.clone();
            changing.notice(StoredNotice { facts, participant, by, details, salt: change.salt });
        }
    }
    let (roster, roster_leaves) = changing.finish(&mut tx).await?;
    append(&mut tx, batch, LogKind::Roster, (&roster, roster_before), &roster_leaves, sign).await?;
    append(&mut tx, batch, LogKind::Notices, (&notices, notices_before), &leaves, sign).await?;
    let mut next_numbers: BTreeMap<&str, u64> = BTreeMap::new();
    for (code, next) in batch.requests.iter().flat_map(|request| &request.next_numbers) {
        let highest = next_numbers.entry(code).or_default();
        *highest = (*highest).max(*next);
    }
    let next_numbers: Vec<(String, u64)> = next_numbers.into_iter().map(|(code, next)| (code.into(), next)).collect();
    roster_activation::raise_numbers(&mut tx, batch.campaign, &next_numbers).await?;
    for step in batch.requests.iter().filter_map(|request| request.step.as_ref()) {
        proposals::step(&mut tx, batch.campaign, step).await?;
    }
    let lines: Vec<AuditEntry> = batch.requests.iter().flat_map(|request| request.audit.clone()).collect();
    audit::put_all(&mut tx, &lines).await?;
    // From here the changes are in force, and the next batch of pledges finds them.
    commit(tx).await?;
    Ok(indexes)
}

/// Writes leaves and the new head of a log that grew.
async fn append(
    tx: &mut Connection,
    batch: &ChangeBatch,
    log: LogKind,
    (frontier, before): (&Frontier, u64),
    leaves: &[Vec<u8>],
    sign: &SignCheckpoint<'_>,
) -> Result<(), StoreError> {
    if leaves.is_empty() {
        return Ok(());
    }
    let origin = if log == LogKind::Roster { &batch.roster_origin } else { &batch.notices_origin };
    insert_log_leaves(tx, batch.campaign, log, before, leaves).await?;
    let checkpoint = sign(&Checkpoint::of(origin, frontier));
    log_heads::put(tx, batch.campaign, log, frontier, checkpoint, batch.at).await
}

fn notice(row: &Row) -> Result<StoredNotice, StoreError> {
    let kind = u8::try_from(u64_column(row, "kind")?).ok().and_then(NoticeKind::from_code);
    Ok(StoredNotice {
        facts: NoticeFacts {
            index: u32_column(row, "notice_index")?,
            kind: kind.ok_or(StoreError::Corrupt("kind"))?,
            at: UnixMillis(row.try_get("at")?),
            slot: u32_column(row, "slot")?,
            other: u32_column(row, "other")?,
        },
        participant: ParticipantId(bytes_column(row, "participant_id")?),
        by: row.try_get("actor")?,
        details: row.try_get("details")?,
        salt: bytes_column(row, "salt")?,
    })
}

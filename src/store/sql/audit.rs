//! The audit trail: lines and their chain.

use super::audit_events::{event_of, stored_event};
use super::columns::{bytes_column, u64_column};
use super::write_result::commit;
use super::{Connection, Database, Row, account_notices};
use crate::domain::audit::{AuditEntry, AuditEntryId};
use crate::domain::audit_chain::{BEGINNING, LineHash, PlacedLine, StoredLine, TrailHead};
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::audit::{AuditStore, CHAIN_LINES_MAX, ChainedEntry};
use async_trait::async_trait;
use sqlx::Row as _;
use std::collections::BTreeMap;

/// `campaign_id` of the installation's own trail.
const INSTALLATION: [u8; 16] = [0; 16];
/// Most lines of an earlier program that a write chains before its own. When it finds this many there may be more, so
/// its own lines stay unchained too.
const WAITING_LINES_MAX: u32 = 64;

#[async_trait]
impl AuditStore for Database {
    async fn record_all(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            put_all(&mut tx, entries).await?;
            commit(tx).await
        })
        .await
    }

    async fn audit_links(
        &self,
        campaign: Option<CampaignId>,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT campaign_id, audit_id, at, actor, event, detail, place, line_hash FROM audit \
             WHERE campaign_id = $1 AND audit_id < $2 ORDER BY audit_id DESC LIMIT $3",
        )
        .bind(trail_of(campaign).as_slice())
        .bind(before.map_or([255; 16], |id| id.0).as_slice())
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(chained).collect()
    }

    async fn audit_head(&self, campaign: Option<CampaignId>) -> Result<Option<TrailHead>, StoreError> {
        let row = sqlx::query("SELECT lines, newest, line_hash FROM audit_head WHERE campaign_id = $1")
            .bind(trail_of(campaign).as_slice())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| {
            let newest = AuditEntryId(bytes_column(&row, "newest")?);
            Ok(TrailHead { lines: u64_column(&row, "lines")?, newest, hash: bytes_column(&row, "line_hash")? })
        })
        .transpose()
    }

    async fn chain_audit(&self) -> Result<u64, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let found =
                sqlx::query("SELECT campaign_id FROM audit WHERE place IS NULL ORDER BY campaign_id, audit_id LIMIT 1")
                    .fetch_optional(&mut *tx)
                    .await?;
            let Some(found) = found else { return Ok(0) };
            let mut head = Head::locked(&mut tx, bytes_column(&found, "campaign_id")?).await?;
            let unchained = unchained_lines(&mut tx, head.trail, CHAIN_LINES_MAX).await?;
            head.chain(&mut tx, &unchained).await?;
            head.write(&mut tx).await?;
            commit(tx).await?;
            Ok(unchained.len() as u64)
        })
        .await
    }

    async fn audit_trails(&self, limit: u32) -> Result<Vec<Option<CampaignId>>, StoreError> {
        let mut reader = self.reader().await?;
        let mut trails: BTreeMap<Vec<u8>, ()> = BTreeMap::new();
        // Jumps from one trail to the next instead of reading every line.
        for next in [
            "SELECT campaign_id FROM audit WHERE campaign_id > $1 ORDER BY campaign_id LIMIT 1",
            "SELECT campaign_id FROM audit_head WHERE campaign_id > $1 ORDER BY campaign_id LIMIT 1",
        ] {
            let mut after: Vec<u8> = vec![];
            while trails.len() < limit as usize {
                let row = sqlx::query(next).bind(after.as_slice()).fetch_optional(&mut *reader).await?;
                let Some(row) = row else { break };
                after = row.try_get("campaign_id")?;
                trails.insert(after.clone(), ());
            }
        }
        let trail = |trail: Vec<u8>| {
            let trail = trail.try_into().map_err(|_| StoreError::Corrupt("campaign_id"))?;
            Ok((trail != INSTALLATION).then_some(CampaignId(trail)))
        };
        trails.into_keys().map(trail).collect()
    }

    async fn audit_chain(
        &self,
        campaign: Option<CampaignId>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<PlacedLine>, StoreError> {
        let rows = sqlx::query(
            "SELECT campaign_id, audit_id, at, actor, institution, event, detail, place, line_hash FROM audit \
             WHERE campaign_id = $1 AND place > $2 ORDER BY place, audit_id LIMIT $3",
        )
        .bind(trail_of(campaign).as_slice())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let placed = |row: &Row| {
            Ok(PlacedLine {
                place: row.try_get("place")?,
                hash: row.try_get("line_hash").ok().flatten().unwrap_or_default(),
                line: stored(row).ok(),
            })
        };
        rows.iter().map(placed).collect()
    }

    async fn unchained_audit_lines(&self, campaign: Option<CampaignId>) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS unchained FROM audit WHERE campaign_id = $1 AND place IS NULL")
            .bind(trail_of(campaign).as_slice())
            .fetch_one(&mut *self.reader().await?)
            .await?;
        u64_column(&row, "unchained")
    }
}

fn trail_of(campaign: Option<CampaignId>) -> [u8; 16] {
    campaign.map_or(INSTALLATION, |id| id.0)
}

/// Appends a line to its trail, within the caller's transaction. The lines of a trail have one order, the order of the
/// commits, whatever the clocks said. The head is the transaction's last lock, so only the commit may follow.
pub(super) async fn put(tx: &mut Connection, entry: &AuditEntry) -> Result<(), StoreError> {
    put_all(tx, std::slice::from_ref(entry)).await
}

/// As [`put`], for several lines. Heads are locked in the order of their trails, so that two transactions can't
/// deadlock.
pub(super) async fn put_all(tx: &mut Connection, entries: &[AuditEntry]) -> Result<(), StoreError> {
    // Before the heads, which are the last locks that a transaction takes.
    account_notices::put(tx, entries).await?;
    let mut trails: BTreeMap<[u8; 16], Vec<&AuditEntry>> = BTreeMap::new();
    for entry in entries {
        trails.entry(trail_of(entry.campaign)).or_default().push(entry);
    }
    for (trail, entries) in trails {
        append_to_trail(tx, trail, &entries).await?;
    }
    Ok(())
}

async fn append_to_trail(tx: &mut Connection, trail: [u8; 16], entries: &[&AuditEntry]) -> Result<(), StoreError> {
    let mut head = Head::locked(tx, trail).await?;
    let unchained = unchained_lines(tx, trail, WAITING_LINES_MAX).await?;
    let more_wait = unchained.len() >= WAITING_LINES_MAX as usize;
    if !unchained.is_empty() {
        tracing::warn!(lines = unchained.len(), "lines that an earlier program wrote into the audit trail are chained");
    }
    head.chain(tx, &unchained).await?;
    let mut newest = if more_wait { newest_written(tx, trail).await? } else { head.newest };
    for entry in entries {
        let line = to_store(trail, entry, newest)?;
        newest = line.id;
        let link = if more_wait { None } else { Some(head.append(&line)?) };
        insert(tx, &line, link).await?;
    }
    head.write(tx).await
}

/// A trail's head, locked until the commit.
struct Head {
    trail: [u8; 16],
    lines: u64,
    newest: AuditEntryId,
    hash: LineHash,
}

impl Head {
    /// Locks the row and reads it as the last holder left it; inserts it if there is none.
    async fn locked(tx: &mut Connection, trail: [u8; 16]) -> Result<Self, StoreError> {
        let row = sqlx::query(
            "INSERT INTO audit_head (campaign_id, lines, newest, line_hash) VALUES ($1, 0, $2, $3) \
             ON CONFLICT (campaign_id) DO UPDATE SET lines = audit_head.lines RETURNING lines, newest, line_hash",
        )
        .bind(trail.as_slice())
        .bind([0_u8; 16].as_slice())
        .bind(BEGINNING.as_slice())
        .fetch_one(tx)
        .await?;
        let newest = AuditEntryId(bytes_column(&row, "newest")?);
        Ok(Self { trail, lines: u64_column(&row, "lines")?, newest, hash: bytes_column(&row, "line_hash")? })
    }

    /// Adds a line to the chain; returns its place and hash.
    fn append(&mut self, line: &StoredLine) -> Result<(i64, LineHash), StoreError> {
        self.lines += 1;
        self.newest = self.newest.max(line.id);
        self.hash = line.hash(&self.hash, self.lines);
        Ok((i64::try_from(self.lines).map_err(|_| StoreError::Corrupt("lines"))?, self.hash))
    }

    /// Chains lines that are already stored.
    async fn chain(&mut self, tx: &mut Connection, lines: &[StoredLine]) -> Result<(), StoreError> {
        for line in lines {
            let (place, hash) = self.append(line)?;
            sqlx::query("UPDATE audit SET place = $3, line_hash = $4 WHERE campaign_id = $1 AND audit_id = $2")
                .bind(self.trail.as_slice())
                .bind(line.id.0.as_slice())
                .bind(place)
                .bind(hash.as_slice())
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    }

    async fn write(&self, tx: &mut Connection) -> Result<(), StoreError> {
        sqlx::query("UPDATE audit_head SET lines = $2, newest = $3, line_hash = $4 WHERE campaign_id = $1")
            .bind(self.trail.as_slice())
            .bind(i64::try_from(self.lines).map_err(|_| StoreError::Corrupt("lines"))?)
            .bind(self.newest.0.as_slice())
            .bind(self.hash.as_slice())
            .execute(tx)
            .await?;
        Ok(())
    }
}

/// Lines without a place, in the order of their ids. Call it with the head locked.
async fn unchained_lines(tx: &mut Connection, trail: [u8; 16], limit: u32) -> Result<Vec<StoredLine>, StoreError> {
    let rows = sqlx::query(
        "SELECT campaign_id, audit_id, at, actor, institution, event, detail FROM audit \
         WHERE campaign_id = $1 AND place IS NULL ORDER BY audit_id LIMIT $2",
    )
    .bind(trail.as_slice())
    .bind(i64::from(limit))
    .fetch_all(tx)
    .await?;
    rows.iter().map(stored).collect()
}

async fn newest_written(tx: &mut Connection, trail: [u8; 16]) -> Result<AuditEntryId, StoreError> {
    let newest = sqlx::query("SELECT audit_id FROM audit WHERE campaign_id = $1 ORDER BY audit_id DESC LIMIT 1")
        .bind(trail.as_slice())
        .fetch_optional(tx)
        .await?;
    Ok(AuditEntryId(newest.map(|row| bytes_column(&row, "audit_id")).transpose()?.unwrap_or_default()))
}

fn to_store(trail: [u8; 16], entry: &AuditEntry, newest: AuditEntryId) -> Result<StoredLine, StoreError> {
    let (event, detail) = stored_event(&entry.event)?;
    Ok(StoredLine {
        trail,
        id: if entry.id < newest { entry.id.after(newest) } else { entry.id },
        at: entry.at,
        actor: entry.actor.clone(),
        institution: entry.event.institution().map(str::to_owned),
        event,
        detail,
    })
}

async fn insert(tx: &mut Connection, line: &StoredLine, link: Option<(i64, LineHash)>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (campaign_id, audit_id, at, actor, institution, event, detail, place, line_hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(line.trail.as_slice())
    .bind(line.id.0.as_slice())
    .bind(line.at.0)
    .bind(&line.actor)
    .bind(&line.institution)
    .bind(&line.event)
    .bind(&line.detail)
    .bind(link.map(|(place, _)| place))
    .bind(link.as_ref().map(|(_, hash)| hash.as_slice()))
    .execute(tx)
    .await?;
    Ok(())
}

fn stored(row: &Row) -> Result<StoredLine, StoreError> {
    Ok(StoredLine {
        trail: bytes_column(row, "campaign_id")?,
        id: AuditEntryId(bytes_column(row, "audit_id")?),
        at: UnixMillis(row.try_get("at")?),
        actor: row.try_get("actor")?,
        institution: row.try_get("institution")?,
        event: row.try_get("event")?,
        detail: row.try_get("detail")?,
    })
}

fn chained(row: &Row) -> Result<ChainedEntry, StoreError> {
    let hash = row.try_get::<Option<&[u8]>, _>("line_hash")?.and_then(|hash| hash.try_into().ok());
    let place = row.try_get::<Option<i64>, _>("place")?.and_then(|place| place.try_into().ok());
    Ok(ChainedEntry { entry: entry(row)?, link: place.zip(hash) })
}

fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    let campaign: [u8; 16] = bytes_column(row, "campaign_id")?;
    Ok(AuditEntry {
        id: AuditEntryId(bytes_column(row, "audit_id")?),
        campaign: (campaign != INSTALLATION).then_some(CampaignId(campaign)),
        at: UnixMillis(row.try_get("at")?),
        actor: row.try_get("actor")?,
        event: event_of(row)?,
    })
}

//! Rows as they are stored, each with its leaf, for a recount.

use super::columns::{bytes_column, standing_column, u32_column, u64_column};
use super::group_tally::SignedByGroup;
use super::pledges::identifier;
use super::{Database, Row};
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::pledge::{Method, Strokes};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::pledges::LogKind;
use crate::store::recount::{
    PlacedLeaf, RecountGroup, RecountHead, RecountPerson, RecountPledge, RecountSigner, RecountStore, StoredDigest,
};
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl RecountStore for Database {
    async fn roster_digest(&self, campaign: CampaignId) -> Result<Option<StoredDigest>, StoreError> {
        let row = sqlx::query("SELECT root, digest FROM roster_digest WHERE campaign_id = $1")
            .bind(campaign.as_bytes())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| Ok(StoredDigest { root: bytes_column(&row, "root")?, digest: bytes_column(&row, "digest")? }))
            .transpose()
    }

    async fn recount_head(&self, campaign: CampaignId, log: LogKind) -> Result<Option<RecountHead>, StoreError> {
        let row = sqlx::query(
            "SELECT h.size, h.root, h.frontier, h.checkpoint, \
             (SELECT COALESCE(MAX(l.leaf_index) + 1, 0) FROM leaf l \
             WHERE l.campaign_id = $1 AND l.log = $2) AS leaves_end, \
             (SELECT COUNT(*) FROM pledge s WHERE s.campaign_id = $1) AS pledges \
             FROM log_head h WHERE h.campaign_id = $1 AND h.log = $2",
        )
        .bind(campaign.as_bytes())
        .bind(log.number())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(|row| {
            Ok(RecountHead {
                size: u64_column(&row, "size")?,
                root: bytes_column(&row, "root")?,
                frontier: row.try_get("frontier")?,
                checkpoint: row.try_get("checkpoint")?,
                leaves_end: u64_column(&row, "leaves_end")?,
                pledges: u64_column(&row, "pledges")?,
            })
        })
        .transpose()
    }

    async fn recount_groups(&self, campaign: CampaignId) -> Result<Vec<RecountGroup>, StoreError> {
        let rows = sqlx::query(
            "SELECT g.group_index, g.eligible, g.signed, g.revoked, g.added, g.excused, COALESCE(h.size, 0) AS log_size, \
             COALESCE(n.size, 0) AS notices_size, t.signed AS tally, \
             COALESCE(v.revocations, 0) AS revocations, \
             (SELECT COUNT(*) FROM revocation a WHERE a.campaign_id = $1) AS all_revocations \
             FROM reporting_group g \
             LEFT JOIN log_head h ON h.campaign_id = g.campaign_id AND h.log = 1 \
             LEFT JOIN log_head n ON n.campaign_id = g.campaign_id AND n.log = 3 \
             LEFT JOIN group_tally t ON t.campaign_id = g.campaign_id AND g.group_index = 0 \
             LEFT JOIN (SELECT p.group_index, COUNT(*) AS revocations FROM revocation r \
             JOIN pledge s ON s.campaign_id = r.campaign_id AND s.pledge_id = r.pledge_id \
             JOIN participant p ON p.campaign_id = s.campaign_id AND p.participant_id = s.participant_id \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution \
             AND i.roster_id = p.roster_id \
             WHERE r.campaign_id = $1 GROUP BY p.group_index) v ON v.group_index = g.group_index \
             WHERE g.campaign_id = $1 ORDER BY g.group_index",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let tally = SignedByGroup::of_first(&rows)?;
        rows.iter()
            .map(|row| {
                let index = u32_column(row, "group_index")?;
                Ok(RecountGroup {
                    index,
                    eligible: u64_column(row, "eligible")?,
                    signed: u64_column(row, "signed")? + tally.signed(index),
                    revoked: u64_column(row, "revoked")?,
                    added: u64_column(row, "added")?,
                    excused: u64_column(row, "excused")?,
                    revocations: u64_column(row, "revocations")?,
                    all_revocations: u64_column(row, "all_revocations")?,
                    log_size: u64_column(row, "log_size")?,
                    notices_size: u64_column(row, "notices_size")?,
                })
            })
            .collect()
    }

    async fn recount_leaves(
        &self,
        campaign: CampaignId,
        log: LogKind,
        from: u64,
        limit: u32,
    ) -> Result<Vec<PlacedLeaf>, StoreError> {
        let rows = sqlx::query(
            "SELECT leaf_index, bytes FROM leaf WHERE campaign_id = $1 AND log = $2 AND leaf_index >= $3 \
             ORDER BY leaf_index LIMIT $4",
        )
        .bind(campaign.as_bytes())
        .bind(log.number())
        .bind(i64::try_from(from).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| Ok(PlacedLeaf { index: u64_column(row, "leaf_index")?, bytes: row.try_get("bytes")? }))
            .collect()
    }

    async fn recount_people(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<RecountPerson>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.participant_id, p.identifier_kind, p.issuer, p.identifier, COALESCE(p.slot, 0) AS slot, \
             COALESCE(p.group_index, 0) AS group_index, p.roster_salt, \
             COALESCE((SELECT v.standing FROM code_version v \
             WHERE v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id), 0) AS standing, \
             (SELECT l.bytes FROM leaf l \
             WHERE l.campaign_id = p.campaign_id AND l.log = 2 AND l.leaf_index = p.slot) AS leaf \
             FROM participant p \
             WHERE p.campaign_id = $1 AND p.participant_id > $2 \
             AND p.roster_id = (SELECT i.roster_id FROM institution i \
             WHERE i.campaign_id = p.campaign_id AND i.code = p.institution) \
             ORDER BY p.participant_id LIMIT $3",
        )
        .bind(campaign.as_bytes())
        .bind(from(after))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(person).collect()
    }

    async fn recount_pledges(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<RecountPledge>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.participant_id, s.pledge_id, s.log_index, s.signed_count, s.signed_at, s.text_hash, \
             s.method, \
             s.credential, s.pledge_salt, s.strokes, p.participant_id AS listed, p.shown_name, p.identifier_kind, \
             p.issuer, \
             p.identifier, p.institution, COALESCE(p.slot, 0) AS slot, COALESCE(p.group_index, 0) AS group_index, \
             (SELECT l.bytes FROM leaf l \
             WHERE l.campaign_id = s.campaign_id AND l.log = 1 AND l.leaf_index = s.log_index) AS leaf \
             FROM (SELECT * FROM pledge WHERE campaign_id = $1 AND participant_id > $2 \
             ORDER BY participant_id LIMIT $3) s \
             LEFT JOIN participant p ON p.campaign_id = s.campaign_id AND p.participant_id = s.participant_id \
             AND p.roster_id = (SELECT i.roster_id FROM institution i \
             WHERE i.campaign_id = p.campaign_id AND i.code = p.institution) \
             ORDER BY s.participant_id",
        )
        .bind(campaign.as_bytes())
        .bind(from(after))
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(pledge).collect()
    }
}

/// An empty blob sorts before every id.
fn from(after: Option<ParticipantId>) -> Vec<u8> {
    after.map(|id| id.as_bytes().to_vec()).unwrap_or_default()
}

fn person(row: &Row) -> Result<RecountPerson, StoreError> {
    let salt: Option<&[u8]> = row.try_get("roster_salt")?;
    Ok(RecountPerson {
        participant: ParticipantId(bytes_column(row, "participant_id")?),
        identifier: identifier(row)?,
        slot: u32_column(row, "slot")?,
        group: u32_column(row, "group_index")?,
        salt: salt.map(TryInto::try_into).transpose().map_err(|_| StoreError::Corrupt("roster_salt"))?,
        leaf: row.try_get("leaf")?,
        standing: standing_column(row)?,
    })
}

fn pledge(row: &Row) -> Result<RecountPledge, StoreError> {
    let signer = match row.try_get::<Option<&[u8]>, _>("listed")? {
        None => None,
        Some(_) => Some(RecountSigner {
            shown_name: row.try_get("shown_name")?,
            last4: identifier(row)?.last4(),
            institution: row.try_get("institution")?,
            slot: u32_column(row, "slot")?,
            group: u32_column(row, "group_index")?,
        }),
    };
    Ok(RecountPledge {
        participant: ParticipantId(bytes_column(row, "participant_id")?),
        pledge: PledgeId(bytes_column(row, "pledge_id")?),
        log_index: u64_column(row, "log_index")?,
        signed_count: u64_column(row, "signed_count")?,
        signed_at: UnixMillis(row.try_get("signed_at")?),
        text_hash: bytes_column(row, "text_hash")?,
        method: u8::try_from(row.try_get::<i64, _>("method")?).ok().and_then(Method::from_code),
        credential: row.try_get("credential")?,
        salt: bytes_column(row, "pledge_salt")?,
        drawing_readable: row
            .try_get::<Option<&[u8]>, _>("strokes")?
            .is_none_or(|drawn| Strokes::unpack(drawn).is_ok()),
        signer,
        leaf: row.try_get("leaf")?,
    })
}

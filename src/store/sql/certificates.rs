//! Certificates in bulk.

use super::Database;
use super::pledges::{person, pledge};
use super::small;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::StoreError;
use crate::store::certificates::CertificateStore;
use crate::store::pledges::Signer;
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl CertificateStore for Database {
    async fn signers_after(
        &self,
        campaign: CampaignId,
        after: Option<ParticipantId>,
        limit: u32,
    ) -> Result<Vec<Signer>, StoreError> {
        // An empty blob sorts before every id.
        let after = after.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
        let rows = sqlx::query(
            "SELECT p.*, s.pledge_id, s.log_index, s.signed_count, s.signed_at, s.text_hash, s.method, s.credential, \
             s.strokes, i.name AS institution_name, i.help_contact, COALESCE(u.name, '') AS unit_name, \
             COALESCE(v.version, 1) AS code_version, r.pledge_id IS NOT NULL AS revoked \
             FROM pledge s \
             JOIN participant p ON p.campaign_id = s.campaign_id AND p.participant_id = s.participant_id \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution AND i.roster_id = p.roster_id \
             LEFT JOIN unit u ON u.campaign_id = p.campaign_id AND u.roster_id = p.roster_id AND u.unit_id = p.unit_id \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE s.campaign_id = $1 AND s.participant_id > $2 ORDER BY s.participant_id LIMIT $3",
        )
        .bind(campaign.as_bytes())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Signer {
                    participant: person(row)?,
                    institution_name: row.try_get("institution_name")?,
                    unit_name: row.try_get("unit_name")?,
                    help_contact: row.try_get("help_contact")?,
                    code_version: small(row, "code_version")?,
                    pledge: Some(pledge(campaign, row)?),
                    revoked: row.try_get("revoked")?,
                    place: None,
                })
            })
            .collect()
    }
}

//! The help desk's queries: people by name, progress, reissued codes.

use super::columns::{bytes_column, employment_column, optional_u32_column, standing_column, u64_column};
use super::write_result::{commit, require_one_row};
use super::{Database, Row, audit, campaigns};
use crate::domain::audit::AuditEntry;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::visible_institutions::VisiblePart;
use crate::store::StoreError;
use crate::store::help_desk::{EmploymentProgress, FoundPerson, HelpDeskStore, SigningProgress, UnitProgress};
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl HelpDeskStore for Database {
    async fn people_named(
        &self,
        campaign: CampaignId,
        within: Option<&VisiblePart>,
        words: &[String],
        limit: u32,
    ) -> Result<Vec<FoundPerson>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.participant_id, p.identifier_kind, p.issuer, p.identifier, p.shown_name, \
             i.name AS institution_name, COALESCE(u.path, CASE WHEN b.name IS NULL THEN u.name WHEN a.name IS NULL THEN b.name || ' / ' || u.name \
             ELSE a.name || ' / ' || b.name || ' / ' || u.name END, '') AS unit_name, \
             s.participant_id IS NOT NULL AS has_signed, COALESCE(v.standing, 0) AS standing \
             FROM institution i \
             JOIN participant p ON p.campaign_id = i.campaign_id AND p.roster_id = i.roster_id \
             AND p.institution = i.code \
             LEFT JOIN unit u ON u.campaign_id = p.campaign_id AND u.roster_id = p.roster_id \
             AND u.unit_id = p.unit_id \
             LEFT JOIN unit b ON b.campaign_id = u.campaign_id AND b.roster_id = u.roster_id AND b.unit_id = u.parent \
             LEFT JOIN unit a ON a.campaign_id = b.campaign_id AND a.roster_id = b.roster_id AND a.unit_id = b.parent \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             WHERE i.campaign_id = $1 AND ($2 IS NULL OR i.code = $2) AND LOWER(p.shown_name) LIKE $3 ESCAPE '!' \
             AND ($5 IS NULL OR u.node = $5 OR (u.node > $5 || '/' AND u.node < $5 || '0')) \
             AND COALESCE(v.standing, 0) <> 3 \
             ORDER BY p.shown_name, p.participant_id LIMIT $4",
        )
        .bind(campaign.as_bytes())
        .bind(within.map(|part| &part.institution))
        .bind(pattern(words))
        .bind(i64::from(limit))
        .bind(within.and_then(|part| part.unit.as_ref()))
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(found).collect()
    }

    async fn institution_progress(&self, campaign: CampaignId) -> Result<Vec<SigningProgress>, StoreError> {
        let rows = sqlx::query(
            "SELECT i.code AS key, i.name AS name, COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 THEN p.participant_id END) AS people, \
             COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 AND r.pledge_id IS NULL THEN s.pledge_id END) AS signed \
             FROM institution i \
             LEFT JOIN participant p \
             ON p.campaign_id = i.campaign_id AND p.roster_id = i.roster_id AND p.institution = i.code \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             LEFT JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE i.campaign_id = $1 GROUP BY i.code, i.name, i.position ORDER BY i.position, i.code",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(progress).collect()
    }

    async fn progress_of_institution(
        &self,
        campaign: CampaignId,
        institution: &str,
    ) -> Result<Option<SigningProgress>, StoreError> {
        let row = sqlx::query(
            "SELECT i.code AS key, i.name AS name, COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 THEN p.participant_id END) AS people, \
             COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 AND r.pledge_id IS NULL THEN s.pledge_id END) AS signed \
             FROM institution i \
             LEFT JOIN participant p \
             ON p.campaign_id = i.campaign_id AND p.roster_id = i.roster_id AND p.institution = i.code \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             LEFT JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE i.campaign_id = $1 AND i.code = $2 GROUP BY i.code, i.name",
        )
        .bind(campaign.as_bytes())
        .bind(institution)
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.as_ref().map(progress).transpose()
    }

    async fn unit_progress(&self, campaign: CampaignId, institution: &str) -> Result<Vec<UnitProgress>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.unit_id, p.employment, COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 THEN 1 END) AS people, \
             COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 AND r.pledge_id IS NULL THEN s.pledge_id END) AS signed, \
             COUNT(r.pledge_id) AS revoked \
             FROM institution i \
             JOIN participant p ON p.campaign_id = i.campaign_id AND p.roster_id = i.roster_id \
             AND p.institution = i.code \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             LEFT JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE i.campaign_id = $1 AND i.code = $2 \
             GROUP BY p.unit_id, p.employment ORDER BY p.unit_id NULLS LAST, p.employment",
        )
        .bind(campaign.as_bytes())
        .bind(institution)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(UnitProgress {
                    unit: optional_u32_column(row, "unit_id")?,
                    kind: employment_column(row)?,
                    people: u64_column(row, "people")?,
                    signed: u64_column(row, "signed")?,
                    revoked: u64_column(row, "revoked")?,
                })
            })
            .collect()
    }

    async fn employment_progress(&self, campaign: CampaignId) -> Result<Vec<EmploymentProgress>, StoreError> {
        let rows = sqlx::query(
            "SELECT i.code AS institution, p.employment, \
             COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 THEN 1 END) AS people, \
             COUNT(CASE WHEN COALESCE(v.standing, 0) = 0 AND r.pledge_id IS NULL THEN s.pledge_id END) AS signed, \
             COUNT(r.pledge_id) AS revoked \
             FROM institution i \
             JOIN participant p ON p.campaign_id = i.campaign_id AND p.roster_id = i.roster_id \
             AND p.institution = i.code \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             LEFT JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE i.campaign_id = $1 GROUP BY i.code, i.position, p.employment \
             ORDER BY i.position, i.code, p.employment",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EmploymentProgress {
                    institution: row.try_get("institution")?,
                    kind: employment_column(row)?,
                    people: u64_column(row, "people")?,
                    signed: u64_column(row, "signed")?,
                    revoked: u64_column(row, "revoked")?,
                })
            })
            .collect()
    }

    async fn reissue_code(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
        before: u32,
        audit: &AuditEntry,
    ) -> Result<u32, StoreError> {
        let version = before.checked_add(1).ok_or(StoreError::Conflict)?;
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            // Under this lock, a batch either is committed before the new version or sees it.
            campaigns::locked(&mut tx, campaign).await?.ok_or(StoreError::Conflict)?;
            let done = sqlx::query(
                "INSERT INTO code_version (campaign_id, participant_id, version) VALUES ($1, $2, $3) \
                 ON CONFLICT (campaign_id, participant_id) DO UPDATE SET version = excluded.version \
                 WHERE code_version.version = $4",
            )
            .bind(campaign.as_bytes())
            .bind(participant.as_bytes())
            .bind(i64::from(version))
            .bind(i64::from(before))
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await?;
            Ok(version)
        })
        .await
    }
}

/// The LIKE pattern, such as `%budi%santoso%`, with `!` before each character that would be a wildcard or an escape.
fn pattern(words: &[String]) -> String {
    let mut pattern = String::from("%");
    for word in words {
        for letter in word.to_lowercase().chars() {
            if matches!(letter, '%' | '_' | '!') {
                pattern.push('!');
            }
            pattern.push(letter);
        }
        pattern.push('%');
    }
    pattern
}

fn found(row: &Row) -> Result<FoundPerson, StoreError> {
    let kind = u8::try_from(row.try_get::<i64, _>("identifier_kind")?).unwrap_or(0);
    let identifier = Identifier::from_stored(kind, row.try_get("issuer")?, row.try_get("identifier")?);
    Ok(FoundPerson {
        participant: ParticipantId(bytes_column(row, "participant_id")?),
        identifier: identifier.ok_or(StoreError::Corrupt("identifier_kind"))?,
        shown_name: row.try_get("shown_name")?,
        institution_name: row.try_get("institution_name")?,
        unit_name: row.try_get("unit_name")?,
        has_signed: row.try_get("has_signed")?,
        standing: standing_column(row)?,
    })
}

fn progress(row: &Row) -> Result<SigningProgress, StoreError> {
    Ok(SigningProgress {
        key: row.try_get("key")?,
        name: row.try_get("name")?,
        people: u64_column(row, "people")?,
        signed: u64_column(row, "signed")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_name_are_letters() {
        assert_eq!(pattern(&["Budi".into(), "100%".into()]), "%budi%100!%%");
    }
}

//! Reports "that wasn't me".

use super::{Database, Row, blob, count, instant, one};
use crate::domain::account::Scope;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::reports::{
    OPEN_REPORTS_PER_PERSON_MAX, REPORTS_LISTED_MAX, Report, ReportId, ReportStore, Resolution,
};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Row as _};

#[async_trait]
impl ReportStore for Database {
    async fn add_report(&self, campaign: CampaignId, report: &Report) -> Result<bool, StoreError> {
        let mut tx = self.begin_write().await?;
        let open = sqlx::query(
            "SELECT COUNT(*) AS open FROM report WHERE campaign_id = $1 AND participant_id = $2 AND resolved_at IS NULL",
        )
        .bind(campaign.as_bytes())
        .bind(report.participant.as_bytes())
        .fetch_one(&mut *tx)
        .await?;
        if count(&open, "open")? >= OPEN_REPORTS_PER_PERSON_MAX {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO report (campaign_id, report_id, participant_id, institution, contact, message, reported_at, \
             resolved_at, resolution) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)",
        )
        .bind(campaign.as_bytes())
        .bind(report.id.as_slice())
        .bind(report.participant.as_bytes())
        .bind(&report.institution)
        .bind(&report.contact)
        .bind(&report.message)
        .bind(report.reported_at.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn reports(&self, campaign: CampaignId, scope: &Scope) -> Result<Vec<Report>, StoreError> {
        let mut query = QueryBuilder::new("SELECT * FROM report WHERE campaign_id = ");
        query.push_bind(campaign.0.to_vec());
        if let Scope::Institutions(codes) = scope {
            if codes.is_empty() {
                return Ok(vec![]);
            }
            query.push(" AND institution IN (");
            let mut list = query.separated(", ");
            for code in codes {
                list.push_bind(code.clone());
            }
            query.push(")");
        }
        query.push(" ORDER BY reported_at DESC, report_id LIMIT ");
        query.push_bind(i64::from(REPORTS_LISTED_MAX));
        query.build().fetch_all(&mut *self.reader().await?).await?.iter().map(report).collect()
    }

    async fn report(&self, campaign: CampaignId, id: &ReportId) -> Result<Option<Report>, StoreError> {
        let row = sqlx::query("SELECT * FROM report WHERE campaign_id = $1 AND report_id = $2")
            .bind(campaign.as_bytes())
            .bind(id.as_slice())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.as_ref().map(report).transpose()
    }

    async fn resolve_report(
        &self,
        campaign: CampaignId,
        id: &ReportId,
        resolution: &Resolution,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        let changed = sqlx::query(
            "UPDATE report SET resolved_at = $3, resolution = $4 \
             WHERE campaign_id = $1 AND report_id = $2 AND resolved_at IS NULL",
        )
        .bind(campaign.as_bytes())
        .bind(id.as_slice())
        .bind(resolution.at.0)
        .bind(&resolution.words)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        one(changed)?;
        tx.commit().await?;
        Ok(())
    }
}

fn report(row: &Row) -> Result<Report, StoreError> {
    let reported_at = UnixMillis(row.try_get("reported_at")?);
    let resolved = match instant(row, "resolved_at")? {
        Some(at) => Some(Resolution { at, words: row.try_get::<Option<String>, _>("resolution")?.unwrap_or_default() }),
        None => None,
    };
    Ok(Report {
        id: blob(row, "report_id")?,
        participant: ParticipantId(blob(row, "participant_id")?),
        institution: row.try_get("institution")?,
        contact: row.try_get("contact")?,
        message: row.try_get("message")?,
        reported_at,
        resolved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMPAIGN: CampaignId = CampaignId([1; 16]);

    fn made(id: u8, person: u8, institution: &str) -> Report {
        Report {
            id: [id; 16],
            participant: ParticipantId([person; 16]),
            institution: institution.into(),
            contact: "0812".into(),
            message: "Bukan saya".into(),
            reported_at: UnixMillis(i64::from(id)),
            resolved: None,
        }
    }

    #[tokio::test]
    async fn reports_are_listed_within_a_scope_and_resolved_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Database::open(&folder.path().join("ikrar.db")).await.unwrap();
        for (id, institution) in [(1, "16"), (2, "16.71"), (3, "16.71")] {
            assert!(store.add_report(CAMPAIGN, &made(id, 9, institution)).await.unwrap());
        }
        assert!(!store.add_report(CAMPAIGN, &made(4, 9, "16")).await.unwrap());

        let newest_first: Vec<u8> =
            store.reports(CAMPAIGN, &Scope::All).await.unwrap().iter().map(|report| report.id[0]).collect();
        assert_eq!(newest_first, [3, 2, 1]);
        let palembang = Scope::Institutions(vec!["16.71".into()]);
        assert_eq!(store.reports(CAMPAIGN, &palembang).await.unwrap().len(), 2);
        assert!(store.reports(CAMPAIGN, &Scope::Institutions(vec![])).await.unwrap().is_empty());
        assert!(store.reports(CampaignId([2; 16]), &Scope::All).await.unwrap().is_empty());

        let resolution = Resolution { at: UnixMillis(50), words: "Kode diterbitkan ulang".into() };
        store.resolve_report(CAMPAIGN, &[1; 16], &resolution).await.unwrap();
        assert_eq!(store.report(CAMPAIGN, &[1; 16]).await.unwrap().unwrap().resolved, Some(resolution.clone()));
        let again = store.resolve_report(CAMPAIGN, &[1; 16], &resolution).await;
        assert!(matches!(again, Err(StoreError::Conflict)));
        assert!(store.add_report(CAMPAIGN, &made(4, 9, "16")).await.unwrap());
    }
}

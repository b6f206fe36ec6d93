//! Reports of misuse: a person says that someone else signed in their name.

use super::columns::{bytes_column, time_column, u64_column};
use super::write_result::{commit, require_one_row};
use super::{Database, Row, audit};
use crate::domain::account::Scope;
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::misuse_reports::{
    MisuseReport, MisuseReportStore, OPEN_REPORTS_PER_PERSON_MAX, REPORTS_LISTED_MAX, ReportId, ReportResolution,
};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Row as _};

#[async_trait]
impl MisuseReportStore for Database {
    async fn add_report(&self, campaign: CampaignId, report: &MisuseReport) -> Result<bool, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            // Without the lock, two reports at the same time could both pass the limit.
            super::campaigns::locked(&mut tx, campaign).await?;
            let open = sqlx::query(
                "SELECT COUNT(*) AS open FROM report \
                 WHERE campaign_id = $1 AND participant_id = $2 AND resolved_at IS NULL",
            )
            .bind(campaign.as_bytes())
            .bind(report.participant.as_bytes())
            .fetch_one(&mut *tx)
            .await?;
            if u64_column(&open, "open")? >= OPEN_REPORTS_PER_PERSON_MAX {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO report (campaign_id, report_id, participant_id, institution, contact, message, \
                 reported_at, \
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
            commit(tx).await?;
            Ok(true)
        })
        .await
    }

    async fn reports(&self, campaign: CampaignId, scope: &Scope) -> Result<Vec<MisuseReport>, StoreError> {
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

    async fn open_reports(&self, campaign: CampaignId) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT institution, COUNT(*) AS open FROM report WHERE campaign_id = $1 AND resolved_at IS NULL \
             GROUP BY institution ORDER BY institution",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("institution")?, u64_column(row, "open")?))).collect()
    }

    async fn report(&self, campaign: CampaignId, id: &ReportId) -> Result<Option<MisuseReport>, StoreError> {
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
        resolution: &ReportResolution,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let changed = sqlx::query(
                "UPDATE report SET resolved_at = $3, resolution = $4 \
                 WHERE campaign_id = $1 AND report_id = $2 AND resolved_at IS NULL",
            )
            .bind(campaign.as_bytes())
            .bind(id.as_slice())
            .bind(resolution.at.0)
            .bind(&resolution.finding)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            require_one_row(changed)?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }
}

fn report(row: &Row) -> Result<MisuseReport, StoreError> {
    let reported_at = UnixMillis(row.try_get("reported_at")?);
    let resolved = match time_column(row, "resolved_at")? {
        Some(at) => {
            Some(ReportResolution { at, finding: row.try_get::<Option<String>, _>("resolution")?.unwrap_or_default() })
        }
        None => None,
    };
    Ok(MisuseReport {
        id: bytes_column(row, "report_id")?,
        participant: ParticipantId(bytes_column(row, "participant_id")?),
        institution: row.try_get("institution")?,
        contact: row.try_get("contact")?,
        message: row.try_get("message")?,
        reported_at,
        resolved,
    })
}

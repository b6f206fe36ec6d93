//! Reports of misuse: a person says that someone else signed in their name.

use super::columns::{bytes_column, time_column, u64_column};
use super::write_result::{commit, require_one_row};
use super::{Database, Row, Transaction, audit};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::misuse_report::ReportOutcome;
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::store::StoreError;
use crate::store::misuse_reports::{
    ClaimedReport, MisuseReport, MisuseReportStore, OPEN_REPORTS_PER_NUMBER_MAX, OPEN_REPORTS_PER_PERSON_MAX,
    OPEN_REPORTS_WITHOUT_CODE_MAX, OpenReportCount, REPORTS_LISTED_MAX, ReportId, ReportResolution, ReportSource,
    ReportStage,
};
use async_trait::async_trait;
use sqlx::{QueryBuilder, Row as _};

const INSERT: &str = "INSERT INTO report (campaign_id, report_id, participant_id, institution, contact, message, \
    reported_at, resolved_at, resolution, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, $8)";

#[async_trait]
impl MisuseReportStore for Database {
    async fn add_report(&self, campaign: CampaignId, report: &MisuseReport) -> Result<bool, StoreError> {
        let ReportSource::SignedIn { participant, institution, contact, message } = &report.source else {
            return Err(StoreError::Conflict);
        };
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            // Without the lock, two reports at the same time could both pass the limit.
            super::campaigns::locked(&mut tx, campaign).await?;
            if open_of(&mut tx, campaign, &participant.0).await? >= OPEN_REPORTS_PER_PERSON_MAX {
                return Ok(false);
            }
            sqlx::query(INSERT)
                .bind(campaign.as_bytes())
                .bind(report.id.as_slice())
                .bind(participant.as_bytes())
                .bind(institution)
                .bind(contact)
                .bind(message)
                .bind(report.reported_at.0)
                .bind(None::<Vec<u8>>)
                .execute(&mut *tx)
                .await?;
            commit(tx).await?;
            Ok(true)
        })
        .await
    }

    async fn add_claimed_report(&self, campaign: CampaignId, report: &ClaimedReport) -> Result<bool, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            super::campaigns::locked(&mut tx, campaign).await?;
            let kept = sqlx::query("SELECT report_id FROM report WHERE campaign_id = $1 AND report_id = $2")
                .bind(campaign.as_bytes())
                .bind(report.id.as_slice())
                .fetch_optional(&mut *tx)
                .await?;
            if kept.is_some() {
                return Ok(true);
            }
            let open = open_of(&mut tx, campaign, &report.mark).await?;
            let all = sqlx::query(OPEN_CLAIMED).bind(campaign.as_bytes()).fetch_one(&mut *tx).await?;
            if open >= OPEN_REPORTS_PER_NUMBER_MAX || u64_column(&all, "open")? >= OPEN_REPORTS_WITHOUT_CODE_MAX {
                return Ok(false);
            }
            let has_room = open < OPEN_REPORTS_PER_PERSON_MAX;
            let sealed = if has_room { &report.sealed } else { &report.sealed_number };
            sqlx::query(INSERT)
                .bind(campaign.as_bytes())
                .bind(report.id.as_slice())
                .bind(report.mark.as_slice())
                .bind("")
                .bind("")
                .bind("")
                .bind(report.reported_at.0)
                .bind(sealed)
                .execute(&mut *tx)
                .await?;
            commit(tx).await?;
            Ok(true)
        })
        .await
    }

    async fn open_claimed_reports(&self, campaign: CampaignId) -> Result<u64, StoreError> {
        let all = sqlx::query(OPEN_CLAIMED).bind(campaign.as_bytes()).fetch_one(&mut *self.reader().await?).await?;
        u64_column(&all, "open")
    }

    async fn reports(
        &self,
        campaign: CampaignId,
        visible: &VisibleInstitutions,
        stage: ReportStage,
    ) -> Result<Vec<MisuseReport>, StoreError> {
        let mut query = QueryBuilder::new("SELECT * FROM report WHERE campaign_id = ");
        query.push_bind(campaign.0.to_vec());
        query.push(" AND sealed IS NULL AND ").push(within(stage));
        if let VisibleInstitutions::Parts(parts) = visible {
            if parts.is_empty() {
                return Ok(vec![]);
            }
            query.push(" AND institution IN (");
            let mut list = query.separated(", ");
            for part in parts {
                list.push_bind(part.institution.clone());
            }
            query.push(")");
        }
        query.push(" ORDER BY reported_at DESC, report_id LIMIT ");
        query.push_bind(i64::from(REPORTS_LISTED_MAX));
        query.build().fetch_all(&mut *self.reader().await?).await?.iter().map(report).collect()
    }

    async fn claimed_reports(&self, campaign: CampaignId, stage: ReportStage) -> Result<Vec<MisuseReport>, StoreError> {
        let mut query = QueryBuilder::new("SELECT * FROM report WHERE campaign_id = ");
        query.push_bind(campaign.0.to_vec());
        query.push(" AND sealed IS NOT NULL AND ").push(within(stage));
        query.push(" ORDER BY reported_at DESC, report_id LIMIT ");
        query.push_bind(match stage {
            ReportStage::Open => i64::try_from(OPEN_REPORTS_WITHOUT_CODE_MAX).unwrap_or(i64::MAX),
            ReportStage::Resolved => i64::from(REPORTS_LISTED_MAX),
        });
        query.build().fetch_all(&mut *self.reader().await?).await?.iter().map(report).collect()
    }

    async fn open_reports(&self, campaign: CampaignId) -> Result<Vec<OpenReportCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.institution, u.node, COUNT(*) AS open FROM report r \
             LEFT JOIN institution i ON i.campaign_id = r.campaign_id AND i.code = r.institution \
             LEFT JOIN participant p ON p.campaign_id = r.campaign_id AND p.participant_id = r.participant_id \
             AND p.roster_id = i.roster_id \
             LEFT JOIN unit u ON u.campaign_id = p.campaign_id AND u.roster_id = p.roster_id \
             AND u.unit_id = p.unit_id \
             WHERE r.campaign_id = $1 AND r.resolved_at IS NULL AND r.sealed IS NULL \
             GROUP BY r.institution, u.node ORDER BY r.institution, u.node",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let count = |row: &Row| {
            let (institution, unit) = (row.try_get("institution")?, row.try_get("node")?);
            Ok(OpenReportCount { institution, unit, open: u64_column(row, "open")? })
        };
        rows.iter().map(count).collect()
    }

    async fn report(&self, campaign: CampaignId, id: &ReportId) -> Result<Option<MisuseReport>, StoreError> {
        self.report_between(campaign, id, id).await
    }

    async fn report_between(
        &self,
        campaign: CampaignId,
        low: &ReportId,
        high: &ReportId,
    ) -> Result<Option<MisuseReport>, StoreError> {
        let between = "SELECT * FROM report WHERE campaign_id = $1 AND report_id >= $2 AND report_id <= $3 LIMIT 2";
        let rows = sqlx::query(between)
            .bind(campaign.as_bytes())
            .bind(low.as_slice())
            .bind(high.as_slice())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        match rows.as_slice() {
            [only] => Ok(Some(report(only)?)),
            _ => Ok(None),
        }
    }

    async fn newest_report_of(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
    ) -> Result<Option<MisuseReport>, StoreError> {
        let newest = "SELECT * FROM report WHERE campaign_id = $1 AND participant_id = $2 AND sealed IS NULL \
                      ORDER BY reported_at DESC, report_id LIMIT 1";
        let row = sqlx::query(newest)
            .bind(campaign.as_bytes())
            .bind(participant.as_bytes())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.as_ref().map(report).transpose()
    }

    async fn take_report(
        &self,
        campaign: CampaignId,
        id: &ReportId,
        at: UnixMillis,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let changed = sqlx::query(
                "UPDATE report SET taken_at = $3 \
                 WHERE campaign_id = $1 AND report_id = $2 AND resolved_at IS NULL AND taken_at IS NULL",
            )
            .bind(campaign.as_bytes())
            .bind(id.as_slice())
            .bind(at.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            require_one_row(changed)?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn resolve_reports(
        &self,
        campaign: CampaignId,
        ids: &[ReportId],
        resolution: &ReportResolution,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            for id in ids {
                let changed = sqlx::query(
                    "UPDATE report SET resolved_at = $3, resolution = $4, outcome = $5 \
                     WHERE campaign_id = $1 AND report_id = $2 AND resolved_at IS NULL",
                )
                .bind(campaign.as_bytes())
                .bind(id.as_slice())
                .bind(resolution.at.0)
                .bind(&resolution.finding)
                .bind(i64::from(resolution.outcome.code()))
                .execute(&mut *tx)
                .await?
                .rows_affected();
                require_one_row(changed)?;
            }
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn resolve_report(
        &self,
        campaign: CampaignId,
        id: &ReportId,
        resolution: &ReportResolution,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.resolve_reports(campaign, &[*id], resolution, audit).await
    }
}

const OPEN_CLAIMED: &str =
    "SELECT COUNT(*) AS open FROM report WHERE campaign_id = $1 AND resolved_at IS NULL AND sealed IS NOT NULL";

fn within(stage: ReportStage) -> &'static str {
    match stage {
        ReportStage::Open => "resolved_at IS NULL",
        ReportStage::Resolved => "resolved_at IS NOT NULL",
    }
}

/// The open reports of a person, or of a claimed number by its mark.
async fn open_of(tx: &mut Transaction<'_>, campaign: CampaignId, whom: &[u8; 16]) -> Result<u64, StoreError> {
    let open = sqlx::query(
        "SELECT COUNT(*) AS open FROM report \
         WHERE campaign_id = $1 AND participant_id = $2 AND resolved_at IS NULL",
    )
    .bind(campaign.as_bytes())
    .bind(whom.as_slice())
    .fetch_one(&mut **tx)
    .await?;
    u64_column(&open, "open")
}

fn report(row: &Row) -> Result<MisuseReport, StoreError> {
    let resolved = match time_column(row, "resolved_at")? {
        Some(at) => Some(ReportResolution {
            at,
            finding: row.try_get::<Option<String>, _>("resolution")?.unwrap_or_default(),
            outcome: ReportOutcome::from_code(row.try_get::<Option<i64>, _>("outcome")?.unwrap_or_default()),
        }),
        None => None,
    };
    let source = match row.try_get::<Option<Vec<u8>>, _>("sealed")? {
        Some(sealed) => ReportSource::WithoutCode { mark: bytes_column(row, "participant_id")?, sealed },
        None => ReportSource::SignedIn {
            participant: ParticipantId(bytes_column(row, "participant_id")?),
            institution: row.try_get("institution")?,
            contact: row.try_get("contact")?,
            message: row.try_get("message")?,
        },
    };
    Ok(MisuseReport {
        id: bytes_column(row, "report_id")?,
        source,
        reported_at: UnixMillis(row.try_get("reported_at")?),
        taken_at: time_column(row, "taken_at")?,
        resolved,
    })
}

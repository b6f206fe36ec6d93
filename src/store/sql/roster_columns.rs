//! What people said that columns of roster files hold.

use super::Connection;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::rosters::RememberedColumn;
use sqlx::Row as _;

/// The columns that are remembered for files of an institution; with an empty code, for files of all.
pub(super) async fn read(
    db: &mut Connection,
    campaign: CampaignId,
    institution: &str,
) -> Result<Vec<RememberedColumn>, StoreError> {
    let rows = sqlx::query(
        "SELECT heading, field FROM roster_column WHERE campaign_id = $1 AND institution = $2 ORDER BY heading",
    )
    .bind(campaign.as_bytes())
    .bind(institution)
    .fetch_all(db)
    .await?;
    let column = |row: &super::Row| {
        let (heading, field) = (row.try_get("heading")?, row.try_get("field")?);
        Ok(RememberedColumn { institution: institution.to_owned(), heading, field })
    };
    rows.iter().map(column).collect()
}

/// Remembers columns in place of what was remembered of the same headings.
pub(super) async fn put(
    tx: &mut Connection,
    campaign: CampaignId,
    columns: &[RememberedColumn],
) -> Result<(), StoreError> {
    for column in columns {
        sqlx::query(
            "INSERT INTO roster_column (campaign_id, institution, heading, field) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (campaign_id, institution, heading) DO UPDATE SET field = excluded.field",
        )
        .bind(campaign.as_bytes())
        .bind(&column.institution)
        .bind(&column.heading)
        .bind(&column.field)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

//! Editions of certificates.

use super::columns::u32_column;
use super::{Connection, Row, Transaction};
use crate::domain::edition::Edition;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use sqlx::Row as _;

pub(super) async fn put(tx: &mut Transaction<'_>, campaign: CampaignId, edition: &Edition) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO edition (campaign_id, number, layout, template, seal_key, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(campaign.as_bytes())
    .bind(i64::from(edition.number))
    .bind(i64::from(edition.layout))
    .bind(&edition.template)
    .bind(&edition.seal_key)
    .bind(edition.created_at.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the editions of a campaign that nobody has signed.
pub(super) async fn forget(tx: &mut Transaction<'_>, campaign: CampaignId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM edition WHERE campaign_id = $1").bind(campaign.as_bytes()).execute(&mut **tx).await?;
    Ok(())
}

pub(super) async fn find(
    connection: &mut Connection,
    campaign: CampaignId,
    number: u32,
) -> Result<Option<Edition>, StoreError> {
    let row = sqlx::query(
        "SELECT number, layout, template, seal_key, created_at FROM edition WHERE campaign_id = $1 AND number = $2",
    )
    .bind(campaign.as_bytes())
    .bind(i64::from(number))
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(edition).transpose()
}

fn edition(row: &Row) -> Result<Edition, StoreError> {
    Ok(Edition {
        number: u32_column(row, "number")?,
        layout: u32_column(row, "layout")?,
        template: row.try_get("template")?,
        seal_key: row.try_get("seal_key")?,
        created_at: UnixMillis(row.try_get("created_at")?),
    })
}

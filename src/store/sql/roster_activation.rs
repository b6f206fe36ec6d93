//! Switches institutions over to a staged roster in one short commit.

use super::roster_checks::{require_draft, require_rosters};
use super::write_result::{commit, require_one_row};
use super::{Connection, Database, audit, registered_units, registry, roster_columns};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::CampaignId;
use crate::store::StoreError;
use crate::store::rosters::Activation;

pub(super) async fn activate(
    db: &Database,
    campaign: CampaignId,
    activation: &Activation,
    audit: &AuditEntry,
) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    require_draft(&mut tx, campaign).await?;
    require_rosters(&mut tx, campaign, &activation.before).await?;
    create_institutions(&mut tx, campaign, activation).await?;
    registry::register_institutions(&mut tx, campaign, &activation.same_institutions).await?;
    switch(&mut tx, campaign, activation).await?;
    registered_units::rename(&mut tx, &activation.renames).await?;
    registered_units::register(&mut tx, campaign).await?;
    let people = i64::try_from(activation.people).map_err(|_| StoreError::Corrupt("people"))?;
    sqlx::query(
        "UPDATE roster_import SET state = 'active', people = $3 \
         WHERE campaign_id = $1 AND roster_id = $2 AND state = 'staging'",
    )
    .bind(campaign.as_bytes())
    .bind(activation.roster.as_slice())
    .bind(people)
    .execute(&mut *tx)
    .await
    .map_err(StoreError::from)
    .and_then(|done| require_one_row(done.rows_affected()))?;
    roster_columns::put(&mut tx, campaign, &activation.columns).await?;
    audit::put(&mut tx, audit).await?;
    // From here the institutions have their new roster; the rows of their old ones are orphans.
    commit(tx).await
}

async fn create_institutions(
    tx: &mut Connection,
    campaign: CampaignId,
    activation: &Activation,
) -> Result<(), StoreError> {
    for institution in &activation.created {
        sqlx::query(
            "INSERT INTO institution (campaign_id, code, name, position, help_contact, next_number) \
             VALUES ($1, $2, $3, $4, $5, 1)",
        )
        .bind(campaign.as_bytes())
        .bind(&institution.code)
        .bind(&institution.name)
        .bind(i64::from(institution.position))
        .bind(&institution.help_contact)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn switch(tx: &mut Connection, campaign: CampaignId, activation: &Activation) -> Result<(), StoreError> {
    for person in &activation.taken_over {
        sqlx::query("DELETE FROM participant WHERE campaign_id = $1 AND participant_id = $2 AND roster_id <> $3")
            .bind(campaign.as_bytes())
            .bind(person.as_bytes())
            .bind(activation.roster.as_slice())
            .execute(&mut *tx)
            .await?;
    }
    for code in &activation.switched {
        sqlx::query("UPDATE institution SET roster_id = $3 WHERE campaign_id = $1 AND code = $2")
            .bind(campaign.as_bytes())
            .bind(code)
            .bind(activation.roster.as_slice())
            .execute(&mut *tx)
            .await?;
    }
    raise_numbers(tx, campaign, &activation.next_numbers).await
}

/// Raises the institutions' next participant numbers. None is lowered.
pub(super) async fn raise_numbers(
    tx: &mut Connection,
    campaign: CampaignId,
    next_numbers: &[(String, u64)],
) -> Result<(), StoreError> {
    for (code, next) in next_numbers {
        let next = i64::try_from(*next).map_err(|_| StoreError::Corrupt("next_number"))?;
        sqlx::query(
            "UPDATE institution SET next_number = $3 WHERE campaign_id = $1 AND code = $2 AND next_number < $3",
        )
        .bind(campaign.as_bytes())
        .bind(code)
        .bind(next)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

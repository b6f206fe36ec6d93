//! Changes a roster in force in place, in one commit that raises its generation.

use super::roster_checks::{require_draft, require_rosters};
use super::roster_rows::{delete_people, delete_units, insert_people, insert_units};
use super::write_result::{commit, require_one_row};
use super::{Connection, Database, audit, registered_units, registry, roster_activation, roster_columns};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::StoreError;
use crate::store::rosters::{Amendment, RosterId};

pub(super) async fn amend(
    db: &Database,
    campaign: CampaignId,
    amendment: &Amendment,
    audit: &AuditEntry,
) -> Result<(), StoreError> {
    let mut tx = db.begin_write().await?;
    require_draft(&mut tx, campaign).await?;
    require_rosters(&mut tx, campaign, &amendment.before).await?;
    registry::register_institutions(&mut tx, campaign, &[]).await?;
    begin_rosters(&mut tx, campaign, amendment, audit).await?;
    change_units(&mut tx, campaign, amendment).await?;
    registered_units::rename(&mut tx, &amendment.renames).await?;
    registered_units::register(&mut tx, campaign).await?;
    change_people(&mut tx, campaign, amendment).await?;
    raise(&mut tx, campaign, amendment).await?;
    roster_activation::raise_numbers(&mut tx, campaign, &amendment.next_numbers).await?;
    roster_columns::put(&mut tx, campaign, &amendment.columns).await?;
    audit::put(&mut tx, audit).await?;
    // From here the institutions have their changed rosters, and a lock or an import that read them before is refused.
    commit(tx).await
}

/// Gives institutions without a roster one.
async fn begin_rosters(
    tx: &mut Connection,
    campaign: CampaignId,
    amendment: &Amendment,
    audit: &AuditEntry,
) -> Result<(), StoreError> {
    if amendment.begun.is_empty() {
        return Ok(());
    }
    let of_new = amendment.added.iter().filter(|(roster, _)| *roster == amendment.roster);
    let people: usize = of_new.map(|(_, people)| people.len()).sum();
    sqlx::query(
        "INSERT INTO roster_import (campaign_id, roster_id, institution, state, people, started_at, started_by) \
         VALUES ($1, $2, NULL, 'active', $3, $4, $5)",
    )
    .bind(campaign.as_bytes())
    .bind(amendment.roster.as_slice())
    .bind(i64::try_from(people).map_err(|_| StoreError::Corrupt("people"))?)
    .bind(audit.at.0)
    .bind(&audit.actor)
    .execute(&mut *tx)
    .await?;
    for code in &amendment.begun {
        let done = sqlx::query(
            "UPDATE institution SET roster_id = $3 WHERE campaign_id = $1 AND code = $2 AND roster_id IS NULL",
        )
        .bind(campaign.as_bytes())
        .bind(code)
        .bind(amendment.roster.as_slice())
        .execute(&mut *tx)
        .await?;
        require_one_row(done.rows_affected())?;
    }
    Ok(())
}

async fn change_units(tx: &mut Connection, campaign: CampaignId, amendment: &Amendment) -> Result<(), StoreError> {
    if delete_units(tx, campaign, &amendment.units_removed).await? != amendment.units_removed.len() as u64 {
        return Err(StoreError::Conflict);
    }
    for (roster, units) in &amendment.units_added {
        insert_units(tx, campaign, *roster, units).await?;
    }
    Ok(())
}

async fn change_people(tx: &mut Connection, campaign: CampaignId, amendment: &Amendment) -> Result<(), StoreError> {
    if delete_people(tx, campaign, &amendment.removed).await? != amendment.removed.len() as u64 {
        return Err(StoreError::Conflict);
    }
    for (roster, people) in &amendment.added {
        // An import that was interrupted may have left the same person as an orphan of this roster.
        let orphans: Vec<(RosterId, ParticipantId)> = people.iter().map(|person| (*roster, person.id)).collect();
        delete_people(tx, campaign, &orphans).await?;
        insert_people(tx, campaign, *roster, people).await?;
    }
    Ok(())
}

/// Raises the generation of each roster that changes, and voids the claim of a lock that has read them.
async fn raise(tx: &mut Connection, campaign: CampaignId, amendment: &Amendment) -> Result<(), StoreError> {
    for code in &amendment.amended {
        let done = sqlx::query(
            "UPDATE institution SET roster_generation = roster_generation + 1 WHERE campaign_id = $1 AND code = $2",
        )
        .bind(campaign.as_bytes())
        .bind(code)
        .execute(&mut *tx)
        .await?;
        require_one_row(done.rows_affected())?;
    }
    if !amendment.amended.is_empty() {
        // A node of an older version compares no generations, but it locks only with its claim.
        sqlx::query("DELETE FROM roster_lock WHERE campaign_id = $1").bind(campaign.as_bytes()).execute(tx).await?;
    }
    Ok(())
}

//! The registry of institutions and units.

use super::columns::bytes_column;
use super::write_result::commit;
use super::{Connection, Database, Row, registered_units};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::registered_units::RegisteredUnits;
use crate::domain::registry::{
    RegisteredInstitutions, Registration, RegistryNode, TOP_NODE, institution_key, parent_node,
};
use crate::store::StoreError;
use crate::store::registry::{PersonPlace, RegisteredName, RegisteredUnit, RegistryStore};
use async_trait::async_trait;
use sqlx::Row as _;

const NAMES: &str = "SELECT name_key, node FROM registry_name WHERE parent = $1";

#[async_trait]
impl RegistryStore for Database {
    async fn registry_nodes(&self, parent: &str) -> Result<Vec<RegistryNode>, StoreError> {
        let rows = sqlx::query("SELECT code, name FROM registry_node WHERE parent = $1 AND code <> $1 ORDER BY code")
            .bind(parent)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| Ok(RegistryNode { code: row.try_get("code")?, name: row.try_get("name")? })).collect()
    }

    async fn registry_node(&self, code: &str) -> Result<Option<RegistryNode>, StoreError> {
        let row = sqlx::query("SELECT code, name FROM registry_node WHERE parent = $1 AND code = $2 AND code <> $3")
            .bind(parent_node(code))
            .bind(code)
            .bind(TOP_NODE)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| Ok(RegistryNode { code: row.try_get("code")?, name: row.try_get("name")? })).transpose()
    }

    async fn registered_names(&self) -> Result<Vec<RegisteredName>, StoreError> {
        let rows = sqlx::query(NAMES).bind(TOP_NODE).fetch_all(&mut *self.reader().await?).await?;
        rows.iter()
            .map(|row| Ok(RegisteredName { key: row.try_get("name_key")?, node: row.try_get("node")? }))
            .collect()
    }

    async fn units_below(&self, institutions: &[&str]) -> Result<RegisteredUnits, StoreError> {
        registered_units::registered(&mut *self.reader().await?, institutions).await
    }

    async fn institution_nodes(&self, campaign: CampaignId) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query("SELECT code, node FROM institution WHERE campaign_id = $1 AND node IS NOT NULL")
            .bind(campaign.as_bytes())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("code")?, row.try_get("node")?))).collect()
    }

    async fn registered_units(
        &self,
        campaign: CampaignId,
        institution: Option<&str>,
    ) -> Result<Vec<RegisteredUnit>, StoreError> {
        registered_units::read(&mut *self.reader().await?, campaign, institution).await
    }

    async fn registered_unit(
        &self,
        campaign: CampaignId,
        institution: &str,
        unit: u32,
    ) -> Result<Option<RegisteredUnit>, StoreError> {
        registered_units::read_one(&mut *self.reader().await?, campaign, institution, unit).await
    }

    async fn has_units_at(&self, campaign: CampaignId, institution: &str, node: &str) -> Result<bool, StoreError> {
        registered_units::has_any(&mut *self.reader().await?, campaign, institution, node).await
    }

    async fn person_places(
        &self,
        campaign: CampaignId,
        people: &[ParticipantId],
    ) -> Result<Vec<PersonPlace>, StoreError> {
        registered_units::places(&mut *self.reader().await?, campaign, people).await
    }

    async fn register_earlier(&self) -> Result<u64, StoreError> {
        let waiting = unregistered(&mut *self.reader().await?).await?;
        if !waiting.is_empty() {
            self.retried(|| async {
                let mut tx = self.begin_write().await?;
                registered_units::lock_registry(&mut tx).await?;
                // Another node may have begun meanwhile: what is left is read again.
                let left = unregistered(&mut tx).await?;
                let mut known = registered(&mut tx).await?;
                let names: Vec<(String, String)> = left.into_iter().map(|(_, code, name)| (code, name)).collect();
                for (registration, code, name) in known.register_earlier(&names) {
                    put(&mut tx, &registration, &code, &name).await?;
                }
                commit(tx).await
            })
            .await?;
        }
        let mut campaigns: Vec<CampaignId> = waiting.iter().map(|(campaign, ..)| *campaign).collect();
        campaigns.extend(registered_units::waiting(&mut *self.reader().await?).await?);
        campaigns.sort_unstable_by_key(|campaign| campaign.0);
        campaigns.dedup();
        for campaign in &campaigns {
            self.retried(|| async {
                let mut tx = self.begin_write().await?;
                register_institutions(&mut tx, *campaign, &[]).await?;
                registered_units::register(&mut tx, *campaign).await?;
                commit(tx).await
            })
            .await?;
        }
        Ok(campaigns.len() as u64)
    }
}

/// Gives the institutions of a campaign that have no node theirs, and notes the names of the others. `same` holds nodes
/// of which somebody said that they are the institutions of their code.
pub(super) async fn register_institutions(
    tx: &mut Connection,
    campaign: CampaignId,
    same: &[String],
) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT code, name, node FROM institution WHERE campaign_id = $1 ORDER BY position, code")
        .bind(campaign.as_bytes())
        .fetch_all(&mut *tx)
        .await?;
    let institution = |row: &Row| Ok((row.try_get("code")?, row.try_get("name")?, row.try_get("node")?));
    let institutions: Vec<(String, String, Option<String>)> =
        rows.iter().map(institution).collect::<Result<_, StoreError>>()?;
    let mut known = registered(tx).await?;
    if !institutions.iter().all(|(code, name, _)| known.has(code, name)) {
        registered_units::lock_registry(tx).await?;
        known = registered(tx).await?;
    }
    for (code, name, node) in institutions {
        // An institution that is renamed within its campaign stays what it is.
        let renamed: Vec<String> = node.iter().cloned().collect();
        let registration = known.register(&code, &name, if node.is_some() { &renamed } else { same });
        put(tx, &registration, &code, &name).await?;
        if node.is_none() {
            sqlx::query("UPDATE institution SET node = $3 WHERE campaign_id = $1 AND code = $2")
                .bind(campaign.as_bytes())
                .bind(&code)
                .bind(registration.node())
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(())
}

async fn registered(tx: &mut Connection) -> Result<RegisteredInstitutions, StoreError> {
    let rows = sqlx::query(NAMES).bind(TOP_NODE).fetch_all(tx).await?;
    let name = |row: &Row| Ok((row.try_get("name_key")?, row.try_get("node")?));
    Ok(RegisteredInstitutions::new(rows.iter().map(name).collect::<Result<Vec<(String, String)>, StoreError>>()?))
}

/// The institutions without a node: campaign, code and name, the oldest campaign first.
async fn unregistered(connection: &mut Connection) -> Result<Vec<(CampaignId, String, String)>, StoreError> {
    let rows = sqlx::query(
        "SELECT i.campaign_id, i.code, i.name FROM institution i JOIN campaign c ON c.campaign_id = i.campaign_id \
         WHERE i.node IS NULL ORDER BY c.created_at, i.campaign_id, i.position, i.code",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| Ok((CampaignId(bytes_column(row, "campaign_id")?), row.try_get("code")?, row.try_get("name")?)))
        .collect()
}

/// Writes what a registration added.
async fn put(tx: &mut Connection, registration: &Registration, code: &str, name: &str) -> Result<(), StoreError> {
    let text = match registration {
        Registration::Known(_) => return Ok(()),
        Registration::NewName(_) => "UPDATE registry_node SET name = $3 WHERE parent = $1 AND code = $2",
        Registration::NewNode(_) => "INSERT INTO registry_node (parent, code, name, next_child) VALUES ($1, $2, $3, 1)",
    };
    sqlx::query(text).bind(TOP_NODE).bind(registration.node()).bind(name).execute(&mut *tx).await?;
    sqlx::query("INSERT INTO registry_name (parent, name_key, node) VALUES ($1, $2, $3)")
        .bind(TOP_NODE)
        .bind(institution_key(code, name))
        .bind(registration.node())
        .execute(tx)
        .await?;
    Ok(())
}

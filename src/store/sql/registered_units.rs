//! The nodes of units. An import registers those of its roster in the commit that brings it into force.

use super::columns::{bytes_column, optional_u32_column, u32_column};
use super::write_result::require_one_row;
use super::{Connection, Row};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::registered_units::{NewUnitNode, RegisteredUnits, unit_key};
use crate::domain::registry::{TOP_NODE, parent_node};
use crate::domain::unit::Unit;
use crate::domain::unit_renames::UnitRename;
use crate::store::StoreError;
use crate::store::registry::{PersonPlace, RegisteredUnit};
use sqlx::{QueryBuilder, Row as _};
use std::collections::HashMap;

/// Rows of one statement.
const ROWS_MAX: usize = 500;

/// Gives the units of a campaign's rosters in force that have no node theirs, and registers those that are new. Units
/// of institutions without a node are left out.
pub(super) async fn register(tx: &mut Connection, campaign: CampaignId) -> Result<(), StoreError> {
    let mut units = read(tx, campaign, None).await?;
    let institutions: HashMap<String, String> =
        sqlx::query("SELECT code, node FROM institution WHERE campaign_id = $1 AND node IS NOT NULL")
            .bind(campaign.as_bytes())
            .fetch_all(&mut *tx)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("code")?, row.try_get("node")?)))
            .collect::<Result<_, StoreError>>()?;
    units.retain(|one| institutions.contains_key(&one.unit.institution));
    let mut lacking: Vec<&[RegisteredUnit]> =
        units.chunk_by(|one, next| one.unit.institution == next.unit.institution).collect();
    lacking.retain(|units| units.iter().any(|one| one.node.is_none()));
    if lacking.is_empty() {
        return Ok(());
    }
    let node_of = |units: &[RegisteredUnit]| institutions[&units[0].unit.institution].as_str();
    let nodes: Vec<&str> = lacking.iter().map(|units| node_of(units)).collect();
    let mut found = found_nodes(registered(tx, &nodes).await?, &lacking, node_of);
    if !found.1.is_empty() {
        lock_registry(tx).await?;
        // Another may have registered some meanwhile.
        found = found_nodes(registered(tx, &nodes).await?, &lacking, node_of);
    }
    put(tx, &found.1).await?;
    let lacking = lacking.into_iter().flatten();
    let given: Vec<(&RegisteredUnit, String)> =
        lacking.zip(found.0).filter(|(one, node)| one.node.as_deref() != Some(node)).collect();
    give(tx, campaign, &given).await
}

/// Gives nodes the names by which the rosters of this commit have them. Other campaigns keep theirs.
///
/// # Errors
/// `Conflict` where another import gave a name to another unit meanwhile.
pub(super) async fn rename(tx: &mut Connection, renames: &[UnitRename]) -> Result<(), StoreError> {
    if renames.is_empty() {
        return Ok(());
    }
    lock_registry(tx).await?;
    for UnitRename { node, name } in renames {
        let (parent, key) = (parent_node(node), unit_key(name));
        let known = sqlx::query("SELECT node FROM registry_name WHERE parent = $1 AND name_key = $2")
            .bind(parent)
            .bind(&key)
            .fetch_optional(&mut *tx)
            .await?;
        match known.map(|row| row.try_get::<String, _>("node")).transpose()? {
            Some(known) if known == *node => {}
            Some(_) => return Err(StoreError::Conflict),
            None => {
                sqlx::query("INSERT INTO registry_name (parent, name_key, node) VALUES ($1, $2, $3)")
                    .bind(parent)
                    .bind(&key)
                    .bind(node)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        let done = sqlx::query("UPDATE registry_node SET name = $3 WHERE parent = $1 AND code = $2")
            .bind(parent)
            .bind(node)
            .bind(name)
            .execute(&mut *tx)
            .await?;
        require_one_row(done.rows_affected())?;
    }
    Ok(())
}

/// Lets one write at a time register what is new.
pub(super) async fn lock_registry(tx: &mut Connection) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO registry_node (parent, code, name, next_child) VALUES ($1, $1, $1, 1) \
         ON CONFLICT (parent, code) DO UPDATE SET next_child = excluded.next_child",
    )
    .bind(TOP_NODE)
    .execute(tx)
    .await?;
    Ok(())
}

/// The node of each unit, and those that are new.
fn found_nodes<'u>(
    mut known: RegisteredUnits,
    lacking: &[&'u [RegisteredUnit]],
    node_of: impl Fn(&'u [RegisteredUnit]) -> &'u str,
) -> (Vec<String>, Vec<NewUnitNode>) {
    let (mut nodes, mut new) = (vec![], vec![]);
    for registered in lacking {
        let units: Vec<Unit> = registered.iter().map(|one| one.unit.clone()).collect();
        let (of_units, added) = known.register(node_of(registered), &units);
        nodes.extend(of_units);
        new.extend(added);
    }
    (nodes, new)
}

/// The names of units below these nodes of institutions, and of what lies between them.
pub(super) async fn registered(tx: &mut Connection, institutions: &[&str]) -> Result<RegisteredUnits, StoreError> {
    // Nodes below a node begin with it and a slash; a zero follows the slash. `16/1` comes after `16.71`, so that the
    // last end isn't that of the last node.
    let (first, end) = (institutions.iter().min(), institutions.iter().map(|node| format!("{node}0")).max());
    let (Some(first), Some(end)) = (first, end) else { return Ok(RegisteredUnits::new([])) };
    let rows = sqlx::query("SELECT parent, name_key, node FROM registry_name WHERE parent >= $1 AND parent < $2")
        .bind(*first)
        .bind(end)
        .fetch_all(tx)
        .await?;
    let name = |row: &Row| Ok((row.try_get("parent")?, row.try_get("name_key")?, row.try_get("node")?));
    let names = rows.iter().map(name).collect::<Result<Vec<(String, String, String)>, StoreError>>()?;
    Ok(RegisteredUnits::new(names))
}

async fn put(tx: &mut Connection, new: &[NewUnitNode]) -> Result<(), StoreError> {
    for nodes in new.chunks(ROWS_MAX) {
        let mut insert = QueryBuilder::new("INSERT INTO registry_node (parent, code, name, next_child) ");
        insert.push_values(nodes, |mut row, node| {
            row.push_bind(&node.parent).push_bind(&node.code).push_bind(&node.name).push_bind(1_i64);
        });
        insert.build().execute(&mut *tx).await?;
        let mut insert = QueryBuilder::new("INSERT INTO registry_name (parent, name_key, node) ");
        insert.push_values(nodes, |mut row, node| {
            row.push_bind(&node.parent).push_bind(&node.key).push_bind(&node.code);
        });
        insert.build().execute(&mut *tx).await?;
    }
    Ok(())
}

/// Writes nodes into the rows of units, which are there: only their nodes change.
async fn give(
    tx: &mut Connection,
    campaign: CampaignId,
    given: &[(&RegisteredUnit, String)],
) -> Result<(), StoreError> {
    for rows in given.chunks(ROWS_MAX) {
        let mut update =
            QueryBuilder::new("INSERT INTO unit (campaign_id, roster_id, unit_id, institution, name, node) ");
        update.push_values(rows, |mut row, (one, node)| {
            row.push_bind(campaign.as_bytes())
                .push_bind(one.roster.as_slice())
                .push_bind(i64::from(one.unit.id))
                .push_bind(&one.unit.institution)
                .push_bind(&one.unit.name)
                .push_bind(node);
        });
        update.push(" ON CONFLICT (campaign_id, roster_id, unit_id) DO UPDATE SET node = excluded.node");
        update.build().execute(&mut *tx).await?;
    }
    Ok(())
}

/// Campaigns with units that have no node, though their institutions have.
pub(super) async fn waiting(connection: &mut Connection) -> Result<Vec<CampaignId>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT i.campaign_id FROM institution i JOIN unit u ON u.campaign_id = i.campaign_id \
         AND u.roster_id = i.roster_id AND u.institution = i.code WHERE i.node IS NOT NULL AND u.node IS NULL",
    )
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok(CampaignId(bytes_column(row, "campaign_id")?))).collect()
}

pub(super) async fn read(
    connection: &mut Connection,
    campaign: CampaignId,
    institution: Option<&str>,
) -> Result<Vec<RegisteredUnit>, StoreError> {
    let rows = sqlx::query(
        "SELECT u.roster_id, u.unit_id, u.institution, u.parent, u.name, u.node, u.path FROM institution i JOIN unit u \
         ON u.campaign_id = i.campaign_id AND u.roster_id = i.roster_id AND u.institution = i.code \
         WHERE i.campaign_id = $1 AND ($2 IS NULL OR i.code = $2) ORDER BY i.position, i.code, u.unit_id",
    )
    .bind(campaign.as_bytes())
    .bind(institution)
    .fetch_all(connection)
    .await?;
    rows.iter().map(registered_unit).collect()
}

/// By the unit's key: of all units of a roster one would go through all.
pub(super) async fn read_one(
    connection: &mut Connection,
    campaign: CampaignId,
    institution: &str,
    unit: u32,
) -> Result<Option<RegisteredUnit>, StoreError> {
    let row = sqlx::query(
        "SELECT u.roster_id, u.unit_id, u.institution, u.parent, u.name, u.node, u.path FROM institution i JOIN unit u \
         ON u.campaign_id = i.campaign_id AND u.roster_id = i.roster_id AND u.unit_id = $3 AND u.institution = i.code \
         WHERE i.campaign_id = $1 AND i.code = $2",
    )
    .bind(campaign.as_bytes())
    .bind(institution)
    .bind(i64::from(unit))
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(registered_unit).transpose()
}

pub(super) async fn has_any(
    connection: &mut Connection,
    campaign: CampaignId,
    institution: &str,
    node: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT u.unit_id FROM institution i JOIN unit u \
         ON u.campaign_id = i.campaign_id AND u.roster_id = i.roster_id AND u.institution = i.code \
         WHERE i.campaign_id = $1 AND i.code = $2 AND (u.node = $3 OR (u.node > $3 || '/' AND u.node < $3 || '0')) \
         LIMIT 1",
    )
    .bind(campaign.as_bytes())
    .bind(institution)
    .bind(node)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

fn registered_unit(row: &Row) -> Result<RegisteredUnit, StoreError> {
    let unit = Unit {
        id: u32_column(row, "unit_id")?,
        institution: row.try_get("institution")?,
        parent: optional_u32_column(row, "parent")?,
        name: row.try_get("name")?,
    };
    let roster = bytes_column(row, "roster_id")?;
    Ok(RegisteredUnit { roster, unit, node: row.try_get("node")?, path: row.try_get("path")? })
}

pub(super) async fn places(
    connection: &mut Connection,
    campaign: CampaignId,
    people: &[ParticipantId],
) -> Result<Vec<PersonPlace>, StoreError> {
    let mut places = vec![];
    for people in people.chunks(ROWS_MAX) {
        let mut query = QueryBuilder::new(
            "SELECT p.participant_id, p.institution, u.node FROM participant p \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution \
             AND i.roster_id = p.roster_id \
             LEFT JOIN unit u ON u.campaign_id = p.campaign_id AND u.roster_id = p.roster_id \
             AND u.unit_id = p.unit_id WHERE p.campaign_id = ",
        );
        query.push_bind(campaign.as_bytes()).push(" AND p.participant_id IN (");
        let mut list = query.separated(", ");
        for person in people {
            list.push_bind(person.as_bytes());
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *connection).await? {
            let participant = ParticipantId(bytes_column(&row, "participant_id")?);
            places.push(PersonPlace {
                participant,
                institution: row.try_get("institution")?,
                unit: row.try_get("node")?,
            });
        }
    }
    Ok(places)
}

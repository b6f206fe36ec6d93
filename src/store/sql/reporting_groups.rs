//! Reporting groups: their list and numbers, written by the lock.

use super::columns::{u32_column, u64_column};
use super::group_tally::SignedByGroup;
use super::write_result::require_one_row;
use super::{Connection, Database, Row};
use crate::domain::ids::CampaignId;
use crate::domain::reporting_group::{
    FormedGroups, Group, GroupKind, GroupList, InstitutionGroup, LAYOUT_INSTITUTIONS,
};
use crate::store::StoreError;
use crate::store::campaigns::GroupCount;
use crate::store::rosters::RosterVersion;
use sqlx::Row as _;

/// The groups of a campaign from all of its rows of `reporting_group`, the first of which has the tally.
pub(super) fn group_counts(rows: &[Row]) -> Result<Vec<GroupCount>, StoreError> {
    let tally = SignedByGroup::of_first(rows)?;
    rows.iter().map(|row| group_count(row, &tally)).collect()
}

/// A row of `reporting_group`. Rows from before there were agencies say nothing of kind and institution.
fn group_count(row: &Row, tally: &SignedByGroup) -> Result<GroupCount, StoreError> {
    let (code, name): (String, String) = (row.try_get("code")?, row.try_get("name")?);
    let kind = u8::try_from(row.try_get::<i64, _>("kind")?).map_err(|_| StoreError::Corrupt("kind"))?;
    let kind = match kind {
        0 => GroupKind::of_earlier_list(&code),
        kind => GroupKind::of_code(kind).ok_or(StoreError::Corrupt("kind"))?,
    };
    let of_row = |column: &'static str, own: &String| {
        Ok::<_, StoreError>(row.try_get::<Option<String>, _>(column)?.unwrap_or_else(|| own.clone()))
    };
    let index = u32_column(row, "group_index")?;
    Ok(GroupCount {
        index,
        kind,
        institution: of_row("institution", &code)?,
        institution_name: of_row("institution_name", &name)?,
        code,
        name,
        eligible: u64_column(row, "eligible")?,
        signed: u64_column(row, "signed")? + tally.signed(index),
        excused: u64_column(row, "excused")?,
        revoked: u64_column(row, "revoked")?,
        added: u64_column(row, "added")?,
    })
}

pub(super) async fn counts(db: &Database, campaign: CampaignId) -> Result<Vec<GroupCount>, StoreError> {
    let rows = sqlx::query(
        "SELECT g.group_index, g.code, g.name, g.kind, g.institution, g.institution_name, g.eligible, g.signed, \
         g.excused, g.revoked, g.added, t.signed AS tally \
         FROM reporting_group g \
         LEFT JOIN group_tally t ON t.campaign_id = g.campaign_id AND g.group_index = 0 \
         WHERE g.campaign_id = $1 ORDER BY g.group_index",
    )
    .bind(campaign.as_bytes())
    .fetch_all(&mut *db.reader().await?)
    .await?;
    group_counts(&rows)
}

pub(super) async fn published(db: &Database, campaign: CampaignId) -> Result<Option<GroupList>, StoreError> {
    let stored = sqlx::query("SELECT canonical FROM group_list WHERE campaign_id = $1")
        .bind(campaign.as_bytes())
        .fetch_optional(&mut *db.reader().await?)
        .await?;
    if let Some(row) = stored {
        let list = serde_json::from_str(row.try_get("canonical")?);
        return list.map(Some).map_err(|_| StoreError::Corrupt("canonical"));
    }
    let counts = counts(db, campaign).await?;
    if counts.is_empty() {
        return Ok(None);
    }
    let members = sqlx::query(
        "SELECT code, group_index FROM institution WHERE campaign_id = $1 AND group_index IS NOT NULL \
         ORDER BY position, code",
    )
    .bind(campaign.as_bytes())
    .fetch_all(&mut *db.reader().await?)
    .await?;
    list_of_institutions(counts, &members).map(Some)
}

/// The list where groups are institutions, from the rows of groups and institutions.
fn list_of_institutions(counts: Vec<GroupCount>, members: &[Row]) -> Result<GroupList, StoreError> {
    let mut list = GroupList { layout: LAYOUT_INSTITUTIONS, institutions: vec![], groups: vec![] };
    for count in counts {
        let institution = list.institutions.len();
        let (code, name) = (count.code.clone(), count.name.clone());
        list.institutions.push(InstitutionGroup { code, name, institutions: vec![] });
        list.groups.push(Group {
            index: count.index,
            institution,
            code: count.code,
            name: count.name,
            kind: count.kind,
            eligible: count.eligible,
            agencies: vec![],
        });
    }
    for row in members {
        let index = u32_column(row, "group_index")?;
        let group = list.groups.iter().find(|group| group.index == index);
        let group = group.ok_or(StoreError::Corrupt("group_index"))?;
        list.institutions[group.institution].institutions.push(row.try_get("code")?);
    }
    Ok(list)
}

/// Writes the groups of a roster that is locked in the same transaction.
pub(super) async fn put(
    tx: &mut Connection,
    campaign: CampaignId,
    formed: &FormedGroups,
    rosters: &[(String, RosterVersion)],
) -> Result<(), StoreError> {
    for group in &formed.list.groups {
        let institution = &formed.list.institutions[group.institution];
        sqlx::query(
            "INSERT INTO reporting_group (campaign_id, group_index, code, name, kind, institution, institution_name, \
             eligible, signed, excused, revoked, added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0)",
        )
        .bind(campaign.as_bytes())
        .bind(i64::from(group.index))
        .bind(&group.code)
        .bind(&group.name)
        .bind(i64::from(group.kind.code()))
        .bind(&institution.code)
        .bind(&institution.name)
        .bind(i64::try_from(group.eligible).map_err(|_| StoreError::Corrupt("eligible"))?)
        .execute(&mut *tx)
        .await?;
    }
    for (code, group) in &formed.others {
        sqlx::query("UPDATE institution SET group_index = $3 WHERE campaign_id = $1 AND code = $2")
            .bind(campaign.as_bytes())
            .bind(code)
            .bind(i64::from(*group))
            .execute(&mut *tx)
            .await?;
    }
    for (institution, unit, group) in &formed.agencies {
        let found = rosters.iter().find(|(code, _)| code == institution);
        let roster = found.and_then(|(_, version)| version.roster).ok_or(StoreError::Conflict)?;
        let done = sqlx::query(
            "UPDATE unit SET group_index = $5 \
             WHERE campaign_id = $1 AND roster_id = $2 AND unit_id = $3 AND institution = $4",
        )
        .bind(campaign.as_bytes())
        .bind(roster.as_slice())
        .bind(i64::from(*unit))
        .bind(institution)
        .bind(i64::from(*group))
        .execute(&mut *tx)
        .await?;
        require_one_row(done.rows_affected())?;
    }
    if formed.list.layout == LAYOUT_INSTITUTIONS {
        return Ok(());
    }
    let canonical = String::from_utf8(formed.list.canonical()).map_err(|_| StoreError::Corrupt("canonical"))?;
    sqlx::query("INSERT INTO group_list (campaign_id, canonical) VALUES ($1, $2)")
        .bind(campaign.as_bytes())
        .bind(canonical)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Deletes the groups of a roster that is a draft again, or of an attempt to lock it.
pub(super) async fn forget(tx: &mut Connection, campaign: CampaignId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM reporting_group WHERE campaign_id = $1",
        "DELETE FROM group_tally WHERE campaign_id = $1",
        "DELETE FROM group_list WHERE campaign_id = $1",
        "UPDATE institution SET group_index = NULL WHERE campaign_id = $1",
        "UPDATE unit SET group_index = NULL WHERE campaign_id = $1 AND group_index IS NOT NULL",
    ] {
        sqlx::query(statement).bind(campaign.as_bytes()).execute(&mut *tx).await?;
    }
    Ok(())
}

//! What a commit of changes reads of the people, institutions and units that they concern: one statement each, since
//! the campaign's lock is held meanwhile.

use super::columns::{bytes_column, standing_column, u32_column, u64_column};
use super::roster_checks::roster_of;
use super::{Connection, Row};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::leaf::Salt;
use crate::domain::notice::RosterStanding;
use crate::domain::unit::UNIT_LEVELS_MAX;
use crate::store::StoreError;
use crate::store::rosters::RosterId;
use sqlx::{QueryBuilder, Row as _};
use std::collections::{BTreeSet, HashMap};

/// Rows asked for by one statement.
const ASKED_MAX: usize = 500;

/// A visible person's row as a change needs it.
pub(super) struct PlacedRow {
    pub roster: RosterId,
    pub institution: String,
    pub slot: u32,
    pub group: u32,
    pub salt: Salt,
    pub standing: RosterStanding,
    pub has_signed: bool,
}

/// An institution as an addition needs it.
pub(super) struct InstitutionInForce {
    pub roster: Option<RosterId>,
    pub group: Option<u32>,
}

/// A unit as an addition or correction needs it.
pub(super) struct UnitInForce {
    /// The institution of the unit and of all units above it.
    pub institution: String,
    /// The group of its agency; `None` where its people are among the institution's others.
    pub group: Option<u32>,
}

/// The rows of people on the rosters in force. Who isn't there is left out.
pub(super) async fn people(
    tx: &mut Connection,
    campaign: CampaignId,
    asked: &[ParticipantId],
) -> Result<HashMap<ParticipantId, PlacedRow>, StoreError> {
    let mut found = HashMap::with_capacity(asked.len());
    for asked in asked.chunks(ASKED_MAX) {
        let mut query = QueryBuilder::new(
            "SELECT p.participant_id, p.roster_id, p.institution, p.slot, p.group_index, p.roster_salt, \
             COALESCE(v.standing, 0) AS standing, s.participant_id IS NOT NULL AS has_signed \
             FROM participant p \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution \
             AND i.roster_id = p.roster_id \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             WHERE p.slot IS NOT NULL AND p.campaign_id = ",
        );
        query.push_bind(campaign.as_bytes()).push(" AND p.participant_id IN (");
        let mut list = query.separated(", ");
        for person in asked {
            list.push_bind(person.as_bytes());
        }
        query.push(")");
        for row in query.build().persistent(false).fetch_all(&mut *tx).await? {
            found.insert(ParticipantId(bytes_column(&row, "participant_id")?), placed(&row)?);
        }
    }
    Ok(found)
}

fn placed(row: &Row) -> Result<PlacedRow, StoreError> {
    Ok(PlacedRow {
        roster: bytes_column(row, "roster_id")?,
        institution: row.try_get("institution")?,
        slot: u32_column(row, "slot")?,
        group: u32_column(row, "group_index")?,
        salt: bytes_column(row, "roster_salt")?,
        standing: standing_column(row)?,
        has_signed: row.try_get("has_signed")?,
    })
}

/// Institutions by code. Those that aren't in the campaign are left out.
pub(super) async fn institutions(
    tx: &mut Connection,
    campaign: CampaignId,
    asked: &BTreeSet<&str>,
) -> Result<HashMap<String, InstitutionInForce>, StoreError> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = QueryBuilder::new("SELECT code, roster_id, group_index FROM institution WHERE campaign_id = ");
    query.push_bind(campaign.as_bytes()).push(" AND code IN (");
    let mut list = query.separated(", ");
    for code in asked {
        list.push_bind(*code);
    }
    query.push(")");
    let rows = query.build().persistent(false).fetch_all(tx).await?;
    let institution =
        |row: &Row| Ok((row.try_get("code")?, InstitutionInForce { roster: roster_of(row)?, group: group_of(row)? }));
    rows.iter().map(institution).collect()
}

/// Units of these rosters with the group of their agency. A unit that isn't there is left out, and so is one whose
/// units above don't end at an agency of the same institution.
pub(super) async fn units(
    tx: &mut Connection,
    campaign: CampaignId,
    asked: &BTreeSet<(RosterId, u32)>,
) -> Result<HashMap<(RosterId, u32), UnitInForce>, StoreError> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = QueryBuilder::new("WITH RECURSIVE asked (roster_id, unit_id) AS (");
    query.push_values(asked, |mut row, (roster, unit)| {
        row.push_bind(roster.as_slice()).push_bind(i64::from(*unit));
    });
    query
        .push(
            "), line (roster_id, asked, level, institution, parent, group_index) AS (\
             SELECT u.roster_id, u.unit_id, CAST(1 AS BIGINT), u.institution, u.parent, u.group_index \
             FROM asked q JOIN unit u ON u.roster_id = q.roster_id AND u.unit_id = q.unit_id AND u.campaign_id = ",
        )
        .push_bind(campaign.as_bytes())
        .push(
            " UNION ALL SELECT u.roster_id, l.asked, l.level + 1, u.institution, u.parent, u.group_index \
             FROM line l JOIN unit u ON u.roster_id = l.roster_id AND u.unit_id = l.parent AND u.campaign_id = ",
        )
        .push_bind(campaign.as_bytes())
        .push(" WHERE l.level < ")
        .push_bind(i64::try_from(UNIT_LEVELS_MAX).unwrap_or(i64::MAX))
        .push(
            ") SELECT roster_id, asked, level, institution, parent, group_index FROM line \
             ORDER BY roster_id, asked, level",
        );
    let rows = query.build().persistent(false).fetch_all(tx).await?;
    let key = |row: &Row| Ok::<_, StoreError>((bytes_column(row, "roster_id")?, u32_column(row, "asked")?));
    let mut lines: HashMap<(RosterId, u32), Vec<&Row>> = HashMap::new();
    for row in &rows {
        lines.entry(key(row)?).or_default().push(row);
    }
    let mut found = HashMap::with_capacity(lines.len());
    for (key, line) in lines {
        let Some(unit) = unit(&line)? else { continue };
        found.insert(key, unit);
    }
    Ok(found)
}

/// A unit from its row and those of the units above it.
fn unit(line: &[&Row]) -> Result<Option<UnitInForce>, StoreError> {
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return Ok(None) };
    let institution: String = first.try_get("institution")?;
    for above in line {
        if above.try_get::<&str, _>("institution")? != institution {
            return Ok(None);
        }
    }
    let parent: Option<i64> = last.try_get("parent")?;
    let is_whole = parent.is_none() || u64_column(last, "level")? >= UNIT_LEVELS_MAX as u64;
    Ok(if is_whole { Some(UnitInForce { institution, group: group_of(last)? }) } else { None })
}

fn group_of(row: &Row) -> Result<Option<u32>, StoreError> {
    let group: Option<i64> = row.try_get("group_index")?;
    group.map(u32::try_from).transpose().map_err(|_| StoreError::Corrupt("group_index"))
}

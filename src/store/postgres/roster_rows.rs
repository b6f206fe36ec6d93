//! A roster's bulk writes in PostgreSQL: one statement each, with an array per column.

use super::columns::employment_code;
use super::{Connection, ledger_rows};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use crate::store::StoreError;
use crate::store::pledges::LogKind;
use crate::store::rosters::{RosterId, Slot};

pub(super) async fn insert_people(
    tx: &mut Connection,
    campaign: CampaignId,
    roster: RosterId,
    people: &[Participant],
) -> Result<(), StoreError> {
    let texts = |of: fn(&Participant) -> &str| people.iter().map(of).collect::<Vec<&str>>();
    let ids: Vec<&[u8]> = people.iter().map(|person| person.id.as_bytes()).collect();
    let units: Vec<Option<i64>> = people.iter().map(|person| person.unit.map(i64::from)).collect();
    let kinds: Vec<i64> = people.iter().map(|person| i64::from(person.identifier.kind())).collect();
    let employments: Vec<i64> = people.iter().map(employment_code).collect();
    sqlx::query(
        "INSERT INTO participant (campaign_id, roster_id, participant_id, institution, unit_id, identifier_kind, \
         issuer, identifier, shown_name, location, rank_name, position_name, employment) \
         SELECT $1, $2, r.* \
         FROM UNNEST($3::BYTEA[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[], $7::TEXT[], $8::TEXT[], $9::TEXT[], \
         $10::TEXT[], $11::TEXT[], $12::TEXT[], $13::BIGINT[]) AS r",
    )
    .bind(campaign.as_bytes())
    .bind(roster.as_slice())
    .bind(ids)
    .bind(texts(|person| &person.institution))
    .bind(units)
    .bind(kinds)
    .bind(texts(|person| person.identifier.issuer()))
    .bind(texts(|person| person.identifier.digits()))
    .bind(texts(|person| &person.shown_name))
    .bind(texts(|person| &person.location))
    .bind(texts(|person| &person.rank))
    .bind(texts(|person| &person.position))
    .bind(employments)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn insert_units(
    tx: &mut Connection,
    campaign: CampaignId,
    roster: RosterId,
    units: &[Unit],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = units.iter().map(|unit| i64::from(unit.id)).collect();
    let institutions: Vec<&str> = units.iter().map(|unit| unit.institution.as_str()).collect();
    let parents: Vec<Option<i64>> = units.iter().map(|unit| unit.parent.map(i64::from)).collect();
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    sqlx::query(
        "INSERT INTO unit (campaign_id, roster_id, unit_id, institution, parent, name) \
         SELECT $1, $2, r.* FROM UNNEST($3::BIGINT[], $4::TEXT[], $5::BIGINT[], $6::TEXT[]) AS r",
    )
    .bind(campaign.as_bytes())
    .bind(roster.as_slice())
    .bind(ids)
    .bind(institutions)
    .bind(parents)
    .bind(names)
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes these people's rows; returns how many there were. The roster is compared as in [`update_slots`].
pub(super) async fn delete_people(
    tx: &mut Connection,
    campaign: CampaignId,
    people: &[(RosterId, ParticipantId)],
) -> Result<u64, StoreError> {
    let rosters: Vec<&[u8]> = people.iter().map(|(roster, _)| roster.as_slice()).collect();
    let ids: Vec<&[u8]> = people.iter().map(|(_, person)| person.as_bytes()).collect();
    let done = sqlx::query(
        "DELETE FROM participant USING UNNEST($2::BYTEA[], $3::BYTEA[]) AS r (participant_id, roster_id) \
         WHERE participant.campaign_id = $1 AND participant.participant_id = r.participant_id \
         AND participant.roster_id || ''::BYTEA = r.roster_id",
    )
    .bind(campaign.as_bytes())
    .bind(ids)
    .bind(rosters)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes these units; returns how many there were.
pub(super) async fn delete_units(
    tx: &mut Connection,
    campaign: CampaignId,
    units: &[(RosterId, u32)],
) -> Result<u64, StoreError> {
    let rosters: Vec<&[u8]> = units.iter().map(|(roster, _)| roster.as_slice()).collect();
    let ids: Vec<i64> = units.iter().map(|(_, unit)| i64::from(*unit)).collect();
    let done = sqlx::query(
        "DELETE FROM unit USING UNNEST($2::BYTEA[], $3::BIGINT[]) AS r (roster_id, unit_id) \
         WHERE unit.campaign_id = $1 AND unit.roster_id = r.roster_id AND unit.unit_id = r.unit_id",
    )
    .bind(campaign.as_bytes())
    .bind(rosters)
    .bind(ids)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Gives people on these rosters their slots; returns the number of rows changed.
///
/// The roster is compared as an expression, so that the planner can use an index for the person only. With an index by
/// roster it would read all people of the roster for each person, and before a new table has statistics both ways look
/// the same to it.
pub(super) async fn update_slots(
    tx: &mut Connection,
    campaign: CampaignId,
    slots: &[(RosterId, &Slot)],
) -> Result<u64, StoreError> {
    let participants: Vec<&[u8]> = slots.iter().map(|(_, slot)| slot.participant.as_bytes()).collect();
    let rosters: Vec<&[u8]> = slots.iter().map(|(roster, _)| roster.as_slice()).collect();
    let places: Vec<i64> = slots.iter().map(|(_, slot)| i64::from(slot.slot)).collect();
    let groups: Vec<i64> = slots.iter().map(|(_, slot)| i64::from(slot.group)).collect();
    let salts: Vec<&[u8]> = slots.iter().map(|(_, slot)| slot.salt.as_slice()).collect();
    let done = sqlx::query(
        "UPDATE participant SET slot = r.slot, group_index = r.group_index, roster_salt = r.salt \
         FROM UNNEST($2::BYTEA[], $3::BYTEA[], $4::BIGINT[], $5::BIGINT[], $6::BYTEA[]) \
         AS r (participant_id, roster_id, slot, group_index, salt) \
         WHERE participant.campaign_id = $1 AND participant.participant_id = r.participant_id \
         AND participant.roster_id || ''::BYTEA = r.roster_id",
    )
    .bind(campaign.as_bytes())
    .bind(participants)
    .bind(rosters)
    .bind(places)
    .bind(groups)
    .bind(salts)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Adds leaves to a log, the first one at index `first`.
pub(super) async fn insert_log_leaves(
    tx: &mut Connection,
    campaign: CampaignId,
    log: LogKind,
    first: u64,
    leaves: &[Vec<u8>],
) -> Result<(), StoreError> {
    ledger_rows::append_leaves(tx, campaign, log, first, leaves.iter().map(Vec::as_slice).collect()).await
}

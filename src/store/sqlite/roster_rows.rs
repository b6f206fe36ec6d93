//! A roster's bulk writes in SQLite: rows of VALUES in a few fixed sizes.

use super::Connection;
use super::bulk_insert::BulkInsert;
use super::columns::employment_code;
use super::ledger_rows::INSERT_LEAVES;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use crate::store::StoreError;
use crate::store::pledges::LogKind;
use crate::store::rosters::{RosterId, Slot};
use std::sync::LazyLock;

static INSERT_PEOPLE: LazyLock<BulkInsert> = LazyLock::new(|| {
    let head = "INSERT OR FAIL INTO participant (campaign_id, roster_id, participant_id, institution, unit_id, identifier_kind, \
                issuer, identifier, shown_name, location, rank_name, position_name, employment) VALUES";
    BulkInsert::new(head, 13, "")
});
static INSERT_UNITS: LazyLock<BulkInsert> = LazyLock::new(|| {
    let head = "INSERT OR FAIL INTO unit (campaign_id, roster_id, unit_id, institution, parent, name) VALUES";
    BulkInsert::new(head, 6, "")
});
// Each `+` keeps SQLite from looking up the new rows for each stored one: from some hundred rows on, it would scan all
// people.
static UPDATE_SLOTS: LazyLock<BulkInsert> = LazyLock::new(|| {
    let head = "WITH v (campaign_id, participant_id, roster_id, slot, group_index, salt) AS (VALUES";
    let tail = ") UPDATE OR FAIL participant SET slot = v.slot, group_index = v.group_index, roster_salt = v.salt FROM v \
                WHERE participant.campaign_id = +v.campaign_id AND participant.participant_id = +v.participant_id \
                AND participant.roster_id = +v.roster_id";
    BulkInsert::new(head, 6, tail)
});

static DELETE_PEOPLE: LazyLock<BulkInsert> = LazyLock::new(|| {
    let head = "DELETE FROM participant WHERE (campaign_id, participant_id, roster_id) IN (VALUES";
    BulkInsert::new(head, 3, ")")
});

pub(super) async fn insert_people(
    tx: &mut Connection,
    campaign: CampaignId,
    roster: RosterId,
    people: &[Participant],
) -> Result<(), StoreError> {
    for (text, piece) in INSERT_PEOPLE.pieces(people) {
        let mut query = sqlx::query(text);
        for person in piece {
            query = query
                .bind(campaign.as_bytes())
                .bind(roster.as_slice())
                .bind(person.id.as_bytes())
                .bind(&person.institution)
                .bind(person.unit.map(i64::from))
                .bind(i64::from(person.identifier.kind()))
                .bind(person.identifier.issuer())
                .bind(person.identifier.digits())
                .bind(&person.shown_name)
                .bind(&person.location)
                .bind(&person.rank)
                .bind(&person.position)
                .bind(employment_code(person));
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

pub(super) async fn insert_units(
    tx: &mut Connection,
    campaign: CampaignId,
    roster: RosterId,
    units: &[Unit],
) -> Result<(), StoreError> {
    for (text, piece) in INSERT_UNITS.pieces(units) {
        let mut query = sqlx::query(text);
        for unit in piece {
            query = query
                .bind(campaign.as_bytes())
                .bind(roster.as_slice())
                .bind(i64::from(unit.id))
                .bind(&unit.institution)
                .bind(unit.parent.map(i64::from))
                .bind(&unit.name);
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

/// Deletes these people's rows; returns how many there were.
pub(super) async fn delete_people(
    tx: &mut Connection,
    campaign: CampaignId,
    people: &[(RosterId, ParticipantId)],
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for (text, piece) in DELETE_PEOPLE.pieces(people) {
        let mut query = sqlx::query(text);
        for (roster, person) in piece {
            query = query.bind(campaign.as_bytes()).bind(person.as_bytes()).bind(roster.as_slice());
        }
        deleted += query.execute(&mut *tx).await?.rows_affected();
    }
    Ok(deleted)
}

/// Deletes these units; returns how many there were.
pub(super) async fn delete_units(
    tx: &mut Connection,
    campaign: CampaignId,
    units: &[(RosterId, u32)],
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for (roster, unit) in units {
        let done = sqlx::query("DELETE FROM unit WHERE campaign_id = $1 AND roster_id = $2 AND unit_id = $3")
            .bind(campaign.as_bytes())
            .bind(roster.as_slice())
            .bind(i64::from(*unit))
            .execute(&mut *tx)
            .await?;
        deleted += done.rows_affected();
    }
    Ok(deleted)
}

/// Gives people on these rosters their slots; returns the number of rows changed.
pub(super) async fn update_slots(
    tx: &mut Connection,
    campaign: CampaignId,
    slots: &[(RosterId, &Slot)],
) -> Result<u64, StoreError> {
    let mut changed = 0;
    for (text, piece) in UPDATE_SLOTS.pieces(slots) {
        let mut query = sqlx::query(text);
        for (roster, slot) in piece {
            query = query
                .bind(campaign.as_bytes())
                .bind(slot.participant.as_bytes())
                .bind(roster.as_slice())
                .bind(i64::from(slot.slot))
                .bind(i64::from(slot.group))
                .bind(slot.salt.as_slice());
        }
        changed += query.execute(&mut *tx).await?.rows_affected();
    }
    Ok(changed)
}

/// Adds leaves to a log, the first one at index `first`.
pub(super) async fn insert_log_leaves(
    tx: &mut Connection,
    campaign: CampaignId,
    log: LogKind,
    first: u64,
    leaves: &[Vec<u8>],
) -> Result<(), StoreError> {
    let first = i64::try_from(first).map_err(|_| StoreError::Corrupt("leaf_index"))?;
    let numbered: Vec<(i64, &Vec<u8>)> = (first..).zip(leaves).collect();
    for (text, piece) in INSERT_LEAVES.pieces(&numbered) {
        let mut query = sqlx::query(text);
        for (index, bytes) in piece {
            query = query.bind(campaign.as_bytes()).bind(log.number()).bind(*index).bind(bytes.as_slice());
        }
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;
    use super::*;

    #[tokio::test]
    async fn people_are_deleted_by_key() {
        for (text, _) in DELETE_PEOPLE.pieces(&[(); 1_023]) {
            let steps = plan(text).await;
            let key = "(campaign_id=? AND participant_id=? AND roster_id=?)";
            assert!(
                steps.iter().any(|step| step.starts_with("SEARCH participant") && step.ends_with(key)),
                "{steps:?}"
            );
        }
    }

    /// In the other join order, each statement would scan a whole province.
    #[tokio::test]
    async fn places_are_set_person_by_person() {
        let rows = [(); 1_023];
        for (text, _) in UPDATE_SLOTS.pieces(&rows) {
            let steps = plan(text).await;
            let person = "(campaign_id=? AND participant_id=? AND roster_id=?)";
            let is_search = |step: &String| step.starts_with("SEARCH participant") && step.ends_with(person);
            assert!(steps.iter().any(is_search), "{steps:?}");
        }
    }
}

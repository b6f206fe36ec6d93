//! What a commit of changes writes, gathered: each statement is a round trip to the database, during which the
//! campaign's lock is held.

use super::Connection;
use super::roster_rows::{delete_people, insert_people, update_slots};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::notice::RosterStanding;
use crate::domain::participant::Participant;
use crate::store::StoreError;
use crate::store::notices::StoredNotice;
use crate::store::rosters::{RosterId, Slot};
use sqlx::QueryBuilder;
use std::collections::BTreeMap;

/// Rows of one statement.
const ROWS_MAX: usize = 500;

/// Rows that are still to be written. A person is among them once.
#[derive(Default)]
pub(super) struct GatheredRows {
    deleted: Vec<(RosterId, ParticipantId)>,
    inserted: BTreeMap<RosterId, Vec<Participant>>,
    slots: Vec<(RosterId, Slot)>,
    standings: Vec<(ParticipantId, RosterStanding)>,
    notices: Vec<StoredNotice>,
}

/// What is added to a group's numbers.
#[derive(Clone, Copy, Default)]
pub(super) struct GroupChange {
    pub added: i64,
    pub excused: i64,
    pub revoked: i64,
}

impl GatheredRows {
    /// Deletes a person's row of a roster, if there is one, before what is inserted.
    pub fn delete(&mut self, roster: RosterId, person: ParticipantId) {
        self.deleted.push((roster, person));
    }

    /// Inserts a person's row with its slot.
    pub fn insert(&mut self, roster: RosterId, person: &Participant, slot: Slot) {
        self.inserted.entry(roster).or_default().push(person.clone());
        self.slots.push((roster, slot));
    }

    /// Gives a person a standing, and raises their place version: what sessions bring along no longer holds.
    pub fn stand(&mut self, person: ParticipantId, standing: RosterStanding) {
        self.standings.push((person, standing));
    }

    /// Adds a notice.
    pub fn notice(&mut self, notice: StoredNotice) {
        self.notices.push(notice);
    }

    /// Writes what was gathered. `Conflict` if a person is on the roster already.
    pub async fn write(&mut self, tx: &mut Connection, campaign: CampaignId) -> Result<(), StoreError> {
        let Self { deleted, inserted, slots, standings, notices } = std::mem::take(self);
        if !deleted.is_empty() {
            delete_people(tx, campaign, &deleted).await?;
        }
        for (roster, people) in &inserted {
            insert_people(tx, campaign, *roster, people).await?;
        }
        let placed: Vec<(RosterId, &Slot)> = slots.iter().map(|(roster, slot)| (*roster, slot)).collect();
        if !placed.is_empty() && update_slots(tx, campaign, &placed).await? != placed.len() as u64 {
            return Err(StoreError::Conflict);
        }
        write_standings(tx, campaign, &standings).await?;
        write_notices(tx, campaign, &notices).await
    }
}

async fn write_standings(
    tx: &mut Connection,
    campaign: CampaignId,
    standings: &[(ParticipantId, RosterStanding)],
) -> Result<(), StoreError> {
    for standings in standings.chunks(ROWS_MAX) {
        let mut upsert = QueryBuilder::new(
            "INSERT INTO code_version (campaign_id, participant_id, version, place_version, standing) ",
        );
        upsert.push_values(standings, |mut row, (person, standing)| {
            row.push_bind(campaign.as_bytes()).push_bind(person.as_bytes()).push_bind(1_i64).push_bind(1_i64);
            row.push_bind(i64::from(standing.code()));
        });
        upsert.push(
            " ON CONFLICT (campaign_id, participant_id) DO UPDATE SET \
             place_version = code_version.place_version + 1, standing = excluded.standing",
        );
        upsert.build().persistent(false).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn write_notices(tx: &mut Connection, campaign: CampaignId, notices: &[StoredNotice]) -> Result<(), StoreError> {
    for notices in notices.chunks(ROWS_MAX) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO notice (campaign_id, notice_index, kind, at, slot, other, participant_id, actor, details, \
             salt) ",
        );
        insert.push_values(notices, |mut row, notice| {
            let facts = &notice.facts;
            row.push_bind(campaign.as_bytes())
                .push_bind(i64::from(facts.index))
                .push_bind(i64::from(facts.kind.code()))
                .push_bind(facts.at.0)
                .push_bind(i64::from(facts.slot))
                .push_bind(i64::from(facts.other))
                .push_bind(notice.participant.as_bytes())
                .push_bind(&notice.by)
                .push_bind(&notice.details)
                .push_bind(notice.salt.as_slice());
        });
        insert.build().persistent(false).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Adds to the numbers of groups, each of which must be there.
pub(super) async fn add_to_groups(
    tx: &mut Connection,
    campaign: CampaignId,
    groups: &BTreeMap<u32, GroupChange>,
) -> Result<(), StoreError> {
    if groups.is_empty() {
        return Ok(());
    }
    let mut update = QueryBuilder::new("WITH c (changed, more_added, more_excused, more_revoked) AS (");
    update.push_values(groups, |mut row, (group, change)| {
        row.push_bind(i64::from(*group)).push_bind(change.added).push_bind(change.excused).push_bind(change.revoked);
    });
    update.push(") UPDATE reporting_group SET ");
    for (at, number) in ["added", "excused", "revoked"].into_iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        update.push(format_args!(
            "{comma}{number} = {number} + (SELECT more_{number} FROM c WHERE changed = group_index)"
        ));
    }
    update.push(" WHERE group_index IN (SELECT changed FROM c) AND campaign_id = ").push_bind(campaign.as_bytes());
    let done = update.build().persistent(false).execute(tx).await?;
    if done.rows_affected() == groups.len() as u64 { Ok(()) } else { Err(StoreError::Conflict) }
}

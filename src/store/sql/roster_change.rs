//! Applies changes to the rows of a locked roster, inside the transaction that also writes their notices.

use super::Connection;
use super::columns::{bytes_column, u32_column, u64_column};
use super::roster_change_reads::{self, InstitutionInForce, PlacedRow, UnitInForce};
use super::roster_change_writes::{GatheredRows, GroupChange, add_to_groups};
use super::write_result::require_one_row;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::{Salt, roster_leaf};
use crate::domain::notice::{NoticeKind, RosterStanding};
use crate::domain::participant::Participant;
use crate::store::StoreError;
use crate::store::notices::{RosterAction, StoredNotice};
use crate::store::pledges::RevocationRecord;
use crate::store::rosters::{RosterId, Slot};
use crate::tlog::merkle::{Frontier, leaf_hash};
use sqlx::Row as _;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a notice's leaf says of an applied change.
pub(super) struct AppliedChange {
    /// The person.
    pub participant: ParticipantId,
    /// The slot of the person.
    pub slot: u32,
    /// Index of the notice that was undone, or the earlier slot of a person who was admitted anew, else 0.
    pub other: u32,
}

/// The roster log as it grows, and what is to be written.
pub(super) struct Changing {
    campaign: CampaignId,
    roster: Frontier,
    leaves: Vec<Vec<u8>>,
    /// People who were on the roster when it was locked: a higher slot is an addition.
    locked_people: u64,
    groups: BTreeMap<u32, GroupChange>,
    /// What was read for all changes at the beginning; of a person, until a change concerns them.
    people: HashMap<ParticipantId, Option<PlacedRow>>,
    institutions: HashMap<String, InstitutionInForce>,
    units: HashMap<(RosterId, u32), UnitInForce>,
    rows: GatheredRows,
}

impl Changing {
    /// `roster` is the frontier of the roster log, and `actions` are all that will be applied.
    pub async fn begin(
        tx: &mut Connection,
        campaign: CampaignId,
        roster: Frontier,
        actions: &[&RosterAction],
    ) -> Result<Self, StoreError> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(eligible), 0) AS BIGINT) AS people FROM reporting_group WHERE campaign_id = $1",
        )
        .bind(campaign.as_bytes())
        .fetch_one(&mut *tx)
        .await?;
        let locked_people = u64_column(&row, "people")?;
        let asked: BTreeSet<ParticipantId> = actions.iter().filter_map(|action| concerned(action)).collect();
        let asked: Vec<ParticipantId> = asked.into_iter().collect();
        let mut found = roster_change_reads::people(tx, campaign, &asked).await?;
        let placed: Vec<&Participant> = actions.iter().filter_map(|action| placed_person(action)).collect();
        let codes: BTreeSet<&str> = placed.iter().map(|person| person.institution.as_str()).collect();
        let institutions = roster_change_reads::institutions(tx, campaign, &codes).await?;
        let unit = |person: &&Participant| Some((institutions.get(&person.institution)?.roster?, person.unit?));
        let units = placed.iter().filter_map(unit).collect();
        let units = roster_change_reads::units(tx, campaign, &units).await?;
        Ok(Self {
            campaign,
            roster,
            leaves: vec![],
            locked_people,
            groups: BTreeMap::new(),
            people: asked.into_iter().map(|person| (person, found.remove(&person))).collect(),
            institutions,
            units,
            rows: GatheredRows::default(),
        })
    }

    /// Applies one change; `Conflict` if it doesn't apply any more.
    pub async fn apply(&mut self, tx: &mut Connection, action: &RosterAction) -> Result<AppliedChange, StoreError> {
        match action {
            RosterAction::Add { person, salt } => self.add(tx, person, salt).await,
            RosterAction::Excuse { participant } => self.excuse(tx, *participant).await,
            RosterAction::Undo { participant, standing } => self.undo(tx, *participant, *standing).await,
            RosterAction::Correct { person } => self.correct(tx, person).await,
            RosterAction::AdmitAnew { previous, first, admission, person, salt } => {
                let before = self.superseded(tx, *previous, person).await?;
                self.supersede(tx, *previous, *first, *admission).await?;
                self.admit_anew(&before, person, salt)
            }
            RosterAction::Revoke { pledge, revocation } => self.revoke(tx, *pledge, Some(revocation)).await,
            RosterAction::NoticeRevocation { pledge } => self.revoke(tx, *pledge, None).await,
        }
    }

    /// Adds the notice of a change.
    pub fn notice(&mut self, notice: StoredNotice) {
        self.rows.notice(notice);
    }

    /// Writes what is left, and the groups' numbers; returns the roster log's new frontier and its new leaves.
    pub async fn finish(mut self, tx: &mut Connection) -> Result<(Frontier, Vec<Vec<u8>>), StoreError> {
        self.rows.write(tx, self.campaign).await?;
        add_to_groups(tx, self.campaign, &self.groups).await?;
        Ok((self.roster, self.leaves))
    }

    async fn add(
        &mut self,
        tx: &mut Connection,
        person: &Participant,
        salt: &Salt,
    ) -> Result<AppliedChange, StoreError> {
        if let Some(before) = self.person(tx, person.id).await? {
            if before.standing != RosterStanding::Withdrawn {
                return Err(StoreError::Conflict);
            }
            // Their earlier slot stays in the log, and the notices say that nobody has it.
            self.rows.delete(before.roster, person.id);
        }
        let institution = self.institutions.get(&person.institution).ok_or(StoreError::Conflict)?;
        let roster = institution.roster.ok_or(StoreError::Conflict)?;
        let of_agency = match person.unit {
            Some(unit) => self.group_of_unit(roster, &person.institution, unit)?,
            None => None,
        };
        let group = of_agency.or(institution.group).ok_or(StoreError::Conflict)?;
        // An import that was interrupted may have left the same person as an orphan of this roster.
        self.rows.delete(roster, person.id);
        let slot = self.append(roster, group, person, salt)?;
        self.group(group).added += 1;
        Ok(AppliedChange { participant: person.id, slot, other: 0 })
    }

    /// The group of the agency that a unit belongs to; `None` where its people are among the institution's others.
    /// `Conflict` unless the institution's roster has this unit.
    fn group_of_unit(&self, roster: RosterId, institution: &str, unit: u32) -> Result<Option<u32>, StoreError> {
        let unit = self.units.get(&(roster, unit)).filter(|unit| unit.institution == institution);
        Ok(unit.ok_or(StoreError::Conflict)?.group)
    }

    /// Gives a person who isn't on the roster the next slot of the roster log.
    fn append(&mut self, roster: RosterId, group: u32, person: &Participant, salt: &Salt) -> Result<u32, StoreError> {
        let slot = u32::try_from(self.roster.size()).map_err(|_| StoreError::Corrupt("size"))?;
        let leaf = roster_leaf(self.campaign, group, slot, &person.identifier, salt);
        self.roster.append(leaf_hash(&leaf));
        self.leaves.push(leaf);
        self.place(roster, person, (slot, group, *salt));
        self.rows.stand(person.id, RosterStanding::Listed);
        Ok(slot)
    }

    /// Notes in the row of the first admission that a later one takes the place of `previous`.
    async fn supersede(
        &mut self,
        tx: &mut Connection,
        previous: ParticipantId,
        first: ParticipantId,
        admission: u8,
    ) -> Result<(), StoreError> {
        self.rows.stand(previous, RosterStanding::Superseded);
        // The row that is updated may be the one of that standing.
        self.rows.write(tx, self.campaign).await?;
        let before = admission.checked_sub(1).filter(|before| *before > 0).ok_or(StoreError::Conflict)?;
        let done = sqlx::query(
            "UPDATE code_version SET admission = $3 WHERE campaign_id = $1 AND participant_id = $2 AND admission = $4",
        )
        .bind(self.campaign.as_bytes())
        .bind(first.as_bytes())
        .bind(i64::from(admission))
        .bind(i64::from(before))
        .execute(tx)
        .await?;
        require_one_row(done.rows_affected())
    }

    /// The row whose place another admission can take: a listed person's whose pledge is revoked.
    async fn superseded(
        &mut self,
        tx: &mut Connection,
        previous: ParticipantId,
        person: &Participant,
    ) -> Result<PlacedRow, StoreError> {
        let row = self.person(tx, previous).await?;
        let row = row.filter(|row| row.standing == RosterStanding::Listed && row.institution == person.institution);
        let row = row.ok_or(StoreError::Conflict)?;
        let is_revoked = sqlx::query(
            "SELECT 1 FROM pledge s JOIN revocation r ON r.campaign_id = s.campaign_id AND r.pledge_id = s.pledge_id \
             WHERE s.campaign_id = $1 AND s.participant_id = $2",
        )
        .bind(self.campaign.as_bytes())
        .bind(previous.as_bytes())
        .fetch_optional(tx)
        .await?
        .is_some();
        if is_revoked { Ok(row) } else { Err(StoreError::Conflict) }
    }

    fn admit_anew(
        &mut self,
        before: &PlacedRow,
        person: &Participant,
        salt: &Salt,
    ) -> Result<AppliedChange, StoreError> {
        let slot = self.append(before.roster, before.group, person, salt)?;
        Ok(AppliedChange { participant: person.id, slot, other: before.slot })
    }

    async fn excuse(&mut self, tx: &mut Connection, participant: ParticipantId) -> Result<AppliedChange, StoreError> {
        let row = self.unsigned(tx, participant, RosterStanding::Listed).await?;
        self.rows.stand(participant, RosterStanding::Excused);
        self.group(row.group).excused += 1;
        Ok(AppliedChange { participant, slot: row.slot, other: 0 })
    }

    async fn undo(
        &mut self,
        tx: &mut Connection,
        participant: ParticipantId,
        standing: RosterStanding,
    ) -> Result<AppliedChange, StoreError> {
        let row = self.unsigned(tx, participant, standing).await?;
        let (kind, next) = match standing {
            RosterStanding::Excused => (NoticeKind::Excused, RosterStanding::Listed),
            RosterStanding::Listed if u64::from(row.slot) > self.locked_people => {
                (NoticeKind::Added, RosterStanding::Withdrawn)
            }
            _ => return Err(StoreError::Conflict),
        };
        self.rows.stand(participant, next);
        match kind {
            NoticeKind::Excused => self.group(row.group).excused -= 1,
            _ => self.group(row.group).added -= 1,
        }
        // Without a notice of the addition, they were admitted anew.
        let other = self.last_notice(tx, row.slot, kind).await?.ok_or(StoreError::Conflict)?;
        Ok(AppliedChange { participant, slot: row.slot, other })
    }

    async fn correct(&mut self, tx: &mut Connection, person: &Participant) -> Result<AppliedChange, StoreError> {
        let row = self.unsigned(tx, person.id, RosterStanding::Listed).await?;
        if row.institution != person.institution {
            return Err(StoreError::Conflict);
        }
        if let Some(unit) = person.unit {
            self.group_of_unit(row.roster, &person.institution, unit)?;
        }
        self.rows.delete(row.roster, person.id);
        self.place(row.roster, person, (row.slot, row.group, row.salt));
        self.rows.stand(person.id, RosterStanding::Listed);
        Ok(AppliedChange { participant: person.id, slot: row.slot, other: 0 })
    }

    /// Without a revocation the pledge must be revoked already.
    async fn revoke(
        &mut self,
        tx: &mut Connection,
        pledge: PledgeId,
        revocation: Option<&RevocationRecord>,
    ) -> Result<AppliedChange, StoreError> {
        let row = sqlx::query(
            "SELECT p.participant_id, p.slot, p.group_index, EXISTS (SELECT 1 FROM revocation r WHERE r.campaign_id = s.campaign_id \
             AND r.pledge_id = s.pledge_id) AS revoked \
             FROM pledge s JOIN participant p ON p.campaign_id = s.campaign_id \
             AND p.participant_id = s.participant_id \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution \
             AND i.roster_id = p.roster_id \
             WHERE s.campaign_id = $1 AND s.pledge_id = $2 AND p.group_index IS NOT NULL LIMIT 1",
        )
        .bind(self.campaign.as_bytes())
        .bind(pledge.as_bytes())
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(StoreError::Conflict)?;
        if row.try_get::<bool, _>("revoked")? != revocation.is_none() {
            return Err(StoreError::Conflict);
        }
        let slot = u32_column(&row, "slot")?;
        if let Some(revocation) = revocation {
            insert_revocation(tx, self.campaign, pledge, revocation).await?;
            self.group(u32_column(&row, "group_index")?).revoked += 1;
        } else if self.last_notice(tx, slot, NoticeKind::Revoked).await?.is_some() {
            // Another node has written it meanwhile.
            return Err(StoreError::Conflict);
        }
        Ok(AppliedChange { participant: ParticipantId(bytes_column(&row, "participant_id")?), slot, other: 0 })
    }

    fn group(&mut self, group: u32) -> &mut GroupChange {
        self.groups.entry(group).or_default()
    }

    /// The row of a person who hasn't signed and has this standing; `Conflict` otherwise.
    async fn unsigned(
        &mut self,
        tx: &mut Connection,
        participant: ParticipantId,
        standing: RosterStanding,
    ) -> Result<PlacedRow, StoreError> {
        let row = self.person(tx, participant).await?;
        row.filter(|row| row.standing == standing && !row.has_signed).ok_or(StoreError::Conflict)
    }

    /// A person's row as it is after the changes until now.
    async fn person(&mut self, tx: &mut Connection, person: ParticipantId) -> Result<Option<PlacedRow>, StoreError> {
        if let Some(read) = self.people.remove(&person) {
            return Ok(read);
        }
        // An earlier change of this commit concerned the same person.
        self.rows.write(tx, self.campaign).await?;
        Ok(roster_change_reads::people(tx, self.campaign, &[person]).await?.remove(&person))
    }

    fn place(&mut self, roster: RosterId, person: &Participant, (slot, group, salt): (u32, u32, Salt)) {
        let slot = Slot { participant: person.id, institution: person.institution.clone(), slot, group, salt };
        self.rows.insert(roster, person, slot);
    }

    /// Index of the last notice of a kind about a slot; `None` without one.
    async fn last_notice(
        &mut self,
        tx: &mut Connection,
        slot: u32,
        kind: NoticeKind,
    ) -> Result<Option<u32>, StoreError> {
        self.rows.write(tx, self.campaign).await?;
        let row = sqlx::query(
            "SELECT MAX(notice_index) AS last FROM notice WHERE slot = $2 AND campaign_id = $1 AND kind = $3",
        )
        .bind(self.campaign.as_bytes())
        .bind(i64::from(slot))
        .bind(i64::from(kind.code()))
        .fetch_one(tx)
        .await?;
        let last: Option<i64> = row.try_get("last")?;
        last.map(u32::try_from).transpose().map_err(|_| StoreError::Corrupt("notice_index"))
    }
}

async fn insert_revocation(
    tx: &mut Connection,
    campaign: CampaignId,
    pledge: PledgeId,
    revocation: &RevocationRecord,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO revocation (campaign_id, pledge_id, reason, revoked_at, revoked_by) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(campaign.as_bytes())
    .bind(pledge.as_bytes())
    .bind(&revocation.reason)
    .bind(revocation.at.0)
    .bind(&revocation.by)
    .execute(tx)
    .await?;
    Ok(())
}

/// The person whose row a change reads.
fn concerned(action: &RosterAction) -> Option<ParticipantId> {
    match action {
        RosterAction::Add { person, .. } | RosterAction::Correct { person } => Some(person.id),
        RosterAction::Excuse { participant } | RosterAction::Undo { participant, .. } => Some(*participant),
        RosterAction::AdmitAnew { previous, .. } => Some(*previous),
        RosterAction::Revoke { .. } | RosterAction::NoticeRevocation { .. } => None,
    }
}

/// The person who is put into a unit.
fn placed_person(action: &RosterAction) -> Option<&Participant> {
    match action {
        RosterAction::Add { person, .. } | RosterAction::Correct { person } => Some(person),
        _ => None,
    }
}

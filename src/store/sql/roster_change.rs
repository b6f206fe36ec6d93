//! Applies changes to the rows of a locked roster, inside the transaction that also writes their notices.

use super::columns::{bytes_column, standing_column, u32_column, u64_column};
use super::roster_checks::roster_of;
use super::roster_rows::{delete_people, insert_people, update_slots};
use super::write_result::require_one_row;
use super::{Connection, Row};
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::leaf::{Salt, roster_leaf};
use crate::domain::notice::{NoticeKind, RosterStanding};
use crate::domain::participant::Participant;
use crate::domain::unit::UNIT_LEVELS_MAX;
use crate::store::StoreError;
use crate::store::notices::RosterAction;
use crate::store::pledges::RevocationRecord;
use crate::store::rosters::{RosterId, Slot};
use crate::tlog::merkle::{Frontier, leaf_hash};
use sqlx::Row as _;
use std::collections::BTreeMap;

/// What a notice's leaf says of an applied change.
pub(super) struct AppliedChange {
    /// The person.
    pub participant: ParticipantId,
    /// The slot of the person.
    pub slot: u32,
    /// Index of the notice that was undone, or the earlier slot of a person who was admitted anew, else 0.
    pub other: u32,
}

/// The roster log as it grows, and what is to be added to the groups' numbers.
pub(super) struct Changing {
    campaign: CampaignId,
    roster: Frontier,
    leaves: Vec<Vec<u8>>,
    /// People who were on the roster when it was locked: a higher slot is an addition.
    locked_people: u64,
    groups: BTreeMap<u32, GroupChange>,
}

#[derive(Clone, Copy, Default)]
struct GroupChange {
    added: i64,
    excused: i64,
    revoked: i64,
}

/// A visible person's row as a change needs it.
struct PlacedRow {
    roster: RosterId,
    institution: String,
    slot: u32,
    group: u32,
    salt: Salt,
    standing: RosterStanding,
    has_signed: bool,
}

impl Changing {
    /// `roster` is the frontier of the roster log.
    pub async fn begin(tx: &mut Connection, campaign: CampaignId, roster: Frontier) -> Result<Self, StoreError> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(eligible), 0) AS BIGINT) AS people FROM reporting_group WHERE campaign_id = $1",
        )
        .bind(campaign.as_bytes())
        .fetch_one(tx)
        .await?;
        let locked_people = u64_column(&row, "people")?;
        Ok(Self { campaign, roster, leaves: vec![], locked_people, groups: BTreeMap::new() })
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
                self.admit_anew(tx, &before, person, salt).await
            }
            RosterAction::Revoke { pledge, revocation } => self.revoke(tx, *pledge, Some(revocation)).await,
            RosterAction::NoticeRevocation { pledge } => self.revoke(tx, *pledge, None).await,
        }
    }

    /// Writes the groups' numbers; returns the roster log's new frontier and its new leaves.
    pub async fn finish(self, tx: &mut Connection) -> Result<(Frontier, Vec<Vec<u8>>), StoreError> {
        for (group, change) in self.groups {
            let done = sqlx::query(
                "UPDATE reporting_group SET added = added + $3, excused = excused + $4, revoked = revoked + $5 \
                 WHERE campaign_id = $1 AND group_index = $2",
            )
            .bind(self.campaign.as_bytes())
            .bind(i64::from(group))
            .bind(change.added)
            .bind(change.excused)
            .bind(change.revoked)
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
        }
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
            delete_people(tx, self.campaign, &[(before.roster, person.id)]).await?;
        }
        let row = sqlx::query("SELECT roster_id, group_index FROM institution WHERE campaign_id = $1 AND code = $2")
            .bind(self.campaign.as_bytes())
            .bind(&person.institution)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(StoreError::Conflict)?;
        let roster = roster_of(&row)?.ok_or(StoreError::Conflict)?;
        let of_agency = match person.unit {
            Some(unit) => self.group_of_unit(tx, roster, &person.institution, unit).await?,
            None => None,
        };
        let group = of_agency.or(group_of(&row)?).ok_or(StoreError::Conflict)?;
        // An import that was interrupted may have left the same person as an orphan of this roster.
        delete_people(tx, self.campaign, &[(roster, person.id)]).await?;
        insert_people(tx, self.campaign, roster, std::slice::from_ref(person)).await?;
        let slot = self.append(tx, roster, group, person, salt).await?;
        self.group(group).added += 1;
        Ok(AppliedChange { participant: person.id, slot, other: 0 })
    }

    /// The group of the agency that a unit belongs to; `None` where its people are among the institution's others.
    /// `Conflict` unless the institution's roster has this unit.
    async fn group_of_unit(
        &self,
        tx: &mut Connection,
        roster: RosterId,
        institution: &str,
        unit: u32,
    ) -> Result<Option<u32>, StoreError> {
        let mut above = Some(i64::from(unit));
        let mut group = None;
        for _ in 0..UNIT_LEVELS_MAX {
            let Some(unit) = above else { break };
            let row = sqlx::query(
                "SELECT parent, group_index FROM unit \
                 WHERE campaign_id = $1 AND roster_id = $2 AND unit_id = $3 AND institution = $4",
            )
            .bind(self.campaign.as_bytes())
            .bind(roster.as_slice())
            .bind(unit)
            .bind(institution)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(StoreError::Conflict)?;
            (above, group) = (row.try_get("parent")?, group_of(&row)?);
        }
        Ok(group)
    }

    /// Gives an inserted person the next slot of the roster log.
    async fn append(
        &mut self,
        tx: &mut Connection,
        roster: RosterId,
        group: u32,
        person: &Participant,
        salt: &Salt,
    ) -> Result<u32, StoreError> {
        let slot = u32::try_from(self.roster.size()).map_err(|_| StoreError::Corrupt("size"))?;
        let leaf = roster_leaf(self.campaign, group, slot, &person.identifier, salt);
        self.roster.append(leaf_hash(&leaf));
        self.leaves.push(leaf);
        self.place(tx, roster, person, (slot, group, *salt)).await?;
        self.stand(tx, person.id, RosterStanding::Listed).await?;
        Ok(slot)
    }

    /// Notes in the row of the first admission that a later one takes the place of `previous`.
    async fn supersede(
        &self,
        tx: &mut Connection,
        previous: ParticipantId,
        first: ParticipantId,
        admission: u8,
    ) -> Result<(), StoreError> {
        self.stand(tx, previous, RosterStanding::Superseded).await?;
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
        &self,
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

    async fn admit_anew(
        &mut self,
        tx: &mut Connection,
        before: &PlacedRow,
        person: &Participant,
        salt: &Salt,
    ) -> Result<AppliedChange, StoreError> {
        insert_people(tx, self.campaign, before.roster, std::slice::from_ref(person)).await?;
        let slot = self.append(tx, before.roster, before.group, person, salt).await?;
        Ok(AppliedChange { participant: person.id, slot, other: before.slot })
    }

    async fn excuse(&mut self, tx: &mut Connection, participant: ParticipantId) -> Result<AppliedChange, StoreError> {
        let row = self.unsigned(tx, participant, RosterStanding::Listed).await?;
        self.stand(tx, participant, RosterStanding::Excused).await?;
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
        self.stand(tx, participant, next).await?;
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
            self.group_of_unit(tx, row.roster, &person.institution, unit).await?;
        }
        delete_people(tx, self.campaign, &[(row.roster, person.id)]).await?;
        insert_people(tx, self.campaign, row.roster, std::slice::from_ref(person)).await?;
        self.place(tx, row.roster, person, (row.slot, row.group, row.salt)).await?;
        self.stand(tx, person.id, RosterStanding::Listed).await?;
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
        &self,
        tx: &mut Connection,
        participant: ParticipantId,
        standing: RosterStanding,
    ) -> Result<PlacedRow, StoreError> {
        let row = self.person(tx, participant).await?;
        row.filter(|row| row.standing == standing && !row.has_signed).ok_or(StoreError::Conflict)
    }

    async fn person(&self, tx: &mut Connection, participant: ParticipantId) -> Result<Option<PlacedRow>, StoreError> {
        let row = sqlx::query(
            "SELECT p.roster_id, p.institution, p.slot, p.group_index, p.roster_salt, \
             COALESCE(v.standing, 0) AS standing, s.participant_id IS NOT NULL AS has_signed \
             FROM participant p \
             JOIN institution i ON i.campaign_id = p.campaign_id AND i.code = p.institution \
             AND i.roster_id = p.roster_id \
             LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
             LEFT JOIN pledge s ON s.campaign_id = p.campaign_id AND s.participant_id = p.participant_id \
             WHERE p.campaign_id = $1 AND p.participant_id = $2 AND p.slot IS NOT NULL",
        )
        .bind(self.campaign.as_bytes())
        .bind(participant.as_bytes())
        .fetch_optional(tx)
        .await?;
        row.map(|row| {
            Ok(PlacedRow {
                roster: bytes_column(&row, "roster_id")?,
                institution: row.try_get("institution")?,
                slot: u32_column(&row, "slot")?,
                group: u32_column(&row, "group_index")?,
                salt: bytes_column(&row, "roster_salt")?,
                standing: standing_column(&row)?,
                has_signed: row.try_get("has_signed")?,
            })
        })
        .transpose()
    }

    async fn place(
        &self,
        tx: &mut Connection,
        roster: RosterId,
        person: &Participant,
        (slot, group, salt): (u32, u32, Salt),
    ) -> Result<(), StoreError> {
        let slot = Slot { participant: person.id, institution: person.institution.clone(), slot, group, salt };
        require_one_row(update_slots(tx, self.campaign, &[(roster, &slot)]).await?)
    }

    /// Gives a person a standing, and raises their place version: what sessions bring along no longer holds.
    async fn stand(
        &self,
        tx: &mut Connection,
        participant: ParticipantId,
        standing: RosterStanding,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO code_version (campaign_id, participant_id, version, place_version, standing) \
             VALUES ($1, $2, 1, 1, $3) ON CONFLICT (campaign_id, participant_id) DO UPDATE SET \
             place_version = code_version.place_version + 1, standing = excluded.standing",
        )
        .bind(self.campaign.as_bytes())
        .bind(participant.as_bytes())
        .bind(i64::from(standing.code()))
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Index of the last notice of a kind about a slot; `None` without one.
    async fn last_notice(&self, tx: &mut Connection, slot: u32, kind: NoticeKind) -> Result<Option<u32>, StoreError> {
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

fn group_of(row: &Row) -> Result<Option<u32>, StoreError> {
    let group: Option<i64> = row.try_get("group_index")?;
    group.map(u32::try_from).transpose().map_err(|_| StoreError::Corrupt("group_index"))
}

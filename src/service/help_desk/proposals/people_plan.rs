//! What a file does to a locked roster: its people against those who are listed.

use super::{FilePurpose, ProposalRefusal};
use crate::domain::account::Account;
use crate::domain::campaign::Campaign;
use crate::domain::institution::folded;
use crate::domain::notice::{NoticedPerson, RosterStanding};
use crate::domain::participant::Participant;
use crate::domain::proposal::{
    FilePeople, LEFT_OUT_NAMED_MAX, LeftOutPerson, LeftOutReason, ListedRow, ProposedChanges, ProposedPerson,
};
use crate::domain::unit::BETWEEN_UNITS;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::service::help_desk::{HelpDesk, Signer};
use crate::store::StoreError;
use crate::store::rosters::{ListedPerson, PeopleFilter};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Shortest part of a name by which two names are compared, in characters: titles are shorter or abbreviated.
const NAME_PART_CHARS_MIN: usize = 3;

/// What is proposed.
pub(super) struct PeoplePlan {
    pub changes: ProposedChanges,
    /// Codes of the institutions of everybody concerned.
    pub institutions: Vec<String>,
    /// To whom it doesn't apply, at most [`LEFT_OUT_NAMED_MAX`].
    pub left_out: Vec<LeftOutPerson>,
}

impl HelpDesk {
    /// Sorts out to whom of the file its purpose applies.
    pub(super) async fn plan(
        &self,
        account: &Account,
        visible: &VisibleInstitutions,
        campaign: &Campaign,
        file: FilePeople,
        purpose: FilePurpose,
    ) -> Result<PeoplePlan, ProposalRefusal> {
        match purpose {
            FilePurpose::Add(reason) => self.plan_additions(visible, campaign, file, reason).await,
            FilePurpose::Excuse(reason) => {
                let (mut plan, people) = self.plan_exclusions(account, campaign, file).await?;
                plan.changes = ProposedChanges::ExcusePeople { people, reason };
                Ok(plan)
            }
        }
    }

    async fn plan_additions(
        &self,
        visible: &VisibleInstitutions,
        campaign: &Campaign,
        file: FilePeople,
        reason: String,
    ) -> Result<PeoplePlan, ProposalRefusal> {
        let mut roster = RosterInForce::read(self, campaign).await?;
        let (mut people, mut left_out, mut institutions) = (vec![], vec![], BTreeSet::new());
        for ListedRow { mut person, unit, is_numbered } in file.rows {
            let found = self.store.signer(campaign.id, person.id).await?;
            let refused = if !roster.locked.contains(&person.institution) {
                Some(LeftOutReason::NoRoster)
            } else if is_numbered && roster.has(self, campaign, &person, &unit).await? {
                Some(LeftOutReason::Listed)
            } else {
                addition_refused(found.as_ref()).map(|refused| match &found {
                    // How somebody stands elsewhere isn't told.
                    Some(found) if !visible.includes(&found.participant.institution) => LeftOutReason::Listed,
                    _ => refused,
                })
            };
            if let Some(refused) = refused {
                leave_out(&mut left_out, &person, refused);
                continue;
            }
            person.unit = roster.unit(self, campaign, &person.institution, &unit).await?;
            institutions.insert(person.institution.clone());
            people.push(ProposedPerson { identifier: person.identifier.shown(), row: NoticedPerson::from(&person) });
        }
        let changes = ProposedChanges::AddPeople { people, reason };
        Ok(PeoplePlan { changes, institutions: institutions.into_iter().collect(), left_out })
    }

    /// The plan without its changes, and the participants.
    async fn plan_exclusions(
        &self,
        account: &Account,
        campaign: &Campaign,
        file: FilePeople,
    ) -> Result<(PeoplePlan, Vec<String>), ProposalRefusal> {
        let (mut people, mut left_out, mut institutions) = (vec![], vec![], BTreeSet::new());
        for ListedRow { person, .. } in file.rows {
            // Somebody of another institution doesn't exist for an operator.
            let found = self.newest(account, campaign, &person.identifier).await?;
            let refused = exclusion_refused(found.as_ref());
            let is_other = |found: &&Signer| !is_one_name(&found.participant.shown_name, &person.shown_name);
            let refused = refused.or(found.as_ref().filter(is_other).map(|_| LeftOutReason::OtherName));
            match (refused, found) {
                (None, Some(found)) => {
                    people.push(found.participant.id.to_string());
                    institutions.insert(found.participant.institution);
                }
                (refused, _) => leave_out(&mut left_out, &person, refused.unwrap_or(LeftOutReason::Unknown)),
            }
        }
        let changes = ProposedChanges::AddPeople { people: vec![], reason: String::new() };
        Ok((PeoplePlan { changes, institutions: institutions.into_iter().collect(), left_out }, people))
    }
}

fn leave_out(left_out: &mut Vec<LeftOutPerson>, person: &Participant, reason: LeftOutReason) {
    if left_out.len() < LEFT_OUT_NAMED_MAX {
        let (participant, name) = (person.id.to_string(), person.shown_name.clone());
        left_out.push(LeftOutPerson { participant, name, reason, late: false });
    }
}

/// Why a person can't be added; `None` if they can.
pub(super) fn addition_refused(found: Option<&Signer>) -> Option<LeftOutReason> {
    match found.map(|found| found.standing) {
        None | Some(RosterStanding::Withdrawn) => None,
        Some(RosterStanding::Listed | RosterStanding::Superseded) => Some(LeftOutReason::Listed),
        Some(RosterStanding::Excused) => Some(LeftOutReason::NotCounted),
    }
}

/// Why a person can't be excused; `None` if they can.
pub(super) fn exclusion_refused(found: Option<&Signer>) -> Option<LeftOutReason> {
    let Some(found) = found else { return Some(LeftOutReason::Unknown) };
    match found.standing {
        RosterStanding::Listed if found.pledge.is_none() => None,
        RosterStanding::Listed | RosterStanding::Superseded => Some(LeftOutReason::Signed),
        RosterStanding::Excused | RosterStanding::Withdrawn => Some(LeftOutReason::NotCounted),
    }
}

/// Whether two names share a part that is long enough to be no title. A name of short parts only agrees with any.
fn is_one_name(one: &str, other: &str) -> bool {
    let parts = |name: &str| -> HashSet<String> {
        let folded = folded(name);
        folded.split(' ').filter(|part| part.chars().count() >= NAME_PART_CHARS_MIN).map(str::to_owned).collect()
    };
    let (one, other) = (parts(one), parts(other));
    one.is_empty() || other.is_empty() || !one.is_disjoint(&other)
}

/// What is asked of the locked roster, read where it is needed.
struct RosterInForce {
    /// Codes of the institutions that had somebody when it was locked.
    locked: HashSet<String>,
    /// Units by institution and folded path.
    units: HashMap<String, HashMap<String, u32>>,
    /// People by institution: folded name and unit.
    people: HashMap<String, HashSet<(String, Option<u32>)>>,
}

impl RosterInForce {
    async fn read(desk: &HelpDesk, campaign: &Campaign) -> Result<Self, StoreError> {
        let rosters = desk.store.institution_rosters(campaign.id).await?;
        let locked = rosters.into_iter().filter(|known| known.roster.is_some()).map(|known| known.institution.code);
        Ok(Self { locked: locked.collect(), units: HashMap::new(), people: HashMap::new() })
    }

    /// The unit with this path, else the nearest one above it: a locked roster gets no new units.
    async fn unit(
        &mut self,
        desk: &HelpDesk,
        campaign: &Campaign,
        institution: &str,
        path: &str,
    ) -> Result<Option<u32>, StoreError> {
        if path.is_empty() {
            return Ok(None);
        }
        if !self.units.contains_key(institution) {
            let told_apart = desk.told_apart(campaign, institution).await?;
            let mut by_path: HashMap<String, u32> =
                told_apart.into_iter().map(|(unit, path)| (folded(&path), unit)).collect();
            // A path that several units have is the first one's.
            let paths: BTreeMap<u32, String> = desk.unit_paths(campaign, institution).await?.into_iter().collect();
            for (unit, path) in paths {
                by_path.entry(folded(&path)).or_insert(unit);
            }
            self.units.insert(institution.to_owned(), by_path);
        }
        let known = &self.units[institution];
        let mut paths =
            std::iter::successors(Some(path), |path| path.rsplit_once(BETWEEN_UNITS).map(|(above, _)| above));
        Ok(paths.find_map(|path| known.get(&folded(path)).copied()))
    }

    /// Whether the institution has a person of this name in this unit, whose row needs no number to be recognised.
    async fn has(
        &mut self,
        desk: &HelpDesk,
        campaign: &Campaign,
        person: &Participant,
        unit: &str,
    ) -> Result<bool, StoreError> {
        if !self.people.contains_key(&person.institution) {
            let mut names = HashSet::new();
            let mut take = |listed: &ListedPerson| {
                if listed.standing != RosterStanding::Withdrawn {
                    names.insert((folded(&listed.participant.shown_name), listed.participant.unit));
                }
            };
            let filter = PeopleFilter { institution: Some(person.institution.clone()), ..PeopleFilter::default() };
            desk.store.visit_people(campaign.id, &filter, &mut take).await?;
            self.people.insert(person.institution.clone(), names);
        }
        let unit = self.unit(desk, campaign, &person.institution, unit).await?;
        Ok(self.people[&person.institution].contains(&(folded(&person.shown_name), unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_without_titles_and_in_any_order() {
        assert!(is_one_name("Dra. Siti Aminah, M.Si.", "SITI AMINAH"));
        assert!(is_one_name("Hj. Aminah, Siti", "Siti A."));
        assert!(!is_one_name("Budi Santoso, S.E.", "Siti Aminah, S.E."));
        assert!(is_one_name("Ng", "Siti Aminah"), "too short to tell");
    }
}

//! What a file does to a locked roster: its people against those who are listed.

use super::{FilePurpose, ProposalRefusal};
use crate::domain::account::Account;
use crate::domain::campaign::Campaign;
use crate::domain::institution::folded;
use crate::domain::notice::{NoticedPerson, RosterStanding};
use crate::domain::participant::Participant;
use crate::domain::proposal::{FilePeople, LeftOutPerson, LeftOutReason, ListedRow, ProposedChanges, ProposedPerson};
use crate::service::help_desk::{HelpDesk, Signer};
use crate::store::StoreError;
use std::collections::{BTreeSet, HashMap};

/// What is proposed.
pub(super) struct PeoplePlan {
    pub changes: ProposedChanges,
    /// Codes of the institutions of everybody concerned.
    pub institutions: Vec<String>,
    /// To whom it doesn't apply.
    pub left_out: Vec<LeftOutPerson>,
}

impl HelpDesk {
    /// Sorts out to whom of the file its purpose applies.
    pub(super) async fn plan(
        &self,
        account: &Account,
        campaign: &Campaign,
        file: FilePeople,
        purpose: FilePurpose,
    ) -> Result<PeoplePlan, ProposalRefusal> {
        let mut units = RosterUnits::default();
        let (mut applies, mut left_out, mut institutions) = (vec![], vec![], BTreeSet::new());
        for ListedRow { mut person, unit } in file.rows {
            let found = self.store.signer(campaign.id, person.id).await?;
            let reason = match purpose {
                FilePurpose::Add(_) => addition_refused(found.as_ref()),
                // Somebody of another institution doesn't exist for an operator.
                FilePurpose::Excuse(_) => exclusion_refused(
                    found.as_ref().filter(|found| account.scope.includes(&found.participant.institution)),
                ),
            };
            if let Some(reason) = reason {
                let (participant, name) = (person.id.to_string(), person.shown_name);
                left_out.push(LeftOutPerson { participant, name, reason, late: false });
                continue;
            }
            if let (FilePurpose::Excuse(_), Some(found)) = (&purpose, &found) {
                person.institution.clone_from(&found.participant.institution);
            }
            institutions.insert(person.institution.clone());
            person.unit = match purpose {
                FilePurpose::Add(_) => units.of(self, campaign, &person.institution, &unit).await?,
                FilePurpose::Excuse(_) => None,
            };
            applies.push(person);
        }
        let changes = match purpose {
            FilePurpose::Add(reason) => ProposedChanges::AddPeople {
                people: applies.iter().map(proposed).collect(),
                reason,
                next_numbers: file.next_numbers.into_iter().filter(|(code, _)| institutions.contains(code)).collect(),
            },
            FilePurpose::Excuse(reason) => ProposedChanges::ExcusePeople {
                people: applies.iter().map(|person| person.id.to_string()).collect(),
                reason,
            },
        };
        Ok(PeoplePlan { changes, institutions: institutions.into_iter().collect(), left_out })
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

fn proposed(person: &Participant) -> ProposedPerson {
    ProposedPerson { identifier: person.identifier.shown(), row: NoticedPerson::from(person) }
}

/// The units of the locked roster by institution and folded path.
#[derive(Default)]
struct RosterUnits {
    known: HashMap<String, HashMap<String, u32>>,
}

impl RosterUnits {
    /// The unit with this path, else the one above it: a locked roster gets no new units.
    async fn of(
        &mut self,
        desk: &HelpDesk,
        campaign: &Campaign,
        institution: &str,
        path: &str,
    ) -> Result<Option<u32>, StoreError> {
        if path.is_empty() {
            return Ok(None);
        }
        if !self.known.contains_key(institution) {
            let paths = desk.unit_paths(campaign, institution).await?;
            let by_path = paths.into_iter().map(|(unit, path)| (folded(&path), unit)).collect();
            self.known.insert(institution.to_owned(), by_path);
        }
        let known = &self.known[institution];
        let above = path.split_once(" / ").map_or("", |(above, _)| above);
        Ok(known.get(&folded(path)).or_else(|| known.get(&folded(above))).copied())
    }
}

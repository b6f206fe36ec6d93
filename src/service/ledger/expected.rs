//! People who signed in and haven't signed yet, as signing needs them: what was read of them then isn't read again when all
//! of them sign in the same moment. Nothing depends on it; whoever isn't here is read.

use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::pledges::{Signer, SigningFacts, Standing};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// People that are kept, some hundred bytes each. Beyond it all are let go, and whoever signs in from then on is kept.
const EXPECTED_PEOPLE_MAX: usize = 262_144;
/// Every code's version until it is issued again.
const FIRST_CODE_VERSION: u32 = 1;

#[derive(Default)]
pub(super) struct Expected {
    crowds: Mutex<HashMap<CampaignId, Crowd>>,
}

/// One campaign's people. A roster can be unlocked and locked again while people are signed in, and then their places are
/// others: they hold for this root of the roster log alone.
struct Crowd {
    roster: [u8; 32],
    people: HashMap<ParticipantId, Known>,
}

/// Name, institution and the identifier's end in one piece of text, which ends at the two marks and at its own end.
struct Known {
    text: Box<str>,
    name_ends: u16,
    institution_ends: u16,
    slot: u32,
    group: u32,
}

impl Expected {
    /// Keeps what was read of a person, unless they have signed or the roster isn't locked.
    pub fn remember(&self, campaign: CampaignId, signer: &Signer) {
        let (Some(place), None) = (&signer.place, &signer.pledge) else { return };
        let Some(known) = Known::of(signer, place.slot, place.group) else { return };
        let mut crowds = self.crowds();
        if crowds.values().map(|crowd| crowd.people.len()).sum::<usize>() >= EXPECTED_PEOPLE_MAX {
            crowds.clear();
        }
        let crowd = crowds.entry(campaign).or_insert_with(|| Crowd { roster: place.roster, people: HashMap::new() });
        if crowd.roster != place.roster {
            *crowd = Crowd { roster: place.roster, people: HashMap::new() };
        }
        crowd.people.insert(signer.participant.id, known);
    }

    /// Whether anybody of a campaign is here.
    pub fn knows(&self, campaign: CampaignId) -> bool {
        self.crowds().get(&campaign).is_some_and(|crowd| !crowd.people.is_empty())
    }

    /// Lets go of these people: the facts of those who are here and hold in `standing`, and the others, who must be read.
    pub fn take(
        &self,
        campaign: CampaignId,
        participants: &[ParticipantId],
        standing: &Standing,
    ) -> (Vec<SigningFacts>, Vec<ParticipantId>) {
        let mut crowds = self.crowds();
        if crowds.get(&campaign).is_some_and(|crowd| Some(crowd.roster) != standing.roster) {
            crowds.remove(&campaign);
        }
        let Some(crowd) = crowds.get_mut(&campaign) else { return (vec![], participants.to_vec()) };
        let (mut here, mut others) = (Vec::with_capacity(participants.len()), vec![]);
        for participant in participants {
            match crowd.people.remove(participant) {
                Some(known) => here.push(known.facts(*participant, standing)),
                None => others.push(*participant),
            }
        }
        (here, others)
    }

    fn crowds(&self) -> MutexGuard<'_, HashMap<CampaignId, Crowd>> {
        self.crowds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// `None` for texts that are longer than an import takes.
    fn of(signer: &Signer, slot: u32, group: u32) -> Option<Self> {
        let person = &signer.participant;
        let last4 = person.identifier.last4();
        let text = [person.shown_name.as_str(), &person.institution, &last4].concat();
        let name_ends = u16::try_from(person.shown_name.len()).ok()?;
        let institution_ends = u16::try_from(person.shown_name.len() + person.institution.len()).ok()?;
        Some(Self { text: text.into_boxed_str(), name_ends, institution_ends, slot, group })
    }

    fn facts(&self, participant: ParticipantId, standing: &Standing) -> SigningFacts {
        let (name, institution) = (usize::from(self.name_ends), usize::from(self.institution_ends));
        SigningFacts {
            participant,
            shown_name: self.text[..name].into(),
            last4: self.text[institution..].into(),
            institution: self.text[name..institution].into(),
            slot: self.slot,
            group: self.group,
            code_version: standing.codes.get(&participant).copied().unwrap_or(FIRST_CODE_VERSION),
            pledge: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifier::Identifier;
    use crate::domain::participant::Participant;
    use crate::store::pledges::Place;

    const CAMPAIGN: CampaignId = CampaignId([7; 16]);
    const ROSTER: [u8; 32] = [1; 32];

    fn signer(number: u8, place: Option<Place>) -> Signer {
        let participant = Participant {
            id: ParticipantId([number; 16]),
            identifier: Identifier::number("16", &format!("10000{number}")).unwrap(),
            shown_name: format!("Peserta Uji {number}"),
            institution: "16.71".into(),
            unit: None,
            location: String::new(),
            rank: String::new(),
            position: String::new(),
        };
        let (institution_name, unit_name, help_contact) = (String::new(), String::new(), String::new());
        Signer { participant, institution_name, unit_name, help_contact, code_version: 1, pledge: None, place }
    }

    fn place(slot: u32) -> Option<Place> {
        Some(Place { roster: ROSTER, slot, group: 3 })
    }

    fn standing(roster: [u8; 32]) -> Standing {
        Standing { roster: Some(roster), codes: HashMap::from([(ParticipantId([2; 16]), 5)]) }
    }

    #[test]
    fn whoever_signed_in_is_taken_once_with_the_code_in_force() {
        let expected = Expected::default();
        assert!(!expected.knows(CAMPAIGN));
        expected.remember(CAMPAIGN, &signer(1, place(11)));
        expected.remember(CAMPAIGN, &signer(2, place(12)));
        expected.remember(CAMPAIGN, &signer(3, None));
        assert!(expected.knows(CAMPAIGN));
        let asked = [1, 2, 3].map(|number| ParticipantId([number; 16]));
        let (here, others) = expected.take(CAMPAIGN, &asked, &standing(ROSTER));
        assert_eq!(others, [ParticipantId([3; 16])]);
        let told: Vec<_> = here.iter().map(|one| (one.slot, one.group, one.code_version, &*one.last4)).collect();
        assert_eq!(told, [(11, 3, 1, "0001"), (12, 3, 5, "0002")]);
        assert_eq!((&*here[0].shown_name, &*here[0].institution), ("Peserta Uji 1", "16.71"));
        assert_eq!(expected.take(CAMPAIGN, &asked, &standing(ROSTER)).1, asked);
    }

    #[test]
    fn places_in_another_locking_of_the_roster_are_let_go() {
        let expected = Expected::default();
        expected.remember(CAMPAIGN, &signer(1, place(11)));
        let asked = [ParticipantId([1; 16])];
        assert_eq!(expected.take(CAMPAIGN, &asked, &standing([2; 32])).1, asked);
        assert!(!expected.knows(CAMPAIGN));
        expected.remember(CAMPAIGN, &signer(1, place(11)));
        expected.remember(CAMPAIGN, &signer(2, Some(Place { roster: [2; 32], slot: 1, group: 1 })));
        assert_eq!(expected.take(CAMPAIGN, &asked, &standing([2; 32])).1, asked);
    }
}

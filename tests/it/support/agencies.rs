//! An event whose province has two agencies, one of them with a unit.

use super::{TestPlatform, event};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::participant::Participant;
use ikrar::domain::unit::Unit;
use ikrar::store::rosters::{Amendment, RosterVersion};

/// The node of the agency that [`Person`](super::Person)s 1 and 4 of [`TestPlatform::with_agencies`] are of.
pub const ARCHIVES: &str = "16/2";
/// The unit of each of its nine people: of `16`, persons 0 and 7 are in `SMP Negeri 1` of `Dinas Pendidikan`, 3 in
/// `Dinas Pendidikan`, 1 and 4 in `Badan Arsip`, and 6 in no unit. The others are of `16.71`.
const PLACES: [Option<u32>; 9] = [Some(2), Some(3), None, Some(1), Some(3), None, None, Some(2), None];

impl TestPlatform {
    /// Open, with nine people, those of `16` in agencies.
    pub async fn with_agencies() -> Self {
        let platform = Self::locked_with_agencies().await;
        platform.change(CampaignState::Locked, CampaignState::Open).await;
        platform
    }

    async fn locked_with_agencies() -> Self {
        let mut platform = Self::locked(PLACES.len()).await;
        let (store, campaign) = (platform.store.clone(), platform.campaign);
        store.unlock_roster(campaign, &platform.line()).await.unwrap();
        let rosters = store.institution_rosters(campaign).await.unwrap();
        let before: Vec<(String, RosterVersion)> = rosters.iter().map(|known| known.version()).collect();
        let roster = rosters[0].roster.unwrap();
        let mut people: Vec<Participant> = vec![];
        for (person, unit) in platform.people.iter_mut().zip(PLACES) {
            person.participant.unit = unit;
            people.extend(unit.map(|_| person.participant.clone()));
        }
        let unit = |id, parent, name: &str| Unit { id, institution: "16".into(), parent, name: name.into() };
        let units =
            vec![unit(1, None, "Dinas Pendidikan"), unit(2, Some(1), "SMP Negeri 1"), unit(3, None, "Badan Arsip")];
        let amendment = Amendment {
            roster: [9; 16],
            before,
            removed: people.iter().map(|person| (roster, person.id)).collect(),
            added: vec![(roster, people)],
            units_added: vec![(roster, units)],
            amended: vec!["16".into()],
            ..Amendment::default()
        };
        store.amend_roster(campaign, &amendment, &platform.line()).await.unwrap();
        event::lock(&store, &platform.keyring, &platform.state.entropy, campaign).await;
        platform
    }
}

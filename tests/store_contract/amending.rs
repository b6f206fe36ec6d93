//! Rosters changed in place: in one commit, and only from what was compared.

use crate::line;
use crate::scene::{self, CAMPAIGN, ROSTER, TOKEN, activation, person, person_id, rosters, the_lock, units};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::participant::Participant;
use ikrar::domain::time::UnixMillis;
use ikrar::domain::unit::Unit;
use ikrar::store::rosters::{Activation, Amendment, PeopleFilter, RosterId, RosterVersion};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    a_roster_is_changed_in_place_at_once,
    a_roster_is_changed_in_place_only_from_what_it_was_compared_with,
    a_change_in_place_ends_a_lock_and_a_staged_import_that_read_the_roster_before,
    a_change_that_does_not_fit_leaves_nothing,
];

const OTHER: RosterId = [4; 16];

async fn names(store: &SharedStore) -> Vec<String> {
    let mut names = vec![];
    let filter = PeopleFilter::default();
    store
        .visit_people(CAMPAIGN, &filter, &mut |person| names.push(person.participant.shown_name.clone()))
        .await
        .unwrap();
    names.sort();
    names
}

/// Person 0 gets another name, person 3 goes, person 9 comes, and the second unit another name.
fn amendment() -> Amendment {
    let renamed = Participant { shown_name: "Lain".into(), ..person(0) };
    let newcomer = Participant { shown_name: "Baru".into(), ..person(9) };
    let [_, unit] = units();
    Amendment {
        roster: OTHER,
        before: rosters(),
        removed: vec![(ROSTER, person_id(0)), (ROSTER, person_id(3))],
        added: vec![(ROSTER, vec![renamed, newcomer])],
        units_removed: vec![(ROSTER, unit.id)],
        units_added: vec![(ROSTER, vec![Unit { name: "Lain".into(), ..unit }])],
        amended: vec!["16".into(), "16.71".into()],
        next_numbers: vec![("16".into(), 9)],
        columns: vec![scene::column("16", "KODEASN", "identifier")],
        ..Amendment::default()
    }
}

async fn amend(store: &SharedStore, amendment: &Amendment) -> Result<(), StoreError> {
    store.amend_roster(CAMPAIGN, amendment, &line()).await
}

async fn a_roster_is_changed_in_place_at_once(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    store.reissue_code(CAMPAIGN, person_id(0), 1, &line()).await.unwrap();
    let before = names(&store).await;
    amend(&store, &amendment()).await.unwrap();
    let remembered = store.remembered_columns(CAMPAIGN, "16").await.unwrap();
    assert_eq!(remembered, [scene::column("16", "KODEASN", "identifier")]);
    let after = names(&store).await;
    assert_eq!(after.len(), before.len());
    assert!(after.contains(&"Lain".to_owned()) && after.contains(&"Baru".to_owned()), "{after:?}");
    assert_eq!(store.units(CAMPAIGN, None).await.unwrap()[1].name, "Lain");
    let known = store.institution_rosters(CAMPAIGN).await.unwrap();
    let seen: Vec<_> = known.iter().map(|known| (known.roster, known.generation, known.next_number)).collect();
    assert_eq!(seen, [(Some(ROSTER), 1, 9), (Some(ROSTER), 1, 1)]);
    let mut versions = vec![];
    let filter = PeopleFilter { institution: Some("16".into()), units: None, ..PeopleFilter::default() };
    let mut visit = |one: &ikrar::store::rosters::ListedPerson| {
        if one.participant.id == person_id(0) {
            versions.push(one.code_version);
        }
    };
    store.visit_people(CAMPAIGN, &filter, &mut visit).await.unwrap();
    assert_eq!(versions, [2], "the code in force survives");
    assert_eq!(
        store.last_units(CAMPAIGN).await.unwrap(),
        [(ROSTER, units().iter().map(|unit| unit.id).max().unwrap())]
    );
}

async fn a_roster_is_changed_in_place_only_from_what_it_was_compared_with(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    let (one, other) = (amendment(), amendment());
    let (one, other) = tokio::join!(amend(&store, &one), amend(&store, &other));
    assert_eq!([one, other].iter().filter(|done| done.is_ok()).count(), 1);
    let unchanged = Amendment { before: rosters(), ..Amendment::default() };
    assert!(matches!(amend(&store, &unchanged).await, Err(StoreError::Conflict)), "compared before the change");
}

async fn a_change_in_place_ends_a_lock_and_a_staged_import_that_read_the_roster_before(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(4)).await.unwrap();
    store.begin_roster(CAMPAIGN, OTHER, None, UnixMillis(3), "bkd").await.unwrap();
    amend(&store, &amendment()).await.unwrap();
    let locked = store.finish_lock(CAMPAIGN, &the_lock(6), &line()).await;
    assert!(matches!(locked, Err(StoreError::Conflict)), "its claim is void");
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(5)).await.unwrap();
    let locked = store.finish_lock(CAMPAIGN, &the_lock(6), &line()).await;
    assert!(matches!(locked, Err(StoreError::Conflict)), "its rosters are of the generation before");
    let stale = Activation { roster: OTHER, before: rosters(), ..activation(0) };
    assert!(matches!(store.activate_roster(CAMPAIGN, &stale, &line()).await, Err(StoreError::Conflict)));
    assert_eq!(store.state_now(CAMPAIGN).await.unwrap(), Some(CampaignState::Draft));
}

async fn a_change_that_does_not_fit_leaves_nothing(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    let before = names(&store).await;
    let nobody = Amendment { removed: vec![(ROSTER, person_id(0)), (ROSTER, person_id(77))], ..amendment() };
    assert!(matches!(amend(&store, &nobody).await, Err(StoreError::Conflict)));
    let no_unit = Amendment { units_removed: vec![(ROSTER, 77)], ..amendment() };
    assert!(matches!(amend(&store, &no_unit).await, Err(StoreError::Conflict)));
    let begun = Amendment { begun: vec!["16".into()], ..amendment() };
    assert!(matches!(amend(&store, &begun).await, Err(StoreError::Conflict)), "it has a roster");
    assert_eq!(names(&store).await, before);
    let known = store.institution_rosters(CAMPAIGN).await.unwrap();
    let version = RosterVersion { roster: Some(ROSTER), generation: 0 };
    assert!(known.iter().all(|known| known.version().1 == version));
}

//! Rosters: staged, switched over, replaced, purged, read.

use crate::line;
use crate::scene::{self, CAMPAIGN, ROSTER, activation, institution, person, person_id, rosters, units};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::ParticipantId;
use ikrar::domain::participant::Participant;
use ikrar::domain::time::UnixMillis;
use ikrar::store::rosters::{Activation, PeopleFilter, RosterId, UnitFilter};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    a_staged_roster_is_invisible_until_it_is_switched_over,
    a_roster_in_force_shows_its_people_and_units,
    nobody_is_staged_twice_and_a_refused_chunk_leaves_nothing,
    a_roster_is_switched_over_only_from_what_it_was_compared_with,
    people_come_over_from_another_institution_and_numbers_only_rise,
    what_nobody_points_to_is_purged_and_the_rest_stays,
    staging_that_was_given_up_or_forgotten_is_purged,
    people_are_visited_by_institution_unit_and_name,
    a_kind_of_employment_is_kept_with_the_person,
    no_roster_changes_outside_a_draft,
    columns_are_remembered_for_each_institution_with_the_import_that_said_so,
];

const OTHER: RosterId = [4; 16];

async fn purge(store: &SharedStore, stale_before: i64) -> u64 {
    let mut purged = 0;
    loop {
        match store.purge_orphans(CAMPAIGN, UnixMillis(stale_before)).await.unwrap() {
            0 => return purged,
            rows => purged += rows,
        }
    }
}

async fn visited(store: &SharedStore, filter: &PeopleFilter) -> Vec<ParticipantId> {
    let mut ids = vec![];
    store.visit_people(CAMPAIGN, filter, &mut |person| ids.push(person.participant.id)).await.unwrap();
    ids
}

async fn a_staged_roster_is_invisible_until_it_is_switched_over(store: SharedStore) {
    scene::draft(&store).await;
    store.begin_roster(CAMPAIGN, ROSTER, Some("16"), UnixMillis(3), "bkd").await.unwrap();
    let people: Vec<Participant> = (0..300).map(person).collect();
    store.stage_people(CAMPAIGN, ROSTER, &people).await.unwrap();
    store.stage_people(CAMPAIGN, ROSTER, &[]).await.unwrap();
    store.stage_units(CAMPAIGN, ROSTER, &units()).await.unwrap();
    assert!(store.people_counts(CAMPAIGN).await.unwrap().is_empty());
    assert!(store.units(CAMPAIGN, None).await.unwrap().is_empty());
    assert!(store.signer(CAMPAIGN, person_id(0)).await.unwrap().is_none());
    store.activate_roster(CAMPAIGN, &activation(300), &line()).await.unwrap();
    assert!(store.signer(CAMPAIGN, person_id(0)).await.unwrap().is_some());
}

async fn a_roster_in_force_shows_its_people_and_units(store: SharedStore) {
    scene::with_roster(&store, 300).await;
    assert_eq!(store.people_counts(CAMPAIGN).await.unwrap(), [("16".into(), 200), ("16.71".into(), 100)]);
    assert_eq!(store.units(CAMPAIGN, None).await.unwrap(), units());
    assert_eq!(store.units(CAMPAIGN, Some("16.71")).await.unwrap(), units()[1..]);
    let known = store.institution_rosters(CAMPAIGN).await.unwrap();
    assert_eq!((known[0].institution.code.as_str(), known[0].roster, known[0].next_number), ("16", Some(ROSTER), 7));
    assert_eq!((known[1].institution.code.as_str(), known[1].next_number), ("16.71", 1));
}

async fn nobody_is_staged_twice_and_a_refused_chunk_leaves_nothing(store: SharedStore) {
    scene::draft(&store).await;
    store.begin_roster(CAMPAIGN, ROSTER, None, UnixMillis(3), "bkd").await.unwrap();
    assert!(matches!(
        store.begin_roster(CAMPAIGN, ROSTER, None, UnixMillis(3), "bkd").await,
        Err(StoreError::Conflict)
    ));
    store.stage_people(CAMPAIGN, ROSTER, &[person(1)]).await.unwrap();
    let again = store.stage_people(CAMPAIGN, ROSTER, &[person(2), person(1)]).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    store.activate_roster(CAMPAIGN, &activation(1), &line()).await.unwrap();
    assert_eq!(visited(&store, &PeopleFilter::default()).await, [person_id(1)]);
}

async fn a_roster_is_switched_over_only_from_what_it_was_compared_with(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    store.begin_roster(CAMPAIGN, OTHER, None, UnixMillis(3), "bkd").await.unwrap();
    store.stage_people(CAMPAIGN, OTHER, &[person(1)]).await.unwrap();
    let stale = Activation { roster: OTHER, ..activation(1) };
    assert!(matches!(store.activate_roster(CAMPAIGN, &stale, &line()).await, Err(StoreError::Conflict)));
    let fresh = || Activation { roster: OTHER, before: rosters(), ..activation(1) };
    let (one, other) = (fresh(), fresh());
    let activate = async |activation: &Activation| store.activate_roster(CAMPAIGN, activation, &line()).await;
    let (one, other) = tokio::join!(activate(&one), activate(&other));
    assert_eq!([one, other].iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!(visited(&store, &PeopleFilter::default()).await, [person_id(1)]);
}

async fn people_come_over_from_another_institution_and_numbers_only_rise(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    store.begin_roster(CAMPAIGN, OTHER, None, UnixMillis(3), "bkd").await.unwrap();
    let moved = Participant { institution: "17".into(), unit: None, ..person(1) };
    store.stage_people(CAMPAIGN, OTHER, &[moved]).await.unwrap();
    let activation = Activation {
        roster: OTHER,
        before: rosters(),
        created: vec![institution(9, "17", "Baru")],
        same_institutions: vec![],
        renames: vec![],
        switched: vec!["17".into()],
        taken_over: vec![person_id(1)],
        next_numbers: vec![("17".into(), 3), ("16".into(), 2)],
        people: 1,
        columns: vec![],
    };
    store.activate_roster(CAMPAIGN, &activation, &line()).await.unwrap();
    let counts = store.people_counts(CAMPAIGN).await.unwrap();
    assert_eq!(counts, [("16".into(), 3), ("16.71".into(), 2), ("17".into(), 1)]);
    let numbers: Vec<u64> =
        store.institution_rosters(CAMPAIGN).await.unwrap().iter().map(|known| known.next_number).collect();
    assert_eq!(numbers, [7, 1, 3]);
    assert_eq!(store.signer(CAMPAIGN, person_id(1)).await.unwrap().unwrap().institution_name, "Baru");
}

async fn what_nobody_points_to_is_purged_and_the_rest_stays(store: SharedStore) {
    scene::with_roster(&store, 60).await;
    assert_eq!(purge(&store, 100).await, 0);
    store.begin_roster(CAMPAIGN, OTHER, Some("16"), UnixMillis(3), "bkd").await.unwrap();
    store.stage_people(CAMPAIGN, OTHER, &[person(0)]).await.unwrap();
    let one = Activation { roster: OTHER, before: rosters(), switched: vec!["16".into()], ..activation(1) };
    store.activate_roster(CAMPAIGN, &one, &line()).await.unwrap();
    // The 40 people and the unit that the institution had before; the other's stay.
    assert_eq!(purge(&store, 0).await, 41);
    assert_eq!(store.people_counts(CAMPAIGN).await.unwrap(), [("16".into(), 1), ("16.71".into(), 20)]);
    assert_eq!(store.units(CAMPAIGN, None).await.unwrap(), units()[1..]);
}

async fn staging_that_was_given_up_or_forgotten_is_purged(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    for (roster, at) in [(OTHER, 50), ([3; 16], 50), ([2; 16], 500)] {
        store.begin_roster(CAMPAIGN, roster, None, UnixMillis(at), "bkd").await.unwrap();
        store.stage_people(CAMPAIGN, roster, &[person(1), person(2)]).await.unwrap();
    }
    assert_eq!(purge(&store, 10).await, 0, "all three may still be on their way");
    store.abandon_roster(CAMPAIGN, OTHER).await.unwrap();
    assert_eq!(purge(&store, 10).await, 2);
    assert_eq!(purge(&store, 100).await, 2, "begun before 100 and never finished");
    assert_eq!(store.people_counts(CAMPAIGN).await.unwrap(), [("16".into(), 4), ("16.71".into(), 2)]);
    store.abandon_roster(CAMPAIGN, ROSTER).await.unwrap();
    assert_eq!(purge(&store, 100).await, 0, "a roster in force can't be given up");
}

async fn people_are_visited_by_institution_unit_and_name(store: SharedStore) {
    scene::open(&store, 9).await;
    scene::sign(&store, [3]).await;
    store.reissue_code(CAMPAIGN, person_id(3), 1, &line()).await.unwrap();
    let order = |numbers: &[u32]| numbers.iter().copied().map(person_id).collect::<Vec<_>>();
    // People without a unit come first.
    assert_eq!(visited(&store, &PeopleFilter::default()).await, order(&[1, 3, 7, 0, 4, 6, 2, 5, 8]));
    let city = PeopleFilter { institution: Some("16.71".into()), units: None, ..PeopleFilter::default() };
    assert_eq!(visited(&store, &city).await, order(&[2, 5, 8]));
    let one = UnitFilter { roster: ROSTER, units: [1].into() };
    let unit = PeopleFilter { institution: Some("16".into()), units: Some(one), ..PeopleFilter::default() };
    assert_eq!(visited(&store, &unit).await, order(&[0, 4, 6]));
    let other = UnitFilter { roster: [7; 16], units: [1].into() };
    let other = PeopleFilter { units: Some(other), ..unit };
    assert!(visited(&store, &other).await.is_empty(), "the number is another roster's");
    let mut signed = vec![];
    let filter = PeopleFilter::default();
    let mut visit = |person: &ikrar::store::rosters::ListedPerson| {
        if person.signed_at.is_some() || person.code_version != 1 {
            signed.push((person.participant.id, person.code_version, person.signed_at, person.pledge_id));
        }
    };
    store.visit_people(CAMPAIGN, &filter, &mut visit).await.unwrap();
    assert_eq!(signed, [(person_id(3), 2, Some(UnixMillis(2_000)), Some(scene::pledge_id(48)))]);
}

async fn a_kind_of_employment_is_kept_with_the_person(store: SharedStore) {
    scene::with_roster(&store, 24).await;
    let mut kinds = vec![];
    let mut visit = |listed: &ikrar::store::rosters::ListedPerson| {
        kinds.push((listed.participant.id, listed.participant.employment));
    };
    store.visit_people(CAMPAIGN, &PeopleFilter::default(), &mut visit).await.unwrap();
    kinds.sort_by_key(|(id, _)| *id);
    let expected: Vec<_> = (0..24).map(|number| (person_id(number), person(number).employment)).collect();
    assert_eq!(kinds, expected);
    assert!(kinds.iter().any(|(_, kind)| kind.is_none()));
    let one = store.signer(CAMPAIGN, person_id(4)).await.unwrap().unwrap();
    assert_eq!(one.participant.employment, person(4).employment);
}

async fn no_roster_changes_outside_a_draft(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    store.begin_roster(CAMPAIGN, OTHER, None, UnixMillis(3), "bkd").await.unwrap();
    scene::step(&store, CampaignState::Draft, CampaignState::Locked).await;
    let begun = store.begin_roster(CAMPAIGN, [3; 16], None, UnixMillis(3), "bkd").await;
    assert!(matches!(begun, Err(StoreError::Conflict)));
    let late = Activation { roster: OTHER, before: rosters(), ..activation(0) };
    assert!(matches!(store.activate_roster(CAMPAIGN, &late, &line()).await, Err(StoreError::Conflict)));
    assert_eq!(store.people_counts(CAMPAIGN).await.unwrap().len(), 2);
}

async fn columns_are_remembered_for_each_institution_with_the_import_that_said_so(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    let said = |columns| Activation { roster: OTHER, before: rosters(), columns, ..activation(0) };
    let for_16 = vec![scene::column("16", "KODEASN", "identifier"), scene::column("16", "NAMA#2", "")];
    store.begin_roster(CAMPAIGN, OTHER, None, UnixMillis(3), "bkd").await.unwrap();
    let stale = Activation { before: vec![], ..said(for_16.clone()) };
    assert!(matches!(store.activate_roster(CAMPAIGN, &stale, &line()).await, Err(StoreError::Conflict)));
    assert_eq!(store.remembered_columns(CAMPAIGN, "16").await.unwrap(), []);
    store.activate_roster(CAMPAIGN, &said(for_16.clone()), &line()).await.unwrap();
    assert_eq!(store.remembered_columns(CAMPAIGN, "16").await.unwrap(), for_16);
    assert_eq!(store.remembered_columns(CAMPAIGN, "").await.unwrap(), []);
    // What is said later of the same heading replaces it, and the others stay.
    let later: RosterId = [8; 16];
    let before = store.institution_rosters(CAMPAIGN).await.unwrap().iter().map(|known| known.version()).collect();
    let columns = vec![scene::column("16", "KODEASN", ""), scene::column("", "KODEASN", "number")];
    store.begin_roster(CAMPAIGN, later, None, UnixMillis(4), "bkd").await.unwrap();
    let again = Activation { roster: later, before, columns, ..activation(0) };
    store.activate_roster(CAMPAIGN, &again, &line()).await.unwrap();
    let now = [scene::column("16", "KODEASN", ""), scene::column("16", "NAMA#2", "")];
    assert_eq!(store.remembered_columns(CAMPAIGN, "16").await.unwrap(), now);
    assert_eq!(store.remembered_columns(CAMPAIGN, "").await.unwrap(), [scene::column("", "KODEASN", "number")]);
}

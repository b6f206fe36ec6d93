//! Groups by agency: the list as it is published, and the group of whoever comes later.

use crate::line;
use crate::scene::{self, CAMPAIGN, TOKEN, change, person, slots, the_lock};
use ikrar::domain::participant::Participant;
use ikrar::domain::reporting_group::{
    FormedGroups, Group, GroupKind, GroupList, InstitutionGroup, LAYOUT_AGENCIES, LAYOUT_INSTITUTIONS,
};
use ikrar::domain::time::UnixMillis;
use ikrar::domain::unit::Unit;
use ikrar::store::notices::RosterAction;
use ikrar::store::rosters::{Lock, UnitCount};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    a_list_with_agencies_is_kept_as_it_is_published,
    whoever_is_added_counts_in_their_agency,
    people_are_counted_by_unit,
    an_agency_that_is_gone_locks_nothing,
];

/// As [`scene::units`], with a unit and a unit of this below the agency.
fn units() -> Vec<Unit> {
    let below = |id, parent, name: &str| Unit { id, institution: "16".into(), parent: Some(parent), name: name.into() };
    scene::units().into_iter().chain([below(3, 1, "Bidang"), below(4, 3, "Seksi")]).collect()
}

/// The first institution has an agency and others, the second has one group. Slots are dealt as by institution.
fn by_agency() -> FormedGroups {
    let institution = |code: &str, name: &str| InstitutionGroup {
        code: code.into(),
        name: name.into(),
        institutions: vec![code.into()],
    };
    let group = |(index, institution): (u32, usize), code: &str, kind, name: &str, eligible| Group {
        index,
        institution,
        code: code.into(),
        name: name.into(),
        kind,
        eligible,
        agencies: vec![],
    };
    FormedGroups {
        list: GroupList {
            layout: LAYOUT_AGENCIES,
            institutions: vec![institution("16", "Provinsi"), institution("16.71", "Kota")],
            groups: vec![
                group((0, 0), "16/1", GroupKind::Agency, "Dinas \"A\" – é", 4),
                group((1, 0), "16/lainnya", GroupKind::OtherAgencies, "Perangkat daerah lainnya", 4),
                group((2, 1), "16.71", GroupKind::Institution, "Kota", 4),
            ],
        },
        agencies: vec![("16".into(), 1, 0)],
        others: vec![("16".into(), 1), ("16.71".into(), 2)],
    }
}

async fn locked(store: &SharedStore) {
    scene::with_roster_and_units(store, 12, &units()).await;
    lock(store, Lock { groups: by_agency(), ..the_lock(12) }).await.unwrap();
}

async fn lock(store: &SharedStore, lock: Lock) -> Result<(), StoreError> {
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(4)).await.unwrap();
    let leaves = scene::roster_leaves(12);
    store.lock_chunk(CAMPAIGN, TOKEN, &slots(12), &scene::rosters(), 0, &leaves).await.unwrap();
    store.finish_lock(CAMPAIGN, &lock, &line()).await
}

async fn a_list_with_agencies_is_kept_as_it_is_published(store: SharedStore) {
    locked(&store).await;
    let list = store.published_groups(CAMPAIGN).await.unwrap().unwrap();
    assert_eq!((list.hash(), &list), (by_agency().list.hash(), &by_agency().list));
    let counts = store.group_counts(CAMPAIGN).await.unwrap();
    let of = |at: usize| (counts[at].kind, counts[at].institution.as_str(), counts[at].institution_name.as_str());
    assert_eq!(
        [of(1), of(2)],
        [(GroupKind::OtherAgencies, "16", "Provinsi"), (GroupKind::Institution, "16.71", "Kota")]
    );
    assert_eq!(store.public_numbers(CAMPAIGN).await.unwrap().groups, counts);
    // Locked again by institution, nothing is left of it.
    store.unlock_roster(CAMPAIGN, &line()).await.unwrap();
    assert_eq!(store.published_groups(CAMPAIGN).await.unwrap(), None);
    lock(&store, the_lock(12)).await.unwrap();
    let list = store.published_groups(CAMPAIGN).await.unwrap().unwrap();
    assert_eq!((list.layout, list.groups.len()), (LAYOUT_INSTITUTIONS, 2));
    added(&store, 1_000, Some(4)).await;
    assert_eq!(groups_added(&store).await, [1, 0]);
}

async fn added(store: &SharedStore, number: u32, unit: Option<u32>) {
    // The numbers of the first institution's people.
    let person = Participant { unit, ..person(number * 3) };
    change(store, vec![RosterAction::Add { person: Box::new(person), salt: [8; 32] }]).await.unwrap();
}

async fn groups_added(store: &SharedStore) -> Vec<u64> {
    store.group_counts(CAMPAIGN).await.unwrap().iter().map(|group| group.added).collect()
}

async fn whoever_is_added_counts_in_their_agency(store: SharedStore) {
    locked(&store).await;
    for (number, unit, expected) in [
        (1_000, Some(1), [1, 0, 0]),
        (1_001, Some(3), [2, 0, 0]),
        (1_002, Some(4), [3, 0, 0]),
        (1_003, None, [3, 1, 0]),
    ] {
        added(&store, number, unit).await;
        assert_eq!(groups_added(&store).await, expected, "{unit:?}");
    }
    let facts = store.signing_facts(CAMPAIGN, &[scene::person_id(3_006), scene::person_id(3_009)]).await.unwrap();
    assert_eq!(facts.iter().map(|facts| facts.group).collect::<Vec<_>>(), [0, 1]);
}

async fn people_are_counted_by_unit(store: SharedStore) {
    scene::with_roster_and_units(&store, 12, &units()).await;
    let count = |institution: &str, unit, people| UnitCount { institution: institution.into(), unit, people };
    let counts = store.unit_counts(CAMPAIGN).await.unwrap();
    assert_eq!(counts, [count("16", None, 4), count("16", Some(1), 4), count("16.71", Some(2), 4)]);
}

async fn an_agency_that_is_gone_locks_nothing(store: SharedStore) {
    scene::with_roster_and_units(&store, 12, &units()).await;
    let mut groups = by_agency();
    groups.agencies[0].1 = 9;
    let refused = lock(&store, Lock { groups, ..the_lock(12) }).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(store.published_groups(CAMPAIGN).await.unwrap(), None);
}

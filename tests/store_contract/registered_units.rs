//! Units are registered with the import that brings them into force: a node stays the same unit in later rosters and
//! campaigns, and what is asked of a part of an institution is of its units only.

use crate::scene::{self, CAMPAIGN, ROSTER, campaign, institution, person_id};
use crate::{line, properties};
use ikrar::domain::account::Scope;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::participant::Participant;
use ikrar::domain::time::UnixMillis;
use ikrar::domain::unit::Unit;
use ikrar::domain::unit_renames::UnitRename;
use ikrar::domain::visible_institutions::{VisibleInstitutions, VisiblePart};
use ikrar::store::registry::visible_institutions;
use ikrar::store::rosters::{Activation, Amendment, InstitutionRoster};
use ikrar::store::{SharedStore, StoreError};
use std::collections::HashMap;

const OTHER: CampaignId = CampaignId([2; 16]);
const THIRD: CampaignId = CampaignId([3; 16]);

properties![
    the_units_of_an_import_are_registered_with_it,
    units_that_are_added_later_are_below_those_that_were_there,
    a_unit_keeps_its_node_in_later_rosters_and_campaigns,
    a_unit_that_is_renamed_keeps_its_node_and_those_below_it,
    a_roster_that_is_amended_renames_units_at_two_levels,
    a_name_that_another_import_gave_meanwhile_renames_nothing,
    a_unit_that_no_roster_has_leaves_its_account_nothing,
    two_imports_at_once_register_a_unit_once,
    who_is_found_within_a_unit_is_of_it_or_below,
    a_person_s_place_is_their_unit_s_node,
];

fn unit(id: u32, parent: Option<u32>, name: &str) -> Unit {
    Unit { id, institution: "16".into(), parent, name: name.into() }
}

/// Puts a roster of nobody into force that has these units.
async fn import(store: &SharedStore, id: CampaignId, units: &[Unit]) {
    import_renamed(store, id, units, vec![]).await.unwrap();
}

async fn import_renamed(
    store: &SharedStore,
    id: CampaignId,
    units: &[Unit],
    renames: Vec<UnitRename>,
) -> Result<(), StoreError> {
    let roster = [id.0[0] + 100; 16];
    store.begin_roster(id, roster, None, UnixMillis(3), "bkd").await.unwrap();
    store.stage_units(id, roster, units).await.unwrap();
    let created = vec![institution(0, "16", "Provinsi")];
    let (before, switched) = (vec![], vec!["16".into()]);
    let activation = Activation { roster, before, created, switched, renames, ..scene::activation(0) };
    store.activate_roster(id, &activation, &line()).await
}

fn rename(text: &str) -> UnitRename {
    UnitRename::parse(text).unwrap()
}

async fn nodes(store: &SharedStore, id: CampaignId) -> HashMap<String, String> {
    let units = store.registered_units(id, Some("16")).await.unwrap();
    units.into_iter().map(|one| (one.unit.name, one.node.expect("it isn't registered"))).collect()
}

async fn part(store: &SharedStore, node: &str) -> VisiblePart {
    let scope = Scope::Nodes(vec![node.into()]);
    let VisibleInstitutions::Parts(mut parts) = visible_institutions(&**store, CAMPAIGN, &scope).await.unwrap() else {
        panic!("a node isn't everything");
    };
    assert_eq!(parts.len(), 1, "{parts:?}");
    parts.remove(0)
}

async fn the_units_of_an_import_are_registered_with_it(store: SharedStore) {
    scene::with_roster(&store, 9).await;
    assert_eq!(nodes(&store, CAMPAIGN).await["Dinas Pendidikan"], "16/1");
    let below = store.registry_nodes("16").await.unwrap();
    assert_eq!((below[0].code.as_str(), below[0].name.as_str(), below.len()), ("16/1", "Dinas Pendidikan", 1));
    assert_eq!(store.registry_node("16.71/1").await.unwrap().unwrap().name, "Sekretariat");
    assert_eq!(part(&store, "16/1").await, VisiblePart { institution: "16".into(), unit: Some("16/1".into()) });
    assert_eq!(part(&store, "16").await, VisiblePart::whole("16"));
}

async fn units_that_are_added_later_are_below_those_that_were_there(store: SharedStore) {
    scene::with_roster(&store, 9).await;
    // The code of one institution begins like the other's.
    let city = |id, name: &str| Unit { institution: "16.71".into(), ..unit(id, None, name) };
    let amended = async |units: Vec<Unit>| {
        let known = store.institution_rosters(CAMPAIGN).await.unwrap();
        let amendment = Amendment {
            roster: [9; 16],
            before: known.iter().map(InstitutionRoster::version).collect(),
            units_added: vec![(ROSTER, units)],
            amended: vec!["16".into(), "16.71".into()],
            ..Amendment::default()
        };
        store.amend_roster(CAMPAIGN, &amendment, &line()).await.unwrap();
    };
    amended(vec![unit(3, Some(1), "SMP 1"), unit(4, None, "Badan Arsip"), city(5, "Badan Arsip")]).await;
    amended(vec![unit(6, Some(1), "SMP 2"), city(7, "Dinas Baru")]).await;
    let nodes = nodes(&store, CAMPAIGN).await;
    let names = ["Dinas Pendidikan", "SMP 1", "SMP 2", "Badan Arsip"];
    assert_eq!(names.map(|name| nodes[name].as_str()), ["16/1", "16/1/1", "16/1/2", "16/2"]);
    assert_eq!(store.registry_node("16.71/3").await.unwrap().unwrap().name, "Dinas Baru");
    assert_eq!(store.register_earlier().await.unwrap(), 0, "something was left");
}

async fn a_unit_keeps_its_node_in_later_rosters_and_campaigns(store: SharedStore) {
    for (id, slug) in [(OTHER, "lain"), (THIRD, "ketiga")] {
        store.create_campaign(&campaign(id, slug), &line()).await.unwrap();
    }
    import(&store, OTHER, &[unit(1, None, "Dinas Sosial"), unit(2, None, "Badan Arsip"), unit(3, Some(2), "Bidang")])
        .await;
    import(&store, THIRD, &[unit(1, None, "BADAN ARSIP"), unit(2, None, "Dinas Baru"), unit(3, Some(2), "Bidang")])
        .await;
    let nodes = nodes(&store, THIRD).await;
    assert_eq!(["BADAN ARSIP", "Dinas Baru", "Bidang"].map(|name| nodes[name].as_str()), ["16/2", "16/3", "16/3/1"]);
    assert_eq!(store.registry_nodes("16").await.unwrap().len(), 3);
}

/// Three drafts, the first with Dinas Sosial (`16/1`), its Sekretariat (`16/1/1`) and Badan Arsip (`16/2`).
async fn with_social_affairs(store: &SharedStore) {
    for (id, slug) in [(CAMPAIGN, "uji"), (OTHER, "lain"), (THIRD, "ketiga")] {
        store.create_campaign(&campaign(id, slug), &line()).await.unwrap();
    }
    let before = [unit(1, None, "Dinas Sosial"), unit(2, Some(1), "Sekretariat"), unit(3, None, "Badan Arsip")];
    import(store, CAMPAIGN, &before).await;
}

async fn a_unit_that_is_renamed_keeps_its_node_and_those_below_it(store: SharedStore) {
    with_social_affairs(&store).await;
    let after = [unit(1, None, "Dinas Sosial dan PPPA"), unit(2, Some(1), "Sekretariat")];
    import_renamed(&store, OTHER, &after, vec![rename("16/1=Dinas Sosial dan PPPA")]).await.unwrap();
    let other = nodes(&store, OTHER).await;
    assert_eq!(["Dinas Sosial dan PPPA", "Sekretariat"].map(|name| &*other[name]), ["16/1", "16/1/1"]);
    assert_eq!(store.registry_node("16/1").await.unwrap().unwrap().name, "Dinas Sosial dan PPPA");
    assert_eq!(nodes(&store, CAMPAIGN).await["Dinas Sosial"], "16/1", "another campaign keeps its name and node");
    // Either name is the unit from now on.
    import(&store, THIRD, &[unit(1, None, "DINAS SOSIAL"), unit(2, Some(1), "Sekretariat")]).await;
    let third = nodes(&store, THIRD).await;
    assert_eq!(["DINAS SOSIAL", "Sekretariat"].map(|name| &*third[name]), ["16/1", "16/1/1"]);
}

async fn a_roster_that_is_amended_renames_units_at_two_levels(store: SharedStore) {
    with_social_affairs(&store).await;
    let known = store.institution_rosters(CAMPAIGN).await.unwrap();
    let roster = known[0].roster.unwrap();
    let amendment = Amendment {
        before: known.iter().map(InstitutionRoster::version).collect(),
        units_removed: vec![(roster, 1), (roster, 2), (roster, 3)],
        units_added: vec![(roster, vec![unit(4, None, "Dinas Baru"), unit(5, Some(4), "Bagian Umum")])],
        amended: vec!["16".into()],
        renames: vec![rename("16/1/1=Bagian Umum"), rename("16/1=Dinas Baru")],
        ..Amendment::default()
    };
    store.amend_roster(CAMPAIGN, &amendment, &line()).await.unwrap();
    let all = nodes(&store, CAMPAIGN).await;
    assert_eq!((all.len(), &*all["Dinas Baru"], &*all["Bagian Umum"]), (2, "16/1", "16/1/1"));
    let below = store.units_below(&["16"]).await.unwrap();
    let named = [("16", "dinas sosial"), ("16/1", "sekretariat"), ("16/1", "Bagian umum"), ("16", "Badan Baru")];
    let named = named.map(|(parent, name)| below.named(parent, name));
    assert_eq!(named, [Some("16/1"), Some("16/1/1"), Some("16/1/1"), None]);
    assert!(below.has("16/2") && !below.has("16/3"));
    assert_eq!(store.units_below(&["17"]).await.unwrap().named("16", "dinas sosial"), None);
}

async fn a_name_that_another_import_gave_meanwhile_renames_nothing(store: SharedStore) {
    for (id, slug) in [(CAMPAIGN, "uji"), (OTHER, "lain"), (THIRD, "ketiga")] {
        store.create_campaign(&campaign(id, slug), &line()).await.unwrap();
    }
    import(&store, CAMPAIGN, &[unit(1, None, "Dinas Sosial"), unit(2, None, "Dinas Baru")]).await;
    for (id, wrong) in [(OTHER, "16/1=Dinas Baru"), (THIRD, "16/7=Dinas Lain")] {
        let file = [unit(1, None, "Dinas Baru"), unit(2, None, "Dinas Lain")];
        let refused = import_renamed(&store, id, &file, vec![rename(wrong)]).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{wrong}: {refused:?}");
        let names: Vec<String> = store.registry_nodes("16").await.unwrap().into_iter().map(|node| node.name).collect();
        assert_eq!(names, ["Dinas Sosial", "Dinas Baru"]);
        assert!(store.institutions(id).await.unwrap().is_empty(), "something was left");
    }
}

async fn a_unit_that_no_roster_has_leaves_its_account_nothing(store: SharedStore) {
    scene::with_roster(&store, 9).await;
    store.create_campaign(&campaign(OTHER, "lain"), &line()).await.unwrap();
    import(&store, OTHER, &[unit(1, None, "Dinas Lain"), unit(2, Some(1), "Bidang")]).await;
    for (id, node, is_seen) in [
        (CAMPAIGN, "16/1", true),
        (OTHER, "16/1", false),
        (CAMPAIGN, "16/2", false),
        (OTHER, "16/2", true),
        (OTHER, "16/2/1", true),
        (OTHER, "16/2/2", false),
    ] {
        let scope = Scope::Nodes(vec![node.into()]);
        let seen = visible_institutions(&*store, id, &scope).await.unwrap();
        assert_eq!(seen.includes_part("16"), is_seen, "{node}");
    }
}

async fn two_imports_at_once_register_a_unit_once(store: SharedStore) {
    for (id, slug) in [(CAMPAIGN, "uji"), (OTHER, "lain"), (THIRD, "ketiga")] {
        store.create_campaign(&campaign(id, slug), &line()).await.unwrap();
    }
    let (one, other) = (unit(1, None, "Dinas Sosial"), unit(2, None, "Badan Arsip"));
    let (first, second, third) = ([one.clone()], [other.clone()], [one, other]);
    tokio::join!(import(&store, CAMPAIGN, &first), import(&store, OTHER, &second), import(&store, THIRD, &third));
    let all = nodes(&store, THIRD).await;
    assert_eq!(nodes(&store, CAMPAIGN).await["Dinas Sosial"], all["Dinas Sosial"]);
    assert_eq!(nodes(&store, OTHER).await["Badan Arsip"], all["Badan Arsip"]);
    assert_eq!(store.registry_nodes("16").await.unwrap().len(), 2);
}

/// Puts a roster into force whose units 1 and 11 have nodes of which one begins like the other's.
async fn with_eleven_agencies(store: &SharedStore) {
    let mut names: Vec<Unit> = (1..=11).map(|id| unit(id, None, &format!("Dinas {id}"))).collect();
    names.push(unit(12, Some(1), "SMP 1"));
    scene::draft(store).await;
    store.begin_roster(CAMPAIGN, ROSTER, None, UnixMillis(3), "bkd").await.unwrap();
    let of = |number: u32, unit: Option<u32>| Participant { unit, ..scene::person(number) };
    let people = [of(0, Some(1)), of(1, Some(11)), of(3, Some(12)), of(4, None), of(2, None)];
    store.stage_people(CAMPAIGN, ROSTER, &people).await.unwrap();
    store.stage_units(CAMPAIGN, ROSTER, &names).await.unwrap();
    store.activate_roster(CAMPAIGN, &scene::activation(5), &line()).await.unwrap();
}

async fn who_is_found_within_a_unit_is_of_it_or_below(store: SharedStore) {
    with_eleven_agencies(&store).await;
    let named = async |within: Option<&VisiblePart>| -> Vec<u32> {
        let found = store.people_named(CAMPAIGN, within, &["peserta".into()], 9).await.unwrap();
        let number = |id: [u8; 16]| u32::from_be_bytes(id[12..].try_into().unwrap());
        found.into_iter().map(|one| number(one.participant.0)).collect()
    };
    assert_eq!(named(None).await, [0, 1, 2, 3, 4]);
    assert_eq!(named(Some(&VisiblePart::whole("16"))).await, [0, 1, 3, 4]);
    for (node, numbers) in [("16/1", &[0, 3][..]), ("16/1/1", &[3]), ("16/11", &[1]), ("16/2", &[])] {
        assert_eq!(named(Some(&part(&store, node).await)).await, numbers, "{node}");
    }
}

async fn a_person_s_place_is_their_unit_s_node(store: SharedStore) {
    with_eleven_agencies(&store).await;
    let asked = [0, 1, 2, 3, 4, 99].map(person_id);
    let places = store.person_places(CAMPAIGN, &asked).await.unwrap();
    let mut places: Vec<_> =
        places.iter().map(|one| (one.participant, one.institution.as_str(), one.unit.as_deref())).collect();
    places.sort();
    let expected = [
        (0, "16", Some("16/1")),
        (1, "16", Some("16/11")),
        (2, "16.71", None),
        (3, "16", Some("16/1/1")),
        (4, "16", None),
    ];
    assert_eq!(places, expected.map(|(number, institution, unit)| (person_id(number), institution, unit)));
    assert!(store.person_places(OTHER, &asked).await.unwrap().is_empty());
    assert!(store.person_places(CAMPAIGN, &[]).await.unwrap().is_empty());
    let node = async |institution: &str, unit: u32| {
        store.registered_unit(CAMPAIGN, institution, unit).await.unwrap().and_then(|one| one.node)
    };
    assert_eq!([node("16", 12).await, node("16", 11).await], ["16/1/1", "16/11"].map(|node| Some(node.to_owned())));
    assert_eq!([node("16.71", 1).await, node("16", 99).await, node("17", 1).await], [None, None, None]);
}

//! What the help desk asks.

use crate::line;
use crate::scene::{self, CAMPAIGN, ROSTER, person_id, pledge_id, sign};
use ikrar::domain::employment::EmploymentKind;
use ikrar::domain::ids::{CampaignId, ParticipantId};
use ikrar::domain::time::UnixMillis;
use ikrar::domain::unit::Unit;
use ikrar::domain::visible_institutions::VisiblePart;
use ikrar::store::help_desk::{EmploymentProgress, SigningProgress};
use ikrar::store::pledges::RevocationRecord;
use ikrar::store::rosters::Amendment;
use ikrar::store::{SharedStore, StoreError};
use std::collections::BTreeSet;

crate::properties![
    a_code_is_issued_anew_one_version_at_a_time,
    of_codes_issued_at_once_one_is_the_person_s,
    an_empty_roster_finds_nobody,
    people_are_found_by_words_of_their_name,
    a_unit_is_found_and_read_with_what_is_above_it,
    progress_is_told_by_institution_and_by_unit,
    progress_is_told_by_institution_and_kind_of_employment,
];

async fn a_code_is_issued_anew_one_version_at_a_time(store: SharedStore) {
    let (campaign, person) = (CAMPAIGN, ParticipantId([2; 16]));
    let none = store.reissue_code(campaign, person, 1, &line()).await;
    assert!(matches!(none, Err(StoreError::Conflict)), "of a campaign that isn't there");
    for (id, slug) in [(campaign, "uji"), (CampaignId([9; 16]), "lain")] {
        store.create_campaign(&scene::campaign(id, slug), &line()).await.unwrap();
    }
    assert_eq!(store.reissue_code(campaign, person, 1, &line()).await.unwrap(), 2);
    assert!(matches!(store.reissue_code(campaign, person, 1, &line()).await, Err(StoreError::Conflict)));
    assert_eq!(store.reissue_code(campaign, person, 2, &line()).await.unwrap(), 3);
    assert_eq!(store.reissue_code(CampaignId([9; 16]), person, 1, &line()).await.unwrap(), 2);
}

async fn of_codes_issued_at_once_one_is_the_person_s(store: SharedStore) {
    scene::draft(&store).await;
    let reissue = async || store.reissue_code(CAMPAIGN, ParticipantId([2; 16]), 1, &line()).await;
    let (one, two, three) = tokio::join!(reissue(), reissue(), reissue());
    let issued: Vec<u32> = [one, two, three].into_iter().filter_map(Result::ok).collect();
    assert_eq!(issued, [2]);
}

async fn an_empty_roster_finds_nobody(store: SharedStore) {
    let campaign = CampaignId([1; 16]);
    assert!(store.people_named(campaign, None, &["siti".into()], 5).await.unwrap().is_empty());
    assert!(store.institution_progress(campaign).await.unwrap().is_empty());
    assert!(store.unit_progress(campaign, "16").await.unwrap().is_empty());
    assert!(store.employment_progress(campaign).await.unwrap().is_empty());
}

/// Names of units as the help desk finds them and as a person is read, of everybody who has one.
async fn unit_names(store: &SharedStore) -> (BTreeSet<String>, BTreeSet<String>) {
    let found = store.people_named(CAMPAIGN, None, &["peserta".into()], 20).await.unwrap();
    let found = found.into_iter().map(|one| one.unit_name).filter(|name| !name.is_empty()).collect();
    let mut read = BTreeSet::new();
    for number in 0..6 {
        read.insert(store.signer(CAMPAIGN, person_id(number)).await.unwrap().unwrap().unit_name);
    }
    read.remove("");
    (found, read)
}

async fn a_unit_is_found_and_read_with_what_is_above_it(store: SharedStore) {
    let unit = |id, institution: &str, parent, name: &str| Unit {
        id,
        institution: institution.into(),
        parent,
        name: name.into(),
    };
    // People are in units 1 and 2.
    let units = [
        unit(4, "16", None, "Dinas Pendidikan"),
        unit(3, "16", Some(4), "SMP Negeri 1"),
        unit(1, "16", Some(3), "Tata Usaha"),
        unit(2, "16.71", None, "Sekretariat"),
        unit(5, "16.71", Some(5), "Lingkaran"),
    ];
    scene::with_roster_and_units(&store, 6, &units).await;
    let paths = BTreeSet::from(["Dinas Pendidikan / SMP Negeri 1 / Tata Usaha", "Sekretariat"].map(String::from));
    let names = BTreeSet::from(["Tata Usaha", "Sekretariat"].map(String::from));
    assert_eq!(unit_names(&store).await, (paths.clone(), names), "a draft's rows are read by their keys");
    assert_eq!(store.stored_paths(CAMPAIGN).await.unwrap(), []);
    scene::lock(&store, 6).await;
    assert_eq!(unit_names(&store).await, (paths.clone(), paths));
    let mut stored: Vec<_> = store.stored_paths(CAMPAIGN).await.unwrap();
    stored.sort_by_key(|stored| stored.unit);
    let stored: Vec<_> = stored.iter().map(|stored| (stored.unit, stored.path.as_str())).collect();
    let (below, between) = ("Dinas Pendidikan / SMP Negeri 1 / Tata Usaha", "Dinas Pendidikan / SMP Negeri 1");
    assert_eq!(stored, [(1, below), (2, "Sekretariat"), (3, between), (4, "Dinas Pendidikan")]);
    // A unit that is renamed before the next lock has another path.
    store.unlock_roster(CAMPAIGN, &line()).await.unwrap();
    let renamed = Amendment {
        roster: ROSTER,
        before: scene::rosters(),
        units_removed: vec![(ROSTER, 4)],
        units_added: vec![(ROSTER, vec![Unit { name: "Dinas Pendidikan dan Kebudayaan".into(), ..units[0].clone() }])],
        amended: vec!["16".into()],
        ..Amendment::default()
    };
    store.amend_roster(CAMPAIGN, &renamed, &line()).await.unwrap();
    store.begin_lock(CAMPAIGN, scene::TOKEN, UnixMillis(5)).await.unwrap();
    let stored = store.stored_paths(CAMPAIGN).await.unwrap();
    assert!(
        stored.iter().any(|one| one.path == "Dinas Pendidikan dan Kebudayaan / SMP Negeri 1 / Tata Usaha"),
        "{stored:?}"
    );
}

async fn people_are_found_by_words_of_their_name(store: SharedStore) {
    scene::open(&store, 12).await;
    sign(&store, [2]).await;
    let find = async |institution: Option<&str>, words: &[&str], limit: u32| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let within = institution.map(VisiblePart::whole);
        store.people_named(CAMPAIGN, within.as_ref(), &words, limit).await.unwrap()
    };
    let all = find(None, &["PESERTA", "0001"], 2).await;
    let names: Vec<_> = all.iter().map(|found| found.shown_name.as_str()).collect();
    assert_eq!(names, ["Peserta 00001", "Peserta 00010"]);
    let city = find(Some("16.71"), &["peserta"], 2).await;
    assert_eq!(city.len(), 2);
    assert!(city[0].participant == person_id(2) && city[0].has_signed && !city[1].has_signed);
    assert_eq!((city[0].institution_name.as_str(), city[0].unit_name.as_str()), ("Kota", "Sekretariat"));
    assert_eq!(find(None, &["peserta_"], 9).await.len(), 0, "a wildcard is a letter");
    assert_eq!(find(None, &["00001", "peserta"], 9).await.len(), 0, "the order of the words counts");
}

async fn progress_is_told_by_institution_and_by_unit(store: SharedStore) {
    scene::open(&store, 12).await;
    sign(&store, [0, 1, 2]).await;
    let progress = |key: &str, name: &str, people: u64, signed: u64| SigningProgress {
        key: key.into(),
        name: name.into(),
        people,
        signed,
    };
    let institutions = store.institution_progress(CAMPAIGN).await.unwrap();
    assert_eq!(institutions, [progress("16", "Provinsi", 8, 2), progress("16.71", "Kota", 4, 1)]);
    for institution in institutions {
        let one = store.progress_of_institution(CAMPAIGN, &institution.key).await.unwrap();
        assert_eq!(one, Some(institution));
    }
    assert_eq!(store.progress_of_institution(CAMPAIGN, "17").await.unwrap(), None);
    let units = store.unit_progress(CAMPAIGN, "16").await.unwrap();
    let sums = [Some(1), None].map(|unit| {
        let of = units.iter().filter(move |row| row.unit == unit);
        of.fold((0, 0, 0), |sum, row| (sum.0 + row.people, sum.1 + row.signed, sum.2 + row.revoked))
    });
    assert_eq!(sums, [(4, 1, 0), (4, 1, 0)]);
    // A revoked pledge doesn't count, on no level.
    let revocation = RevocationRecord { reason: "salah orang".into(), at: UnixMillis(3_000), by: "bkd".into() };
    scene::revoke(&store, pledge_id(0), &revocation).await.unwrap();
    let revoked = progress("16", "Provinsi", 8, 1);
    assert_eq!(store.institution_progress(CAMPAIGN).await.unwrap()[0], revoked);
    assert_eq!(store.progress_of_institution(CAMPAIGN, "16").await.unwrap(), Some(revoked));
    let signed: u64 = store.unit_progress(CAMPAIGN, "16").await.unwrap().iter().map(|row| row.signed).sum();
    assert_eq!(signed, 1);
    // Kinds have a row each, in their order, and people without a unit come last.
    let kinds: Vec<_> = units.iter().map(|row| (row.unit.is_none(), row.kind.map(EmploymentKind::code))).collect();
    assert!(kinds.is_sorted() && kinds.len() > 2, "{units:?}");
}

/// People of the first institution have a kind each, by their numbers; those of the second have none.
async fn progress_is_told_by_institution_and_kind_of_employment(store: SharedStore) {
    scene::open(&store, 12).await;
    sign(&store, [0, 1, 2]).await;
    let progress = |institution: &str, of: Option<u32>, people: u64, signed: u64| EmploymentProgress {
        institution: institution.into(),
        kind: of.and_then(|number| scene::person(number).employment),
        people,
        signed,
        revoked: 0,
    };
    // Numbers 0, 1, 3, 4, 6, 7, 9 and 10; a kind returns after eight of them.
    let expected = [
        progress("16", Some(0), 1, 1),
        progress("16", Some(1), 2, 1),
        progress("16", Some(10), 1, 0),
        progress("16", Some(3), 1, 0),
        progress("16", Some(4), 1, 0),
        progress("16", Some(6), 1, 0),
        progress("16", Some(7), 1, 0),
        progress("16.71", None, 4, 1),
    ];
    assert_eq!(store.employment_progress(CAMPAIGN).await.unwrap(), expected);
}

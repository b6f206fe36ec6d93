//! One government with forty agencies: its event is shown, counted and added to by agency.

use crate::postgres_server::PostgresServer;
use crate::support::event;
use crate::support::{LockedRoster, OPENS_AT, Person, TestPlatform, config, start};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use ikrar::clock::{Entropy, FixedClock};
use ikrar::config::DatabaseUrl;
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::ids::CampaignId;
use ikrar::keyring::Keyring;
use ikrar::service::ledger::QUEUE_PLEDGES_MAX;
use ikrar::service::recount::Recount;
use ikrar::service::roster_file::{
    ColumnChoices, ImportProgress, ImportRequest, Importer, Numberless, ReadingChoices, RosterFile,
};
use ikrar::store::SharedStore;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::rosters::{ListedPerson, PeopleFilter};
use ikrar::store::sqlite::Sqlite;
use ikrar::web;
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::sync::watch;
use tower::ServiceExt;

const API: &str = "/api/v1/campaigns/uji/count";
const FORGOTTEN: &str = "198501012010011001";
const AGENCIES: usize = 40;

/// A roster of agencies with so many people each, in two units or directly; two agencies are too small to be shown.
fn government(people: usize) -> String {
    let mut csv = String::from("NIP;Nama;Perangkat Daerah;Unit Kerja;Instansi\n");
    let mut number = 0;
    for agency in 1..=AGENCIES {
        for person in 0..if agency > AGENCIES - 2 { 11 } else { people } {
            number += 1;
            let unit = ["", "Sekretariat", "Bidang Data"][person % 3];
            let (day, serial) = (number / 999 % 28 + 1, number % 999 + 1);
            writeln!(
                csv,
                "198001{day:02}2005011{serial:03};Peserta Uji;Dinas Contoh {agency:02};{unit};Pemerintah Kota Contoh"
            )
            .unwrap();
        }
    }
    csv
}

async fn count(platform: &TestPlatform, query: &str) -> Value {
    platform.state.live.reread().await.unwrap();
    platform.get(&format!("{API}{query}")).await.json()
}

async fn is_sound(platform: &TestPlatform) -> (u64, u64) {
    let host = platform.state.config.host().to_owned();
    let recount = Recount { store: platform.store.clone(), keyring: platform.keyring.clone(), host };
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let counted = recount.campaign(&campaign, &|_| {}).await.unwrap();
    (counted.people, counted.pledges)
}

/// What holds on every database. So many people sign before somebody forgotten is added.
async fn an_event_by_agency(platform: &TestPlatform, signers: usize) {
    let numbers = count(platform, "").await;
    let code = numbers["by_institution"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!(numbers["by_institution"].as_array().unwrap().len(), 1);
    assert!(numbers["by_agency"].is_null() && numbers["institution"].is_null());
    let of = format!("?institution={code}");
    let agencies = count(platform, &of).await;
    let listed = agencies["by_agency"].as_array().unwrap();
    assert_eq!(listed.len(), AGENCIES - 1);
    assert_eq!((&listed[0]["name"], &listed[0]["code"]), (&"Dinas Contoh 01".into(), &format!("{code}/1").into()));
    assert_eq!((&listed[38]["name"], &listed[38]["eligible"]), (&"Perangkat daerah lainnya".into(), &22.into()));
    assert_eq!(platform.get(&format!("{API}?institution=lain")).await.status, StatusCode::NOT_FOUND);

    sign_and_add(platform, signers, &code).await;
    let agencies = count(platform, &of).await;
    let first = &agencies["by_agency"][0];
    assert_eq!((&first["added"], &first["target"]), (&1.into(), &(first["eligible"].as_u64().unwrap() + 1).into()));
    let signed: u64 =
        agencies["by_agency"].as_array().unwrap().iter().map(|agency| agency["signed"].as_u64().unwrap()).sum();
    assert_eq!((signed, &agencies["signed"]), (signers as u64, &signers.into()));
    assert_eq!(&agencies["institution"]["signed"], &agencies["signed"]);
    assert_eq!(is_sound(platform).await, (platform.people.len() as u64 + 1, signers as u64));
    the_hall_names_agencies(platform, &code).await;
}

async fn sign_and_add(platform: &TestPlatform, signers: usize, institution: &str) {
    futures_util::future::join_all(platform.people[..signers].iter().map(|person| platform.sign(person))).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let unit = platform.store.units(platform.campaign, None).await.unwrap();
    let unit = unit.iter().find(|unit| unit.parent == Some(1)).unwrap().id.to_string();
    let fields = [
        ("institution", institution),
        ("identifier", FORGOTTEN),
        ("name", "Siti Aminah"),
        ("unit", &unit),
        ("reason", "terlewat"),
    ];
    let added = platform.post_form("/console/k/uji/people/add", &bkd, &fields).await;
    assert!(added.text().contains("Siti Aminah"), "{}", added.text());
}

async fn the_hall_names_agencies(platform: &TestPlatform, code: &str) {
    let hall = platform.get("/k/uji/live").await;
    assert!(hall.text().contains("Dinas Contoh 38") && hall.text().contains("Perangkat daerah lainnya"));
    assert!(hall.text().contains(&format!("data-institution=\"{code}\"")) && !hall.text().contains("Dinas Contoh 40"));
    let english = platform.page("/k/uji/live", "lang=en").await;
    assert!(english.text().contains("Other agencies"), "what was put together here is named in both languages");
}

/// A locked campaign whose roster was read from a file.
async fn of_file(store: SharedStore, url: Option<DatabaseUrl>, folder: tempfile::TempDir, csv: &str) -> TestPlatform {
    let entropy = Arc::new(Entropy::seeded(1));
    let keyring = Arc::new(Keyring::generate(&[7; 128]));
    let campaign = CampaignId(entropy.bytes());
    let secret = event::create_named(&store, &keyring, &entropy, campaign, "uji", &[]).await;
    let path = folder.path().join("daftar.csv");
    std::fs::write(&path, csv).unwrap();
    let file = RosterFile {
        path,
        scratch: folder.path().into(),
        institution: None,
        replace_all: false,
        numberless: Numberless::ByRow,
        reading: ReadingChoices::default(),
        same_institutions: vec![],
        same_units: vec![],
        columns: ColumnChoices::default(),
        dry_run: false,
        by: "uji".into(),
        sha256: "00".repeat(32),
    };
    let clock = Arc::new(FixedClock::at(OPENS_AT.0 - 7_200_000));
    let importer = Importer { store: store.clone(), clock, entropy: entropy.clone() };
    let request = ImportRequest { campaign, secret: secret.clone(), file };
    let progress = watch::channel(ImportProgress::default()).0;
    let report = importer.run(request, progress, Arc::new(AtomicBool::new(false))).await.unwrap();
    assert!(report.applied);
    event::lock(&store, &keyring, &entropy, campaign).await;
    let mut people = vec![];
    let mut take = |listed: &ListedPerson| {
        let participant = listed.participant.clone();
        let access_code = secret.access_code(participant.id, 1).shown(&Disclosure::to_the_operator());
        people.push(Person { identifier: participant.identifier.shown(), access_code, participant });
    };
    store.visit_people(campaign, &PeopleFilter::default(), &mut take).await.unwrap();
    let roster = LockedRoster { campaign, secret, people, entropy, keyring };
    TestPlatform::over(store, url, folder, roster, QUEUE_PLEDGES_MAX).await
}

async fn on_sqlite(people: usize) -> TestPlatform {
    let folder = tempfile::tempdir().unwrap();
    let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
    of_file(store, None, folder, &government(people)).await
}

#[tokio::test]
async fn after_ten_thousand_have_signed_a_forgotten_person_counts_in_their_agency() {
    let platform = on_sqlite(264).await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    an_event_by_agency(&platform, 10_000).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn two_nodes_on_postgresql_show_the_same_agencies() {
    let url = PostgresServer::shared().await.database().await;
    let open = |seed| {
        let server = Server::parse(&DatabaseUrl::new(&url), false).unwrap();
        async move { Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(seed))).await.unwrap()) as SharedStore }
    };
    let at = Some(DatabaseUrl::new(&url));
    let one = of_file(open(2).await, at.clone(), tempfile::tempdir().unwrap(), &government(30)).await;
    let folder = tempfile::tempdir().unwrap();
    let (clock, entropy) = (one.clock.clone(), Arc::new(Entropy::seeded(3)));
    let other = start(config(folder.path(), at), clock, entropy, open(3).await, one.keyring.clone()).await.unwrap();
    one.change(CampaignState::Locked, CampaignState::Open).await;
    an_event_by_agency(&one, 300).await;
    other.live.reread().await.unwrap();
    let request = Request::get(format!("{API}?institution=01")).body(Body::empty()).unwrap();
    let answer = web::router(other).oneshot(request).await.unwrap().into_body();
    let agencies: Value = serde_json::from_slice(&to_bytes(answer, 1 << 20).await.unwrap()).unwrap();
    assert_eq!(agencies["by_agency"].as_array().unwrap().len(), AGENCIES - 1);
    assert_eq!((&agencies["signed"], &agencies["by_agency"][0]["added"]), (&300.into(), &1.into()));
}

/// As where two districts have a village of the same name, which only the file's ids tell apart.
#[tokio::test]
async fn agencies_of_one_name_are_told_apart_in_the_hall_in_lists_and_in_sums() {
    let mut csv = String::from("NIP;Nama;UNOR ID;UNOR NAMA;Instansi\n");
    for number in 1..=90 {
        let (id, name) = [("a", "Kelurahan Sukajadi"), ("b", "Kelurahan Sukajadi"), ("c", "Dinas Sosial")][number % 3];
        writeln!(csv, "198001012005011{number:03};Peserta Uji;{id};{name};Pemerintah Kota Contoh").unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
    let platform = of_file(store, None, folder, &csv).await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    let shown = count(&platform, "?institution=01").await;
    let mut named: Vec<&str> =
        shown["by_agency"].as_array().unwrap().iter().map(|agency| agency["name"].as_str().unwrap()).collect();
    named.sort_unstable();
    assert_eq!(named, ["Dinas Sosial", "Kelurahan Sukajadi (1)", "Kelurahan Sukajadi (2)"]);
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    for page in [
        "/k/uji/live",
        "/console/k/uji/progress?institution=01",
        "/console/k/uji/progress.csv?institution=01",
        "/console/k/uji/lists?institution=01",
        "/console/k/uji/people/add?institution=01",
    ] {
        let answer = platform.page(page, &bkd).await;
        for name in &named {
            assert!(answer.text().contains(name), "{name} isn't in {page}: {}", answer.text());
        }
    }
    let listed = async |unit| {
        let list = platform.post_form("/console/k/uji/lists", &bkd, &[("institution", "01"), ("unit", unit)]).await;
        assert_eq!(list.status, StatusCode::OK);
        let line = platform.store.audit_page(Some(platform.campaign), None, 1).await.unwrap().remove(0);
        let AuditEvent::ListExported { people, .. } = line.event else { panic!("{:?}", line.event) };
        people
    };
    assert_eq!([listed("Kelurahan Sukajadi (2)").await, listed("Kelurahan Sukajadi").await], [30, 60]);
    assert_eq!(is_sound(&platform).await, (90, 0));
}

/// Files of a government that has fewer people than a group must have, or one agency, are one group.
#[tokio::test]
async fn a_small_government_is_one_group() {
    let folder = tempfile::tempdir().unwrap();
    let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
    let csv: String = government(5).lines().take(12).map(|line| format!("{line}\n")).collect();
    let platform = of_file(store, None, folder, &csv).await;
    let numbers = count(&platform, "?institution=01").await;
    assert_eq!(numbers["by_agency"].as_array().unwrap().len(), 1);
    assert_eq!(numbers["by_agency"][0]["name"], "Pemerintah Kota Contoh");
}

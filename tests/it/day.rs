//! The page of the day: whose numbers it shows to whom, what it counts, and what is done from it.

use crate::support::{OPENS_AT, Person, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::account::{Role, Scope};
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::time::UnixMillis;
use ikrar::service::progress::{ProgressNumbers, PublishedGroups};
use ikrar::store::misuse_reports::{MisuseReport, ReportSource};
use std::sync::{Arc, Mutex};

const DAY: &str = "/console/k/uji/day";

/// The page's words without its markup, one space between them.
async fn shown(platform: &TestPlatform, path: &str, cookie: &str) -> String {
    let answer = platform.page(path, cookie).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    let mut words = String::new();
    for part in answer.text().split('<') {
        words.push_str(part.split_once('>').map_or("", |(_, text)| text));
        words.push(' ');
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ").replace("&#34;", "\"")
}

async fn closes_at(platform: &TestPlatform) -> Option<UnixMillis> {
    platform.store.campaign(platform.campaign).await.unwrap().unwrap().closes_at
}

fn report(person: &Person, id: u8) -> MisuseReport {
    MisuseReport {
        id: [id; 16],
        source: ReportSource::SignedIn {
            participant: person.participant.id,
            institution: person.participant.institution.clone(),
            contact: String::new(),
            message: "Bukan saya.".into(),
        },
        reported_at: OPENS_AT,
        taken_at: None,
        resolved: None,
    }
}

/// Forty people in one institution and twenty in the other: each is a reporting group of its own.
#[tokio::test]
async fn an_organizer_sees_the_whole_campaign_and_an_operator_their_institutions() {
    let platform = TestPlatform::open(60).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    for person in &platform.people[..5] {
        platform.sign(person).await;
    }
    platform.state.live.reread().await.unwrap();

    let all = shown(&platform, DAY, &admin).await;
    for words in [
        "Sudah menandatangani 5 dari 60 peserta (8,3%) Belum 55",
        "Dalam satu menit terakhir 5 sekarang 0,5 per detik",
        "Pemerintah Provinsi Contoh 36 4 40 10,0% Kota Contoh 19 1 20 5,0%",
        "Antrean penyimpanan 0 dari 16.384",
        "Penyimpanan terakhir 1 Feb 2029",
        "Kiriman terakhir ke penyimpanan 1 ikrar dalam",
        "Kode yang salah 0 dalam 15 menit terakhir",
        "(1 jam 0 menit lagi)",
        "Tunda sementara",
        "Perpanjang",
    ] {
        assert!(all.contains(words), "`{words}` isn't in: {all}");
    }
    let head = platform.store.audit_head(Some(platform.campaign)).await.unwrap().unwrap();
    let group = |at: usize| format!("{:02x}{:02x}", head.hash[at], head.hash[at + 1]);
    let noted = format!("Sidik jejak audit baris {} · {} {}", head.lines, group(0), group(2));
    assert!(all.contains(&noted), "`{noted}` isn't in: {all}");
    // One server: nothing needs to be told apart.
    assert!(!all.contains("server ini"), "{all}");

    let own = shown(&platform, DAY, &kota).await;
    assert!(own.contains("(instansi Anda) 1 dari 20 peserta (5,0%) Belum 19"), "{own}");
    assert!(own.contains("Kota Contoh 19 1 20 5,0%"), "{own}");
    for hidden in ["Pemerintah Provinsi Contoh", "Antrean", "Perpanjang", "Tunda sementara", "Kode yang salah", "Sidik"]
    {
        assert!(!own.contains(hidden), "an operator sees `{hidden}`: {own}");
    }
}

/// Six people of the one and three of the other share a group, so that the published numbers don't tell them apart.
#[tokio::test]
async fn institutions_that_share_a_group_are_told_apart() {
    let platform = TestPlatform::open(9).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    platform.sign(&platform.people[2]).await;
    platform.sign(&platform.people[0]).await;
    platform.state.live.reread().await.unwrap();
    for path in [DAY, "/console/k/uji/progress"] {
        let all = shown(&platform, path, &admin).await;
        assert!(all.contains("Pemerintah Provinsi Contoh") && all.contains("Kota Contoh"), "{path}: {all}");
    }
    let own = shown(&platform, DAY, &kota).await;
    assert!(own.contains("1 dari 3 peserta (33,3%) Belum 2") && own.contains("Kota Contoh 2 1 3 33,3%"), "{own}");
}

/// Of nine people every third is of no kind, the next a civil servant, and the last, of the city, a candidate.
#[tokio::test]
async fn kinds_of_employment_are_told_apart_on_the_page_and_in_its_files() {
    let platform = TestPlatform::open(9).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Viewer, &["16.71"]).await;
    platform.sign(&platform.people[1]).await;
    platform.sign(&platform.people[2]).await;
    let path = "/console/k/uji/progress";
    let all = shown(&platform, path, &admin).await;
    for row in ["PNS 1 2 3 33,3%", "CPNS 1 2 3 33,3%", "belum diisi 0 3 3 0,0%"] {
        assert!(all.contains(row), "`{row}` isn't in: {all}");
    }
    let own = shown(&platform, path, &kota).await;
    assert!(own.contains("CPNS 1 2 3 33,3%") && !own.contains(" PNS 1") && !own.contains("belum diisi 0"), "{own}");
    let one = shown(&platform, "/console/k/uji/progress?institution=16", &admin).await;
    assert!(one.contains("PNS 1 2 3 33,3%") && !one.contains("CPNS"), "{one}");

    let csv = platform.page("/console/k/uji/progress.csv", &admin).await;
    let expected = "\u{feff}KODE INSTANSI,INSTANSI,JENIS PEGAWAI,SASARAN,SUDAH,BELUM\n\
                    16,Pemerintah Provinsi Contoh,belum diisi,3,0,3\n\
                    16,Pemerintah Provinsi Contoh,PNS,3,1,2\n\
                    16.71,Kota Contoh,CPNS,3,1,2\n";
    assert_eq!(csv.text(), expected);
    let csv = platform.page("/console/k/uji/progress.csv", &kota).await;
    assert!(!csv.text().contains("Provinsi"), "{}", csv.text());
    assert!(platform.page("/console/k/uji/progress.xlsx", &admin).await.body.starts_with(b"PK"));
}

/// It goes through everybody, so what was counted is kept for a minute.
#[tokio::test]
async fn kinds_are_counted_again_only_after_a_minute() {
    let platform = TestPlatform::open(9).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let path = "/console/k/uji/progress";
    assert!(shown(&platform, path, &admin).await.contains("CPNS 0 3 3 0,0%"));
    platform.sign(&platform.people[2]).await;
    assert!(shown(&platform, path, &admin).await.contains("CPNS 0 3 3 0,0%"), "counted again at once");
}

/// Nine people, who share one group: what is counted of them is kept, but not beyond the roster that they stand on.
#[tokio::test]
async fn what_was_counted_belongs_to_its_roster() {
    let platform = TestPlatform::open(9).await;
    let roster = Arc::new(Mutex::new(String::new()));
    let named = roster.clone();
    let published =
        move |_: &str| Some(PublishedGroups { groups: vec![], roster: Some(named.lock().unwrap().clone()) });
    let numbers = ProgressNumbers::new(platform.store.clone(), Box::new(published));
    let campaign = platform.state.campaigns.find("uji").await.unwrap();
    let signed = async |name: &str| -> Vec<u64> {
        *roster.lock().unwrap() = name.into();
        let shown = numbers.institutions(&campaign, &Scope::All).await.unwrap();
        shown.iter().map(|one| one.signed).collect()
    };
    assert_eq!(signed("first").await, [0, 0]);
    platform.sign(&platform.people[2]).await;
    assert_eq!(signed("first").await, [0, 0], "counted again at once");
    assert_eq!(signed("second").await, [0, 1], "the numbers of another roster");
}

#[tokio::test]
async fn wrong_codes_and_waiting_reports_are_counted() {
    let platform = TestPlatform::open(60).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let viewer = platform.account("peninjau", Role::Viewer, &["16.71"]).await;
    for _ in 0..3 {
        let body = serde_json::json!({ "identifier": platform.people[0].identifier, "access_code": "00000-00000" });
        platform.post_json("/api/v1/campaigns/uji/sessions", None, &body).await;
    }
    for (id, place) in [(1, 0), (2, 2), (3, 5)] {
        let one = report(&platform.people[place], id);
        assert!(platform.store.add_report(platform.campaign, &one).await.unwrap());
    }
    let all = shown(&platform, DAY, &admin).await;
    assert!(all.contains("Kode yang salah 3 dalam 15 menit terakhir, 3 di antaranya"), "{all}");
    assert!(all.contains("3 laporan \"bukan saya\" menunggu"), "{all}");
    let menu = "Laporan \"bukan saya\" 2 menunggu";
    assert!(shown(&platform, "/console/k/uji", &kota).await.contains(menu));
    assert!(!shown(&platform, DAY, &viewer).await.contains("menunggu Daftar"));
    platform.clock.advance_ms(20 * 60_000);
    assert!(shown(&platform, DAY, &admin).await.contains("Kode yang salah 0 dalam 15 menit terakhir"));

    // What is resolved here is gone from the menu at once.
    let id = data_encoding::BASE64URL_NOPAD.encode(&[2; 16]);
    platform.post_form("/console/k/uji/reports", &kota, &[("id", &id), ("words", "selesai")]).await;
    assert!(shown(&platform, "/console/k/uji", &kota).await.contains("Laporan \"bukan saya\" 1 menunggu"));
}

#[tokio::test]
async fn pausing_from_the_day_leads_back_to_it() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    assert!(shown(&platform, "/console/k/uji/step/pause?from=day", &admin).await.contains("Tunda penandatanganan?"));
    let fields = [("from", "day"), ("reason", "listrik padam")];
    let paused = platform.post_form("/console/k/uji/step/pause", &admin, &fields).await;
    assert_eq!(paused.header("location"), "/console/k/uji/day?done=pause");
    let day = shown(&platform, DAY, &admin).await;
    assert!(day.contains("ditunda sementara") && day.contains("Lanjutkan"), "{day}");
    let elsewhere = platform.post_form("/console/k/uji/step/resume", &admin, &[("from", "//evil.example")]).await;
    assert_eq!(elsewhere.header("location"), "/console/k/uji?done=resume");
}

#[tokio::test]
async fn a_campaign_is_extended_once_with_a_reason_in_the_trail() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let path = "/console/k/uji/extend";
    let before = closes_at(&platform).await.unwrap();
    assert!(shown(&platform, path, &admin).await.contains("30 menit, menjadi 1 Februari 2029 pukul 10.30 WIB"));
    assert_eq!(platform.page(path, &kota).await.status, StatusCode::FORBIDDEN);

    let from = before.0.to_string();
    let without = [("from", from.as_str()), ("minutes", "30"), ("reason", "")];
    assert_eq!(platform.post_form(path, &admin, &without).await.status, StatusCode::CONFLICT);
    let odd = [("from", from.as_str()), ("minutes", "31"), ("reason", "x")];
    assert_eq!(platform.post_form(path, &admin, &odd).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(closes_at(&platform).await, Some(before));

    let with = [("from", from.as_str()), ("minutes", "30"), ("reason", "jaringan putus")];
    let extended = platform.post_form(path, &admin, &with).await;
    assert_eq!(extended.header("location"), "/console/k/uji/day?done=extended");
    assert_eq!(closes_at(&platform).await, Some(before.plus_secs(1800)));
    // A second organizer who saw the old closing doesn't add to the new one.
    let again = platform.post_form(path, &admin, &with).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("sudah diubah orang lain"));
    assert_eq!(closes_at(&platform).await, Some(before.plus_secs(1800)));

    let trail = platform.store.audit_page(Some(platform.campaign), None, 10).await.unwrap();
    let moved =
        |event: &AuditEvent| matches!(event, AuditEvent::TimesMoved { reason, .. } if reason == "jaringan putus");
    assert_eq!(trail.iter().filter(|entry| moved(&entry.event)).count(), 1);
    platform.change(CampaignState::Open, CampaignState::Closing).await;
    assert_eq!(platform.page(path, &admin).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn long_tables_are_turned_page_by_page() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let draft = [
        ("slug", "besar"),
        ("template", "pakta-integritas"),
        ("title", "Pakta"),
        ("organizer", "Pemerintah Provinsi Contoh"),
        ("occasion", "Tahun Anggaran"),
        ("year", "2029"),
        ("zone", "WIB"),
    ];
    platform.post_form("/console/new", &admin, &draft).await;
    for number in 0..120 {
        let (code, name) = (format!("S{number:03}"), format!("SMA Negeri {number:03}"));
        let fields = [("act", "add"), ("code", &code), ("name", &name), ("help_contact", "")];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value as &str)).collect();
        let added = platform.post_form("/console/k/besar/institutions", &admin, &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    }
    let first = shown(&platform, "/console/k/besar/progress", &admin).await;
    assert!(
        first.contains("Halaman 1 dari 3") && first.contains("SMA Negeri 049") && !first.contains("SMA Negeri 050")
    );
    let last = shown(&platform, "/console/k/besar/progress?page=3", &admin).await;
    assert!(last.contains("SMA Negeri 119") && !last.contains("SMA Negeri 099") && last.contains("Sebelumnya"));
    assert!(!last.contains("Berikutnya"));
}

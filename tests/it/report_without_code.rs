//! "Bukan saya" without a code: the answer is the same whoever is claimed, the number shows the state, and only the
//! right help desk reads what was sealed.

use crate::support::{Answer, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::misuse_report::{ReportNumber, ReportOutcome};
use ikrar::domain::visible_institutions::VisibleInstitutions;
use ikrar::store::misuse_reports::{
    ClaimedReport, OPEN_REPORTS_PER_PERSON_MAX, REPORTS_LISTED_MAX, ReportResolution, ReportStage,
};
use std::fs;

const REPORT: &str = "/k/uji/lapor";
const DESK: &str = "/console/k/uji/reports";
/// Nobody on the roster has it.
const NOBODYS: &str = "198812312015032001";
const CONTACT: &str = "0813-5555-4444";
const MESSAGE: &str = "Rekan saya menandatangani memakai lembar kode saya.";

async fn report(platform: &TestPlatform, identifier: &str) -> Answer {
    let fields = [("step", "report"), ("identifier", identifier), ("contact", CONTACT), ("message", MESSAGE)];
    platform.post_form(REPORT, "", &fields).await
}

async fn state(platform: &TestPlatform, number: &str) -> Answer {
    platform.post_form(REPORT, "", &[("step", "state"), ("number", number)]).await
}

fn number_in(answer: &Answer) -> String {
    let (_, rest) = answer.text().split_once("class=\"report-number\">").unwrap_or_else(|| panic!("{}", answer.text()));
    let number = rest.split('<').next().unwrap();
    assert!(ReportNumber::parse(number).is_some(), "{number}");
    number.to_owned()
}

/// Every report's id on the console's page, as its forms have it.
fn ids_in(page: &str) -> Vec<String> {
    page.split("id=\"report_").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_report_without_a_code_has_one_answer_whoever_is_claimed() {
    let platform = TestPlatform::open(6).await;
    platform.sign(&platform.people[0]).await;
    let of = |place: usize| platform.people[place].identifier.clone();
    let mut answers = vec![];
    // Signed, not signed, of the other institution, nobody's, and nobody's of another kind.
    for claimed in [of(0), of(1), of(2), NOBODYS.into(), "16.99-THL/0042".into()] {
        let answer = report(&platform, &claimed).await;
        assert_eq!(answer.status, StatusCode::OK);
        let number = number_in(&answer);
        assert!(!answer.text().contains("?lang="), "a link by which the number would be lost");
        assert!(!answer.text().contains(&claimed) && !answer.text().contains(CONTACT), "{}", answer.text());
        assert!(state(&platform, &number).await.text().contains("Menunggu diperiksa"));
        let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        answers.push((answer.text().replace(&number, "NOMOR"), headers));
    }
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    // Beyond the reports with contents the answer is the same, too, and so is the state.
    for claimed in [of(0), NOBODYS.into()] {
        for _ in 0..=OPEN_REPORTS_PER_PERSON_MAX {
            let answer = report(&platform, &claimed).await;
            let number = number_in(&answer);
            assert_eq!(answer.text().replace(&number, "NOMOR"), answers[0].0);
            assert!(state(&platform, &number).await.text().contains("Menunggu diperiksa"));
        }
    }
}

#[tokio::test]
async fn what_is_missing_in_a_report_without_a_code_is_asked_for_and_what_was_typed_stays() {
    let platform = TestPlatform::open(3).await;
    for (identifier, contact, told) in [
        ("", CONTACT, "Nomor belum diisi."),
        ("1988123120150320", CONTACT, "Jumlah angkanya belum tepat."),
        (NOBODYS, "", "Kontak belum lengkap."),
        (NOBODYS, "Siti", "Kontak belum lengkap."),
    ] {
        let fields = [("identifier", identifier), ("contact", contact), ("message", "x<y")];
        let answer = platform.post_form(REPORT, "", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text().contains(told) && answer.text().contains("x&#60;y</textarea>"), "{}", answer.text());
        assert!(answer.text().contains(&format!("value=\"{identifier}\"")), "{}", answer.text());
    }
    assert_eq!(platform.store.open_claimed_reports(platform.campaign).await.unwrap(), 0);
    assert_eq!(platform.get("/k/lain/lapor").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_same_form_that_is_sent_twice_is_one_report() {
    let platform = TestPlatform::open(3).await;
    let form = platform.get(REPORT).await.text().split_once("name=\"form\" value=\"").unwrap().1[..22].to_owned();
    let send = async |form: &str, contact: &str| {
        let fields = [("form", form), ("identifier", NOBODYS), ("contact", contact)];
        number_in(&platform.post_form(REPORT, "", &fields).await)
    };
    let first = send(&form, CONTACT).await;
    assert_eq!(send(&form, CONTACT).await, first);
    assert_ne!(send(&form, "0813-5555-4445").await, first, "what was corrected is another report");
    assert_ne!(send("AAAAAAAAAAAAAAAAAAAAAA", CONTACT).await, first);
    assert_eq!(platform.store.open_claimed_reports(platform.campaign).await.unwrap(), 3);
}

#[tokio::test]
async fn a_form_whose_answer_was_lost_is_known_when_no_more_reports_are_taken() {
    let platform = TestPlatform::open(3).await;
    let send = async |identifier: &str| {
        let fields = [("form", "AAAAAAAAAAAAAAAAAAAAAA"), ("identifier", identifier), ("contact", CONTACT)];
        platform.post_form(REPORT, "", &fields).await
    };
    let first = number_in(&send(NOBODYS).await);
    let mut others = 0;
    while send(&format!("16.99-THL/{others:04}")).await.status == StatusCode::OK {
        others += 1;
        assert!(others < 100, "nothing is refused");
    }
    let again = send(NOBODYS).await;
    assert_eq!((again.status, number_in(&again)), (StatusCode::OK, first));
    assert_eq!(send("16.99-THL/9999").await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_resolved_report_is_found_by_its_number_however_many_came_since() {
    let platform = TestPlatform::open(3).await;
    let desk = platform.account("provinsi", Role::Operator, &["16"]).await;
    let others = platform.account("kota", Role::Operator, &["16.71"]).await;
    let number = number_in(&report(&platform, &platform.people[0].identifier).await);
    let id = ids_in(platform.page(DESK, &desk).await.text()).remove(0);
    let fields = [("id", id.as_str()), ("words", "Sudah ditelepon"), ("outcome", "told")];
    assert_eq!(platform.post_form(DESK, &desk, &fields).await.status, StatusCode::SEE_OTHER);
    flood_of_resolved(&platform).await;
    let find = async |cookie: &str| {
        let found = platform.post_form(&format!("{DESK}/find"), cookie, &[("number", &number)]).await;
        ids_in(found.text())
    };
    assert_eq!(find(&desk).await, [id]);
    assert!(find(&others).await.is_empty());
}

/// As many resolved reports as a list has, of which nobody knows whom they concern.
async fn flood_of_resolved(platform: &TestPlatform) {
    let mut ids = vec![];
    for number in 0..u128::from(REPORTS_LISTED_MAX) {
        let id = (number << 64).to_be_bytes();
        let (sealed, sealed_number) = (vec![0], vec![0]);
        let reported_at = platform.state.now().plus_secs(60);
        let report = ClaimedReport { id, mark: id, sealed, sealed_number, reported_at };
        assert!(platform.store.add_claimed_report(platform.campaign, &report).await.unwrap());
        ids.push(id);
    }
    let (at, finding) = (platform.state.now(), String::new());
    let resolution = ReportResolution { at, finding, outcome: ReportOutcome::AskHelpDesk };
    platform.store.resolve_reports(platform.campaign, &ids, &resolution, &platform.line()).await.unwrap();
}

#[tokio::test]
async fn what_is_reported_without_a_code_is_sealed_in_the_database() {
    let platform = TestPlatform::open(3).await;
    report(&platform, NOBODYS).await;
    report(&platform, &platform.people[0].identifier).await;
    let listed = platform.store.claimed_reports(platform.campaign, ReportStage::Open).await.unwrap();
    assert_eq!(listed.len(), 2);
    let files = fs::read_dir(platform.folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut sought = 0;
    for file in files.filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with("ikrar.sqlite")) {
        let bytes = fs::read(&file).unwrap();
        sought += bytes.len();
        for secret in [NOBODYS, CONTACT, MESSAGE, "Rekan saya"] {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} is in {}", file.display());
        }
        // The roster has the number of who is on it; the report's row has neither it nor the person's id.
    }
    assert!(sought > 50_000, "the database was not found");
    let person = &platform.people[0].participant;
    let stored = platform.store.newest_report_of(platform.campaign, person.id).await.unwrap();
    assert!(stored.is_none(), "the row names the person");
    assert!(
        platform
            .store
            .reports(platform.campaign, &VisibleInstitutions::All, ReportStage::Open)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_number_shows_where_its_report_stands_and_nothing_more() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let number = number_in(&report(&platform, &platform.people[0].identifier).await);
    let sloppy = number.to_lowercase().replace('-', " ").replace('0', "o");
    assert!(state(&platform, &sloppy).await.text().contains("Menunggu diperiksa"));
    let id = ids_in(platform.page(DESK, &admin).await.text()).remove(0);
    let taken = platform.post_form(&format!("{DESK}/take"), &admin, &[("id", &id)]).await;
    assert_eq!(taken.header("location"), format!("{DESK}?done=taken"));
    assert!(state(&platform, &number).await.text().contains("Sedang diperiksa sejak"));
    let again = platform.post_form(&format!("{DESK}/take"), &admin, &[("id", &id)]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let fields = [("id", id.as_str()), ("words", "Kode dipakai Budi."), ("outcome", "revoked")];
    assert_eq!(platform.post_form(DESK, &admin, &fields).await.status, StatusCode::SEE_OTHER);
    let closed = state(&platform, &number).await;
    assert!(closed.text().contains("Selesai pada") && closed.text().contains("Tanda tangan itu sudah dicabut."));
    let person = &platform.people[0];
    for secret in ["Budi", CONTACT, MESSAGE, &person.identifier, &person.participant.shown_name] {
        assert!(!closed.text().contains(secret), "{secret}");
    }
    let desk = platform.page(DESK, &admin).await;
    assert!(desk.text().contains("Kode dipakai Budi.") && desk.text().contains("Tanda tangan dicabut"));

    let unknown = state(&platform, &ReportNumber::of(&[77; 16]).to_string()).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.text().contains("Tidak ada laporan dengan nomor ini"));
    let mut typo = number.clone();
    typo.replace_range(0..1, if number.starts_with('7') { "8" } else { "7" });
    assert!(state(&platform, &typo).await.text().contains("belum lengkap atau salah ketik"));
}

/// The roster has people of `16` and of `16.71`.
#[tokio::test]
async fn a_report_without_a_code_is_seen_where_its_person_is_and_else_only_by_who_sees_all() {
    let platform = TestPlatform::open(6).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let desk = platform.account("provinsi", Role::Operator, &["16"]).await;
    let other = platform.account("kota", Role::Operator, &["16.71"]).await;
    let viewer = platform.account("peninjau", Role::Viewer, &["16"]).await;
    let own = number_in(&report(&platform, &platform.people[0].identifier).await);
    let others = number_in(&report(&platform, &platform.people[2].identifier).await);
    let nobodys = number_in(&report(&platform, NOBODYS).await);
    let numbers = [&own, &others, &nobodys];
    for (cookie, seen) in [(&admin, [true, true, true]), (&desk, [true, false, false]), (&other, [false, true, false])]
    {
        let page = platform.page(DESK, cookie).await;
        assert_eq!(numbers.map(|number| page.text().contains(number.as_str())), seen);
        let count = seen.iter().filter(|seen| **seen).count();
        assert_eq!(ids_in(page.text()).len(), count);
        let menu = platform.page("/console/k/uji", cookie).await;
        assert!(menu.text().contains(&format!("<span class=\"count\">{count}<")), "{}", menu.text());
        for (number, seen) in numbers.iter().zip(seen) {
            let found = platform.post_form(&format!("{DESK}/find"), cookie, &[("number", number)]).await;
            assert_eq!(ids_in(found.text()).len(), usize::from(seen));
        }
    }
    assert_eq!(platform.page(DESK, &viewer).await.status, StatusCode::FORBIDDEN);
    let page = platform.page(DESK, &desk).await;
    for shown in ["tanpa kode", "Peserta Uji 1", CONTACT, MESSAGE, &platform.people[0].identifier] {
        assert!(page.text().contains(shown), "{shown}");
    }
    // Nobody resolves or takes what they don't see.
    let listed = platform.page(DESK, &admin).await;
    let hidden: Vec<String> =
        ids_in(listed.text()).into_iter().filter(|id| !page.text().contains(id.as_str())).collect();
    assert_eq!(hidden.len(), 2);
    for id in &hidden {
        for path in [DESK.to_owned(), format!("{DESK}/take")] {
            let refused = platform.post_form(&path, &desk, &[("id", id), ("words", "x")]).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_eq!(platform.store.open_claimed_reports(platform.campaign).await.unwrap(), 3);

    // Who opened them is in the audit trail, and so is what was told.
    let id = ids_in(page.text()).remove(0);
    platform.post_form(DESK, &desk, &[("id", &id), ("words", "Sudah ditelepon"), ("outcome", "told")]).await;
    platform.state.audit_counter.flush().await;
    let lines = platform.store.audit_page(Some(platform.campaign), None, 100).await.unwrap();
    assert!(lines.iter().any(|line| line.actor == "provinsi"
        && matches!(&line.event, AuditEvent::SealedReportsOpened { count } if *count > 0)));
    // Nor does the trail have what the report's number follows from.
    assert!(lines.iter().all(|line| !serde_json::to_string(&line.event).unwrap().contains(&id)));
    let told = |event: &AuditEvent| matches!(event, AuditEvent::ReportResolved { institution, outcome, .. } if institution == "16" && outcome == "told");
    assert!(lines.iter().any(|line| line.actor == "provinsi" && told(&line.event)));
}

#[tokio::test]
async fn the_desk_of_somebody_who_is_added_later_sees_what_was_reported_before() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let desk = platform.account("provinsi", Role::Operator, &["16"]).await;
    let number = number_in(&report(&platform, NOBODYS).await);
    assert!(!platform.page(DESK, &desk).await.text().contains(&number));
    let added = [("institution", "16"), ("identifier", NOBODYS), ("name", "Siti Aminah"), ("reason", "mutasi masuk")];
    assert!(platform.post_form("/console/k/uji/people/add", &admin, &added).await.text().contains("Siti Aminah"));
    let seen = platform.page(DESK, &desk).await;
    assert!(seen.text().contains(&number) && seen.text().contains("Siti Aminah"), "{}", seen.text());
}

#[tokio::test]
async fn the_event_page_and_the_verification_page_lead_to_the_form() {
    let platform = TestPlatform::locked(3).await;
    assert!(!platform.get("/k/uji").await.text().contains(REPORT), "nothing can have been signed yet");
    let platform = TestPlatform::open(3).await;
    assert!(platform.get("/k/uji").await.text().contains(&format!("href=\"{REPORT}\"")));
    let form = platform.get(REPORT).await;
    assert!(form.text().contains("Petugas tidak pernah menanyakan kode akses Anda."));
    assert_eq!(form.header("cache-control"), "no-store");
    assert!(platform.get("/v").await.text().contains(&format!("href=\"{REPORT}\"")));
}

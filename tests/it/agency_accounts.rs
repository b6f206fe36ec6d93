//! Accounts of one agency: an organizer gives the unit, and its operator does for its people what an institution's does
//! for the institution's.

use crate::support::{ARCHIVES, Answer, TestPlatform};
use axum::http::StatusCode;
use calamine::{Data, Reader, Xlsx};
use ikrar::domain::account::{Role, Scope};
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::identifier::Identifier;
use ikrar::domain::ids::ParticipantId;
use std::io::Cursor;

const DESK: &str = "/console/k/uji/people";
const FORGOTTEN: &str = "198501012010011001";
const REASON: (&str, &str) = ("reason", "mutasi masuk");
/// Units of the test roster: another agency, and the account's own.
const EDUCATION: (&str, &str) = ("unit", "1");
const OWN: (&str, &str) = ("unit", "3");

struct Archives {
    platform: TestPlatform,
    cookie: String,
}

impl Archives {
    async fn open() -> Self {
        let platform = TestPlatform::with_agencies().await;
        let cookie = platform.account("arsip", Role::Operator, &[ARCHIVES]).await;
        Self { platform, cookie }
    }

    async fn desk(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.platform.post_form(&format!("{DESK}/{path}"), &self.cookie, fields).await
    }

    /// The unit of a person, as it is kept.
    async fn unit(&self, id: ParticipantId) -> Option<u32> {
        self.platform.store.signer(self.platform.campaign, id).await.unwrap()?.participant.unit
    }

    fn id(&self, at: usize) -> ParticipantId {
        self.platform.people[at].participant.id
    }
}

#[tokio::test]
async fn an_operator_of_an_agency_adds_and_corrects_within_it_only() {
    let archives = Archives::open().await;
    let typed = [("institution", "16"), ("identifier", FORGOTTEN), ("name", "Siti Aminah"), REASON];
    let id = archives.platform.secret.participant_id(&Identifier::parse(FORGOTTEN).unwrap());
    for unit in [&[EDUCATION][..], &[("unit", "2")], &[("unit", "99")], &[("unit", "")], &[]] {
        let refused = archives.desk("add", &[&typed[..], unit].concat()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{unit:?}");
        assert!(refused.text().contains("Unit kerja"), "{}", refused.text());
        assert_eq!(archives.unit(id).await, None, "{unit:?}");
    }
    let added = archives.desk("add", &[&typed[..], &[OWN]].concat()).await;
    assert_eq!(added.status, StatusCode::OK);
    assert!(added.text().contains("Badan Arsip"), "{}", added.text());
    assert_eq!(archives.unit(id).await, Some(3));
    let own = archives.id(1).to_string();
    let corrected = [("id", own.as_str()), ("name", "Peserta Benar"), REASON];
    for unit in [&[EDUCATION][..], &[("unit", "")]] {
        let refused = archives.desk("correct", &[&corrected[..], unit].concat()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{unit:?}");
        assert_eq!(archives.unit(archives.id(1)).await, Some(3));
    }
    assert_eq!(archives.desk("correct", &[&corrected[..], &[OWN]].concat()).await.status, StatusCode::OK);
    assert_eq!(archives.desk("excuse", &[("id", &own), ("reason", "retired")]).await.status, StatusCode::OK);
    for at in [0, 3, 6, 2] {
        let other = archives.id(at).to_string();
        for path in ["show", "reissue", "slip", "correction", "correct", "excuse", "undo"] {
            let fields = [("id", other.as_str()), ("name", "Nama"), ("reason", "retired"), ("what", "excused"), OWN];
            let answer = archives.desk(path, &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} of {at}");
        }
    }
    // Somebody of another agency is on the roster, which is told, and where isn't.
    let theirs = &archives.platform.people[3].identifier;
    let taken = [("institution", "16"), ("identifier", theirs.as_str()), ("name", "Siti"), REASON, OWN];
    let refused = archives.desk("add", &taken).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text().contains("sudah terdaftar di Pemerintah"), "{}", refused.text());
    // The list of changes has their own.
    let listed = archives.platform.page(&format!("{DESK}/changes"), &archives.cookie).await;
    assert!(listed.status != StatusCode::OK || listed.text().contains("Siti Aminah"), "{}", listed.text());
}

#[tokio::test]
async fn what_is_for_a_whole_institution_isn_t_for_an_agency() {
    let archives = Archives::open().await;
    let page = async |path: &str| archives.platform.page(&format!("/console/k/uji/{path}"), &archives.cookie).await;
    let roster = page("roster").await;
    assert!(roster.text().contains("mengelola sebagian unit saja"), "{}", roster.text());
    let institutions = page("institutions").await;
    assert!(institutions.text().contains("mengelola sebagian unit saja"), "{}", institutions.text());
    // Somebody of an institution that isn't in this event manages none of its units.
    let elsewhere = archives.platform.account("lain", Role::Operator, &["99"]).await;
    for path in ["roster", "people/file", "institutions"] {
        let shown = archives.platform.page(&format!("/console/k/uji/{path}"), &elsewhere).await;
        assert!(!shown.text().contains("mengelola sebagian unit saja"), "{path}: {}", shown.text());
    }
    let file = page("people/file").await;
    assert!(file.text().contains("mengelola sebagian unit saja"), "{}", file.text());
    for (path, fields) in [
        ("roster/export", [("institution", "16"), ("format", "csv")]),
        ("institutions", [("code", "16"), ("help_contact", "saya")]),
    ] {
        let path = format!("/console/k/uji/{path}");
        let answer = archives.platform.post_form(&path, &archives.cookie, &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn papers_of_an_agency_are_of_its_people_and_say_so() {
    let archives = Archives::open().await;
    let platform = &archives.platform;
    platform.sign(&platform.people[1]).await;
    let list = platform.post_form("/console/k/uji/lists", &archives.cookie, &[("institution", "16")]).await;
    let mut book = Xlsx::new(Cursor::new(list.body)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let people: Vec<String> =
        sheet.rows().skip(1).flatten().map(ToString::to_string).filter(|cell| cell.starts_with("Peserta")).collect();
    assert_eq!(people, ["Peserta Uji 2", "Peserta Uji 5"]);
    let trail = platform.store.audit_page(Some(platform.campaign), None, 9).await.unwrap();
    let listed = trail.iter().find_map(|entry| match &entry.event {
        AuditEvent::ListExported { institution, unit, people, .. } => {
            Some((institution.clone(), unit.clone(), *people))
        }
        _ => None,
    });
    assert_eq!(listed, Some((Some("16".into()), Some(ARCHIVES.into()), 2)), "the trail says whose list it was");
    let all = platform.post_form("/console/k/uji/lists", &archives.cookie, &[("institution", "")]).await;
    assert_eq!(all.status, StatusCode::FORBIDDEN);
    for unit in ["Dinas Pendidikan", "SMP Negeri 1"] {
        let fields = [("institution", "16"), ("unit", unit)];
        let answer = platform.post_form("/console/k/uji/lists", &archives.cookie, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{unit}");
    }
    for path in ["recapitulation.xlsx", "recapitulation.xlsx?institution=16"] {
        let made = platform.page(&format!("/console/k/uji/{path}"), &archives.cookie).await;
        let mut book = Xlsx::new(Cursor::new(made.body)).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        let text: String = sheet.rows().flatten().map(|cell| format!("{cell};")).collect();
        assert!(text.contains("Pemerintah Provinsi Contoh / Badan Arsip"), "{text}");
        assert!(text.contains(";Badan Arsip;") == path.contains('?'), "{text}");
        assert!(!text.contains("Tanpa perangkat daerah"), "{text}");
        let numbers: Vec<f64> = sheet
            .rows()
            .flatten()
            .filter_map(|cell| if let Data::Float(number) = cell { Some(*number) } else { None })
            .collect();
        assert!(numbers.contains(&2.0) && !numbers.contains(&6.0) && !numbers.contains(&9.0), "{numbers:?}");
        assert!(!text.contains("Dinas Pendidikan") && !text.contains("Kota Contoh"), "{text}");
    }
    let progress = platform.page("/console/k/uji/progress?institution=16", &archives.cookie).await;
    let says = "Hanya yang dikelola akun ini: Pemerintah Provinsi Contoh / Badan Arsip";
    assert!(progress.text().contains(says), "{}", progress.text());
    let given = archives.desk("reissue", &[("id", &archives.id(4).to_string())]).await;
    let code = platform.secret.access_code(archives.id(4), 2).shown(&Disclosure::to_the_operator());
    assert!(given.text().contains(&code), "{}", given.text());
}

/// Every report's id on the console's page, as its forms have it.
fn ids_in(page: &Answer) -> Vec<String> {
    page.text().split("id=\"report_").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// With a code and without one.
async fn report_everybody(platform: &TestPlatform) {
    for person in &platform.people {
        let contact = ("contact", "0813-5555-4444");
        let fields =
            [("step", "report"), ("identifier", person.identifier.as_str()), contact, ("message", "Bukan saya.")];
        assert_eq!(platform.post_form("/k/uji/lapor", "", &fields).await.status, StatusCode::OK);
        platform.sign(person).await;
        let cookie = format!("ikrar={}", platform.token_of(person));
        let sent = platform.post_form("/k/uji/report", &cookie, &[("message", "Bukan saya."), contact]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn reports_reach_the_operator_of_the_person_s_agency_only() {
    const REPORTS: &str = "/console/k/uji/reports";
    let archives = Archives::open().await;
    let platform = &archives.platform;
    report_everybody(platform).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let listed = platform.page(REPORTS, &archives.cookie).await;
    let (own, all) = (ids_in(&listed), ids_in(&platform.page(REPORTS, &admin).await));
    assert_eq!((own.len(), all.len()), (4, 18));
    for (at, person) in platform.people.iter().enumerate() {
        assert_eq!(listed.text().contains(&person.identifier), [1, 4].contains(&at), "{at}: {}", listed.text());
    }
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let scope = Scope::Nodes(vec![ARCHIVES.into()]);
    assert_eq!(platform.state.help_desk.open_reports(&scope, &campaign).await.unwrap(), 4);
    let resolve = async |id: &str| {
        let fields = [("id", id), ("words", "sudah diperiksa"), ("outcome", "told")];
        platform.post_form(REPORTS, &archives.cookie, &fields).await.status
    };
    for id in all.iter().filter(|id| !own.contains(id)) {
        assert_eq!(resolve(id).await, StatusCode::NOT_FOUND);
        let taken = platform.post_form(&format!("{REPORTS}/take"), &archives.cookie, &[("id", id)]).await;
        assert_eq!(taken.status, StatusCode::NOT_FOUND);
    }
    for id in &own {
        assert_eq!(resolve(id).await, StatusCode::SEE_OTHER);
    }
    assert_eq!(platform.state.help_desk.open_reports(&scope, &campaign).await.unwrap(), 0);
}

#[tokio::test]
async fn the_recapitulation_of_a_unit_is_of_what_is_below_it() {
    let platform = TestPlatform::with_agencies().await;
    let cookie = platform.account("disdik", Role::Operator, &["16/1"]).await;
    let made = platform.page("/console/k/uji/recapitulation.xlsx?institution=16", &cookie).await;
    let mut book = Xlsx::new(Cursor::new(made.body)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let text: String = sheet.rows().flatten().map(|cell| format!("{cell};")).collect();
    for row in [
        "Pemerintah Provinsi Contoh / Dinas Pendidikan",
        ";Unit kerja;",
        ";SMP Negeri 1;2;",
        ";Langsung pada Dinas Pendidikan;1;",
    ] {
        assert!(text.contains(row), "{row} isn't in {text}");
    }
    assert!(!text.contains("Tanpa perangkat daerah"), "{text}");
}

#[tokio::test]
async fn an_organizer_gives_an_account_an_agency_from_the_list() {
    let platform = TestPlatform::with_agencies().await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let accounts = platform.page("/console/accounts", &admin).await;
    assert!(accounts.text().contains("/console/accounts?node=16#units"), "{}", accounts.text());
    let agencies = platform.page("/console/accounts?node=16", &admin).await;
    for node in ["value=\"16/1\"", "16/1 Dinas Pendidikan", "value=\"16/2\"", "node=16/1#units"] {
        assert!(agencies.text().contains(node), "{node}: {}", agencies.text());
    }
    let units = platform.page("/console/accounts?node=16/1", &admin).await;
    assert!(units.text().contains("Pemerintah Provinsi Contoh / Dinas Pendidikan") && units.text().contains("16/1/1"));
    let unknown = platform.page("/console/accounts?node=16/9", &admin).await;
    assert!(unknown.status == StatusCode::OK && !unknown.text().contains("16/9"));
    platform.account("arsip", Role::Operator, &["16.71"]).await;
    let fields = [("name", "Nama Orang"), ("role", "operator"), ("node", ARCHIVES), ("institutions", "16/9")];
    let refused = platform.post_form("/console/accounts/arsip", &admin, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Tidak ada 16/9"), "{}", refused.text());
    let saved = platform.post_form("/console/accounts/arsip", &admin, &fields[..3]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let shown = platform.page("/console/accounts/arsip", &admin).await;
    let ticked = "value=\"16/2\" checked> <span>16/2 Pemerintah Provinsi Contoh / Badan Arsip";
    assert!(shown.text().contains(ticked), "{}", shown.text());
    let again = platform.page("/console/accounts/arsip?node=16", &admin).await;
    assert_eq!(again.text().matches("value=\"16/2\" checked").count(), 1, "{}", again.text());
}

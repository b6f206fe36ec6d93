//! A unit that a file names otherwise: the check asks whether it is the same one, and an account of it keeps its people
//! only where that was said.

use crate::roster::Desk;
use crate::support::{Answer, TestPlatform, event};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::{Role, Scope};
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::unit_renames::{RENAMES_SAID_MAX, RenameFault, UnitRename};
use ikrar::service::roster_file::{ImportReport, RosterFile};
use ikrar::store::registry::visible_institutions;

const OTHER: CampaignId = CampaignId([0xee; 16]);
const HEADER: &str = "NIP;Nama;Unit Kerja;OPD;Kode Instansi;Instansi\n";
/// The select of the new agency, in the form of the check.
const FIELD: &str = "unit.16.dinas sosial dan pppa";
const GONE: &str = "Unit 16/1 Dinas Sosial tidak ada dalam berkas. Akun unit ini: 1.";

/// Two people of two agencies: `16/1` with `16/1/1` Sekretariat, and `16/2` Badan Arsip.
fn roster(agency: &str) -> String {
    format!(
        "{HEADER}197001011995031001;Siti;Sekretariat;{agency};16;Pemerintah Provinsi Contoh\n\
         198502022010012002;Budi;;Badan Arsip;16;Pemerintah Provinsi Contoh\n"
    )
}

/// An event `lain` beside `uji`, with the roster in force of Dinas Sosial and Badan Arsip.
struct Console {
    platform: TestPlatform,
    admin: String,
}

impl Console {
    async fn new() -> Self {
        let platform = TestPlatform::locked(3).await;
        let institutions = [("16", "Pemerintah Provinsi Contoh"), ("16.71", "Kota Contoh")];
        let entropy = &platform.state.entropy;
        event::create_named(&platform.store, &platform.keyring, entropy, OTHER, "lain", &institutions).await;
        let admin = platform.account("bkd", Role::Organizer, &[]).await;
        let console = Self { platform, admin };
        let path = console.send(&console.admin, "", &roster("Dinas Sosial")).await;
        console.import(&console.admin, &path).await;
        assert_eq!(console.nodes().await, ["16/1 Dinas Sosial", "16/1/1 Sekretariat", "16/2 Badan Arsip"]);
        console
    }

    /// Sends a file for an institution, or for all, and returns the address of its check, which has ended.
    async fn send(&self, cookie: &str, institution: &str, csv: &str) -> String {
        self.send_to("lain", cookie, institution, csv).await
    }

    async fn send_to(&self, slug: &str, cookie: &str, institution: &str, csv: &str) -> String {
        let form = format!(
            "--batas\r\nContent-Disposition: form-data; name=\"institution\"\r\n\r\n{institution}\r\n--batas\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"daftar.csv\"\r\nContent-Type: text/csv\r\n\r\n\
             {csv}\r\n--batas--\r\n"
        );
        let request = Request::post(format!("/console/k/{slug}/roster"))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=batas")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie);
        let sent = self.platform.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        let path = sent.header("location").to_owned();
        self.ended(cookie, &path).await;
        path
    }

    async fn ended(&self, cookie: &str, path: &str) -> Answer {
        loop {
            let page = self.platform.page(path, cookie).await;
            if page.header("refresh").is_empty() {
                return page;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Checks the file again with these answers.
    async fn answer(&self, path: &str, answers: &[(&str, &str)]) -> Answer {
        let sent = self.platform.post_form(&format!("{path}/check"), &self.admin, answers).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        self.ended(&self.admin, path).await
    }

    async fn import(&self, cookie: &str, path: &str) {
        assert_eq!(self.confirm(path).await, StatusCode::SEE_OTHER);
        assert_eq!(self.ended(cookie, path).await.status, StatusCode::SEE_OTHER);
    }

    async fn confirm(&self, path: &str) -> StatusCode {
        self.platform.post_form(&format!("{path}/confirm"), &self.admin, &[]).await.status
    }

    /// The units of `16` in force, with their nodes.
    async fn nodes(&self) -> Vec<String> {
        let units = self.platform.store.registered_units(OTHER, Some("16")).await.unwrap();
        let mut nodes: Vec<String> =
            units.into_iter().map(|one| format!("{} {}", one.node.unwrap(), one.unit.name)).collect();
        nodes.sort();
        nodes
    }

    /// Whether an account of a node sees a part of `16`.
    async fn sees(&self, node: &str) -> bool {
        let scope = Scope::Nodes(vec![node.into()]);
        visible_institutions(&*self.platform.store, OTHER, &scope).await.unwrap().includes_part("16")
    }
}

#[tokio::test]
async fn the_console_asks_whether_a_new_unit_is_one_that_is_gone_and_its_account_keeps_it() {
    let console = Console::new().await;
    console.platform.account("dinsos", Role::Operator, &["16/1"]).await;
    let path = console.send(&console.admin, "", &roster("Dinas Sosial dan PPPA")).await;
    let checked = console.platform.page(&path, &console.admin).await;
    let offered = "Nama baru dari 16/1 Dinas Sosial (peserta yang sama: 1, akun: 1)</option>";
    for text in [GONE, &format!("name=\"{FIELD}\""), offered, "Unit baru yang mungkin hanya berganti nama: 1."] {
        assert!(checked.text().contains(text), "{text}: {}", checked.text());
    }
    assert!(!checked.text().contains("unit.16.badan arsip"));
    let wrong = console.platform.post_form(&format!("{path}/check"), &console.admin, &[(FIELD, "16/2")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "what wasn't offered");
    let answered = console.answer(&path, &[(FIELD, "16/1")]).await;
    assert!(answered.text().contains("<option value=\"16/1\" selected>"), "{}", answered.text());
    assert!(answered.text().contains("16/1 Dinas Sosial: sekarang bernama Dinas Sosial dan PPPA."));
    assert!(!answered.text().contains(GONE), "{}", answered.text());
    assert_eq!(console.nodes().await[0], "16/1 Dinas Sosial", "a check changed something");
    console.import(&console.admin, &path).await;
    assert_eq!(console.nodes().await, ["16/1 Dinas Sosial dan PPPA", "16/1/1 Sekretariat", "16/2 Badan Arsip"]);
    assert_eq!(console.platform.store.registry_node("16/1").await.unwrap().unwrap().name, "Dinas Sosial dan PPPA");
    assert!(console.sees("16/1").await && console.sees("16/1/1").await);
    let trail = console.platform.store.audit_page(Some(OTHER), None, 9).await.unwrap();
    let renamed = trail.iter().find_map(|entry| match &entry.event {
        AuditEvent::RosterImported { renamed, .. } if !renamed.is_empty() => Some(renamed.join(";")),
        _ => None,
    });
    assert_eq!(renamed.as_deref(), Some("16/1 Dinas Sosial -> Dinas Sosial dan PPPA"));
    // The name before is the same unit still.
    let path = console.send(&console.admin, "", &roster("Dinas Sosial")).await;
    let back = console.platform.page(&path, &console.admin).await;
    assert!(
        !back.text().contains("name=\"unit.") && !back.text().contains("tidak ada dalam berkas"),
        "{}",
        back.text()
    );
}

#[tokio::test]
async fn without_an_answer_a_unit_is_a_new_one_and_its_account_sees_nobody() {
    let console = Console::new().await;
    console.platform.account("dinsos", Role::Operator, &["16/1"]).await;
    let path = console.send(&console.admin, "", &roster("Dinas Sosial dan PPPA")).await;
    console.answer(&path, &[(FIELD, "")]).await;
    console.import(&console.admin, &path).await;
    assert_eq!(console.nodes().await, ["16/2 Badan Arsip", "16/3 Dinas Sosial dan PPPA", "16/3/1 Sekretariat"]);
    assert!(!console.sees("16/1").await && console.sees("16/3").await);
    // A disabled account is nobody's loss.
    let mut account = console.platform.store.account("dinsos").await.unwrap().unwrap().0;
    account.disabled = true;
    let line = console.platform.line();
    console.platform.store.save_account(&account, &line).await.unwrap();
    let path = console.send(&console.admin, "", &roster("Dinas Sosial dan PPPA")).await;
    let again = console.platform.page(&path, &console.admin).await;
    assert!(!again.text().contains("tidak ada dalam berkas"), "{}", again.text());
}

#[tokio::test]
async fn the_next_event_is_asked_about_units_that_accounts_are_of() {
    let console = Console::new().await;
    let TestPlatform { store, keyring, state, .. } = &console.platform;
    let next = CampaignId([0xed; 16]);
    event::create_named(store, keyring, &state.entropy, next, "depan", &[]).await;
    console.platform.account("bidang", Role::Operator, &["16/1/1"]).await;
    let csv = roster("Dinas Sosial dan PPPA").replace("Badan Arsip", "Badan Baru");
    let path = console.send_to("depan", &console.admin, "", &csv).await;
    let checked = console.platform.page(&path, &console.admin).await;
    // The account is of a unit below the one that is asked about; of the other agency nobody is.
    let gone = "Unit 16/1/1 Sekretariat tidak ada dalam berkas. Akun unit ini: 1.";
    assert!(checked.text().contains(gone) && checked.text().contains("16/1 Dinas Sosial"), "{}", checked.text());
    assert!(!checked.text().contains("16/2"), "{}", checked.text());
    console.answer(&path, &[(FIELD, "16/1")]).await;
    console.import(&console.admin, &path).await;
    let scope = Scope::Nodes(vec!["16/1/1".into()]);
    assert!(visible_institutions(&**store, next, &scope).await.unwrap().includes_part("16"));
}

#[tokio::test]
async fn one_unit_that_is_said_to_be_two_is_refused_and_can_be_answered_again() {
    let console = Console::new().await;
    let two = roster("Dinas Sosial dan PPPA") + "197805052005011005;Ani;;Dinas PPPA;16;Pemerintah Provinsi Contoh\n";
    let path = console.send(&console.admin, "", &two).await;
    let refused = console.answer(&path, &[(FIELD, "16/1"), ("unit.16.dinas pppa", "16/1")]).await;
    assert!(refused.text().contains("Satu unit hanya dapat menjadi satu unit"), "{}", refused.text());
    assert_eq!(refused.text().matches("<option value=\"16/1\" selected>").count(), 2, "{}", refused.text());
    assert!(!refused.text().contains("/confirm\""), "{}", refused.text());
    assert_eq!(console.confirm(&path).await, StatusCode::CONFLICT);
    let answered = console.answer(&path, &[(FIELD, "16/1"), ("unit.16.dinas pppa", "")]).await;
    assert!(answered.text().contains("/confirm\"") && answered.text().contains("sekarang bernama"));
    console.import(&console.admin, &path).await;
    let nodes = ["16/1 Dinas Sosial dan PPPA", "16/1/1 Sekretariat", "16/2 Badan Arsip", "16/3 Dinas PPPA"];
    assert_eq!(console.nodes().await, nodes);
}

#[tokio::test]
async fn an_operator_renames_no_unit_of_another_institution() {
    let console = Console::new().await;
    let both = roster("Dinas Sosial") + "197805052005011005;Ani;;Dinas Kota;16.71;Kota Contoh\n";
    let path = console.send(&console.admin, "", &both).await;
    console.import(&console.admin, &path).await;
    let kota = console.platform.account("kota", Role::Operator, &["16.71"]).await;
    let own = format!("{HEADER}197805052005011005;Ani;;Dinas Baru;16.71;Kota Contoh\n");
    let path = console.send(&kota, "16.71", &own).await;
    let checked = console.platform.page(&path, &kota).await;
    assert!(checked.text().contains("name=\"unit.16.71.dinas baru\""), "{}", checked.text());
    assert!(!checked.text().contains("16/1"), "another institution's units: {}", checked.text());
    for (fields, status) in [
        ([("unit.16.71.dinas baru", "16/1")], StatusCode::BAD_REQUEST),
        ([(FIELD, "16/1")], StatusCode::SEE_OTHER),
        ([("unit.16.71.dinas baru", "16.71/1")], StatusCode::SEE_OTHER),
    ] {
        let sent = console.platform.post_form(&format!("{path}/check"), &kota, &fields).await;
        assert_eq!(sent.status, status, "{fields:?}");
        console.ended(&kota, &path).await;
    }
    let sent = console.platform.post_form(&format!("{path}/confirm"), &kota, &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    console.ended(&kota, &path).await;
    assert_eq!(console.platform.store.registry_node("16/1").await.unwrap().unwrap().name, "Dinas Sosial");
    assert_eq!(console.platform.store.registry_node("16.71/1").await.unwrap().unwrap().name, "Dinas Baru");
}

/// Imports a file of the province with what is said of units.
async fn said(desk: &Desk, csv: &str, dry_run: bool, said: Vec<UnitRename>) -> ImportReport {
    let path = desk.file("daftar.csv", csv.as_bytes());
    let file = RosterFile { same_units: said, dry_run, ..desk.roster_file(&path, Some("16")) };
    desk.run_file(file).await.unwrap()
}

#[tokio::test]
async fn what_is_said_wrongly_changes_nothing_and_what_is_said_rightly_again_is_no_fault() {
    let desk = Desk::new().await;
    let file = |agency: &str| format!("NIP;Nama;Unit Kerja;OPD\n197001011995031001;Siti;Sekretariat;{agency}\n");
    assert!(said(&desk, &file("Dinas Sosial"), false, vec![]).await.applied);
    let rename = |text: &str| UnitRename::parse(text).unwrap();
    for text in ["16/9=Dinas Baru", "16/1=Dinas Lain", "16.71/1=Dinas Baru", "16/1/1=Dinas Baru"] {
        for dry_run in [true, false] {
            let report = said(&desk, &file("Dinas Baru"), dry_run, vec![rename(text)]).await;
            assert!(report.rename_fault.is_some() && !report.applied, "{text}: {:?}", report.rename_fault);
            assert_eq!(report.renames.asked.len(), 1, "what is asked stands beside a fault");
        }
    }
    let many = (1..=RENAMES_SAID_MAX + 1).map(|number| rename(&format!("16/{number}=Dinas Baru"))).collect();
    let report = said(&desk, &file("Dinas Baru"), true, many).await;
    assert_eq!(report.rename_fault, Some(RenameFault::TooMany));
    let units = desk.store.registered_units(desk.campaign, Some("16")).await.unwrap();
    assert_eq!(units[0].unit.name, "Dinas Sosial");
    for _ in 0..2 {
        let report = said(&desk, &file("Dinas Baru"), false, vec![rename("16/1=DINAS BARU")]).await;
        assert!(report.applied && report.rename_fault.is_none());
    }
    let units = desk.store.registered_units(desk.campaign, Some("16")).await.unwrap();
    let nodes: Vec<_> = units.iter().map(|one| (one.node.as_deref().unwrap(), one.unit.name.as_str())).collect();
    assert_eq!(nodes, [("16/1", "Dinas Baru"), ("16/1/1", "Sekretariat")]);
}

//! Accounts are scoped to institutions of the installation: who imports or adds says whether one of a known code is the
//! same, and who was scoped to a code of several is shown as undecided.

use crate::roster::Desk;
use crate::support::{Answer, TestPlatform, event};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::domain::ids::CampaignId;
use ikrar::service::roster_file::{ColumnChoices, Numberless, ReadingChoices, RosterFile};

const OTHER: CampaignId = CampaignId([0xee; 16]);

/// The event `uji` of `16` and `16.71`, and an empty draft `lain`.
async fn platform() -> TestPlatform {
    let platform = TestPlatform::locked(3).await;
    event::create_named(&platform.store, &platform.keyring, &platform.state.entropy, OTHER, "lain", &[]).await;
    platform
}

async fn node(platform: &TestPlatform, code: &str) -> Option<String> {
    let nodes = platform.store.institution_nodes(OTHER).await.unwrap();
    nodes.into_iter().find(|(known, _)| known == code).map(|(_, node)| node)
}

#[tokio::test]
async fn an_institution_that_is_added_by_hand_is_asked_about_where_its_code_is_known_otherwise() {
    let platform = platform().await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let add = async |fields: &[(&str, &str)]| -> Answer {
        let form = [&[("act", "add"), ("help_contact", "101")], fields].concat();
        platform.post_form("/console/k/lain/institutions", &admin, &form).await
    };
    let typed = [("code", "16.71"), ("name", "Pemkot Contoh")];
    let asked = add(&typed).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(asked.text().contains("Sama dengan 16.71 Kota Contoh"), "{}", asked.text());
    assert!(asked.text().contains("value=\"Pemkot Contoh\"") && asked.text().contains("value=\"101\""));
    assert_eq!(node(&platform, "16.71").await, None, "it was added without an answer");
    assert_eq!(add(&[typed[0], typed[1], ("same", "16.71")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(node(&platform, "16.71").await.as_deref(), Some("16.71"));
    // A known name and a new code aren't asked about; another institution is one of its own.
    assert_eq!(add(&[("code", "99"), ("name", "Baru")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(add(&[("code", "16"), ("name", "Lain"), ("same", "")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(node(&platform, "16").await.as_deref(), Some("16~2"));
}

#[tokio::test]
async fn accounts_are_given_institutions_from_the_list_and_undecided_ones_are_shown() {
    let platform = platform().await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let fields =
        [("name", "Nama Orang"), ("role", "operator"), ("institutions", "88"), ("node", "16"), ("node", "16.71")];
    let saved = platform.post_form("/console/accounts/kota", &admin, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let shown = platform.page("/console/accounts/kota", &admin).await;
    let text = shown.text();
    assert!(text.contains("name=\"node\" value=\"16\" checked") && text.contains("name=\"institutions\" value=\"88\""));
    let seen = platform.page("/console/k/uji/institutions", &kota).await;
    assert!(seen.text().contains("Pemerintah Provinsi Contoh") && seen.text().contains("Kota Contoh"));
    // A code that several institutions have and none alone: as accounts of earlier programs may have it.
    let (store, entropy) = (&platform.store, &platform.state.entropy);
    for (id, name) in [(CampaignId([0xa1; 16]), "Kota A"), (CampaignId([0xa2; 16]), "Kota B")] {
        let slug = format!("awal{}", id.0[0]);
        event::create_named(store, &platform.keyring, entropy, id, &slug, &[("01", name)]).await;
    }
    forget_registry(&platform).await;
    store.register_earlier().await.unwrap();
    platform.account("lama", Role::Operator, &["01"]).await;
    for path in ["/console/accounts", "/console/accounts/lama"] {
        let shown = platform.page(path, &admin).await;
        assert!(shown.text().contains("01~1 Kota A, 01~2 Kota B"), "{path}: {}", shown.text());
    }
    let fields = [("name", "Nama Orang"), ("role", "operator"), ("node", "01~2")];
    platform.post_form("/console/accounts/lama", &admin, &fields).await;
    assert!(!platform.page("/console/accounts", &admin).await.text().contains("belum ditentukan"));
}

#[tokio::test]
async fn a_dry_run_asks_whether_an_institution_of_a_known_code_is_the_same() {
    let desk = Desk::bare().await;
    let keyring = desk.keyring.clone();
    event::create_named(&desk.store, &keyring, &desk.entropy, OTHER, "lain", &[("01", "Kota A"), ("02", "Kota C")])
        .await;
    let csv =
        "Kode Instansi;Instansi;NIP;Nama\n01;Pemkot A;197001011995031001;Siti\n02;KOTA C;198502022010012002;Budi\n";
    let path = desk.file("daftar.csv", csv.as_bytes());
    let file = || RosterFile {
        scratch: path.parent().unwrap().into(),
        path: path.clone(),
        institution: None,
        replace_all: false,
        numberless: Numberless::ByRow,
        same_institutions: vec![],
        same_units: vec![],
        reading: ReadingChoices::default(),
        columns: ColumnChoices::default(),
        dry_run: true,
        by: "uji".into(),
        sha256: "00".repeat(32),
    };
    let report = desk.run_file(file()).await.unwrap();
    assert!(report.faults.is_empty());
    let [asked] = &report.codes_in_use[..] else { panic!("{:?}", report.codes_in_use) };
    assert_eq!((asked.code.as_str(), asked.nodes[0].name.as_str(), &asked.same), ("01", "Kota A", &None));
    let same = vec!["01".to_owned()];
    let report = desk.run_file(RosterFile { same_institutions: same.clone(), ..file() }).await.unwrap();
    assert_eq!(report.codes_in_use[0].same.as_deref(), Some("01"));
    assert!(desk.store.institution_nodes(desk.campaign).await.unwrap().is_empty(), "a dry run registered something");
    let report = desk.run_file(RosterFile { same_institutions: same, dry_run: false, ..file() }).await.unwrap();
    assert!(report.applied);
    let nodes = desk.store.institution_nodes(desk.campaign).await.unwrap();
    assert_eq!(nodes, [("01".into(), "01".into()), ("02".into(), "02".into())]);
}

#[tokio::test]
async fn the_console_asks_whether_an_institution_of_a_known_code_is_the_same() {
    let platform = platform().await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let form = "--batas\r\nContent-Disposition: form-data; name=\"institution\"\r\n\r\n\r\n--batas\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"daftar.csv\"\r\nContent-Type: text/csv\r\n\r\n\
        Kode Instansi;Instansi;NIP;Nama\n16.71;Pemkot Contoh;197001011995031001;Siti\n\
        16;Lain;198502022010012002;Budi\n\r\n--batas--\r\n";
    let request = Request::post("/console/k/lain/roster")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=batas")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, &admin);
    let sent = platform.send(request.body(Body::from(form)).unwrap()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let path = sent.header("location").to_owned();
    let ended = async || loop {
        let page = platform.page(&path, &admin).await;
        if page.header("refresh").is_empty() {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let checked = ended().await;
    assert!(checked.text().contains("name=\"same.16.71\"") && checked.text().contains("name=\"same.16\""));
    let wrong = platform.post_form(&format!("{path}/check"), &admin, &[("same.16.71", "16")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    platform.post_form(&format!("{path}/check"), &admin, &[("same.16.71", "16.71"), ("same.16", "")]).await;
    let checked = ended().await;
    assert!(checked.text().contains("<option value=\"16.71\" selected>"), "{}", checked.text());
    platform.post_form(&format!("{path}/confirm"), &admin, &[]).await;
    assert_eq!(ended().await.status, StatusCode::SEE_OTHER);
    assert_eq!(node(&platform, "16.71").await.as_deref(), Some("16.71"));
    assert_eq!(node(&platform, "16").await.as_deref(), Some("16~2"));
}

/// As the migration leaves a database of a program without a registry.
async fn forget_registry(platform: &TestPlatform) {
    let file = platform.folder().join("ikrar.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    for statement in ["UPDATE institution SET node = NULL", "DELETE FROM registry_name", "DELETE FROM registry_node"] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
}

//! From a signature to its certificate: the file, its status, and who is kept out.

use crate::support::{ARCHIVES, Person, TestPlatform, event, start};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use ikrar::certificate::CertificateInput;
use ikrar::certificate::layout_1::certificate;
use ikrar::certificate::read::attached_credential;
use ikrar::clock::Clock;
use ikrar::config::PUBLIC_URL_BYTES_MAX;
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::campaign::{CampaignKind, CampaignState, Official};
use ikrar::domain::participant::SHOWN_NAME_CHARS_MAX;
use ikrar::domain::seal_key::SealKeyStatus;
use ikrar::domain::text::{CLAUSE_CHARS_MAX, CLAUSES_MAX, Clause, PART_CHARS_MAX};
use ikrar::domain::time::UnixMillis;
use ikrar::service::campaigns::rules::{LINE_CHARS_MAX, OFFICIALS_MAX, TITLE_CHARS_MAX};
use ikrar::service::keys::{SealKeys, published_seals};
use lopdf::Document;
use sqlx::{Connection, SqliteConnection};
use std::io::{Cursor, Read};
use zip::ZipArchive;

#[tokio::test]
async fn a_certificate_holds_the_stored_credential_and_is_the_same_each_time() {
    let platform = TestPlatform::open(25).await;
    let signed = platform.sign(&platform.people[0]).await;
    let path = format!("/c/{}.pdf", signed.pledge.id);
    let answer = platform.get(&path).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/pdf"));
    assert_eq!((answer.header("cache-control"), answer.header("x-robots-tag")), ("no-store", "noindex"));
    assert_eq!(attached_credential(&answer.body), Ok(signed.pledge.credential.clone()));
    assert!(answer.body == platform.get(&format!("{path}?edition=1")).await.body);
}

#[tokio::test]
async fn a_certificate_keeps_its_bytes_after_the_seal_s_key_was_replaced() {
    let mut platform = TestPlatform::open(25).await;
    let id = platform.sign(&platform.people[0]).await.pledge.id;
    let path = format!("/c/{id}.pdf");
    let issued = platform.get(&path).await.body;
    let (state, store) = (platform.state.clone(), platform.store.clone());
    let seal_keys = SealKeys {
        store: store.clone(),
        clock: platform.clock.clone(),
        entropy: state.entropy.clone(),
        keyring: platform.keyring.clone(),
        host: "ikrar.example".into(),
    };
    let first = seal_keys.in_use("uji").await.unwrap();
    let second = seal_keys.add("uji").await.unwrap();
    assert!(first != second && seal_keys.in_use("uji").await.unwrap() == second);
    let published = platform.get("/.well-known/jwks.json").await.json();
    let seals = published["keys"].as_array().unwrap().iter().filter(|key| key["kty"] == "EC");
    let chains: Vec<usize> = seals.map(|key| key["x5c"].as_array().unwrap().len()).collect();
    assert_eq!(chains, [2, 2], "both are published, each with the authority's certificate");
    // Another node has nothing prepared.
    let other = start(
        (*state.config).clone(),
        platform.clock.clone(),
        state.entropy.clone(),
        store.clone(),
        platform.keyring.clone(),
    );
    platform.router = ikrar::web::router(other.await.unwrap());
    assert!(platform.get(&path).await.body == issued);
    // Nothing that a compromised key sealed is vouched for.
    let verify = || {
        let request = Request::post("/api/v1/verify").header("content-type", "application/pdf");
        request.body(Body::from(issued.clone())).unwrap()
    };
    assert_eq!(platform.send(verify()).await.json()["page"], "sealed");
    let now = UnixMillis(platform.clock.now_ms());
    store.end_seal_key(&first, SealKeyStatus::Compromised, now, &platform.line()).await.unwrap();
    platform.keyring.note_seals(published_seals(&store.seal_keys().await.unwrap()));
    let told = platform.send(verify()).await.json();
    assert_eq!((&told["verdict"], &told["page"]), (&"data_only".into(), &"unsealed".into()));
    assert!(platform.get(&path).await.body == issued, "the file is what it was");
}

#[tokio::test]
async fn two_nodes_that_need_a_seal_at_once_agree_on_one() {
    let platform = TestPlatform::locked(25).await;
    let (state, store) = (platform.state.clone(), platform.store.clone());
    let node = || SealKeys {
        store: store.clone(),
        clock: platform.clock.clone(),
        entropy: state.entropy.clone(),
        keyring: platform.keyring.clone(),
        host: "ikrar.example".into(),
    };
    let path = platform.folder().join("ikrar.sqlite");
    let mut database = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query("DELETE FROM seal_key").execute(&mut database).await.unwrap();
    let (one, other) = (node(), node());
    let (a, b) = tokio::join!(one.in_use("a"), other.in_use("b"));
    assert_eq!(a.unwrap(), b.unwrap());
    assert_eq!(store.seal_keys().await.unwrap().len(), 2, "an authority and a seal");
    // One whose private key is gone seals nothing any more, so a lock gets another.
    let lost = one.in_use("a").await.unwrap();
    sqlx::query("UPDATE seal_key SET sealed_key = NULL WHERE role = 'seal'").execute(&mut database).await.unwrap();
    assert_ne!(one.in_use("a").await.unwrap(), lost);
}

#[tokio::test]
async fn the_status_tells_a_revocation_and_the_certificate_stays_as_it_is() {
    let platform = TestPlatform::open(25).await;
    let signed = platform.sign(&platform.people[3]).await;
    let id = signed.pledge.id;
    let certificate = platform.get(&format!("/c/{id}.pdf")).await.body;
    let status = platform.get(&format!("/c/{id}.json")).await;
    assert_eq!(status.header("cache-control"), "no-store");
    let status = status.json();
    assert_eq!((&status["status"], &status["pledge_id"]), (&"valid".into(), &id.to_string().into()));
    assert_eq!(status["text_hash"], BASE64URL_NOPAD.encode(&signed.pledge.text_hash));
    assert_eq!(status["vc"]["credentialSubject"]["pledgeId"], id.to_string());
    platform.revoke(id, "salah orang", platform.line()).await.unwrap();
    let revoked = platform.get(&format!("/c/{id}.json")).await;
    assert_eq!(revoked.json()["status"], "revoked");
    assert!(!revoked.text().contains("salah orang"), "the reason is for the console");
    assert!(certificate == platform.get(&format!("/c/{id}.pdf")).await.body);
}

#[tokio::test]
async fn a_node_that_knows_an_older_draft_prints_what_was_locked_in_the_end() {
    let mut platform = TestPlatform::locked(25).await;
    let (state, campaign) = (platform.state.clone(), platform.campaign);
    let (clock, entropy, store) = (platform.clock.clone(), state.entropy.clone(), platform.store.clone());
    let other = start((*state.config).clone(), clock, entropy, store.clone(), platform.keyring.clone());
    let other = other.await.unwrap();
    let mut settings = store.campaign(campaign).await.unwrap().unwrap().settings;
    settings.title = "Judul yang berlaku".into();
    store.unlock_roster(campaign, &platform.line()).await.unwrap();
    store.save_settings(campaign, &settings, &platform.line()).await.unwrap();
    event::lock(&store, &platform.keyring, &state.entropy, campaign).await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    let id = platform.sign(&platform.people[0]).await.pledge.id;
    let here = platform.get(&format!("/c/{id}.pdf")).await.body;
    platform.router = ikrar::web::router(other);
    assert_eq!(platform.get(&format!("/c/{id}.json")).await.json()["campaign"]["title"], "Judul yang berlaku");
    assert!(platform.get(&format!("/c/{id}.pdf")).await.body == here, "two nodes print two certificates");
}

/// A name that an older version let through when the roster was locked.
#[tokio::test]
async fn a_name_that_cannot_be_printed_is_signed_and_its_certificate_has_a_mark() {
    let platform = TestPlatform::open(25).await;
    let name = "Budi → عمر \u{202E}\u{2066}🎉 Ḥasan";
    let path = platform.folder().join("ikrar.sqlite");
    let mut database = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let person = &platform.people[0];
    let statement =
        "UPDATE participant SET shown_name = $1, rank_name = '✓', position_name = '名' WHERE participant_id = $2";
    let renamed = sqlx::query(statement).bind(name).bind(&person.participant.id.0[..]).execute(&mut database).await;
    assert_eq!(renamed.unwrap().rows_affected(), 1);
    let pledge = platform.sign(person).await.pledge;
    let answer = platform.get(&format!("/c/{}.pdf", pledge.id)).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/pdf"));
    assert_eq!(attached_credential(&answer.body), Ok(pledge.credential.clone()));
    let printed: String =
        Document::load_mem(&answer.body).unwrap().extract_text(&[1]).unwrap().split_whitespace().collect();
    assert!(printed.contains("Budi□□□□□□□Ḥasan"), "{printed}");
    assert!(printed.contains("Tanda□menggantikankarakteryangtidakdapatdicetak"), "{printed}");
    let status = platform.get(&format!("/c/{}.json", pledge.id)).await.json();
    assert_eq!((&status["status"], &status["name"]), (&"valid".into(), &name.into()));
    let checked = Request::post("/api/v1/verify").header("content-type", "application/cose");
    let checked = platform.send(checked.body(Body::from(pledge.credential)).unwrap()).await.json();
    assert_eq!((&checked["verdict"], &checked["claims"]["name"]), (&"valid".into(), &name.into()), "{checked}");
}

#[tokio::test]
async fn what_is_not_there_is_unknown() {
    let platform = TestPlatform::open(25).await;
    let signed = platform.sign(&platform.people[0]).await;
    let id = signed.pledge.id;
    let other = "A".repeat(22);
    for path in [
        format!("/c/{id}"),
        format!("/c/{id}.png"),
        format!("/c/{id}.pdf?edition=2"),
        format!("/c/{other}.pdf"),
        "/c/x.json".into(),
    ] {
        assert_eq!(platform.get(&path).await.status, 404, "{path}");
    }
}

/// Nobody may sign and then have no certificate: the most that import, settings and text take, in the widest letter,
/// with and without places to break the line.
#[test]
fn the_longest_fields_that_are_accepted_fit_the_page() {
    /// Of an institution, a unit and a position of a roster; a rank has its grade behind it, in parentheses.
    const LABEL_CHARS: usize = 200;
    const RANK_CHARS: usize = 203;
    let sample = std::fs::read("tests/vectors/certificates/four-clauses.json").unwrap();
    let sample: CertificateInput = serde_json::from_slice(&sample).unwrap();
    for (pattern, lines) in [("W", "unbroken"), ("WWWWWWWWW ", "words"), ("m", "small"), ("W ", "letters")] {
        let filled = |chars: usize| pattern.chars().cycle().take(chars - 1).chain(['W']).collect::<String>();
        let mut input = sample.clone();
        input.name = filled(SHOWN_NAME_CHARS_MAX);
        (input.institution, input.unit, input.position) =
            (filled(LABEL_CHARS), filled(LABEL_CHARS), filled(LABEL_CHARS));
        input.rank = filled(RANK_CHARS);
        (input.organizer, input.place) = (filled(LINE_CHARS_MAX), filled(LINE_CHARS_MAX));
        input.event = filled(TITLE_CHARS_MAX);
        input.verify_address = "w".repeat(PUBLIC_URL_BYTES_MAX);
        let official = || Official { name: filled(LINE_CHARS_MAX), position: filled(LINE_CHARS_MAX) };
        input.officials = std::iter::repeat_with(official).take(OFFICIALS_MAX).collect();
        for part in [&mut input.text.title, &mut input.text.legal_basis, &mut input.text.closing] {
            *part = filled(PART_CHARS_MAX);
        }
        let clause = |number: usize| Clause { id: format!("b{number}"), text: filled(CLAUSE_CHARS_MAX) };
        for (clauses, kind) in [
            (4, CampaignKind::NeutralityPledge),
            (CLAUSES_MAX, CampaignKind::NeutralityPledge),
            (4, CampaignKind::IntegrityPact),
        ] {
            (input.text.clauses, input.text.kind) = ((0..clauses).map(clause).collect(), kind);
            let drawn = certificate(&input).map(|bytes| bytes.len());
            assert!(drawn.is_ok(), "{lines}, {clauses} clauses, {kind:?}: {drawn:?}");
        }
    }
}

#[tokio::test]
async fn the_own_copy_is_for_the_signed_in_signer_only_and_is_as_green() {
    let platform = TestPlatform::open(25).await;
    let (one, other) = (&platform.people[0], &platform.people[1]);
    let pledge = platform.sign(one).await.pledge;
    platform.sign(other).await;
    let cookie = |person| format!("ikrar={}", platform.token_of(person));
    let path = "/k/uji/receipt/own";
    let receipt = platform.page("/k/uji/receipt", &cookie(one)).await;
    assert!(receipt.text().contains(&format!("href=\"{path}\"")), "{}", receipt.text());
    let own = platform.page(path, &cookie(one)).await;
    assert_eq!((own.status.as_u16(), own.header("content-type")), (200, "application/pdf"));
    assert_eq!(own.header("cache-control"), "no-store");
    assert!(own.header("content-disposition").ends_with("-arsip.pdf\""), "{:?}", own.headers);
    assert!(own.body == platform.page(path, &cookie(one)).await.body);
    assert!(own.body != platform.page(path, &cookie(other)).await.body);
    assert!(own.body != platform.get(&format!("/c/{}.pdf", pledge.id)).await.body);
    let text = |pdf: &[u8]| {
        let document = Document::load_mem(pdf).unwrap();
        let pages: Vec<u32> = document.get_pages().into_keys().collect();
        document.extract_text(&pages).unwrap().split_whitespace().collect::<String>()
    };
    let number = one.participant.identifier.shown();
    assert!(text(&own.body).contains(&number));
    assert!(!text(&platform.get(&format!("/c/{}.pdf", pledge.id)).await.body).contains(&number));
    let request = Request::post("/api/v1/verify").header("content-type", "application/pdf");
    let told = platform.send(request.body(Body::from(own.body)).unwrap()).await.json();
    assert_eq!((&told["verdict"], &told["page"]), (&"valid".into(), &"sealed".into()));
    // Without a session, and before signing, it leads to signing in.
    for cookie in [String::new(), cookie(&platform.people[2]), "ikrar=x".into()] {
        let answer = platform.page(path, &cookie).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/k/uji/sign"));
    }
}

#[tokio::test]
async fn an_archive_copy_is_for_operators_of_the_person_and_in_the_trail() {
    let platform = TestPlatform::with_agencies().await;
    let (own, elsewhere) = (&platform.people[1], &platform.people[3]);
    platform.sign(own).await;
    platform.sign(elsewhere).await;
    let cookie = platform.account("arsip", Role::Operator, &[ARCHIVES]).await;
    let path = "/console/k/uji/people/certificate";
    let of = async |person: &Person| {
        let id = person.participant.id.to_string();
        platform.post_form(path, &cookie, &[("id", &id)]).await
    };
    let copy = of(own).await;
    let signers = format!("ikrar={}", platform.token_of(own));
    assert!(copy.body == platform.page("/k/uji/receipt/own", &signers).await.body);
    assert_eq!(of(elsewhere).await.status, StatusCode::NOT_FOUND);
    assert_eq!(of(&platform.people[4]).await.status, StatusCode::NOT_FOUND, "who hasn't signed has none");
    let lines = platform.store.audit_page(Some(platform.campaign), None, 5).await.unwrap();
    let told = lines.iter().filter_map(|line| match &line.event {
        AuditEvent::CertificatesExported { copy, participant, people, .. } => {
            Some((copy.as_deref(), participant.clone(), *people))
        }
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [(Some("own"), Some(own.participant.id.to_string()), 1)]);
    // In bulk too.
    let fields = [("institution", "16"), ("copy", "own")];
    let archive = platform.post_form("/console/k/uji/certificates", &cookie, &fields).await;
    let mut zip = ZipArchive::new(Cursor::new(archive.body)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().to_string()).collect();
    let mut entry = zip.by_name(names.iter().find(|name| name.ends_with(".pdf")).unwrap()).unwrap();
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).unwrap();
    assert!(bytes == copy.body);
}

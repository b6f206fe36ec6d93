//! People after the lock: added, excused and corrected at the help desk while others sign.

use crate::support::{Answer, PASSWORD, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::identifier::Identifier;
use ikrar::service::campaigns::CampaignRefusal;
use ikrar::service::recount::{Recount, Recounted};
use serde_json::json;

const DESK: &str = "/console/k/uji/people";
const FORGOTTEN: &str = "198501012010011001";
const API: &str = "/api/v1/campaigns/uji";

async fn fsck(platform: &TestPlatform) -> Recounted {
    let host = platform.state.config.host().to_owned();
    let recount = Recount { store: platform.store.clone(), keyring: platform.keyring.clone(), host };
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    recount.campaign(&campaign, &|_| {}).await.unwrap()
}

async fn count(platform: &TestPlatform) -> serde_json::Value {
    platform.state.live.reread().await.unwrap();
    platform.get(&format!("{API}/count")).await.json()
}

async fn desk(platform: &TestPlatform, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    platform.post_form(&format!("{DESK}/{path}"), cookie, fields).await
}

/// What the API answers to a signature of this person.
async fn signs(platform: &TestPlatform, identifier: &str) -> Answer {
    let id = platform.secret.participant_id(&Identifier::parse(identifier).unwrap());
    let code = platform.secret.access_code(id, 1).shown(&Disclosure::to_the_operator());
    let typed = json!({"identifier": identifier, "access_code": code});
    let opened = platform.post_json(&format!("{API}/sessions"), None, &typed).await;
    if opened.status != StatusCode::OK {
        return opened;
    }
    let token = opened.json()["token"].as_str().unwrap().to_string();
    platform.post_json(&format!("{API}/pledges"), Some(&token), &platform.agreement()).await
}

#[tokio::test]
async fn somebody_forgotten_is_added_signs_and_everything_agrees() {
    let platform = TestPlatform::open(40).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let signed = platform.people[..30].iter().map(|person| platform.sign(person));
    futures_util::future::join_all(signed).await;
    assert_eq!(signs(&platform, FORGOTTEN).await.status, StatusCode::UNAUTHORIZED);

    let typed = [("institution", "16"), ("identifier", FORGOTTEN), ("name", "Dra. Siti  Aminah, M.Si.")];
    let added = desk(&platform, &bkd, "add", &[&typed[..], &[("reason", "mutasi masuk")]].concat()).await;
    assert!(added.text().contains("<h1>Dra. Siti Aminah, M.Si.</h1>") && added.text().contains("Susulan"));
    let numbers = count(&platform).await;
    let of = |name: &str| numbers[name].as_u64().unwrap();
    assert_eq!((of("eligible"), of("added"), of("excused"), of("target")), (40, 1, 0, 41));
    let event = platform.get("/k/uji").await;
    assert!(event.text().contains("Sasaran 41 = awal 40 + susulan 1 − dikecualikan 0"));

    let receipt = signs(&platform, FORGOTTEN).await;
    assert_eq!(receipt.status, StatusCode::CREATED);
    assert_eq!(receipt.json()["log_index"], 30);
    let sound = fsck(&platform).await;
    assert_eq!((sound.people, sound.pledges, sound.notices), (41, 31, 1));
    // Twice is refused with where they are, and changes nothing.
    let again = desk(&platform, &bkd, "add", &[&typed[..], &[("reason", "mutasi masuk")]].concat()).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("sudah terdaftar di Pemerintah Provinsi"));
    assert_eq!(count(&platform).await["added"], 1);
    // The code that is in force is shown as it is; nothing is issued again.
    let id = platform.secret.participant_id(&Identifier::parse(FORGOTTEN).unwrap());
    let code = platform.secret.access_code(id, 1).shown(&Disclosure::to_the_operator());
    let proved = [("id", &*id.to_string()), ("password", PASSWORD)];
    let shown = desk(&platform, &bkd, "code", &proved).await;
    assert!(shown.text().contains(&code) && shown.text().contains("Kode ini sudah berlaku."));
    assert!(!shown.text().contains("Kode sebelumnya"), "no earlier code was voided");
    assert_eq!(platform.store.signer(platform.campaign, id).await.unwrap().unwrap().code_version, 1);
    // Without a number they get the institution's next one.
    let honorer = [("institution", "16"), ("name", "Budi"), ("reason", "terlewat")];
    let added = desk(&platform, &bkd, "add", &honorer).await;
    assert!(added.text().contains("<h1>Budi</h1>") && added.text().contains("16-"));
    assert_eq!(fsck(&platform).await.people, 42);
    let events = platform.store.audit_page(Some(platform.campaign), None, 100).await.unwrap();
    assert_eq!(events.iter().filter(|line| matches!(line.event, AuditEvent::PersonAdded { .. })).count(), 2);
}

#[tokio::test]
async fn an_excused_person_reads_so_signs_nothing_and_is_back_when_it_is_undone() {
    let platform = TestPlatform::open(6).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let person = &platform.people[1];
    let id = person.participant.id.to_string();
    // The session was opened before.
    let token = platform.token_of(person);
    let excused = desk(&platform, &bkd, "excuse", &[("id", &id), ("reason", "retired")]).await;
    assert!(excused.text().contains("Dikecualikan"));
    for token in [token.clone(), platform.token_of(person)] {
        let refused = platform.post_json(&format!("{API}/pledges"), Some(&token), &platform.agreement()).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "excused"));
    }
    let numbers = count(&platform).await;
    assert_eq!((&numbers["target"], &numbers["excused"], &numbers["signed"]), (&5.into(), &1.into(), &0.into()));
    assert!(!excused.text().contains("pensiun menurut"), "the reason isn't repeated");
    let again = desk(&platform, &bkd, "excuse", &[("id", &id), ("reason", "retired")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let ill = desk(&platform, &bkd, "excuse", &[("id", &id), ("reason", "ill")]).await;
    assert_eq!(ill.status, StatusCode::BAD_REQUEST);

    let undone = desk(&platform, &bkd, "undo", &[("id", &id), ("what", "excused"), ("reason", "keliru")]).await;
    assert_eq!(undone.status, StatusCode::OK);
    // The session from before everything still signs: its entry is read again.
    let signed = platform.post_json(&format!("{API}/pledges"), Some(&token), &platform.agreement()).await;
    assert_eq!(signed.status, StatusCode::CREATED);
    let sound = fsck(&platform).await;
    assert_eq!((sound.people, sound.pledges, sound.notices), (6, 1, 2));
    // Who signed isn't excused.
    let late = desk(&platform, &bkd, "excuse", &[("id", &id), ("reason", "retired")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_name_that_is_corrected_is_signed_as_it_is_now_by_a_session_from_before() {
    let platform = TestPlatform::open(6).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let person = &platform.people[0];
    let id = person.participant.id.to_string();
    let token = platform.token_of(person);
    let typed = [("id", id.as_str()), ("name", "Ir. Peserta Benar, M.T."), ("reason", "gelar baru")];
    let corrected = desk(&platform, &bkd, "correct", &typed).await;
    assert!(corrected.text().contains("<h1>Ir. Peserta Benar, M.T.</h1>"));
    let same = desk(&platform, &bkd, "correct", &typed).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    let arrow = [("id", id.as_str()), ("name", "Siti → Aminah"), ("reason", "gelar baru")];
    let unprintable = desk(&platform, &bkd, "correct", &arrow).await;
    assert!(unprintable.text().contains("U+2192"));
    let signed = platform.post_json(&format!("{API}/pledges"), Some(&token), &platform.agreement()).await;
    assert_eq!(signed.status, StatusCode::CREATED);
    let credential = data_encoding::BASE64URL_NOPAD.decode(signed.json()["credential"].as_str().unwrap().as_bytes());
    assert!(String::from_utf8_lossy(&credential.unwrap()).contains("Ir. Peserta Benar, M.T."));
    assert_eq!(fsck(&platform).await.notices, 1);
}

#[tokio::test]
async fn an_addition_that_is_undone_opens_nothing_and_can_be_made_again() {
    let platform = TestPlatform::open(6).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let typed = [("institution", "16"), ("identifier", FORGOTTEN), ("name", "Siti"), ("reason", "mutasi")];
    desk(&platform, &bkd, "add", &typed).await;
    let id = platform.secret.participant_id(&Identifier::parse(FORGOTTEN).unwrap()).to_string();
    let undone = desk(&platform, &bkd, "undo", &[("id", &id), ("what", "added"), ("reason", "salah orang")]).await;
    assert!(undone.text().contains("Penambahan dibatalkan"));
    assert_eq!(signs(&platform, FORGOTTEN).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(count(&platform).await["target"], 6);
    assert_eq!(fsck(&platform).await.people, 7, "the row stays until they are added again");
    let other = [("institution", "16.71"), ("identifier", FORGOTTEN), ("name", "Siti"), ("reason", "mutasi")];
    assert_eq!(desk(&platform, &bkd, "add", &other).await.status, StatusCode::OK);
    assert_eq!(signs(&platform, FORGOTTEN).await.status, StatusCode::CREATED);
    let sound = fsck(&platform).await;
    assert_eq!((sound.people, sound.pledges, sound.notices), (7, 1, 3));
    // One of the locked roster can't be taken out this way.
    let locked = platform.people[0].participant.id.to_string();
    let refused = desk(&platform, &bkd, "undo", &[("id", &locked), ("what", "added"), ("reason", "salah")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_operator_changes_only_their_own_people() {
    let platform = TestPlatform::open(6).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let viewer = platform.account("lihat", Role::Viewer, &["16"]).await;
    let foreign = platform.people[0].participant.id.to_string();
    let own = platform.people[2].participant.id.to_string();
    for (path, fields) in [
        ("excuse", vec![("id", foreign.as_str()), ("reason", "retired")]),
        ("undo", vec![("id", foreign.as_str()), ("what", "excused"), ("reason", "keliru")]),
        ("correct", vec![("id", foreign.as_str()), ("name", "Siti"), ("reason", "gelar baru")]),
    ] {
        assert_eq!(desk(&platform, &kota, path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(desk(&platform, &viewer, path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let elsewhere = [("institution", "16"), ("name", "Budi"), ("reason", "terlewat")];
    assert_eq!(desk(&platform, &kota, "add", &elsewhere).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Of a person of another institution they learn only that they are listed.
    let listed = platform.people[0].identifier.as_str();
    let taken = [("institution", "16.71"), ("identifier", listed), ("name", "Budi"), ("reason", "terlewat")];
    let refused = desk(&platform, &kota, "add", &taken).await;
    assert!(refused.text().contains("instansi lain") && !refused.text().contains("Provinsi Contoh</"));
    assert_eq!(desk(&platform, &kota, "excuse", &[("id", &own), ("reason", "moved")]).await.status, StatusCode::OK);
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let first = platform.people[1].participant.id.to_string();
    desk(&platform, &bkd, "excuse", &[("id", &first), ("reason", "died")]).await;
    let changes = platform.page(&format!("{DESK}/changes"), &kota).await;
    assert!(changes.text().contains("Peserta Uji 3") && !changes.text().contains("Peserta Uji 2"));
}

#[tokio::test]
async fn whose_pledge_was_made_by_another_is_admitted_anew_and_signs_with_the_new_code_only() {
    let platform = TestPlatform::open(9).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let person = &platform.people[0];
    let wrong = platform.sign(person).await;
    let id = person.participant.id.to_string();
    let reason = ("reason", "kode dipakai orang lain");
    let admitted = desk(&platform, &bkd, "admit", &[("id", &id), reason]).await;
    assert!(admitted.text().contains("dapat berikrar lagi"), "{}", admitted.text());
    assert_eq!(admitted.status, StatusCode::OK);

    // The old code opens nothing any more; the new one opens the new admission.
    let identifier = person.participant.identifier.clone();
    let sign_in = async |code: &str| {
        let typed = json!({"identifier": person.identifier, "access_code": code});
        platform.post_json(&format!("{API}/sessions"), None, &typed).await
    };
    assert_eq!(sign_in(&person.access_code).await.status, StatusCode::UNAUTHORIZED);
    let newest = platform.secret.admission_id(&identifier, 2);
    let code = platform.secret.access_code(newest, 1).shown(&Disclosure::to_the_operator());
    let opened = sign_in(&code).await;
    assert_eq!(opened.status, StatusCode::OK);
    let token = opened.json()["token"].as_str().unwrap().to_string();
    let signed = platform.post_json(&format!("{API}/pledges"), Some(&token), &platform.agreement()).await;
    assert_eq!(signed.status, StatusCode::CREATED);
    // The wrong one stays revoked, the new one is valid, and both counts say so.
    let status = async |id: &str| platform.get(&format!("/c/{id}.json")).await.json()["status"].clone();
    assert_eq!(status(&wrong.pledge.id.to_string()).await, "revoked");
    assert_eq!(status(signed.json()["pledge_id"].as_str().unwrap()).await, "valid");
    let numbers = count(&platform).await;
    let of = |name: &str| numbers[name].as_u64().unwrap();
    assert_eq!((of("signed"), of("revoked"), of("eligible"), of("added"), of("target")), (2, 1, 9, 0, 9));
    let sound = fsck(&platform).await;
    assert_eq!((sound.people, sound.pledges, sound.revoked, sound.notices), (10, 2, 1, 2));
    // The search by number leads to the newest, and the old one isn't admitted twice.
    let found = platform.post_form(DESK, &bkd, &[("q", &person.identifier)]).await;
    assert!(found.text().contains(&newest.to_string()));
    let again = desk(&platform, &bkd, "admit", &[("id", &id), reason]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Nobody is given a code that opens nothing.
    let old = desk(&platform, &bkd, "show", &[("id", &id)]).await;
    assert!(!old.text().contains("/people/reissue"));
    // The old entry opens the one that is in force, from the first and from the second.
    let opens = |page: &Answer, id: &str| {
        let form = page.text().split("/people/show\">").nth(1).and_then(|form| form.split("</form>").next());
        form.is_some_and(|form| form.contains(&format!("value=\"{id}\"")) && form.contains("Buka data yang baru"))
    };
    assert!(opens(&old, &newest.to_string()), "{}", old.text());
    for path in ["reissue", "slip"] {
        assert_eq!(desk(&platform, &bkd, path, &[("id", &id)]).await.status, StatusCode::CONFLICT, "{path}");
    }
    // And once more: the third admission follows the second.
    let second = newest.to_string();
    assert_eq!(desk(&platform, &bkd, "admit", &[("id", &second), reason]).await.status, StatusCode::OK);
    assert_eq!(fsck(&platform).await.people, 11);
    let third = platform.secret.admission_id(&identifier, 3).to_string();
    for earlier in [&id, &second] {
        let page = desk(&platform, &bkd, "show", &[("id", earlier)]).await;
        assert!(opens(&page, &third), "{}", page.text());
    }
    let page = desk(&platform, &bkd, "show", &[("id", &third)]).await;
    assert!(!page.text().contains("Buka data yang baru"), "this is the one in force");
    let operator = platform.account("prov", Role::Operator, &["16"]).await;
    assert_eq!(desk(&platform, &operator, "admit", &[("id", &second), reason]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_locked_event_with_changes_of_its_roster_says_why_it_isn_t_unlocked() {
    let platform = TestPlatform::locked(6).await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let id = platform.people[0].participant.id.to_string();
    assert_eq!(desk(&platform, &bkd, "excuse", &[("id", &id), ("reason", "died")]).await.status, StatusCode::OK);
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let refused = platform.state.campaigns.unlock("bkd", &campaign, "").await;
    assert!(matches!(refused, Err(CampaignRefusal::RosterChanged)), "{refused:?}");
}

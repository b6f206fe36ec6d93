//! Sessions that were tampered with, of signers and of the console: none opens anything.

use crate::askers::{Asker, Cast};
use crate::support::{OPENS_AT, TestPlatform};
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use ikrar::domain::ids::CampaignId;
use ikrar::keyring::Keyring;
use ikrar::service::sign_in::Session;

/// Each bit flipped, each beginning, longer ones, and what isn't base64url.
fn tampered(token: &str) -> Vec<String> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    let mut found = vec![];
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        found.push(BASE64URL_NOPAD.encode(&changed));
    }
    found.extend((0..token.len()).map(|end| token[..end].to_string()));
    found.extend(["A", "AA", "AAAA", "=", "==", "%3D", "."].map(|more| format!("{token}{more}")));
    found.extend([format!("A{token}"), token.repeat(2), token.to_lowercase(), token.to_uppercase()]);
    found.retain(|changed| changed != token);
    found
}

#[tokio::test]
async fn a_signer_s_session_opens_only_as_it_was_given() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let person = cast.platform.people[0].clone();
    let name = person.participant.shown_name.as_str();
    let good = cast.platform.token_of(&person);
    let page = cast.ask("GET", "/k/uji/sign", &format!("ikrar={good}"), &[], "").await;
    assert!(page.text().contains(name), "the session itself is good");
    let session = cast.platform.session_of(&person);
    let keyring = &cast.platform.keyring;
    let strange = Keyring::generate(&[9; 128]);
    let mut wrong = tampered(&good);
    wrong.push(session.token(&strange));
    wrong.push(Session { campaign: CampaignId([9; 16]), ..session.clone() }.token(keyring));
    wrong.push(Session { expires_at: OPENS_AT, ..session.clone() }.token(keyring));
    wrong.push(Session { code_version: 2, ..session }.token(keyring));
    let agreement = cast.platform.agreement().to_string();
    for token in &wrong {
        let page = cast.ask("GET", "/k/uji/sign", &format!("ikrar={token}"), &[], "").await;
        assert!(!page.text().contains(name), "{token}");
        let bearer = format!("Bearer {token}");
        let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
        let answer = cast.ask("POST", "/api/v1/campaigns/uji/pledges", "", &headers, agreement.clone()).await;
        let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        assert!(refused, "{token}: {}", answer.status);
    }
    let count = cast.platform.get("/api/v1/campaigns/uji/count").await;
    assert_eq!(count.json()["signed"], 0);
}

#[tokio::test]
async fn a_console_session_opens_only_as_it_was_given() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let cookie = cast.cookie(Asker::Organizer);
    let good = cookie.split("; ").find_map(|one| one.strip_prefix("console=")).unwrap();
    assert_eq!(cast.ask("GET", "/console", &cookie, &[], "").await.status, StatusCode::OK);
    for token in tampered(good) {
        let answer = cast.ask("GET", "/console", &format!("console={token}"), &[], "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{token}");
    }
    // What the database keeps is a hash of the token, and opens nothing.
    let kept = sha2_of(good);
    let answer = cast.ask("GET", "/console", &format!("console={kept}"), &[], "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    // A signer's session is no console session, and the other way round.
    let signer = cast.platform.token_of(&cast.platform.people[0]);
    let answer = cast.ask("GET", "/console", &format!("console={signer}"), &[], "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = cast.ask("GET", "/k/uji/sign", &format!("ikrar={good}"), &[], "").await;
    assert!(!page.text().contains(&cast.platform.people[0].participant.shown_name));
    cast.ask("POST", "/console/logout", &cookie, &[], "").await;
    assert_eq!(cast.ask("GET", "/console", &cookie, &[], "").await.status, StatusCode::SEE_OTHER);
}

fn sha2_of(token: &str) -> String {
    use sha2::{Digest, Sha256};
    BASE64URL_NOPAD.encode(&Sha256::digest(BASE64URL_NOPAD.decode(token.as_bytes()).unwrap()))
}

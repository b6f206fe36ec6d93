//! Characters that nobody sees, a NUL above all: refused with words where text comes in, so that it never depends on
//! the database whether they can be kept.

use crate::postgres_server::PostgresServer;
use crate::support::TestPlatform;
use axum::http::StatusCode;
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::account::Role;
use ikrar::store::postgres::{Postgres, Server};
use serde_json::json;
use std::sync::Arc;

const NUL: &str = "dipotong\0di sini";

async fn on_postgres() -> TestPlatform {
    let url = DatabaseUrl::new(&PostgresServer::shared().await.database().await);
    let server = Server::parse(&url, false).unwrap();
    let store = Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(2))).await.unwrap());
    TestPlatform::locked_on(store, Some(url), tempfile::tempdir().unwrap(), 3).await
}

#[tokio::test]
async fn unseen_characters_are_refused_on_the_embedded_database() {
    let platform = TestPlatform::locked(3).await;
    forms_say_what_is_wrong(&platform).await;
    programs_and_addresses_are_told_apart_from_faults(&platform).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn unseen_characters_are_refused_on_postgresql() {
    let platform = on_postgres().await;
    forms_say_what_is_wrong(&platform).await;
    programs_and_addresses_are_told_apart_from_faults(&platform).await;
}

async fn forms_say_what_is_wrong(platform: &TestPlatform) {
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let console = admin.as_str();
    for (path, cookie, field) in [
        ("/k/uji/sign", "", "identifier"),
        ("/k/uji/report", "", "message"),
        ("/console/login", "", "login"),
        ("/console/new", console, "title"),
        ("/console/accounts", console, "name"),
        ("/console/k/uji/settings", console, "organizer"),
        ("/console/k/uji/text", console, "title"),
        ("/console/k/uji/institutions", console, "name"),
        ("/console/k/uji/step/cancel", console, "reason"),
        ("/console/k/uji/people", console, "name"),
        ("/console/k/uji/reports", console, "words"),
    ] {
        for bad in [NUL, "\u{1}", "\u{9d}"] {
            let answer = platform.post_form(path, cookie, &[(field, bad)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert!(answer.text().contains("tidak tampak"), "{path}: {}", answer.text());
        }
    }
    let kept = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    assert_eq!(kept.settings.organizer, "Pemerintah Provinsi Contoh");
}

async fn programs_and_addresses_are_told_apart_from_faults(platform: &TestPlatform) {
    let wrong = |field: &str| {
        let person = &platform.people[0];
        let mut body = json!({ "identifier": person.identifier, "access_code": person.access_code });
        body[field] = json!(NUL);
        body
    };
    for field in ["identifier", "access_code"] {
        let answer = platform.post_json("/api/v1/campaigns/uji/sessions", None, &wrong(field)).await;
        assert!(answer.status.is_client_error(), "{field}: {}", answer.text());
    }
    for body in [json!({ "serial": NUL }), json!({ "text": NUL })] {
        let answer = platform.post_json("/api/v1/verify", None, &body).await;
        assert!(!answer.status.is_server_error(), "{body}: {}", answer.text());
    }
    let token = platform.token_of(&platform.people[0]);
    let mut agreement = platform.agreement();
    agreement["agreed"] = json!([NUL]);
    let answer = platform.post_json("/api/v1/campaigns/uji/pledges", Some(&token), &agreement).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    for path in
        ["/k/uji%00", "/k/uji%00/sign", "/c/%00.pdf", "/api/v1/campaigns/uji%00", "/log/uji%00/pledges/checkpoint"]
    {
        assert_eq!(platform.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

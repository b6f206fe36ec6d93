//! Whoever changes what somebody signs in with, or tries to, isn't unnoticed; and a password that lies around ends.

use crate::support::{PASSWORD, TestPlatform};
use argon2::password_hash::PasswordHasher;
use axum::http::StatusCode;
use ikrar::domain::account::{Account, Role, Scope};
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::disclosure::Disclosure;
use ikrar::service::accounts::GIVEN_DAYS;

const DAY_MS: i64 = 24 * 3_600_000;
const TITLE: &str = "Pemberitahuan tentang akun Anda";
const EASY: &str = "password1234";

/// When the newest notice on a page is from.
fn until(page: &str) -> String {
    let rest = page.split("name=\"until\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_string()
}

#[tokio::test]
async fn what_became_of_an_account_is_on_every_page_until_its_owner_has_read_it() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    platform.account("kota", Role::Operator, &["16.71"]).await;
    platform.clock.advance_ms(60_000);
    let given = platform.post_form("/console/accounts/kota/reset", &admin, &[("password", PASSWORD)]).await;
    let given = given.text().split("<code class=\"given\">").nth(1).unwrap().split('<').next().unwrap().to_string();
    let first = platform.enter_console("kota", &given).await.cookie();
    // Also on the one page that a given password opens.
    let asked = platform.page("/console/password", &first).await;
    assert!(asked.text().contains(TITLE) && asked.text().contains("Kata sandi akun diganti oleh orang lain"));
    let fields = [("old", given.as_str()), ("new", PASSWORD), ("again", PASSWORD)];
    assert_eq!(platform.post_form("/console/password", &first, &fields).await.status, StatusCode::SEE_OTHER);
    let kota = platform.enter_console("kota", PASSWORD).await.cookie();
    for path in ["/console", "/console/k/uji/people", "/console/sessions", "/console/password"] {
        let page = platform.page(path, &kota).await;
        assert!(page.text().contains(TITLE) && page.text().contains("oleh bkd"), "{path}");
    }
    // Nobody else is told, and nobody else reads it for them.
    let others = platform.page("/console", &admin).await;
    assert!(!others.text().contains(TITLE));
    let newest = until(platform.page("/console", &kota).await.text());
    platform.post_form("/console/notices", &admin, &[("until", &newest)]).await;
    assert!(platform.page("/console", &kota).await.text().contains(TITLE));
    let read = platform.post_form("/console/notices", &kota, &[("until", &newest)]).await;
    assert_eq!(read.status, StatusCode::SEE_OTHER);
    assert!(!platform.page("/console", &kota).await.text().contains(TITLE));
    // Whoever took the session can't make it unseen: it stands in the account's history.
    assert!(platform.page("/console/sessions", &kota).await.text().contains("Kata sandi akun diganti oleh orang lain"));
}

#[tokio::test]
async fn wrong_passwords_for_an_account_are_told_to_its_owner_with_their_count() {
    let platform = TestPlatform::locked(3).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    for wrong in ["keliru-sekali-1", "keliru-sekali-2", "keliru-sekali-3"] {
        assert_eq!(platform.enter_console("kota", wrong).await.status, StatusCode::UNAUTHORIZED);
    }
    platform.state.finish().await;
    let page = platform.page("/console", &kota).await;
    assert!(page.text().contains("Gagal masuk ke konsol") && page.text().contains("3 kali sejak"));
    for malformed in ["", "x", "99999999999999999999"] {
        let refused = platform.post_form("/console/notices", &kota, &[("until", malformed)]).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{malformed}");
    }
}

#[tokio::test]
async fn a_given_password_opens_nothing_after_its_days_and_a_new_one_does() {
    let platform = TestPlatform::locked(3).await;
    platform.account("bkd", Role::Organizer, &[]).await;
    let accounts = &platform.state.accounts;
    let scope = Scope::Nodes(vec!["16.71".into()]);
    let given = accounts.add("bkd", "kota", "Kota", Role::Operator, scope).await.unwrap();
    let given = given.shown(&Disclosure::to_the_operator()).to_string();
    platform.clock.advance_ms(GIVEN_DAYS * DAY_MS - 1);
    assert_eq!(platform.enter_console("kota", &given).await.status, StatusCode::SEE_OTHER);
    platform.clock.advance_ms(1);
    let late = platform.enter_console("kota", &given).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    assert!(late.text().contains("tidak berlaku lagi") && late.header("set-cookie").is_empty());
    // Only who knows it is told so.
    let wrong = platform.enter_console("kota", "keliru-sekali-1").await;
    assert!(!wrong.text().contains("tidak berlaku lagi"));
    let again = accounts.reset("bkd", "kota").await.unwrap();
    let again = again.shown(&Disclosure::to_the_operator()).to_string();
    assert_eq!(platform.enter_console("kota", &again).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_password_that_is_easily_guessed_is_changed_before_anything_else() {
    let platform = TestPlatform::locked(3).await;
    let account = Account {
        login: "kota".into(),
        display_name: "Kota".into(),
        role: Role::Operator,
        scope: Scope::All,
        must_change_password: false,
        one_time_until: None,
        disabled: false,
        created_at: platform.state.now(),
    };
    // As a program with a weaker rule kept it.
    let hash = argon2::Argon2::default().hash_password_with_salt(EASY.as_bytes(), &[7; 16]).unwrap().to_string();
    platform.store.add_account(&account, &hash, &platform.line()).await.unwrap();
    let entered = platform.enter_console("kota", EASY).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let elsewhere = platform.page("/console/k/uji/people", &entered.cookie()).await;
    assert_eq!((elsewhere.status, elsewhere.header("location")), (StatusCode::SEE_OTHER, "/console/password"));
    assert!(platform.page("/console/password", &entered.cookie()).await.text().contains("mudah ditebak"));
    let fields = [("old", EASY), ("new", PASSWORD), ("again", PASSWORD)];
    let changed = platform.post_form("/console/password", &entered.cookie(), &fields).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    let entered = platform.enter_console("kota", PASSWORD).await;
    assert_eq!(platform.page("/console/k/uji/people", &entered.cookie()).await.status, StatusCode::OK);
    let trail = platform.store.audit_page(None, None, 100).await.unwrap();
    let asked = trail.iter().filter(|entry| matches!(entry.event, AuditEvent::PasswordTooEasy { .. })).count();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_sign_in_on_a_new_device_is_told_on_the_others_and_at_the_next_one() {
    let platform = TestPlatform::locked(3).await;
    let first = platform.account("kota", Role::Operator, &["16.71"]).await;
    let told = async |cookie: &str| {
        let page = platform.page("/console", cookie).await.text().to_string();
        page.split(TITLE).nth(1).is_some_and(|rest| rest.contains("Masuk ke konsol"))
    };
    // Nobody is told of the sign-in that they have just made.
    assert!(!told(&first).await);
    platform.clock.advance_ms(60_000);
    let known =
        platform.post_form("/console/login", &first, &[("login", "kota"), ("password", PASSWORD)]).await.cookie();
    assert!(told(&known).await, "the first sign-in on this device is told at the next");
    let newest = until(platform.page("/console", &known).await.text());
    platform.post_form("/console/notices", &known, &[("until", &newest)]).await;
    assert!(!told(&known).await && !told(&first).await, "a known device is told of");
    platform.clock.advance_ms(60_000);
    let stranger = platform.enter_console("kota", PASSWORD).await.cookie();
    assert!(!told(&stranger).await);
    assert!(told(&known).await && told(&first).await);
}

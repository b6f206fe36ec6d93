//! Whoever has an organizer's password, or a code that was read over a shoulder, tries to enter.

use crate::support::{Answer, PASSWORD, TestPlatform, start};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE32_NOPAD;
use ikrar::config::SecondFactorPolicy;
use ikrar::domain::account::Role;
use ikrar::domain::audit::{AuditEvent, AuditLevel};
use ikrar::domain::key::{KeyInUse, KeyRole};
use ikrar::keyring::KeyStatus;
use ikrar::response_padding::STEPS;
use ikrar::web;
use std::time::Duration;
use tokio::time::Instant;
use totp_rs::{Builder, Totp};
use tower::ServiceExt;

const FACTOR: &str = "/console/second-factor";
const STEP_MS: i64 = 30_000;
const MINUTE: i64 = 60_000;
/// What slows down the last of as many wrong codes as are looked at.
const DELAY_MAX: Duration = Duration::from_secs(4);

/// What a person holds who has added a second factor.
struct Phone {
    totp: Totp,
    recovery: Vec<String>,
}

impl Phone {
    /// Adds a second factor as a person does.
    async fn added(platform: &TestPlatform, cookie: &str) -> Self {
        let shown = platform.post_form(&format!("{FACTOR}/new"), cookie, &[]).await;
        let secret = between(shown.text(), "<code class=\"given\">", "</code>").remove(0).replace(' ', "");
        let sealed = between(shown.text(), "name=\"sealed\" value=\"", "\"").remove(0);
        let secret: [u8; 20] = BASE32_NOPAD.decode(secret.as_bytes()).unwrap().try_into().unwrap();
        let totp = Builder::new().with_secret(secret).with_digits(6).with_step_duration(30).build().unwrap();
        let mut phone = Self { totp, recovery: vec![] };
        let wrong = platform.post_form(FACTOR, cookie, &[("sealed", &sealed), ("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let code = phone.code(platform, 0);
        let added = platform.post_form(FACTOR, cookie, &[("sealed", &sealed), ("code", &code)]).await;
        phone.recovery = between(added.text(), "<code class=\"given\">", "</code>");
        assert_eq!((added.status, phone.recovery.len()), (StatusCode::OK, 10));
        platform.clock.advance_ms(STEP_MS);
        phone
    }

    /// The code of a phone whose clock is so many steps off.
    fn code(&self, platform: &TestPlatform, steps_off: i64) -> String {
        let now = platform.state.now().0 + steps_off * STEP_MS;
        self.totp.generate(u64::try_from(now / 1_000).unwrap()).to_string()
    }
}

fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().to_string()).collect()
}

/// The ticket that a right password is answered with.
async fn ticket(platform: &TestPlatform, login: &str) -> String {
    let asked = platform.enter_console(login, PASSWORD).await;
    assert_eq!(asked.status, StatusCode::OK, "the code is asked for");
    assert!(asked.header("set-cookie").is_empty(), "the password alone opens a session");
    between(asked.text(), "name=\"ticket\" value=\"", "\"").remove(0)
}

async fn enter(platform: &TestPlatform, ticket: &str, code: &str) -> Answer {
    platform.post_form("/console/login/code", "", &[("ticket", ticket), ("code", code), ("to", "")]).await
}

/// A second node over the same store.
async fn node(platform: &TestPlatform, second_factor: SecondFactorPolicy) -> Router {
    let here = &platform.state;
    let config = ikrar::config::Config { second_factor, ..(*here.config).clone() };
    let (clock, entropy) = (here.clock.clone(), here.entropy.clone());
    let other = start(config, clock, entropy, platform.store.clone(), platform.keyring.clone()).await.unwrap();
    web::router(other)
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let answer = router.clone().oneshot(request).await.unwrap();
    let location = answer.headers().get(header::LOCATION).map_or("", |value| value.to_str().unwrap());
    (answer.status(), location.to_string())
}

async fn sensitive_lines(platform: &TestPlatform) -> Vec<AuditEvent> {
    let entries = platform.store.audit_page(None, None, 100).await.unwrap();
    let events = entries.into_iter().map(|entry| entry.event);
    events.filter(|event| event.level() == AuditLevel::Sensitive).collect()
}

#[tokio::test]
async fn a_password_alone_opens_nothing_where_there_is_a_second_factor() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let phone = Phone::added(&platform, &admin).await;
    let given = ticket(&platform, "bkd").await;
    for code in ["", "000000", "abcdef", "A234-B234-C234-D234"] {
        let refused = enter(&platform, &given, code).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{code}");
        assert!(refused.header("set-cookie").is_empty(), "{code}");
    }
    let entered = enter(&platform, &given, &phone.code(&platform, 0)).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(platform.page("/console", &entered.cookie()).await.status, StatusCode::OK);
    assert!(entered.cookie().contains("console-device-"), "the device is known from here on");
    // What asks for the password again asks for nothing else.
    platform.clock.advance_ms(16 * MINUTE);
    let list = [("institution", ""), ("format", "xlsx"), ("password", PASSWORD)];
    let codes = platform.post_form("/console/k/uji/codes", &entered.cookie(), &list).await;
    assert!(codes.body.starts_with(b"PK"));
    // Nobody's secret stands in the database as it is.
    let kept = platform.store.second_factor("bkd").await.unwrap().unwrap();
    let secret = platform.keyring.open_factor("bkd", &kept.sealed).unwrap();
    assert!(!kept.sealed.windows(20).any(|part| part == secret.as_slice()));
}

#[tokio::test]
async fn a_ticket_is_one_person_s_for_some_minutes_and_one_password() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    platform.account("kota", Role::Operator, &["16.71"]).await;
    let phone = Phone::added(&platform, &admin).await;
    let given = ticket(&platform, "bkd").await;
    let parts: Vec<&str> = given.split('.').collect();
    let later = (parts[1].parse::<i64>().unwrap() + MINUTE).to_string();
    let other = data_encoding::BASE64URL_NOPAD.encode(b"kota");
    for forged in [
        format!("{other}.{}.{}", parts[1], parts[2]),
        format!("{}.{later}.{}", parts[0], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(43)),
        String::new(),
        "..".into(),
    ] {
        let refused = enter(&platform, &forged, &phone.code(&platform, 0)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.header("set-cookie").is_empty());
    }
    platform.clock.advance_ms(10 * MINUTE);
    assert_eq!(enter(&platform, &given, &phone.code(&platform, 0)).await.status, StatusCode::UNAUTHORIZED);
    let given = ticket(&platform, "bkd").await;
    platform.state.accounts.reset("uji", "bkd").await.unwrap();
    assert_eq!(enter(&platform, &given, &phone.code(&platform, 0)).await.status, StatusCode::UNAUTHORIZED);
}

/// Between password and code the session key is replaced, and later ended because somebody else may have it.
#[tokio::test]
async fn a_ticket_outlives_a_rotation_and_ends_with_a_compromised_key_in_words() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let phone = Phone::added(&platform, &admin).await;
    let (keyring, session) = (&platform.keyring, KeyRole::Session);
    let given = ticket(&platform, "bkd").await;
    let old = keyring.keys().used(session).unwrap().kid.clone();
    let kid = keyring.add(session, [71; 32], platform.state.now()).unwrap();
    keyring.note_in_use(vec![KeyInUse { role: session, kid: kid.clone(), since: platform.state.now() }]);
    assert!(old != kid && keyring.keys().used(session).unwrap().kid == kid);
    let entered = enter(&platform, &given, &phone.code(&platform, 0)).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text());

    platform.clock.advance_ms(STEP_MS);
    let given = ticket(&platform, "bkd").await;
    keyring.end(&old, KeyStatus::Compromised(platform.state.now())).unwrap();
    keyring.add(session, [72; 32], platform.state.now()).unwrap();
    keyring.end(&kid, KeyStatus::Compromised(platform.state.now())).unwrap();
    let refused = enter(&platform, &given, &phone.code(&platform, 0)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.header("set-cookie").is_empty());
    assert!(refused.text().contains("Masuk sekali lagi dengan kata sandi"), "{}", refused.text());
    // The password leads to a ticket of the new key, and nobody stands locked out.
    let entered = enter(&platform, &ticket(&platform, "bkd").await, &phone.code(&platform, 0)).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text());
}

#[tokio::test]
async fn no_code_works_twice_not_at_two_nodes_at_once_either() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let phone = Phone::added(&platform, &admin).await;
    let given = ticket(&platform, "bkd").await;
    let nodes = [platform.router.clone(), node(&platform, SecondFactorPolicy::Optional).await];
    let code = phone.code(&platform, 0);
    let tries = (0..4).map(|number| {
        let request = Request::post("/console/login/code")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(format!("ticket={given}&code={code}&to=")));
        ask(&nodes[number % 2], request.unwrap())
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::SEE_OTHER).count(), 1);
    // Neither does one of before the last that was accepted.
    assert_eq!(enter(&platform, &given, &phone.code(&platform, -1)).await.status, StatusCode::UNAUTHORIZED);
    platform.clock.advance_ms(STEP_MS);
    let next = enter(&platform, &given, &phone.code(&platform, 0)).await;
    assert_eq!(next.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_phone_two_steps_off_enters_with_a_word_about_its_clock() {
    for (steps_off, status, to) in [
        (0, StatusCode::SEE_OTHER, "/console"),
        (1, StatusCode::SEE_OTHER, "/console"),
        (2, StatusCode::SEE_OTHER, "/console?done=phone-clock"),
        (-2, StatusCode::SEE_OTHER, "/console?done=phone-clock"),
        (3, StatusCode::UNAUTHORIZED, ""),
        (-3, StatusCode::UNAUTHORIZED, ""),
    ] {
        let platform = TestPlatform::open(3).await;
        let admin = platform.account("bkd", Role::Organizer, &[]).await;
        let phone = Phone::added(&platform, &admin).await;
        platform.clock.advance_ms(10 * STEP_MS);
        let given = ticket(&platform, "bkd").await;
        let answer = enter(&platform, &given, &phone.code(&platform, steps_off)).await;
        assert_eq!((answer.status, answer.header("location")), (status, to), "{steps_off}");
    }
}

#[tokio::test]
async fn guessing_codes_is_slow_and_locks_nobody_out() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let phone = Phone::added(&platform, &admin).await;
    let given = ticket(&platform, "bkd").await;
    let began = Instant::now();
    assert_eq!(enter(&platform, &given, "000000").await.status, StatusCode::UNAUTHORIZED);
    assert!(began.elapsed() >= STEPS[0], "the first wrong one is answered at once");
    let guesses = (0..11).map(|_| enter(&platform, &given, "000000"));
    for refused in futures_util::future::join_all(guesses).await {
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    assert!(began.elapsed() >= DELAY_MAX, "many wrong ones are answered as soon as few");
    // Not even the right one is looked at now, but a recovery code is.
    assert_eq!(enter(&platform, &given, &phone.code(&platform, 0)).await.status, StatusCode::UNAUTHORIZED);
    let entered = enter(&platform, &given, &phone.recovery[0].to_lowercase()).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(enter(&platform, &given, &phone.recovery[0]).await.status, StatusCode::UNAUTHORIZED);
    assert!(sensitive_lines(&platform).await.contains(&AuditEvent::RecoveryCodeUsed { login: "bkd".into() }));
    assert_eq!(platform.store.recovery_codes_left("bkd").await.unwrap(), 9);
    platform.clock.advance_ms(15 * MINUTE + 1);
    let given = ticket(&platform, "bkd").await;
    assert_eq!(enter(&platform, &given, &phone.code(&platform, 0)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_learns_who_has_a_second_factor_before_the_password_is_right() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    platform.account("kota", Role::Operator, &["16.71"]).await;
    Phone::added(&platform, &admin).await;
    let mut answers = vec![];
    for login in ["bkd", "kota", "tidak.ada"] {
        let answer = platform.enter_console(login, "bukan kata sandinya").await;
        answers.push((answer.status, answer.text().replace(login, "LOGIN")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_lost_factor_is_taken_away_by_another_organizer_for_a_reason() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let other = platform.account("sekda", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    Phone::added(&platform, &admin).await;
    let path = "/console/accounts/bkd/second-factor";
    let reason = [("reason", "telepon hilang di lapangan")];
    assert_eq!(platform.post_form(path, &kota, &reason).await.status, StatusCode::FORBIDDEN);
    assert_eq!(platform.post_form(path, &admin, &reason).await.status, StatusCode::CONFLICT);
    assert_eq!(platform.post_form(path, &other, &[("reason", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(platform.state.accounts.has_factor("bkd").await.unwrap());
    platform.clock.advance_ms(6 * MINUTE);
    assert_eq!(platform.post_form(path, &other, &reason).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let with = [reason[0], ("password", PASSWORD)];
    assert_eq!(platform.post_form(path, &other, &with).await.status, StatusCode::SEE_OTHER);
    assert_eq!(platform.enter_console("bkd", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let told = AuditEvent::SecondFactorRemoved { login: "bkd".into(), reason: reason[0].1.into() };
    assert!(sensitive_lines(&platform).await.contains(&told));
    assert_eq!(platform.store.recovery_codes_left("bkd").await.unwrap(), 0);
}

#[tokio::test]
async fn where_it_is_required_an_organizer_adds_it_first_and_a_lost_one_leaves_a_day() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let strict = node(&platform, SecondFactorPolicy::Required).await;
    let page = async |cookie: &str, path: &str| {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        ask(&strict, request).await
    };
    assert_eq!(page(&kota, "/console").await.0, StatusCode::OK);
    for path in ["/console", "/console/k/uji/codes", "/console/accounts"] {
        assert_eq!(page(&admin, path).await, (StatusCode::SEE_OTHER, FACTOR.to_string()), "{path}");
    }
    assert_eq!(page(&admin, FACTOR).await.0, StatusCode::OK);
    Phone::added(&platform, &admin).await;
    assert_eq!(page(&admin, "/console").await.0, StatusCode::OK);
    platform.state.accounts.reset_factor("system/cli", "bkd", "telepon hilang").await.unwrap();
    // Nobody stands locked out shortly before an opening.
    let admin = platform.enter_console("bkd", PASSWORD).await.cookie();
    assert_eq!(page(&admin, "/console").await.0, StatusCode::OK);
    platform.clock.advance_ms(24 * 60 * MINUTE);
    let admin = platform.enter_console("bkd", PASSWORD).await.cookie();
    assert_eq!(page(&admin, "/console").await, (StatusCode::SEE_OTHER, FACTOR.to_string()));
}

/// Whoever adds a factor at somebody else's console has its secret; who mistypes is told so, and slowly.
#[tokio::test]
async fn wrong_codes_at_adding_a_factor_are_in_the_trail_and_slow() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let shown = platform.post_form(&format!("{FACTOR}/new"), &admin, &[]).await;
    let sealed = between(shown.text(), "name=\"sealed\" value=\"", "\"").remove(0);
    let began = Instant::now();
    for code in ["000000", "", "000000", "abcdef", "000000"] {
        let wrong = platform.post_form(FACTOR, &admin, &[("sealed", &sealed), ("code", code)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // The first ones until the first step, and two that are slowed down.
    assert!(began.elapsed() >= 3 * STEPS[0] + 2 * STEPS[2], "{:?}", began.elapsed());
    platform.state.finish().await;
    assert_eq!(failed_codes(&platform).await, [AuditEvent::CodeFailed { login: "bkd".into(), count: 5 }]);
    // With its first code it is added, and its sign-in isn't used up.
    let phone = Phone::added(&platform, &admin).await;
    let given = ticket(&platform, "bkd").await;
    assert_eq!(enter(&platform, &given, &phone.code(&platform, 0)).await.status, StatusCode::SEE_OTHER);
}

async fn failed_codes(platform: &TestPlatform) -> Vec<AuditEvent> {
    let trail = platform.store.audit_page(None, None, 100).await.unwrap();
    let events = trail.into_iter().map(|entry| entry.event);
    events.filter(|event| matches!(event, AuditEvent::CodeFailed { .. })).collect()
}

/// Somebody has the password, and guesses codes and recovery codes.
#[tokio::test]
async fn wrong_codes_are_in_the_trail_with_their_count_and_what_was_typed_is_nowhere() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let phone = Phone::added(&platform, &admin).await;
    platform.state.finish().await;
    let given = ticket(&platform, "bkd").await;
    // One that was used, and is read over a shoulder.
    let code = phone.code(&platform, 0);
    assert_eq!(enter(&platform, &given, &code).await.status, StatusCode::SEE_OTHER);
    assert_eq!(enter(&platform, &given, &code).await.status, StatusCode::UNAUTHORIZED);
    // Codes up to the limit, some beyond it, which aren't looked at any more, and two recovery codes.
    let codes = std::iter::repeat_n("000000", 13).chain(["WXYZ-WXYZ-WXYZ-WXY1", "WXYZ-WXYZ-WXYZ-WXY2"]);
    let guesses = codes.map(|code| enter(&platform, &given, code));
    for refused in futures_util::future::join_all(guesses).await {
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let forged = format!("{given}A");
    assert_eq!(enter(&platform, &forged, "000000").await.status, StatusCode::UNAUTHORIZED);
    let entered = enter(&platform, &given, &phone.recovery[0]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    platform.clock.advance_ms(MINUTE);
    platform.state.audit_counter.write_due().await.unwrap();
    // The newest first; the other one is from adding the factor.
    let counted = |count| AuditEvent::CodeFailed { login: "bkd".into(), count };
    assert_eq!(failed_codes(&platform).await, [counted(16), counted(1)]);
    let shown = platform.page("/console/audit", &entered.cookie()).await;
    assert!(shown.text().contains("Kode masuk salah sesudah kata sandi benar"));
    for name in ["ikrar.sqlite", "ikrar.sqlite-wal"] {
        let stored = std::fs::read(platform.folder().join(name)).unwrap();
        assert!(!stored.windows(7).any(|window| window == b"WXYZWXY" || window == b"WXYZ-WX"), "typed codes in {name}");
    }
}

#[tokio::test]
async fn a_changed_factor_is_told_to_its_owner() {
    const TITLE: &str = "Pemberitahuan tentang akun Anda";
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let other = platform.account("sekda", Role::Organizer, &[]).await;
    let phone = Phone::added(&platform, &admin).await;
    let told = async |cookie: &str| {
        let page = platform.page("/console", cookie).await.text().to_string();
        page.split(TITLE).nth(1).map(|rest| rest.split("</section>").next().unwrap().to_string()).unwrap_or_default()
    };
    let added = told(&admin).await;
    assert!(added.contains("Faktor kedua dipasang") && added.contains("dengan akun Anda sendiri"), "{added}");
    let entered = enter(&platform, &ticket(&platform, "bkd").await, &phone.recovery[0]).await.cookie();
    assert!(told(&entered).await.contains("Masuk dengan kode pemulihan"));
    let reason = [("reason", "telepon hilang di lapangan"), ("password", PASSWORD)];
    platform.post_form("/console/accounts/bkd/second-factor", &other, &reason).await;
    let lost = told(&entered).await;
    assert!(lost.contains("oleh sekda") && lost.contains("telepon hilang di lapangan"), "{lost}");
    assert_eq!(told(&other).await, "");
}

#[tokio::test]
async fn wrong_codes_and_passwords_are_told_to_the_owner_with_their_count() {
    let platform = TestPlatform::open(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let phone = Phone::added(&platform, &admin).await;
    let given = ticket(&platform, "bkd").await;
    let right = phone.code(&platform, 0);
    assert_eq!(enter(&platform, &given, &right).await.status, StatusCode::SEE_OTHER);
    // A code that was used, and one that is none.
    for code in [right.as_str(), "000000"] {
        assert_eq!(enter(&platform, &given, code).await.status, StatusCode::UNAUTHORIZED);
    }
    for _ in 0..2 {
        assert_eq!(platform.enter_console("bkd", "keliru-sekali-1").await.status, StatusCode::UNAUTHORIZED);
    }
    platform.state.finish().await;
    let told = platform.store.notices("bkd").await.unwrap();
    let count = |wanted: fn(&AuditEvent) -> bool| told.iter().find(|told| wanted(&told.event)).unwrap().count;
    assert_eq!(count(|event| matches!(event, AuditEvent::CodeFailed { .. })), 3, "one at adding it, two afterwards");
    assert_eq!(count(|event| matches!(event, AuditEvent::SignInFailed { .. })), 2);
    let page = platform.page("/console", &admin).await;
    assert!(page.text().contains("2 kali sejak") && page.text().contains("3 kali sejak"), "{}", page.text());
}

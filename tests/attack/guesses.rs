//! Whoever guesses the password of a console account has a few dozen tries an hour, from however many addresses. Its
//! owner comes in all the same, from a device that was used before or with a one-time password.

use super::lockout::post_from;
use crate::support::{Answer, PASSWORD, TestPlatform};
use axum::http::StatusCode;
use futures_util::future::join_all;
use ikrar::domain::account::{Role, Scope};
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::disclosure::Disclosure;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const LOGIN: &str = "/console/login";
const WRONG: &str = "salah sama sekali";
const OFFICE: &str = "198.51.100.7";
const ELSEWHERE: &str = "192.0.2.20";
const MINUTE_MS: i64 = 60_000;
/// Guesses at once, how often, and how many of all count as tried.
const AT_ONCE: usize = 50;
const ROUNDS: usize = 3;
const TRIED_MAX: usize = 30;
const TRIED_OF_A_SITE_MAX: usize = 10;
const TRIED_WHERE_KNOWN_MAX: usize = 6;
/// What the answer to many wrong passwords is held back for.
const SLOWED: Duration = Duration::from_secs(4);

async fn enter(platform: &TestPlatform, address: &str, cookie: &str, login: &str, password: &str) -> Answer {
    post_from(platform, address, LOGIN, cookie, &[("login", login), ("password", password), ("to", "")]).await
}

/// Another one each time.
fn wrong() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{WRONG} {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Wrong passwords for a login, so many at once from one address.
async fn guess(platform: &TestPlatform, address: &str, login: &str, guesses: usize) -> Vec<StatusCode> {
    let asked = (0..guesses).map(|_| async { enter(platform, address, "", login, &wrong()).await });
    join_all(asked).await.into_iter().map(|answer| answer.status).collect()
}

fn count(statuses: &[StatusCode], of: StatusCode) -> usize {
    statuses.iter().filter(|status| **status == of).count()
}

/// Of the cookies of somebody who is signed in, the one that stays.
fn device(cookies: &str) -> String {
    cookies.split("; ").find(|cookie| cookie.starts_with("console-device-")).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_guesses_at_once_few_count_and_the_owner_comes_in_from_a_known_device() {
    let platform = TestPlatform::locked(3).await;
    let cookies = platform.account("bkd", Role::Organizer, &[]).await;
    let mut statuses = vec![];
    for round in 0..ROUNDS {
        let addresses: Vec<String> = (0..AT_ONCE).map(|number| format!("203.0.{round}.{number}")).collect();
        let guesses = addresses.iter().map(async |address| enter(&platform, address, "", "bkd", &wrong()).await);
        statuses.extend(join_all(guesses).await.into_iter().map(|answer| answer.status));
    }
    assert_eq!(count(&statuses, StatusCode::UNAUTHORIZED), TRIED_MAX);
    assert_eq!(count(&statuses, StatusCode::TOO_MANY_REQUESTS), ROUNDS * AT_ONCE - TRIED_MAX);
    // Now the right one is refused like a wrong one, as late and in the same words.
    let refused = async |password| {
        let began = Instant::now();
        let answer = enter(&platform, ELSEWHERE, "", "bkd", password).await;
        assert!(began.elapsed() >= SLOWED, "{:?}", began.elapsed());
        (answer.status, answer.cookie(), answer.text().to_string())
    };
    let (right, wrong) = tokio::join!(refused(PASSWORD), refused(WRONG));
    assert_eq!(right, wrong);
    assert_eq!((right.0, right.1.as_str()), (StatusCode::TOO_MANY_REQUESTS, ""));
    assert!(right.2.contains("Minta kata sandi sekali pakai kepada penyelenggara lain"));
    // The owner's browser, signed out, and with an open session.
    let left = platform.post_form("/console/logout", &cookies, &[]).await;
    assert!(!left.header("set-cookie").contains("device"));
    let entered = enter(&platform, ELSEWHERE, &device(&cookies), "bkd", PASSWORD).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    platform.clock.advance_ms(6 * MINUTE_MS);
    let list = [("institution", ""), ("format", "xlsx"), ("password", PASSWORD)];
    let codes = platform.post_form("/console/k/uji/codes", &entered.cookie(), &list).await;
    assert!(codes.body.starts_with(b"PK"), "{}", codes.status);
    // After the hour everybody may try again.
    assert_eq!(enter(&platform, ELSEWHERE, "", "bkd", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    platform.clock.advance_ms(64 * MINUTE_MS);
    assert_eq!(enter(&platform, ELSEWHERE, "", "bkd", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_a_part_of_the_guesses_and_a_one_time_password_comes_in() {
    let platform = TestPlatform::locked(3).await;
    platform.account("bkd", Role::Organizer, &[]).await;
    let statuses = guess(&platform, OFFICE, "bkd", 2 * TRIED_OF_A_SITE_MAX).await;
    assert_eq!(count(&statuses, StatusCode::UNAUTHORIZED), TRIED_OF_A_SITE_MAX);
    assert_eq!(enter(&platform, OFFICE, "", "bkd", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(enter(&platform, ELSEWHERE, "", "bkd", PASSWORD).await.status, StatusCode::SEE_OTHER);
    // Five minutes before an opening somebody else gives a new one.
    let given = platform.state.accounts.reset("sekda", "bkd").await.unwrap();
    let given = given.shown(&Disclosure::to_the_operator());
    assert_eq!(enter(&platform, OFFICE, "", "bkd", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    let entered = enter(&platform, OFFICE, "", "bkd", given).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let chosen = [("old", given), ("new", "sampan kayu di ogan"), ("again", "sampan kayu di ogan")];
    let changed = platform.post_form("/console/password", &entered.cookie(), &chosen).await;
    assert_eq!(changed.header("location"), "/console/login?done=password-changed");
    // The device is known from then on.
    let again = enter(&platform, OFFICE, &device(&entered.cookie()), "bkd", "sampan kayu di ogan").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_learns_from_the_limit_which_logins_there_are() {
    let platform = TestPlatform::locked(3).await;
    platform.account("bkd", Role::Organizer, &[]).await;
    platform.state.accounts.add("uji", "kota.baru", "Nama Orang", Role::Operator, Scope::All).await.unwrap();
    let mut heard = vec![];
    for login in ["bkd", "kota.baru", "tidak.ada"] {
        let mut statuses = guess(&platform, OFFICE, login, TRIED_OF_A_SITE_MAX + 2).await;
        statuses.sort_unstable();
        let answer = enter(&platform, OFFICE, "", login, WRONG).await;
        heard.push((statuses, answer.status, answer.text().replace(login, "LOGIN")));
    }
    assert_eq!(heard[0].1, StatusCode::TOO_MANY_REQUESTS);
    assert!(heard.iter().all(|one| *one == heard[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cookie_of_another_login_or_a_changed_one_is_no_known_device() {
    let platform = TestPlatform::locked(3).await;
    let own = device(&platform.account("bkd", Role::Organizer, &[]).await);
    let other = device(&platform.account("kota", Role::Operator, &["16.71"]).await);
    guess(&platform, OFFICE, "bkd", TRIED_OF_A_SITE_MAX).await;
    let (name, value) = own.split_once('=').unwrap();
    let (_, foreign) = other.split_once('=').unwrap();
    let first = if value.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{first}{}", &value[1..]);
    for cookie in [other.clone(), format!("{name}={foreign}"), format!("{name}={changed}"), format!("{name}=")] {
        let answer = enter(&platform, OFFICE, &cookie, "bkd", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{cookie}");
    }
    // An office's shared browser knows both.
    let both = format!("{other}; {own}");
    assert_eq!(enter(&platform, OFFICE, &both, "bkd", PASSWORD).await.status, StatusCode::SEE_OTHER);
    // The owner mistypes a few times at home; that isn't without end, and no more there than for anybody.
    let tries = (0..30).map(async |_| enter(&platform, "192.0.2.77", &own, "bkd", &wrong()).await);
    let statuses: Vec<StatusCode> = join_all(tries).await.into_iter().map(|answer| answer.status).collect();
    assert_eq!(count(&statuses, StatusCode::UNAUTHORIZED), TRIED_WHERE_KNOWN_MAX + TRIED_OF_A_SITE_MAX);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_found_an_open_session_guesses_its_password_a_few_times_only() {
    let platform = TestPlatform::locked(3).await;
    let found = platform.account("bkd", Role::Organizer, &[]).await;
    let device = device(&found);
    platform.clock.advance_ms(6 * MINUTE_MS);
    let codes = async |cookie: &str, password: &str| {
        let list = [("institution", ""), ("format", "xlsx"), ("password", password)];
        platform.post_form("/console/k/uji/codes", cookie, &list).await
    };
    let change = async |old: &str| {
        let fields = [("old", old), ("new", "sampan kayu di ogan"), ("again", "sampan kayu di ogan")];
        platform.post_form("/console/password", &found, &fields).await
    };
    let guesses = (0..9).map(async |_| codes(&found, &wrong()).await);
    let said: Vec<String> = join_all(guesses).await.iter().map(|answer| answer.text().to_string()).collect();
    let told = "Terlalu banyak kata sandi salah dalam sesi ini";
    assert_eq!(said.iter().filter(|page| page.contains(told)).count(), 9 - TRIED_WHERE_KNOWN_MAX);
    // One allowance for all that asks for the password, and the right one is refused like a wrong one.
    for answer in [codes(&found, PASSWORD).await, change(PASSWORD).await, change(WRONG).await] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(told));
    }
    // The owner signs in anew.
    let entered = enter(&platform, OFFICE, &device, "bkd", PASSWORD).await.cookie();
    assert!(codes(&entered, PASSWORD).await.body.starts_with(b"PK"));
}

#[tokio::test]
async fn a_new_device_is_in_the_trail_and_a_known_one_isn_t_called_new() {
    let platform = TestPlatform::locked(3).await;
    let first = platform.account("bkd", Role::Organizer, &[]).await;
    let again = enter(&platform, OFFICE, &device(&first), "bkd", PASSWORD).await.cookie();
    let entries = platform.store.audit_page(None, None, 10).await.unwrap();
    let devices: Vec<bool> = entries
        .into_iter()
        .filter_map(
            |entry| if let AuditEvent::SignedIn { new_device, .. } = entry.event { Some(new_device) } else { None },
        )
        .collect();
    // Newest first; the two before it came without a cookie, the first of them with a password that had been given.
    assert_eq!(devices, [false, true, false]);
    let shown = platform.page("/console/audit", &again).await;
    assert_eq!(shown.text().matches("Perangkat baru").count(), 1);
}

/// An old password that a phone has saved, or a flood that doesn't even guess.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_wrong_password_over_and_over_keeps_nobody_out_and_is_no_way_in_beyond_the_limit() {
    let platform = TestPlatform::locked(3).await;
    platform.account("bkd", Role::Organizer, &[]).await;
    let same = (0..4 * TRIED_OF_A_SITE_MAX).map(|_| enter(&platform, OFFICE, "", "bkd", WRONG));
    let statuses: Vec<StatusCode> = join_all(same).await.into_iter().map(|answer| answer.status).collect();
    assert_eq!(count(&statuses, StatusCode::UNAUTHORIZED), 4 * TRIED_OF_A_SITE_MAX);
    assert_eq!(enter(&platform, OFFICE, "", "bkd", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let others = guess(&platform, OFFICE, "bkd", TRIED_OF_A_SITE_MAX).await;
    assert_eq!(count(&others, StatusCode::UNAUTHORIZED), TRIED_OF_A_SITE_MAX - 1);
    for password in [WRONG, PASSWORD] {
        assert_eq!(enter(&platform, OFFICE, "", "bkd", password).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
}

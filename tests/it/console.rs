//! The console over HTTP: signing in, roles and scopes, requests of other sites, and an event's life by button.

use crate::support::{PASSWORD, PUBLIC_URL, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::disclosure::Disclosure;
use std::time::Duration;
use tokio::time::Instant;

async fn state(platform: &TestPlatform) -> CampaignState {
    platform.store.campaign(platform.campaign).await.unwrap().unwrap().state
}

async fn step(platform: &TestPlatform, cookie: &str, step: &str, reason: &str) -> StatusCode {
    let path = format!("/console/k/uji/step/{step}");
    platform.post_form(&path, cookie, &[("reason", reason)]).await.status
}

#[tokio::test]
async fn the_first_account_changes_its_password_before_anything_else() {
    let platform = TestPlatform::locked(3).await;
    let (login, given) = platform.state.accounts.first_run("uji").await.unwrap().unwrap();
    let given = given.shown(&Disclosure::to_the_operator());
    assert!(platform.state.accounts.first_run("uji").await.unwrap().is_none());

    let stranger = platform.get("/console/k/uji").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
    assert!(stranger.header("location").starts_with("/console/login?to="));
    let posted = platform.post_form("/console/new", "", &[("slug", "x")]).await;
    assert_eq!(posted.status, StatusCode::UNAUTHORIZED);

    assert_eq!(platform.enter_console(&login, "bukan ini sandinya").await.status, StatusCode::UNAUTHORIZED);
    let entered = platform.enter_console(&login, given).await;
    let set = entered.header("set-cookie").to_string();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"), "{set}");
    let first = entered.cookie();
    assert_eq!(platform.page("/console", &first).await.header("location"), "/console/password");
    assert_eq!(platform.page("/console/password", &first).await.status, StatusCode::OK);

    let short = [("old", given), ("new", "pendek"), ("again", "pendek")];
    assert_eq!(platform.post_form("/console/password", &first, &short).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("old", given), ("new", PASSWORD), ("again", PASSWORD)];
    platform.post_form("/console/password", &first, &right).await;
    // Every session of before has ended.
    assert_eq!(platform.page("/console", &first).await.header("location"), "/console/login");
    let second = platform.enter_console(&login, PASSWORD).await.cookie();
    let events = platform.page("/console", &second).await;
    assert_eq!((events.status, events.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(events.text().contains("Uji Ikrar"));
    platform.post_form("/console/logout", &second, &[]).await;
    assert_eq!(platform.page("/console", &second).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_without_use_and_after_twelve_hours_of_it() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    platform.clock.advance_ms(29 * 60_000);
    assert_eq!(platform.page("/console", &admin).await.status, StatusCode::OK);
    platform.clock.advance_ms(29 * 60_000);
    assert_eq!(platform.page("/console", &admin).await.status, StatusCode::OK);
    platform.clock.advance_ms(31 * 60_000);
    assert_eq!(platform.page("/console", &admin).await.status, StatusCode::SEE_OTHER);

    let admin = platform.enter_console("bkd", PASSWORD).await.cookie();
    for _ in 0..29 {
        platform.clock.advance_ms(25 * 60_000);
        platform.page("/console", &admin).await;
    }
    assert_eq!(platform.page("/console", &admin).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn each_role_sees_its_own_pages_and_each_scope_its_own_institutions() {
    let platform = TestPlatform::locked(9).await;
    let viewer = platform.account("peninjau", Role::Viewer, &["16"]).await;
    let operator = platform.account("kota", Role::Operator, &["16.71"]).await;
    assert_eq!(platform.page("/console/k/uji", &viewer).await.status, StatusCode::OK);
    for path in ["/console/k/uji/settings", "/console/k/uji/institutions", "/console/accounts", "/console/audit"] {
        assert_eq!(platform.page(path, &viewer).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/console/k/uji/settings", "/console/k/uji/step/open", "/console/accounts", "/console/k/uji/audit"] {
        assert_eq!(platform.page(path, &operator).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(step(&platform, &operator, "open", "").await, StatusCode::FORBIDDEN);
    let own = platform.page("/console/k/uji/institutions", &operator).await;
    assert!(own.text().contains("Kota Contoh") && !own.text().contains("value=\"16\""));
    let progress = platform.page("/console/k/uji/progress", &operator).await;
    assert!(progress.text().contains("institution=16.71\"") && !progress.text().contains("institution=16\""));
    let foreign = platform.page("/console/k/uji/progress?institution=16", &operator).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let foreign = [("code", "16"), ("help_contact", "081")];
    let refused = platform.post_form("/console/k/uji/institutions", &operator, &foreign).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let mine = [("code", "16.71"), ("help_contact", "Ruang 2")];
    let saved = platform.post_form("/console/k/uji/institutions", &operator, &mine).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(platform.store.institutions(platform.campaign).await.unwrap()[1].help_contact, "Ruang 2");
}

#[tokio::test]
async fn another_site_cannot_post_and_the_public_address_can() {
    let platform = TestPlatform::locked(3).await;
    platform.account("bkd", Role::Organizer, &[]).await;
    let body = format!("login=bkd&password={}", PASSWORD.replace(' ', "+"));
    let from = |origin: &'static str| {
        let request = Request::post("/console/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "127.0.0.1:9")
            .header(header::ORIGIN, origin);
        platform.send(request.body(Body::from(body.clone())).unwrap())
    };
    let foreign = from("https://lain.example").await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert!(foreign.header("set-cookie").is_empty());
    assert_eq!(from(PUBLIC_URL).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_campaign_is_led_through_its_life_cycle_and_wrong_actions_are_refused() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    assert_eq!(step(&platform, &admin, "pause", "").await, StatusCode::CONFLICT);
    assert_eq!(step(&platform, &admin, "lompat", "").await, StatusCode::NOT_FOUND);
    assert_eq!(step(&platform, &admin, "open", "").await, StatusCode::SEE_OTHER);
    assert_eq!(step(&platform, &admin, "open", "").await, StatusCode::CONFLICT);
    assert_eq!(step(&platform, &admin, "unlock", "").await, StatusCode::CONFLICT);
    assert_eq!(step(&platform, &admin, "pause", "listrik padam").await, StatusCode::SEE_OTHER);
    assert_eq!(step(&platform, &admin, "resume", "").await, StatusCode::SEE_OTHER);
    assert_eq!(step(&platform, &admin, "cancel", "").await, StatusCode::CONFLICT);
    assert_eq!(state(&platform).await, CampaignState::Open);

    let without = [("closes_at", "2029-02-01T18:00"), ("reason", "")];
    let refused = platform.post_form("/console/k/uji/times", &admin, &without).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let with = [("closes_at", "2029-02-01T18:00"), ("reason", "jaringan terputus")];
    assert_eq!(platform.post_form("/console/k/uji/times", &admin, &with).await.status, StatusCode::SEE_OTHER);

    assert_eq!(step(&platform, &admin, "close", "selesai").await, StatusCode::SEE_OTHER);
    assert_eq!(state(&platform).await, CampaignState::Closing);
    platform.state.run_tasks();
    let begun = Instant::now();
    while state(&platform).await != CampaignState::Closed {
        assert!(begun.elapsed() < Duration::from_secs(20), "the closing was never finished");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(step(&platform, &admin, "cancel", "terlambat").await, StatusCode::CONFLICT);
    let trail = platform.store.audit_page(Some(platform.campaign), None, 50).await.unwrap();
    assert!(
        trail.iter().any(
            |entry| matches!(&entry.event, AuditEvent::TimesMoved { reason, .. } if reason == "jaringan terputus")
        )
    );
    let shown = platform.page("/console/k/uji/audit", &admin).await;
    assert!(shown.text().contains("listrik padam"));
    let file = platform.post_form("/console/k/uji/audit.csv", &admin, &[]).await;
    assert!(file.header("repr-digest").starts_with("sha-256=:") && file.text().contains("state_changed"));
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_the_right_one_is_not() {
    let platform = TestPlatform::locked(3).await;
    platform.account("bkd", Role::Organizer, &[]).await;
    let wrong = || async {
        let asked = Instant::now();
        assert_eq!(platform.enter_console("bkd", "salah sama sekali").await.status, StatusCode::UNAUTHORIZED);
        asked.elapsed()
    };
    for _ in 0..6 {
        wrong().await;
    }
    let slowed = wrong().await;
    assert!(slowed >= Duration::from_secs(2), "a wrong answer was there after {slowed:?}");
    assert!(platform.state.accounts.delay("bkd") >= Duration::from_secs(4));
    let asked = Instant::now();
    assert_eq!(platform.enter_console("bkd", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert!(asked.elapsed() < Duration::from_secs(4), "the right password waited");
}

#[tokio::test]
async fn a_draft_is_made_from_a_template_edited_and_refused_the_lock_until_complete() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let fields = [
        ("slug", "pakta"),
        ("template", "pakta-integritas"),
        ("title", "Pakta Integritas"),
        ("organizer", "Pemerintah Provinsi Contoh"),
        ("occasion", "Tahun Anggaran"),
        ("year", "2029"),
        ("zone", "WIB"),
    ];
    let made = platform.post_form("/console/new", &admin, &fields).await;
    assert_eq!(made.header("location"), "/console/k/pakta?done=created");
    let taken = platform.post_form("/console/new", &admin, &fields).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);

    let text = [
        ("act", "save"),
        ("title", "Pakta {tahun}"),
        ("clause_1", "Jujur."),
        ("clause_3", "Terbuka pada {kegiatan}."),
        ("closing", "Demikian."),
    ];
    let saved = platform.post_form("/console/k/pakta/text", &admin, &text).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let shown = platform.page("/console/k/pakta/text", &admin).await;
    assert!(shown.text().contains("Terbuka pada Tahun Anggaran."));
    let wrong = [("act", "save"), ("title", "Pakta {thn}"), ("clause_1", "Jujur."), ("closing", "Demikian.")];
    let refused = platform.post_form("/console/k/pakta/text", &admin, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("{thn}"));

    let path = "/console/k/pakta/step/lock";
    let lock = platform.post_form(path, &admin, &[]).await;
    assert_eq!(lock.status, StatusCode::CONFLICT);
    assert!(lock.text().contains("daftar peserta"));
}

#[tokio::test]
async fn open_sessions_are_listed_and_ended_but_not_those_of_other_accounts() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let elsewhere = platform.enter_console("kota", PASSWORD).await.cookie();
    let ids = |page: &str| -> Vec<String> {
        page.split("name=\"id\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_string()).collect()
    };
    let shown = platform.page("/console/sessions", &kota).await;
    let [other] = ids(shown.text()).try_into().unwrap();
    assert!(shown.text().contains("sesi ini"));
    let foreign = ids(platform.page("/console/accounts/bkd", &admin).await.text());
    assert!(foreign.is_empty(), "this one is marked, not ended");
    platform.post_form("/console/sessions", &kota, &[("id", &other)]).await;
    assert_eq!(platform.page("/console", &elsewhere).await.status, StatusCode::SEE_OTHER);
    assert_eq!(platform.page("/console", &kota).await.status, StatusCode::OK);
    let again = platform.enter_console("kota", PASSWORD).await.cookie();
    platform.post_form("/console/sessions", &kota, &[]).await;
    assert_eq!(platform.page("/console", &again).await.status, StatusCode::SEE_OTHER);
    let mine = ids(platform.page("/console/accounts/kota", &admin).await.text());
    platform.post_form("/console/sessions", &admin, &[("id", &mine[0])]).await;
    assert_eq!(platform.page("/console", &kota).await.status, StatusCode::OK, "named under another account");
    let path = "/console/accounts/kota/sessions";
    assert_eq!(platform.post_form(path, &kota, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(platform.post_form(path, &admin, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(platform.page("/console", &kota).await.status, StatusCode::SEE_OTHER);
    let trail = platform.store.audit_page(None, None, 50).await.unwrap();
    let ended = |entry: &&ikrar::domain::audit::AuditEntry| matches!(entry.event, AuditEvent::SessionsEnded { .. });
    assert_eq!(trail.iter().filter(ended).count(), 3);
}

#[tokio::test]
async fn a_changed_account_is_audited_with_role_and_institutions_before_and_after() {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    platform.account("kota", Role::Operator, &["16.71"]).await;
    let fields = [("name", "Nama Orang"), ("role", "viewer"), ("institutions", "16, 16.71")];
    platform.post_form("/console/accounts/kota", &admin, &fields).await;
    let trail = platform.store.audit_page(None, None, 50).await.unwrap();
    let told = AuditEvent::AccountChanged {
        login: "kota".into(),
        role: "viewer".into(),
        disabled: false,
        role_before: "operator".into(),
        scope: vec!["16".into(), "16.71".into()],
        scope_before: vec!["16.71".into()],
    };
    assert_eq!(trail[0].event, told);
    let added = |entry: &ikrar::domain::audit::AuditEntry| matches!(&entry.event, AuditEvent::AccountAdded { login, scope, .. } if login == "kota" && *scope == ["16.71"]);
    assert!(trail.iter().any(added));
    let shown = platform.page("/console/audit", &admin).await;
    assert!(shown.text().contains("16, 16.71"));
}

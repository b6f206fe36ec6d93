//! Console accounts and sessions.

use crate::line;
use ikrar::domain::account::{Account, Role, Scope};
use ikrar::domain::time::UnixMillis;
use ikrar::store::accounts::ConsoleSession;
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    an_account_reads_back_and_its_login_is_taken,
    a_changed_password_ends_every_session,
    a_change_is_asked_for_once_and_only_of_the_password_that_was_typed,
    a_disabled_account_loses_its_sessions,
    sessions_move_their_expiry_and_stay_ended,
    starting_a_session_forgets_the_expired,
    codes_shown_at_once_are_counted_one_after_the_other,
    sessions_of_a_login_are_listed_and_ended,
];

fn account(login: &str, scope: Scope) -> Account {
    Account {
        login: login.into(),
        display_name: "Nama Orang".into(),
        role: Role::Operator,
        scope,
        must_change_password: true,
        one_time_until: Some(UnixMillis(9)),
        disabled: false,
        created_at: UnixMillis(5),
    }
}

fn session(login: &str, created_at: i64, expires_at: i64) -> ConsoleSession {
    let at = UnixMillis(created_at);
    ConsoleSession {
        login: login.into(),
        created_at: at,
        used_at: at,
        expires_at: UnixMillis(expires_at),
        confirmed_at: at,
        desk_codes: vec![],
    }
}

async fn an_account_reads_back_and_its_login_is_taken(store: SharedStore) {
    let some = account("kota", Scope::Nodes(vec!["16.71".into(), "16.72".into()]));
    let all = account("bkd", Scope::All);
    store.add_account(&some, "hash-1", &line()).await.unwrap();
    store.add_account(&all, "hash-2", &line()).await.unwrap();
    assert!(matches!(store.add_account(&some, "x", &line()).await, Err(StoreError::Conflict)));
    assert_eq!(store.account("kota").await.unwrap(), Some((some.clone(), "hash-1".into())));
    assert_eq!(store.account("tidak.ada").await.unwrap(), None);
    assert_eq!(store.accounts().await.unwrap(), [all, some.clone()]);
    let changed = Account { display_name: "Lain".into(), role: Role::Viewer, scope: Scope::All, ..some };
    store.save_account(&changed, &line()).await.unwrap();
    assert_eq!(store.account("kota").await.unwrap(), Some((changed, "hash-1".into())));
    assert!(matches!(store.save_account(&account("x", Scope::All), &line()).await, Err(StoreError::Conflict)));
}

async fn a_changed_password_ends_every_session(store: SharedStore) {
    store.add_account(&account("kota", Scope::All), "old", &line()).await.unwrap();
    store.add_account(&account("bkd", Scope::All), "old", &line()).await.unwrap();
    store.start_session(&[1; 32], &session("kota", 1, 100)).await.unwrap();
    store.start_session(&[2; 32], &session("kota", 1, 100)).await.unwrap();
    store.start_session(&[3; 32], &session("bkd", 1, 100)).await.unwrap();
    store.set_password("kota", "new", None, &line()).await.unwrap();
    let (changed, hash) = store.account("kota").await.unwrap().unwrap();
    assert_eq!((changed.must_change_password, hash.as_str()), (false, "new"));
    assert!(store.session(&[1; 32]).await.unwrap().is_none() && store.session(&[2; 32]).await.unwrap().is_none());
    assert!(store.session(&[3; 32]).await.unwrap().is_some());
    assert!(matches!(store.set_password("x", "new", None, &line()).await, Err(StoreError::Conflict)));
}

async fn a_change_is_asked_for_once_and_only_of_the_password_that_was_typed(store: SharedStore) {
    let own = Account { must_change_password: false, one_time_until: None, ..account("kota", Scope::All) };
    store.add_account(&own, "easy", &line()).await.unwrap();
    let lines = async || store.audit_head(None).await.unwrap().unwrap().lines;
    let before = lines().await;
    store.ask_for_change("kota", "another", &line()).await.unwrap();
    assert_eq!((store.account("kota").await.unwrap(), lines().await), (Some((own.clone(), "easy".into())), before));
    for _ in 0..2 {
        store.ask_for_change("kota", "easy", &line()).await.unwrap();
        let asked = Account { must_change_password: true, ..own.clone() };
        assert_eq!((store.account("kota").await.unwrap(), lines().await), (Some((asked, "easy".into())), before + 1));
    }
    // It isn't one that somebody else gave.
    assert_eq!(store.end_given_passwords(UnixMillis(20)).await.unwrap(), 0);
}

async fn a_disabled_account_loses_its_sessions(store: SharedStore) {
    let kept = account("kota", Scope::All);
    store.add_account(&kept, "hash", &line()).await.unwrap();
    store.start_session(&[1; 32], &session("kota", 1, 100)).await.unwrap();
    store.save_account(&kept, &line()).await.unwrap();
    assert!(store.session(&[1; 32]).await.unwrap().is_some());
    store.save_account(&Account { disabled: true, ..kept }, &line()).await.unwrap();
    assert!(store.session(&[1; 32]).await.unwrap().is_none());
}

async fn sessions_move_their_expiry_and_stay_ended(store: SharedStore) {
    let kept = account("kota", Scope::All);
    store.add_account(&kept, "hash", &line()).await.unwrap();
    store.start_session(&[1; 32], &session("kota", 1, 100)).await.unwrap();
    store.extend_session(&[1; 32], UnixMillis(60), UnixMillis(200)).await.unwrap();
    store.confirm_session(&[1; 32], UnixMillis(50)).await.unwrap();
    let expected = ConsoleSession { used_at: UnixMillis(60), confirmed_at: UnixMillis(50), ..session("kota", 1, 200) };
    assert_eq!(store.session(&[1; 32]).await.unwrap(), Some((expected, kept)));
    store.end_session(&[1; 32]).await.unwrap();
    store.extend_session(&[1; 32], UnixMillis(70), UnixMillis(300)).await.unwrap();
    assert!(store.session(&[1; 32]).await.unwrap().is_none());
}

async fn starting_a_session_forgets_the_expired(store: SharedStore) {
    store.add_account(&account("kota", Scope::All), "hash", &line()).await.unwrap();
    store.start_session(&[1; 32], &session("kota", 1, 100)).await.unwrap();
    store.start_session(&[2; 32], &session("kota", 1, 101)).await.unwrap();
    store.start_session(&[3; 32], &session("kota", 100, 200)).await.unwrap();
    assert!(store.session(&[1; 32]).await.unwrap().is_none());
    assert!(store.session(&[2; 32]).await.unwrap().is_some());
}

async fn codes_shown_at_once_are_counted_one_after_the_other(store: SharedStore) {
    store.add_account(&account("kota", Scope::All), "hash", &line()).await.unwrap();
    store.start_session(&[1; 32], &session("kota", 1, 100)).await.unwrap();
    let ask = async |at: i64| {
        let rule = |_, codes: &[UnixMillis]| {
            let after = codes.iter().copied().chain([UnixMillis(at)]).collect();
            (codes.len() < 10).then_some(after)
        };
        store.count_shown_code(&[1; 32], &rule).await.unwrap()
    };
    let asked = futures_util::future::join_all((0..16).map(ask)).await;
    assert_eq!(asked.iter().filter(|shown| **shown).count(), 10);
    let kept = store.session(&[1; 32]).await.unwrap().unwrap().0.desk_codes;
    assert_eq!(kept.len(), 10);
    store.confirm_session(&[1; 32], UnixMillis(50)).await.unwrap();
    assert_eq!(store.session(&[1; 32]).await.unwrap().unwrap().0.desk_codes, []);
    assert!(ask(60).await);
    store.end_session(&[1; 32]).await.unwrap();
    assert!(!ask(70).await);
}

async fn sessions_of_a_login_are_listed_and_ended(store: SharedStore) {
    store.add_account(&account("kota", Scope::All), "hash", &line()).await.unwrap();
    store.add_account(&account("bkd", Scope::All), "hash", &line()).await.unwrap();
    for (token, login, created_at) in [(1, "kota", 1), (2, "kota", 3), (3, "kota", 2), (4, "bkd", 1)] {
        store.start_session(&[token; 32], &session(login, created_at, 100)).await.unwrap();
    }
    let listed = store.sessions("kota").await.unwrap();
    assert_eq!(listed.iter().map(|(token, _)| token[0]).collect::<Vec<_>>(), [2, 3, 1]);
    assert_eq!(listed[0].1, session("kota", 3, 100));
    let told = std::sync::Mutex::new(vec![]);
    let audit = |sessions| {
        told.lock().unwrap().push(sessions);
        line()
    };
    // Another account's session isn't ended under this login.
    assert_eq!(store.end_sessions("kota", Some(&[4; 32]), &[1; 32], &audit).await.unwrap(), 0);
    assert_eq!(store.end_sessions("kota", Some(&[3; 32]), &[1; 32], &audit).await.unwrap(), 1);
    assert_eq!(store.end_sessions("kota", None, &[1; 32], &audit).await.unwrap(), 1);
    assert_eq!(store.sessions("kota").await.unwrap().len(), 1);
    assert_eq!(store.sessions("bkd").await.unwrap().len(), 1);
    assert_eq!(*told.lock().unwrap(), [1, 1]);
}

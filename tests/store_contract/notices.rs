//! What the owners of accounts are told is written with the line that tells of it, counted, and read.

use crate::line;
use ikrar::domain::audit::{AuditEntry, AuditEvent};
use ikrar::domain::time::UnixMillis;
use ikrar::store::SharedStore;
use ikrar::store::account_notices::AccountNotice;

crate::properties![
    a_notice_is_written_with_its_line_and_is_its_owner_s_alone,
    what_happens_again_is_counted_until_it_is_read,
    what_came_after_the_page_was_shown_stays_unread,
    a_line_that_isn_t_written_tells_nobody,
    many_at_once_are_all_counted,
];

fn entry(at: i64, actor: &str, event: AuditEvent) -> AuditEntry {
    AuditEntry { at: UnixMillis(at), actor: actor.into(), event, ..line() }
}

fn reset(at: i64, login: &str) -> AuditEntry {
    entry(at, "bkd", AuditEvent::AccountReset { login: login.into() })
}

fn wrong_codes(at: i64, count: u64) -> AuditEntry {
    entry(at, "system/service", AuditEvent::CodeFailed { login: "kota".into(), count })
}

async fn a_notice_is_written_with_its_line_and_is_its_owner_s_alone(store: SharedStore) {
    store.record(&reset(5, "kota")).await.unwrap();
    store.record(&entry(6, "kota", AuditEvent::SignedIn { login: "kota".into(), new_device: false })).await.unwrap();
    let given = AuditEvent::PasswordChanged { login: "kota".into(), was_given: true };
    store.record(&entry(7, "kota", given)).await.unwrap();
    let at = UnixMillis(5);
    let told = AccountNotice {
        event: AuditEvent::AccountReset { login: "kota".into() },
        actor: "bkd".into(),
        count: 1,
        first_at: at,
        last_at: at,
        is_read: false,
    };
    assert_eq!(store.notices("kota").await.unwrap(), [told]);
    assert_eq!(store.notices("bkd").await.unwrap(), []);
}

async fn what_happens_again_is_counted_until_it_is_read(store: SharedStore) {
    for (at, count) in [(5, 3), (9, 4)] {
        store.record(&wrong_codes(at, count)).await.unwrap();
    }
    store.record(&reset(7, "kota")).await.unwrap();
    let told = store.notices("kota").await.unwrap();
    let short = |notice: &AccountNotice| (notice.count, notice.first_at.0, notice.last_at.0, notice.is_read);
    assert_eq!(told.iter().map(short).collect::<Vec<_>>(), [(7, 5, 9, false), (1, 7, 7, false)]);
    store.read_notices("kota", UnixMillis(9)).await.unwrap();
    assert!(store.notices("kota").await.unwrap().iter().all(|notice| notice.is_read));
    store.record(&wrong_codes(20, 2)).await.unwrap();
    let told = store.notices("kota").await.unwrap();
    assert_eq!(told.iter().map(short).collect::<Vec<_>>(), [(2, 20, 20, false), (1, 7, 7, true)]);
}

async fn what_came_after_the_page_was_shown_stays_unread(store: SharedStore) {
    store.record(&wrong_codes(5, 1)).await.unwrap();
    store.record(&reset(8, "kota")).await.unwrap();
    store.read_notices("kota", UnixMillis(7)).await.unwrap();
    store.read_notices("bkd", UnixMillis(9)).await.unwrap();
    let read: Vec<_> = store.notices("kota").await.unwrap().iter().map(|notice| notice.is_read).collect();
    assert_eq!(read, [false, true]);
}

async fn a_line_that_isn_t_written_tells_nobody(store: SharedStore) {
    let refused = store.set_password("nobody", "new", Some(UnixMillis(9)), &reset(5, "nobody")).await;
    assert!(refused.is_err());
    assert_eq!(store.notices("nobody").await.unwrap(), []);
    store.record(&line()).await.unwrap();
}

async fn many_at_once_are_all_counted(store: SharedStore) {
    let record = async |number: i64| {
        let lines = [wrong_codes(number, 1), reset(number, if number % 2 == 0 { "kota" } else { "bkd" })];
        let order: Vec<_> = if number % 3 == 0 { lines.into() } else { lines.into_iter().rev().collect() };
        store.record_all(&order).await.unwrap();
    };
    futures_util::future::join_all((0..24).map(record)).await;
    let counts =
        async |login| store.notices(login).await.unwrap().iter().map(|notice| notice.count).collect::<Vec<_>>();
    let (mut kota, bkd) = (counts("kota").await, counts("bkd").await);
    kota.sort_unstable();
    assert_eq!((kota, bkd), (vec![12, 24], vec![12]));
}

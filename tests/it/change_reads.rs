//! What one change at the help desk reads besides its commit. While pledges are being committed, each read costs much
//! more than at rest, since every commit makes the readers' caches stale.

use crate::support::TestPlatform;
use axum::http::StatusCode;
use ikrar::domain::account::{Account, Role, Scope};
use ikrar::domain::campaign::CampaignState;
use ikrar::store::sqlite::Sqlite;
use std::sync::Arc;

/// How often each of these changes reads, by the last part of its form's address.
type Reads = [(&'static str, u64); 5];

/// Changes of people of one institution, where an account has just changed another one.
async fn reads(role: Role, institutions: &[&str]) -> Reads {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Sqlite::open(&folder.path().join("ikrar.sqlite")).await.unwrap());
    let platform = TestPlatform::locked_on(store.clone(), None, folder, 20).await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    let cookie = platform.account("bkd", role, institutions).await;
    let id = |at: usize| platform.people[at].participant.id.to_string();
    let (first, second, third) = (id(0), id(1), id(3));
    let name = ("name", "Siti Aminah");
    let changes = [
        ("excuse", vec![("id", &*first), ("reason", "retired")]),
        ("excuse", vec![("id", &*second), ("reason", "retired")]),
        ("undo", vec![("id", &*second), ("what", "excused"), ("reason", "keliru")]),
        ("correct", vec![("id", &*third), name, ("reason", "salah ketik")]),
        ("add", vec![("institution", "16"), name, ("reason", "terlewat")]),
    ];
    let mut reads = [("", 0); 5];
    for (slot, (path, fields)) in reads.iter_mut().zip(changes) {
        let before = store.reads();
        let answer = platform.post_form(&format!("/console/k/uji/people/{path}"), &cookie, &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        *slot = (path, store.reads() - before);
    }
    reads
}

#[tokio::test]
async fn a_change_at_the_help_desk_reads_little_besides_its_commit() {
    // Two of them read the published numbers, as after the first changes only.
    let (all, one) = (reads(Role::Organizer, &[]).await, reads(Role::Operator, &["16"]).await);
    assert_eq!(all[1..], [("excuse", 3), ("undo", 3), ("correct", 3), ("add", 4)]);
    assert_eq!(one[1..], [("excuse", 4), ("undo", 4), ("correct", 4), ("add", 5)]);
}

#[tokio::test]
async fn what_is_changed_elsewhere_about_an_account_is_known_at_the_help_desk_within_a_second() {
    let platform = TestPlatform::open(6).await;
    let cookie = platform.account("kota", Role::Operator, &["16"]).await;
    let excuse = async |at: usize| {
        let id = platform.people[at].participant.id.to_string();
        let fields = [("id", &*id), ("reason", "retired")];
        platform.post_form("/console/k/uji/people/excuse", &cookie, &fields).await.status
    };
    assert_eq!(excuse(0).await, StatusCode::OK);
    // As another node does, or a command.
    let change = async |changed: fn(Account) -> Account| {
        let (account, _) = platform.store.account("kota").await.unwrap().unwrap();
        platform.store.save_account(&changed(account), &platform.line()).await.unwrap();
        platform.clock.advance_ms(1_000);
    };
    change(|account| Account { scope: Scope::Nodes(vec!["16.71".into()]), ..account }).await;
    assert_eq!([excuse(1).await, excuse(2).await], [StatusCode::NOT_FOUND, StatusCode::OK]);
    change(|account| Account { role: Role::Viewer, ..account }).await;
    assert_eq!(excuse(5).await, StatusCode::FORBIDDEN);
    change(|account| Account { disabled: true, role: Role::Operator, ..account }).await;
    assert_eq!(excuse(5).await, StatusCode::UNAUTHORIZED);
}

//! Locking a roster, and taking it back.

use crate::roster::Desk;
use crate::support::combined_names;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::visible_institutions::VisibleInstitutions;
use ikrar::service::code_lists::{Selection, lines};
use ikrar::service::roster_file::ImportError;
use ikrar::service::roster_lock::LockError;
use ikrar::store::pledges::LogKind;

#[tokio::test]
async fn locking_gives_everybody_a_slot_in_the_roster_log_and_unlocking_takes_it_back() {
    let desk = Desk::new().await;
    assert!(matches!(
        desk.locker().lock(&desk.campaign().await, &combined_names(), "seal", &desk.line()).await,
        Err(LockError::NoPeople)
    ));
    let mut csv = String::from("NIP;Nama;Unit Kerja;Instansi\n");
    (1..=60).for_each(|n| {
        csv.push_str(&format!("197001011995031{n:03};Siti;A;{}\n", if n <= 25 { "16" } else { "16.71" }))
    });
    assert!(desk.import(&csv).await.applied);
    let codes = || async {
        let mut codes: Vec<(String, String)> =
            lines(&desk.store, desk.campaign, &desk.secret, &VisibleInstitutions::All, &Selection::default())
                .await
                .unwrap()
                .iter()
                .map(|line| (line.identifier.shown(), line.code.shown(&Disclosure::to_the_operator())))
                .collect();
        codes.sort();
        codes
    };
    let before = codes().await;
    let locked = desk.locker().lock(&desk.campaign().await, &combined_names(), "seal", &desk.line()).await.unwrap();
    assert_eq!(locked.groups.groups.iter().map(|group| group.eligible).collect::<Vec<_>>(), [25, 35]);
    assert_eq!(desk.campaign().await.state, CampaignState::Locked);
    let head = desk.store.log_head(desk.campaign, LogKind::Roster).await.unwrap().unwrap();
    assert_eq!(head.size, 61);
    assert!(head.checkpoint.starts_with("uji.example/log/daftar/roster\n61\n"));
    assert!(matches!(desk.run(&desk.file("x.csv", csv.as_bytes()), None, false).await, Err(ImportError::NotDraft)));
    desk.store.unlock_roster(desk.campaign, &desk.line()).await.unwrap();
    assert_eq!(desk.campaign().await.state, CampaignState::Draft);
    assert!(desk.store.group_counts(desk.campaign).await.unwrap().is_empty());
    desk.locker().lock(&desk.campaign().await, &combined_names(), "seal", &desk.line()).await.unwrap();
    let again = desk.store.log_head(desk.campaign, LogKind::Roster).await.unwrap().unwrap();
    assert_eq!(again.size, 61);
    assert_ne!(again.root, head.root, "slots and salts are dealt anew");
    assert_eq!(codes().await, before, "codes stay valid");
}

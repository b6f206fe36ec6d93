//! Letterheads and emblems of a draft.

use crate::line;
use crate::scene::{self, CAMPAIGN};
use ikrar::domain::letterhead::Letterhead;
use ikrar::store::letterheads::{EmblemPicture, letterhead_and_emblem};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    letterheads_read_back_are_replaced_and_taken_away_while_emblems_stay,
    a_locked_campaign_keeps_its_letterheads,
];

fn letterhead(institution: &str, lines: &[&str], emblem: Option<[u8; 32]>) -> Letterhead {
    Letterhead {
        institution: institution.into(),
        lines: lines.iter().map(ToString::to_string).collect(),
        emblem: emblem.map(|sha256| data_encoding::HEXLOWER.encode(&sha256)),
    }
}

async fn letterheads_read_back_are_replaced_and_taken_away_while_emblems_stay(store: SharedStore) {
    scene::draft(&store).await;
    let picture = EmblemPicture { sha256: [3; 32], png: b"png".to_vec() };
    let all = letterhead("", &["PEMERINTAH", "Dinas, \"Jalan\""], Some([3; 32]));
    let own = letterhead("16.71", &["KOTA"], None);
    store.save_letterhead(CAMPAIGN, &own, None, &line()).await.unwrap();
    store.save_letterhead(CAMPAIGN, &all, Some(&picture), &line()).await.unwrap();
    store.save_letterhead(CAMPAIGN, &all, Some(&picture), &line()).await.unwrap();
    let known = store.letterheads(CAMPAIGN).await.unwrap();
    assert_eq!(known, [all.clone(), own.clone()]);
    let found = letterhead_and_emblem(&*store, CAMPAIGN, &known, "16").await.unwrap().unwrap();
    assert_eq!(found, (all.clone(), Some(b"png".to_vec())));
    let found = letterhead_and_emblem(&*store, CAMPAIGN, &known, "16.71").await.unwrap().unwrap();
    assert_eq!(found, (own.clone(), None));
    store.save_letterhead(CAMPAIGN, &letterhead("", &[], None), None, &line()).await.unwrap();
    assert_eq!(store.letterheads(CAMPAIGN).await.unwrap(), [own]);
    assert_eq!(store.emblem(CAMPAIGN, &all.emblem.unwrap()).await.unwrap().unwrap(), b"png");
    assert_eq!(store.emblem(CAMPAIGN, &"00".repeat(32)).await.unwrap(), None);
}

async fn a_locked_campaign_keeps_its_letterheads(store: SharedStore) {
    scene::locked(&store, 3).await;
    let refused = store.save_letterhead(CAMPAIGN, &letterhead("", &["KOP"], None), None, &line()).await;
    assert!(matches!(refused, Err(StoreError::Conflict)));
    assert_eq!(store.letterheads(CAMPAIGN).await.unwrap(), []);
}

//! Campaigns, their texts and institutions.

use crate::line;
use crate::scene::{self, CAMPAIGN, CLOSES_AT, OPENS_AT, campaign, institution, settings, text};
use ikrar::domain::audit::AuditEntry;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::time::UnixMillis;
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    a_campaign_is_found_by_id_slug_and_tag,
    a_slug_an_id_and_a_tag_are_taken_once,
    settings_change_only_in_a_draft,
    times_move_and_states_change_only_from_what_was_expected,
    whoever_saw_other_times_moves_nothing,
    of_two_who_open_at_once_one_wins,
    each_saved_text_is_a_version_and_stays_readable,
    two_texts_saved_at_once_are_two_versions,
    institutions_are_added_renamed_and_kept_in_official_order,
];

async fn a_campaign_is_found_by_id_slug_and_tag(store: SharedStore) {
    let (younger, older) = (campaign(CampaignId([9; 16]), "pakta"), campaign(CAMPAIGN, "uji"));
    store.create_campaign(&younger, &line()).await.unwrap();
    store.create_campaign(&older, &line()).await.unwrap();
    assert_eq!(store.campaign(CAMPAIGN).await.unwrap(), Some(older.clone()));
    assert_eq!(store.campaign_by_slug("pakta").await.unwrap(), Some(younger.clone()));
    assert_eq!(store.campaign_by_tag(younger.id.tag()).await.unwrap(), Some(younger.clone()));
    assert_eq!(store.campaigns().await.unwrap(), [older, younger]);
    assert_eq!(store.campaign(CampaignId([8; 16])).await.unwrap(), None);
    assert_eq!(store.campaign_by_slug("lain").await.unwrap(), None);
    assert_eq!(store.campaign_by_tag([8; 4]).await.unwrap(), None);
}

async fn a_slug_an_id_and_a_tag_are_taken_once(store: SharedStore) {
    store.create_campaign(&campaign(CAMPAIGN, "uji"), &line()).await.unwrap();
    let mut same_tag = CampaignId([2; 16]);
    same_tag.0[..4].copy_from_slice(&CAMPAIGN.tag());
    for (id, slug) in [(CAMPAIGN, "lain"), (CampaignId([2; 16]), "uji"), (same_tag, "lain")] {
        assert!(matches!(store.create_campaign(&campaign(id, slug), &line()).await, Err(StoreError::Conflict)));
    }
    assert_eq!(store.campaigns().await.unwrap().len(), 1);
    assert_eq!(store.campaign_by_slug("lain").await.unwrap(), None);
}

async fn settings_change_only_in_a_draft(store: SharedStore) {
    scene::with_roster(&store, 3).await;
    store.save_settings(CAMPAIGN, &settings("Lain"), &line()).await.unwrap();
    assert_eq!(store.campaign(CAMPAIGN).await.unwrap().unwrap().settings.title, "Lain");
    scene::step(&store, CampaignState::Draft, CampaignState::Locked).await;
    assert!(matches!(store.save_settings(CAMPAIGN, &settings("X"), &line()).await, Err(StoreError::Conflict)));
    let saved = store.save_text(CAMPAIGN, &text("X"), &text("X"), &|_| line()).await;
    assert!(matches!(saved, Err(StoreError::Conflict)));
    let saved = store.save_institutions(CAMPAIGN, &[institution(5, "99", "X")], &[], &line()).await;
    assert!(matches!(saved, Err(StoreError::Conflict)));
    assert_eq!(store.campaign(CAMPAIGN).await.unwrap().unwrap().settings.title, "Lain");
    assert_eq!(store.institutions(CAMPAIGN).await.unwrap().len(), 2);
}

async fn times_move_and_states_change_only_from_what_was_expected(store: SharedStore) {
    scene::draft(&store).await;
    store
        .save_times(CAMPAIGN, scene::seen(&store, CampaignState::Draft).await, None, Some(UnixMillis(77)), &line())
        .await
        .unwrap();
    let found = store.campaign(CAMPAIGN).await.unwrap().unwrap();
    assert_eq!((found.state, found.opens_at, found.closes_at), (CampaignState::Draft, None, Some(UnixMillis(77))));
    let wrong = store
        .change_state(
            CAMPAIGN,
            scene::seen(&store, CampaignState::Open).await,
            CampaignState::Paused,
            None,
            None,
            &line(),
        )
        .await;
    assert!(matches!(wrong, Err(StoreError::Conflict)));
    let nobody = store
        .change_state(
            CampaignId([9; 16]),
            scene::seen(&store, CampaignState::Draft).await,
            CampaignState::Locked,
            None,
            None,
            &line(),
        )
        .await;
    assert!(matches!(nobody, Err(StoreError::Conflict)));
    scene::step(&store, CampaignState::Draft, CampaignState::Locked).await;
    assert_eq!(store.state_now(CAMPAIGN).await.unwrap(), Some(CampaignState::Locked));
    assert_eq!(store.state_now(CampaignId([9; 16])).await.unwrap(), None);
}

async fn whoever_saw_other_times_moves_nothing(store: SharedStore) {
    scene::open(&store, 3).await;
    let seen = scene::seen(&store, CampaignState::Open).await;
    let later = Some(CLOSES_AT.plus_secs(900));
    store.save_times(CAMPAIGN, seen, seen.opens_at, later, &line()).await.unwrap();
    let closed =
        store.change_state(CAMPAIGN, seen, CampaignState::Closing, seen.opens_at, seen.closes_at, &line()).await;
    assert!(matches!(closed, Err(StoreError::Conflict)), "an extended event was closed at its old time");
    let extended = store.save_times(CAMPAIGN, seen, seen.opens_at, Some(CLOSES_AT.plus_secs(60)), &line()).await;
    assert!(matches!(extended, Err(StoreError::Conflict)), "one extension took back another");
    let now = scene::seen(&store, CampaignState::Open).await;
    assert_eq!((store.state_now(CAMPAIGN).await.unwrap(), now.closes_at), (Some(CampaignState::Open), later));
    store.change_state(CAMPAIGN, now, CampaignState::Closing, now.opens_at, now.closes_at, &line()).await.unwrap();
}

async fn of_two_who_open_at_once_one_wins(store: SharedStore) {
    scene::locked(&store, 3).await;
    let seen = scene::seen(&store, CampaignState::Locked).await;
    let open = async || {
        store.change_state(CAMPAIGN, seen, CampaignState::Open, Some(OPENS_AT), Some(CLOSES_AT), &line()).await
    };
    let (one, other) = tokio::join!(open(), open());
    assert_eq!([one, other].iter().filter(|done| done.is_ok()).count(), 1);
}

async fn each_saved_text_is_a_version_and_stays_readable(store: SharedStore) {
    scene::draft(&store).await;
    let filled = text("Ikrar 2029");
    let by_kota = |_| AuditEntry { at: UnixMillis(8), actor: "kota".into(), ..line() };
    let second = store.save_text(CAMPAIGN, &text("Ikrar {tahun}"), &filled, &by_kota).await.unwrap();
    assert_eq!((second.version, second.text_hash), (2, filled.hash()));
    let versions = store.text_versions(CAMPAIGN).await.unwrap();
    let read: Vec<_> =
        versions.iter().map(|one| (one.version, one.body.title.as_str(), one.created_by.as_str())).collect();
    assert_eq!(read, [(2, "Ikrar {tahun}", "kota"), (1, "Ikrar", "bkd")]);
    assert_eq!(versions[0].created_at, UnixMillis(8));
    assert_eq!(store.campaign(CAMPAIGN).await.unwrap().unwrap().text_hash, Some(filled.hash()));

    let first = text("Ikrar").hash();
    assert_eq!(store.canonical_text(&first).await.unwrap(), Some(text("Ikrar").canonical()));
    let prefix: [u8; 16] = filled.hash()[..16].try_into().unwrap();
    let by_prefix = store.canonical_text_by_prefix(&prefix).await.unwrap();
    assert_eq!(by_prefix, Some((filled.hash(), filled.canonical())));
    assert_eq!(store.canonical_text(&[0; 32]).await.unwrap(), None);
    assert_eq!(store.canonical_text_by_prefix(&[0; 16]).await.unwrap(), None);
}

async fn two_texts_saved_at_once_are_two_versions(store: SharedStore) {
    scene::draft(&store).await;
    let texts = [text("A"), text("B")];
    let save = |one: usize| store.save_text(CAMPAIGN, &texts[one], &texts[one], &|_| line());
    let (one, other) = tokio::join!(save(0), save(1));
    let mut versions = [one.unwrap().version, other.unwrap().version];
    versions.sort_unstable();
    assert_eq!(versions, [2, 3]);
}

async fn institutions_are_added_renamed_and_kept_in_official_order(store: SharedStore) {
    scene::with_roster(&store, 6).await;
    // By its bytes: capitals before small letters, whatever the server's language.
    let saved = [institution(0, "16.71", "Kota Baru"), institution(2, "b", "Dua"), institution(2, "B", "Tiga")];
    store.save_institutions(CAMPAIGN, &saved, &[], &line()).await.unwrap();
    let found = store.institutions(CAMPAIGN).await.unwrap();
    let codes: Vec<_> = found.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["16", "16.71", "B", "b"]);
    assert_eq!(found[1], institution(0, "16.71", "Kota Baru"));
    let people = store.people_counts(CAMPAIGN).await.unwrap();
    assert_eq!(people, [("16".to_owned(), 4), ("16.71".to_owned(), 2)]);

    store.save_help_contact(CAMPAIGN, "B", "pesawat 9", &line()).await.unwrap();
    assert_eq!(store.institutions(CAMPAIGN).await.unwrap()[2].help_contact, "pesawat 9");
    assert!(matches!(store.save_help_contact(CAMPAIGN, "x", "", &line()).await, Err(StoreError::Conflict)));
}

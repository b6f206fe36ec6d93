//! The ledger's promises: one pledge a person, one number everywhere, nothing answered before it is on disk.

use crate::support::{Answer, OPENS_AT, Person, TestPlatform, event, start};
use axum::http::StatusCode;
use ikrar::credential::cwt::Credential;
use ikrar::domain::campaign::CampaignState;
use ikrar::service::ledger::CommittedPledge;
use ikrar::service::signing::SignRefusal;
use ikrar::store::pledges::LogKind;
use ikrar::tlog::checkpoint::Checkpoint;
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use ikrar::tlog::note::{Note, VerifierKey};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::time::Duration;

async fn sign(platform: &TestPlatform, person: &Person) -> Result<CommittedPledge, SignRefusal> {
    platform.state.signing.sign(platform.request_of(person)).await
}

/// Everybody at once, each twice.
async fn sign_all_twice(platform: &TestPlatform) -> Vec<CommittedPledge> {
    let mut waiting = tokio::task::JoinSet::new();
    for person in platform.people.iter().chain(&platform.people) {
        let signing = platform.state.signing.clone();
        let request = platform.request_of(person);
        waiting.spawn(async move { signing.sign(request).await.unwrap() });
    }
    waiting.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_signing_twice_at_once_counts_once() {
    let platform = TestPlatform::open(300).await;
    let signed = sign_all_twice(&platform).await;
    let fresh = signed.iter().filter(|signed| !signed.repeated).count();
    let pledges: BTreeSet<_> = signed.iter().map(|signed| signed.pledge.id).collect();
    let places: BTreeSet<_> = signed.iter().map(|signed| signed.pledge.log_index).collect();
    assert_eq!((fresh, pledges.len()), (300, 300));
    assert_eq!(places, (0..300).collect());

    let store = &platform.store;
    let head = store.log_head(platform.campaign, LogKind::Pledges).await.unwrap().unwrap();
    let counted: u64 = store.group_counts(platform.campaign).await.unwrap().iter().map(|group| group.signed).sum();
    let rows = store.count_pledges(platform.campaign).await.unwrap();
    assert_eq!((head.size, counted, rows), (300, 300, 300));
}

#[tokio::test]
async fn the_checkpoint_is_the_root_of_the_stored_leaves_under_the_log_key() {
    let platform = TestPlatform::open(60).await;
    sign_all_twice(&platform).await;
    let store = &platform.store;
    for log in [LogKind::Pledges, LogKind::Roster] {
        let head = store.log_head(platform.campaign, log).await.unwrap().unwrap();
        let mut frontier = Frontier::new();
        for leaf in store.leaves(platform.campaign, log, 0, 1000).await.unwrap() {
            frontier.append(leaf_hash(&leaf));
        }
        assert_eq!((frontier.size(), frontier.root()), (head.size, head.root));
        let origin = log.origin(platform.state.config.host(), "uji");
        let key = VerifierKey::new(&origin, platform.keyring.log("").unwrap().public().to_bytes()).unwrap();
        let note = Note::parse(&head.checkpoint).unwrap();
        assert_eq!(note.verify(&[key]).unwrap().len(), 1);
        assert_eq!(Checkpoint::parse(&note.text).unwrap(), Checkpoint::of(&origin, &frontier));
    }
}

#[tokio::test]
async fn a_receipt_carries_a_credential_that_verifies_and_counts_itself() {
    let platform = TestPlatform::open(3).await;
    let signed = sign(&platform, &platform.people[0]).await.unwrap();
    let credential = Credential::decode(&signed.pledge.credential).unwrap();
    assert!(credential.is_signed_by(&platform.keyring.credential().public()));
    assert_eq!(credential.claims.pledge, signed.pledge.id);
    assert_eq!(credential.claims.shown_name, "Peserta Uji 1");
    assert_eq!((signed.pledge.log_index, signed.pledge.signed_count), (0, 1));
    assert_eq!(signed.pledge.signed_at, OPENS_AT);
}

#[tokio::test]
async fn a_repeat_gets_the_stored_pledge_in_every_state() {
    let platform = TestPlatform::open(3).await;
    let first = sign(&platform, &platform.people[0]).await.unwrap().pledge;
    for (expected, next) in [
        (CampaignState::Open, CampaignState::Paused),
        (CampaignState::Paused, CampaignState::Closing),
        (CampaignState::Closing, CampaignState::Closed),
    ] {
        platform.change(expected, next).await;
        let again = sign(&platform, &platform.people[0]).await.unwrap();
        assert_eq!((again.pledge, again.repeated), (first.clone(), true));
    }
    assert_eq!(sign(&platform, &platform.people[1]).await, Err(SignRefusal::Closed));
}

#[tokio::test]
async fn what_state_text_or_clauses_forbid_is_refused_and_changes_nothing() {
    let platform = TestPlatform::locked(3).await;
    let person = &platform.people[0];
    assert_eq!(sign(&platform, person).await, Err(SignRefusal::NotOpen));
    platform.change(CampaignState::Locked, CampaignState::Open).await;

    let mut old_text = platform.request_of(person);
    old_text.text_hash = [1; 32];
    assert_eq!(platform.state.signing.sign(old_text).await, Err(SignRefusal::TextOutdated));
    let mut one_clause = platform.request_of(person);
    one_clause.agreed.pop();
    assert_eq!(platform.state.signing.sign(one_clause).await, Err(SignRefusal::ClausesMissing("2".into())));
    let mut old_code = platform.request_of(person);
    old_code.code_version = 2;
    assert_eq!(platform.state.signing.sign(old_code).await, Err(SignRefusal::SessionInvalid));
    platform.clock.advance_ms(3_600_000);
    assert_eq!(sign(&platform, person).await, Err(SignRefusal::Closed));

    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), 0);
}

#[tokio::test]
async fn the_commit_decides_when_the_state_changed_behind_the_admission() {
    let platform = TestPlatform::open(3).await;
    let store = &platform.store;
    let closes_at = Some(OPENS_AT.plus_secs(3600));
    let seen = store.campaign(platform.campaign).await.unwrap().unwrap().observed_state();
    store
        .change_state(platform.campaign, seen, CampaignState::Paused, Some(OPENS_AT), closes_at, &platform.line())
        .await
        .unwrap();
    assert_eq!(sign(&platform, &platform.people[0]).await, Err(SignRefusal::Paused));
    assert_eq!(store.count_pledges(platform.campaign).await.unwrap(), 0);
}

#[tokio::test]
async fn two_sessions_of_one_person_at_once_are_judged_by_a_code_each() {
    let platform = TestPlatform::open(4).await;
    let store = &platform.store;
    let mut asking = vec![];
    for (number, person) in platform.people.iter().enumerate() {
        store.reissue_code(platform.campaign, person.participant.id, 1, &platform.line()).await.unwrap();
        // Old and new, in either order, and the new one twice: nobody of these is alone in the batch.
        let versions = if number % 2 == 0 { [1, 2, 2] } else { [2, 1, 2] };
        for code_version in versions {
            let mut request = platform.request_of(person);
            request.code_version = code_version;
            let signing = platform.state.signing.clone();
            asking.push(async move { (number, code_version, signing.sign(request).await) });
        }
    }
    let mut signed: Vec<Vec<CommittedPledge>> = vec![vec![]; platform.people.len()];
    for (number, code_version, answer) in futures_util::future::join_all(asking).await {
        match code_version {
            1 => assert_eq!(answer, Err(SignRefusal::SessionInvalid), "an old code signed, person {number}"),
            _ => signed[number].push(answer.unwrap_or_else(|refusal| panic!("person {number}: {refusal:?}"))),
        }
    }
    for both in signed {
        assert_eq!((both.len(), both.iter().filter(|signed| !signed.repeated).count()), (2, 1));
        assert_eq!(both[0].pledge.id, both[1].pledge.id);
    }
}

/// Everybody's token, from signing in.
async fn all_signed_in(platform: &TestPlatform) -> Vec<String> {
    let mut tokens = vec![];
    for person in &platform.people {
        let typed = serde_json::json!({ "identifier": person.identifier, "access_code": person.access_code });
        let opened = platform.post_json("/api/v1/campaigns/uji/sessions", None, &typed).await.json();
        tokens.push(opened["token"].as_str().unwrap().to_owned());
    }
    tokens
}

/// All of these tokens sign at once.
async fn all_sign(platform: &TestPlatform, tokens: &[String]) -> Vec<Answer> {
    let agreement = platform.agreement();
    let asked = tokens.iter().map(|token| platform.post_json("/api/v1/campaigns/uji/pledges", Some(token), &agreement));
    futures_util::future::join_all(asked).await
}

/// A pledge says of its person what the roster says now.
async fn is_as_on_the_roster(platform: &TestPlatform, person: &Person) {
    let store = &platform.store;
    let facts = store.signing_facts(platform.campaign, &[person.participant.id]).await.unwrap().pop().unwrap();
    let claims = Credential::decode(&facts.pledge.unwrap().credential).unwrap().claims;
    assert_eq!((claims.shown_name, claims.institution), (facts.shown_name, facts.institution));
    assert_eq!((claims.status_index, claims.last4), (facts.slot, facts.last4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_signed_in_before_sign_as_they_are_on_the_roster_and_with_the_code_in_force() {
    let platform = TestPlatform::open(40).await;
    let tokens = all_signed_in(&platform).await;
    // What was read of them when they signed in comes with them; a code that was issued since then doesn't.
    let stranger = &platform.people[7];
    let store = &platform.store;
    store.reissue_code(platform.campaign, stranger.participant.id, 1, &platform.line()).await.unwrap();
    for (person, answer) in platform.people.iter().zip(all_sign(&platform, &tokens).await) {
        if person.participant.id == stranger.participant.id {
            assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "session_invalid".into()));
            assert!(store.pledge_of(platform.campaign, stranger.participant.id).await.unwrap().is_none());
            continue;
        }
        assert_eq!(answer.status, StatusCode::CREATED);
        is_as_on_the_roster(&platform, person).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_of_an_earlier_locking_aren_t_signed_with() {
    let platform = TestPlatform::locked(40).await;
    let (state, campaign) = (&platform.state, platform.campaign);
    let tokens = all_signed_in(&platform).await;
    let earlier = platform.store.log_head(campaign, LogKind::Roster).await.unwrap().unwrap().root;
    platform.store.unlock_roster(campaign, &platform.line()).await.unwrap();
    event::lock(&platform.store, &platform.keyring, &state.entropy, campaign).await;
    assert_ne!(platform.store.log_head(campaign, LogKind::Roster).await.unwrap().unwrap().root, earlier);
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    for (person, answer) in platform.people.iter().zip(all_sign(&platform, &tokens).await) {
        assert_eq!(answer.status, StatusCode::CREATED);
        is_as_on_the_roster(&platform, person).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_again_with_the_same_session_gets_the_first_receipt() {
    let mut platform = TestPlatform::open(40).await;
    let tokens = all_signed_in(&platform).await;
    let first = all_sign(&platform, &tokens).await;
    // Another node hasn't heard of them: the key tells it.
    let (state, clock) = (&platform.state, platform.clock.clone());
    let (entropy, store, keyring) = (state.entropy.clone(), platform.store.clone(), platform.keyring.clone());
    let other = start((*state.config).clone(), clock, entropy, store, keyring).await.unwrap();
    platform.router = ikrar::web::router(other);
    for _ in 0..2 {
        for (again, first) in all_sign(&platform, &tokens).await.iter().zip(&first) {
            assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
        }
    }
}

/// The row of everybody changes from each reading to the next.
#[tokio::test]
async fn a_pledge_whose_person_changes_each_time_is_prepared_a_few_times_and_told_to_come_again() {
    let platform = TestPlatform::open(2).await;
    let database = SqliteConnectOptions::new().filename(platform.folder().join("ikrar.sqlite"));
    let mut database = SqliteConnection::connect_with(&database).await.unwrap();
    let mut run = async |statement: &'static str| {
        sqlx::query(statement).execute(&mut database).await.unwrap();
    };
    run("INSERT INTO code_version (campaign_id, participant_id, version) \
         SELECT campaign_id, participant_id, 1 FROM participant")
    .await;
    run("ALTER TABLE code_version RENAME TO kept").await;
    run("CREATE VIEW code_version AS SELECT campaign_id, participant_id, version, standing, admission, \
         ABS(RANDOM() % 1000000000) AS place_version FROM kept")
    .await;
    let refused = tokio::time::timeout(Duration::from_secs(60), sign(&platform, &platform.people[0])).await;
    let refused = refused.expect("it is prepared again and again");
    assert!(matches!(refused, Err(SignRefusal::Busy { .. })), "{refused:?}");
    assert_eq!(platform.store.count_pledges(platform.campaign).await.unwrap(), 0);
    run("DROP VIEW code_version").await;
    run("ALTER TABLE kept RENAME TO code_version").await;
    assert!(sign(&platform, &platform.people[0]).await.is_ok());
}

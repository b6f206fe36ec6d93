//! What is read of signers and pledges, and revoking.

use crate::line;
use crate::scene::{self, CAMPAIGN, entry, person, person_id, pledge_id, sign, text};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::{CampaignId, ParticipantId};
use ikrar::domain::participant::Participant;
use ikrar::domain::pledge::Method;
use ikrar::domain::time::UnixMillis;
use ikrar::store::pledges::{BatchEntry, LogKind, RecordedCredential, RevocationRecord, RosterPlace};
use ikrar::store::public_numbers::PublicNumbers;
use ikrar::store::rosters::{Activation, Lock, RosterId, RosterVersion, Slot};
use ikrar::store::{SharedStore, StoreError};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

crate::properties![
    signing_facts_hold_for_any_number_of_people,
    only_people_of_a_locked_roster_have_signing_facts,
    a_place_belongs_to_the_roster_in_force,
    a_signer_is_shown_with_unit_contact_code_and_pledge,
    signers_who_are_asked_for_in_the_same_moment_are_told_apart,
    a_pledge_is_found_by_person_id_and_range,
    leaves_are_read_from_an_index_on,
    a_pledge_is_revoked_once_and_counted,
    a_revocation_is_seen_wherever_its_pledge_is_read,
    a_revocation_counts_in_the_group_of_the_roster_in_force,
    public_numbers_belong_together,
    many_signers_are_read_in_the_order_in_which_they_are_asked_for,
];

async fn signing_facts_hold_for_any_number_of_people(store: SharedStore) {
    scene::open(&store, 700).await;
    sign(&store, 0..10).await;
    store.reissue_code(CAMPAIGN, person_id(11), 1, &line()).await.unwrap();
    for size in [0, 1, 2, 31, 33, 300, 700] {
        let asked: Vec<ParticipantId> = (0..size).map(person_id).chain([ParticipantId([9; 16])]).collect();
        let facts = store.signing_facts(CAMPAIGN, &asked).await.unwrap();
        let known: BTreeSet<ParticipantId> = facts.iter().map(|facts| facts.participant).collect();
        assert_eq!(facts.len(), usize::try_from(size).unwrap(), "nobody twice, and no strangers");
        assert_eq!(known, (0..size).map(person_id).collect());
    }
    let facts = store.signing_facts(CAMPAIGN, &[person_id(11)]).await.unwrap().pop().unwrap();
    assert_eq!((facts.slot, facts.group, facts.code_version), (12, 1, 2));
    assert_eq!((facts.institution.as_str(), facts.shown_name.as_str()), ("16.71", "Peserta 00011"));
    assert!(facts.last4 == person(11).identifier.last4() && facts.pledge.is_none());
    let signed = store.signing_facts(CAMPAIGN, &[person_id(4)]).await.unwrap().pop().unwrap();
    let pledge = signed.pledge.unwrap();
    assert_eq!((pledge.id, pledge.log_index, pledge.signed_count), (pledge_id(64), 4, 10));
    assert_eq!(store.signing_facts(CampaignId([9; 16]), &[person_id(4)]).await.unwrap().len(), 0);
}

async fn only_people_of_a_locked_roster_have_signing_facts(store: SharedStore) {
    scene::with_roster(&store, 3).await;
    assert!(store.signing_facts(CAMPAIGN, &[person_id(0)]).await.unwrap().is_empty());
}

async fn a_place_belongs_to_the_roster_in_force(store: SharedStore) {
    scene::with_roster(&store, 40).await;
    assert_eq!(store.roster_epoch(CAMPAIGN).await.unwrap(), None);
    assert_eq!(store.signer(CAMPAIGN, person_id(2)).await.unwrap().unwrap().place, None);
    scene::lock(&store, 40).await;
    assert_eq!(store.roster_epoch(CAMPAIGN).await.unwrap(), Some([9; 8]));
    assert_eq!(store.roster_epoch(CampaignId([9; 16])).await.unwrap(), None);
    let place = store.signer(CAMPAIGN, person_id(2)).await.unwrap().unwrap().place;
    assert_eq!(place, Some(RosterPlace { roster_epoch: [9; 8], slot: 3, group: 1 }));
}

async fn a_signer_is_shown_with_unit_contact_code_and_pledge(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, [2]).await;
    let signer = store.signer(CAMPAIGN, person_id(2)).await.unwrap().unwrap();
    assert_eq!((signer.institution_name.as_str(), signer.unit_name.as_str()), ("Kota", "Sekretariat"));
    assert_eq!((signer.help_contact.as_str(), signer.code_version), ("pesawat 1", 1));
    assert_eq!((signer.participant.unit, signer.participant.rank.as_str()), (Some(2), "III/a"));
    assert!(signer.participant.identifier == person(2).identifier);
    assert_eq!(signer.pledge, store.pledge_of(CAMPAIGN, person_id(2)).await.unwrap());
    assert!(signer.pledge.unwrap().id == pledge_id(32) && !signer.revoked);
    let without_unit = store.signer(CAMPAIGN, person_id(1)).await.unwrap().unwrap();
    assert_eq!((without_unit.unit_name.as_str(), without_unit.participant.unit), ("", None));
    assert!(without_unit.pledge.is_none());
    assert!(store.signer(CAMPAIGN, person_id(99)).await.unwrap().is_none());
    assert!(store.signer(CampaignId([9; 16]), person_id(2)).await.unwrap().is_none());
}

async fn signers_who_are_asked_for_in_the_same_moment_are_told_apart(store: SharedStore) {
    const PEOPLE: u32 = 100;
    scene::open(&store, PEOPLE).await;
    sign(&store, 0..10).await;
    let stranger = CampaignId([9; 16]);
    let mut asking = JoinSet::new();
    // Everybody twice, people who aren't listed, and everybody in a campaign that isn't theirs.
    for number in (0..PEOPLE + 20).chain(0..PEOPLE) {
        for campaign in [CAMPAIGN, stranger] {
            let store = store.clone();
            asking.spawn(async move { (number, campaign, store.signer(campaign, person_id(number)).await.unwrap()) });
        }
    }
    for (number, campaign, found) in asking.join_all().await {
        assert_eq!(found.is_some(), number < PEOPLE && campaign == CAMPAIGN, "{number}");
        let Some(signer) = found else { continue };
        assert_eq!((signer.participant.id, signer.pledge.is_some()), (person_id(number), number < 10));
        assert!(signer.pledge.is_none_or(|pledge| pledge.participant == person_id(number)));
    }
}

async fn a_pledge_is_found_by_person_id_and_range(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, 0..6).await;
    let pledge = store.pledge_of(CAMPAIGN, person_id(2)).await.unwrap().unwrap();
    assert_eq!((pledge.participant, pledge.id, pledge.signed_at), (person_id(2), pledge_id(32), UnixMillis(2_000)));
    assert!(pledge.method == Method::OwnDevice && pledge.text_hash == text("Ikrar").hash());
    assert_eq!(pledge.credential, entry(2, 0).credential);
    assert_eq!(pledge.strokes.as_ref().unwrap().pack(), entry(2, 0).strokes.unwrap());
    assert_eq!(store.pledge(CAMPAIGN, pledge_id(32)).await.unwrap(), Some(pledge));
    assert_eq!(store.pledge(CAMPAIGN, pledge_id(33)).await.unwrap(), None);
    assert_eq!(store.pledge_of(CAMPAIGN, person_id(99)).await.unwrap(), None);
    let between = |low: u32, high: u32| store.pledges_between(CAMPAIGN, pledge_id(low), pledge_id(high));
    assert_eq!(between(17, 31).await.unwrap().len(), 0);
    assert_eq!(between(17, 32).await.unwrap().len(), 1);
    assert_eq!(between(0, 90).await.unwrap().len(), 2, "more than one is said by two");
}

async fn leaves_are_read_from_an_index_on(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, 0..6).await;
    let leaves = store.leaves(CAMPAIGN, LogKind::Pledges, 4, 10).await.unwrap();
    assert_eq!(leaves, [entry(4, 0).leaf, entry(5, 0).leaf]);
    assert_eq!(store.leaves(CAMPAIGN, LogKind::Pledges, 1, 2).await.unwrap().len(), 2);
    assert_eq!(store.leaves(CAMPAIGN, LogKind::Pledges, 6, 2).await.unwrap().len(), 0);
    assert_eq!(store.leaves(CAMPAIGN, LogKind::Roster, 0, 99).await.unwrap().len(), 7);
    assert_eq!(store.leaves(CAMPAIGN, LogKind::Notices, 0, 99).await.unwrap().len(), 0);
    assert_eq!(store.log_head(CAMPAIGN, LogKind::Notices).await.unwrap(), None);
}

async fn a_pledge_is_revoked_once_and_counted(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, 0..6).await;
    let revocation = RevocationRecord { reason: "bukan saya".into(), at: UnixMillis(3_000), by: "bkd".into() };
    let revoke = async || scene::revoke(&store, pledge_id(32), &revocation).await;
    let (one, other) = tokio::join!(revoke(), revoke());
    assert_eq!([one, other].iter().filter(|done| done.is_ok()).count(), 1);
    assert!(matches!(revoke().await, Err(StoreError::Conflict)));
    assert!(matches!(scene::revoke(&store, pledge_id(33), &revocation).await, Err(StoreError::Conflict)));
    assert_eq!(store.revocation(CAMPAIGN, pledge_id(32)).await.unwrap(), Some(revocation));
    assert_eq!(store.revocation(CAMPAIGN, pledge_id(16)).await.unwrap(), None);
    let revoked: Vec<u64> = store.group_counts(CAMPAIGN).await.unwrap().iter().map(|group| group.revoked).collect();
    assert_eq!(revoked, [0, 1]);
    // The leaf and the count stand.
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 6);
}

async fn a_revocation_is_seen_wherever_its_pledge_is_read(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, 0..6).await;
    let revocation = RevocationRecord { reason: "bukan saya".into(), at: UnixMillis(3_000), by: "bkd".into() };
    scene::revoke(&store, pledge_id(32), &revocation).await.unwrap();
    let recorded = async |number| store.recorded(CAMPAIGN, pledge_id(number)).await.unwrap();
    assert_eq!(recorded(32).await, Some(RecordedCredential { credential: entry(2, 0).credential, revoked: true }));
    assert_eq!(recorded(16).await, Some(RecordedCredential { credential: entry(1, 0).credential, revoked: false }));
    assert_eq!(recorded(33).await, None);
    let all: Vec<_> = (0..6).map(person_id).collect();
    let signers = store.signers(CAMPAIGN, &all).await.unwrap();
    assert_eq!(signers.iter().map(|one| one.revoked).collect::<Vec<_>>(), [false, false, true, false, false, false]);
    assert!(store.signer(CAMPAIGN, person_id(2)).await.unwrap().unwrap().revoked);
    assert!(!store.signer(CAMPAIGN, person_id(1)).await.unwrap().unwrap().revoked);
}

async fn public_numbers_belong_together(store: SharedStore) {
    assert_eq!(store.public_numbers(CAMPAIGN).await.unwrap(), PublicNumbers::default());
    scene::open(&store, 6).await;
    let before = store.public_numbers(CAMPAIGN).await.unwrap();
    assert_eq!((before.log_size, before.pledges_checkpoint, before.committed_at), (0, None, None));
    assert_eq!(before.roster_checkpoint.as_deref(), Some("roster"));
    sign(&store, 0..4).await;
    let numbers = store.public_numbers(CAMPAIGN).await.unwrap();
    assert_eq!(numbers.groups, store.group_counts(CAMPAIGN).await.unwrap());
    let shown: Vec<_> =
        numbers.groups.iter().map(|group| (group.code.as_str(), group.eligible, group.signed)).collect();
    assert_eq!(shown, [("16", 4, 3), ("16.71", 2, 1)]);
    let head = store.log_head(CAMPAIGN, LogKind::Pledges).await.unwrap().unwrap();
    assert_eq!((numbers.log_size, numbers.pledges_checkpoint), (4, Some(head.checkpoint)));
    assert_eq!(numbers.committed_at, Some(head.at));
}

async fn many_signers_are_read_in_the_order_in_which_they_are_asked_for(store: SharedStore) {
    scene::open(&store, 300).await;
    sign(&store, [8, 1, 5, 0]).await;
    let asked = [8, 900, 1, 2].map(person_id);
    let found = store.signers(CAMPAIGN, &asked).await.unwrap();
    let ids = |found: &[ikrar::store::pledges::Signer]| found.iter().map(|one| one.participant.id).collect::<Vec<_>>();
    assert_eq!(ids(&found), [person_id(8), person_id(1), person_id(2)]);
    assert_eq!((found[0].institution_name.as_str(), found[0].unit_name.as_str()), ("Kota", "Sekretariat"));
    assert_eq!(found[0].pledge.as_ref().unwrap().id, pledge_id(128));
    assert!(found[2].pledge.is_none());
    // More than one statement takes.
    let all: Vec<_> = (0..300).rev().map(person_id).collect();
    assert_eq!(ids(&store.signers(CAMPAIGN, &all).await.unwrap()), all);
    assert!(store.signers(CAMPAIGN, &[]).await.unwrap().is_empty());
}

async fn a_revocation_counts_in_the_group_of_the_roster_in_force(store: SharedStore) {
    const LATER: RosterId = [6; 16];
    scene::locked(&store, 6).await;
    store.unlock_roster(CAMPAIGN, &line()).await.unwrap();
    // The first person moves to the other institution; the row of the earlier roster isn't purged yet.
    store.begin_roster(CAMPAIGN, LATER, None, UnixMillis(5), "bkd").await.unwrap();
    let moved = Participant { institution: "16.71".into(), unit: None, ..scene::person(0) };
    store.stage_people(CAMPAIGN, LATER, &[moved]).await.unwrap();
    let activation = Activation { roster: LATER, before: scene::rosters(), ..scene::activation(1) };
    store.activate_roster(CAMPAIGN, &activation, &line()).await.unwrap();
    let version = RosterVersion { roster: Some(LATER), generation: 0 };
    let rosters = vec![("16".into(), version), ("16.71".into(), version)];
    store.begin_lock(CAMPAIGN, scene::TOKEN, UnixMillis(6)).await.unwrap();
    let slot = Slot { institution: "16.71".into(), group: 1, ..scene::slots(1).remove(0) };
    store.lock_chunk(CAMPAIGN, scene::TOKEN, &[slot], &rosters, 0, &[vec![0], vec![1]]).await.unwrap();
    store.finish_lock(CAMPAIGN, &Lock { rosters, ..scene::the_lock(6) }, &line()).await.unwrap();
    scene::step(&store, CampaignState::Locked, CampaignState::Open).await;
    let signed = scene::batch(vec![BatchEntry { group: 1, ..entry(0, 0) }]);
    store.commit_batch(&signed, &scene::sign_checkpoint).await.unwrap();

    let revocation = RevocationRecord { reason: "bukan saya".into(), at: UnixMillis(3_000), by: "bkd".into() };
    scene::revoke(&store, pledge_id(0), &revocation).await.unwrap();
    let revoked: Vec<u64> = store.group_counts(CAMPAIGN).await.unwrap().iter().map(|group| group.revoked).collect();
    assert_eq!(revoked, [0, 1]);
}

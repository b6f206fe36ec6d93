//! Changes of a locked roster: each is rows, a notice and signed heads in one commit.

use crate::line;
use crate::scene::{
    self, CAMPAIGN, SALT, batch, change, change_batch, change_request, entry, log_key, person, person_id, sign,
    sign_checkpoint,
};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::leaf::{notice_leaf, roster_leaf};
use ikrar::domain::notice::{NoticeKind, RosterStanding};
use ikrar::domain::participant::Participant;
use ikrar::store::notices::{CHANGES_MAX, ChangeBatch, ChangeRequest, RosterAction};
use ikrar::store::pledges::{BatchEntry, CommitOutcome, KnownSizes, LogKind};
use ikrar::store::{SharedStore, StoreError};
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use ikrar::tlog::note::{Note, VerifierKey};

crate::properties![
    an_added_person_has_a_slot_a_leaf_and_a_notice_at_once,
    an_excused_person_counts_no_more_and_signs_nothing,
    an_exclusion_is_undone,
    an_addition_is_undone_and_the_person_added_again,
    a_corrected_row_is_signed_as_it_is_now,
    a_change_that_does_not_apply_leaves_nothing,
    of_a_pledge_and_an_exclusion_one_wins,
    a_change_or_batch_that_knows_of_a_longer_log_is_refused,
    a_roster_with_notices_is_not_unlocked,
    old_revocations_get_their_notice_once,
    whose_pledge_is_revoked_is_admitted_anew_with_it,
    an_admission_follows_a_revoked_pledge_and_the_one_before,
    by_kind_of_employment_only_pledges_that_count_are_signed,
    more_changes_than_a_commit_takes_are_refused,
    requests_of_one_commit_are_all_made_or_none,
    changes_of_one_person_in_one_commit_follow_each_other,
];

fn newcomer(number: u32) -> Participant {
    Participant { shown_name: format!("Susulan {number:05}"), ..person(number) }
}

fn add(number: u32) -> RosterAction {
    RosterAction::Add { person: Box::new(newcomer(number)), salt: [8; 32] }
}

fn excuse(number: u32) -> RosterAction {
    RosterAction::Excuse { participant: person_id(number) }
}

fn undo(number: u32, standing: RosterStanding) -> RosterAction {
    RosterAction::Undo { participant: person_id(number), standing }
}

/// These changes don't apply together.
async fn refused(store: &SharedStore, actions: Vec<RosterAction>) {
    let changed = change(store, actions).await;
    assert!(matches!(changed, Err(StoreError::Conflict)), "{changed:?}");
}

/// `[eligible, added, excused, target]` of all groups together.
async fn numbers(store: &SharedStore) -> [u64; 4] {
    let groups = store.group_counts(CAMPAIGN).await.unwrap();
    let sum = |of: fn(&ikrar::store::campaigns::GroupCount) -> u64| groups.iter().map(of).sum();
    [sum(|one| one.eligible), sum(|one| one.added), sum(|one| one.excused), sum(|one| one.target())]
}

/// The log's head is signed and is the root of its leaves; returns its size.
async fn whole(store: &SharedStore, log: LogKind) -> u64 {
    let head = store.log_head(CAMPAIGN, log).await.unwrap().unwrap();
    let mut frontier = Frontier::new();
    for leaf in store.leaves(CAMPAIGN, log, 0, 10_000).await.unwrap() {
        frontier.append(leaf_hash(&leaf));
    }
    assert_eq!((frontier.size(), frontier.root()), (head.size, head.root));
    let origin = format!("uji.example/log/uji/{}", log.as_str());
    let key = VerifierKey::new(&origin, log_key().public().to_bytes()).unwrap();
    assert_eq!(Note::parse(&head.checkpoint).unwrap().verify(&[key]).unwrap().len(), 1);
    head.size
}

async fn an_added_person_has_a_slot_a_leaf_and_a_notice_at_once(store: SharedStore) {
    scene::open(&store, 6).await;
    let epoch = store.roster_epoch(CAMPAIGN).await.unwrap();
    assert_eq!(change(&store, vec![add(60), add(62)]).await.unwrap(), [0, 1]);
    assert_eq!(numbers(&store).await, [6, 2, 0, 8]);
    assert_eq!((whole(&store, LogKind::Roster).await, whole(&store, LogKind::Notices).await), (9, 2));
    added_leaves_and_notices(&store).await;
    // What sessions bring along still holds: the epoch didn't change.
    assert_eq!(store.roster_epoch(CAMPAIGN).await.unwrap(), epoch);
    let signer = store.signer(CAMPAIGN, person_id(62)).await.unwrap().unwrap();
    let placed = signer.placed().unwrap();
    assert_eq!((placed.slot, placed.group, placed.place_version), (8, 1, 1));
    let facts = store.signing_facts(CAMPAIGN, &[person_id(62)]).await.unwrap().pop().unwrap();
    assert_eq!((facts.slot, facts.place_version, facts.code_version), (8, 1, 1));
    assert_eq!(signs_at(&store, 62, 1).await, CommitOutcome::Committed { log_index: 0, signed_count: 1 });
}

/// What a signature brings of the person's row of this place version.
async fn signs_at(store: &SharedStore, number: u32, place_version: u32) -> CommitOutcome {
    let signed = batch(vec![BatchEntry { place_version, ..entry(number, 0) }]);
    store.commit_batch(&signed, &sign_checkpoint).await.unwrap().remove(0)
}

async fn added_leaves_and_notices(store: &SharedStore) {
    let leaves = store.leaves(CAMPAIGN, LogKind::Roster, 7, 9).await.unwrap();
    let expected = [(60, 0, 7), (62, 1, 8)]
        .map(|(number, group, slot)| roster_leaf(CAMPAIGN, group, slot, &person(number).identifier, &[8; 32]));
    assert_eq!(leaves, expected);
    let notices = store.roster_notices(CAMPAIGN, 0, 9).await.unwrap();
    let noticed = store.leaves(CAMPAIGN, LogKind::Notices, 0, 9).await.unwrap();
    for (notice, leaf) in notices.iter().zip(&noticed) {
        assert_eq!(*leaf, notice_leaf(CAMPAIGN, &notice.facts, &notice.details, &SALT));
        assert_eq!((notice.facts.kind, notice.facts.other, notice.by.as_str()), (NoticeKind::Added, 0, "bkd"));
    }
    assert_eq!(notices.iter().map(|one| one.facts.slot).collect::<Vec<_>>(), [7, 8]);
}

async fn an_excused_person_counts_no_more_and_signs_nothing(store: SharedStore) {
    scene::open(&store, 6).await;
    change(&store, vec![excuse(2)]).await.unwrap();
    assert_eq!(numbers(&store).await, [6, 0, 1, 5]);
    let signer = store.signer(CAMPAIGN, person_id(2)).await.unwrap().unwrap();
    assert_eq!((signer.standing, signer.placed()), (RosterStanding::Excused, None));
    // A session from before brings an entry of the old place version.
    assert_eq!(sign(&store, [2, 3]).await[0], CommitOutcome::PlaceChanged);
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 1);
    let facts = store.signing_facts(CAMPAIGN, &[person_id(2)]).await.unwrap().pop().unwrap();
    assert_eq!((facts.standing, facts.place_version), (RosterStanding::Excused, 1));
    refused(&store, vec![excuse(2)]).await;
    // Who signed isn't excused.
    refused(&store, vec![excuse(3)]).await;
    assert_eq!(numbers(&store).await, [6, 0, 1, 5]);
}

async fn an_exclusion_is_undone(store: SharedStore) {
    scene::open(&store, 6).await;
    change(&store, vec![excuse(2)]).await.unwrap();
    change(&store, vec![undo(2, RosterStanding::Excused)]).await.unwrap();
    assert_eq!(numbers(&store).await, [6, 0, 0, 6]);
    let undone = store.newest_notices(CAMPAIGN, 1).await.unwrap().pop().unwrap();
    assert_eq!((undone.facts.kind, undone.facts.index, undone.facts.other), (NoticeKind::Undone, 1, 0));
    assert_eq!(signs_at(&store, 2, 1).await, CommitOutcome::PlaceChanged);
    assert_eq!(signs_at(&store, 2, 2).await, CommitOutcome::Committed { log_index: 0, signed_count: 1 });
    assert_eq!(store.notices_of_slot(CAMPAIGN, 3).await.unwrap().len(), 2);
}

async fn an_addition_is_undone_and_the_person_added_again(store: SharedStore) {
    scene::open(&store, 6).await;
    change(&store, vec![add(60)]).await.unwrap();
    change(&store, vec![undo(60, RosterStanding::Listed)]).await.unwrap();
    assert_eq!(numbers(&store).await, [6, 0, 0, 6]);
    let signer = store.signer(CAMPAIGN, person_id(60)).await.unwrap().unwrap();
    assert_eq!((signer.standing, signer.placed()), (RosterStanding::Withdrawn, None));
    let mut listed = 0;
    store.visit_people(CAMPAIGN, &Default::default(), &mut |_| listed += 1).await.unwrap();
    assert_eq!(listed, 6);
    // Nobody of the locked roster is withdrawn.
    refused(&store, vec![undo(1, RosterStanding::Listed)]).await;
    // In another institution this time.
    let moved = Participant { institution: "16.71".into(), unit: Some(2), ..newcomer(60) };
    change(&store, vec![RosterAction::Add { person: Box::new(moved), salt: [1; 32] }]).await.unwrap();
    let signer = store.signer(CAMPAIGN, person_id(60)).await.unwrap().unwrap();
    let placed = signer.placed().unwrap();
    assert_eq!((placed.slot, placed.group, placed.place_version), (8, 1, 3));
    assert_eq!(numbers(&store).await, [6, 1, 0, 7]);
    assert_eq!(whole(&store, LogKind::Roster).await, 9);
}

async fn a_corrected_row_is_signed_as_it_is_now(store: SharedStore) {
    scene::open(&store, 6).await;
    let row = Participant { shown_name: "Dr. Peserta, S.E.".into(), unit: None, ..person(0) };
    change(&store, vec![RosterAction::Correct { person: Box::new(row.clone()) }]).await.unwrap();
    let signer = store.signer(CAMPAIGN, person_id(0)).await.unwrap().unwrap();
    let placed = signer.placed().unwrap();
    assert_eq!((placed.shown_name.as_str(), placed.slot, placed.place_version), ("Dr. Peserta, S.E.", 1, 1));
    assert_eq!(sign(&store, [0]).await, [CommitOutcome::PlaceChanged]);
    assert_eq!(signs_at(&store, 0, 1).await, CommitOutcome::Committed { log_index: 0, signed_count: 1 });
    // Who signed isn't corrected here, and nobody moves to another institution.
    refused(&store, vec![RosterAction::Correct { person: Box::new(row) }]).await;
    let elsewhere = Participant { institution: "16.71".into(), ..person(1) };
    refused(&store, vec![RosterAction::Correct { person: Box::new(elsewhere) }]).await;
}

async fn a_change_that_does_not_apply_leaves_nothing(store: SharedStore) {
    scene::open(&store, 6).await;
    let stranger = Participant { institution: "16.99".into(), ..newcomer(61) };
    let homeless = Participant { unit: Some(77), ..newcomer(61) };
    for wrong in [
        add(1),
        excuse(61),
        undo(1, RosterStanding::Excused),
        undo(1, RosterStanding::Withdrawn),
        RosterAction::Add { person: Box::new(stranger), salt: SALT },
        RosterAction::Add { person: Box::new(homeless), salt: SALT },
        RosterAction::NoticeRevocation { pledge: scene::pledge_id(0) },
    ] {
        refused(&store, vec![add(60), excuse(0), wrong]).await;
    }
    let mut closed = change_batch(vec![excuse(0)]);
    closed.requests[0].states = &[CampaignState::Paused];
    assert!(matches!(store.commit_changes(&closed, &sign_checkpoint).await, Err(StoreError::Conflict)));
    assert_eq!(numbers(&store).await, [6, 0, 0, 6]);
    assert_eq!(store.log_head(CAMPAIGN, LogKind::Notices).await.unwrap(), None);
    assert!(store.roster_notices(CAMPAIGN, 0, 9).await.unwrap().is_empty());
    assert_eq!(store.leaves(CAMPAIGN, LogKind::Roster, 0, 99).await.unwrap().len(), 7);
    assert!(store.signer(CAMPAIGN, person_id(60)).await.unwrap().is_none());
    assert_eq!(store.signer(CAMPAIGN, person_id(0)).await.unwrap().unwrap().place_version, 0);
}

async fn of_a_pledge_and_an_exclusion_one_wins(store: SharedStore) {
    scene::open(&store, 40).await;
    for number in 0..20 {
        let (signed, excused) = tokio::join!(sign(&store, [number]), change(&store, vec![excuse(number)]));
        let signed = matches!(signed[..], [CommitOutcome::Committed { .. }]);
        assert_ne!(signed, excused.is_ok());
    }
    let excused = store.roster_notices(CAMPAIGN, 0, 99).await.unwrap().len() as u64;
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 20 - excused);
    assert_eq!(numbers(&store).await, [40, 0, excused, 40 - excused]);
}

async fn a_change_or_batch_that_knows_of_a_longer_log_is_refused(store: SharedStore) {
    scene::open(&store, 6).await;
    change(&store, vec![excuse(0)]).await.unwrap();
    for known in [KnownSizes { notices: 2, ..KnownSizes::default() }, KnownSizes { roster: 8, ..KnownSizes::default() }]
    {
        let changed = ChangeBatch { known, ..change_batch(vec![excuse(1)]) };
        let refused = store.commit_changes(&changed, &sign_checkpoint).await;
        assert!(matches!(refused, Err(StoreError::RollbackDetected { .. })), "{refused:?}");
        let signed = ikrar::store::pledges::PledgeBatch { known, ..batch(vec![entry(3, 0)]) };
        let refused = store.commit_batch(&signed, &sign_checkpoint).await;
        assert!(matches!(refused, Err(StoreError::RollbackDetected { .. })), "{refused:?}");
    }
    assert_eq!(numbers(&store).await, [6, 0, 1, 5]);
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 0);
}

async fn a_roster_with_notices_is_not_unlocked(store: SharedStore) {
    scene::locked(&store, 6).await;
    change(&store, vec![add(60)]).await.unwrap();
    assert!(matches!(store.unlock_roster(CAMPAIGN, &line()).await, Err(StoreError::Conflict)));
    assert_eq!(numbers(&store).await, [6, 1, 0, 7]);
}

async fn old_revocations_get_their_notice_once(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, [0, 1]).await;
    assert!(store.revocations_without_notice(CAMPAIGN).await.unwrap().is_empty());
    let notice = || change(&store, vec![RosterAction::NoticeRevocation { pledge: scene::pledge_id(0) }]);
    assert!(matches!(notice().await, Err(StoreError::Conflict)), "it isn't revoked");
    let revocation = ikrar::store::pledges::RevocationRecord {
        reason: "bukan saya".into(),
        at: ikrar::domain::time::UnixMillis(3_000),
        by: "bkd".into(),
    };
    scene::revoke(&store, scene::pledge_id(0), &revocation).await.unwrap();
    assert!(store.revocations_without_notice(CAMPAIGN).await.unwrap().is_empty());
    assert!(matches!(notice().await, Err(StoreError::Conflict)), "it has one");
    assert_eq!(whole(&store, LogKind::Notices).await, 1);
}

fn revoke(number: u32) -> RosterAction {
    let revocation = ikrar::store::pledges::RevocationRecord {
        reason: "bukan saya".into(),
        at: ikrar::domain::time::UnixMillis(3_000),
        by: "bkd".into(),
    };
    RosterAction::Revoke { pledge: scene::pledge_id(number * 16), revocation }
}

/// The admission of a person takes the place of another.
fn admit(previous: u32, first: u32, admission: u8, new: u32) -> RosterAction {
    let person = Participant { id: person_id(new), ..person(first) };
    let (previous, first) = (person_id(previous), person_id(first));
    RosterAction::AdmitAnew { previous, first, admission, person: Box::new(person), salt: [7; 32] }
}

async fn an_admission_follows_a_revoked_pledge_and_the_one_before(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, [2]).await;
    // Not without the revocation, not as a later admission than the next, not for somebody who hasn't signed.
    refused(&store, vec![admit(2, 2, 2, 90)]).await;
    refused(&store, vec![revoke(2), admit(2, 2, 3, 90)]).await;
    refused(&store, vec![admit(1, 1, 2, 90)]).await;
    assert!(store.revocation(CAMPAIGN, scene::pledge_id(32)).await.unwrap().is_none());
    change(&store, vec![revoke(2), admit(2, 2, 2, 90)]).await.unwrap();
    refused(&store, vec![admit(2, 2, 3, 91)]).await;
    assert_eq!((whole(&store, LogKind::Roster).await, whole(&store, LogKind::Notices).await), (8, 2));
}

async fn whose_pledge_is_revoked_is_admitted_anew_with_it(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, [2]).await;
    change(&store, vec![revoke(2), admit(2, 2, 2, 90)]).await.unwrap();
    assert_eq!(numbers(&store).await, [6, 0, 0, 6]);
    let first = store.signer(CAMPAIGN, person_id(2)).await.unwrap().unwrap();
    assert_eq!((first.standing, first.admission, first.revoked), (RosterStanding::Superseded, 2, true));
    let newest = store.signer(CAMPAIGN, person_id(90)).await.unwrap().unwrap();
    let placed = newest.placed().unwrap();
    assert_eq!((placed.slot, placed.group, newest.admission), (7, 1, 1));
    let notice = store.newest_notices(CAMPAIGN, 1).await.unwrap().pop().unwrap();
    assert_eq!((notice.facts.kind, notice.facts.slot, notice.facts.other), (NoticeKind::AdmittedAnew, 7, 3));
    let signed = batch(vec![BatchEntry { place_version: 1, group: placed.group, ..entry(90, 0) }]);
    store.commit_batch(&signed, &sign_checkpoint).await.unwrap();
    // Both count as signed, one of them as revoked.
    let counts = store.group_counts(CAMPAIGN).await.unwrap();
    assert_eq!((counts[1].signed, counts[1].revoked, counts[1].eligible), (2, 1, 2));
    let mut listed = 0;
    store.visit_people(CAMPAIGN, &Default::default(), &mut |_| listed += 1).await.unwrap();
    assert_eq!(listed, 6, "one row for each person");
}

async fn more_changes_than_a_commit_takes_are_refused(store: SharedStore) {
    scene::open(&store, 6).await;
    let back_and_forth = |changes: usize| {
        let actions = [excuse(0), undo(0, RosterStanding::Excused)];
        actions.into_iter().cycle().take(changes).collect::<Vec<_>>()
    };
    refused(&store, back_and_forth(CHANGES_MAX + 1)).await;
    assert!(store.newest_notices(CAMPAIGN, 1).await.unwrap().is_empty());
    assert_eq!(change(&store, back_and_forth(CHANGES_MAX)).await.unwrap().len(), CHANGES_MAX);
    assert_eq!(numbers(&store).await, [6, 0, 0, 6]);
}

async fn by_kind_of_employment_only_pledges_that_count_are_signed(store: SharedStore) {
    scene::open(&store, 6).await;
    sign(&store, [0, 2, 5]).await;
    change(&store, vec![revoke(5)]).await.unwrap();
    change(&store, vec![revoke(2), admit(2, 2, 2, 90)]).await.unwrap();
    let city = async || {
        let progress = store.employment_progress(CAMPAIGN).await.unwrap();
        let city = progress.into_iter().filter(|one| one.institution == "16.71");
        city.map(|one| (one.people, one.signed, one.revoked)).collect::<Vec<_>>()
    };
    assert_eq!(city().await, [(2, 0, 2)]);
    let group = store.signer(CAMPAIGN, person_id(90)).await.unwrap().unwrap().placed().unwrap().group;
    let signed = batch(vec![BatchEntry { place_version: 1, group, ..entry(90, 0) }]);
    store.commit_batch(&signed, &sign_checkpoint).await.unwrap();
    assert_eq!(city().await, [(2, 1, 2)]);
}

async fn requests_of_one_commit_are_all_made_or_none(store: SharedStore) {
    scene::open(&store, 6).await;
    let request = |by: &str, actions| ChangeRequest { by: by.into(), ..change_request(actions) };
    let (first, other) = (|| request("bkd", vec![excuse(0), add(60)]), || request("siti", vec![excuse(1)]));
    let batch = |requests| ChangeBatch { requests, ..change_batch(vec![]) };
    let mut closed = other();
    closed.states = &[CampaignState::Paused];
    for wrong in [closed, request("siti", vec![excuse(0)])] {
        let refused = store.commit_changes(&batch(vec![first(), wrong]), &sign_checkpoint).await;
        assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
        assert_eq!(numbers(&store).await, [6, 0, 0, 6]);
    }
    let lines = store.audit_page(None, None, 100).await.unwrap().len();
    let indexes = store.commit_changes(&batch(vec![first(), other()]), &sign_checkpoint).await.unwrap();
    assert_eq!(indexes, [0, 1, 2]);
    assert_eq!(numbers(&store).await, [6, 1, 2, 5]);
    let notices = store.roster_notices(CAMPAIGN, 0, 9).await.unwrap();
    assert_eq!(notices.iter().map(|notice| notice.by.as_str()).collect::<Vec<_>>(), ["bkd", "bkd", "siti"]);
    assert_eq!(store.audit_page(None, None, 100).await.unwrap().len(), lines + 2);
}

/// Rows are gathered and written at the end, but for those of a person whom a further change concerns.
async fn changes_of_one_person_in_one_commit_follow_each_other(store: SharedStore) {
    scene::open(&store, 6).await;
    let named = |number, name: &str| {
        let person = Participant { shown_name: name.into(), ..person(number) };
        RosterAction::Correct { person: Box::new(person) }
    };
    let actions = vec![
        add(60),
        named(60, "Nama Kedua"),
        named(60, "Nama Ketiga"),
        excuse(1),
        add(61),
        undo(61, RosterStanding::Listed),
        undo(1, RosterStanding::Excused),
        add(61),
        excuse(60),
    ];
    let requests = actions.into_iter().map(|action| ChangeRequest { audit: vec![], ..change_request(vec![action]) });
    let batch = ChangeBatch { requests: requests.collect(), ..change_batch(vec![]) };
    assert_eq!(store.commit_changes(&batch, &sign_checkpoint).await.unwrap().len(), 9);
    assert_eq!(numbers(&store).await, [6, 2, 1, 7]);
    assert_eq!((whole(&store, LogKind::Roster).await, whole(&store, LogKind::Notices).await), (10, 9));
    let signer = async |number| store.signer(CAMPAIGN, person_id(number)).await.unwrap().unwrap();
    let (added, back, again) = (signer(60).await, signer(1).await, signer(61).await);
    assert_eq!((added.participant.shown_name.as_str(), added.standing), ("Nama Ketiga", RosterStanding::Excused));
    assert_eq!((added.place_version, back.place_version, again.place_version), (4, 2, 3));
    assert_eq!((back.standing, again.placed().unwrap().slot), (RosterStanding::Listed, 9));
    // What was undone is named by the notice of it.
    let notices = store.roster_notices(CAMPAIGN, 0, 99).await.unwrap();
    assert_eq!((notices[5].facts.other, notices[6].facts.other), (4, 3));
}

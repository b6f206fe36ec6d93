//! Changes of a locked roster that come at once share commits, and each has an outcome of its own.

use crate::support::TestPlatform;
use async_trait::async_trait;
use ikrar::clock::Clock;
use ikrar::domain::account::{Account, Role};
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::notice::ExcuseReason;
use ikrar::service::help_desk::{HelpDesk, HelpDeskError, HelpDeskPorts};
use ikrar::store::StoreError;
use ikrar::store::counted_event_channel::CountedEventSender;
use ikrar::store::pledges::KnownSizes;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// Each reading is later, so that what has one time was committed together.
struct TickingClock(AtomicI64);

impl Clock for TickingClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Counts how often the published numbers are to be read again.
#[derive(Default)]
struct CountingPorts(AtomicUsize);

#[async_trait]
impl HelpDeskPorts for CountingPorts {
    async fn numbers_changed(&self) -> Result<(), StoreError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn known_sizes(&self, _: CampaignId) -> Result<KnownSizes, StoreError> {
        Ok(KnownSizes::default())
    }

    fn locked_people(&self, _: CampaignId) -> u64 {
        0
    }

    fn is_crowded(&self, _: CampaignId) -> bool {
        true
    }

    fn halt_signing(&self, fault: &StoreError) {
        panic!("{fault}");
    }
}

async fn account(platform: &TestPlatform, login: &str) -> Account {
    platform.account(login, Role::Organizer, &[]).await;
    platform.store.account(login).await.unwrap().unwrap().0
}

#[tokio::test]
async fn changes_that_come_at_once_share_commits_and_a_refused_one_holds_no_other_up() {
    const PEOPLE: usize = 120;
    let platform = TestPlatform::open(PEOPLE).await;
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let accounts = [account(&platform, "bkd").await, account(&platform, "siti").await];
    let ports = Arc::new(CountingPorts::default());
    let desk = HelpDesk::new(
        platform.store.clone(),
        Arc::new(TickingClock(1_000.into())),
        platform.state.entropy.clone(),
        platform.keyring.clone(),
        CountedEventSender::default(),
        ports.clone(),
        platform.state.config.host().to_owned(),
        20,
    );
    // The first person is excused by both accounts, and once only.
    let people = platform.people.iter().chain(&platform.people[..1]).map(|person| person.participant.id);
    let changes = people.enumerate().map(|(at, id)| {
        let by = &accounts[at % 2];
        desk.excuse(by, &campaign, id, ExcuseReason::Retired)
    });
    let mut outcomes = futures_util::future::join_all(changes).await;
    let again = outcomes.pop().unwrap();
    let firsts = [outcomes.remove(0), again];
    assert_eq!(firsts.iter().filter(|one| one.is_ok()).count(), 1);
    for refused in firsts.into_iter().filter_map(Result::err) {
        let is_known = matches!(refused, HelpDeskError::NotApplicable | HelpDeskError::Store(StoreError::Conflict));
        assert!(is_known, "{refused:?}");
    }
    assert!(outcomes.iter().all(Result::is_ok));

    let notices = platform.store.roster_notices(platform.campaign, 0, 999).await.unwrap();
    assert_eq!(notices.len(), PEOPLE);
    for (at, person) in platform.people.iter().enumerate().skip(1) {
        let of_person = notices.iter().find(|notice| notice.participant == person.participant.id).unwrap();
        assert_eq!(of_person.by, accounts[at % 2].login);
    }
    let commits: BTreeSet<i64> = notices.iter().map(|notice| notice.facts.at.0).collect();
    // The one that is refused stands alone after a few halvings, and the others share commits.
    assert!(commits.len() < 20, "{} commits", commits.len());
    let read = ports.0.load(Ordering::SeqCst);
    assert!(read < PEOPLE / 2, "read {read} times");
    let lines = platform.store.audit_page(Some(platform.campaign), None, 999).await.unwrap();
    let excused = lines.iter().filter(|line| matches!(line.event, AuditEvent::PersonExcused { .. }));
    assert_eq!(excused.count(), PEOPLE);
}

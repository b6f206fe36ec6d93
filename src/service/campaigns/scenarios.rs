//! The life of a campaign, told as tests.

use super::clock::ClockReading;
use super::rules::tests::settings;
use super::templates::TEMPLATES;
use super::*;
use crate::clock::FixedClock;
use crate::domain::audit::ACTOR_CLOCK;
use crate::domain::campaign::CampaignSettings;
use crate::domain::reporting_group::GroupList;
use crate::store::sqlite::Sqlite;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

const NOW_MS: i64 = 1_800_000_000_000;

/// From so many people on, the fake ports form too many groups.
const PEOPLE_OF_TOO_MANY_GROUPS: u64 = 1_000_000;

/// Ports that count how often they were asked; locking only moves the state.
struct FakePorts {
    store: SharedStore,
    people: AtomicU64,
    drained: AtomicU64,
    refreshed: AtomicU64,
}

#[async_trait]
impl CampaignPorts for FakePorts {
    async fn people(&self, _: CampaignId) -> Result<u64, StoreError> {
        Ok(self.people.load(SeqCst))
    }
    async fn lock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError> {
        let (opens_at, closes_at) = (campaign.opens_at, campaign.closes_at);
        self.store
            .change_state(campaign.id, campaign.observed_state(), CampaignState::Locked, opens_at, closes_at, audit)
            .await
    }
    async fn groups(&self, _: &Campaign) -> Result<Option<GroupList>, StoreError> {
        let list = GroupList { layout: 1, institutions: vec![], groups: vec![] };
        Ok((self.people.load(SeqCst) < PEOPLE_OF_TOO_MANY_GROUPS).then_some(list))
    }
    async fn unlock_roster(&self, campaign: &Campaign, audit: &AuditEntry) -> Result<(), StoreError> {
        let (opens_at, closes_at) = (campaign.opens_at, campaign.closes_at);
        self.store
            .change_state(campaign.id, campaign.observed_state(), CampaignState::Draft, opens_at, closes_at, audit)
            .await
    }
    async fn drain(&self, _: CampaignId) {
        self.drained.fetch_add(1, SeqCst);
    }
    async fn refresh(&self, _: CampaignId) {
        self.refreshed.fetch_add(1, SeqCst);
    }
}

pub(super) struct Stage {
    pub(super) campaigns: Campaigns,
    clock: Arc<FixedClock>,
    ports: Arc<FakePorts>,
    pub(super) store: SharedStore,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub(super) async fn set(public_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: SharedStore = Arc::new(Sqlite::open(&folder.path().join("db")).await.unwrap());
        let clock = Arc::new(FixedClock::at(NOW_MS));
        let ports =
            Arc::new(FakePorts { store: store.clone(), people: 20.into(), drained: 0.into(), refreshed: 0.into() });
        let campaigns = Campaigns::new(
            store.clone(),
            clock.clone(),
            Arc::new(Entropy::seeded(7)),
            Arc::new(Keyring::generate(&[5; 128])),
            public_url.into(),
            ports.clone(),
        );
        Self { campaigns, clock, ports, store, _folder: folder }
    }

    pub(super) async fn draft(&self, opens_at: Option<i64>, closes_at: Option<i64>) -> Campaign {
        let new = NewCampaign {
            slug: "sumsel",
            template: &TEMPLATES[0],
            settings: settings(),
            opens_at: opens_at.map(UnixMillis),
            closes_at: closes_at.map(UnixMillis),
        };
        self.campaigns.create("admin", new).await.unwrap()
    }

    async fn now(&self) -> Campaign {
        self.campaigns.find("sumsel").await.unwrap()
    }

    async fn trail(&self, campaign: &Campaign) -> Vec<(String, AuditEvent)> {
        let entries = self.store.audit_page(Some(campaign.id), None, 100).await.unwrap();
        entries.into_iter().map(|entry| (entry.actor, entry.event)).collect()
    }
}

#[tokio::test]
async fn from_template_to_closed_by_button_and_every_step_is_audited() {
    let stage = Stage::set("http://ikrar.test").await;
    let (campaigns, draft) = (&stage.campaigns, stage.draft(None, None).await);
    // Entries of one millisecond have no order, so each step gets its own.
    let moment = || stage.clock.advance_ms(1);
    assert!(draft.text_hash.is_some());
    assert!(matches!(campaigns.open("admin", &draft).await, Err(CampaignRefusal::NotAllowed(CampaignState::Draft))));
    campaigns.lock("admin", &draft).await.unwrap();
    moment();
    campaigns.open("admin", &stage.now().await).await.unwrap();
    assert_eq!(stage.now().await.opens_at, Some(UnixMillis(NOW_MS + 1)));
    moment();
    campaigns.pause("admin", &stage.now().await, "listrik padam").await.unwrap();
    moment();
    campaigns.resume("admin", &stage.now().await).await.unwrap();
    let open = stage.now().await;
    moment();
    assert!(matches!(
        campaigns.unlock("admin", &open, "").await,
        Err(CampaignRefusal::NotAllowed(CampaignState::Open))
    ));
    campaigns.close("admin", &open, "selesai").await.unwrap();
    assert_eq!(stage.now().await.state, CampaignState::Closing);
    assert!(matches!(campaigns.pause("admin", &open, "").await, Err(CampaignRefusal::NotAllowed(_))));
    moment();
    campaigns.tick(&mut ClockReading::new()).await.unwrap();
    let closed = stage.now().await;
    assert_eq!((closed.state, stage.ports.drained.load(SeqCst)), (CampaignState::Closed, 1));
    assert!(matches!(campaigns.cancel("admin", &closed, "salah").await, Err(CampaignRefusal::NotAllowed(_))));
    let trail = stage.trail(&closed).await;
    // Made, its first text, locked, opened, paused, resumed, closing, closed.
    assert_eq!(trail.len(), 8);
    assert_eq!(trail[0].0, ACTOR_CLOCK);
    assert!(
        matches!(&trail[1].1, AuditEvent::StateChanged { to: CampaignState::Closing, reason, .. } if reason == "selesai")
    );
}

#[tokio::test]
async fn the_clock_opens_and_closes_at_the_instants() {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(Some(NOW_MS + 2_000), Some(NOW_MS + 60_000)).await;
    stage.campaigns.lock("admin", &draft).await.unwrap();
    let mut seen = ClockReading::new();
    assert!(stage.campaigns.tick(&mut seen).await.unwrap().as_millis() <= 1_000);
    assert_eq!(stage.now().await.state, CampaignState::Locked);
    stage.clock.advance_ms(1_700);
    assert_eq!(stage.campaigns.tick(&mut seen).await.unwrap().as_millis(), 300);
    stage.clock.advance_ms(300);
    stage.campaigns.tick(&mut seen).await.unwrap();
    assert_eq!(stage.now().await.state, CampaignState::Open);
    stage.clock.advance_ms(58_000);
    stage.campaigns.tick(&mut seen).await.unwrap();
    let closed = stage.now().await;
    assert_eq!((closed.state, closed.closes_at), (CampaignState::Closed, Some(UnixMillis(NOW_MS + 60_000))));
}

#[tokio::test]
async fn what_another_process_changed_is_noticed_once() {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(None, None).await;
    let mut seen = ClockReading::new();
    stage.campaigns.tick(&mut seen).await.unwrap();
    let before = stage.ports.refreshed.load(SeqCst);
    let line = || stage.campaigns.line(draft.id, "other", AuditEvent::SettingsSaved { title: "x".into() });
    stage.store.save_help_contact(draft.id, "16", "x", &line()).await.unwrap_err();
    let elsewhere = CampaignSettings { place: "Lahat".into(), ..settings() };
    stage.store.save_settings(draft.id, &elsewhere, &line()).await.unwrap();
    stage.campaigns.tick(&mut seen).await.unwrap();
    stage.campaigns.tick(&mut seen).await.unwrap();
    assert_eq!(stage.ports.refreshed.load(SeqCst), before + 1);
}

#[tokio::test]
async fn a_draft_with_gaps_is_not_locked_and_says_which() {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(None, None).await;
    stage.ports.people.store(0, SeqCst);
    let refusal = stage.campaigns.lock("admin", &draft).await.unwrap_err();
    assert!(matches!(refusal, CampaignRefusal::Missing(missing) if missing == [Missing::People]));
    assert_eq!(stage.now().await.state, CampaignState::Draft);
}

#[tokio::test]
async fn a_draft_with_too_many_agencies_is_not_locked() {
    let stage = Stage::set("https://ikrar.example").await;
    let draft = stage.draft(None, None).await;
    stage.ports.people.store(PEOPLE_OF_TOO_MANY_GROUPS, SeqCst);
    assert!(matches!(stage.campaigns.lock("bkd", &draft).await, Err(CampaignRefusal::TooManyGroups)));
    assert_eq!(stage.now().await.state, CampaignState::Draft);
}

#[tokio::test]
async fn the_address_is_fixed_by_the_first_lock() {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(None, None).await;
    stage.store.pin(crate::store::installation::PUBLIC_URL, "https://lain.test").await.unwrap();
    let refusal = stage.campaigns.lock("admin", &draft).await.unwrap_err();
    assert!(matches!(refusal, CampaignRefusal::PublicUrl(fixed) if fixed == "https://lain.test"));
    assert!(stage.campaigns.check_public_url().await.is_err());
}

#[tokio::test]
async fn an_extension_needs_a_reason_and_a_moment_to_come() {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(None, Some(NOW_MS + 60_000)).await;
    stage.campaigns.lock("admin", &draft).await.unwrap();
    stage.campaigns.open("admin", &stage.now().await).await.unwrap();
    let open = stage.now().await;
    let later = Some(UnixMillis(NOW_MS + 600_000));
    let moved = |at, reason| stage.campaigns.move_times("admin", &open, open.opens_at, at, reason);
    assert!(matches!(moved(later, " ").await, Err(CampaignRefusal::Reason)));
    assert!(matches!(moved(Some(UnixMillis(NOW_MS)), "jaringan").await, Err(CampaignRefusal::Times)));
    moved(later, "jaringan terputus di dua kabupaten").await.unwrap();
    assert_eq!(stage.now().await.closes_at, later);
}

#[tokio::test]
async fn settings_fill_the_text_anew() {
    let stage = Stage::set("http://ikrar.test").await;
    let draft = stage.draft(None, None).await;
    let changed = CampaignSettings { year: "2031".into(), ..settings() };
    stage.campaigns.save_settings("admin", &draft, changed).await.unwrap();
    let after = stage.now().await;
    assert_ne!(after.text_hash, draft.text_hash);
    let versions = stage.store.text_versions(draft.id).await.unwrap();
    assert_eq!((versions.len(), Some(versions[0].text_hash)), (2, after.text_hash));
    let same = stage.campaigns.create(
        "admin",
        NewCampaign { slug: "sumsel", template: &TEMPLATES[1], settings: settings(), opens_at: None, closes_at: None },
    );
    assert!(matches!(same.await, Err(CampaignRefusal::SlugTaken)));
}

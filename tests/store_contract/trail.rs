//! A change and its line in the audit trail are one: a line that can't be written takes its change back with it, and a
//! change that is refused leaves no line.

use crate::line;
use crate::scene::{self, seen};
use ikrar::domain::account::{Account, Role, Scope};
use ikrar::domain::audit::AuditEntry;
use ikrar::domain::campaign::{Campaign, CampaignKind, CampaignSettings, CampaignState};
use ikrar::domain::ids::{CampaignId, ParticipantId};
use ikrar::domain::institution::Institution;
use ikrar::domain::misuse_report::ReportOutcome;
use ikrar::domain::time::{UnixMillis, Zone};
use ikrar::store::misuse_reports::{MisuseReport, ReportResolution, ReportSource};
use ikrar::store::rosters::{Activation, Lock, RosterHead, RosterVersion};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    a_new_account_and_its_line_are_one,
    a_changed_account_and_its_line_are_one,
    a_password_and_its_line_are_one,
    a_step_and_its_line_are_one,
    moved_times_and_their_line_are_one,
    a_new_code_and_its_line_are_one,
    a_roster_and_its_line_are_one,
    a_lock_and_its_line_are_one,
    an_unlocking_and_its_line_are_one,
    a_new_campaign_and_its_line_are_one,
    a_draft_s_settings_and_their_line_are_one,
    a_draft_s_text_and_its_line_are_one,
    institutions_and_contacts_are_one_with_their_lines,
    a_resolved_report_and_its_line_are_one,
];

const CAMPAIGN: CampaignId = CampaignId([1; 16]);
const ROSTER: [u8; 16] = [5; 16];
const TOKEN: [u8; 16] = [6; 16];

async fn lines(store: &SharedStore) -> usize {
    store.audit_page(None, None, 100).await.unwrap().len()
}

/// The newest line of the trail: it can't be written once more.
async fn written(store: &SharedStore) -> AuditEntry {
    let line = line();
    store.record(&line).await.unwrap();
    line
}

fn is_conflict<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict))
}

fn account(display_name: &str) -> Account {
    Account {
        login: "kota".into(),
        display_name: display_name.into(),
        role: Role::Viewer,
        scope: Scope::All,
        must_change_password: false,
        one_time_until: None,
        disabled: false,
        created_at: UnixMillis(5),
    }
}

async fn draft(store: &SharedStore) {
    let settings = CampaignSettings {
        title: "Uji".into(),
        organizer: String::new(),
        place: String::new(),
        occasion: String::new(),
        year: String::new(),
        zone: Zone::Wib,
        officials: vec![],
        help_contact: String::new(),
        signature_required: false,
        synthetic: true,
        group_level: ikrar::domain::reporting_group::GroupLevel::default(),
    };
    let campaign = Campaign {
        id: CAMPAIGN,
        slug: "uji".into(),
        kind: CampaignKind::NeutralityPledge,
        settings,
        state: CampaignState::Draft,
        opens_at: None,
        closes_at: None,
        text_hash: None,
        sealed_secret: vec![],
        log_key: String::new(),
        created_at: UnixMillis(1),
    };
    // A trail of its own, so that the lines of the installation are those of the tests.
    store.create_campaign(&campaign, &AuditEntry { campaign: Some(CAMPAIGN), ..line() }).await.unwrap();
}

async fn campaign(store: &SharedStore) -> Campaign {
    store.campaign(CAMPAIGN).await.unwrap().unwrap()
}

async fn a_new_account_and_its_line_are_one(store: SharedStore) {
    assert!(is_conflict(store.add_account(&account("Satu"), "hash", &written(&store).await).await));
    assert_eq!(store.account("kota").await.unwrap(), None);
    store.add_account(&account("Satu"), "hash", &line()).await.unwrap();
    assert_eq!(lines(&store).await, 2);
    assert!(is_conflict(store.add_account(&account("Dua"), "hash", &line()).await));
    assert_eq!(lines(&store).await, 2);
}

async fn a_changed_account_and_its_line_are_one(store: SharedStore) {
    store.add_account(&account("Satu"), "hash", &line()).await.unwrap();
    assert!(is_conflict(store.save_account(&account("Dua"), &written(&store).await).await));
    assert_eq!(store.account("kota").await.unwrap().unwrap().0.display_name, "Satu");
    store.save_account(&account("Dua"), &line()).await.unwrap();
    assert_eq!(lines(&store).await, 3);
}

async fn a_password_and_its_line_are_one(store: SharedStore) {
    store.add_account(&account("Satu"), "old", &line()).await.unwrap();
    assert!(is_conflict(store.set_password("kota", "new", Some(UnixMillis(9)), &written(&store).await).await));
    assert_eq!(store.account("kota").await.unwrap().unwrap().1, "old");
    assert!(is_conflict(store.set_password("nobody", "new", Some(UnixMillis(9)), &line()).await));
    assert_eq!(lines(&store).await, 2);
    store.set_password("kota", "new", Some(UnixMillis(9)), &line()).await.unwrap();
    assert_eq!(lines(&store).await, 3);
}

async fn a_step_and_its_line_are_one(store: SharedStore) {
    draft(&store).await;
    let used = written(&store).await;
    let refused = store
        .change_state(CAMPAIGN, seen(&store, CampaignState::Draft).await, CampaignState::Locked, None, None, &used)
        .await;
    assert!(is_conflict(refused));
    assert_eq!(campaign(&store).await.state, CampaignState::Draft);
    let refused = store
        .change_state(CAMPAIGN, seen(&store, CampaignState::Open).await, CampaignState::Paused, None, None, &line())
        .await;
    assert!(is_conflict(refused));
    assert_eq!(lines(&store).await, 1);
    store
        .change_state(CAMPAIGN, seen(&store, CampaignState::Draft).await, CampaignState::Locked, None, None, &line())
        .await
        .unwrap();
    assert_eq!((campaign(&store).await.state, lines(&store).await), (CampaignState::Locked, 2));
}

async fn moved_times_and_their_line_are_one(store: SharedStore) {
    draft(&store).await;
    let (opens_at, used) = (Some(UnixMillis(9)), written(&store).await);
    assert!(is_conflict(
        store.save_times(CAMPAIGN, seen(&store, CampaignState::Draft).await, opens_at, None, &used).await
    ));
    assert_eq!(campaign(&store).await.opens_at, None);
    store.save_times(CAMPAIGN, seen(&store, CampaignState::Draft).await, opens_at, None, &line()).await.unwrap();
    assert_eq!((campaign(&store).await.opens_at, lines(&store).await), (opens_at, 2));
}

async fn a_new_code_and_its_line_are_one(store: SharedStore) {
    draft(&store).await;
    let person = ParticipantId([2; 16]);
    assert!(is_conflict(store.reissue_code(CAMPAIGN, person, 1, &written(&store).await).await));
    // Nothing was issued: the first version is still the one to go on from.
    assert_eq!(store.reissue_code(CAMPAIGN, person, 1, &line()).await.unwrap(), 2);
    assert!(is_conflict(store.reissue_code(CAMPAIGN, person, 1, &line()).await));
    assert_eq!(lines(&store).await, 2);
}

fn activation() -> Activation {
    let institution =
        Institution { code: "16".into(), name: "Provinsi".into(), position: 0, help_contact: String::new() };
    Activation {
        roster: ROSTER,
        before: vec![],
        created: vec![institution],
        same_institutions: vec![],
        renames: vec![],
        switched: vec!["16".into()],
        taken_over: vec![],
        next_numbers: vec![],
        people: 0,
        columns: vec![],
    }
}

fn lock() -> Lock {
    let groups = scene::groups_of_institutions(&[("16", "Provinsi", 0)]);
    let head =
        RosterHead { size: 1, frontier: vec![0; 32], root: [0; 32], checkpoint: String::new(), at: UnixMillis(1) };
    let version = RosterVersion { roster: Some(ROSTER), generation: 0 };
    Lock {
        token: TOKEN,
        rosters: vec![("16".into(), version)],
        groups,
        head,
        digest: [0; 32],
        edition: scene::edition(),
    }
}

async fn a_roster_and_its_line_are_one(store: SharedStore) {
    draft(&store).await;
    store.begin_roster(CAMPAIGN, ROSTER, None, UnixMillis(1), "bkd").await.unwrap();
    assert!(is_conflict(store.activate_roster(CAMPAIGN, &activation(), &written(&store).await).await));
    assert!(store.institutions(CAMPAIGN).await.unwrap().is_empty());
    store.activate_roster(CAMPAIGN, &activation(), &line()).await.unwrap();
    assert_eq!((store.institutions(CAMPAIGN).await.unwrap().len(), lines(&store).await), (1, 2));
}

/// A draft whose locking wants only its last commit.
async fn nearly_locked(store: &SharedStore) {
    draft(store).await;
    store.begin_roster(CAMPAIGN, ROSTER, None, UnixMillis(1), "bkd").await.unwrap();
    store.activate_roster(CAMPAIGN, &activation(), &line()).await.unwrap();
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(1)).await.unwrap();
}

async fn a_lock_and_its_line_are_one(store: SharedStore) {
    nearly_locked(&store).await;
    assert!(is_conflict(store.finish_lock(CAMPAIGN, &lock(), &written(&store).await).await));
    assert_eq!(campaign(&store).await.state, CampaignState::Draft);
    assert!(store.group_counts(CAMPAIGN).await.unwrap().is_empty());
    store.finish_lock(CAMPAIGN, &lock(), &line()).await.unwrap();
    assert_eq!((campaign(&store).await.state, lines(&store).await), (CampaignState::Locked, 3));
}

async fn an_unlocking_and_its_line_are_one(store: SharedStore) {
    nearly_locked(&store).await;
    store.finish_lock(CAMPAIGN, &lock(), &line()).await.unwrap();
    assert!(is_conflict(store.unlock_roster(CAMPAIGN, &written(&store).await).await));
    assert_eq!(campaign(&store).await.state, CampaignState::Locked);
    store.unlock_roster(CAMPAIGN, &line()).await.unwrap();
    assert_eq!((campaign(&store).await.state, lines(&store).await), (CampaignState::Draft, 4));
}

async fn a_new_campaign_and_its_line_are_one(store: SharedStore) {
    draft(&store).await;
    let other = Campaign { id: CampaignId([2; 16]), slug: "lain".into(), ..campaign(&store).await };
    assert!(is_conflict(store.create_campaign(&other, &written(&store).await).await));
    assert_eq!(store.campaign_by_slug("lain").await.unwrap(), None);
    store.create_campaign(&other, &line()).await.unwrap();
    assert!(is_conflict(store.create_campaign(&other, &line()).await));
    assert_eq!(lines(&store).await, 2);
}

async fn a_draft_s_settings_and_their_line_are_one(store: SharedStore) {
    draft(&store).await;
    let before = campaign(&store).await;
    let changed = CampaignSettings { title: "Lain".into(), ..before.settings.clone() };
    assert!(is_conflict(store.save_settings(CAMPAIGN, &changed, &written(&store).await).await));
    assert_eq!(campaign(&store).await, before);
    store.save_settings(CAMPAIGN, &changed, &line()).await.unwrap();
    assert!(is_conflict(store.save_settings(CampaignId([9; 16]), &changed, &line()).await));
    assert_eq!(lines(&store).await, 2);
}

async fn a_draft_s_text_and_its_line_are_one(store: SharedStore) {
    draft(&store).await;
    let (text, same) = (crate::scene::text("Ikrar"), written(&store).await);
    assert!(is_conflict(store.save_text(CAMPAIGN, &text, &text, &|_| same.clone()).await));
    assert!(store.text_versions(CAMPAIGN).await.unwrap().is_empty());
    assert_eq!(campaign(&store).await.text_hash, None);
    store.save_text(CAMPAIGN, &text, &text, &|_| line()).await.unwrap();
    assert_eq!(lines(&store).await, 2);
}

async fn institutions_and_contacts_are_one_with_their_lines(store: SharedStore) {
    draft(&store).await;
    let institutions = [crate::scene::institution(0, "16", "Provinsi")];
    assert!(is_conflict(store.save_institutions(CAMPAIGN, &institutions, &[], &written(&store).await).await));
    assert!(store.institutions(CAMPAIGN).await.unwrap().is_empty());
    store.save_institutions(CAMPAIGN, &institutions, &[], &line()).await.unwrap();
    assert!(is_conflict(store.save_help_contact(CAMPAIGN, "16", "pesawat 9", &written(&store).await).await));
    assert_eq!(store.institutions(CAMPAIGN).await.unwrap()[0].help_contact, institutions[0].help_contact);
    store.save_help_contact(CAMPAIGN, "16", "pesawat 9", &line()).await.unwrap();
    assert!(is_conflict(store.save_help_contact(CAMPAIGN, "x", "", &line()).await));
    assert_eq!(lines(&store).await, 4);
}

async fn a_resolved_report_and_its_line_are_one(store: SharedStore) {
    draft(&store).await;
    let report = MisuseReport {
        id: [1; 16],
        source: ReportSource::SignedIn {
            participant: ParticipantId([2; 16]),
            institution: "16".into(),
            contact: String::new(),
            message: "Bukan saya".into(),
        },
        reported_at: UnixMillis(5),
        taken_at: None,
        resolved: None,
    };
    store.add_report(CAMPAIGN, &report).await.unwrap();
    let resolution = ReportResolution { at: UnixMillis(6), finding: "Selesai".into(), outcome: ReportOutcome::Told };
    assert!(is_conflict(store.take_report(CAMPAIGN, &[1; 16], UnixMillis(6), &written(&store).await).await));
    assert!(store.report(CAMPAIGN, &[1; 16]).await.unwrap().is_some_and(|report| report.taken_at.is_none()));
    assert!(is_conflict(store.resolve_report(CAMPAIGN, &[1; 16], &resolution, &written(&store).await).await));
    assert!(store.report(CAMPAIGN, &[1; 16]).await.unwrap().is_some_and(|report| report.resolved.is_none()));
    store.resolve_report(CAMPAIGN, &[1; 16], &resolution, &line()).await.unwrap();
    assert!(is_conflict(store.resolve_report(CAMPAIGN, &[1; 16], &resolution, &line()).await));
    assert_eq!(lines(&store).await, 3);
}

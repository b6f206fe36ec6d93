//! Assembles the services, starts and stops them. Deliberately absent: HTTP, and rules, which belong to a service.

mod adapters;
pub mod database;
pub mod integrity;
pub mod open;
pub mod readiness;

use crate::clock::{Clock, Entropy};
use crate::config::{Config, Database, SecondFactorPolicy};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::process_folder;
use crate::service::accounts::{AccountRules, Accounts};
use crate::service::audit_trail::{AuditCounter, AuditTrail, chain_older_lines};
use crate::service::backup::COPYING;
use crate::service::campaigns::Campaigns;
use crate::service::certificates::Certificates;
use crate::service::code_lists::CodeLists;
use crate::service::help_desk::HelpDesk;
use crate::service::keys::{KeyRotation, SealKeys};
use crate::service::ledger::{Ledger, QUEUE_PLEDGES_MAX};
use crate::service::letterheads::Letterheads;
use crate::service::live::{HighWater, HighWaterFault, Live, OldDatabase};
use crate::service::minutes::MinutesMaker;
use crate::service::progress::{ProgressNumbers, PublishedGroups};
use crate::service::records::Records;
use crate::service::roster_file::{RosterExports, RosterImports, RosterUploads};
use crate::service::roster_lock::RosterLocker;
use crate::service::sign_in::SignIn;
use crate::service::signing::Signing;
use crate::service::synthetic::SyntheticRoster;
use crate::service::wrong_attempts::WrongAttempts;
use crate::store::counted_event_channel::CountedEventSender;
use crate::store::pledges::PledgeStore;
use crate::store::wrong_attempt_channel::WrongAttemptSender;
use crate::store::{SharedStore, StoreError};
use std::sync::Arc;

/// Label of the key that hashes logins into throttle buckets; every node derives the same one.
const CONSOLE_THROTTLE_LABEL: &str = "ikrar/console-throttle/v1";

/// What the services are built on.
#[derive(Clone)]
pub struct Resources {
    /// The settings, resolved.
    pub config: Config,
    /// The source of the time.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub entropy: Arc<Entropy>,
    /// The database.
    pub store: SharedStore,
    /// The installation's keys.
    pub keyring: Arc<Keyring>,
}

/// Everything that requests and commands use.
#[derive(Clone)]
pub struct Services {
    /// The settings.
    pub config: Arc<Config>,
    /// The source of the time.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub entropy: Arc<Entropy>,
    /// Private, so that all other code reaches the database through services.
    store: SharedStore,
    /// Private, so that only services use the keys.
    keyring: Arc<Keyring>,
    /// Publishes the numbers of each campaign.
    pub live: Arc<Live>,
    /// Admits pledges and passes them to the ledger.
    pub signing: Arc<Signing>,
    /// Signs participants in and out.
    pub sign_in: Arc<SignIn>,
    /// Console accounts.
    pub accounts: Arc<Accounts>,
    /// The life cycle of campaigns.
    pub campaigns: Arc<Campaigns>,
    /// Exchanges wrong attempts with the other nodes; `None` on a database that no other node uses.
    pub wrong_attempts: Option<Arc<WrongAttempts>>,
    /// Puts rotated keys into use.
    pub key_rotation: Arc<KeyRotation>,
    /// Certificates and their status.
    pub certificates: Arc<Certificates>,
    /// Letterheads of a draft's documents.
    pub letterheads: Arc<Letterheads>,
    /// Makes and keeps minutes.
    pub minutes: Arc<MinutesMaker>,
    /// Checks submissions against the records.
    pub records: Arc<Records>,
    /// Synthetic rosters, for demos and load tests.
    pub synthetic: Arc<SyntheticRoster>,
    /// Progress of institutions and units.
    pub progress: Arc<ProgressNumbers>,
    /// Finds people, issues codes again, revokes pledges, handles misuse reports.
    pub help_desk: Arc<HelpDesk>,
    /// Writes files of people: access codes, and who has signed.
    pub code_lists: Arc<CodeLists>,
    /// Imports roster files.
    pub roster_imports: Arc<RosterImports>,
    /// Reads rosters for export.
    pub roster_exports: Arc<RosterExports>,
    /// Roster files sent to the console.
    pub roster_uploads: Arc<RosterUploads>,
    /// Reads the audit trail and adds to it.
    pub audit_trail: Arc<AuditTrail>,
    /// Reports audit events that are counted instead of written one by one.
    pub counted_events: CountedEventSender,
    /// Counts these events and writes the sums.
    pub audit_counter: Arc<AuditCounter>,
}

/// Why the services couldn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The high-water mark can't be read.
    #[error(transparent)]
    HighWater(#[from] HighWaterFault),
    /// The database is behind the high-water mark.
    #[error(transparent)]
    OldDatabase(#[from] OldDatabase),
    /// The ledger's thread can't be started.
    #[error("the ledger couldn't be started")]
    Ledger(#[from] std::io::Error),
}

impl Services {
    /// Starts the services. Their repeating tasks begin with [`Self::run_tasks`].
    ///
    /// # Errors
    /// See [`StartError`]. After an error nothing keeps running.
    pub async fn start(resources: Resources) -> Result<Self, StartError> {
        let pledges = resources.store.clone();
        Self::start_with(resources, pledges, QUEUE_PLEDGES_MAX).await
    }

    /// As [`Self::start`], but pledges are committed to `pledges` instead of the store, so that a load test can leave
    /// the database out, and the queue holds `queue_pledges` admitted pledges.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(
        resources: Resources,
        pledges: Arc<dyn PledgeStore>,
        queue_pledges: usize,
    ) -> Result<Self, StartError> {
        let Resources { config, clock, entropy, store, keyring } = resources.clone();
        keyring.note_in_use(store.keys_in_use().await?);
        let live = Live::new(store.clone(), clock.clone(), HighWater::load(&config.data)?);
        live.refuse_old_database().await?;
        chain_older_lines(&store).await?;
        store.register_earlier().await?;
        live.reread().await?;
        let ledger =
            Ledger::start(queue_pledges, pledges, keyring.clone(), clock.clone(), entropy.clone(), live.clone())?;
        let signing = Signing::start(store.clone(), keyring.clone(), clock.clone(), ledger, config.host()).await?;
        let may_have_other_nodes = matches!(config.database, Database::Server { .. });
        let (wrong_attempts, attempt_sender) = wrong_attempts(&store, &clock, &entropy, may_have_other_nodes);
        let (audit_counter, counted_events) = AuditCounter::new(store.clone(), clock.clone(), entropy.clone());
        let sign_in = sign_in(&resources, attempt_sender.clone(), may_have_other_nodes, counted_events.clone()).await?;
        let accounts = accounts(&config, &store, &clock, &entropy, &keyring, attempt_sender);
        let accounts = Arc::new(accounts.reporting(counted_events.clone()));
        accounts.end_given_passwords().await?;
        let campaigns = Arc::new(campaigns(&resources, &signing, &live, may_have_other_nodes));
        let certificates = Certificates::new(store.clone(), keyring.clone(), config.public_url.clone());
        let (letterheads, minutes) = (letterheads(&resources), minutes(&resources));
        let records = Arc::new(records(&resources, &signing));
        let progress = Arc::new(progress(&store, &live));
        let help_desk = Arc::new(help_desk(&resources, &live, &counted_events));
        help_desk.notice_old_revocations().await?;
        let synthetic = Arc::new(SyntheticRoster::new(store.clone()));
        let code_lists = Arc::new(CodeLists::new(store.clone(), keyring.clone()));
        let roster_exports = Arc::new(RosterExports::new(store.clone()));
        let (roster_imports, roster_uploads) = roster_files(&resources);
        let audit_trail = AuditTrail::new(store.clone(), clock.clone(), entropy.clone(), counted_events.clone());
        let key_rotation = KeyRotation::start(&config, &store, &clock, &keyring, &entropy);
        Ok(Self {
            config: Arc::new(config),
            clock,
            entropy,
            store,
            keyring,
            live,
            signing,
            sign_in,
            accounts,
            campaigns,
            wrong_attempts,
            key_rotation,
            certificates: Arc::new(certificates),
            letterheads: Arc::new(letterheads),
            minutes: Arc::new(minutes),
            records,
            synthetic,
            progress,
            help_desk,
            code_lists,
            roster_imports,
            roster_exports,
            roster_uploads: Arc::new(roster_uploads),
            audit_trail: Arc::new(audit_trail),
            counted_events,
            audit_counter: Arc::new(audit_counter),
        })
    }

    /// Starts the repeating tasks: reading the numbers, looking for changes made elsewhere, opening and closing
    /// campaigns on time. First removes what a killed process left of backups and uploads.
    pub fn run_tasks(&self) {
        self.roster_uploads.clear_leftovers();
        process_folder::clear_and_log(&self.config.data.join(COPYING));
        tokio::spawn(self.campaigns.clone().run_clock());
        let (live, signing) = (self.live.clone(), self.signing.clone());
        tokio::spawn(async move { live.run().await });
        let audit_counter = self.audit_counter.clone();
        tokio::spawn(async move { audit_counter.run().await });
        tokio::spawn(async move { signing.run().await });
        let key_rotation = self.key_rotation.clone();
        tokio::spawn(async move { key_rotation.run().await });
        let sign_in = self.sign_in.clone();
        tokio::spawn(async move { sign_in.run().await });
        if let Some(attempts) = self.wrong_attempts.clone() {
            let throttles = adapters::Throttles { sign_in: self.sign_in.clone(), accounts: self.accounts.clone() };
            tokio::spawn(async move { attempts.run(&throttles).await });
        }
    }

    /// Writes what is only in memory. Call it after the last request.
    pub async fn finish(&self) {
        self.audit_counter.flush().await;
    }

    /// The current time.
    pub fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}

fn campaigns(resources: &Resources, signing: &Arc<Signing>, live: &Arc<Live>, may_have_other_nodes: bool) -> Campaigns {
    let Resources { config, clock, entropy, store, keyring } = resources.clone();
    let locker = RosterLocker {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        keyring: keyring.clone(),
        host: config.host().into(),
    };
    let seal_keys = seal_keys(resources);
    let (signing, live) = (signing.clone(), live.clone());
    let ports =
        adapters::CampaignAdapter { store: store.clone(), signing, live, locker, seal_keys, may_have_other_nodes };
    Campaigns::new(store, clock, entropy, keyring, config.public_url, Arc::new(ports))
}

fn seal_keys(resources: &Resources) -> SealKeys {
    let Resources { config, clock, entropy, store, keyring } = resources.clone();
    SealKeys { store, clock, entropy, keyring, host: config.host().into() }
}

fn letterheads(resources: &Resources) -> Letterheads {
    let Resources { config, clock, entropy, store, .. } = resources.clone();
    let host = config.host().into();
    Letterheads { store, clock, entropy, public_url: config.public_url, host }
}

fn minutes(resources: &Resources) -> MinutesMaker {
    let Resources { config, clock, entropy, store, .. } = resources.clone();
    let host = config.host().into();
    MinutesMaker { store, clock, entropy, seals: Arc::new(seal_keys(resources)), public_url: config.public_url, host }
}

fn roster_files(resources: &Resources) -> (Arc<RosterImports>, RosterUploads) {
    let Resources { config, clock, entropy, store, keyring } = resources.clone();
    let imports = Arc::new(RosterImports::new(store, clock.clone(), entropy.clone(), keyring));
    (imports.clone(), RosterUploads::new(&config.data, clock, entropy, imports))
}

fn records(resources: &Resources, signing: &Arc<Signing>) -> Records {
    let Resources { config, clock, entropy, store, keyring } = resources.clone();
    let signing = signing.clone();
    let campaign_by_tag = Box::new(move |tag| signing.campaign_by_tag(tag).map(|active| active.campaign.id));
    Records::new(store, clock, &entropy, keyring, &config.public_url, campaign_by_tag)
}

fn help_desk(resources: &Resources, live: &Arc<Live>, counted_events: &CountedEventSender) -> HelpDesk {
    let Resources { config, clock, entropy, store, keyring } = resources.clone();
    let ports = adapters::HelpDeskAdapter { live: live.clone() };
    let (counted_events, host) = (counted_events.clone(), config.host().into());
    HelpDesk::new(store, clock, entropy, keyring, counted_events, Arc::new(ports), host, config.two_accounts_above)
}

/// Once a roster is locked, its progress is the published numbers.
fn progress(store: &SharedStore, live: &Arc<Live>) -> ProgressNumbers {
    let live = live.clone();
    let published = move |slug: &str| {
        let shown = live.shown(slug).filter(|shown| !shown.snapshot.groups.is_empty())?;
        let (groups, roster) = (shown.snapshot.groups.to_vec(), shown.snapshot.roster_checkpoint.clone());
        Some(PublishedGroups { groups, roster })
    };
    ProgressNumbers::new(store.clone(), Box::new(published))
}

async fn sign_in(
    resources: &Resources,
    attempts: WrongAttemptSender,
    may_have_other_nodes: bool,
    counted_events: CountedEventSender,
) -> Result<Arc<SignIn>, StoreError> {
    let Resources { clock, entropy, store, keyring, .. } = resources.clone();
    SignIn::start(store, keyring, clock, entropy, attempts, may_have_other_nodes, counted_events).await
}

fn accounts(
    config: &Config,
    store: &SharedStore,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<Entropy>,
    keyring: &Arc<Keyring>,
    attempt_sender: WrongAttemptSender,
) -> Accounts {
    let throttle_key = keyring.lasting_mac(CONSOLE_THROTTLE_LABEL, &[]);
    let factor_required = config.second_factor == SecondFactorPolicy::Required;
    let rules = AccountRules { host: config.host(), factor_required };
    let (store, clock, entropy, keyring) = (store.clone(), clock.clone(), entropy.clone(), keyring.clone());
    Accounts::new(store, clock, entropy, keyring, &rules, throttle_key, attempt_sender)
}

/// The service that counts wrong attempts at all nodes of a shared database, and the sender through which the throttles
/// report one.
fn wrong_attempts(
    store: &SharedStore,
    clock: &Arc<dyn Clock>,
    entropy: &Entropy,
    may_have_other_nodes: bool,
) -> (Option<Arc<WrongAttempts>>, WrongAttemptSender) {
    if !may_have_other_nodes {
        return (None, WrongAttemptSender::default());
    }
    let (attempts, attempt_sender) = WrongAttempts::new(store.clone(), clock.clone(), entropy);
    (Some(Arc::new(attempts)), attempt_sender)
}

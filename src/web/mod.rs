//! Pages and the API: a handler extracts, calls one service, shows one view.
//! Deliberately absent: SQL, rules of the domain, cryptography.

pub mod access;
pub mod admin;
pub mod api;
pub mod around;
pub mod assets;
pub mod caller;
pub mod certificates;
pub mod compress;
pub mod console;
pub mod entrance;
pub mod error;
pub mod headers;
pub mod live;
mod neighbours;
pub mod page;
pub mod receipt;
pub mod routes;
pub mod sign;
pub mod verify;
pub mod when;

use crate::clock::{Clock, Entropy};
use crate::config::{Config, Database, SecondFactor};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::places::Places;
use crate::service::accounts::{AccountRules, Accounts};
use crate::service::audit_trail::{Counted, chain_older_lines};
use crate::service::backup::COPYING;
use crate::service::campaigns::Campaigns;
use crate::service::data_folder;
use crate::service::day_numbers::DayNumbers;
use crate::service::key_rotation::KeyRotation;
use crate::service::ledger::{Ledger, QUEUE_PLEDGES_MAX};
use crate::service::live::{HighWater, HighWaterFault, Live, OldDatabase};
use crate::service::roster_lock::RosterLocker;
use crate::service::sign_in::SignIn;
use crate::service::signing::Signing;
use crate::service::wrong_attempts::WrongAttempts;
use crate::store::attempts::News;
use crate::store::pledges::PledgeStore;
use crate::store::sightings::Sightings;
use crate::store::{SharedStore, StoreError};
use crate::telemetry::request::RequestIds;
use around::Surround;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use entrance::Entrance;
use routes::{RouteEntry, Routes};
use std::ops::Deref;
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::csrf::CsrfLayer;

/// Largest request body where a route sets no other limit.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// All nodes put a login into the same bucket.
const CONSOLE_THROTTLE_LABEL: &str = "ikrar/console-throttle/v1";

/// What handlers are handed. Every layer of every route clones it, so it is one pointer.
#[derive(Clone)]
pub struct AppState(pub Arc<Services>);

impl Deref for AppState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

/// All that answers requests.
#[derive(Clone)]
pub struct Services {
    pub config: Arc<Config>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<Entropy>,
    pub store: SharedStore,
    pub keyring: Arc<Keyring>,
    pub live: Arc<Live>,
    pub signing: Arc<Signing>,
    pub sign_in: Arc<SignIn>,
    pub accounts: Arc<Accounts>,
    pub campaigns: Arc<Campaigns>,
    /// What other nodes may have to say of wrong attempts; `None` on a database that nobody shares.
    pub wrong_attempts: Option<Arc<WrongAttempts>>,
    /// Brings rotated keys into use.
    pub key_rotation: Arc<KeyRotation>,
    pub day: Arc<DayNumbers>,
    /// Where is told what the audit trail counts, and who counts it.
    pub sightings: Sightings,
    pub counted: Arc<Counted>,
    pub request_ids: Arc<RequestIds>,
    /// Roster files sent to the console.
    pub uploads: Arc<console::Uploads>,
    /// Where files are made that leave the console.
    pub exports: Arc<Places>,
    /// What is the same for everybody.
    pub pages: Arc<live::Pages>,
}

/// Why the services couldn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    HighWater(#[from] HighWaterFault),
    #[error(transparent)]
    OldDatabase(#[from] OldDatabase),
    #[error("the ledger couldn't be started")]
    Ledger(#[from] std::io::Error),
}

impl AppState {
    /// Starts the services over an open store. Their tasks that repeat begin with [`Self::run_tasks`].
    pub async fn start(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        store: SharedStore,
        keyring: Arc<Keyring>,
    ) -> Result<Self, StartFault> {
        Self::start_with_queue(QUEUE_PLEDGES_MAX, config, clock, entropy, store, keyring).await
    }

    /// As [`Self::start`], with room for so many admitted pledges: a test fills a small queue.
    pub async fn start_with_queue(
        queue_pledges: usize,
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        store: SharedStore,
        keyring: Arc<Keyring>,
    ) -> Result<Self, StartFault> {
        Self::start_with_pledges(store.clone(), queue_pledges, config, clock, entropy, store, keyring).await
    }

    /// As [`Self::start_with_queue`], with pledges committed elsewhere than everything else is kept: to load the service
    /// without its database.
    pub async fn start_with_pledges(
        pledges: Arc<dyn PledgeStore>,
        queue_pledges: usize,
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        store: SharedStore,
        keyring: Arc<Keyring>,
    ) -> Result<Self, StartFault> {
        keyring.note_in_use(store.keys_in_use().await?);
        let live = Live::new(store.clone(), clock.clone(), HighWater::load(&config.data)?);
        live.refuse_old_database().await?;
        chain_older_lines(&store).await?;
        live.reread().await?;
        let ledger =
            Ledger::start(queue_pledges, pledges, keyring.clone(), clock.clone(), entropy.clone(), live.clone())?;
        let signing = Signing::start(store.clone(), keyring.clone(), clock.clone(), ledger, config.host()).await?;
        let shared = matches!(config.database, Database::Server { .. });
        let (wrong_attempts, news) = wrong_attempts(&store, &clock, &entropy, shared);
        let (kept, ticking) = (store.clone(), clock.clone());
        let (counted, sightings) = Counted::new(store.clone(), clock.clone(), entropy.clone());
        let (told, saw) = (news.clone(), sightings.clone());
        let sign_in = SignIn::start(kept, keyring.clone(), ticking, entropy.clone(), told, shared, saw).await?;
        let accounts = accounts(&config, &store, &clock, &entropy, &keyring, news);
        let accounts = Arc::new(accounts.telling(sightings.clone()));
        accounts.end_given_passwords().await?;
        let locker = RosterLocker {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            keyring: keyring.clone(),
            host: config.host().into(),
        };
        let neighbours =
            neighbours::Services { store: store.clone(), signing: signing.clone(), live: live.clone(), locker, shared };
        let (kept, ticking, drawing, public_url) =
            (store.clone(), clock.clone(), entropy.clone(), config.public_url.clone());
        let neighbours = Arc::new(neighbours);
        let campaigns = Arc::new(Campaigns::new(kept, ticking, drawing, keyring.clone(), public_url, neighbours));
        let uploads = Arc::new(console::Uploads::new(&config.data, entropy.clone()));
        let exports = Places::new(entropy.bytes(), console::EXPORTS_AT_ONCE_MAX, console::EXPORTS_WAITING_MAX);
        let day = Arc::new(DayNumbers::new(store.clone()));
        let request_ids = Arc::new(RequestIds::starting_at(u64::from_be_bytes(entropy.bytes())));
        let key_rotation = KeyRotation::start(&config, &store, &clock, &keyring, &entropy);
        let config = Arc::new(config);
        let services = Services {
            config,
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
            day,
            sightings,
            counted: Arc::new(counted),
            request_ids,
            uploads,
            exports: Arc::new(exports),
            pages: Arc::default(),
        };
        Ok(Self(Arc::new(services)))
    }

    /// Starts what repeats: reading the numbers, looking for changes made elsewhere, opening and closing by the clock.
    pub fn run_tasks(&self) {
        self.uploads.clear_leftovers();
        data_folder::clear_and_log(&self.config.data.join(COPYING));
        tokio::spawn(self.campaigns.clone().run_clock());
        let (live, signing) = (self.live.clone(), self.signing.clone());
        tokio::spawn(async move { live.run().await });
        let counted = self.counted.clone();
        tokio::spawn(async move { counted.run().await });
        tokio::spawn(async move { signing.run().await });
        let key_rotation = self.key_rotation.clone();
        tokio::spawn(async move { key_rotation.run().await });
        let sign_in = self.sign_in.clone();
        tokio::spawn(async move { sign_in.run().await });
        if let Some(attempts) = self.wrong_attempts.clone() {
            let gates = neighbours::Gates { sign_in: self.sign_in.clone(), accounts: self.accounts.clone() };
            tokio::spawn(async move { attempts.run(&gates).await });
        }
    }

    /// Writes what would be lost with the process. Comes after the last request.
    pub async fn finish(&self) {
        self.counted.flush().await;
    }

    pub fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now_ms())
    }
}

fn accounts(
    config: &Config,
    store: &SharedStore,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<Entropy>,
    keyring: &Arc<Keyring>,
    news: News,
) -> Accounts {
    let throttle_key = keyring.lasting_mac(CONSOLE_THROTTLE_LABEL, &[]);
    let factor_required = config.second_factor == SecondFactor::Required;
    let rules = AccountRules { host: config.host(), factor_required };
    let (store, clock, entropy, keyring) = (store.clone(), clock.clone(), entropy.clone(), keyring.clone());
    Accounts::new(store, clock, entropy, keyring, &rules, throttle_key, news)
}

/// What counts wrong attempts at all nodes of a shared database, and where the throttles tell of one.
fn wrong_attempts(
    store: &SharedStore,
    clock: &Arc<dyn Clock>,
    entropy: &Entropy,
    shared: bool,
) -> (Option<Arc<WrongAttempts>>, News) {
    if !shared {
        return (None, News::default());
    }
    let (attempts, news) = WrongAttempts::new(store.clone(), clock.clone(), entropy);
    (Some(Arc::new(attempts)), news)
}

/// Every route that [`router`] serves.
pub fn table(state: &AppState) -> Vec<RouteEntry> {
    let (table, endless) = gathered(state);
    [table.entries(), endless.entries()].concat()
}

/// The routes, and beside them those whose answers never end, which nothing compresses.
fn gathered(state: &AppState) -> (Routes, Routes) {
    let table = Routes::new(state.clone());
    let table = assets::routes(table);
    let table = api::routes(table);
    let table = console::routes(table);
    let table = live::routes(table);
    let table = sign::routes(table);
    let table = certificates::routes(table);
    let table = verify::routes(table);
    (table, live::endless(Routes::new(state.clone())))
}

/// The whole service.
pub fn router(state: AppState) -> Router {
    let (table, endless) = gathered(&state);
    let routes = [table.entries(), endless.entries()].concat();
    let entrance = Arc::new(Entrance::new(state.config.hosts.clone(), &routes));
    let same_site = CsrfLayer::new()
        .add_trusted_origin(&state.config.public_url)
        .expect("public_url was checked when the settings were read");
    let counting = state.config.admin_listen.is_some();
    // One stack, the outermost first: the router boxes each layer that it is given by itself, for every request.
    let around = ServiceBuilder::new()
        .layer(Surround(headers::Secure(state)))
        .layer(Surround(error::Render(entrance)))
        .option_layer(counting.then_some(Surround(admin::Counted)))
        .layer(same_site)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let compressed = ServiceBuilder::new().layer(Surround(compress::Compressing)).layer(around.clone());
    table.finish().layer(compressed).merge(endless.finish().layer(around))
}

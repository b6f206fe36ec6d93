//! Two nodes on one PostgreSQL: whichever answers, everybody has one pledge, and both show the same number.

use crate::postgres_server::PostgresServer;
use crate::support::{Answer, OPENS_AT, PASSWORD, TestPlatform, config, start};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::app::StartError;
use ikrar::clock::{Clock, Entropy, FixedClock};
use ikrar::config::DatabaseUrl;
use ikrar::domain::account::{Role, Scope};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::notice::ExcuseReason;
use ikrar::domain::pledge::Method;
use ikrar::domain::time::UnixMillis;
use ikrar::service::accounts;
use ikrar::service::help_desk::{HelpDeskError, PersonToAdd, TypedPerson};
use ikrar::service::ledger::CommittedPledge;
use ikrar::service::recount::Recount;
use ikrar::service::sign_in::{SignInAttempt, SignInRefusal};
use ikrar::service::signing::{SignRefusal, SignRequest, Signing};
use ikrar::store::pledges::LogKind;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::{SharedStore, StoreError};
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use ikrar::web::{self, AppState};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PEOPLE: usize = 300;
/// A node's screen is at most so far behind.
const BEHIND_MAX: Duration = Duration::from_millis(1_500);
const TURN: Duration = Duration::from_millis(10);
/// The clocks have taken a step that is due by then, on a busy machine, too.
const STEP_MAX: Duration = Duration::from_secs(40);

/// The first node with its platform, and a second one on the same database and keyring.
struct Nodes {
    one: TestPlatform,
    other: AppState,
    url: String,
    _folder: tempfile::TempDir,
}

async fn store(url: &str, seed: u64) -> SharedStore {
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(seed))).await.unwrap())
}

/// A node of its own over a database, with its own folder and randomness, and the keyring and clock of another.
async fn node(url: &str, folder: &std::path::Path, like: &TestPlatform, seed: u64) -> Result<AppState, StartError> {
    let config = config(folder, Some(DatabaseUrl::new(url)));
    let clock: Arc<dyn Clock> = like.clock.clone();
    start(config, clock, Arc::new(Entropy::seeded(seed)), store(url, seed).await, like.keyring.clone()).await
}

/// A minute ahead of another clock.
struct Ahead(Arc<FixedClock>);

impl Clock for Ahead {
    fn now_ms(&self) -> i64 {
        self.0.now_ms() + 60_000
    }
}

impl Nodes {
    async fn locked(people: usize) -> Self {
        let url = PostgresServer::shared().await.database().await;
        let folder = tempfile::tempdir().unwrap();
        let at = Some(DatabaseUrl::new(&url));
        let one = TestPlatform::locked_on(store(&url, 2).await, at, tempfile::tempdir().unwrap(), people).await;
        let other = node(&url, folder.path(), &one, 3).await.unwrap();
        one.state.run_tasks();
        other.run_tasks();
        Self { one, other, url, _folder: folder }
    }

    async fn open(people: usize) -> Self {
        let nodes = Self::locked(people).await;
        nodes.one.change(CampaignState::Locked, CampaignState::Open).await;
        nodes.both_see(CampaignState::Open).await;
        nodes
    }

    /// Open by the database's clock, which the nodes' follow from here on.
    async fn open_now(people: usize) -> Self {
        let nodes = Self::locked(people).await;
        let (store, clock, campaign) = (nodes.one.store.clone(), nodes.one.clock.clone(), nodes.one.campaign);
        let now = UnixMillis(store.database_clock_ms().await.unwrap().unwrap());
        let seen = store.campaign(campaign).await.unwrap().unwrap().observed_state();
        let times = (Some(now), Some(now.plus_secs(3_600)));
        store.save_times(campaign, seen, times.0, times.1, &nodes.one.line()).await.unwrap();
        tokio::spawn(async move {
            while let Ok(Some(theirs)) = store.database_clock_ms().await {
                clock.advance_ms(theirs - clock.now_ms());
                tokio::time::sleep(TURN).await;
            }
        });
        nodes.reaches(CampaignState::Open).await;
        nodes
    }

    /// A clock takes the step, and both follow.
    async fn reaches(&self, expected: CampaignState) {
        let began = Instant::now();
        while self.one.store.campaign(self.one.campaign).await.unwrap().unwrap().state != expected {
            assert!(began.elapsed() < STEP_MAX, "nobody took the step to {expected:?}");
            tokio::time::sleep(TURN).await;
        }
        self.both_see(expected).await;
    }

    async fn both_see(&self, state: CampaignState) {
        for node in [&self.one.state, &self.other] {
            within("the state is followed", || {
                let signing = node.signing.campaign_by_id(self.one.campaign).unwrap().campaign.state;
                let shown = node.live.shown("uji").map(|shown| shown.snapshot.state);
                signing == state && shown == Some(state)
            })
            .await;
        }
    }

    fn request(&self, person: usize) -> SignRequest {
        SignRequest {
            campaign: self.one.campaign,
            participant: self.one.people[person].participant.id,
            code_version: 1,
            text_hash: self.one.text_hash(),
            agreed: vec!["1".into(), "2".into()],
            strokes: None,
            method: Method::OwnDevice,
            name_typed: false,
            placed: None,
        }
    }

    /// Everybody at once, twice on each node.
    async fn sign_all(&self) -> Vec<(usize, Result<CommittedPledge, SignRefusal>)> {
        let mut waiting = tokio::task::JoinSet::new();
        for person in 0..self.one.people.len() {
            for signing in [&self.one.state.signing, &self.other.signing, &self.one.state.signing, &self.other.signing]
            {
                let (signing, request): (Arc<Signing>, _) = (signing.clone(), self.request(person));
                waiting.spawn(async move { (person, signing.sign(request).await) });
            }
        }
        waiting.join_all().await
    }

    /// Count = log size = rows, and the root is the root of the leaves.
    async fn recount(&self) -> u64 {
        let (store, campaign) = (&self.one.store, self.one.campaign);
        let head = store.log_head(campaign, LogKind::Pledges).await.unwrap().unwrap();
        let counted: u64 = store.group_counts(campaign).await.unwrap().iter().map(|group| group.signed).sum();
        let rows = store.count_pledges(campaign).await.unwrap();
        assert_eq!((counted, rows), (head.size, head.size));
        let mut frontier = Frontier::new();
        for leaf in store.leaves(campaign, LogKind::Pledges, 0, 10_000).await.unwrap() {
            frontier.append(leaf_hash(&leaf));
        }
        assert_eq!((frontier.size(), frontier.root()), (head.size, head.root));
        head.size
    }
}

/// Timed by turns, which take longer on a busy machine, as everything does.
async fn within(what: &str, holds: impl Fn() -> bool) {
    within_limit(BEHIND_MAX, what, holds).await;
}

async fn within_limit(limit: Duration, what: &str, holds: impl Fn() -> bool) {
    for _ in 0..limit.as_millis() / TURN.as_millis() {
        if holds() {
            return;
        }
        tokio::time::sleep(TURN).await;
    }
    panic!("{what}: not within {limit:?}");
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    Answer { status: parts.status, headers: parts.headers, body: axum::body::to_bytes(body, 1 << 20).await.unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn everybody_signing_on_both_nodes_at_once_counts_once() {
    let nodes = Nodes::open(PEOPLE).await;
    let signed = nodes.sign_all().await;
    let mut receipts: BTreeMap<usize, CommittedPledge> = BTreeMap::new();
    let mut fresh = 0;
    for (person, signed) in signed {
        let signed = signed.unwrap();
        fresh += usize::from(!signed.repeated);
        let first = receipts.entry(person).or_insert_with(|| signed.clone());
        assert_eq!(first.pledge, signed.pledge, "one person has two receipts");
    }
    assert_eq!((fresh, receipts.len()), (PEOPLE, PEOPLE));
    assert_eq!(nodes.recount().await, PEOPLE as u64);
    for node in [&nodes.one.state, &nodes.other] {
        within("the number is shown", || node.live.shown("uji").unwrap().snapshot.signed == PEOPLE as u64).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_step_on_one_node_is_followed_by_the_other() {
    let nodes = Nodes::open(3).await;
    let other = &nodes.other.signing;
    nodes.one.change(CampaignState::Open, CampaignState::Paused).await;
    // Even before it has heard of it: the commit looks at the state under the lock.
    assert_eq!(other.sign(nodes.request(0)).await, Err(SignRefusal::Paused));
    nodes.both_see(CampaignState::Paused).await;
    nodes.one.change(CampaignState::Paused, CampaignState::Open).await;
    nodes.both_see(CampaignState::Open).await;
    assert!(other.sign(nodes.request(0)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn closing_waits_for_what_the_other_node_admitted() {
    let nodes = Nodes::open_now(PEOPLE).await;
    let campaign = nodes.one.state.campaigns.find("uji").await.unwrap();
    let signing = nodes.sign_all();
    let closing = async {
        // Somebody has signed, and others are about to.
        while nodes.one.store.count_pledges(nodes.one.campaign).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        nodes.one.state.campaigns.close("uji", &campaign, "selesai").await.unwrap();
    };
    let (signed, ()) = tokio::join!(signing, closing);
    for (_, signed) in &signed {
        assert!(matches!(signed, Ok(_) | Err(SignRefusal::Closed)), "{signed:?}");
    }
    nodes.both_see(CampaignState::Closing).await;
    let people: std::collections::BTreeSet<usize> =
        signed.iter().filter(|(_, signed)| signed.is_ok()).map(|(person, _)| *person).collect();
    assert_eq!(nodes.recount().await, people.len() as u64);
    // The other's queue has had its time.
    nodes.reaches(CampaignState::Closed).await;
    assert_eq!(nodes.recount().await, people.len() as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn the_count_isn_t_final_while_what_the_other_node_admitted_hangs() {
    let nodes = Nodes::open_now(3).await;
    let mut connection = PgConnection::connect(&nodes.url).await.unwrap();
    let mut holding = connection.begin().await.unwrap();
    // The other node's batch hangs while it is being prepared, when it holds no lock on the campaign.
    sqlx::query("LOCK TABLE code_version IN ACCESS EXCLUSIVE MODE").execute(&mut *holding).await.unwrap();
    let (signing, request) = (nodes.other.signing.clone(), nodes.request(0));
    let signing = tokio::spawn(async move { signing.sign(request).await });
    let waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'code_version'::regclass";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *holding).await.unwrap() == 0 {
        assert!(!signing.is_finished(), "nothing hangs");
        tokio::time::sleep(TURN).await;
    }
    // The nodes' clock moves in steps: the campaign closes after the instant of the admission, not in it.
    let admitted_ms = nodes.one.clock.now_ms();
    within("the clock moves on", || nodes.one.clock.now_ms() > admitted_ms).await;
    let campaign = nodes.one.state.campaigns.find("uji").await.unwrap();
    nodes.one.state.campaigns.close("uji", &campaign, "selesai").await.unwrap();
    // Both clocks look at it, and at what a clock that is ahead would think.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let (folder, ahead) = (tempfile::tempdir().unwrap(), Arc::new(Ahead(nodes.one.clock.clone())));
    let config = config(folder.path(), Some(DatabaseUrl::new(&nodes.url)));
    let (seeded, keyring) = (Arc::new(Entropy::seeded(9)), nodes.one.keyring.clone());
    let hasty = start(config, ahead, seeded, store(&nodes.url, 9).await, keyring).await.unwrap();
    hasty.run_tasks();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    nodes.both_see(CampaignState::Closing).await;
    holding.rollback().await.unwrap();
    signing.await.unwrap().unwrap();
    nodes.reaches(CampaignState::Closed).await;
    assert_eq!(nodes.recount().await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_signer_s_session_and_receipt_are_good_on_either_node() {
    let nodes = Nodes::open(3).await;
    let other = web::router(nodes.other.clone());
    let person = &nodes.one.people[1];
    let credentials = json!({ "identifier": person.identifier, "access_code": person.access_code });
    let opened = nodes.one.post_json("/api/v1/campaigns/uji/sessions", None, &credentials).await.json();
    let token = opened["token"].as_str().unwrap();
    let agreement = json!({
        "text_hash": data_encoding::BASE64URL_NOPAD.encode(&nodes.one.text_hash()),
        "agreed": ["1", "2"],
    });
    let request = Request::post("/api/v1/campaigns/uji/pledges")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from(agreement.to_string()))
        .unwrap();
    let first = send(&other, request).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let again = nodes.one.post_json("/api/v1/campaigns/uji/pledges", Some(token), &agreement).await;
    assert_eq!((again.status, again.body), (StatusCode::OK, first.body));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_console_session_is_one_on_both_nodes() {
    let nodes = Nodes::locked(3).await;
    let (one, other) = (&nodes.one.state.accounts, &nodes.other.accounts);
    let password = one.add("uji", "bkd", "Nama Orang", Role::Organizer, Scope::All).await.unwrap();
    let token = one.sign_in(HERE, "bkd", password.shown(&Disclosure::to_the_operator()), &[]).await.unwrap().token;
    let session = other.session(&token).await.unwrap().unwrap();
    assert_eq!(session.account.login, "bkd");
    other.sign_out(&session).await.unwrap();
    assert!(one.session(&token).await.unwrap().is_none());
    // Two nodes that start at once make one first account.
    assert!(one.first_run("uji").await.unwrap().is_none() && other.first_run("uji").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_database_behind_what_was_published_is_refused() {
    let nodes = Nodes::open(6).await;
    nodes.one.state.signing.sign(nodes.request(0)).await.unwrap();
    let backup = format!("{}_old", nodes.url.split(['/', '?']).nth(3).unwrap());
    let from = nodes.url.split(['/', '?']).nth(3).unwrap();
    let server = PostgresServer::shared().await;
    server.copy(from, &backup).await;
    nodes.other.signing.sign(nodes.request(1)).await.unwrap();
    within("both are published", || nodes.one.state.live.shown("uji").unwrap().snapshot.signed == 2).await;
    let folder = nodes.one.folder();
    let refused = node(&server.url(&backup), folder, &nodes.one, 5).await;
    let Err(StartError::OldDatabase(fault)) = refused.map(drop) else { panic!("an old database was taken") };
    assert!(fault.to_string().contains("old copy"), "{fault}");
    assert!(node(&nodes.url, folder, &nodes.one, 6).await.is_ok());
    assert_eq!(nodes.one.clock.now_ms(), OPENS_AT.0);
}

/// The platform's clock stands in 2029, and the opening has come by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_whose_clock_is_wrong_opens_and_closes_nothing_and_one_whose_clock_is_right_does() {
    let nodes = Nodes::locked(3).await;
    let (store, campaign, clock) = (&nodes.one.store, nodes.one.campaign, &nodes.one.clock);
    let seen = || async { store.campaign(campaign).await.unwrap().unwrap().observed_state() };
    let state = || async { seen().await.state };
    let theirs = || async { UnixMillis(store.database_clock_ms().await.unwrap().unwrap()) };
    let keeps = |expected: CampaignState| async move {
        // The clocks look once a second.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(state().await, expected, "a wrong clock took a step");
    };
    let becomes = |expected: CampaignState| async move {
        let began = Instant::now();
        while state().await != expected {
            assert!(began.elapsed() < STEP_MAX, "nobody took the step to {expected:?}");
            clock.advance_ms(theirs().await.0 - clock.now_ms());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    keeps(CampaignState::Locked).await;
    let (opens_at, closes_at) = (theirs().await, theirs().await.plus_secs(3_600));
    let times = (Some(opens_at), Some(closes_at));
    store.save_times(campaign, seen().await, times.0, times.1, &nodes.one.line()).await.unwrap();
    becomes(CampaignState::Open).await;
    // An hour ahead by both clocks.
    clock.advance_ms(3_600_000);
    keeps(CampaignState::Open).await;
    store.save_times(campaign, seen().await, times.0, Some(theirs().await), &nodes.one.line()).await.unwrap();
    becomes(CampaignState::Closed).await;
}

/// How long a code for this person takes at a node; whether it was the right one.
async fn typed(node: &AppState, nodes: &Nodes, person: usize, access_code: &str) -> (Duration, bool) {
    let active = node.signing.campaign_by_id(nodes.one.campaign).unwrap();
    let attempt = SignInAttempt {
        campaign: &active.campaign,
        secret: &nodes.one.secret,
        identifier: &nodes.one.people[person].identifier,
        access_code,
        method: Method::OwnDevice,
    };
    let began = Instant::now();
    let right = match node.sign_in.sign_in(attempt).await {
        Ok(_) => true,
        Err(SignInRefusal::Wrong) => false,
        Err(other) => panic!("{other:?}"),
    };
    (began.elapsed(), right)
}

const WRONG_CODE: &str = "00000-00000";
/// So many wrong attempts make the next one as slow as any: four seconds, which a busy machine doesn't take by itself.
const WRONG_ATTEMPTS: usize = 9;
const SLOWED: Duration = Duration::from_secs(4);
/// Looks for what the other node must hear of; each at another person, since each counts by itself, too.
const LOOKS_MAX: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn codes_that_were_tried_at_one_node_are_slow_at_the_other_and_the_right_one_is_not() {
    let nodes = Nodes::open(LOOKS_MAX).await;
    let tried = (0..LOOKS_MAX).flat_map(|person| [person; WRONG_ATTEMPTS]);
    let tried = tried.map(|person| typed(&nodes.one.state, &nodes, person, WRONG_CODE));
    assert!(futures_util::future::join_all(tried).await.iter().all(|(_, right)| !right));
    let mut slowed = None;
    for person in 0..LOOKS_MAX {
        // By itself the other node lets a first attempt pass at once.
        let (took, right) = typed(&nodes.other, &nodes, person, WRONG_CODE).await;
        assert!(!right);
        if took >= SLOWED {
            slowed = Some(person);
            break;
        }
        // Each tells and hears once a second.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let person = slowed.expect("the other node never heard of it");
    for node in [&nodes.one.state, &nodes.other] {
        let (took, right) = typed(node, &nodes, person, &nodes.one.people[person].access_code).await;
        assert!(right && took < SLOWED, "the right code waited: {took:?}");
    }
}

/// The first wrong attempts are answered at once.
const FREE_ATTEMPTS: usize = 4;
/// Wrong passwords that strangers have for one account in an hour.
const GUESSES: u8 = 30;
/// One node tells once a second, and the other listens once a second; the rest is for a busy machine.
const TOLD_MAX: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn passwords_that_were_tried_at_one_node_are_slow_at_the_other() {
    let nodes = Nodes::locked(3).await;
    let (one, other) = (&nodes.one.state.accounts, &nodes.other.accounts);
    let password = one.add("uji", "bkd", "Nama Orang", Role::Organizer, Scope::All).await.unwrap();
    assert_eq!(other.delay("bkd"), Duration::ZERO);
    for _ in 0..FREE_ATTEMPTS {
        assert!(one.sign_in(HERE, "bkd", "bukan kata sandinya", &[]).await.is_err());
    }
    within_limit(TOLD_MAX, "the other node hears of it", || other.delay("bkd") > Duration::ZERO).await;
    assert_eq!(other.delay("lain"), Duration::ZERO);
    other.sign_in(HERE, "bkd", password.shown(&Disclosure::to_the_operator()), &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn guesses_at_one_node_count_at_the_other_and_so_does_a_known_device() {
    let nodes = Nodes::locked(3).await;
    nodes.one.account("bkd", Role::Organizer, &[]).await;
    let (one, other) = (&nodes.one.state.accounts, &nodes.other.accounts);
    let device = one.sign_in(HERE, "bkd", PASSWORD, &[]).await.unwrap().device;
    let stranger = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    other.sign_in(stranger, "bkd", PASSWORD, &[]).await.unwrap();
    let guesses = (0..GUESSES).map(async |number| {
        let address = IpAddr::V4(Ipv4Addr::new(203, 0, 113, number));
        one.sign_in(address, "bkd", &format!("bukan kata sandinya {number}"), &[]).await
    });
    for guess in futures_util::future::join_all(guesses).await {
        assert!(matches!(guess, Err(accounts::ConsoleSignInRefusal::Wrong)));
    }
    let began = Instant::now();
    while other.sign_in(stranger, "bkd", PASSWORD, &[]).await.is_ok() {
        assert!(began.elapsed() < TOLD_MAX, "the other node hears of them");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(matches!(
        other.sign_in(stranger, "bkd", PASSWORD, &[]).await,
        Err(accounts::ConsoleSignInRefusal::TooMany)
    ));
    other.sign_in(stranger, "bkd", PASSWORD, &[device]).await.unwrap();
}

/// What became of a change that races with everybody's signature: `true` if it was made.
fn made<T>(changed: Result<T, HelpDeskError>) -> bool {
    match changed {
        Ok(_) => true,
        Err(HelpDeskError::NotApplicable | HelpDeskError::Store(StoreError::Conflict)) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn people_change_at_one_node_while_everybody_signs_on_both() {
    let nodes = Nodes::open(PEOPLE).await;
    nodes.one.account("bkd", Role::Organizer, &[]).await;
    let (account, _) = nodes.one.store.account("bkd").await.unwrap().unwrap();
    let campaign = nodes.one.store.campaign(nodes.one.campaign).await.unwrap().unwrap();
    let desk = &nodes.one.state.help_desk;
    let typed = |name: String| TypedPerson { name, ..TypedPerson::default() };
    let id = |person: usize| nodes.one.people[person].participant.id;
    let changes = async {
        let (mut excused, mut corrected, mut added) = (vec![], vec![], 0u64);
        for person in 0..40 {
            let name = typed(format!("Diperbaiki {person}"));
            if made(desk.excuse(&account, &campaign, id(PEOPLE - 1 - person), ExcuseReason::Moved).await) {
                excused.push(PEOPLE - 1 - person);
            }
            if made(desk.correct(&account, &campaign, id(200 + person), name, "gelar baru").await) {
                corrected.push(200 + person);
            }
            let (identifier, institution) = (String::new(), "16".into());
            let to_add = PersonToAdd { identifier, institution, person: typed(format!("Susulan {person}")) };
            added += u64::from(made(desk.add_person(&account, &campaign, to_add, "terlewat").await));
        }
        (excused, corrected, added)
    };
    let (signed, (excused, corrected, added)) = tokio::join!(nodes.sign_all(), changes);
    for (person, signed) in signed {
        match signed {
            Ok(signed) if corrected.contains(&person) => {
                let name = format!("Diperbaiki {}", person - 200);
                assert!(String::from_utf8_lossy(&signed.pledge.credential).contains(&name), "{person}: the old name");
            }
            Ok(_) => assert!(!excused.contains(&person), "{person} was excused and signed"),
            Err(SignRefusal::Excused) => assert!(excused.contains(&person), "{person} wasn't excused"),
            Err(other) => panic!("{person}: {other:?}"),
        }
    }
    let everybody = PEOPLE as u64;
    assert_eq!(nodes.recount().await, everybody - excused.len() as u64);
    let host = nodes.one.state.config.host().to_owned();
    let recount = Recount { store: nodes.one.store.clone(), keyring: nodes.one.keyring.clone(), host };
    let campaign = nodes.one.store.campaign(nodes.one.campaign).await.unwrap().unwrap();
    let sound = recount.campaign(&campaign, &|_| {}).await.unwrap();
    assert_eq!((sound.people, sound.notices), (everybody + added, (excused.len() + corrected.len()) as u64 + added));
    for node in [&nodes.one.state, &nodes.other] {
        let target = everybody + added - excused.len() as u64;
        within("the target is shown", || node.live.shown("uji").unwrap().snapshot.target == target).await;
    }
}

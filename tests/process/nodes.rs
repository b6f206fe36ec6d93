//! Two nodes on one PostgreSQL: one is killed, or the database restarts, crashes or stops, under load.

use crate::postgres_server::PostgresServer;
use crate::support::{Client, Folder, Load, Program, TURN, nothing_is_lost, private_folder};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const PEOPLE: u32 = 3_000;
/// A node that dies blocks the others for two seconds at most.
const GAP_TURNS_MAX: usize = 2_000 / TURN.as_millis() as usize;
/// How long the database stays down.
const DOWN: Duration = Duration::from_secs(10);

struct Nodes {
    folder: Folder,
    first: Program,
    _second: Program,
    _data: TempDir,
    load: Arc<Load>,
}

impl Nodes {
    async fn on(url: &str) -> Self {
        let folder = Folder::on(url, PEOPLE);
        let (first, data) = (folder.start(), private_folder());
        let second = folder.second_node(data.path());
        let load = Load::new(&folder, vec![Client::new(&first.url()).await, Client::new(&second.url()).await]);
        Self { folder, first, _second: second, _data: data, load }
    }
}

/// The most turns without an answer.
fn longest(from: usize, answers: impl Iterator<Item = usize>) -> usize {
    let mut before = from;
    let gaps = answers.map(|turn| turn - std::mem::replace(&mut before, turn));
    gaps.max().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_node_killed_under_load_loses_nothing_and_the_other_goes_on() {
    let Nodes { folder, first, _second, _data, load } =
        Nodes::on(&PostgresServer::shared().await.database().await).await;
    let running = load.start();
    load.until_answered(load.people() / 3).await;
    first.kill();
    let killed = load.turns();
    let receipts = running.await.unwrap();

    let by_first = receipts.iter().filter(|receipt| receipt.node == 0).count();
    assert!(by_first > 100 && by_first < receipts.len() / 2, "{by_first} receipts of the killed node say nothing");
    let turns = receipts.iter().map(|receipt| receipt.turn);
    let (before, after) = turns.partition::<Vec<usize>, _>(|turn| *turn < killed);
    let (usual, stood) = (longest(0, before.into_iter()), longest(killed, after.into_iter()));
    assert!(stood < GAP_TURNS_MAX + usual, "the other node stood still for {stood} turns, {usual} were usual");
    nothing_is_lost(&folder, load.client(1), &load.memory(&receipts)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_database_that_restarts_crashes_or_is_down_for_ten_seconds_loses_nothing() {
    let server = PostgresServer::start().await;
    let nodes = Nodes::on(&server.database().await).await;
    let load = &nodes.load;
    let running = load.start();
    load.until_answered(load.people() / 5).await;
    server.stop("fast");
    server.resume();
    load.until_answered(load.people() * 2 / 5).await;
    server.stop("immediate");
    server.resume();
    load.until_answered(load.people() * 3 / 5).await;
    server.stop("fast");
    tokio::time::sleep(DOWN).await;
    server.resume();
    let receipts = running.await.unwrap();
    nothing_is_lost(&nodes.folder, load.client(0), &load.memory(&receipts)).await;
    drop(nodes.first);
}

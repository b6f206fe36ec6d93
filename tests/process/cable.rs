//! The cable to the database is bad while people sign: commits are lost on their way, or carried out and never
//! answered.

use crate::postgres_server::PostgresServer;
use crate::support::{Cable, Client, Folder, Load, nothing_is_lost, private_folder};

const PEOPLE: u32 = 1_500;
/// Of a batch, in the log.
const UNKNOWN: &str = "the outcome of a commit is unknown; reading again";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_commit_whose_answer_is_lost_is_neither_lost_nor_doubled() {
    let server = PostgresServer::shared().await;
    let database = server.database().await;
    let name = database.split(['/', '?']).nth(3).unwrap();
    let cable = Cable::lay(server.socket()).await;
    let folder = Folder::on(&format!("postgres://ikrar@{}/{name}?sslmode=disable", cable.address), PEOPLE);
    let first = folder.start();
    let data = private_folder();
    let second = folder.second_node(data.path());
    let load = Load::new(&folder, vec![Client::new(&first.url()).await, Client::new(&second.url()).await]);
    cable.is_bad(true);
    let receipts = load.start().await.unwrap();
    cable.is_bad(false);

    let (lost, unanswered, elsewhere) = cable.cut();
    assert!(lost > 0 && unanswered > 0 && elsewhere > 0, "{lost} {unanswered} {elsewhere} cuts say nothing");
    let unknown: usize = [&first, &second].iter().map(|node| node.log().matches(UNKNOWN).count()).sum();
    assert_eq!(unknown, lost + unanswered, "each cut commit has an outcome that isn't known");
    nothing_is_lost(&folder, load.client(0), &load.memory(&receipts)).await;
}

//! An old backup of PostgreSQL is put in place while two nodes serve and people sign: both nodes notice, say why, and
//! sign nothing more, so that the log isn't forked. With the right database back and the nodes started again, it goes
//! on.

use crate::postgres_server::PostgresServer;
use crate::support::{Client, Folder, Load, nothing_is_lost, private_folder};
use std::time::Duration;
use tokio::time::Instant;

const PEOPLE: u32 = 2_500;
const NOTICED_MAX: Duration = Duration::from_secs(30);
const REASON: &str = "the database went back";

/// Waits until the node says that its log isn't what it was.
async fn refuses(client: &Client) {
    let began = Instant::now();
    loop {
        let ready = client.get("/readyz").await.unwrap();
        let checks = ready.json()["checks"].as_array().unwrap().clone();
        if checks.iter().any(|check| check["name"] == "log" && check["ok"] == false) {
            assert_eq!(ready.status, 503);
            return;
        }
        assert!(began.elapsed() < NOTICED_MAX, "the node never noticed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn an_old_backup_under_two_nodes_stops_both_instead_of_forking_the_log() {
    let server = PostgresServer::shared().await;
    let url = server.database().await;
    let name = url.split(['/', '?']).nth(3).unwrap().to_owned();
    let (old, kept) = (format!("{name}_old"), format!("{name}_kept"));
    let folder = Folder::on(&url, PEOPLE);
    let first = folder.start();
    let data = private_folder();
    let second = folder.second_node(data.path());
    let load = Load::new(&folder, vec![Client::new(&first.url()).await, Client::new(&second.url()).await]);
    let running = load.start();
    load.until_answered(load.people() / 8).await;
    server.copy(&name, &old).await;
    let kept_by_old = server.number(&old, "SELECT size FROM log_head WHERE log = 1").await;
    assert!(kept_by_old < i64::from(PEOPLE), "everybody had signed when the backup began: it isn't an old one");
    for node in [0, 1] {
        load.client(node).count_of_at_least(u64::try_from(kept_by_old + 1).unwrap()).await;
    }

    server.take_place(&name, &kept).await;
    server.take_place(&old, &name).await;
    refuses(load.client(0)).await;
    refuses(load.client(1)).await;
    assert!(first.log().contains(REASON) && second.log().contains(REASON), "{} {}", first.log(), second.log());
    let size = server.number(&name, "SELECT size FROM log_head WHERE log = 1").await;
    assert_eq!(size, kept_by_old, "signed on an old backup");
    let (_, looked) = folder.fsck();
    assert_eq!(looked["campaigns"][0]["kind"], "mark", "{looked}");
    second.kill();
    let refused = folder.refused_node(data.path());
    assert!(refused.contains("the database is an old copy"), "{refused}");
    first.kill();
    assert_eq!(server.number(&name, "SELECT size FROM log_head WHERE log = 1").await, size, "it went on");
    assert_eq!(server.number(&name, "SELECT COUNT(*) FROM pledge").await, size);

    server.take_place(&name, &old).await;
    server.take_place(&kept, &name).await;
    let first = folder.start();
    let receipts = running.await.unwrap();
    nothing_is_lost(&folder, &Client::new(&first.url()).await, &load.memory(&receipts)).await;
}

//! A server that vanishes without closing its connections, as behind a cut cable: told by its silence, and left.

use crate::postgres_server::PostgresServer;
use crate::scene::{self, CAMPAIGN, batch, entry, log_key, person_id, sign};
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::{SharedStore, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::time::Instant;

/// Nobody waits longer for a connection that is silent.
const NOTICED_MAX: Duration = Duration::from_secs(15);

const CUTS_MAX: usize = 50;

/// Passes everything on, until it falls silent for those who are connected then.
struct Cable {
    port: u16,
    /// Connections of an earlier number are cut.
    cut: Arc<AtomicUsize>,
}

impl Cable {
    async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(AtomicUsize::new(0));
        let cuts = cut.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                let (number, cuts) = (cuts.load(Ordering::SeqCst), cuts.clone());
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, number, cuts.clone()));
                tokio::spawn(pass(from_server, to_client, number, cuts));
            }
        });
        Self { port, cut }
    }

    fn fall_silent(&self) {
        self.cut.fetch_add(1, Ordering::SeqCst);
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: usize,
    cuts: Arc<AtomicUsize>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if cuts.load(Ordering::SeqCst) != number {
            // Neither side hears that the other is gone.
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Cuts the cable until it was cut under a connection that was just used, and answers the fault.
async fn noticed(cable: &Cable, ask: impl AsyncFn() -> Result<(), StoreError>) -> StoreError {
    for _ in 0..CUTS_MAX {
        // Where the connection was being tested while it was cut, another one was made, and nobody noticed.
        for _ in 0..2 {
            let began = Instant::now();
            let answer = ask().await;
            assert!(began.elapsed() < NOTICED_MAX, "{:?}", began.elapsed());
            if let Err(fault) = answer {
                return fault;
            }
            cable.fall_silent();
        }
    }
    panic!("no connection was ever cut in use");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_silent_connection_is_left_and_signing_goes_on() {
    let server = PostgresServer::shared().await;
    let direct = server.database().await;
    let cable = Cable::to(server.socket().join(".s.PGSQL.5432")).await;
    let name = direct.split(['/', '?']).nth(3).unwrap();
    let url = format!("postgres://ikrar@127.0.0.1:{}/{name}?sslmode=disable", cable.port);
    let server = Server::parse(&DatabaseUrl::new(&url), false).unwrap();
    let store: SharedStore = Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap());
    scene::open(&store, 6).await;
    sign(&store, [0]).await;

    let repeat = batch(vec![entry(0, 1)]);
    let written = noticed(&cable, async || store.commit_batch(&repeat, log_key()).await.map(drop)).await;
    assert!(matches!(written, StoreError::UnknownOutcome(_)), "{written:?}");
    let asked = [person_id(0)];
    let read = noticed(&cable, async || store.signing_facts(CAMPAIGN, &asked).await.map(drop)).await;
    assert!(matches!(read, StoreError::Storage(_)), "{read:?}");
    // New connections are good; what the silent ones held is free again.
    sign(&store, [1, 2]).await;
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 3);
}

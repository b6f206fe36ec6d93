//! A server that vanishes without closing its connections, as behind a cut cable: told by its silence, and left.

use crate::postgres_server::PostgresServer;
use crate::scene::{self, CAMPAIGN, batch, entry, person_id, sign, sign_checkpoint};
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::store::postgres::{Postgres, Server};
use ikrar::store::{SharedStore, StoreError};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::time::Instant;

/// Nobody waits longer for a connection that is silent.
const NOTICED_MAX: Duration = Duration::from_secs(15);

/// Passes everything on, until it falls silent for those who are connected then.
struct Cable {
    port: u16,
    gap: Arc<Gap>,
}

/// When the cable falls silent.
#[derive(Default)]
struct Gap {
    /// Connections of an earlier number are cut.
    cut: AtomicUsize,
    /// The next client who says this is cut, with everybody who is connected then; nobody hears it.
    word: Mutex<Option<&'static str>>,
}

impl Gap {
    fn hear(&self, said: &[u8]) {
        let mut word = self.word.lock().unwrap();
        if word.is_some_and(|word| said.windows(word.len()).any(|part| part == word.as_bytes())) {
            *word = None;
            self.cut.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Cable {
    async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let gap = Arc::new(Gap::default());
        let shared = gap.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                let number = shared.cut.load(Ordering::SeqCst);
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(pass(from_client, to_server, number, shared.clone(), true));
                tokio::spawn(pass(from_server, to_client, number, shared.clone(), false));
            }
        });
        Self { port, gap }
    }

    /// Asks for what is said with this word, which falls into silence, and answers the fault.
    async fn cut_at(&self, word: &'static str, ask: impl Future<Output = Result<(), StoreError>>) -> StoreError {
        *self.gap.word.lock().unwrap() = Some(word);
        let began = Instant::now();
        let told = tokio::time::timeout(NOTICED_MAX, ask).await;
        told.unwrap_or_else(|_| panic!("silent at {word} for {:?}", began.elapsed())).unwrap_err()
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: usize,
    gap: Arc<Gap>,
    from_client: bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if from_client {
            gap.hear(&buffer[..read]);
        }
        if gap.cut.load(Ordering::SeqCst) != number {
            // Neither side hears that the other is gone.
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// A store whose server is at the other end of a cable, as it would be behind a pooler.
async fn behind_a_cable(pooled: bool) -> (SharedStore, Cable) {
    let server = PostgresServer::shared().await;
    let direct = server.database().await;
    let cable = Cable::to(server.socket().join(".s.PGSQL.5432")).await;
    let name = direct.split(['/', '?']).nth(3).unwrap();
    let url = format!("postgres://ikrar@127.0.0.1:{}/{name}?sslmode=disable", cable.port);
    let server = Server::parse(&DatabaseUrl::new(&url), pooled).unwrap();
    (Arc::new(Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap()), cable)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_silent_connection_is_left_and_signing_goes_on() {
    let (store, cable) = behind_a_cable(false).await;
    scene::open(&store, 6).await;
    sign(&store, [0]).await;

    let repeat = batch(vec![entry(0, 1)]);
    let written = async { store.commit_batch(&repeat, &sign_checkpoint).await.map(drop) };
    let written = cable.cut_at("BEGIN ISOLATION", written).await;
    assert!(matches!(written, StoreError::UnknownOutcome(_)), "{written:?}");
    let asked = [person_id(0)];
    let read = async { store.signing_facts(CAMPAIGN, &asked).await.map(drop) };
    let read = cable.cut_at("UNNEST", read).await;
    assert!(matches!(read, StoreError::Storage(_)), "{read:?}");
    // New connections are good; what the silent ones held is free again.
    sign(&store, [1, 2]).await;
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_pooler_that_takes_a_read_and_begins_nothing_is_left_in_time() {
    let (store, cable) = behind_a_cable(true).await;
    scene::open(&store, 6).await;
    sign(&store, [0]).await;
    let asked = [person_id(0)];
    let of_a_page = async { store.count_pledges(CAMPAIGN).await.map(drop) };
    let of_a_page = cable.cut_at("READ ONLY", of_a_page).await;
    assert!(matches!(of_a_page, StoreError::Storage(_)), "{of_a_page:?}");
    let of_the_ledger = async { store.signing_facts(CAMPAIGN, &asked).await.map(drop) };
    let of_the_ledger = cable.cut_at("READ ONLY", of_the_ledger).await;
    assert!(matches!(of_the_ledger, StoreError::Storage(_)), "{of_the_ledger:?}");
    sign(&store, [1, 2]).await;
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 3);
}

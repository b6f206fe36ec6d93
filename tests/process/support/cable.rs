//! A proxy between a node and PostgreSQL that cuts connections again and again: before it passes a COMMIT on, after the
//! COMMIT is carried out but before its answer, and at other messages.
//!
//! What a node sends is parsed into messages (PostgreSQL documentation, "Message Formats"): after the first one, each
//! is a type byte, a length that includes itself but not the type, and the content.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinHandle;

/// Of so many commits two are cut: one before it is passed on, one after.
const COMMITS: usize = 6;
/// And so many messages lie between two other cuts.
const MESSAGES: usize = 211;
/// A simple query (type Q) of 11 bytes.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
/// A connection that prepared this statement commits batches. What else a node writes, such as that it is there,
/// commits on others.
const BATCH: &[u8] = b"INSERT INTO pledge (";

pub struct Cable {
    pub address: SocketAddr,
    cuts: Arc<Cuts>,
    carrying: JoinHandle<()>,
}

/// What was carried and cut since the cable became bad.
#[derive(Default)]
struct Cuts {
    bad: AtomicBool,
    commits: AtomicUsize,
    messages: AtomicUsize,
    lost: AtomicUsize,
    unanswered: AtomicUsize,
    elsewhere: AtomicUsize,
}

enum Cut {
    None,
    Before,
    BeforeTheAnswer,
}

impl Cable {
    /// To the server whose socket is in this folder.
    pub async fn lay(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, cuts) = (listener.local_addr().unwrap(), Arc::new(Cuts::default()));
        let (socket, shared) = (folder.join(".s.PGSQL.5432"), cuts.clone());
        let carrying = tokio::spawn(async move {
            loop {
                let (node, _) = listener.accept().await.unwrap();
                tokio::spawn(carry(node, socket.clone(), shared.clone()));
            }
        });
        Self { address, cuts, carrying }
    }

    pub fn is_bad(&self, bad: bool) {
        self.cuts.bad.store(bad, Ordering::SeqCst);
    }

    /// Batches' commits that never reached the server, those whose answer was lost, and other cuts.
    pub fn cut(&self) -> (usize, usize, usize) {
        let cuts = [&self.cuts.lost, &self.cuts.unanswered, &self.cuts.elsewhere];
        let [lost, unanswered, elsewhere] = cuts.map(|count| count.load(Ordering::SeqCst));
        (lost, unanswered, elsewhere)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

impl Cuts {
    fn at(&self, message: &[u8], commits_batches: bool) -> Cut {
        if !self.bad.load(Ordering::SeqCst) {
            return Cut::None;
        }
        let next = |count: &AtomicUsize| count.fetch_add(1, Ordering::SeqCst);
        if message != COMMIT {
            if next(&self.messages) % MESSAGES != MESSAGES - 1 {
                return Cut::None;
            }
            next(&self.elsewhere);
            return Cut::Before;
        }
        let (cut, of_a_batch) = match next(&self.commits) % COMMITS {
            1 => (Cut::Before, &self.lost),
            4 => (Cut::BeforeTheAnswer, &self.unanswered),
            _ => return Cut::None,
        };
        next(if commits_batches { of_a_batch } else { &self.elsewhere });
        cut
    }
}

/// Carries one connection until either end closes it or it is cut, which both ends see as a connection that is gone.
async fn carry(mut node: TcpStream, socket: PathBuf, cuts: Arc<Cuts>) {
    let Ok(mut server) = UnixStream::connect(socket).await else { return };
    let (mut said, mut answer, mut greeted) = (vec![], vec![0; 64 * 1024], false);
    let mut commits_batches = false;
    loop {
        tokio::select! {
            read = node.read_buf(&mut said) => {
                if !matches!(read, Ok(read) if read > 0) {
                    return;
                }
                while let Some(message) = next_message(&mut said, &mut greeted) {
                    commits_batches |= message.windows(BATCH.len()).any(|part| part == BATCH);
                    let cut = cuts.at(&message, commits_batches);
                    if matches!(cut, Cut::Before) || server.write_all(&message).await.is_err() {
                        return;
                    }
                    if matches!(cut, Cut::BeforeTheAnswer) {
                        // Once there is an answer the commit was carried out.
                        let _ = server.read(&mut answer).await;
                        return;
                    }
                }
            }
            read = server.read(&mut answer) => {
                let Ok(read) = read else { return };
                if read == 0 || node.write_all(&answer[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Takes a whole message off what was said so far.
fn next_message(said: &mut Vec<u8>, greeted: &mut bool) -> Option<Vec<u8>> {
    let kind = usize::from(*greeted);
    let length = said.get(kind..kind + 4)?;
    let end = kind + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
    if said.len() < end {
        return None;
    }
    *greeted = true;
    let rest = said.split_off(end);
    Some(std::mem::replace(said, rest))
}

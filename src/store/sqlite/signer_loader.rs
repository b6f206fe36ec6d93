//! Coalesced reads: people who are requested at the same moment are read in one statement.
//!
//! A round trip to the driver's thread costs more than a person's rows. So while one statement runs, new requests wait
//! for its end, and all that wait form the next statement. When no statement runs, a request is read at once. If a
//! request isn't answered here, for whatever reason, its caller reads the person alone, and that read reports the
//! reason.

use super::Connection;
use super::bulk_insert::placeholders;
use super::pledges::{signer, signers_where};
use super::readers::{SqliteReader, SqliteReaders};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::store::StoreError;
use crate::store::pledges::Signer;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How long a caller waits for an answer, and how long a statement may take. Then the person is read alone, which
/// leaves time enough for that read.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// Most people who wait for the running statement. Further ones are read alone.
const WAITING_MAX: usize = 1_024;
/// Numbers of people in a statement. The smallest one with room for all is used, padded with repeats of the last
/// person. There are few, so that the prepared statements stay cached.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, PEOPLE_MAX];
const PEOPLE_MAX: usize = 64;

static SIGNERS: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| {
    SIZES.map(|size| signers_where(&format!("p.campaign_id = ? AND p.participant_id IN ({})", placeholders(size))))
});

/// The sending end of the queue of requests.
#[derive(Clone)]
pub(super) struct SignerLoader(mpsc::Sender<SignerRequest>);

struct SignerRequest {
    campaign: CampaignId,
    participant: ParticipantId,
    answer: oneshot::Sender<Option<Signer>>,
}

impl SignerLoader {
    /// Starts the task that reads. It ends when the last clone of the loader is dropped.
    pub fn start(readers: SqliteReaders) -> Self {
        let (asking, asked) = mpsc::channel(WAITING_MAX);
        tokio::spawn(answer_all(readers, asked));
        Self(asking)
    }

    /// The outer `None` means that no answer came and the caller must read the person alone; the inner one, that there
    /// is no such person.
    pub async fn signer(&self, campaign: CampaignId, participant: ParticipantId) -> Option<Option<Signer>> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(SignerRequest { campaign, participant, answer }).ok()?;
        timeout(WAIT_MAX, answered).await.ok()?.ok()
    }
}

async fn answer_all(readers: SqliteReaders, mut asked: mpsc::Receiver<SignerRequest>) {
    let mut waiting = Vec::with_capacity(PEOPLE_MAX);
    while asked.recv_many(&mut waiting, PEOPLE_MAX).await > 0 {
        if let Ok(mut reader) = readers.acquire().await {
            // Keeps the connection while requests wait: its cache holds the pages that most people share.
            while answer_in_time(&mut reader, &mut waiting).await && !asked.is_empty() {
                asked.recv_many(&mut waiting, PEOPLE_MAX).await;
            }
        }
        waiting.clear();
    }
}

/// Answers the waiting requests; `false` if some of them couldn't be answered.
async fn answer_in_time(reader: &mut SqliteReader, waiting: &mut Vec<SignerRequest>) -> bool {
    matches!(timeout(WAIT_MAX, answer(reader, waiting)).await, Ok(Ok(())))
}

async fn answer(connection: &mut Connection, waiting: &mut Vec<SignerRequest>) -> Result<(), StoreError> {
    // Drops requests whose caller gave up.
    waiting.retain(|asked| !asked.answer.is_closed());
    while let Some(campaign) = waiting.last().map(|asked| asked.campaign) {
        let people: Vec<_> =
            waiting.iter().filter(|asked| asked.campaign == campaign).map(|asked| asked.participant).collect();
        let found = read(connection, campaign, &people).await?;
        for asked in waiting.extract_if(.., |asked| asked.campaign == campaign) {
            // The caller may have given up meanwhile.
            let _ = asked.answer.send(found.get(&asked.participant).cloned());
        }
    }
    Ok(())
}

async fn read(
    connection: &mut Connection,
    campaign: CampaignId,
    people: &[ParticipantId],
) -> Result<HashMap<ParticipantId, Signer>, StoreError> {
    let fitting = SIZES.iter().position(|&size| size >= people.len()).unwrap_or(SIZES.len() - 1);
    let mut query = sqlx::query(AssertSqlSafe(SIGNERS[fitting].as_str())).bind(campaign.as_bytes());
    for place in 0..SIZES[fitting] {
        query = query.bind(people.get(place).or(people.last()).map(|participant| participant.as_bytes()));
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| signer(campaign, row).map(|signer| (signer.participant.id, signer))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;
    use super::*;
    use sqlx::sqlite::SqliteConnectOptions;

    #[tokio::test]
    async fn every_table_is_entered_by_its_key_for_one_person_and_for_many() {
        for text in SIGNERS.iter() {
            let mut steps = plan(text).await;
            steps.retain(|step| !step.starts_with("CORRELATED SCALAR SUBQUERY"));
            assert_eq!(steps.len(), 7, "{steps:?}");
            assert!(steps[0].starts_with("SEARCH p ") && steps[0].contains("participant_id=?"), "{steps:?}");
            assert!(steps.iter().all(|step| step.starts_with("SEARCH ") && !step.contains("AUTOMATIC")), "{steps:?}");
        }
    }

    #[tokio::test]
    async fn whoever_can_t_be_read_here_is_left_to_be_read_alone() {
        let readers = SqliteReaders::new(SqliteConnectOptions::new().in_memory(true)).unwrap();
        let coalesced = SignerLoader::start(readers.clone());
        let ask = || coalesced.signer(CampaignId([1; 16]), ParticipantId([2; 16]));
        // The first two fail because there are no tables, the last because there are no connections.
        assert!(ask().await.is_none() && ask().await.is_none());
        readers.close().await;
        assert!(ask().await.is_none());
    }
}

//! Coalesced reads: people who are asked for in the same moment are read in one statement.
//!
//! A turn to the driver's thread and back costs more than a person's rows. So while one statement is under way, whoever
//! is asked for next waits for its end, and all who wait are the next one. Nobody waits for company: who comes alone is
//! read at once. Whoever isn't answered here, whatever the reason, is to be read alone, and learns the reason there.

use super::Connection;
use super::bulk_insert::places;
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

/// How long a person is waited for here, and a statement. Beyond it they are read alone, for which there is time left
/// then.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// People who may wait for the statement under way. Beyond it they are read alone.
const WAITING_MAX: usize = 1_024;
/// People in a statement: the smallest size that has room for all, filled up with repeats of the last. Few sizes, so
/// that the prepared statements stay warm.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, PEOPLE_MAX];
const PEOPLE_MAX: usize = 64;

static SIGNERS: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| {
    SIZES.map(|size| signers_where(&format!("p.campaign_id = ? AND p.participant_id IN ({})", places(size))))
});

/// Where people are asked for.
#[derive(Clone)]
pub(super) struct SignerLoader(mpsc::Sender<SignerRequest>);

struct SignerRequest {
    campaign: CampaignId,
    participant: ParticipantId,
    answer: oneshot::Sender<Option<Signer>>,
}

impl SignerLoader {
    /// Reads until nobody is left who could ask.
    pub fn start(readers: SqliteReaders) -> Self {
        let (asking, asked) = mpsc::channel(WAITING_MAX);
        tokio::spawn(answer_all(readers, asked));
        Self(asking)
    }

    /// `None` where nobody answered: then they are to be read alone.
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
            // The connection is kept for as long as somebody waits: it still has the pages that most people share.
            while answer_in_time(&mut reader, &mut waiting).await && !asked.is_empty() {
                asked.recv_many(&mut waiting, PEOPLE_MAX).await;
            }
        }
        waiting.clear();
    }
}

/// Answers those who wait; `false` when not all of them could be.
async fn answer_in_time(reader: &mut SqliteReader, waiting: &mut Vec<SignerRequest>) -> bool {
    matches!(timeout(WAIT_MAX, answer(reader, waiting)).await, Ok(Ok(())))
}

async fn answer(connection: &mut Connection, waiting: &mut Vec<SignerRequest>) -> Result<(), StoreError> {
    // Nothing is read for whoever gave up waiting.
    waiting.retain(|asked| !asked.answer.is_closed());
    while let Some(campaign) = waiting.last().map(|asked| asked.campaign) {
        let people: Vec<_> =
            waiting.iter().filter(|asked| asked.campaign == campaign).map(|asked| asked.participant).collect();
        let found = read(connection, campaign, &people).await?;
        for asked in waiting.extract_if(.., |asked| asked.campaign == campaign) {
            // Or gave up meanwhile.
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
        // There are no tables; then there are no connections.
        assert!(ask().await.is_none() && ask().await.is_none());
        readers.close().await;
        assert!(ask().await.is_none());
    }
}

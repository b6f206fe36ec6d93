//! The commits of changes to a locked roster. Requests of one campaign that come soon after each other share a commit:
//! each waits for the disk and holds the campaign's lock, and signing waits for it. If one of them is refused, each
//! half of them is committed by itself, and so on, until the one that is refused stands alone.

use super::HelpDeskPorts;
use super::change_queue::{ChangeQueue, CommitPace, WaitingChange};
use crate::clock::Clock;
use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::store::notices::{ChangeBatch, ChangeRequest};
use crate::store::pledges::LogKind;
use crate::store::{SharedStore, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// Commits changes, each with its notices.
pub(super) struct ChangeCommits {
    pub store: SharedStore,
    pub clock: Arc<dyn Clock>,
    pub keyring: Arc<Keyring>,
    pub ports: Arc<dyn HelpDeskPorts>,
    /// Part of the logs' origins.
    pub host: String,
    pub queues: Mutex<HashMap<CampaignId, ChangeQueue>>,
}

impl ChangeCommits {
    /// Commits a request by itself. The published numbers aren't read again.
    pub async fn commit_alone(&self, campaign: &Campaign, request: ChangeRequest) -> Result<(), StoreError> {
        self.write(campaign, vec![request]).await.1
    }

    /// Commits a request, with others that wait, and has the published numbers read again, unless that was done often
    /// just now. It goes on if this is dropped. `Storage` if too many wait.
    pub async fn commit(self: &Arc<Self>, campaign: &Campaign, request: ChangeRequest) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let pushed = self.queues().entry(campaign.id).or_default().push(WaitingChange { request, reply });
        if pushed.ok_or_else(StoreError::no_answer)? {
            let (commits, campaign) = (Arc::clone(self), campaign.clone());
            tokio::spawn(async move { commits.serve(&campaign).await });
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::no_outcome()))
    }

    async fn serve(&self, campaign: &Campaign) {
        let _serving = ServingGuard { commits: self, campaign: campaign.id };
        while let Some(due) = self.next_turn(campaign.id) {
            sleep_until(due).await;
            let taken = self.take(campaign.id).into_iter();
            let (requests, replies): (Vec<_>, Vec<_>) = taken.map(|one| (one.request, one.reply)).unzip();
            let outcomes = self.outcomes(campaign, requests).await;
            if outcomes.iter().any(Result::is_ok)
                && self.must_read_numbers(campaign.id)
                && let Err(error) = self.ports.numbers_changed().await
            {
                tracing::warn!(%error, "the numbers couldn't be read again; it is tried again within a second");
            }
            for (reply, outcome) in replies.into_iter().zip(outcomes) {
                // Who asked may have gone.
                let _ = reply.send(outcome);
            }
        }
    }

    /// Commits requests together, or else each half of them, in their order; what became of each.
    async fn outcomes(&self, campaign: &Campaign, requests: Vec<ChangeRequest>) -> Vec<Result<(), StoreError>> {
        let mut outcomes = Vec::with_capacity(requests.len());
        let mut waiting = vec![requests];
        while let Some(requests) = waiting.pop() {
            let (mut requests, together) = self.write(campaign, requests).await;
            match together {
                Ok(()) => outcomes.extend(requests.iter().map(|_| Ok(()))),
                Err(StoreError::Conflict | StoreError::Corrupt(_) | StoreError::Database(_)) if requests.len() > 1 => {
                    let second = requests.split_off(requests.len() / 2);
                    waiting.extend([second, requests]);
                }
                Err(error) => {
                    outcomes.extend(requests.iter().skip(1).map(|_| Err(error.repeated())));
                    outcomes.push(Err(error));
                }
            }
        }
        outcomes
    }

    /// One commit. Returns the requests too: the store only reads them.
    async fn write(
        &self,
        campaign: &Campaign,
        requests: Vec<ChangeRequest>,
    ) -> (Vec<ChangeRequest>, Result<(), StoreError>) {
        let key = self.keyring.log(&campaign.log_key).ok_or(StoreError::Corrupt("log_key"));
        let (key, known) = match key.and_then(|key| Ok((key, self.ports.known_sizes(campaign.id)?))) {
            Ok(ready) => ready,
            Err(error) => return (requests, Err(error)),
        };
        let batch = ChangeBatch {
            campaign: campaign.id,
            roster_origin: LogKind::Roster.origin(&self.host, &campaign.slug),
            notices_origin: LogKind::Notices.origin(&self.host, &campaign.slug),
            at: UnixMillis(self.clock.now_ms()),
            known,
            requests,
        };
        let committed = self.store.commit_changes(&batch, &|checkpoint| key.sign_checkpoint(checkpoint)).await;
        if let Err(error @ StoreError::RollbackDetected { .. }) = &committed {
            self.ports.halt_signing(error);
        }
        (batch.requests, committed.map(|_| ()))
    }

    fn next_turn(&self, campaign: CampaignId) -> Option<Instant> {
        let pace = self.pace(campaign);
        self.queues().get_mut(&campaign)?.next_turn(Instant::now(), pace)
    }

    fn take(&self, campaign: CampaignId) -> Vec<WaitingChange> {
        let pace = self.pace(campaign);
        self.queues().get_mut(&campaign).map(|queue| queue.take(Instant::now(), pace)).unwrap_or_default()
    }

    fn pace(&self, campaign: CampaignId) -> CommitPace {
        if self.ports.is_crowded(campaign) { CommitPace::BesideMany } else { CommitPace::BesideFew }
    }

    fn must_read_numbers(&self, campaign: CampaignId) -> bool {
        self.queues().get_mut(&campaign).is_some_and(|queue| queue.must_read_numbers(Instant::now()))
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<CampaignId, ChangeQueue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// If its task ends early, those who wait are answered, and the next request has its queue served again.
struct ServingGuard<'c> {
    commits: &'c ChangeCommits,
    campaign: CampaignId,
}

impl Drop for ServingGuard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.commits.queues().remove(&self.campaign);
        }
    }
}

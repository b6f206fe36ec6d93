//! One batch: reads the participants and has their pledges signed, then commits once and wakes the waiters.

use super::draft::{self, PledgeDraft, facts_of};
use super::recent_signers::RecentSigners;
use super::storage_fault::StorageFault;
use super::waiting::{WaitingPledge, answer, answer_all, join};
use super::{AdmittedPledge, BUSY_RETRY_SECS, CommittedPledge, PledgeRefusal, PledgeReply};
use crate::clock::{Clock, Entropy};
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::notice::RosterStanding;
use crate::domain::participant::RosterEpoch;
use crate::domain::pledge::{Pledge, Strokes};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::service::live::{LastBatch, Live};
use crate::store::StoreError;
use crate::store::pledges::{CommitOutcome, KnownSizes, PledgeBatch, PledgeStore, SigningFacts};
use crate::telemetry::{metrics, traces};
use crate::tlog::checkpoint::Checkpoint;
use rand::Rng;
use rand::seq::SliceRandom;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::time::Instant;

/// How often a person's pledge is prepared when their row changes each time before it is committed.
const PREPARED_MAX: usize = 4;

/// Prepares and commits batches.
pub(super) struct BatchWriter {
    store: Arc<dyn PledgeStore>,
    keyring: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
    live: Arc<Live>,
    recent_signers: RecentSigners,
    storage_fault: Arc<StorageFault>,
    cores: usize,
}

/// One campaign's batch, signed and not yet committed.
pub(super) struct PreparedBatch {
    batch: PledgeBatch,
    waiting: HashMap<ParticipantId, WaitingPledge>,
}

impl BatchWriter {
    pub(super) fn new(
        store: Arc<dyn PledgeStore>,
        keyring: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        entropy: Arc<Entropy>,
        live: Arc<Live>,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (recent_signers, storage_fault) = (RecentSigners::default(), Arc::default());
        Self { store, keyring, clock, entropy, live, recent_signers, storage_fault, cores }
    }

    pub(super) fn storage_fault(&self) -> Arc<StorageFault> {
        self.storage_fault.clone()
    }

    /// Reads the participants and signs. Pledges that need no commit are answered here.
    pub(super) async fn prepare(&self, pledges: Vec<(AdmittedPledge, PledgeReply)>) -> Vec<PreparedBatch> {
        let mut campaigns: HashMap<CampaignId, Vec<HashMap<ParticipantId, WaitingPledge>>> = HashMap::new();
        for (admitted, reply) in pledges {
            join(campaigns.entry(admitted.terms.campaign).or_default(), admitted, reply);
        }
        let mut prepared = Vec::with_capacity(campaigns.len());
        let batches =
            campaigns.into_iter().flat_map(|(campaign, batches)| batches.into_iter().map(move |one| (campaign, one)));
        for (campaign, mut waiting) in batches {
            match self.prepare_campaign(campaign, &mut waiting).await {
                Ok(Some(batch)) => prepared.push(PreparedBatch { batch, waiting }),
                Ok(None) => {}
                Err(error) => self.give_up(&error, waiting),
            }
        }
        prepared
    }

    /// Commits a prepared batch and answers every waiter. People whose rows changed meanwhile are read and prepared
    /// again.
    pub(super) async fn commit(&self, prepared: PreparedBatch) {
        let PreparedBatch { mut batch, mut waiting } = prepared;
        for _ in 0..PREPARED_MAX {
            let campaign = batch.campaign;
            batch.at = UnixMillis(self.clock.now_ms());
            batch.known = self.live.known_sizes(campaign);
            if self.live.rollback_detected() {
                return answer_all(waiting, PledgeRefusal::Storage);
            }
            if let Err(error) = self.commit_batch(batch, &mut waiting).await {
                return self.give_up(&error, waiting);
            }
            if waiting.is_empty() {
                return;
            }
            match self.prepare_campaign(campaign, &mut waiting).await {
                Ok(Some(again)) => batch = again,
                Ok(None) => return,
                Err(error) => return self.give_up(&error, waiting),
            }
        }
        answer_all(waiting, PledgeRefusal::Busy { retry_after_secs: BUSY_RETRY_SECS });
    }

    /// Prepares one campaign's batch; `None` if nothing is left to commit. Afterwards `waiting` holds the pledges in
    /// the batch, or on an error the unanswered ones.
    async fn prepare_campaign(
        &self,
        campaign: CampaignId,
        waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    ) -> Result<Option<PledgeBatch>, StoreError> {
        let facts = self.facts(campaign, waiting).await?;
        let drafts = self.drafts(campaign, facts, waiting);
        // The rest isn't on the roster, or their code was re-issued.
        let mut drafted: HashMap<ParticipantId, WaitingPledge> = HashMap::with_capacity(drafts.len());
        for draft in &drafts {
            if let Some(one) = waiting.remove(&draft.facts.participant) {
                drafted.insert(draft.facts.participant, one);
            }
        }
        answer_all(std::mem::replace(waiting, drafted), PledgeRefusal::SessionInvalid);
        let Some(terms) = drafts.first().map(|draft| draft.terms.clone()) else { return Ok(None) };

        let mut entries = draft::sign_all(drafts, &self.keyring.credential(), self.cores).await;
        // Within a batch the order of the leaves must not tell who was first.
        self.entropy.with(|rng| entries.shuffle(rng));
        Ok(Some(PledgeBatch {
            campaign,
            origin: terms.origin.clone(),
            text_hash: terms.text_hash,
            entries,
            // Set at the commit.
            at: UnixMillis(0),
            known: KnownSizes::default(),
        }))
    }

    /// What signing needs for each participant: from the session while its roster epoch holds, else from the database.
    async fn facts(
        &self,
        campaign: CampaignId,
        waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    ) -> Result<Vec<SigningFacts>, StoreError> {
        let roster_epoch = self.store.roster_epoch(campaign).await?;
        let (mut facts, others) = self.brought(roster_epoch, waiting);
        if !others.is_empty() {
            facts.extend(self.store.signing_facts(campaign, &others).await?);
        }
        Ok(facts)
    }

    /// The facts that sessions brought, and the participants whose facts must be read.
    fn brought(
        &self,
        roster_epoch: Option<RosterEpoch>,
        waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    ) -> (Vec<SigningFacts>, Vec<ParticipantId>) {
        let signed = self.recent_signers.signed();
        let (mut facts, mut others) = (Vec::with_capacity(waiting.len()), vec![]);
        for (participant, one) in waiting {
            match one.admitted.placed.take() {
                Some(placed) if roster_epoch == Some(placed.roster_epoch) && !signed.has(*participant) => {
                    facts.push(facts_of(&one.admitted, placed));
                }
                _ => others.push(*participant),
            }
        }
        (facts, others)
    }

    /// Answers the pledges of a failed batch.
    fn give_up(&self, error: &StoreError, waiting: HashMap<ParticipantId, WaitingPledge>) {
        tracing::error!(%error, pledges = waiting.len(), "a batch wasn't committed");
        let refused = match error {
            StoreError::Storage(_) => self.want_of_storage(),
            StoreError::RollbackDetected { .. } => {
                self.live.halt_signing(error);
                PledgeRefusal::Storage
            }
            _ => PledgeRefusal::Internal,
        };
        answer_all(waiting, refused);
    }

    /// On an error `waiting` holds the unanswered pledges.
    async fn commit_batch(
        &self,
        batch: PledgeBatch,
        waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    ) -> Result<(), StoreError> {
        let began = Instant::now();
        let commit = traces::commit(batch.entries.len());
        // A log keeps its key; a node whose keyring lacks it isn't ready.
        let log_key = waiting.values().next().and_then(|one| self.keyring.log(&one.admitted.terms.log_key));
        let log_key = log_key.ok_or(StoreError::Corrupt("log_key"))?;
        let sign = |checkpoint: &Checkpoint| log_key.sign_checkpoint(checkpoint);
        let committed = traces::within(commit, self.store.commit_batch(&batch, &sign)).await;
        self.observe(batch.campaign, &committed, began);
        match committed {
            Ok(outcomes) => self.answer_committed(batch, outcomes, waiting),
            Err(StoreError::UnknownOutcome(error)) => {
                tracing::error!(%error, "the outcome of a commit is unknown; reading again");
                self.answer_from_store(batch.campaign, &batch, waiting).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Answers those who already have a pledge, and drafts the others whose session is still valid.
    fn drafts(
        &self,
        campaign: CampaignId,
        facts: Vec<SigningFacts>,
        waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    ) -> Vec<PledgeDraft> {
        let mut drafts = Vec::with_capacity(facts.len());
        let log_size = self.live.known_sizes(campaign).pledges;
        for mut facts in facts {
            let Some(one) = waiting.get(&facts.participant) else { continue };
            if one.admitted.code_version != facts.code_version {
                continue;
            }
            if let Some(pledge) = facts.pledge.take() {
                self.live.committed(campaign, pledge.signed_count);
                answer(waiting, facts.participant, Ok(CommittedPledge { pledge, repeated: true }));
                continue;
            }
            match facts.standing {
                RosterStanding::Listed => {}
                RosterStanding::Excused => {
                    answer(waiting, facts.participant, Err(PledgeRefusal::Excused));
                    continue;
                }
                // Not on the roster any more, as those who have no facts.
                RosterStanding::Withdrawn | RosterStanding::Superseded => continue,
            }
            let mut random = [0; 44];
            self.entropy.with(|rng| rng.fill_bytes(&mut random));
            drafts.push(PledgeDraft {
                terms: one.admitted.terms.clone(),
                signed_at: one.admitted.signed_at,
                method: one.admitted.method,
                strokes: one.admitted.strokes.as_ref().map(Strokes::pack),
                log_size,
                random,
                facts,
            });
        }
        drafts
    }

    /// Afterwards `waiting` holds those whose rows changed since their pledges were prepared.
    fn answer_committed(
        &self,
        batch: PledgeBatch,
        outcomes: Vec<CommitOutcome>,
        waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    ) {
        self.note_committed(&batch, &outcomes);
        let mut changed = HashMap::new();
        for (entry, outcome) in batch.entries.into_iter().zip(outcomes) {
            let participant = entry.participant;
            let reply = match outcome {
                CommitOutcome::Committed { log_index, signed_count } => {
                    let strokes = waiting.get_mut(&participant).and_then(|one| one.admitted.strokes.take());
                    let pledge = Pledge {
                        campaign: batch.campaign,
                        participant,
                        id: entry.pledge,
                        log_index,
                        signed_count,
                        signed_at: entry.signed_at,
                        credential: entry.credential,
                        text_hash: batch.text_hash,
                        method: entry.method,
                        strokes,
                    };
                    Ok(CommittedPledge { pledge, repeated: false })
                }
                CommitOutcome::Already(pledge) => Ok(CommittedPledge { pledge: *pledge, repeated: true }),
                CommitOutcome::CodeReissued => Err(PledgeRefusal::SessionInvalid),
                CommitOutcome::PlaceChanged => {
                    changed.extend(waiting.remove(&participant).map(|one| (participant, one)));
                    continue;
                }
                CommitOutcome::NotAccepting(state) => Err(PledgeRefusal::NotAccepting(state)),
            };
            answer(waiting, participant, reply);
        }
        answer_all(std::mem::replace(waiting, changed), PledgeRefusal::Internal);
    }

    /// The next batch must find what is about to be acknowledged, and an answered person may sign again at once.
    fn note_committed(&self, batch: &PledgeBatch, outcomes: &[CommitOutcome]) {
        let mut size = 0;
        let mut signed = self.recent_signers.signed();
        for (entry, outcome) in batch.entries.iter().zip(outcomes) {
            match outcome {
                CommitOutcome::Committed { signed_count, .. } => size = size.max(*signed_count),
                CommitOutcome::Already(pledge) => size = size.max(pledge.signed_count),
                CommitOutcome::CodeReissued | CommitOutcome::PlaceChanged | CommitOutcome::NotAccepting(_) => continue,
            }
            signed.add(entry.participant);
        }
        self.live.committed(batch.campaign, size);
    }

    /// Records the batch in the metrics and for the live view.
    fn observe(&self, campaign: CampaignId, committed: &Result<Vec<CommitOutcome>, StoreError>, began: Instant) {
        match committed {
            Ok(outcomes) => {
                let new = outcomes.iter().filter(|outcome| matches!(outcome, CommitOutcome::Committed { .. })).count();
                metrics::committed(outcomes.len(), new, began.elapsed());
                let at = UnixMillis(self.clock.now_ms());
                self.storage_fault.is_over();
                self.live.batch(campaign, LastBatch { pledges: new as u64, took: began.elapsed(), at });
            }
            Err(_) => metrics::batch_failed(),
        }
    }

    /// After a commit with an unknown outcome, what the database holds now decides.
    async fn answer_from_store(
        &self,
        campaign: CampaignId,
        batch: &PledgeBatch,
        waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    ) -> Result<(), StoreError> {
        let participants: Vec<ParticipantId> = waiting.keys().copied().collect();
        let found = self.store.signing_facts(campaign, &participants).await?;
        // The next batch must find what is about to be acknowledged.
        let known = found.iter().filter_map(|facts| Some(facts.pledge.as_ref()?.signed_count)).max();
        self.live.committed(campaign, known.unwrap_or_default());
        for facts in found {
            let Some(one) = waiting.get(&facts.participant) else { continue };
            let Some(pledge) = facts.pledge else { continue };
            let repeated = !batch.entries.iter().any(|entry| entry.pledge == pledge.id);
            // Signed under a code issued since, so it isn't this session's pledge.
            if repeated && one.admitted.code_version != facts.code_version {
                continue;
            }
            self.recent_signers.signed().add(facts.participant);
            answer(waiting, facts.participant, Ok(CommittedPledge { pledge, repeated }));
        }
        if !waiting.is_empty() {
            answer_all(std::mem::take(waiting), self.want_of_storage());
        }
        Ok(())
    }

    fn want_of_storage(&self) -> PledgeRefusal {
        self.storage_fault.happened(UnixMillis(self.clock.now_ms()));
        PledgeRefusal::Storage
    }
}

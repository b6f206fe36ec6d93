//! The second ceiling: the whole service over a store that discards pledges. HTTP, session check, admission, ledger,
//! Ed25519 on all cores and receipts are the product's own.
//!
//! Left out is the database's part of a batch: no lookup (the signing facts of all people are read at start), no check
//! for an earlier pledge, no row, no tree, no checkpoint, no disk sync. Everything else goes to the real store, so the
//! published numbers are the real campaign's.

use crate::app::{Resources, Services};
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::participant::RosterEpoch;
use crate::domain::pledge::Pledge;
use crate::server::{self, HttpServer, limits};
use crate::service::ledger::QUEUE_PLEDGES_MAX;
use crate::store::pledges::{
    CommitOutcome, LogHead, LogKind, PledgeBatch, PledgeStore, RecordedCredential, RevocationRecord, SignCheckpoint,
    Signer, SigningFacts,
};
use crate::store::rosters::{ListedPerson, PeopleFilter};
use crate::store::{SharedStore, StoreError};
use crate::web::{self, AppState};
use anyhow::Context;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// People per query.
const FACTS_READ_MAX: usize = 1_000;

/// Serves the campaign with this slug until `shutdown` completes.
pub async fn serve(
    real: Resources,
    slug: &str,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<u8> {
    let campaign = real.store.campaign_by_slug(slug).await?.context("there is no such campaign")?.id;
    let pledges = Arc::new(NoopPledgeStore::load(real.store.clone(), campaign).await?);
    let state = AppState::new(Services::start_with(real, pledges, QUEUE_PLEDGES_MAX).await?);
    state.run_tasks();
    let listener = server::listen(state.config.listen)?;
    let edge = HttpServer { listener, tls: None, connections_max: limits::connection_limit(None), proxies: vec![] };
    edge.serve(web::router(state), shutdown).await;
    Ok(0)
}

/// The pledge store of one campaign; the file's header says what it leaves out.
pub struct NoopPledgeStore {
    real: SharedStore,
    facts: HashMap<ParticipantId, SigningFacts>,
    roster_epoch: Option<RosterEpoch>,
    /// Pledges discarded so far: the log index of the next one.
    discarded: AtomicU64,
}

impl NoopPledgeStore {
    /// Reads the signing facts of all people.
    pub async fn load(real: SharedStore, campaign: CampaignId) -> Result<Self, StoreError> {
        let mut people = Vec::new();
        let mut take = |person: &ListedPerson| people.push(person.participant.id);
        real.visit_people(campaign, &PeopleFilter::default(), &mut take).await?;
        let mut facts = HashMap::with_capacity(people.len());
        for chunk in people.chunks(FACTS_READ_MAX) {
            let read = real.signing_facts(campaign, chunk).await?;
            facts.extend(read.into_iter().map(|one| (one.participant, SigningFacts { pledge: None, ..one })));
        }
        let roster_epoch = real.roster_epoch(campaign).await?;
        Ok(Self { real, facts, roster_epoch, discarded: AtomicU64::new(0) })
    }
}

#[async_trait]
impl PledgeStore for NoopPledgeStore {
    async fn signing_facts(
        &self,
        _: CampaignId,
        participants: &[ParticipantId],
    ) -> Result<Vec<SigningFacts>, StoreError> {
        Ok(participants.iter().filter_map(|participant| self.facts.get(participant).cloned()).collect())
    }

    async fn roster_epoch(&self, _: CampaignId) -> Result<Option<RosterEpoch>, StoreError> {
        Ok(self.roster_epoch)
    }

    async fn commit_batch(
        &self,
        batch: &PledgeBatch,
        _: &SignCheckpoint<'_>,
    ) -> Result<Vec<CommitOutcome>, StoreError> {
        let more = u64::try_from(batch.entries.len()).map_err(|_| StoreError::Corrupt("size"))?;
        let before = self.discarded.fetch_add(more, Ordering::Relaxed);
        // The published log doesn't grow, and no receipt claims that it did.
        let committed = |log_index| CommitOutcome::Committed { log_index, signed_count: 0 };
        Ok((before..before + more).map(committed).collect())
    }

    async fn signer(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Signer>, StoreError> {
        self.real.signer(campaign, participant).await
    }

    async fn pledge_of(&self, campaign: CampaignId, participant: ParticipantId) -> Result<Option<Pledge>, StoreError> {
        self.real.pledge_of(campaign, participant).await
    }

    async fn pledge(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<Pledge>, StoreError> {
        self.real.pledge(campaign, id).await
    }

    async fn recorded(&self, campaign: CampaignId, id: PledgeId) -> Result<Option<RecordedCredential>, StoreError> {
        self.real.recorded(campaign, id).await
    }

    async fn pledges_between(
        &self,
        campaign: CampaignId,
        low: PledgeId,
        high: PledgeId,
    ) -> Result<Vec<Pledge>, StoreError> {
        self.real.pledges_between(campaign, low, high).await
    }

    async fn count_pledges(&self, campaign: CampaignId) -> Result<u64, StoreError> {
        self.real.count_pledges(campaign).await
    }

    async fn log_head(&self, campaign: CampaignId, log: LogKind) -> Result<Option<LogHead>, StoreError> {
        self.real.log_head(campaign, log).await
    }

    async fn leaves(
        &self,
        campaign: CampaignId,
        log: LogKind,
        from: u64,
        limit: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.real.leaves(campaign, log, from, limit).await
    }

    async fn revocation(&self, campaign: CampaignId, pledge: PledgeId) -> Result<Option<RevocationRecord>, StoreError> {
        self.real.revocation(campaign, pledge).await
    }
}

//! Signing: refuses what the campaign's state, text or clauses don't allow; gives an admitted pledge its time and
//! passes it to the ledger.
//!
//! Admission reads nothing from the database: the ledger reads for a whole batch at once.

mod active;

pub use active::ActiveCampaign;

use crate::clock::Clock;
use crate::domain::campaign::CampaignState;
use crate::domain::ids::{CampaignId, CampaignTag, ParticipantId};
use crate::domain::participant::RosterEntry;
use crate::domain::pledge::{Method, Strokes};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::service::ledger::{AdmittedPledge, CommittedPledge, Ledger, PledgeRefusal};
use crate::store::{SharedStore, StoreError};
use active::ActiveCampaigns;
use std::sync::Arc;
use std::time::Duration;

/// How often this node looks for changes made elsewhere (the command line, another node).
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);
/// A query without an answer for this long is given up and repeated.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(5);

/// A request to sign.
pub struct SignRequest {
    /// The session's campaign.
    pub campaign: CampaignId,
    /// The session's participant.
    pub participant: ParticipantId,
    /// The session's access code version; a re-issued code voids the request.
    pub code_version: u32,
    /// SHA-256 of the canonical text that the person agreed to. It must be the text in force.
    pub text_hash: [u8; 32],
    /// Ids of the clauses that the person agreed to.
    pub agreed: Vec<String>,
    /// The drawn signature; `None` if nothing was drawn.
    pub strokes: Option<Strokes>,
    /// The session's method.
    pub method: Method,
    /// Whether the person typed their name in place of a drawn signature.
    pub name_typed: bool,
    /// The session's roster entry; `None` if its token carries none.
    pub placed: Option<RosterEntry>,
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignRefusal {
    /// There is no such campaign, or it is a draft.
    Unknown,
    /// The campaign isn't open yet. The person signs after the opening.
    NotOpen,
    /// The campaign is paused. The person tries again when it continues.
    Paused,
    /// The campaign is closing or closed, or its closing time has passed. It takes no more pledges.
    Closed,
    /// The campaign was cancelled. It takes no more pledges.
    Cancelled,
    /// The text in force isn't the one that the person agreed to. They read it and agree again.
    TextOutdated,
    /// A clause wasn't agreed to; this is the id of the first one. The person agrees to it or doesn't sign.
    ClausesMissing(String),
    /// The campaign requires a drawn signature or a typed name, and the request has neither. The person adds one.
    StrokesMissing,
    /// The person isn't on the roster any more, or their code was re-issued. They sign in again.
    SessionInvalid,
    /// The person was excused: they needn't sign, and can't.
    Excused,
    /// The ledger's queue is full, or the ledger has stopped. The client sends the same request again.
    Busy {
        /// Seconds after which the client may retry.
        retry_after_secs: u32,
    },
    /// The database can't be reached or written, or signing is halted after a rollback. The client sends the same
    /// request again later; a pledge that was committed after all is returned then.
    Storage,
    /// A fault in the program or in stored data. Sending again is safe; the operator reads the log.
    Internal,
}

/// Admits pledges and passes them to the ledger.
pub struct Signing {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    campaigns: ActiveCampaigns,
}

impl Signing {
    /// Loads the campaigns; admitted pledges go to `ledger`. `host` is part of the logs' origins.
    pub async fn start(
        store: SharedStore,
        keyring: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        ledger: Ledger,
        host: &str,
    ) -> Result<Arc<Self>, StoreError> {
        let campaigns = ActiveCampaigns::new(store.clone(), keyring, host);
        campaigns.refresh_all().await?;
        Ok(Arc::new(Self { store, clock, ledger, campaigns }))
    }

    /// Looks for changes made elsewhere, for as long as the process runs.
    pub async fn run(&self) {
        loop {
            tokio::time::sleep(REFRESH_INTERVAL).await;
            let read = tokio::time::timeout(REFRESH_TIMEOUT, self.campaigns.refresh_all()).await;
            if let Err(error) = read.unwrap_or_else(|_| Err(StoreError::no_answer())) {
                tracing::warn!(%error, "the campaigns couldn't be read again");
            }
        }
    }

    /// A campaign by its slug, drafts included. Reads nothing from the database.
    pub fn campaign(&self, slug: &str) -> Option<Arc<ActiveCampaign>> {
        self.campaigns.by_slug(slug)
    }

    /// A campaign by its id, drafts included; `None` if this node doesn't know it. Reads nothing from the database.
    pub fn campaign_by_id(&self, id: CampaignId) -> Option<Arc<ActiveCampaign>> {
        self.campaigns.by_id(id)
    }

    /// The campaign that a pledge's id names. Reads nothing from the database, so a campaign that another node created
    /// a moment ago may be missing.
    pub fn campaign_by_tag(&self, tag: CampaignTag) -> Option<Arc<ActiveCampaign>> {
        self.campaigns.by_tag(tag)
    }

    /// Reads one campaign again after a change at this node.
    pub async fn refresh(&self, id: CampaignId) -> Result<(), StoreError> {
        self.campaigns.refresh(id).await
    }

    /// Whether the ledger runs.
    pub fn accepts_pledges(&self) -> bool {
        self.ledger.runs()
    }

    /// Whether storage failed the last batch a moment ago; see [`Ledger::storage_fails`].
    pub fn storage_fails(&self) -> bool {
        self.ledger.storage_fails(UnixMillis(self.clock.now_ms()))
    }

    /// Admitted pledges waiting for the ledger, and the capacity of its queue.
    pub fn waiting(&self) -> (usize, usize) {
        self.ledger.waiting()
    }

    /// Waits until everything admitted so far is committed or refused.
    pub async fn drain(&self) {
        self.ledger.drain().await;
    }

    /// Signs. A person who already has a pledge gets that one, whatever they send and whatever the campaign's state.
    pub fn sign(&self, request: SignRequest) -> impl Future<Output = Result<CommittedPledge, SignRefusal>> {
        let (campaign, participant, code_version) = (request.campaign, request.participant, request.code_version);
        // Queued here, so that a caller waiting for the answer doesn't also hold the request.
        let queued = self.admit(request).map(|admitted| self.ledger.commit(admitted));
        async move {
            let refusal = match queued {
                Ok(answer) => match answer.await {
                    Ok(signed) => return Ok(signed),
                    Err(refused) => refusal(refused),
                },
                Err(refusal) => refusal,
            };
            self.refused(campaign, participant, code_version, refusal).await
        }
    }

    /// The answer if the pledge wasn't taken: the pledge that the person already has, or the refusal.
    async fn refused(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
        code_version: u32,
        refusal: SignRefusal,
    ) -> Result<CommittedPledge, SignRefusal> {
        match self.stored(campaign, participant, code_version).await {
            Ok(Some(signed)) => Ok(signed),
            Ok(None) => Err(refusal),
            Err(error) => {
                tracing::warn!(%error, "a refused signer's pledge couldn't be looked up");
                Err(refusal)
            }
        }
    }

    fn admit(&self, request: SignRequest) -> Result<AdmittedPledge, SignRefusal> {
        let active = self.campaigns.by_id(request.campaign).ok_or(SignRefusal::Unknown)?;
        let now = UnixMillis(self.clock.now_ms());
        may_sign(&active, now)?;
        let (Some(terms), Some(text)) = (&active.terms, &active.text) else { return Err(SignRefusal::NotOpen) };
        if request.text_hash != terms.text_hash {
            return Err(SignRefusal::TextOutdated);
        }
        if let Err(missing) = text.all_agreed(&request.agreed) {
            return Err(SignRefusal::ClausesMissing(missing.to_string()));
        }
        if active.campaign.settings.signature_required && request.strokes.is_none() && !request.name_typed {
            return Err(SignRefusal::StrokesMissing);
        }
        Ok(AdmittedPledge {
            terms: terms.clone(),
            participant: request.participant,
            code_version: request.code_version,
            signed_at: now,
            method: request.method,
            strokes: request.strokes,
            placed: request.placed,
        })
    }

    async fn stored(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
        code_version: u32,
    ) -> Result<Option<CommittedPledge>, StoreError> {
        let signer = self.store.signer(campaign, participant).await?;
        Ok(signer
            .filter(|signer| signer.code_version == code_version)
            .and_then(|signer| signer.pledge)
            .inspect(|pledge| self.ledger.found(pledge))
            .map(|pledge| CommittedPledge { pledge, repeated: true }))
    }
}

/// Whether a campaign takes pledges at an instant, from what this node knows of it; the commit checks again.
fn may_sign(active: &ActiveCampaign, now: UnixMillis) -> Result<(), SignRefusal> {
    let campaign = &active.campaign;
    match campaign.state {
        CampaignState::Draft => Err(SignRefusal::Unknown),
        CampaignState::Locked => Err(SignRefusal::NotOpen),
        CampaignState::Open if campaign.opens_at.is_some_and(|at| now < at) => Err(SignRefusal::NotOpen),
        CampaignState::Open if campaign.closes_at.is_some_and(|at| at <= now) => Err(SignRefusal::Closed),
        CampaignState::Open => Ok(()),
        CampaignState::Paused => Err(SignRefusal::Paused),
        CampaignState::Closing | CampaignState::Closed => Err(SignRefusal::Closed),
        CampaignState::Cancelled => Err(SignRefusal::Cancelled),
    }
}

fn refusal(refused: PledgeRefusal) -> SignRefusal {
    match refused {
        PledgeRefusal::Busy { retry_after_secs } => SignRefusal::Busy { retry_after_secs },
        PledgeRefusal::SessionInvalid => SignRefusal::SessionInvalid,
        PledgeRefusal::Excused => SignRefusal::Excused,
        PledgeRefusal::NotAccepting(CampaignState::Draft) => SignRefusal::Unknown,
        PledgeRefusal::NotAccepting(CampaignState::Locked) => SignRefusal::NotOpen,
        PledgeRefusal::NotAccepting(CampaignState::Paused) => SignRefusal::Paused,
        PledgeRefusal::NotAccepting(CampaignState::Open | CampaignState::Closing | CampaignState::Closed) => {
            SignRefusal::Closed
        }
        PledgeRefusal::NotAccepting(CampaignState::Cancelled) => SignRefusal::Cancelled,
        PledgeRefusal::Storage => SignRefusal::Storage,
        PledgeRefusal::Internal => SignRefusal::Internal,
    }
}

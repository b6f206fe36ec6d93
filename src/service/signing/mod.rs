//! Signing: what state, text and clauses forbid is refused here; what is admitted gets its time and goes to the ledger.
//!
//! No database is read on the way of an admitted pledge: the ledger reads a whole batch at once.

mod active;

pub use active::ActiveCampaign;

use crate::clock::Clock;
use crate::domain::campaign::CampaignState;
use crate::domain::ids::{CampaignId, CampaignTag, ParticipantId};
use crate::domain::participant::RosterEntry;
use crate::domain::pledge::{Method, Strokes};
use crate::domain::time::UnixMillis;
use crate::keyring::Keyring;
use crate::service::ledger::{Admitted, Ledger, Refused, Signed};
use crate::store::{SharedStore, StoreError};
use active::ActiveCampaigns;
use std::sync::Arc;
use std::time::Duration;

/// How often changes made elsewhere (the command line, another node) are looked for.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);
/// A database that doesn't answer for so long is asked anew.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(5);

/// What a person asks for when they sign.
pub struct SignRequest {
    pub campaign: CampaignId,
    pub participant: ParticipantId,
    /// As the session has it.
    pub code_version: u32,
    pub text_hash: [u8; 32],
    /// Ids of the clauses agreed to.
    pub agreed: Vec<String>,
    pub strokes: Option<Strokes>,
    pub method: Method,
    /// Signed by typing one's name where a drawn signature is asked for.
    pub name_typed: bool,
    /// As the session has it.
    pub placed: Option<RosterEntry>,
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignRefusal {
    Unknown,
    NotOpen,
    Paused,
    Closed,
    Cancelled,
    TextOutdated,
    /// The id of the first clause that wasn't agreed to.
    ClausesMissing(String),
    /// The campaign asks for a drawn or typed signature.
    StrokesMissing,
    SessionInvalid,
    Busy {
        retry_after_secs: u32,
    },
    Storage,
    Internal,
}

/// Admits pledges.
pub struct Signing {
    store: SharedStore,
    clock: Arc<dyn Clock>,
    ledger: Ledger,
    campaigns: ActiveCampaigns,
}

impl Signing {
    /// Loads the campaigns; what is admitted goes to `ledger`.
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

    /// Looks for changes made elsewhere, for ever.
    pub async fn run(&self) {
        loop {
            tokio::time::sleep(REFRESH_INTERVAL).await;
            let read = tokio::time::timeout(REFRESH_TIMEOUT, self.campaigns.refresh_all()).await;
            if let Err(error) = read.unwrap_or_else(|_| Err(StoreError::no_answer())) {
                tracing::warn!(%error, "the campaigns couldn't be read again");
            }
        }
    }

    /// A campaign by its slug, drafts included. Costs no read.
    pub fn campaign(&self, slug: &str) -> Option<Arc<ActiveCampaign>> {
        self.campaigns.by_slug(slug)
    }

    pub fn campaign_by_id(&self, id: CampaignId) -> Option<Arc<ActiveCampaign>> {
        self.campaigns.by_id(id)
    }

    /// The campaign that a pledge's id names. Costs no read; one that another node made a moment ago isn't known yet.
    pub fn campaign_by_tag(&self, tag: CampaignTag) -> Option<Arc<ActiveCampaign>> {
        self.campaigns.by_tag(tag)
    }

    /// Reads one campaign again after it was changed here.
    pub async fn refresh(&self, id: CampaignId) -> Result<(), StoreError> {
        self.campaigns.refresh(id).await
    }

    /// Whether the ledger runs.
    pub fn accepts_pledges(&self) -> bool {
        self.ledger.runs()
    }

    /// Whether the last batch failed for want of storage, a moment ago.
    pub fn storage_fails(&self) -> bool {
        self.ledger.storage_fails(UnixMillis(self.clock.now_ms()))
    }

    /// Admitted pledges that wait for the ledger now, and room for them.
    pub fn waiting(&self) -> (usize, usize) {
        self.ledger.waiting()
    }

    /// Waits until everything admitted so far is settled.
    pub async fn drain(&self) {
        self.ledger.drain().await;
    }

    /// Signs. Whoever has a pledge already gets that one, whatever they send and whatever state the campaign is in.
    pub fn sign(&self, request: SignRequest) -> impl Future<Output = Result<Signed, SignRefusal>> {
        let (campaign, participant, code_version) = (request.campaign, request.participant, request.code_version);
        // Queued here, so that whoever waits for the answer doesn't hold the request besides.
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

    /// The answer to somebody whose pledge wasn't taken, unless they have one already.
    async fn refused(
        &self,
        campaign: CampaignId,
        participant: ParticipantId,
        code_version: u32,
        refusal: SignRefusal,
    ) -> Result<Signed, SignRefusal> {
        match self.stored(campaign, participant, code_version).await {
            Ok(Some(signed)) => Ok(signed),
            Ok(None) => Err(refusal),
            Err(error) => {
                tracing::warn!(%error, "a refused signer's pledge couldn't be looked up");
                Err(refusal)
            }
        }
    }

    fn admit(&self, request: SignRequest) -> Result<Admitted, SignRefusal> {
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
        Ok(Admitted {
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
    ) -> Result<Option<Signed>, StoreError> {
        let signer = self.store.signer(campaign, participant).await?;
        Ok(signer
            .filter(|signer| signer.code_version == code_version)
            .and_then(|signer| signer.pledge)
            .inspect(|pledge| self.ledger.found(pledge))
            .map(|pledge| Signed { pledge, repeated: true }))
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

fn refusal(refused: Refused) -> SignRefusal {
    match refused {
        Refused::Busy { retry_after_secs } => SignRefusal::Busy { retry_after_secs },
        Refused::SessionInvalid => SignRefusal::SessionInvalid,
        Refused::NotAccepting(CampaignState::Draft) => SignRefusal::Unknown,
        Refused::NotAccepting(CampaignState::Locked) => SignRefusal::NotOpen,
        Refused::NotAccepting(CampaignState::Paused) => SignRefusal::Paused,
        Refused::NotAccepting(CampaignState::Open | CampaignState::Closing | CampaignState::Closed) => {
            SignRefusal::Closed
        }
        Refused::NotAccepting(CampaignState::Cancelled) => SignRefusal::Cancelled,
        Refused::Storage => SignRefusal::Storage,
        Refused::Internal => SignRefusal::Internal,
    }
}

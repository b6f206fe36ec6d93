//! The campaigns in memory: read at the start, and again when they change.

use crate::domain::campaign::Campaign;
use crate::domain::ids::{CampaignId, CampaignTag};
use crate::domain::text::PledgeText;
use crate::keyring::{CampaignSecret, Keyring};
use crate::service::ledger::PledgeTerms;
use crate::store::pledges::LogKind;
use crate::store::{SharedStore, StoreError};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A campaign with what signing derives from it.
#[derive(Debug)]
pub struct ActiveCampaign {
    /// The campaign as last read from the database.
    pub campaign: Campaign,
    /// The text in force; `None` until one is saved.
    pub text: Option<PledgeText>,
    /// What all pledges of the campaign share; `None` until a text is saved.
    pub terms: Option<Arc<PledgeTerms>>,
    /// The campaign's secret, opened with the keyring.
    pub secret: CampaignSecret,
}

/// All campaigns of the installation.
pub(super) struct ActiveCampaigns {
    store: SharedStore,
    keyring: Arc<Keyring>,
    host: String,
    known: RwLock<HashMap<CampaignId, Arc<ActiveCampaign>>>,
    /// Campaigns that can't be read, so that the log names each once and not every second.
    corrupt: Mutex<HashSet<CampaignId>>,
}

impl ActiveCampaigns {
    pub(super) fn new(store: SharedStore, keyring: Arc<Keyring>, host: &str) -> Self {
        Self { store, keyring, host: host.into(), known: RwLock::default(), corrupt: Mutex::default() }
    }

    pub(super) fn by_id(&self, id: CampaignId) -> Option<Arc<ActiveCampaign>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(super) fn by_slug(&self, slug: &str) -> Option<Arc<ActiveCampaign>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.values().find(|active| active.campaign.slug == slug).cloned()
    }

    pub(super) fn by_tag(&self, tag: CampaignTag) -> Option<Arc<ActiveCampaign>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.values().find(|active| active.campaign.id.tag() == tag).cloned()
    }

    /// Reads all campaigns and takes over those that changed. If the text or secret of one can't be read, its known
    /// state remains, and the others are still read.
    pub(super) async fn refresh_all(&self) -> Result<(), StoreError> {
        for campaign in self.store.campaigns().await? {
            let (id, slug) = (campaign.id, campaign.slug.clone());
            let corrupt = match self.take_over(campaign).await {
                Err(StoreError::Corrupt(what)) => Some(what),
                taken => taken.map(|()| None)?,
            };
            self.tell(id, &slug, corrupt);
        }
        Ok(())
    }

    /// Logs once which part of a campaign can't be read, and once that it can be read again.
    fn tell(&self, id: CampaignId, slug: &str, corrupt: Option<&'static str>) {
        let mut known = self.corrupt.lock().unwrap_or_else(PoisonError::into_inner);
        match corrupt {
            Some(what) => {
                if known.insert(id) {
                    tracing::error!(slug, what, "a campaign can't be read");
                }
            }
            None => {
                if known.remove(&id) {
                    tracing::info!(slug, "a campaign can be read again");
                }
            }
        }
    }

    pub(super) async fn refresh(&self, id: CampaignId) -> Result<(), StoreError> {
        match self.store.campaign(id).await? {
            Some(campaign) => self.take_over(campaign).await,
            None => Ok(()),
        }
    }

    async fn take_over(&self, campaign: Campaign) -> Result<(), StoreError> {
        let before = self.by_id(campaign.id);
        if before.as_ref().is_some_and(|active| active.campaign == campaign) {
            return Ok(());
        }
        // A text doesn't change under its hash, and a secret doesn't change: known ones stay.
        let (text, secret) = match before {
            Some(active) if active.campaign.text_hash == campaign.text_hash => {
                (active.text.clone(), active.secret.clone())
            }
            _ => (self.text(&campaign).await?, self.secret(&campaign)?),
        };
        let terms = campaign.text_hash.map(|text_hash| {
            Arc::new(PledgeTerms {
                campaign: campaign.id,
                kind: campaign.kind,
                text_hash,
                origin: LogKind::Pledges.origin(&self.host, &campaign.slug),
                log_key: campaign.log_key.clone(),
            })
        });
        let id = campaign.id;
        let active = Arc::new(ActiveCampaign { campaign, text, terms, secret });
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, active);
        Ok(())
    }

    async fn text(&self, campaign: &Campaign) -> Result<Option<PledgeText>, StoreError> {
        let Some(text_hash) = &campaign.text_hash else { return Ok(None) };
        let canonical = self.store.canonical_text(text_hash).await?.ok_or(StoreError::Corrupt("text_hash"))?;
        serde_json::from_str(&canonical).map(Some).map_err(|_| StoreError::Corrupt("canonical"))
    }

    fn secret(&self, campaign: &Campaign) -> Result<CampaignSecret, StoreError> {
        self.keyring
            .open_secret(&campaign.id.0, &campaign.sealed_secret)
            .map_err(|_| StoreError::Corrupt("sealed_secret"))
    }
}

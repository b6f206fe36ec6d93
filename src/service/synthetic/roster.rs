//! The synthetic roster of a campaign for demos and load tests: it is generated, and read back with the access codes.

use super::{LoadError, load};
use crate::domain::access_code::AccessCode;
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::domain::participant::Participant;
use crate::keyring::CampaignSecret;
use crate::store::installation::DEMO;
use crate::store::rosters::{ListedPerson, PeopleFilter};
use crate::store::{SharedStore, StoreError};
use std::collections::HashMap;

/// Loads and reads synthetic rosters.
pub struct SyntheticRoster {
    store: SharedStore,
}

/// A synthetic person who can sign.
pub struct SyntheticSigner {
    /// The participant as stored on the roster.
    pub participant: Participant,
    /// Name of the participant's institution.
    pub institution: String,
    /// The version of the access code in force.
    pub code_version: u32,
    /// The access code of that version.
    pub access_code: AccessCode,
    /// Whether the person has signed.
    pub has_signed: bool,
}

impl SyntheticRoster {
    /// Uses an open store.
    pub fn new(store: SharedStore) -> Self {
        Self { store }
    }

    /// Marks the database as a demo's. Returns `false` and changes nothing if it holds campaigns but no such mark.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_database(&self) -> Result<bool, StoreError> {
        if self.store.pinned(DEMO).await?.is_none() && !self.store.campaigns().await?.is_empty() {
            return Ok(false);
        }
        self.store.pin(DEMO, "1").await?;
        Ok(true)
    }

    /// Whether the campaign has a roster.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_people(&self, campaign: CampaignId) -> Result<bool, StoreError> {
        Ok(!self.store.people_counts(campaign).await?.is_empty())
    }

    /// Gives a draft the institutions of South Sumatra and `count` people derived from `seed`.
    ///
    /// # Errors
    /// When the campaign has a roster, is no draft, or the database fails.
    pub async fn load(
        &self,
        campaign: CampaignId,
        secret: &CampaignSecret,
        roster: [u8; 16],
        audit: &AuditEntry,
        (count, seed): (usize, u64),
    ) -> Result<(), LoadError> {
        load(&self.store, campaign, secret, roster, audit, (count, seed)).await
    }

    /// All people on the roster, in its order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(
        &self,
        campaign: &Campaign,
        secret: &CampaignSecret,
    ) -> Result<Vec<SyntheticSigner>, StoreError> {
        let institutions = self.store.institutions(campaign.id).await?;
        let names: HashMap<String, String> = institutions.into_iter().map(|one| (one.code, one.name)).collect();
        let mut people = Vec::new();
        let mut take = |person: &ListedPerson| {
            people.push(SyntheticSigner {
                institution: names.get(&person.participant.institution).cloned().unwrap_or_default(),
                access_code: secret.access_code(person.participant.id, person.code_version),
                participant: person.participant.clone(),
                code_version: person.code_version,
                has_signed: person.signed_at.is_some(),
            });
        };
        self.store.visit_people(campaign.id, &PeopleFilter::default(), &mut take).await?;
        Ok(people)
    }
}

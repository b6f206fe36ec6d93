//! What the console reads of campaigns: the list, one by its slug, text versions, institutions and units.

use super::Campaigns;
use crate::domain::account::Scope;
use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::domain::institution::Institution;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::store::StoreError;
use crate::store::registry::{self, visible_paths};
use crate::store::texts::TextVersion;
use std::collections::BTreeSet;

impl Campaigns {
    /// The campaign with this slug.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_slug(&self, slug: &str) -> Result<Option<Campaign>, StoreError> {
        self.store.campaign_by_slug(slug).await
    }

    /// All campaigns, drafts included, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<Campaign>, StoreError> {
        let mut campaigns = self.store.campaigns().await?;
        campaigns.reverse();
        Ok(campaigns)
    }

    /// The versions of a campaign's text, newest first; the first one is in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn text_versions(&self, campaign: CampaignId) -> Result<Vec<TextVersion>, StoreError> {
        self.store.text_versions(campaign).await
    }

    /// The institutions of a campaign that are within `scope` as a whole, in official order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn institutions(&self, campaign: CampaignId, scope: &Scope) -> Result<Vec<Institution>, StoreError> {
        let visible = self.visible_institutions(campaign, scope).await?;
        let mut institutions = self.store.institutions(campaign).await?;
        institutions.retain(|institution| visible.includes(&institution.code));
        Ok(institutions)
    }

    /// The institutions of a campaign of which something is within `scope`, in official order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn institutions_in_part(
        &self,
        campaign: CampaignId,
        scope: &Scope,
    ) -> Result<Vec<Institution>, StoreError> {
        let visible = self.visible_institutions(campaign, scope).await?;
        let mut institutions = self.store.institutions(campaign).await?;
        institutions.retain(|institution| visible.includes_part(&institution.code));
        Ok(institutions)
    }

    /// What an account of this scope sees of a campaign.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visible_institutions(
        &self,
        campaign: CampaignId,
        scope: &Scope,
    ) -> Result<VisibleInstitutions, StoreError> {
        registry::visible_institutions(&*self.store, campaign, scope).await
    }

    /// The paths of those of an institution's units that are within `scope`, told apart, in alphabetical order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unit_paths(
        &self,
        campaign: CampaignId,
        scope: &Scope,
        institution: &str,
    ) -> Result<BTreeSet<String>, StoreError> {
        let visible = self.visible_institutions(campaign, scope).await?;
        let units = self.store.registered_units(campaign, Some(institution)).await?;
        Ok(visible_paths(units, &visible.view(institution)).into_iter().map(|(_, path)| path).collect())
    }
}

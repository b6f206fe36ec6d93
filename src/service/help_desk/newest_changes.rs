//! The newest changes of a roster, with the people they concern.

use super::{HelpDesk, Signer};
use crate::domain::account::Account;
use crate::domain::campaign::Campaign;
use crate::domain::ids::ParticipantId;
use crate::store::StoreError;
use crate::store::notices::StoredNotice;
use std::collections::HashSet;

/// Changes that a list shows.
pub const CHANGES_LISTED_MAX: u32 = 200;

impl HelpDesk {
    /// The newest changes of a campaign's roster, the last first, with the people they concern: those within the
    /// account's scope, of the last [`CHANGES_LISTED_MAX`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_changes(
        &self,
        account: &Account,
        campaign: &Campaign,
    ) -> Result<Vec<(StoredNotice, Signer)>, StoreError> {
        let (mut listed, visible) = (vec![], self.visible_institutions(account, campaign).await?);
        let notices = self.store.newest_notices(campaign.id, CHANGES_LISTED_MAX).await?;
        let people: Vec<ParticipantId> = notices.iter().map(|notice| notice.participant).collect();
        let mut places = self.store.person_places(campaign.id, &people).await?;
        places.retain(|place| visible.includes_person(&place.institution, place.unit.as_deref()));
        let seen: HashSet<ParticipantId> = places.into_iter().map(|place| place.participant).collect();
        for notice in notices.into_iter().filter(|notice| seen.contains(&notice.participant)) {
            let signer = self.store.signer(campaign.id, notice.participant).await?;
            listed.extend(signer.map(|one| (notice, one)));
        }
        Ok(listed)
    }
}

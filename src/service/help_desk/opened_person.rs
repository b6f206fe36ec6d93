//! A person as a page of the help desk shows them. After a change that is the person as read before it, with what was
//! committed: nothing is read again.

use super::{HelpDesk, HelpDeskError, RevocationRecord, Signer};
use crate::domain::account::Account;
use crate::domain::campaign::Campaign;
use crate::domain::ids::ParticipantId;
use crate::domain::institution::Institution;
use crate::domain::notice::{NoticeKind, RosterStanding};
use crate::domain::participant::Participant;
use crate::store::StoreError;
use crate::store::counted_event_channel::CountedEvent;

/// A person as the help desk sees them.
pub struct DeskPerson {
    /// The person, with their pledge.
    pub signer: Signer,
    /// Set when the pledge was revoked.
    pub revocation: Option<RevocationRecord>,
    /// Whether the person was added after the lock.
    pub is_added: bool,
    /// The entry that replaced this one, where it is superseded.
    pub newest: Option<ParticipantId>,
}

impl DeskPerson {
    /// Whom this person asks for help: their institution's contact, else the organizer's.
    pub fn contact<'a>(&'a self, campaign: &'a Campaign) -> &'a str {
        if self.signer.help_contact.is_empty() { &campaign.settings.help_contact } else { &self.signer.help_contact }
    }
}

impl HelpDesk {
    /// The rest of what a person's page shows. That `account` opened it is counted for the audit trail.
    pub(super) async fn opened(
        &self,
        account: &Account,
        campaign: &Campaign,
        signer: Signer,
    ) -> Result<DeskPerson, HelpDeskError> {
        let revocation = match &signer.pledge {
            Some(pledge) => self.store.revocation(campaign.id, pledge.id).await?,
            None => None,
        };
        self.count_opening(account, campaign, &signer);
        let is_added = self.is_added(campaign, &signer).await?;
        let newest = match signer.standing {
            RosterStanding::Superseded => self.newest(account, campaign, &signer.participant.identifier).await?,
            RosterStanding::Listed | RosterStanding::Excused | RosterStanding::Withdrawn => None,
        };
        let newest = newest.map(|newest| newest.participant.id);
        Ok(DeskPerson { signer, revocation, is_added, newest })
    }

    /// A person who was just added, with their institution, the name of their unit and the version of their code.
    pub(super) fn added(
        &self,
        account: &Account,
        campaign: &Campaign,
        row: Participant,
        (institution, unit_name, code_version): (&Institution, String, u32),
    ) -> DeskPerson {
        let signer = Signer {
            participant: row,
            institution_name: institution.name.clone(),
            unit_name,
            help_contact: institution.help_contact.clone(),
            code_version,
            pledge: None,
            revoked: false,
            standing: RosterStanding::Listed,
            // Pages don't show these.
            place_version: 0,
            admission: 1,
            place: None,
        };
        self.count_opening(account, campaign, &signer);
        DeskPerson { signer, revocation: None, is_added: true, newest: None }
    }

    fn count_opening(&self, account: &Account, campaign: &Campaign, signer: &Signer) {
        let event = CountedEvent::PersonalPageOpened {
            campaign: campaign.id,
            actor: account.login.clone(),
            institution: signer.participant.institution.clone(),
            participant: signer.participant.id.to_string(),
        };
        self.counted_events.report(self.now(), event);
    }

    /// Whether a person was added after the lock.
    pub(super) async fn is_added(&self, campaign: &Campaign, signer: &Signer) -> Result<bool, StoreError> {
        let Some(place) = signer.place else { return Ok(false) };
        // Slot 0 is the list of groups.
        if u64::from(place.slot) <= self.commits.ports.locked_people(campaign.id) {
            return Ok(false);
        }
        let notices = self.store.notices_of_slot(campaign.id, place.slot).await?;
        Ok(notices.iter().any(|notice| notice.facts.kind == NoticeKind::Added))
    }
}

//! The steps from state to state, and moving the times.

use super::printing::{PrintedPart, check_text, look_at, printable_line, refusal};
use super::rules::{SettingsFault, SettingsField};
use super::{CampaignRefusal, Campaigns, rules};
use crate::certificate::printable::unprintable;
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::{Campaign, CampaignState, Transition};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::installation::PUBLIC_URL;
use crate::store::rosters::{ListedPerson, PeopleFilter};

impl Campaigns {
    /// Draft to locked, if all of it can be printed. Fixes the text, the roster, and the public URL that everything
    /// printed carries.
    pub async fn lock(&self, actor: &str, campaign: &Campaign) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::Lock)?;
        let missing = self.missing(campaign).await?;
        if !missing.is_empty() {
            return Err(CampaignRefusal::Missing(missing));
        }
        self.check_printable(campaign).await?;
        let fixed = self.store.pin(PUBLIC_URL, &self.public_url).await?;
        if fixed != self.public_url {
            return Err(CampaignRefusal::PublicUrl(fixed));
        }
        self.groups_to_be(campaign).await?;
        let audit = self.state_line(actor, campaign, next, String::new());
        self.ports.lock_roster(campaign, &audit).await.map_err(|error| moved(campaign, error))?;
        self.announce(campaign.id).await;
        Ok(())
    }

    /// Refuses a draft of which something can't be printed: rosters and settings of before it was checked where they
    /// are saved.
    async fn check_printable(&self, campaign: &Campaign) -> Result<(), CampaignRefusal> {
        rules::checked(campaign.settings.clone())?;
        if let Some(hash) = &campaign.text_hash {
            let text = self.store.canonical_text(hash).await?.ok_or(StoreError::Corrupt("canonical_text"))?;
            check_text(&serde_json::from_str(&text).map_err(|_| StoreError::Corrupt("canonical_text"))?)?;
        }
        for institution in self.store.institutions(campaign.id).await? {
            if let Some(fault) = unprintable(&institution.name) {
                return Err(refusal(PrintedPart::Institution(institution.name), fault));
            }
            if let Err(fault) = printable_line(&institution.help_contact) {
                return Err(SettingsFault(SettingsField::HelpContact, Some(fault)).into());
            }
        }
        for unit in self.store.units(campaign.id, None).await? {
            if let Some(fault) = unprintable(&unit.name) {
                return Err(refusal(PrintedPart::Unit { institution: unit.institution, name: unit.name }, fault));
            }
        }
        let mut found = None;
        let mut look = |listed: &ListedPerson| look_at(listed, &mut found);
        self.store.visit_people(campaign.id, &PeopleFilter::default(), &mut look).await?;
        found.map_or(Ok(()), |part| Err(CampaignRefusal::Unprintable(Box::new(part))))
    }

    /// Locked to draft, before the first pledge only. Access codes stay valid.
    pub async fn unlock(&self, actor: &str, campaign: &Campaign, reason: &str) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::Unlock)?;
        let reason = rules::checked_reason(reason, false)?;
        let audit = self.state_line(actor, campaign, next, reason);
        if let Err(error) = self.ports.unlock_roster(campaign, &audit).await {
            let still_locked = self.again(campaign.id).await?.state == CampaignState::Locked;
            return match error {
                StoreError::Conflict if still_locked => Err(self.why_not_unlocked(campaign).await?),
                other => Err(moved(campaign, other)),
            };
        }
        self.announce(campaign.id).await;
        Ok(())
    }

    /// Why a campaign that is locked can't return to draft.
    async fn why_not_unlocked(&self, campaign: &Campaign) -> Result<CampaignRefusal, StoreError> {
        let has_pledges = self.store.count_pledges(campaign.id).await? > 0;
        Ok(if has_pledges { CampaignRefusal::Signed } else { CampaignRefusal::RosterChanged })
    }

    /// Opens by button: the opening time becomes now.
    pub async fn open(&self, actor: &str, campaign: &Campaign) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::Open)?;
        let now = self.now();
        if campaign.closes_at.is_some_and(|at| at <= now) {
            return Err(CampaignRefusal::Times);
        }
        self.step(actor, campaign, next, Some(now), campaign.closes_at, String::new()).await
    }

    /// Open to paused. The reason may be empty.
    ///
    /// # Errors
    /// `NotAllowed` in another state, `Reason` when the reason is unfit, `Store` when the database fails.
    pub async fn pause(&self, actor: &str, campaign: &Campaign, reason: &str) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::Pause)?;
        let reason = rules::checked_reason(reason, false)?;
        self.step(actor, campaign, next, campaign.opens_at, campaign.closes_at, reason).await
    }

    /// Paused to open, with the times unchanged.
    ///
    /// # Errors
    /// `NotAllowed` in another state, `Store` when the database fails.
    pub async fn resume(&self, actor: &str, campaign: &Campaign) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::Resume)?;
        self.step(actor, campaign, next, campaign.opens_at, campaign.closes_at, String::new()).await
    }

    /// Closes by button: the closing time becomes now. The clock commits what was admitted before and finishes.
    pub async fn close(&self, actor: &str, campaign: &Campaign, reason: &str) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::BeginClosing)?;
        let reason = rules::checked_reason(reason, false)?;
        self.step(actor, campaign, next, campaign.opens_at, Some(self.now()), reason).await
    }

    /// Cancels a campaign in any state before closed. A reason of at least 3 characters is required.
    ///
    /// # Errors
    /// `NotAllowed` once it is closed or cancelled, `Reason` when the reason is unfit, `Store` when the database fails.
    pub async fn cancel(&self, actor: &str, campaign: &Campaign, reason: &str) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::Cancel)?;
        let reason = rules::checked_reason(reason, true)?;
        self.step(actor, campaign, next, campaign.opens_at, campaign.closes_at, reason).await
    }

    /// Moves opening and closing, until the campaign begins to close. Once it is locked, a reason is required.
    pub async fn move_times(
        &self,
        actor: &str,
        campaign: &Campaign,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        reason: &str,
    ) -> Result<(), CampaignRefusal> {
        rules::check_times(campaign, opens_at, closes_at, self.now())?;
        let reason = rules::checked_reason(reason, campaign.state != CampaignState::Draft)?;
        let written = |at: Option<UnixMillis>| at.map(UnixMillis::rfc3339);
        let event = AuditEvent::TimesMoved { opens_at: written(opens_at), closes_at: written(closes_at), reason };
        self.store
            .save_times(
                campaign.id,
                campaign.observed_state(),
                opens_at,
                closes_at,
                &self.line(campaign.id, actor, event),
            )
            .await
            .map_err(|error| moved(campaign, error))?;
        self.announce(campaign.id).await;
        Ok(())
    }

    /// Closing to closed. The caller must know that no admitted pledge is still to be committed.
    pub async fn finish_closing(&self, actor: &str, campaign: &Campaign) -> Result<(), CampaignRefusal> {
        let next = self.next(campaign, Transition::FinishClosing)?;
        self.step(actor, campaign, next, campaign.opens_at, campaign.closes_at, String::new()).await
    }

    /// Checks the public URL that this service is set to against the one that the first lock fixed; `PublicUrl` when
    /// they differ.
    pub async fn check_public_url(&self) -> Result<(), CampaignRefusal> {
        match self.store.pinned(PUBLIC_URL).await? {
            Some(fixed) if fixed != self.public_url => Err(CampaignRefusal::PublicUrl(fixed)),
            _ => Ok(()),
        }
    }

    pub(super) fn next(&self, campaign: &Campaign, transition: Transition) -> Result<CampaignState, CampaignRefusal> {
        campaign.state.after(transition).ok_or(CampaignRefusal::NotAllowed(campaign.state))
    }

    pub(super) async fn step(
        &self,
        actor: &str,
        campaign: &Campaign,
        next: CampaignState,
        opens_at: Option<UnixMillis>,
        closes_at: Option<UnixMillis>,
        reason: String,
    ) -> Result<(), CampaignRefusal> {
        let audit = self.state_line(actor, campaign, next, reason);
        self.store
            .change_state(campaign.id, campaign.observed_state(), next, opens_at, closes_at, &audit)
            .await
            .map_err(|error| moved(campaign, error))?;
        self.announce(campaign.id).await;
        Ok(())
    }

    fn state_line(&self, actor: &str, campaign: &Campaign, to: CampaignState, reason: String) -> AuditEntry {
        self.line(campaign.id, actor, AuditEvent::StateChanged { from: campaign.state, to, reason })
    }
}

/// A conflict means that another process moved the campaign first.
fn moved(campaign: &Campaign, error: StoreError) -> CampaignRefusal {
    match error {
        StoreError::Conflict => CampaignRefusal::NotAllowed(campaign.state),
        other => CampaignRefusal::Store(other),
    }
}

//! What can be done to a draft: making it and saving its settings, text and institutions.

use super::templates::Template;
use super::{CampaignRefusal, Campaigns, rules};
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::{Campaign, CampaignSettings, CampaignState, is_slug};
use crate::domain::ids::CampaignId;
use crate::domain::institution::{Institution, is_code};
use crate::domain::key::KeyRole;
use crate::domain::text::PledgeText;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::texts::TextVersion;
use data_encoding::BASE64URL_NOPAD;

/// Random ids that are tried. Clashes of their first four bytes are so rare that a further conflict has another cause.
const IDENTITY_TRIES_MAX: usize = 8;
/// Most institutions that one call saves.
pub const INSTITUTIONS_MAX: usize = 2_000;

/// A campaign to be made.
pub struct NewCampaign<'a> {
    /// Its part of every address: 2 to 40 of `a-z 0-9 -`, unique in the installation.
    pub slug: &'a str,
    /// The text that it begins with, and its kind.
    pub template: &'a Template,
    /// What an organizer can set; [`rules::checked`] checks it before it is saved.
    pub settings: CampaignSettings,
    /// Pledges admitted before this instant are refused; `None`: it opens by hand.
    pub opens_at: Option<UnixMillis>,
    /// Pledges admitted at or after this instant are refused; `None`: it closes by hand.
    pub closes_at: Option<UnixMillis>,
}

impl Campaigns {
    /// Makes a draft with the template's text as its first version.
    pub async fn create(&self, actor: &str, new: NewCampaign<'_>) -> Result<Campaign, CampaignRefusal> {
        if !is_slug(new.slug) {
            return Err(CampaignRefusal::Slug);
        }
        let settings = rules::checked(new.settings)?;
        let text = new.template.text();
        let filled = text.fill(&settings)?;
        let now = self.now();
        let log_key = self.keyring.keys().used(KeyRole::Log).map(|key| key.kid.clone()).unwrap_or_default();
        for _ in 0..IDENTITY_TRIES_MAX {
            let id = CampaignId(self.entropy.bytes());
            let campaign = Campaign {
                id,
                slug: new.slug.into(),
                kind: new.template.kind(),
                settings: settings.clone(),
                state: CampaignState::Draft,
                opens_at: new.opens_at,
                closes_at: new.closes_at,
                text_hash: None,
                sealed_secret: self.keyring.seal_secret(&id.0, &self.entropy.bytes(), self.entropy.bytes()),
                log_key: log_key.clone(),
                created_at: now,
            };
            rules::check_times(&campaign, new.opens_at, new.closes_at, now)?;
            let event = AuditEvent::CampaignCreated { slug: new.slug.into(), template: new.template.name.into() };
            match self.store.create_campaign(&campaign, &self.line(id, actor, event)).await {
                Ok(()) => {}
                Err(StoreError::Conflict) if self.store.campaign_by_slug(new.slug).await?.is_none() => continue,
                Err(StoreError::Conflict) => return Err(CampaignRefusal::SlugTaken),
                Err(other) => return Err(other.into()),
            }
            self.put_into_force(actor, &campaign, &text, &filled).await?;
            self.announce(id).await;
            return self.again(id).await;
        }
        Err(CampaignRefusal::Store(StoreError::Conflict))
    }

    /// Saves the settings. Since they fill the text's placeholders, the text in force is filled again.
    pub async fn save_settings(
        &self,
        actor: &str,
        campaign: &Campaign,
        settings: CampaignSettings,
    ) -> Result<(), CampaignRefusal> {
        let settings = rules::checked(settings)?;
        let newest = self.store.text_versions(campaign.id).await?.into_iter().next();
        // Settings and text are both checked before either is written.
        let filled = newest.as_ref().map(|version| version.body.fill(&settings)).transpose()?;
        let audit = self.line(campaign.id, actor, AuditEvent::SettingsSaved { title: settings.title.clone() });
        self.store.save_settings(campaign.id, &settings, &audit).await.map_err(|error| changed(campaign, error))?;
        if let (Some(version), Some(filled)) = (newest, filled)
            && version.text_hash != filled.hash()
        {
            self.put_into_force(actor, campaign, &version.body, &filled).await?;
        }
        self.announce(campaign.id).await;
        Ok(())
    }

    /// The text as people would read it with these settings, without saving it.
    pub fn preview(&self, campaign: &Campaign, text: &PledgeText) -> Result<PledgeText, CampaignRefusal> {
        Ok(text.fill(&campaign.settings)?)
    }

    /// Saves a new version of the text and puts it into force.
    pub async fn save_text(
        &self,
        actor: &str,
        campaign: &Campaign,
        text: &PledgeText,
    ) -> Result<TextVersion, CampaignRefusal> {
        let filled = text.fill(&campaign.settings)?;
        let version = self.put_into_force(actor, campaign, text, &filled).await?;
        self.announce(campaign.id).await;
        Ok(version)
    }

    /// Adds or renames institutions.
    pub async fn save_institutions(
        &self,
        actor: &str,
        campaign: &Campaign,
        institutions: &[Institution],
    ) -> Result<(), CampaignRefusal> {
        if institutions.len() > INSTITUTIONS_MAX {
            return Err(rules::SettingsFault(rules::SettingsField::Institutions).into());
        }
        for institution in institutions {
            let lines_fit = !institution.name.is_empty()
                && [&institution.name, &institution.help_contact]
                    .into_iter()
                    .all(|line| rules::fits_line(line, rules::LINE_CHARS_MAX));
            if !is_code(&institution.code) || !lines_fit {
                return Err(rules::SettingsFault(rules::SettingsField::Institutions).into());
            }
        }
        let count = u32::try_from(institutions.len()).unwrap_or(u32::MAX);
        let audit = self.line(campaign.id, actor, AuditEvent::InstitutionsSaved { institutions: count });
        let saved = self.store.save_institutions(campaign.id, institutions, &audit).await;
        saved.map_err(|error| changed(campaign, error))?;
        self.announce(campaign.id).await;
        Ok(())
    }

    /// Adds an institution after the others, or renames the one that has this code.
    pub async fn add_institution(
        &self,
        actor: &str,
        campaign: &Campaign,
        code: &str,
        name: &str,
        help_contact: &str,
    ) -> Result<(), CampaignRefusal> {
        let known = self.store.institutions(campaign.id).await?;
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        let institution = Institution {
            code: code.into(),
            name: name.split_whitespace().collect::<Vec<_>>().join(" "),
            position: known.iter().find(|one| one.code == code).map_or(next, |one| one.position),
            help_contact: help_contact.trim().into(),
        };
        self.save_institutions(actor, campaign, &[institution]).await
    }

    /// Changes an institution's help contact; allowed in every state.
    pub async fn save_help_contact(
        &self,
        actor: &str,
        campaign: &Campaign,
        institution: &str,
        contact: &str,
    ) -> Result<(), CampaignRefusal> {
        let contact = contact.split_whitespace().collect::<Vec<_>>().join(" ");
        if !rules::fits_line(&contact, rules::LINE_CHARS_MAX) {
            return Err(rules::SettingsFault(rules::SettingsField::HelpContact).into());
        }
        let audit = self.line(campaign.id, actor, AuditEvent::HelpContactSaved { institution: institution.into() });
        self.store.save_help_contact(campaign.id, institution, &contact, &audit).await?;
        self.announce(campaign.id).await;
        Ok(())
    }

    async fn put_into_force(
        &self,
        actor: &str,
        campaign: &Campaign,
        body: &PledgeText,
        filled: &PledgeText,
    ) -> Result<TextVersion, CampaignRefusal> {
        let text_hash = BASE64URL_NOPAD.encode(&filled.hash());
        let line =
            |version| self.line(campaign.id, actor, AuditEvent::TextSaved { version, text_hash: text_hash.clone() });
        let saved = self.store.save_text(campaign.id, body, filled, &line).await;
        saved.map_err(|error| changed(campaign, error))
    }
}

/// A conflict on a draft means that it isn't one any more.
fn changed(campaign: &Campaign, error: StoreError) -> CampaignRefusal {
    match error {
        StoreError::Conflict if campaign.state == CampaignState::Draft => {
            CampaignRefusal::NotAllowed(CampaignState::Locked)
        }
        StoreError::Conflict => CampaignRefusal::NotAllowed(campaign.state),
        other => CampaignRefusal::Store(other),
    }
}

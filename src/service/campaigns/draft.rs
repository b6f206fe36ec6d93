//! What can be done to a draft: making it and saving its settings, text and institutions.

use super::printing::{check_text, printable_line};
use super::rules::{SettingsFault, SettingsField};
use super::templates::Template;
use super::{CampaignRefusal, Campaigns, rules};
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::{Campaign, CampaignSettings, CampaignState, is_slug};
use crate::domain::ids::CampaignId;
use crate::domain::institution::{Institution, is_code};
use crate::domain::key::KeyRole;
use crate::domain::registry::{RegisteredInstitutions, RegistryNode, TOP_NODE};
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
        let filled = filled(&text, &settings)?;
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
        let filled = newest.as_ref().map(|version| filled(&version.body, &settings)).transpose()?;
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
        filled(text, &campaign.settings)
    }

    /// Saves a new version of the text and puts it into force.
    pub async fn save_text(
        &self,
        actor: &str,
        campaign: &Campaign,
        text: &PledgeText,
    ) -> Result<TextVersion, CampaignRefusal> {
        let filled = filled(text, &campaign.settings)?;
        let version = self.put_into_force(actor, campaign, text, &filled).await?;
        self.announce(campaign.id).await;
        Ok(version)
    }

    /// Adds or renames institutions. `same` holds codes of registry nodes that are the added institutions of their
    /// code.
    pub async fn save_institutions(
        &self,
        actor: &str,
        campaign: &Campaign,
        institutions: &[Institution],
        same: &[String],
    ) -> Result<(), CampaignRefusal> {
        if institutions.len() > INSTITUTIONS_MAX {
            return Err(SettingsFault(SettingsField::Institutions, None).into());
        }
        let institutions = institutions.iter().map(kept_institution).collect::<Result<Vec<_>, _>>()?;
        let count = u32::try_from(institutions.len()).unwrap_or(u32::MAX);
        let audit = self.line(campaign.id, actor, AuditEvent::InstitutionsSaved { institutions: count });
        let saved = self.store.save_institutions(campaign.id, &institutions, same, &audit).await;
        saved.map_err(|error| changed(campaign, error))?;
        self.announce(campaign.id).await;
        Ok(())
    }

    /// The registered institutions of which one may be meant by an institution that is to be added: they have its code,
    /// and other names.
    pub async fn code_in_use(
        &self,
        campaign: &Campaign,
        code: &str,
        name: &str,
    ) -> Result<Vec<RegistryNode>, StoreError> {
        if self.store.institutions(campaign.id).await?.iter().any(|known| known.code == code) {
            return Ok(vec![]);
        }
        let names = self.store.registered_names().await?;
        let registered = RegisteredInstitutions::new(names.into_iter().map(|name| (name.key, name.node)));
        Ok(registered.asked(code, name, &self.store.registry_nodes(TOP_NODE).await?))
    }

    /// Adds an institution after the others, or renames the one that has this code. `same` is the code of the registry
    /// node that it is, whatever the name; empty otherwise.
    pub async fn add_institution(
        &self,
        actor: &str,
        campaign: &Campaign,
        code: &str,
        name: &str,
        help_contact: &str,
        same: &str,
    ) -> Result<(), CampaignRefusal> {
        let known = self.store.institutions(campaign.id).await?;
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        let institution = Institution {
            code: code.into(),
            name: name.into(),
            position: known.iter().find(|one| one.code == code).map_or(next, |one| one.position),
            help_contact: help_contact.into(),
        };
        self.save_institutions(actor, campaign, &[institution], &[same.to_owned()]).await
    }

    /// Changes an institution's help contact; allowed in every state.
    pub async fn save_help_contact(
        &self,
        actor: &str,
        campaign: &Campaign,
        institution: &str,
        contact: &str,
    ) -> Result<(), CampaignRefusal> {
        let contact = line(SettingsField::HelpContact, contact)?;
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

/// The text with the event's placeholders filled, if all of it can be printed.
fn filled(text: &PledgeText, settings: &CampaignSettings) -> Result<PledgeText, CampaignRefusal> {
    let filled = text.fill(settings)?;
    check_text(&filled)?;
    Ok(filled)
}

fn line(field: SettingsField, text: &str) -> Result<String, SettingsFault> {
    let line = printable_line(text).map_err(|fault| SettingsFault(field, Some(fault)))?;
    if line.chars().count() <= rules::LINE_CHARS_MAX { Ok(line) } else { Err(SettingsFault(field, None)) }
}

fn kept_institution(given: &Institution) -> Result<Institution, SettingsFault> {
    let field = SettingsField::Institutions;
    let (name, help_contact) = (line(field, &given.name)?, line(field, &given.help_contact)?);
    if name.is_empty() || !is_code(&given.code) {
        return Err(SettingsFault(field, None));
    }
    Ok(Institution { name, help_contact, ..given.clone() })
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

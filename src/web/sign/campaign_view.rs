//! What each of the signer's pages shows of the campaign and of the signed-in person.

use crate::domain::campaign::{Campaign, CampaignKind};
use crate::domain::text::substitute;
use crate::domain::time::{UnixMillis, Zone};
use crate::domain::unit::printed_path;
use crate::i18n::Localizer;
use crate::service::sign_in::Signer;
use crate::web::local_time;

/// The campaign, as a page's head and its countdown need it.
#[derive(Clone, Debug)]
pub struct CampaignView {
    pub slug: String,
    pub kind: CampaignKind,
    pub title: String,
    pub organizer: String,
    pub help_contact: String,
    pub synthetic: bool,
    pub zone: Zone,
    pub opens_at: Option<UnixMillis>,
    /// The server's clock when the page was made.
    pub now: UnixMillis,
}

impl CampaignView {
    pub fn of(campaign: &Campaign, now: UnixMillis) -> Self {
        let settings = &campaign.settings;
        Self {
            slug: campaign.slug.clone(),
            kind: campaign.kind,
            title: settings.title.clone(),
            organizer: settings.organizer.clone(),
            help_contact: settings.help_contact.clone(),
            synthetic: settings.synthetic,
            zone: settings.zone,
            opens_at: campaign.opens_at,
            now,
        }
    }

    /// The message `key`, worded for the kind of campaign: a pledge or a pact.
    pub fn worded(&self, w: &Localizer, key: &str) -> String {
        match self.kind {
            CampaignKind::NeutralityPledge => w.t(key),
            CampaignKind::IntegrityPact => w.t(&format!("{key}-pact")),
        }
    }

    pub fn opens_ms(&self) -> i64 {
        self.opens_at.map_or(0, |at| at.0)
    }

    pub fn opening(&self, w: &Localizer) -> String {
        self.opens_at.map_or_else(String::new, |at| local_time::moment(*w, self.zone, at))
    }
}

/// The person signed in, as shown to that person.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub institution: String,
    /// May be empty.
    pub unit: String,
    /// Their institution's help contact, or the organizer's.
    pub help_contact: String,
    /// Distinguishes one person's kept ticks from another's on a shared device. It has no meaning elsewhere.
    pub mark: String,
}

impl Person {
    pub fn of(signer: &Signer, campaign: &CampaignView, mark: String) -> Self {
        let own = &signer.help_contact;
        Self {
            name: signer.participant.shown_name.clone(),
            institution: signer.institution_name.clone(),
            unit: signer.unit_name.clone(),
            help_contact: if own.is_empty() { campaign.help_contact.clone() } else { own.clone() },
            mark,
        }
    }
}

/// A part of the text with its placeholders replaced by the person's own details.
pub fn personal(text: &str, signer: &Signer) -> String {
    let person = &signer.participant;
    substitute(text, |placeholder| {
        Some(match placeholder {
            "nama" => person.shown_name.clone(),
            "nip" => person.identifier.shown(),
            "pangkat" => person.rank.clone(),
            "jabatan" => person.position.clone(),
            "instansi" => signer.institution_name.clone(),
            "unit" => printed_path(&signer.unit_name),
            _ => return None,
        })
    })
    .unwrap_or_else(|_| text.to_string())
}

#[cfg(test)]
mod tests {
    use crate::i18n::{check_built_keys, keys_passed_to};

    #[test]
    fn what_is_said_of_a_pledge_is_said_of_a_pact() {
        check_built_keys("{}-pact", keys_passed_to("worded"));
    }
}

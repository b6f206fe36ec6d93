//! The input of a certificate. Nothing else determines its bytes, besides the seal.

use crate::domain::campaign::{CampaignSettings, Official};
use crate::domain::certificate_copy::PrintedIdentifier;
use crate::domain::ids::PledgeId;
use crate::domain::letterhead::Letterhead;
use crate::domain::pledge::Strokes;
use crate::domain::text::PledgeText;
use crate::domain::time::{UnixMillis, Zone};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// Most officials on one certificate.
pub const OFFICIALS_MAX: usize = 8;
/// Longest title, organizer, place, institution, unit, rank, position or address, in characters.
pub const FIELD_CHARS_MAX: usize = 240;

/// The input of layout 1. Read from JSON by the samples in `tests/vectors/certificates`; filled from the store by
/// `service::certificates`.
#[derive(Clone, Deserialize)]
pub struct CertificateInput {
    /// Layout version; 1 is the only one.
    pub edition: u32,
    /// Base64url; the serial is printed from it.
    #[serde(deserialize_with = "pledge_id")]
    pub pledge_id: PledgeId,
    /// The letterhead: the body that holds the campaign.
    pub organizer: String,
    /// The campaign's title, as printed below the organizer.
    pub event: String,
    /// Prints "data sintetis" on every page.
    pub synthetic: bool,
    /// The canonical text that was agreed to; the person's placeholders are filled in print.
    pub text: PledgeText,
    /// Shown name, at most `SHOWN_NAME_CHARS_MAX` characters.
    pub name: String,
    /// The last four characters of the identifier; the rest never enters a certificate.
    pub identifier_last4: String,
    /// The name of the signer's institution, as printed.
    pub institution: String,
    /// Unit (*unit kerja*); may be empty.
    pub unit: String,
    /// Rank (*pangkat/golongan*); may be empty.
    pub rank: String,
    /// Position (*jabatan*); may be empty.
    pub position: String,
    /// The place that is printed before the date; may be empty.
    pub place: String,
    /// The admission time that the credential states.
    pub signed_at: UnixMillis,
    /// The time zone in which `signed_at` is printed.
    pub zone: Zone,
    /// Officials who are printed as acknowledging the pledge, at most [`OFFICIALS_MAX`].
    pub officials: Vec<Official>,
    /// The drawn signature, each coordinate 0-1000.
    #[serde(default, deserialize_with = "strokes")]
    pub strokes: Option<Strokes>,
    /// Text of the QR code: `https://HOST/v#DIGITS`.
    pub qr_text: String,
    /// The address to type by hand: `HOST/v`.
    pub verify_address: String,
    /// The COSE_Sign1 bytes, attached as they are. Base64url in JSON.
    #[serde(deserialize_with = "bytes")]
    pub credential: Vec<u8>,
}

/// What all certificates of an edition have in common. An edition keeps it as JSON, so that a change of the campaign's
/// settings doesn't change what was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateTemplate {
    /// The letterhead: the body that holds the campaign.
    pub organizer: String,
    /// The campaign's title, as printed below the organizer.
    pub event: String,
    /// Prints "data sintetis" on every page.
    pub synthetic: bool,
    /// The place that is printed before the date; may be empty.
    pub place: String,
    /// The time zone in which times are printed.
    pub zone: Zone,
    /// The address to type by hand: `HOST/v`.
    pub verify_address: String,
    /// What stands at the head instead of the organizer, by institution; may be empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letterheads: Vec<Letterhead>,
}

impl CertificateTemplate {
    /// The template of a campaign as it is now. `host` is that of the installation's address.
    pub fn of(settings: &CampaignSettings, host: &str, letterheads: Vec<Letterhead>) -> Self {
        Self {
            organizer: settings.organizer.clone(),
            event: settings.title.clone(),
            synthetic: settings.synthetic,
            place: settings.place.clone(),
            zone: settings.zone,
            verify_address: format!("{host}/v"),
            letterheads,
        }
    }

    /// As an edition keeps it (RFC 8785).
    pub fn canonical(&self) -> String {
        serde_json_canonicalizer::to_string(self).expect("a struct of strings always serialises")
    }

    /// Reads what [`Self::canonical`] wrote; `None` for anything else.
    pub fn parse(canonical: &str) -> Option<Self> {
        serde_json::from_str(canonical).ok()
    }
}

/// What a certificate says of one pledge.
#[derive(Clone)]
pub struct CertificatePledge {
    /// The serial is printed from it.
    pub id: PledgeId,
    /// The admission time that the credential states.
    pub signed_at: UnixMillis,
    /// Shown name, at most `SHOWN_NAME_CHARS_MAX` characters.
    pub name: String,
    /// The signer's number, as this copy shows it.
    pub identifier: PrintedIdentifier,
    /// The name of the signer's institution, as printed.
    pub institution: String,
    /// Unit (*unit kerja*); may be empty.
    pub unit: String,
    /// Rank (*pangkat/golongan*); may be empty.
    pub rank: String,
    /// Position (*jabatan*); may be empty.
    pub position: String,
    /// The drawn signature.
    pub strokes: Option<Strokes>,
    /// Text of the QR code: `https://HOST/v#DIGITS`.
    pub qr_text: String,
    /// The COSE_Sign1 bytes, attached as they are.
    pub credential: Vec<u8>,
}

#[cfg(test)]
impl CertificateInput {
    /// The same for layout 2, which prints no officials.
    pub fn parts(self) -> (CertificateTemplate, PledgeText, CertificatePledge) {
        let template = CertificateTemplate {
            organizer: self.organizer,
            event: self.event,
            synthetic: self.synthetic,
            place: self.place,
            zone: self.zone,
            verify_address: self.verify_address,
            letterheads: Vec::new(),
        };
        let pledge = CertificatePledge {
            id: self.pledge_id,
            signed_at: self.signed_at,
            name: self.name,
            identifier: PrintedIdentifier::Ending(self.identifier_last4),
            institution: self.institution,
            unit: self.unit,
            rank: self.rank,
            position: self.position,
            strokes: self.strokes,
            qr_text: self.qr_text,
            credential: self.credential,
        };
        (template, self.text, pledge)
    }
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(D::Error::custom)
}

fn pledge_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PledgeId, D::Error> {
    let text = String::deserialize(deserializer)?;
    PledgeId::parse(&text).ok_or_else(|| D::Error::custom("not a pledge id"))
}

fn strokes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Strokes>, D::Error> {
    Option::<Vec<Vec<[u16; 2]>>>::deserialize(deserializer)?
        .map(|strokes| Strokes::new(strokes).map_err(D::Error::custom))
        .transpose()
}

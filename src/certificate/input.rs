//! The input of a certificate. Nothing else determines its bytes.

use crate::domain::campaign::Official;
use crate::domain::ids::PledgeId;
use crate::domain::pledge::Strokes;
use crate::domain::text::PledgeText;
use crate::domain::time::{UnixMillis, Zone};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, de::Error};

/// Most officials on one certificate.
pub const OFFICIALS_MAX: usize = 8;
/// Longest title, organizer, place, institution, unit, rank, position or address, in characters.
pub const FIELD_CHARS_MAX: usize = 240;

/// Read from JSON by the samples in `tests/vectors/certificates`; filled from the store by `service::certificates`.
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

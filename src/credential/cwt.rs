//! The credential's bytes: a CBOR Web Token (RFC 8392) as a tagged COSE_Sign1 (RFC 9052), deterministic CBOR
//! (RFC 8949 section 4.2), signed with EdDSA over Ed25519.
//!
//! ```text
//! 18([ << {1: -8 (EdDSA), 4: kid} >>, {},
//!      << {6 (iat): seconds, 7 (cti): pledge id, 16 bytes,
//!          -65537: [1, kind, shown name, last 4 of the identifier, institution code,
//!                   text hash, 16 bytes, status index, method]} >>,
//!      signature, 64 bytes ])
//! ```
//! The kid is the key's `kid` in the published JWKS, as text. A credential has about 190 bytes.

use crate::domain::campaign::CampaignKind;
use crate::domain::ids::PledgeId;
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use coset::cbor::value::Value;
use coset::cwt::{ClaimName, ClaimsSet, ClaimsSetBuilder, Timestamp};
use coset::{Algorithm, CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, VerifyingKey};
use std::fmt;

/// Most bytes of a credential: the QR code that carries it must stay readable.
pub const CREDENTIAL_BYTES_MAX: usize = 320;
/// Version of the private claim's layout.
pub const FORMAT_VERSION: u8 = 1;
/// The private claim's key (private use of RFC 8392's registry: below -65536).
pub const PRIVATE_CLAIM: i64 = -65_537;

/// The claims of a credential.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// The pledge's id; also the `cti` claim.
    pub pledge: PledgeId,
    /// The admission time. A credential has whole seconds; milliseconds are cut off.
    pub signed_at: UnixMillis,
    /// What kind of text was signed.
    pub kind: CampaignKind,
    /// The signer's name as printed on the certificate.
    pub shown_name: String,
    /// The last four characters of the identifier.
    pub last4: String,
    /// The institution's code, such as `16.71`.
    pub institution: String,
    /// The first 16 bytes of the text's hash.
    pub text_hash: [u8; 16],
    /// The place in the status list: the participant's slot.
    pub status_index: u32,
    /// How the person signed.
    pub method: Method,
}

/// Leaves out the claims that identify a person, so that they stay out of logs.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("kind", &self.kind).field("method", &self.method).finish_non_exhaustive()
    }
}

/// The claims don't fit into [`CREDENTIAL_BYTES_MAX`]: the shown name or the institution code is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the credential would be longer than {CREDENTIAL_BYTES_MAX} bytes")]
pub struct CredentialTooLong;

/// Why bytes aren't a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeFault {
    /// The beginning of a credential, whose end is missing.
    #[error("the end of the credential is missing")]
    Incomplete,
    /// A credential in which something was changed or added.
    #[error("the credential isn't as it was issued")]
    Altered,
    /// Not a credential of this format, or of a version that this program doesn't know.
    #[error("not a credential")]
    Foreign,
}

impl Claims {
    /// The signed credential. `sign` is Ed25519 under the key that `kid` names.
    pub fn issue(&self, kid: &str, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> Result<Vec<u8>, CredentialTooLong> {
        let payload = self.payload().to_vec().expect("claims of plain values always encode");
        let header = HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).key_id(kid.as_bytes().to_vec()).build();
        let bytes = CoseSign1Builder::new()
            .protected(header)
            .payload(payload)
            .create_signature(&[], |message| sign(message).to_vec())
            .build()
            .to_tagged_vec()
            .expect("a header and claims of plain values always encode");
        if bytes.len() > CREDENTIAL_BYTES_MAX { Err(CredentialTooLong) } else { Ok(bytes) }
    }

    fn payload(&self) -> ClaimsSet {
        let private = vec![
            Value::from(FORMAT_VERSION),
            Value::from(self.kind.code()),
            Value::from(self.shown_name.as_str()),
            Value::from(self.last4.as_str()),
            Value::from(self.institution.as_str()),
            Value::Bytes(self.text_hash.to_vec()),
            Value::from(self.status_index),
            Value::from(self.method.code()),
        ];
        ClaimsSetBuilder::new()
            .issued_at(Timestamp::WholeSeconds(self.signed_at.0.div_euclid(1000)))
            .cwt_id(self.pledge.0.to_vec())
            .private_claim(PRIVATE_CLAIM, Value::Array(private))
            .build()
    }

    fn from_payload(payload: &[u8]) -> Option<Self> {
        let set = ClaimsSet::from_slice(payload).ok()?;
        let Timestamp::WholeSeconds(seconds) = set.issued_at? else { return None };
        let [(ClaimName::PrivateUse(PRIVATE_CLAIM), Value::Array(private))] = set.rest.as_slice() else { return None };
        let [version, kind, shown_name, last4, institution, text_hash, status_index, method] = private.as_slice()
        else {
            return None;
        };
        if as_u8(version)? != FORMAT_VERSION {
            return None;
        }
        Some(Self {
            pledge: PledgeId::from_slice(&set.cwt_id?)?,
            signed_at: UnixMillis(seconds.checked_mul(1000)?),
            kind: CampaignKind::from_code(as_u8(kind)?)?,
            shown_name: shown_name.as_text()?.into(),
            last4: last4.as_text()?.into(),
            institution: institution.as_text()?.into(),
            text_hash: text_hash.as_bytes()?.as_slice().try_into().ok()?,
            status_index: status_index.as_integer()?.try_into().ok()?,
            method: Method::from_code(as_u8(method)?)?,
        })
    }
}

fn as_u8(value: &Value) -> Option<u8> {
    value.as_integer()?.try_into().ok()
}

/// A credential as read: well-formed, but not trusted before [`Credential::is_signed_by`].
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// The claims as decoded; trust them only after [`Credential::is_signed_by`].
    pub claims: Claims,
    /// Id of the key that it names as its signer; not authenticated by itself.
    pub kid: String,
    signed: CoseSign1,
    bytes: Vec<u8>,
}

impl Credential {
    /// Reads a credential. Only the exact bytes that [`Claims::issue`] writes are accepted: another encoding of the
    /// same claims, another algorithm, unknown headers or claims, and trailing bytes are refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeFault> {
        Self::strict(bytes).ok_or_else(|| fault_of(bytes))
    }

    fn strict(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > CREDENTIAL_BYTES_MAX {
            return None;
        }
        let signed = CoseSign1::from_tagged_slice(bytes).ok()?;
        let header = &signed.protected.header;
        if header.alg != Some(Algorithm::Assigned(iana::Algorithm::EdDSA)) {
            return None;
        }
        let kid = String::from_utf8(header.key_id.clone()).ok()?;
        let claims = Claims::from_payload(signed.payload.as_deref()?)?;
        let signature: [u8; 64] = signed.signature.as_slice().try_into().ok()?;
        // These claims have one encoding; any other isn't ours.
        let same = claims.issue(&kid, |_| signature).is_ok_and(|canonical| canonical == bytes);
        same.then(|| Self { claims, kid, signed, bytes: bytes.to_vec() })
    }

    /// The bytes that were read. A credential has one encoding, so equal credentials have equal bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the key signed it (strict verification: no small-order keys, no malleable signatures).
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let message = self.signed.tbs_data(&[]);
        Signature::from_slice(&self.signed.signature)
            .is_ok_and(|signature| key.verify_strict(&message, &signature).is_ok())
    }
}

/// Tag, array, protected header, empty map and the payload's head end before this offset; the shortest payload ends
/// after it.
const FRONT_BYTES_MAX: usize = 40;

/// Tells a credential that was cut short from one that was changed, and both from anything else.
///
/// Two places far apart give the length of the whole: the lengths at its front, and the head of the signature (`58 40`)
/// 66 bytes before its end. A change in one place can't falsify both.
fn fault_of(bytes: &[u8]) -> DecodeFault {
    let ours = bytes.starts_with(&[0xD2, 0x84]) || bytes == [0xD2];
    // A payload of 64 bytes has the same head, but it stands at the front.
    let ends_whole =
        bytes.len().checked_sub(66).is_some_and(|at| at > FRONT_BYTES_MAX && bytes[at..at + 2] == [0x58, 0x40]);
    match whole_len(bytes) {
        _ if bytes.is_empty() => DecodeFault::Incomplete,
        _ if ends_whole => DecodeFault::Altered,
        Some(whole) if whole > bytes.len() => DecodeFault::Incomplete,
        Some(_) => DecodeFault::Altered,
        None if ours && bytes.len() < 32 => DecodeFault::Incomplete,
        None if ours => DecodeFault::Altered,
        None => DecodeFault::Foreign,
    }
}

/// How long the whole credential must be, from its front (tag, array, protected header, empty map, payload's head).
/// `None` when the front is too short or isn't a credential's.
pub fn whole_len(front: &[u8]) -> Option<usize> {
    let rest = front.strip_prefix(&[0xD2, 0x84])?;
    let (protected_head, protected) = byte_string_head(rest)?;
    let rest = rest.get(protected_head + protected..)?.strip_prefix(&[0xA0])?;
    let (payload_head, payload) = byte_string_head(rest)?;
    Some(2 + protected_head + protected + 1 + payload_head + payload + 66)
}

/// The length of a CBOR byte string's head, and of its content (less than 65,536 bytes).
fn byte_string_head(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes {
        [short @ 0x40..=0x57, ..] => Some((1, usize::from(short - 0x40))),
        [0x58, len, ..] => Some((2, usize::from(len))),
        [0x59, high, low, ..] => Some((3, usize::from(u16::from_be_bytes([high, low])))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::participant::SHOWN_NAME_BYTES_MAX;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    const KID: &str = "A1b2C3d4E5f";

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[42; 32])
    }

    fn claims(shown_name: &str) -> Claims {
        Claims {
            pledge: PledgeId([0xAB; 16]),
            signed_at: UnixMillis(1_703_643_300_000),
            kind: CampaignKind::NeutralityPledge,
            shown_name: shown_name.into(),
            last4: "1001".into(),
            institution: "16.71".into(),
            text_hash: [7; 16],
            status_index: 180_751,
            method: Method::OwnDevice,
        }
    }

    fn issue(claims: &Claims) -> Vec<u8> {
        claims.issue(KID, |message| key().sign(message).to_bytes()).unwrap()
    }

    #[test]
    fn a_credential_reads_back_and_verifies() {
        let claims = claims("Dr. H. Budi Santoso, S.E., M.Si.");
        let bytes = issue(&claims);
        assert!((175..=200).contains(&bytes.len()), "{} bytes", bytes.len());
        let read = Credential::decode(&bytes).unwrap();
        assert_eq!(read.claims, claims);
        assert_eq!(read.kid, KID);
        assert!(read.is_signed_by(&key().verifying_key()));
        assert!(!read.is_signed_by(&SigningKey::from_bytes(&[1; 32]).verifying_key()));
        assert_eq!(whole_len(&bytes), Some(bytes.len()));
    }

    #[test]
    fn milliseconds_are_cut_off() {
        let mut claims = claims("A");
        claims.signed_at = UnixMillis(1_703_643_300_999);
        assert_eq!(Credential::decode(&issue(&claims)).unwrap().claims.signed_at, UnixMillis(1_703_643_300_000));
    }

    #[test]
    fn what_would_not_fit_the_qr_code_is_not_issued() {
        let too_long = claims(&"é".repeat(120)).issue(KID, |_| [0; 64]);
        assert_eq!(too_long, Err(CredentialTooLong));
        assert!(claims(&"N".repeat(120)).issue(KID, |_| [0; 64]).is_ok());
        let longest = format!("{}{}", "é".repeat(SHOWN_NAME_BYTES_MAX - 120), "N".repeat(240 - SHOWN_NAME_BYTES_MAX));
        assert_eq!((longest.chars().count(), longest.len()), (120, SHOWN_NAME_BYTES_MAX));
        let widest = Claims { institution: "W".repeat(16), status_index: u32::MAX, ..claims(&longest) };
        assert!(widest.issue(KID, |_| [0; 64]).is_ok());
    }

    #[test]
    fn an_unsigned_or_otherwise_encoded_credential_is_refused() {
        let bytes = issue(&claims("Budi"));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Credential::decode(&longer), Err(DecodeFault::Altered));
        // Untagged.
        assert_eq!(Credential::decode(&bytes[1..]), Err(DecodeFault::Altered));
        // The version of the private claim's layout, as an integer written longer than needed.
        let at = bytes.windows(3).position(|w| w == [0x88, 0x01, 0x01]).unwrap();
        let mut wide = bytes.clone();
        wide.splice(at + 1..=at + 1, [0x18, 0x01]);
        wide[21] += 1;
        assert!(CoseSign1::from_tagged_slice(&wide).is_ok());
        assert_eq!(Credential::decode(&wide), Err(DecodeFault::Altered));
        // Another algorithm: ES256.
        let mut other = bytes.clone();
        assert_eq!(other[3..6], [0xA2, 0x01, 0x27]);
        other[5] = 0x26;
        assert_eq!(Credential::decode(&other), Err(DecodeFault::Altered));
    }

    #[test]
    fn anything_else_is_foreign() {
        for foreign in [b"{}".as_slice(), b"%PDF-1.7", &[0; 100], &[0xFF; 400]] {
            assert_eq!(Credential::decode(foreign), Err(DecodeFault::Foreign));
        }
    }

    #[test]
    fn a_name_stays_out_of_debug() {
        assert!(!format!("{:?}", claims("Budi")).contains("Budi"));
    }

    proptest! {
        #[test]
        fn a_credential_cut_short_is_incomplete(name in "[A-Za-z ,.]{1,60}", cut in 0usize..400) {
            let bytes = issue(&claims(&name));
            let cut = cut % bytes.len();
            prop_assert_eq!(Credential::decode(&bytes[..cut]), Err(DecodeFault::Incomplete));
        }

        #[test]
        fn a_changed_byte_never_verifies_and_never_looks_cut(name in "[A-Za-z ,.]{1,60}", at in 0usize..400, by in 1u8..) {
            let mut bytes = issue(&claims(&name));
            let at = at % bytes.len();
            bytes[at] ^= by;
            match Credential::decode(&bytes) {
                Ok(read) => prop_assert!(!read.is_signed_by(&key().verifying_key())),
                Err(fault) => prop_assert_eq!(fault, DecodeFault::Altered),
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Credential::decode(&bytes);
        }
    }
}

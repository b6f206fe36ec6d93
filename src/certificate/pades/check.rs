//! Verifies a CMS signature over a digest.
//!
//! The bytes are a stranger's. Whatever isn't one signer with ECDSA on P-256 and SHA-256 is told apart as a foreign
//! signature: other programs sign PDF files too, and what they vouch for is theirs to say.

use super::oids::{
    CONTENT_TYPE, DATA, ECDSA_SHA_256, MESSAGE_DIGEST, SHA_256, SIGNED_DATA, SIGNING_CERTIFICATE, SigningCertificate,
};
use super::seal::canonical;
use crate::domain::characters::{only_formats, turns_direction};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedAttributes, SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Header, Reader, SliceReader};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{DerSignature, Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

/// Most bytes of a signature that is read.
const CMS_BYTES_MAX: usize = 64 * 1024;
/// Most characters of a signer's name that are shown.
const NAME_CHARS_MAX: usize = 120;

/// The seals that are vouched for, each with its chain of certificates.
#[derive(Clone, Default)]
pub struct Anchors(Vec<Vec<Certificate>>);

/// What a signature says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureCheck {
    /// It holds, and its signer is vouched for.
    Trusted,
    /// It holds, and its signer, whose certificate says this name, isn't known.
    Unknown(String),
    /// It is over other bytes, or was changed.
    Broken,
    /// It is made in another way than ours, with a certificate of this name, or can't be read.
    Foreign(String),
}

impl Anchors {
    /// From chains in DER, each seal's own certificate first; what can't be read vouches for nobody.
    pub fn new<'a>(chains: impl IntoIterator<Item = &'a [Vec<u8>]>) -> Self {
        let read =
            |chain: &[Vec<u8>]| chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>().ok();
        Self(chains.into_iter().filter_map(read).collect())
    }

    /// From chains in PEM.
    pub fn from_pem<'a>(chains: impl IntoIterator<Item = &'a str>) -> Self {
        Self(chains.into_iter().filter_map(|chain| Certificate::load_pem_chain(chain.as_bytes()).ok()).collect())
    }

    /// The chain of the seal with this certificate.
    fn of(&self, certificate: &Certificate) -> Option<&[Certificate]> {
        self.0.iter().find(|chain| chain.first() == Some(certificate)).map(Vec::as_slice)
    }
}

/// Checks a signature over content with this SHA-256. Zeros may follow it, as a PDF fills its room.
pub fn check(cms: &[u8], digest: &[u8; 32], anchors: &Anchors) -> SignatureCheck {
    match Read::from(cms) {
        Some(read) => read.check(digest, anchors),
        None => SignatureCheck::Foreign(String::new()),
    }
}

/// The common name in the certificate of a signature's signer, else the whole name, as it can be shown; `None` when it
/// can't be read. The signature isn't checked.
pub fn signer_name(cms: &[u8]) -> Option<String> {
    let certificate = Read::from(cms)?.certificate;
    let subject = certificate.tbs_certificate().subject();
    let name = match subject.common_name() {
        Ok(Some(name)) => name.value().into_owned(),
        _ => subject.to_string(),
    };
    let is_shown = |c: &char| !c.is_control() && !only_formats(*c) && !turns_direction(*c);
    let shown: String = name.chars().filter(is_shown).take(NAME_CHARS_MAX).collect();
    Some(shown.trim().to_string()).filter(|name| !name.is_empty())
}

/// The one signer of a signature.
struct Read {
    /// The whole structure, without what follows it.
    bytes: Vec<u8>,
    signer: SignerInfo,
    certificate: Certificate,
    attributes: SignedAttributes,
}

impl Read {
    fn from(cms: &[u8]) -> Option<Self> {
        let whole = first_value(cms)?;
        let info = ContentInfo::from_der(whole).ok().filter(|info| info.content_type == SIGNED_DATA)?;
        let signed: SignedData = info.content.decode_as().ok()?;
        let mut signers = signed.signer_infos.0.iter();
        let (Some(signer), None) = (signers.next(), signers.next()) else { return None };
        let certificates = signed.certificates?.0;
        if signed.encap_content_info.econtent.is_some() {
            return None;
        }
        let certificate = certificates.iter().find_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) if is_of(&signer.sid, certificate) => Some(certificate),
            _ => None,
        });
        let attributes = signer.signed_attrs.clone()?;
        Some(Self { bytes: whole.to_vec(), signer: signer.clone(), certificate: certificate?.clone(), attributes })
    }

    fn check(&self, digest: &[u8; 32], anchors: &Anchors) -> SignatureCheck {
        let is_ours = self.signer.digest_alg.oid == SHA_256 && self.signer.signature_algorithm.oid == ECDSA_SHA_256;
        let Some(key) = verifying_key(&self.certificate).filter(|_| is_ours) else {
            return SignatureCheck::Foreign(self.name());
        };
        let holds = self.names_content(digest)
            && self.names_certificate()
            && self.attributes.to_der().is_ok_and(|signed| verifies(&key, &signed, self.signer.signature.as_bytes()));
        match anchors.of(&self.certificate) {
            _ if !holds => SignatureCheck::Broken,
            // A seal has one form, so that no byte of it can be another, not even in what the signature doesn't cover.
            Some(_) if !has_low_s(self.signer.signature.as_bytes()) => SignatureCheck::Broken,
            Some(chain) if canonical(chain, digest, self.signer.signature.as_bytes()) == Some(self.bytes.clone()) => {
                SignatureCheck::Trusted
            }
            Some(_) => SignatureCheck::Broken,
            None => SignatureCheck::Unknown(self.name()),
        }
    }

    fn names_content(&self, digest: &[u8; 32]) -> bool {
        let stated = self.attribute(MESSAGE_DIGEST).and_then(|value| value.decode_as::<OctetString>().ok());
        let content_type = self.attribute(CONTENT_TYPE).and_then(|value| value.decode_as::<ObjectIdentifier>().ok());
        stated.is_some_and(|stated| stated.as_bytes() == digest) && content_type == Some(DATA)
    }

    fn names_certificate(&self) -> bool {
        let Ok(der) = self.certificate.to_der() else { return false };
        let hash: [u8; 32] = Sha256::digest(der).into();
        self.attribute(SIGNING_CERTIFICATE).is_some_and(|value| SigningCertificate::names(value, &hash))
    }

    /// The value of an attribute that is there once, with one value.
    fn attribute(&self, oid: ObjectIdentifier) -> Option<&Any> {
        let mut found = self.attributes.iter().filter(|attribute| attribute.oid == oid);
        match (found.next(), found.next()) {
            (Some(attribute), None) if attribute.values.len() == 1 => attribute.values.get(0),
            _ => None,
        }
    }

    /// What the signer's certificate calls them.
    fn name(&self) -> String {
        self.certificate.tbs_certificate().subject().to_string()
    }
}

/// The DER value that the bytes begin with, if only zeros follow it.
fn first_value(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.len() > CMS_BYTES_MAX {
        return None;
    }
    let mut reader = SliceReader::new(bytes).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    let head = usize::try_from(u32::from(reader.position())).ok()?;
    let length = usize::try_from(u32::from(header.length())).ok()?;
    let (value, rest) = bytes.split_at_checked(head.checked_add(length)?)?;
    rest.iter().all(|byte| *byte == 0).then_some(value)
}

fn is_of(signer: &SignerIdentifier, certificate: &Certificate) -> bool {
    let of = certificate.tbs_certificate();
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == *of.issuer() && named.serial_number == *of.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            matches!(of.get_extension::<SubjectKeyIdentifier>(), Ok(Some((_, found))) if found == *named)
        }
    }
}

/// The certificate's key, if it is one on P-256.
fn verifying_key(certificate: &Certificate) -> Option<VerifyingKey> {
    let key = certificate.tbs_certificate().subject_public_key_info();
    VerifyingKey::from_sec1_bytes(key.subject_public_key.as_bytes()?).ok()
}

/// Whether it is, of the two signatures that hold, the one that [`super::Seal::sign`] makes.
fn has_low_s(signature: &[u8]) -> bool {
    Signature::from_der(signature).is_ok_and(|signature| signature.normalize_s() == signature)
}

fn verifies(key: &VerifyingKey, signed: &[u8], signature: &[u8]) -> bool {
    DerSignature::from_bytes(signature).is_ok_and(|signature| key.verify(signed, &signature).is_ok())
}

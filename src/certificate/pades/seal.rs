//! Seals digests: a CMS structure that is made once, into which digest and signature are filled.

use super::oids::{
    CONTENT_TYPE, DATA, ECDSA_SHA_256, MESSAGE_DIGEST, SHA_256, SIGNED_DATA, SIGNING_CERTIFICATE, SigningCertificate,
};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Encode};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey;
use sha2::{Digest, Sha256};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

/// Longest DER form of an ECDSA signature on P-256: two integers of 33 bytes.
const SIGNATURE_BYTES_MAX: usize = 72;
/// Nearly all signatures have one of these lengths; the structure is kept ready for them.
const USUAL_LENGTHS: [usize; 3] = [70, 71, 72];

/// The key and certificates that seal files.
pub struct Seal {
    key: SigningKey,
    chain: Vec<Certificate>,
    /// The signed attributes as they are signed, with the place of the digest.
    attributes: Filling<1>,
    /// The whole structure for each of [`USUAL_LENGTHS`], with the places of digest and signature.
    structures: Vec<Filling<2>>,
}

/// Bytes with places that are filled in.
struct Filling<const PLACES: usize> {
    bytes: Vec<u8>,
    places: [usize; PLACES],
}

/// Why a key and chain can't seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// The key isn't a P-256 key in PKCS#8.
    #[error("not a P-256 key in PKCS#8")]
    Key,
    /// A certificate can't be read, or there is none.
    #[error("not a chain of X.509 certificates")]
    Chain,
    /// The first certificate is another key's.
    #[error("the first certificate is another key's")]
    OtherKey,
}

impl From<der::Error> for SealFault {
    fn from(_: der::Error) -> Self {
        Self::Chain
    }
}

impl Seal {
    /// From a P-256 key (PKCS#8, DER) and its certificates (X.509, PEM), the key's own first.
    ///
    /// # Errors
    /// See [`SealFault`].
    pub fn new(pkcs8: &[u8], chain: &str) -> Result<Self, SealFault> {
        let key = SigningKey::from_pkcs8_der(pkcs8).map_err(|_| SealFault::Key)?;
        let chain = Certificate::load_pem_chain(chain.as_bytes())?;
        let own = chain.first().ok_or(SealFault::Chain)?;
        let public = own.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
        if key.verifying_key().to_sec1_point(false).as_bytes() != public {
            return Err(SealFault::OtherKey);
        }
        let attributes = Filling::new(attributes(own, &DIGEST)?.to_der()?, [&DIGEST])?;
        let structures = USUAL_LENGTHS.into_iter().map(|length| structure(&chain, length)).collect::<Result<_, _>>()?;
        Ok(Self { key, chain, attributes, structures })
    }

    /// Most bytes of a signature of this seal. A function of the chain alone.
    pub fn reserved_bytes(&self) -> usize {
        self.structures.iter().map(|structure| structure.bytes.len()).max().unwrap_or_default()
    }

    /// The detached CMS signature over content with this SHA-256, in DER. The same digest gives the same bytes.
    pub fn sign(&self, digest: &[u8; 32]) -> Vec<u8> {
        let signature: Signature = self.key.sign(&self.attributes.filled([digest]));
        // Of the two signatures that hold, the one with the lower s (SEC 1, 4.1.3): so there is one.
        let signature: DerSignature = signature.normalize_s().to_der();
        let signature = signature.as_bytes();
        let usual = USUAL_LENGTHS.iter().position(|&length| length == signature.len());
        match usual.and_then(|at| self.structures.get(at)) {
            Some(structure) => structure.filled([digest, signature]),
            None => canonical(&self.chain, digest, signature).expect("the chain was encoded before"),
        }
    }
}

/// The signature of a chain's first key over content with this digest, in the one form that [`Seal::sign`] gives it.
pub(super) fn canonical(chain: &[Certificate], digest: &[u8; 32], signature: &[u8]) -> Option<Vec<u8>> {
    let is_possible = signature.len() <= SIGNATURE_BYTES_MAX;
    Some(structure(chain, signature.len()).ok().filter(|_| is_possible)?.filled([digest, signature]))
}

/// The structure around a signature of this length.
fn structure(chain: &[Certificate], length: usize) -> Result<Filling<2>, SealFault> {
    let own = chain.first().ok_or(SealFault::Chain)?;
    let placeholder = vec![SIGNATURE_BYTE; length.min(SIGNATURE_BYTES_MAX)];
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: own.tbs_certificate().issuer().clone(),
            serial_number: own.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: algorithm(SHA_256),
        signed_attrs: Some(attributes(own, &DIGEST)?),
        signature_algorithm: algorithm(ECDSA_SHA_256),
        signature: OctetString::new(placeholder.as_slice())?,
        unsigned_attrs: None,
    };
    let certificates: Vec<_> = chain.iter().cloned().map(CertificateChoices::Certificate).collect();
    let signed = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![algorithm(SHA_256)])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent: None },
        certificates: Some(CertificateSet::try_from(certificates)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    let whole = ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&signed)? };
    Filling::new(whole.to_der()?, [&DIGEST, &placeholder])
}

/// Stands for the digest in the structure; neither it nor the next occurs in a certificate by chance.
const DIGEST: [u8; 32] = *b"ikrar: the place of the digest..";
/// Stands for each byte of the signature.
const SIGNATURE_BYTE: u8 = 0xA5;

impl<const PLACES: usize> Filling<PLACES> {
    /// Finds the places by what stands there.
    fn new(bytes: Vec<u8>, stand: [&[u8]; PLACES]) -> Result<Self, SealFault> {
        let mut places = [0; PLACES];
        for (place, stands) in places.iter_mut().zip(stand) {
            *place = bytes.windows(stands.len()).position(|window| window == stands).ok_or(SealFault::Chain)?;
        }
        Ok(Self { bytes, places })
    }

    fn filled(&self, content: [&[u8]; PLACES]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for (place, content) in self.places.into_iter().zip(content) {
            bytes[place..place + content.len()].copy_from_slice(content);
        }
        bytes
    }
}

/// The attributes that are signed (ETSI EN 319 122-1, 5): no signing time, which the PDF has itself.
fn attributes(own: &Certificate, digest: &[u8; 32]) -> Result<SignedAttributes, SealFault> {
    let attribute =
        |oid, value| -> der::Result<Attribute> { Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? }) };
    let hash: [u8; 32] = Sha256::digest(own.to_der()?).into();
    let attributes = vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest.as_slice())?)?)?,
        attribute(SIGNING_CERTIFICATE, Any::encode_from(&SigningCertificate::new(&hash)?)?)?,
    ];
    Ok(SetOfVec::try_from(attributes)?)
}

fn algorithm(oid: der::asn1::ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

#[cfg(test)]
impl Seal {
    /// A seal that is the same in every run.
    pub fn for_tests() -> Self {
        let (_, key) = der::SecretDocument::from_pem(include_str!("../../../tests/vectors/seal/key.pem")).unwrap();
        Self::new(key.as_bytes(), include_str!("../../../tests/vectors/seal/chain.pem")).unwrap()
    }
}

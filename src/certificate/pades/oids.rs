//! Object identifiers and the one attribute that `cms` has no type for.

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Sequence};

/// id-data (RFC 5652, 4).
pub const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
/// id-signedData (RFC 5652, 5.1).
pub const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// id-contentType (RFC 5652, 11.1).
pub const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// id-messageDigest (RFC 5652, 11.2).
pub const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// id-aa-signingCertificateV2 (RFC 5035, 3).
pub const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
/// id-sha256 (RFC 5754, 2.2).
pub const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// ecdsa-with-SHA256 (RFC 5754, 3.3).
pub const ECDSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// SigningCertificateV2 (RFC 5035, 3) with one certificate; SHA-256 is the default of the hash algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub struct SigningCertificate {
    certificates: Vec<CertificateHash>,
}

/// ESSCertIDv2.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct CertificateHash {
    #[asn1(optional = "true")]
    algorithm: Option<spki::AlgorithmIdentifierOwned>,
    hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

impl SigningCertificate {
    /// Names the certificate with this SHA-256.
    pub fn new(hash: &[u8; 32]) -> der::Result<Self> {
        let hash = OctetString::new(hash.as_slice())?;
        Ok(Self { certificates: vec![CertificateHash { algorithm: None, hash, issuer_serial: None }] })
    }

    /// Whether it names the certificate with this SHA-256.
    pub fn names(value: &Any, hash: &[u8; 32]) -> bool {
        let read = value.to_der().and_then(|der| Self::from_der(&der));
        read.is_ok_and(|read| {
            read.certificates.first().is_some_and(|first| {
                let is_sha_256 = first.algorithm.as_ref().is_none_or(|algorithm| algorithm.oid == SHA_256);
                is_sha_256 && first.hash.as_bytes() == hash
            })
        })
    }
}

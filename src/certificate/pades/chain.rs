//! The public part of a seal: its certificates.

use der::pem::LineEnding;
use der::{Decode, Encode, EncodePem};
use sha2::{Digest, Sha256};
use x509_cert::Certificate;

/// Certificates of a P-256 key, its own first.
pub struct PublicChain {
    /// The key, a point on P-256: 4, x and y (SEC 1, 2.3.3).
    pub point: [u8; 65],
    /// X.509 certificates, DER.
    pub certificates: Vec<Vec<u8>>,
}

/// The certificate that PDF readers are told to trust.
pub struct AuthorityCertificate {
    /// PEM (RFC 7468).
    pub pem: String,
    /// SHA-256 of its DER, as other programs print it: pairs of upper-case digits between colons.
    pub sha256: String,
}

impl PublicChain {
    /// The last certificate; `None` if it can't be read.
    pub fn authority(&self) -> Option<AuthorityCertificate> {
        let der = self.certificates.last()?;
        let pem = Certificate::from_der(der).ok()?.to_pem(LineEnding::LF).ok()?;
        let pairs: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
        Some(AuthorityCertificate { pem, sha256: pairs.join(":") })
    }

    /// Reads PEM (RFC 7468); `None` unless the first certificate is one of a P-256 key.
    pub fn of_pem(chain: &str) -> Option<Self> {
        let read = Certificate::load_pem_chain(chain.as_bytes()).ok()?;
        let key = read.first()?.tbs_certificate().subject_public_key_info();
        let point = key.subject_public_key.as_bytes()?.try_into().ok()?;
        let certificates = read.iter().map(Encode::to_der).collect::<Result<_, _>>().ok()?;
        Some(Self { point, certificates })
    }
}

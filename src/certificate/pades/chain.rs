//! The public part of a seal: its certificates.

use der::Encode;
use x509_cert::Certificate;

/// Certificates of a P-256 key, its own first.
pub struct PublicChain {
    /// The key, a point on P-256: 4, x and y (SEC 1, 2.3.3).
    pub point: [u8; 65],
    /// X.509 certificates, DER.
    pub certificates: Vec<Vec<u8>>,
}

impl PublicChain {
    /// Reads PEM (RFC 7468); `None` unless the first certificate is one of a P-256 key.
    pub fn of_pem(chain: &str) -> Option<Self> {
        let read = Certificate::load_pem_chain(chain.as_bytes()).ok()?;
        let key = read.first()?.tbs_certificate().subject_public_key_info();
        let point = key.subject_public_key.as_bytes()?.try_into().ok()?;
        let certificates = read.iter().map(Encode::to_der).collect::<Result<_, _>>().ok()?;
        Some(Self { point, certificates })
    }
}

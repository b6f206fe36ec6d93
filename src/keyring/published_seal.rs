//! A seal's certificates, as the installation publishes them.

/// The public part of a key that seals files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedSeal {
    /// The key's id.
    pub kid: String,
    /// The public key, a point on P-256: 4, x and y (SEC 1, 2.3.3).
    pub point: [u8; 65],
    /// X.509 certificates in DER, the key's own first.
    pub chain: Vec<Vec<u8>>,
}

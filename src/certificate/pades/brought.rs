//! A key and its certificates that an organizer brings, from an authority of their own.

use super::seal::{Seal, SealFault};
use der::asn1::ObjectIdentifier;
use der::pem::LineEnding;
use der::{Decode, Encode, EncodePem, SecretDocument};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};
use zeroize::Zeroizing;

/// Longest file of a key or of certificates, in bytes.
pub const PEM_BYTES_MAX: usize = 32 * 1024;
/// Most certificates of a chain.
pub const CHAIN_MAX: usize = 6;
/// The label of a private key in PKCS#8 (RFC 7468, 10).
const PKCS8_LABEL: &str = "PRIVATE KEY";
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// A key that seals, with its chain.
pub struct BroughtSeal {
    /// The private key in PKCS#8, DER.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// The certificates in PEM, the key's own first.
    pub chain: String,
    /// The key's own certificate, DER.
    pub certificate: Vec<u8>,
    /// Until when that is valid, seconds since 1970.
    pub not_after: u64,
}

/// Why a key and chain aren't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BroughtFault {
    /// The key isn't a PKCS#8 PEM without a passphrase.
    #[error("the key isn't an unencrypted PKCS#8 PEM")]
    KeyFile,
    /// The key isn't one on P-256.
    #[error("the key isn't one on P-256")]
    Curve,
    /// The chain is empty, too long, or can't be read.
    #[error("the chain can't be read")]
    Chain,
    /// The chain's first certificate is another key's.
    #[error("the first certificate is another key's")]
    OtherKey,
    /// A certificate isn't issued by the next one.
    #[error("a certificate isn't issued by the next one")]
    Order,
    /// The key's certificate isn't valid now.
    #[error("the key's certificate isn't valid now")]
    Expired,
    /// The key's certificate doesn't allow signatures.
    #[error("the key's certificate doesn't allow signatures")]
    Usage,
}

/// Reads a private key in PEM.
///
/// # Errors
/// `KeyFile` for anything but a PKCS#8 key without a passphrase.
pub fn private_key(pem: &str) -> Result<Zeroizing<Vec<u8>>, BroughtFault> {
    let (label, key) = SecretDocument::from_pem(pem).map_err(|_| BroughtFault::KeyFile)?;
    if label != PKCS8_LABEL {
        return Err(BroughtFault::KeyFile);
    }
    Ok(Zeroizing::new(key.as_bytes().to_vec()))
}

/// A private key (PKCS#8, DER) in PEM; `None` if it isn't one.
pub fn private_key_pem(pkcs8: &[u8]) -> Option<Zeroizing<String>> {
    SecretDocument::try_from(pkcs8).ok()?.to_pem(PKCS8_LABEL, LineEnding::LF).ok()
}

/// Checks a key and its chain, both PEM, at `now_secs` (seconds since 1970). That each certificate is issued by the
/// next is checked by name only: issuers may have keys that this program can't check, and nothing here trusts a seal
/// because of who issued its certificate.
///
/// # Errors
/// See [`BroughtFault`].
pub fn brought_seal(key: &str, chain: &str, now_secs: u64) -> Result<BroughtSeal, BroughtFault> {
    let pkcs8 = private_key(key)?;
    let certificates = Certificate::load_pem_chain(chain.as_bytes()).map_err(|_| BroughtFault::Chain)?;
    if certificates.is_empty() || certificates.len() > CHAIN_MAX {
        return Err(BroughtFault::Chain);
    }
    let pems = certificates.iter().map(|certificate| certificate.to_pem(LineEnding::LF));
    let chain = pems.collect::<Result<String, _>>().map_err(|_| BroughtFault::Chain)?;
    Seal::new(&pkcs8, &chain).map_err(|fault| match fault {
        SealFault::Key => BroughtFault::Curve,
        SealFault::Chain => BroughtFault::Chain,
        SealFault::OtherKey => BroughtFault::OtherKey,
    })?;
    let names = certificates.iter().map(Certificate::tbs_certificate);
    let issuers = certificates.iter().skip(1).map(Certificate::tbs_certificate);
    if names.zip(issuers).any(|(certificate, issuer)| certificate.issuer() != issuer.subject()) {
        return Err(BroughtFault::Order);
    }
    let own = certificates.first().ok_or(BroughtFault::Chain)?;
    let validity = own.tbs_certificate().validity();
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
    let not_after = seconds(validity.not_after);
    if !(seconds(validity.not_before)..=not_after).contains(&now_secs) {
        return Err(BroughtFault::Expired);
    }
    let usage = own.tbs_certificate().extensions().and_then(|all| all.iter().find(|one| one.extn_id == KEY_USAGE));
    if let Some(usage) = usage {
        let usage = KeyUsage::from_der(usage.extn_value.as_bytes()).map_err(|_| BroughtFault::Chain)?;
        if !usage.0.contains(KeyUsages::DigitalSignature) && !usage.0.contains(KeyUsages::NonRepudiation) {
            return Err(BroughtFault::Usage);
        }
    }
    let certificate = own.to_der().map_err(|_| BroughtFault::Chain)?;
    Ok(BroughtSeal { pkcs8, chain, certificate, not_after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::pades::{make_authority, make_seal};

    const NOW_MS: i64 = 1_800_000_000_000;
    const NOW: u64 = 1_800_000_000;

    /// A key and its chain of two certificates, in PEM.
    fn pair() -> (String, String, String) {
        let authority = make_authority("kantor.example", NOW_MS, [1; 16]).unwrap();
        let seal = make_seal(&authority.pkcs8, "kantor.example", NOW_MS, [2; 16]).unwrap();
        let key = private_key_pem(&seal.pkcs8).unwrap().to_string();
        (key, seal.certificate_pem, authority.certificate_pem)
    }

    #[test]
    fn a_key_and_its_chain_are_taken() {
        let (key, own, authority) = pair();
        let brought = brought_seal(&key, &format!("{own}{authority}"), NOW).unwrap();
        assert!(Seal::new(&brought.pkcs8, &brought.chain).is_ok());
        assert!(brought.not_after > NOW + 9 * 365 * 86_400);
        // Text around the certificates, as openssl writes it, isn't kept.
        let talkative = format!("subject=CN = x\n{own}issuer=y\n{authority}");
        assert_eq!(brought_seal(&key, &talkative, NOW).map(|brought| brought.chain), Ok(brought.chain));
        assert!(brought_seal(&key, &own, NOW).is_ok(), "its own certificate alone");
    }

    #[test]
    fn what_couldn_t_seal_is_refused_with_the_reason() {
        let (key, own, authority) = pair();
        let (other_key, other_own, _) = pair();
        let chain = format!("{own}{authority}");
        let labelled = key.replace("PRIVATE KEY", "EC PRIVATE KEY");
        let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        for (key, chain, now, fault) in [
            (labelled.as_str(), chain.as_str(), NOW, BroughtFault::KeyFile),
            (&encrypted, &chain, NOW, BroughtFault::KeyFile),
            ("", &chain, NOW, BroughtFault::KeyFile),
            (&key, "", NOW, BroughtFault::Chain),
            (&key, &chain[..chain.len() / 2], NOW, BroughtFault::Chain),
            (&key, &own.repeat(CHAIN_MAX + 1), NOW, BroughtFault::Chain),
            (&other_key, &chain, NOW, BroughtFault::OtherKey),
            (&key, &format!("{authority}{own}"), NOW, BroughtFault::OtherKey),
            (&key, &format!("{own}{other_own}"), NOW, BroughtFault::Order),
            (&key, &chain, NOW - 3 * 86_400, BroughtFault::Expired),
            (&key, &chain, NOW + 11 * 366 * 86_400, BroughtFault::Expired),
        ] {
            assert_eq!(brought_seal(key, chain, now).map(|_| ()), Err(fault));
        }
        // An authority's key issues certificates and signs nothing else.
        let made = make_authority("kantor.example", NOW_MS, [1; 16]).unwrap();
        let key = private_key_pem(&made.pkcs8).unwrap();
        assert_eq!(brought_seal(&key, &made.certificate_pem, NOW).map(|_| ()), Err(BroughtFault::Usage));
    }
}

//! A self-signed TLS certificate (P-256), for servers without a certificate from an authority.

use anyhow::Context;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

/// Browsers refuse certificates that are valid for longer, even if the user accepts the unknown issuer.
const VALIDITY_MS: i64 = 365 * 24 * 3600 * 1_000;

/// A certificate and its key.
pub struct SelfSigned {
    /// The certificate as PEM.
    pub certificate_pem: String,
    /// The certificate as sent on the wire.
    pub certificate_der: Vec<u8>,
    /// The private key as PEM.
    pub key_pem: String,
}

/// A certificate for these host names and addresses, valid from the day of `now_ms` (milliseconds since 1970).
///
/// # Errors
/// When a host is neither a name nor an address, or the system gives no randomness.
pub fn make(name: &str, hosts: impl IntoIterator<Item = String>, now_ms: i64) -> anyhow::Result<SelfSigned> {
    let mut params = CertificateParams::new(hosts.into_iter().collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, name);
    let day = |at_ms: i64| -> anyhow::Result<_> {
        let date = jiff::Timestamp::from_millisecond(at_ms)?.to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(date_time_ymd(date.year().into(), u8::try_from(date.month())?, u8::try_from(date.day())?))
    };
    params.not_before = day(now_ms)?;
    params.not_after = day(now_ms + VALIDITY_MS)?;
    let key = KeyPair::generate().context("the system gives no randomness")?;
    let certificate = params.self_signed(&key)?;
    Ok(SelfSigned {
        certificate_pem: certificate.pem(),
        certificate_der: certificate.der().to_vec(),
        key_pem: key.serialize_pem(),
    })
}

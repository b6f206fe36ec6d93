//! A TLS certificate that this program makes for itself (P-256), where nobody else vouches for it.

use crate::domain::time::UnixMillis;
use anyhow::Context;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

/// Browsers refuse certificates of a longer life even when their owner accepts the unknown issuer.
const CERTIFICATE_SECS: i64 = 365 * 24 * 3600;

/// A certificate and its key.
pub(super) struct SelfSigned {
    pub certificate_pem: String,
    /// The certificate as it goes over the wire.
    pub certificate_der: Vec<u8>,
    pub key_pem: String,
}

/// For these host names and addresses, from today on.
pub(super) fn make(name: &str, hosts: impl IntoIterator<Item = String>, now: UnixMillis) -> anyhow::Result<SelfSigned> {
    let mut params = CertificateParams::new(hosts.into_iter().collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, name);
    let day = |at: UnixMillis| -> anyhow::Result<_> {
        let date = jiff::Timestamp::from_millisecond(at.0)?.to_zoned(jiff::tz::TimeZone::UTC).date();
        Ok(date_time_ymd(date.year().into(), u8::try_from(date.month())?, u8::try_from(date.day())?))
    };
    params.not_before = day(now)?;
    params.not_after = day(now.plus_secs(CERTIFICATE_SECS))?;
    let key = KeyPair::generate().context("the system gives no randomness")?;
    let certificate = params.self_signed(&key)?;
    Ok(SelfSigned {
        certificate_pem: certificate.pem(),
        certificate_der: certificate.der().to_vec(),
        key_pem: key.serialize_pem(),
    })
}

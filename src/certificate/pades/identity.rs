//! Makes the organizer's own certificate authority and the certificates of seals.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
    date_time_ymd,
};
use zeroize::Zeroizing;

/// Days that an authority is valid: twenty years.
const AUTHORITY_DAYS: i64 = 7_305;
/// Days that a seal's certificate is valid: ten years.
const SEAL_DAYS: i64 = 3_653;
/// What the certificates say of themselves, as the organizational unit.
const NOT_CERTIFIED: &str = "Tanda tangan digital, tidak tersertifikasi";

/// A P-256 key with its certificate.
pub struct SealIdentity {
    /// The private key in PKCS#8, DER.
    pub pkcs8: Zeroizing<Vec<u8>>,
    /// The X.509 certificate, DER.
    pub certificate: Vec<u8>,
    /// The same in PEM.
    pub certificate_pem: String,
}

impl SealIdentity {
    fn new(key: &KeyPair, certificate: &Certificate) -> Self {
        let pkcs8 = Zeroizing::new(key.serialize_der());
        Self { pkcs8, certificate: certificate.der().to_vec(), certificate_pem: certificate.pem() }
    }
}

/// A key or certificate can't be made.
#[derive(Debug, thiserror::Error)]
pub enum IdentityFault {
    /// The system gives no randomness, or the authority's key can't be read.
    #[error("the certificate can't be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The time is outside of what a certificate can say.
    #[error("the certificate's time can't be written: {0}")]
    Time(#[from] jiff::Error),
}

/// An authority of the installation at this host, valid from the day of `now_ms` (milliseconds since 1970). The serial
/// is 16 random bytes.
///
/// # Errors
/// See [`IdentityFault`].
pub fn make_authority(host: &str, now_ms: i64, serial: [u8; 16]) -> Result<SealIdentity, IdentityFault> {
    let key = KeyPair::generate()?;
    Ok(SealIdentity::new(&key, &authority_params(host, now_ms, serial)?.self_signed(&key)?))
}

/// A key that seals files, with a certificate of the authority that was made for this host.
///
/// # Errors
/// See [`IdentityFault`].
pub fn make_seal(
    authority_pkcs8: &[u8],
    host: &str,
    now_ms: i64,
    serial: [u8; 16],
) -> Result<SealIdentity, IdentityFault> {
    let mut params = params(&format!("Ikrar {host}"), now_ms, SEAL_DAYS, serial)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment];
    params.use_authority_key_identifier_extension = true;
    // Of the authority's parameters, its name, key and usages count; they are always the same.
    let issuer_params = authority_params(host, now_ms, serial)?;
    let issuer = Issuer::new(issuer_params, KeyPair::try_from(authority_pkcs8)?);
    let key = KeyPair::generate()?;
    Ok(SealIdentity::new(&key, &params.signed_by(&key, &issuer)?))
}

fn authority_params(host: &str, now_ms: i64, serial: [u8; 16]) -> Result<CertificateParams, IdentityFault> {
    let mut params = params(&format!("Ikrar CA {host}"), now_ms, AUTHORITY_DAYS, serial)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn params(name: &str, now_ms: i64, days: i64, serial: [u8; 16]) -> Result<CertificateParams, IdentityFault> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    // RFC 5280's upper bound of a common name.
    params.distinguished_name.push(DnType::CommonName, name.chars().take(64).collect::<String>());
    params.distinguished_name.push(DnType::OrganizationalUnitName, NOT_CERTIFIED);
    let today = jiff::Timestamp::from_millisecond(now_ms)?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = |date: jiff::civil::Date| {
        let part = |part: i8| u8::try_from(part).unwrap_or(1);
        date_time_ymd(date.year().into(), part(date.month()), part(date.day()))
    };
    params.not_before = day(today);
    params.not_after = day(today.checked_add(jiff::Span::new().days(days))?);
    // A serial number is positive and has at most 20 octets (RFC 5280, 4.1.2.2).
    let mut serial = serial;
    serial[0] = serial[0] & 0x7F | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(params)
}

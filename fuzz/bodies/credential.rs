//! The decoder of credentials, and what is shown from one.

use super::FuzzBody;
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer, SigningKey};
use ikrar::credential::cwt::{CREDENTIAL_BYTES_MAX, Credential, whole_len};
use ikrar::credential::jwks::Jwks;
use ikrar::credential::{qr, vc};
use ikrar::verification::{Input, TrustRoots, Verdict, examine};
use std::sync::LazyLock;

pub const CREDENTIAL: FuzzBody = FuzzBody {
    name: "credential",
    input_bytes_max: CREDENTIAL_BYTES_MAX + 16,
    run,
    seeds,
    dictionary: &["\u{0}\u{1}", "X@", "16.71", "2003", "vektor-uji1", "\u{1a}", "\u{1b}", "\u{7f}"],
};

pub const ISSUER: &str = "https://ikrar.example.go.id";

/// The key of the vectors.
pub static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));
static VECTOR: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../tests/vectors/credential.json")).unwrap());
static TRUST: LazyLock<TrustRoots> =
    LazyLock::new(|| TrustRoots::of(&[serde_json::from_value::<Jwks>(VECTOR["jwks"].clone()).unwrap()]));

/// The credential of the vectors.
pub fn vector() -> Vec<u8> {
    HEXLOWER.decode(VECTOR["credential"].as_str().unwrap().as_bytes()).unwrap()
}

fn run(data: &[u8]) {
    let Ok(read) = Credential::decode(data) else { return };
    holds(&read, data);
    // The same claims signed by the key: any signed credential is valid and can be shown.
    let Ok(signed) = read.claims.issue("vektor-uji1", |message| KEY.sign(message).to_bytes()) else { return };
    let report = examine(&Input::Cose(signed), &TRUST).offline();
    assert_eq!(report.verdict, Verdict::Valid);
    let shown = serde_json::to_string(&report).unwrap();
    assert_eq!(
        serde_json::to_string(&serde_json::from_str::<serde_json::Value>(&shown).unwrap()).unwrap().len(),
        shown.len()
    );
    let document = vc::issue(&read.claims, ISSUER, "vektor-uji1", |message| KEY.sign(message).to_bytes());
    assert!(document["proof"].is_object());
}

/// A credential has only one encoding, and only the key can sign one.
pub fn holds(read: &Credential, data: &[u8]) {
    assert!(data.len() <= CREDENTIAL_BYTES_MAX);
    assert_eq!(read.bytes(), data);
    assert_eq!(whole_len(data), Some(data.len()));
    let signature: [u8; 64] = *data.last_chunk().unwrap();
    assert_eq!(read.claims.issue(&read.kid, |_| signature).as_deref(), Ok(data));
    assert_eq!(qr::read(&qr::text(ISSUER, data)).as_ref(), Ok(read));
    assert!(Credential::decode(&data[..data.len() - 1]).is_err());
    assert!(Credential::decode(&[data, &[0]].concat()).is_err());
    assert!(!read.is_signed_by(&KEY.verifying_key()) || seeds().iter().any(|seed| seed == data), "a forged credential");
}

fn seeds() -> Vec<Vec<u8>> {
    let read = Credential::decode(&vector()).unwrap();
    let signed = |change: fn(&mut ikrar::credential::cwt::Claims)| {
        let mut claims = read.claims.clone();
        change(&mut claims);
        claims.issue("vektor-uji1", |message| KEY.sign(message).to_bytes()).unwrap()
    };
    vec![
        vector(),
        signed(|claims| claims.signed_at.0 = -1),
        signed(|claims| claims.signed_at.0 = i64::MAX),
        signed(|claims| (claims.shown_name, claims.status_index) = (String::new(), u32::MAX)),
        signed(|claims| {
            (claims.shown_name, claims.institution, claims.last4) = ("X@".repeat(40), "".into(), "é".into())
        }),
    ]
}

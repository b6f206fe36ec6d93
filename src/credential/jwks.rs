//! The published keys: a JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037, `OKP`), with the issuer's address,
//! and of the keys that seal files (RFC 7518, `EC`) with their certificates.
//!
//! ```json
//! {"issuer": "https://ikrar.example.go.id",
//!  "keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "A1b2C3d4E5f", "x": "…"}]}
//! ```
//! `issuer` is an additional member, as RFC 7517 section 5 permits: a saved file says whose keys they are.

use crate::domain::time::UnixMillis;
use crate::keyring::{Keyring, PublishedSeal};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

/// A longer file is refused unread.
pub const JWKS_BYTES_MAX: usize = 256 * 1024;
/// More keys than this are refused.
pub const KEYS_MAX: usize = 1000;

/// A set of public keys that sign credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The installation's address; absent in a set that someone put together by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    keys: Vec<Jwk>,
    /// Compromised keys. They aren't in `keys`, so a program that ignores this member doesn't trust them.
    #[serde(default, rename = "ikrar:compromised", skip_serializing_if = "Vec::is_empty")]
    compromised: Vec<Compromised>,
}

/// A compromised credential key, and since when it is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Compromised {
    #[serde(flatten)]
    key: Jwk,
    /// RFC 3339.
    compromised_at: String,
}

/// One key. Members of other key types are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    crv: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default)]
    kid: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    x: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    y: String,
    /// The key's X.509 certificates, its own first, in base64 (RFC 7517, 4.7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    x5c: Vec<String>,
}

impl Jwk {
    fn of(kid: &str, key: &VerifyingKey) -> Self {
        Self {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            alg: Some("EdDSA".into()),
            usage: Some("sig".into()),
            kid: kid.into(),
            x: BASE64URL_NOPAD.encode(key.as_bytes()),
            y: String::new(),
            x5c: Vec::new(),
        }
    }

    /// A key that seals files (RFC 7518, 6.2.1).
    fn of_seal(seal: &PublishedSeal) -> Self {
        let (x, y) = seal.point[1..].split_at(32);
        Self {
            kty: "EC".into(),
            crv: "P-256".into(),
            alg: Some("ES256".into()),
            usage: Some("sig".into()),
            kid: seal.kid.clone(),
            x: BASE64URL_NOPAD.encode(x),
            y: BASE64URL_NOPAD.encode(y),
            x5c: seal.chain.iter().map(|certificate| BASE64.encode(certificate)).collect(),
        }
    }

    /// The certificates of a key that seals files; `None` unless it is one.
    fn seal_chain(&self) -> Option<Vec<Vec<u8>>> {
        let is_seal = self.kty == "EC" && self.crv == "P-256" && !self.x5c.is_empty();
        is_seal.then(|| self.x5c.iter().map(|one| BASE64.decode(one.as_bytes()).ok()).collect())?
    }

    /// Its id and the key; `None` unless it is an Ed25519 key.
    fn ed25519(&self) -> Option<(&str, VerifyingKey)> {
        if self.kty != "OKP" || self.crv != "Ed25519" || self.kid.is_empty() {
            return None;
        }
        let x: [u8; 32] = BASE64URL_NOPAD.decode(self.x.as_bytes()).ok()?.try_into().ok()?;
        Some((self.kid.as_str(), VerifyingKey::from_bytes(&x).ok()?))
    }
}

/// The text isn't a key set, is too long, or holds no Ed25519 key with a `kid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a set of Ed25519 keys (JWKS)")]
pub struct JwksFault;

impl Jwks {
    /// The keyring's keys for checking credentials, as they are published at `public_url`.
    pub fn of_keyring(public_url: &str, keyring: &Keyring) -> Self {
        let keys = keyring.keys();
        let trusted = keys.trusted().map(|key| (key.kid.as_str(), key.public()));
        let compromised = keys.compromised().map(|(key, at)| (key.kid.as_str(), key.public(), at));
        Self::publish(public_url, trusted).with_compromised(compromised).with_seals(keys.seals())
    }

    /// Adds the keys that seal files.
    pub fn with_seals(mut self, seals: &[PublishedSeal]) -> Self {
        self.keys.extend(seals.iter().map(Jwk::of_seal));
        self
    }

    /// Only the keys that sign credentials, for a page that checks nothing else.
    pub fn without_seals(mut self) -> Self {
        self.keys.retain(|key| key.ed25519().is_some());
        self
    }

    /// The certificates, in DER, of each key that seals files, its own first.
    pub fn seal_chains(&self) -> impl Iterator<Item = Vec<Vec<u8>>> {
        self.keys.iter().filter_map(Jwk::seal_chain)
    }

    /// The set of these keys, each with its `kid`.
    pub fn publish<'a>(issuer: &str, keys: impl IntoIterator<Item = (&'a str, VerifyingKey)>) -> Self {
        let keys = keys.into_iter().map(|(kid, key)| Jwk::of(kid, &key));
        Self { issuer: Some(issuer.into()), keys: keys.collect(), compromised: vec![] }
    }

    /// Adds compromised keys. A signature by one of them proves nothing on its own.
    pub fn with_compromised<'a>(mut self, keys: impl IntoIterator<Item = (&'a str, VerifyingKey, UnixMillis)>) -> Self {
        let told = |(kid, key, at): (&str, VerifyingKey, UnixMillis)| Compromised {
            key: Jwk::of(kid, &key),
            compromised_at: at.rfc3339(),
        };
        self.compromised = keys.into_iter().map(told).collect();
        self
    }

    /// Reads a published set. [`Self::keys`] leaves out keys of other types.
    pub fn parse(json: &[u8]) -> Result<Self, JwksFault> {
        if json.len() > JWKS_BYTES_MAX {
            return Err(JwksFault);
        }
        let set: Self = serde_json::from_slice(json).map_err(|_| JwksFault)?;
        if set.keys.len() > KEYS_MAX || set.keys().next().is_none() { Err(JwksFault) } else { Ok(set) }
    }

    /// The Ed25519 keys with their ids.
    pub fn keys(&self) -> impl Iterator<Item = (&str, VerifyingKey)> {
        self.keys.iter().filter_map(Jwk::ed25519)
    }

    /// Compromised keys: what they signed counts only if the issuer's records hold it.
    pub fn compromised(&self) -> impl Iterator<Item = (&str, VerifyingKey)> {
        self.compromised.iter().take(KEYS_MAX).filter_map(|compromised| compromised.key.ed25519())
    }

    /// The JSON as served at `/.well-known/jwks.json`.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a struct of strings always serialises")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn a_published_set_reads_back() {
        let key = SigningKey::from_bytes(&[5; 32]).verifying_key();
        let set = Jwks::publish("https://ikrar.example.go.id", [("kid-1", key)]);
        let read = Jwks::parse(set.to_json().as_bytes()).unwrap();
        assert_eq!(read, set);
        assert_eq!(read.keys().collect::<Vec<_>>(), [("kid-1", key)]);
    }

    /// The key of RFC 8037 appendix A.2.
    #[test]
    fn a_key_of_the_standard_is_read_and_keys_of_other_types_passed_over() {
        let json = br#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"rsa"},
            {"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        let set = Jwks::parse(json).unwrap();
        assert_eq!(set.issuer, None);
        assert_eq!(set.keys().map(|(kid, _)| kid).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_set_without_a_usable_key_is_refused() {
        for bad in ["", "{}", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AA"}]}"#]
        {
            assert_eq!(Jwks::parse(bad.as_bytes()), Err(JwksFault), "{bad}");
        }
    }
}

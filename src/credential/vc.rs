//! The credential's claims as a W3C Verifiable Credential 2.0 with a Data Integrity proof, cryptosuite `eddsa-jcs-2022`
//! (W3C "Data Integrity EdDSA Cryptosuites v1.0", section 3.3), and the `did:web` document that holds its verification
//! method.
//!
//! The signature is Ed25519 over SHA-256 of the proof's options and SHA-256 of the document without its proof, both in
//! the JSON Canonicalization Scheme (RFC 8785). It is computed per request; Ed25519 gives the same bytes each time.

use super::cwt::Claims;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::VerifyingKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const CONTEXT: &str = "https://www.w3.org/ns/credentials/v2";
/// Maps the claims' own names to terms in JSON-LD; no other context defines them.
const CONTEXT_OTHER_TERMS: &str = "https://www.w3.org/ns/credentials/undefined-terms/v2";
/// Multicodec prefix of a public key, `ed25519-pub`.
const ED25519_PUBLIC: [u8; 2] = [0xED, 0x01];

/// The issuer's name: `did:web:HOST`, with `%3A` before a port (did:web, section 3.1).
pub fn did(public_url: &str) -> String {
    let host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
    format!("did:web:{}", host.replace(':', "%3A"))
}

/// The claims, signed. `sign` is Ed25519 under the key that `kid` names.
pub fn issue(claims: &Claims, public_url: &str, kid: &str, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> Value {
    let mut document = unsecured(claims, public_url);
    let mut proof = json!({
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": document["validFrom"],
        "verificationMethod": format!("{}#{kid}", did(public_url)),
        "proofPurpose": "assertionMethod",
        "@context": document["@context"],
    });
    proof["proofValue"] = multibase(&sign(&to_sign(&document, &proof))).into();
    document["proof"] = proof;
    document
}

/// The document that `did:web` resolves to, served at `/.well-known/did.json`.
pub fn did_document<'a>(public_url: &str, keys: impl IntoIterator<Item = (&'a str, VerifyingKey)>) -> Value {
    let did = did(public_url);
    let methods: Vec<Value> = keys
        .into_iter()
        .map(|(kid, key)| {
            let public = [&ED25519_PUBLIC[..], key.as_bytes()].concat();
            json!({
                "id": format!("{did}#{kid}"),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": multibase(&public),
            })
        })
        .collect();
    let ids: Vec<Value> = methods.iter().map(|method| method["id"].clone()).collect();
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": ids,
    })
}

fn unsecured(claims: &Claims, public_url: &str) -> Value {
    json!({
        "@context": [CONTEXT, CONTEXT_OTHER_TERMS],
        "id": format!("{public_url}/c/{}.json", claims.pledge),
        "type": ["VerifiableCredential", "PledgeCredential"],
        "issuer": did(public_url),
        // Whole seconds, as the credential has them.
        "validFrom": claims.signed_at.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "credentialSubject": {
            "type": "Pledge",
            "pledgeId": claims.pledge.to_string(),
            "kind": claims.kind.as_str(),
            "name": claims.shown_name,
            "identifierLast4": claims.last4,
            "institution": claims.institution,
            "textHash": BASE64URL_NOPAD.encode(&claims.text_hash),
            "statusIndex": claims.status_index,
            "method": claims.method.code(),
        },
    })
}

/// The 64 bytes that are signed: the options' hash, then the document's.
fn to_sign(document: &Value, options: &Value) -> Vec<u8> {
    [options, document]
        .map(|part| {
            let canonical = serde_json_canonicalizer::to_string(part).expect("plain JSON always has a canonical form");
            Sha256::digest(canonical.as_bytes())
        })
        .concat()
}

/// Base58 with Bitcoin's alphabet, prefixed with `z` (W3C Controlled Identifiers, section 2.4).
fn multibase(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    // Least significant first.
    let mut digits: Vec<u8> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58).to_le_bytes()[0];
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58).to_le_bytes()[0]);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).map(|_| 0);
    let digits = zeros.chain(digits.iter().rev().copied());
    std::iter::once('z').chain(digits.map(|digit| char::from(ALPHABET[usize::from(digit)]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::CampaignKind;
    use crate::domain::ids::PledgeId;
    use crate::domain::pledge::Method;
    use crate::domain::time::UnixMillis;
    use ed25519_dalek::{Signer, SigningKey, Verifier};

    /// From the base58 draft's test vectors (draft-msporny-base58, section 5).
    #[test]
    fn base58_is_that_of_the_draft() {
        assert_eq!(multibase(b"Hello World!"), "z2NEpo7TZRRrLZSi2U");
        assert_eq!(multibase(&[0, 0, 0x28, 0x7F, 0xB4, 0xCD]), "z11233QC4");
    }

    #[test]
    fn a_port_is_escaped_in_the_issuer() {
        assert_eq!(did("http://127.0.0.1:8080"), "did:web:127.0.0.1%3A8080");
        assert_eq!(did("https://ikrar.example.go.id"), "did:web:ikrar.example.go.id");
    }

    #[test]
    fn the_document_holds_the_key_as_the_cryptosuite_asks() {
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        let document = did_document("https://ikrar.example", [("k1", key)]);
        assert_eq!(document["assertionMethod"][0], "did:web:ikrar.example#k1");
        // Every Ed25519 key in this form begins like this.
        assert!(document["verificationMethod"][0]["publicKeyMultibase"].as_str().unwrap().starts_with("z6Mk"));
    }

    #[test]
    fn the_proof_verifies_and_is_the_same_each_time() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let claims = Claims {
            pledge: PledgeId([0xC4; 16]),
            signed_at: UnixMillis(1_703_643_300_120),
            kind: CampaignKind::NeutralityPledge,
            shown_name: "Dr. H. Budi Santoso, S.E.".into(),
            last4: "1001".into(),
            institution: "16".into(),
            text_hash: [3; 16],
            status_index: 12,
            method: Method::OwnDevice,
        };
        let issue = || super::issue(&claims, "https://ikrar.example", "k1", |message| key.sign(message).to_bytes());
        let mut document = issue();
        assert_eq!(document, issue());
        assert_eq!(document["validFrom"], "2023-12-27T02:15:00Z");
        let mut proof = document.as_object_mut().unwrap().remove("proof").unwrap();
        let value = proof.as_object_mut().unwrap().remove("proofValue").unwrap();
        let signature = key.sign(&to_sign(&document, &proof));
        assert_eq!(value, multibase(&signature.to_bytes()));
        key.verifying_key().verify(&to_sign(&document, &proof), &signature).unwrap();
    }
}

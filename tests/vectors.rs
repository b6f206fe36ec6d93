//! The bytes that other programs rely on, pinned in `tests/vectors/*.json`.
//!
//! Each file is generated here from fixed inputs and compared with what is committed, so that a change of a format is
//! seen. `IKRAR_WRITE_VECTORS=1 cargo test --test vectors` writes them anew, after a change that CHANGELOG announces.
#![allow(clippy::unwrap_used, reason = "a fault here is the test's failure")]

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer, SigningKey};
use ikrar::credential::cwt::Claims;
use ikrar::credential::jwks::Jwks;
use ikrar::credential::qr;
use ikrar::domain::campaign::CampaignKind;
use ikrar::domain::identifier::Identifier;
use ikrar::domain::ids::{CampaignId, PledgeId, Serial};
use ikrar::domain::leaf;
use ikrar::domain::pledge::Method;
use ikrar::domain::time::UnixMillis;
use ikrar::tlog::checkpoint::Checkpoint;
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use ikrar::tlog::note::{self, VerifierKey};
use ikrar::verification::{
    Input, LogCheck, Page, RevocationCheck, Tone, TrustRoots, Verdict, VerificationReport, examine,
};
use serde_json::{Value, json};
use std::path::Path;

const SEED: [u8; 32] = [7; 32];
const KID: &str = "vektor-uji1";
const ISSUER: &str = "https://ikrar.example.go.id";

fn check(name: &str, generated: &Value) {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = format!("{generated:#}\n");
    if std::env::var_os("IKRAR_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, text, "tests/vectors/{name}.json is no longer what the code writes");
}

fn credential() -> (Claims, Vec<u8>) {
    let claims = Claims {
        pledge: PledgeId(std::array::from_fn(|i| if i < 4 { i as u8 } else { 0x9C + i as u8 })),
        signed_at: UnixMillis(1_703_643_300_123),
        kind: CampaignKind::NeutralityPledge,
        shown_name: "Dr. Hj. Siti Rahmawati, S.Pd., M.Si.".into(),
        last4: "2003".into(),
        institution: "16.71".into(),
        text_hash: std::array::from_fn(|i| 0x10 + i as u8),
        status_index: 180_751,
        method: Method::OwnDevice,
    };
    let key = SigningKey::from_bytes(&SEED);
    let bytes = claims.issue(KID, |message| key.sign(message).to_bytes()).unwrap();
    (claims, bytes)
}

#[test]
fn credential_vector() {
    let (claims, bytes) = credential();
    let jwks = Jwks::publish(ISSUER, [(KID, SigningKey::from_bytes(&SEED).verifying_key())]);
    let vector = json!({
        "about": "A COSE_Sign1 credential under the Ed25519 key of the seed, and the text of its QR code.",
        "seed": HEXLOWER.encode(&SEED),
        "jwks": jwks,
        "claims": {
            "cti": HEXLOWER.encode(claims.pledge.as_bytes()),
            "serial": Serial::of(claims.pledge).to_string(),
            "iat": claims.signed_at.0 / 1000,
            "-65537": [1, 1, claims.shown_name, claims.last4, claims.institution,
                HEXLOWER.encode(&claims.text_hash), claims.status_index, 1],
        },
        "credential": HEXLOWER.encode(&bytes),
        "qr_text": qr::text(ISSUER, &bytes),
    });
    check("credential", &vector);
    let report = examine(&Input::Text(vector["qr_text"].as_str().unwrap().into()), &TrustRoots::of(&[jwks])).offline();
    assert_eq!(report.verdict, Verdict::Valid);
}

/// Every report there can be, with what it comes to: the page's script reads the same table.
#[test]
fn outcomes_vector() {
    use ikrar::verification::Verdict::*;
    let verdicts =
        [Valid, DataOnly, Altered, UnknownIssuer, NotInLog, Replaced, Revoked, Incomplete, Document, NotACertificate];
    let mut outcomes = vec![];
    for verdict in verdicts {
        for revocation in [RevocationCheck::Checked, RevocationCheck::Saved, RevocationCheck::NotChecked] {
            for log in [LogCheck::Proven, LogCheck::NotChecked] {
                for page in [Page::Sealed, Page::Extended, Page::Unsealed, Page::Altered, Page::None] {
                    let report = VerificationReport {
                        verdict,
                        revocation,
                        log,
                        page,
                        issuer: None,
                        claims: None,
                        extension: None,
                    };
                    let outcome = report.outcome();
                    let vouched = matches!(page, Page::Sealed | Page::None);
                    assert_eq!(
                        outcome.tone == Tone::Ok,
                        matches!(verdict, Valid | Document) && vouched,
                        "{verdict:?} {page:?}"
                    );
                    assert!(vouched || outcome.exit != 0, "{verdict:?} {page:?}");
                    let mut row = serde_json::to_value(&report).unwrap();
                    row["outcome"] = json!({"tone": outcome.tone.as_str(), "headline": outcome.headline.as_str(), "exit": outcome.exit});
                    outcomes.push(row);
                }
            }
        }
    }
    check(
        "outcomes",
        &json!({"about": "Reports, and the tone, headline and exit code of each.", "outcomes": outcomes}),
    );
}

#[test]
fn digits_vector() {
    let samples: [&[u8]; 11] = [
        &[],
        &[0],
        &[255],
        &[1, 2],
        &[255; 3],
        &[0, 0, 0, 1],
        &[255; 5],
        &[1, 2, 3, 4, 5, 6],
        &[255; 7],
        &[0, 0, 0, 0, 0, 0, 1, 2],
        &[0xD2, 0x84, 0x51, 0xA2, 0x01, 0x27, 0x04, 0x4B, 0x76],
    ];
    let pairs = samples.map(|bytes| json!({"bytes": HEXLOWER.encode(bytes), "digits": qr::digits(bytes)}));
    let refused = ["1", "12", "1234", "256", "65536", "16777216", "72057594037927936", "12a"];
    refused.iter().for_each(|digits| assert!(qr::bytes(digits).is_err(), "{digits}"));
    check("digits", &json!({"about": "Bytes as the digits of a QR text.", "pairs": pairs, "refused": refused}));
}

#[test]
fn leaves_vector() {
    let campaign = CampaignId(std::array::from_fn(|i| i as u8));
    let identifier = Identifier::parse("198503152010012003").unwrap();
    let (claims, credential) = credential();
    let salt = [9; 32];
    let text_hash: [u8; 32] = std::array::from_fn(|i| 0x10 + i as u8);
    assert_eq!(text_hash[..16], claims.text_hash);
    let leaves = [
        leaf::groups_leaf(&[3; 32]),
        leaf::roster_leaf(campaign, 4, 180_751, &identifier, &salt),
        leaf::pledge_leaf(campaign, 4, 180_751, &text_hash, &credential, &salt),
    ];
    let [groups, roster, pledge] = leaves.map(|leaf| HEXLOWER.encode(&leaf));
    check(
        "leaves",
        &json!({
            "about": "Leaf bytes of the roster and pledge logs.",
            "campaign": HEXLOWER.encode(campaign.as_bytes()), "group": 4, "slot": 180_751,
            "identifier": identifier.shown(), "salt": HEXLOWER.encode(&salt),
            "groups_hash": HEXLOWER.encode(&[3; 32]), "text_hash": HEXLOWER.encode(&text_hash),
            "credential": HEXLOWER.encode(&credential),
            "groups_leaf": groups, "roster_leaf": roster, "pledge_leaf": pledge,
        }),
    );
}

#[test]
fn checkpoint_vector() {
    let leaves: Vec<Vec<u8>> = (0u8..5).map(|n| vec![n; usize::from(n)]).collect();
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.append(leaf_hash(leaf)));
    let origin = "ikrar.example.go.id/log/sumsel/pledges";
    let checkpoint = Checkpoint::of(origin, &frontier);
    let key = SigningKey::from_bytes(&SEED);
    let public_key = key.verifying_key().to_bytes();
    let signed = note::sign(&checkpoint.body(), origin, &public_key, |text| key.sign(text).to_bytes());
    check(
        "checkpoint",
        &json!({
            "about": "A tree of five leaves, its frontier's bytes, and its checkpoint signed under the seed's key.",
            "seed": HEXLOWER.encode(&SEED),
            "leaves": leaves.iter().map(|leaf| HEXLOWER.encode(leaf)).collect::<Vec<_>>(),
            "root": HEXLOWER.encode(&checkpoint.root),
            "frontier": HEXLOWER.encode(&frontier.to_bytes()),
            "vkey": VerifierKey::new(origin, public_key).unwrap().to_string(),
            "note": signed,
        }),
    );
}

/// What each release issued, as `tests/interop/freeze.py` wrote it, gets the verdict that the release gave it.
#[test]
fn what_every_release_issued_gets_the_verdict_that_it_got() {
    let releases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/releases");
    let mut checked = 0;
    for release in std::fs::read_dir(releases).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let keys = Jwks::parse(&std::fs::read(release.join("jwks.json")).unwrap()).unwrap();
        let roots = TrustRoots::of(&[keys]);
        let verdicts: serde_json::Map<String, Value> =
            serde_json::from_slice(&std::fs::read(release.join("verdicts.json")).unwrap()).unwrap();
        for (file, told) in verdicts {
            let report = examine(&Input::File(std::fs::read(release.join(&file)).unwrap()), &roots).offline();
            let given = serde_json::to_value(&report).unwrap();
            for (key, value) in told.as_object().unwrap() {
                let now = if key == "exit" { json!(report.outcome().exit) } else { given[key].clone() };
                assert_eq!(now, *value, "{key} of {}", release.join(&file).display());
            }
            checked += 1;
        }
    }
    assert!(checked >= 10, "only {checked} files of releases were found");
}

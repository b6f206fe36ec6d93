//! A credential in each of its forms: genuine, forged, changed and cut short.

use super::*;
use crate::certificate::CertificateInput;
use crate::certificate::pades::{PublicChain, Seal};
use crate::certificate::splice::SealedTemplate;
use crate::domain::campaign::CampaignKind;
use crate::domain::ids::{PledgeId, Serial};
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use crate::keyring::PublishedSeal;
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use std::sync::Arc;

const KID: &str = "A1b2C3d4E5f";

fn claims() -> Claims {
    Claims {
        pledge: PledgeId([0x5A; 16]),
        signed_at: UnixMillis(1_703_643_300_123),
        kind: CampaignKind::NeutralityPledge,
        shown_name: "Dr. H. Budi Santoso, S.E., M.Si.".into(),
        last4: "1001".into(),
        institution: "16.71".into(),
        text_hash: [7; 16],
        status_index: 180_751,
        method: Method::OwnDevice,
    }
}

fn credential_of(seed: u8, kid: &str) -> Vec<u8> {
    let key = SigningKey::from_bytes(&[seed; 32]);
    claims().issue(kid, |message| key.sign(message).to_bytes()).unwrap()
}

fn credential() -> Vec<u8> {
    credential_of(42, KID)
}

fn trust() -> TrustRoots {
    let key = SigningKey::from_bytes(&[42; 32]).verifying_key();
    TrustRoots::of(&[Jwks::publish("https://ikrar.example.go.id", [(KID, key)])])
}

fn verdict(input: &[u8]) -> Verdict {
    examine(&Input::File(input.to_vec()), &trust()).offline().verdict
}

fn receipt() -> serde_json::Value {
    serde_json::json!({
        "pledge_id": claims().pledge.to_string(),
        "serial": Serial::of(claims().pledge).to_string(),
        "log_index": 4, "signed_at": claims().signed_at.rfc3339(), "signed_count": 5,
        "credential": BASE64URL_NOPAD.encode(&credential()),
        "certificate_url": format!("https://ikrar.example.go.id/c/{}.pdf", claims().pledge),
    })
}

#[test]
fn a_genuine_credential_is_valid_in_each_of_its_forms() {
    let link = qr::text("https://ikrar.example.go.id", &credential());
    for input in [credential(), link.into_bytes(), receipt().to_string().into_bytes()] {
        let report = examine(&Input::File(input), &trust()).offline();
        assert_eq!(report.verdict, Verdict::Valid);
        assert_eq!(
            (report.revocation, report.log, report.page),
            (RevocationCheck::NotChecked, LogCheck::NotChecked, Page::None)
        );
        assert_eq!(report.issuer.as_deref(), Some("https://ikrar.example.go.id"));
        assert_eq!(report.claims.unwrap().name, claims().shown_name);
    }
}

#[test]
fn the_answer_has_the_contract_s_shape() {
    let json =
        serde_json::to_value(examine(&Input::Cose(credential()), &trust()).with_standing(PledgeStanding::Active))
            .unwrap();
    assert_eq!(json["verdict"], "valid");
    assert_eq!(json["revocation"], "checked");
    assert_eq!(json["log"], "not_checked");
    assert_eq!(json["page"], "none");
    assert_eq!(json["claims"]["signed_at"], "2023-12-27T02:15:00.000Z");
    let refused = serde_json::to_value(examine(&Input::Text("halo".into()), &trust()).offline()).unwrap();
    assert_eq!(refused["verdict"], "not_a_certificate");
    assert!(refused.get("claims").is_none() && refused["issuer"].is_null());
}

#[test]
fn a_standing_counts_only_for_what_is_genuine() {
    let with = |standing| examine(&Input::Cose(credential()), &trust()).with_standing(standing);
    assert_eq!(with(PledgeStanding::Revoked).verdict, Verdict::Revoked);
    assert_eq!(with(PledgeStanding::Replaced).verdict, Verdict::Replaced);
    assert_eq!(with(PledgeStanding::Unknown).verdict, Verdict::NotInLog);
    let forged = examine(&Input::Cose(credential_of(1, KID)), &trust()).with_standing(PledgeStanding::Active);
    assert_eq!((forged.verdict, forged.revocation), (Verdict::Altered, RevocationCheck::NotChecked));
}

#[test]
fn another_issuer_is_unknown_and_a_damaged_key_id_is_damage() {
    assert_eq!(verdict(&credential_of(1, "Zz9Yy8Xx7Ww")), Verdict::UnknownIssuer);
    assert_eq!(verdict(&credential_of(1, "A1b2xxxxxxx")), Verdict::Altered);
    assert_eq!(examine(&Input::Cose(credential()), &TrustRoots::default()).offline().verdict, Verdict::UnknownIssuer);
}

#[test]
fn a_receipt_that_contradicts_its_credential_is_altered() {
    for (field, value) in [
        ("serial", "00000-00000-0000"),
        ("signed_at", "2023-12-27T02:16:00.123Z"),
        ("pledge_id", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("credential", "!"),
    ] {
        let mut receipt = receipt();
        receipt[field] = value.into();
        assert_eq!(verdict(receipt.to_string().as_bytes()), Verdict::Altered, "{field}");
    }
    let whole = receipt().to_string();
    assert_eq!(verdict(&whole.as_bytes()[..whole.len() / 2]), Verdict::Incomplete);
    assert_eq!(verdict(br#"{"name":"Budi"}"#), Verdict::NotACertificate);
}

#[test]
fn a_saved_answer_that_nothing_signs_is_never_called_checked() {
    for (standing, expected) in [(PledgeStanding::Active, Verdict::Valid), (PledgeStanding::Revoked, Verdict::Revoked)]
    {
        let report = examine(&Input::Cose(credential()), &trust()).with_saved_standing(standing);
        assert_eq!((report.verdict, report.revocation), (expected, RevocationCheck::Saved));
    }
    let genuine = examine(&Input::Cose(credential()), &trust()).with_saved_standing(PledgeStanding::Active);
    assert_eq!(genuine.outcome().headline, Headline::Genuine);
}

#[test]
fn what_stands_beside_a_credential_and_nobody_vouches_for_is_data_only() {
    for (field, value) in [("name", "FORGED: Presiden Palsu"), ("certificate_url", "https://palsu.example/c/x.pdf")] {
        let mut receipt = receipt();
        receipt[field] = value.into();
        let report =
            examine(&Input::File(receipt.to_string().into_bytes()), &trust()).with_standing(PledgeStanding::Active);
        assert_eq!((report.verdict, report.page), (Verdict::DataOnly, Page::Unsealed), "{field}");
    }
    let mut beyond = receipt();
    beyond["log_index"] = 5.into();
    assert_eq!(verdict(beyond.to_string().as_bytes()), Verdict::Altered);
}

fn pdf(credential: Vec<u8>) -> Vec<u8> {
    let sample = crate::certificate::samples::sample("four-clauses");
    crate::certificate::layout_1::certificate(&CertificateInput { credential, ..sample }).unwrap()
}

#[test]
fn a_pdf_counts_for_its_credential_and_never_for_its_page() {
    let report = |pdf: &[u8]| examine(&Input::File(pdf.to_vec()), &trust()).offline();
    let genuine = report(&pdf(credential()));
    assert_eq!((genuine.verdict, genuine.page), (Verdict::DataOnly, Page::Unsealed));
    assert_eq!(genuine.claims.unwrap().name, claims().shown_name);

    let mut changed = credential();
    changed[100] ^= 1;
    let altered = report(&pdf(changed));
    assert_eq!((altered.verdict, altered.page), (Verdict::Altered, Page::Unsealed));
    assert!(altered.claims.is_none());
    assert_eq!(report(&pdf(credential_of(1, "Zz9Yy8Xx7Ww"))).verdict, Verdict::UnknownIssuer);
}

/// A sealed certificate of this credential, and the roots with the seal among them.
fn sealed(credential: Vec<u8>) -> (Vec<u8>, TrustRoots) {
    let sample = crate::certificate::samples::sample("four-clauses");
    let (template, text, pledge) = CertificateInput { credential, ..sample }.parts();
    let template = SealedTemplate::new(&template, &text, (1, UnixMillis(0)), Arc::new(Seal::for_tests())).unwrap();
    let PublicChain { point, certificates } =
        PublicChain::of_pem(include_str!("../../tests/vectors/seal/chain.pem")).unwrap();
    let seal = PublishedSeal { kid: "seal".into(), point, chain: certificates };
    let published =
        Jwks::publish("https://ikrar.example.go.id", [(KID, SigningKey::from_bytes(&[42; 32]).verifying_key())])
            .with_seals(&[seal]);
    // As a verifier has them: from the file that the installation publishes.
    let saved = Jwks::parse(published.to_json().as_bytes()).unwrap();
    (template.certificate(&pledge).unwrap(), TrustRoots::of(&[saved]))
}

#[test]
fn a_sealed_page_is_green_and_no_other_is() {
    let (pdf, roots) = sealed(credential());
    let told = |pdf: &[u8], roots: &TrustRoots| {
        let report = examine(&Input::File(pdf.to_vec()), roots).with_standing(PledgeStanding::Active);
        let outcome = report.outcome();
        (report.verdict, report.page, outcome.tone, outcome.exit)
    };
    assert_eq!(told(&pdf, &roots), (Verdict::Valid, Page::Sealed, Tone::Ok, EXIT_GENUINE));
    // Roots that were saved before there were seals, or of another installation.
    assert_eq!(told(&pdf, &trust()), (Verdict::DataOnly, Page::Unsealed, Tone::Warn, EXIT_DATA_ONLY));
    let catalog = b"1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".as_slice();
    for (added, kind) in [(b"\n".as_slice(), AdditionKind::Other), (catalog, AdditionKind::Content)] {
        let extended = [&pdf, added].concat();
        assert_eq!(told(&extended, &roots), (Verdict::DataOnly, Page::Extended, Tone::Warn, EXIT_DATA_ONLY));
        let report = examine(&Input::File(extended), &roots).offline();
        let additions = vec![Addition { kind, signer: None }];
        let extension = Extension { sealed_bytes: pdf.len() as u64, additions };
        assert_eq!(report.extension, Some(extension));
    }
    assert_eq!(examine(&Input::File(pdf.clone()), &roots).offline().extension, None);
    // Another content for the sealed page, as the last of its streams.
    let text = String::from_utf8_lossy(&pdf);
    let page = &text[text.rfind("obj\n<</Type/Page/").unwrap() - 16..];
    let (head, rest) = page.split_once("/Contents[").unwrap();
    let streams = rest.split_once(']').unwrap().0;
    let number = head[..16].rsplit('\n').next().unwrap().split(' ').next().unwrap();
    let entries = &head[head.find("<<").unwrap()..];
    let last = streams.trim_end_matches(" 0 R").rsplit(' ').next().unwrap();
    let replaced = format!(
        "{number} 0 obj\n{entries}/Contents[{}9999 0 R]>>\nendobj\n",
        &streams[..streams.len() - last.len() - 4]
    );
    let extended = [pdf.as_slice(), replaced.as_bytes()].concat();
    let extension = examine(&Input::File(extended), &roots).offline().extension.unwrap();
    assert_eq!(extension.additions, [Addition { kind: AdditionKind::Content, signer: None }], "{replaced}");
    // A page of one's own around a genuine credential and a genuine seal.
    let (other, _) = sealed(credential_of(2, KID));
    let forged = [other.as_slice(), &pdf].concat();
    assert_ne!(told(&forged, &roots).2, Tone::Ok);
    assert_ne!(told(&[b"%".as_slice(), &pdf].concat(), &roots).2, Tone::Ok);
}

#[test]
fn a_sealed_page_with_a_changed_byte_is_never_green() {
    let (pdf, roots) = sealed(credential());
    for at in (0..pdf.len()).step_by(pdf.len() / 320) {
        for bit in [0, 5] {
            let mut changed = pdf.clone();
            changed[at] ^= 1 << bit;
            let report = examine(&Input::File(changed), &roots).with_standing(PledgeStanding::Active);
            assert_ne!(report.outcome().tone, Tone::Ok, "byte {at}, bit {bit}");
            assert_ne!(report.outcome().exit, EXIT_GENUINE, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_pdf_cut_short_or_not_ours_is_said_to_be_so() {
    let whole = pdf(credential());
    assert_eq!(verdict(&whole[..whole.len() / 10]), Verdict::Incomplete);
    assert_eq!(
        verdict(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"),
        Verdict::NotACertificate
    );
}

#[test]
fn a_pdf_of_a_pledge_that_was_withdrawn_says_so_first() {
    let with = |standing| examine(&Input::File(pdf(credential())), &trust()).with_standing(standing);
    for (standing, verdict, exit) in [
        (PledgeStanding::Active, Verdict::DataOnly, EXIT_DATA_ONLY),
        (PledgeStanding::Replaced, Verdict::Replaced, EXIT_DATA_ONLY),
        (PledgeStanding::Revoked, Verdict::Revoked, EXIT_REVOKED),
        (PledgeStanding::Unknown, Verdict::NotInLog, EXIT_NOT_VALID),
    ] {
        let report = with(standing);
        assert_eq!((report.verdict, report.outcome().exit), (verdict, exit));
        assert_ne!(report.outcome().tone, Tone::Ok);
    }
}

#[test]
fn nonsense_is_not_a_certificate() {
    for nonsense in [b"halo".as_slice(), &[0xFF; 300], b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", &[b'{'; 100_000]] {
        assert_ne!(verdict(nonsense), Verdict::Valid);
    }
    assert_eq!(verdict(&vec![b'1'; INPUT_BYTES_MAX + 1]), Verdict::NotACertificate);
}

proptest! {
    #[test]
    fn one_digit_changed_is_altered_and_a_text_cut_short_incomplete(at in 0usize..600, by in 1u8..10) {
        let whole = qr::text("https://ikrar.example.go.id", &credential());
        let digits = whole.len() - whole.find('#').unwrap() - 1;
        let at = whole.len() - digits + at % digits;
        prop_assert_eq!(verdict(&whole.as_bytes()[..at]), Verdict::Incomplete);
        let mut changed = whole.into_bytes();
        changed[at] = b'0' + (changed[at] - b'0' + by) % 10;
        prop_assert_eq!(verdict(&changed), Verdict::Altered);
    }

    #[test]
    fn no_changed_credential_is_valid(at in 0usize..400, bit in 0u8..8, cut in 0usize..400) {
        let whole = credential();
        let mut changed = whole.clone();
        changed[at % whole.len()] ^= 1 << bit;
        for bytes in [&changed[..], &whole[..cut % whole.len()]] {
            let report = examine(&Input::Cose(bytes.to_vec()), &trust()).with_standing(PledgeStanding::Active);
            prop_assert!(report.outcome().exit != EXIT_GENUINE && report.claims.is_none());
        }
    }

    #[test]
    fn a_changed_receipt_is_valid_only_where_it_still_says_the_same(at in 0usize..2_000, to in 0x20u8..0x7F) {
        let whole = receipt().to_string();
        let mut changed = whole.clone().into_bytes();
        let at = at % changed.len();
        changed[at] = to;
        if verdict(&changed) == Verdict::Valid {
            let said: serde_json::Value = serde_json::from_slice(&changed).unwrap();
            for field in ["credential", "pledge_id", "certificate_url"] {
                prop_assert_eq!(&said[field], &receipt()[field]);
            }
        }
    }

    #[test]
    fn a_changed_pdf_is_never_valid(flips in prop::collection::vec((0usize..500_000, 0u8..8), 1..8)) {
        static PDF: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut changed = PDF.get_or_init(|| pdf(credential())).clone();
        for (at, bit) in flips {
            let at = at % changed.len();
            changed[at] ^= 1 << bit;
        }
        prop_assert_ne!(verdict(&changed), Verdict::Valid);
    }

    #[test]
    fn any_bytes_get_a_verdict(bytes: Vec<u8>) {
        prop_assert_ne!(verdict(&bytes), Verdict::Valid);
    }
}

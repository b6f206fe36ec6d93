//! Seals that hold, and those that must not.

use super::*;
use der::Decode;
use p256::ecdsa::Signature;
use proptest::prelude::*;

const CHAIN: &str = include_str!("../../../tests/vectors/seal/chain.pem");
const DIGEST: [u8; 32] = [7; 32];

fn anchors() -> Anchors {
    Anchors::from_pem([CHAIN])
}

#[test]
fn a_seal_holds_over_its_digest_only() {
    let seal = Seal::for_tests();
    let cms = seal.sign(&DIGEST);
    assert_eq!(cms, seal.sign(&DIGEST), "the same digest gives the same bytes");
    assert!(cms.len() <= seal.reserved_bytes());
    assert_eq!(check(&cms, &DIGEST, &anchors()), SignatureCheck::Trusted);
    let padded = [cms.as_slice(), &[0; 9]].concat();
    assert_eq!(check(&padded, &DIGEST, &anchors()), SignatureCheck::Trusted);
    assert_eq!(check(&cms, &[8; 32], &anchors()), SignatureCheck::Broken);
    let unknown = check(&cms, &DIGEST, &Anchors::default());
    assert!(matches!(unknown, SignatureCheck::Unknown(name) if name.contains("ikrar.uji.example")));
}

/// Whoever has a signature can make another that holds too: (r, n - s). Only one of them is ours.
#[test]
fn the_other_signature_that_holds_is_not_trusted() {
    let cms = Seal::for_tests().sign(&DIGEST);
    let at =
        (0..cms.len()).rev().find(|&at| cms[at] == 0x30 && cms.len() - at == usize::from(cms[at + 1]) + 2).unwrap();
    let signature = Signature::from_der(&cms[at..]).unwrap();
    assert_eq!(signature.normalize_s(), signature);
    let (r, s) = signature.split_scalars();
    let other = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    assert_ne!(other, signature);
    let public = PublicChain::of_pem(CHAIN).unwrap();
    let chain: Vec<_> = public.certificates.iter().map(|der| x509_cert::Certificate::from_der(der).unwrap()).collect();
    let told = super::seal::canonical(&chain, &DIGEST, other.to_der().as_bytes()).unwrap();
    assert_eq!(check(&told, &DIGEST, &anchors()), SignatureCheck::Broken);
}

#[test]
fn what_is_longer_than_any_signature_is_not_read() {
    let padded = |bytes: usize| {
        let mut cms = Seal::for_tests().sign(&DIGEST);
        cms.resize(bytes, 0);
        check(&cms, &DIGEST, &anchors())
    };
    assert_eq!(padded(64 * 1024), SignatureCheck::Trusted);
    assert_eq!(padded(64 * 1024 + 1), SignatureCheck::Foreign(String::new()));
}

#[test]
fn signatures_of_each_length_fit_the_room() {
    let seal = Seal::for_tests();
    let mut lengths = std::collections::BTreeSet::new();
    for at in 0..600u32 {
        let mut digest = DIGEST;
        digest[..4].copy_from_slice(&at.to_be_bytes());
        let cms = seal.sign(&digest);
        assert_eq!(check(&cms, &digest, &anchors()), SignatureCheck::Trusted, "{at}");
        lengths.insert(cms.len());
    }
    assert!(lengths.len() >= 3 && *lengths.last().unwrap() <= seal.reserved_bytes(), "{lengths:?}");
}

#[test]
fn a_seal_of_the_same_name_is_another() {
    let (host, now) = ("ikrar.example", 1_800_000_000_000);
    let made = || {
        let authority = make_authority(host, now, [1; 16]).unwrap();
        let seal = make_seal(&authority.pkcs8, host, now, [2; 16]).unwrap();
        (seal.pkcs8, format!("{}{}", seal.certificate_pem, authority.certificate_pem))
    };
    let ((key, chain), (_, namesake)) = (made(), made());
    let cms = Seal::new(&key, &chain).unwrap().sign(&DIGEST);
    assert_eq!(check(&cms, &DIGEST, &Anchors::from_pem([namesake.as_str(), &chain])), SignatureCheck::Trusted);
    let told = check(&cms, &DIGEST, &Anchors::from_pem([namesake.as_str()]));
    assert!(matches!(told, SignatureCheck::Unknown(_)), "{told:?}");
    let public = PublicChain::of_pem(&chain).unwrap();
    assert_eq!((public.point[0], public.certificates.len()), (4, 2));
    assert_eq!(check(&cms, &DIGEST, &Anchors::new([public.certificates.as_slice()])), SignatureCheck::Trusted);
}

#[test]
fn a_key_without_its_certificate_seals_nothing() {
    let authority = make_authority("a.example", 0, [1; 16]).unwrap();
    let made = make_seal(&authority.pkcs8, "a.example", 0, [2; 16]).unwrap();
    let fault = |key: &[u8], chain: &str| Seal::new(key, chain).err();
    assert_eq!(fault(b"x", &made.certificate_pem), Some(SealFault::Key));
    assert_eq!(fault(&made.pkcs8, "x"), Some(SealFault::Chain));
    assert_eq!(fault(&made.pkcs8, ""), Some(SealFault::Chain));
    assert_eq!(fault(&made.pkcs8, &authority.certificate_pem), Some(SealFault::OtherKey));
}

#[test]
fn every_changed_byte_is_noticed() {
    let cms = Seal::for_tests().sign(&DIGEST);
    for at in 0..cms.len() {
        let mut changed = cms.clone();
        changed[at] ^= 0x11;
        assert_ne!(check(&changed, &DIGEST, &anchors()), SignatureCheck::Trusted, "byte {at}");
    }
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0usize..1400) {
        check(&bytes, &DIGEST, &anchors());
        let cms = Seal::for_tests().sign(&DIGEST);
        let spliced = [&cms[..cut.min(cms.len())], &bytes].concat();
        let is_padded = spliced.starts_with(&cms) && spliced[cms.len()..].iter().all(|byte| *byte == 0);
        prop_assert_eq!(check(&spliced, &DIGEST, &anchors()) == SignatureCheck::Trusted, is_padded);
    }
}

//! What decides that a page is green: the seal of a submitted PDF, and what was added behind it.

use super::FuzzBody;
use ikrar::certificate::pades::{Anchors, PublicChain, SignatureCheck, check, signer_name};
use ikrar::certificate::read::additions::ADDITIONS_MAX;
use ikrar::credential::jwks::Jwks;
use ikrar::verification::{Input, Page, Tone, TrustRoots, examine};
use std::sync::LazyLock;

pub const SEALED: FuzzBody = FuzzBody {
    name: "sealed",
    input_bytes_max: 8 * 1024,
    run,
    seeds,
    dictionary: &[
        "/ByteRange[0 ",
        "]/Contents<",
        "0000000000 0000000000 0000000000",
        "/Type/Sig",
        "/Type/DocTimeStamp",
        "/Type/Annot",
        "/Subtype/Widget",
        "/FT/Sig",
        "/Type/Page/Contents[",
        "/Type/Catalog",
        " 0 obj<<",
        ">>endobj\n",
        "stream\n",
        "endstream",
        "%%EOF",
        "\x30\u{80}",
    ],
};

const SEALED_PDF: &[u8] = include_bytes!("../../tests/vectors/releases/0.1.0/certificate.pdf");
const CHAIN: &str = include_str!("../../tests/vectors/seal/chain.pem");

static ROOTS: LazyLock<TrustRoots> = LazyLock::new(|| {
    let keys = include_bytes!("../../tests/vectors/releases/0.1.0/jwks.json");
    TrustRoots::of(&[Jwks::parse(keys).unwrap()])
});
static ANCHORS: LazyLock<Anchors> = LazyLock::new(|| Anchors::from_pem([CHAIN]));

fn run(data: &[u8]) {
    // Whatever follows a sealed file, the file isn't sealed as a whole, and what was issued is found again.
    let report = examine(&Input::File([SEALED_PDF, data].concat()), &ROOTS).offline();
    let is_whole = data.is_empty();
    assert_eq!(report.page, if is_whole { Page::Sealed } else { Page::Extended });
    assert_eq!(report.outcome().tone == Tone::Ok, is_whole);
    if let Some(extension) = report.extension {
        assert_eq!(extension.sealed_bytes, SEALED_PDF.len() as u64);
        assert!((1..=ADDITIONS_MAX).contains(&extension.additions.len()));
        let names = extension.additions.iter().filter_map(|addition| addition.signer.as_deref());
        names.for_each(assert_shown);
    }
    // No bytes of somebody else's are a file that is sealed, nor a signature that is trusted.
    assert_ne!(examine(&Input::File(data.to_vec()), &ROOTS).offline().outcome().tone, Tone::Ok);
    assert_ne!(check(data, &[7; 32], &ANCHORS), SignatureCheck::Trusted);
    signer_name(data).iter().for_each(|name| assert_shown(name));
    if let Some(chain) = std::str::from_utf8(data).ok().and_then(PublicChain::of_pem) {
        assert!(!chain.certificates.is_empty());
    }
}

fn assert_shown(name: &str) {
    assert!(!name.is_empty() && name.chars().count() <= 120 && !name.chars().any(char::is_control), "{name:?}");
}

fn seeds() -> Vec<Vec<u8>> {
    let text = SEALED_PDF.windows(10).position(|window| window == b"/Contents<").unwrap() + 10;
    let hex = &SEALED_PDF[text..text + SEALED_PDF[text..].iter().position(|byte| *byte == b'>').unwrap()];
    let cms = data_encoding::HEXLOWER.decode(hex).unwrap();
    let signature = [b"900 0 obj<</Type/Sig/Contents<".as_slice(), hex, b">>>endobj\n%%EOF\n"].concat();
    vec![
        Vec::new(),
        b"\n".to_vec(),
        b"900 0 obj<</Type/Annot/Subtype/Highlight>>endobj\n%%EOF\n".to_vec(),
        b"17 0 obj<</Type/Page/Contents[900 0 R]>>endobj\n900 0 obj<</Length 1>>stream\nq\nendstream endobj\n%%EOF"
            .to_vec(),
        b"%PDF-1.7\n/ByteRange[0 0000000059 0000000065 0000000004]/Contents<00af>rest".to_vec(),
        signature,
        cms,
        CHAIN.as_bytes().to_vec(),
    ]
}

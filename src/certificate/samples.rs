//! Every sample in `tests/vectors/certificates` parses, renders, and is sound inside.

use super::file::ATTACHMENT_NAME;
use super::layout_1::certificate;
use super::pades::Seal;
use super::printable::unprintable;
use super::splice::SealedTemplate;
use super::{CertificateFault, CertificateInput, CertificatePledge};
use crate::domain::certificate_copy::PrintedIdentifier;
use crate::domain::time::UnixMillis;
use crate::domain::unit::printed_path;
use data_encoding::HEXLOWER;
use lopdf::{Document, Object};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const MADE_AT: UnixMillis = UnixMillis(1_800_000_000_000);

/// All samples by name, in order.
pub fn samples() -> Vec<(String, CertificateInput)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/certificates");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let sample = |path: &std::path::PathBuf| {
        let input = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_string(), input)
    };
    files.iter().map(sample).collect()
}

/// The input of one sample, by its file name without the extension.
pub fn sample(name: &str) -> CertificateInput {
    samples().into_iter().find(|(known, _)| known == name).unwrap().1
}

/// The text of all pages, one line per text operator, by the fonts' own ToUnicode maps.
fn text(document: &Document) -> String {
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    document.extract_text(&pages).unwrap()
}

#[test]
fn every_sample_renders_and_holds_its_name_and_credential() {
    let out = std::env::var_os("IKRAR_SAMPLES_OUT");
    for (name, input) in samples() {
        let bytes = certificate(&input).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        if let Some(folder) = &out {
            std::fs::write(Path::new(folder).join(format!("{name}.pdf")), &bytes).unwrap();
        }
        let document = Document::load_mem(&bytes).unwrap();
        let squeezed: String = text(&document).split_whitespace().collect();
        let expected: String = input.name.split_whitespace().collect();
        assert!(squeezed.contains(&expected), "{name}: the name isn't in the text");
        assert!(squeezed.contains("DATASINTETIS"), "{name}");
        assert_eq!(attached(&document), input.credential, "{name}");
        assert!(bytes.len() < 160 * 1024, "{name} has {} bytes", bytes.len());
    }
}

/// What was issued is made again byte for byte, by every later program: SHA-256 of each sample in each layout.
#[test]
fn the_bytes_of_every_layout_are_frozen() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/certificate_sums.json");
    let mut sums: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (name, input) in samples() {
        let mut note = |layout: &str, pdf: &[u8]| {
            let sum = HEXLOWER.encode(&Sha256::digest(pdf));
            sums.entry(layout.into()).or_default().insert(name.clone(), sum);
        };
        note("layout 1", &certificate(&input).unwrap());
        let (template, text, pledge) = input.parts();
        let template = SealedTemplate::new(&template, &text, (1, MADE_AT), Arc::new(Seal::for_tests())).unwrap();
        note("layout 2", &template.certificate(&pledge).unwrap());
        let own = CertificatePledge { identifier: whole_number(), ..pledge };
        note("layout 2, own", &template.certificate(&own).unwrap());
    }
    if std::env::var_os("IKRAR_WRITE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&sums).unwrap() + "\n").unwrap();
    }
    let frozen: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(sums, frozen);
}

fn whole_number() -> PrintedIdentifier {
    PrintedIdentifier::Whole("198503152010012003".into())
}

#[test]
fn the_whole_number_is_on_own_copies_only_and_their_hash_is_that_of_their_bytes() {
    for (name, mut input) in samples() {
        input.text.clauses[0].text.push_str(" {nip}");
        let (template, text, pledge) = input.parts();
        let template = SealedTemplate::new(&template, &text, (1, MADE_AT), Arc::new(Seal::for_tests())).unwrap();
        let own = CertificatePledge { identifier: whole_number(), ..pledge.clone() };
        let read = |pledge: &CertificatePledge| {
            let (bytes, hash) = template.hashed_certificate(pledge).unwrap();
            assert_eq!(hash, <[u8; 32]>::from(Sha256::digest(&bytes)), "{name}");
            assert!(bytes == template.certificate(pledge).unwrap(), "{name}");
            let document = Document::load_mem(&bytes).unwrap();
            let id = document.trailer.get(b"ID").unwrap().as_array().unwrap()[0].as_str().unwrap().to_vec();
            (text_of(&document), id)
        };
        let ((public, public_id), (own, own_id)) = (read(&pledge), read(&own));
        // In its own line and where the text says it.
        assert_eq!(own.matches("198503152010012003").count(), 2, "{name}");
        assert!(!public.contains("198503152010012003") && public_id != own_id, "{name}");
    }
}

/// The text of all pages without white space.
fn text_of(document: &Document) -> String {
    text(document).split_whitespace().collect()
}

#[test]
fn only_what_is_very_long_needs_more_than_a_page() {
    for (name, input) in samples() {
        let pages = Document::load_mem(&certificate(&input).unwrap()).unwrap().get_pages().len();
        let long = name == "twenty-long-clauses";
        assert_eq!(pages > 1, long, "{name} has {pages} pages");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let input = sample("strokes");
    assert!(certificate(&input).unwrap() == certificate(&input).unwrap());
}

#[test]
fn fonts_are_embedded_with_their_unicode_maps() {
    let document = Document::load_mem(&certificate(&sample("integrity-pact")).unwrap()).unwrap();
    let page = *document.get_pages().get(&1).unwrap();
    let fonts = document.get_page_fonts(page).unwrap();
    assert_eq!(fonts.len(), 3);
    for font in fonts.values() {
        assert!(font.has(b"ToUnicode"));
        let descendant = font.get(b"DescendantFonts").unwrap().as_array().unwrap()[0].as_dict().unwrap();
        let descriptor = document.get_dictionary(descendant.get(b"FontDescriptor").unwrap().as_reference().unwrap());
        assert!(descriptor.unwrap().has(b"FontFile2"));
    }
}

#[test]
fn nothing_stands_outside_the_frame() {
    for (name, input) in samples() {
        let document = Document::load_mem(&certificate(&input).unwrap()).unwrap();
        for page in document.get_pages().into_values() {
            let content = document.get_page_content(page);
            let content = lopdf::content::Content::decode(&content).unwrap();
            for operation in content.operations.iter().filter(|operation| operation.operator == "Tm") {
                let at = |index: usize| operation.operands[index].as_float().unwrap();
                assert!((30.0..560.0).contains(&at(4)) && (30.0..815.0).contains(&at(5)), "{name}: {operation:?}");
            }
        }
    }
}

#[test]
fn what_is_too_long_is_refused_with_its_part() {
    let with = |change: fn(&mut CertificateInput)| {
        let mut input = sample("four-clauses");
        change(&mut input);
        certificate(&input).unwrap_err()
    };
    assert_eq!(with(|i| i.name = "a".repeat(121)), CertificateFault::TooLong { part: "name" });
    assert_eq!(with(|i| i.unit = "a".repeat(241)), CertificateFault::TooLong { part: "unit" });
    assert_eq!(with(|i| i.qr_text = "x".repeat(900)), CertificateFault::Qr);
}

#[test]
fn a_long_path_of_units_has_room_and_its_marks_are_printed() {
    let path = printed_path(&["W".repeat(100), "M".repeat(60), "W".repeat(120)].join(" / "));
    assert_eq!((path.chars().count(), unprintable(&path)), (227, None));
    for name in ["four-clauses", "integrity-pact"] {
        let mut input = sample(name);
        input.unit.clone_from(&path);
        certificate(&input).unwrap();
    }
}

/// Whatever was locked before names were checked: each field and each part of the text at once.
#[test]
fn what_cannot_be_printed_has_a_mark_and_the_certificate_a_remark() {
    let mut input = sample("four-clauses");
    let (size, pages) = (certificate(&input).unwrap().len(), 1);
    input.name = "Budi 名 Ḥasan".into();
    for text in [&mut input.organizer, &mut input.event, &mut input.institution, &mut input.unit, &mut input.place] {
        text.push_str(" → عمر\u{202E}");
    }
    input.text.title.push('✓');
    input.text.clauses[0].text.push('🎉');
    input.officials.push(crate::domain::campaign::Official { name: "名".into(), position: "→".into() });
    let bytes = certificate(&input).unwrap();
    let document = Document::load_mem(&bytes).unwrap();
    assert_eq!(document.get_pages().len(), pages);
    let text: String = text(&document).split_whitespace().collect();
    assert!(text.contains("Budi□Ḥasan") && text.contains("Tanda□menggantikankarakter"), "{text}");
    assert_eq!(attached(&document), input.credential);
    assert!(bytes.len() < size + 64 * 1024, "{size} grew to {}", bytes.len());
}

fn attached(document: &Document) -> Vec<u8> {
    let catalog = document.catalog().unwrap();
    let names = catalog.get(b"Names").unwrap().as_dict().unwrap().get(b"EmbeddedFiles").unwrap().as_dict().unwrap();
    let names = names.get(b"Names").unwrap().as_array().unwrap();
    assert_eq!(names[0], Object::string_literal(ATTACHMENT_NAME));
    let specification = document.get_dictionary(names[1].as_reference().unwrap()).unwrap();
    assert_eq!(specification.get(b"AFRelationship").unwrap().as_name().unwrap(), b"Data");
    let file = specification.get(b"EF").unwrap().as_dict().unwrap().get(b"F").unwrap().as_reference().unwrap();
    document.get_object(file).unwrap().as_stream().unwrap().content.clone()
}

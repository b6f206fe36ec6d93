//! Sealed certificates, taken apart as other programs do.

use super::super::draw::Canvas;
use super::super::file::{DocumentInfo, PdfFile};
use super::super::pades::{Anchors, SignatureCheck, check};
use super::super::page::{Drawing, PrintedPage};
use super::super::read::attached_credential;
use super::super::samples::{sample, samples};
use super::*;
use crate::certificate::CertificateInput;
use lopdf::content::Content as Operators;
use lopdf::{Document, Object};
use std::path::Path;

const CHAIN: &str = include_str!("../../../tests/vectors/seal/chain.pem");

const MADE_AT: UnixMillis = UnixMillis(1_800_000_000_000);

fn template(input: CertificateInput) -> (SealedTemplate, CertificatePledge) {
    let (template, text, pledge) = input.parts();
    (SealedTemplate::new(&template, &text, (1, MADE_AT), Arc::new(Seal::for_tests())).unwrap(), pledge)
}

fn sealed(input: CertificateInput) -> Vec<u8> {
    let (template, pledge) = template(input);
    template.certificate(&pledge).unwrap()
}

/// The four numbers of `/ByteRange`, read as any program would.
fn byte_range(pdf: &[u8]) -> [usize; 4] {
    let document = Document::load_mem(pdf).unwrap();
    let seal = document.get_dictionary((u32::try_from(SEAL).unwrap(), 0)).unwrap();
    let numbers = seal.get(b"ByteRange").unwrap().as_array().unwrap().iter();
    let numbers: Vec<usize> = numbers.map(|number| usize::try_from(number.as_i64().unwrap()).unwrap()).collect();
    numbers.try_into().unwrap()
}

fn check_seal(pdf: &[u8], [from, length, second, rest]: [usize; 4]) -> SignatureCheck {
    let covered = [&pdf[from..from + length], &pdf[second..second + rest]].concat();
    let gap = &pdf[from + length + 1..second - 1];
    let Ok(cms) = HEXLOWER.decode(gap) else { return SignatureCheck::Broken };
    check(&cms, &Sha256::digest(covered).into(), &Anchors::from_pem([CHAIN]))
}

#[test]
fn every_sample_is_sealed_as_a_whole() {
    let out = std::env::var_os("IKRAR_SAMPLES_OUT");
    for (name, input) in samples() {
        let (credential, size) = (input.credential.clone(), input.name.len());
        let pdf = sealed(input);
        if let Some(folder) = &out {
            std::fs::write(Path::new(folder).join(format!("{name}.sealed.pdf")), &pdf).unwrap();
        }
        let [start, length, second, rest] = byte_range(&pdf);
        assert_eq!((start, second + rest), (0, pdf.len()), "{name}");
        assert_eq!((pdf[length], pdf[second - 1]), (b'<', b'>'), "{name}: the gap is the hexadecimal string");
        assert_eq!(check_seal(&pdf, [start, length, second, rest]), SignatureCheck::Trusted, "{name}");
        assert_eq!(attached_credential(&pdf).unwrap(), credential, "{name}");
        let usual = !["extended-latin", "twenty-long-clauses", "integrity-pact"].contains(&name.as_str()) && size < 100;
        assert!(!usual || pdf.len() <= 50 * 1024, "{name} has {} bytes", pdf.len());
    }
}

#[test]
fn a_changed_byte_anywhere_breaks_the_seal() {
    let pdf = sealed(sample("four-clauses"));
    let range = byte_range(&pdf);
    for at in (0..pdf.len()).step_by(pdf.len() / 400) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        assert_ne!(check_seal(&changed, range), SignatureCheck::Trusted, "byte {at}");
    }
}

#[test]
fn the_same_pledge_has_the_same_bytes_whatever_was_made_before() {
    let pdf = sealed(sample("strokes"));
    let (template, pledge) = template(sample("strokes"));
    let longer = CertificatePledge { name: "Dr. Raden Mas ".repeat(6), ..pledge.clone() };
    assert_ne!(template.certificate(&longer).unwrap(), pdf);
    assert!(template.certificate(&pledge).unwrap() == pdf);
    assert!(template.certificate(&pledge).unwrap() == pdf);
}

#[test]
fn the_colour_profile_is_the_one_that_was_checked_in() {
    let profile = include_bytes!("../../../assets/icc/srgb.icc");
    let line = format!("{}  srgb.icc\n", HEXLOWER.encode(&Sha256::digest(profile)));
    assert_eq!(include_str!("../../../assets/icc/SHA256SUMS"), line);
}

/// A line of text as a page shows it: where, in which face and size, and the characters.
type Line = (i64, i64, String, i64, String);

/// All lines of a document's page, by its fonts' own ToUnicode maps.
fn lines(document: &Document, page: lopdf::ObjectId) -> Vec<Line> {
    let fonts = document.get_page_fonts(page).unwrap();
    let encodings = fonts.iter().map(|(name, font)| (name.clone(), font.get_font_encoding(document).unwrap()));
    let encodings: std::collections::BTreeMap<_, _> = encodings.collect();
    let (mut at, mut font, mut found) = ((0, 0), (Vec::new(), 0), Vec::new());
    let hundredths = |object: &Object| (f64::from(object.as_float().unwrap()) * 100.0).round() as i64;
    for operation in Operators::decode(&document.get_page_content(page)).unwrap().operations {
        match (operation.operator.as_str(), operation.operands.as_slice()) {
            ("Tm", [.., x, y]) => at = (hundredths(x), hundredths(y)),
            ("Tf", [name, size]) => font = (name.as_name().unwrap().to_vec(), hundredths(size)),
            ("Tj", [text]) => {
                let text = Document::decode_text(&encodings[&font.0], text.as_str().unwrap()).unwrap();
                let face = String::from_utf8(font.0.clone()).unwrap();
                found.push((at.0, at.1, face, font.1, text.trim_end().to_string()));
            }
            _ => {}
        }
    }
    found
}

/// The page by the writer of layout 1, which has `lopdf` write every object.
fn slowly(page: &PrintedPage, symbol: &Symbol) -> Canvas {
    let mut canvas = Canvas::default();
    for mark in &page.marks {
        match &mark.drawing {
            Drawing::Text(line) => canvas.text(&line.style, line.x, line.y, &line.text),
            Drawing::FilledRect { rect, color } => canvas.fill_rect(*rect, *color),
            Drawing::Frame { rect, line, color } => canvas.stroke_rect(*rect, *line, *color),
            Drawing::Strokes { strokes, rect, color } => canvas.strokes(strokes, *rect, *color),
            Drawing::Emblem { .. } => unreachable!("no sample has a letterhead"),
            Drawing::Symbol { rect } => canvas.qr(symbol, rect.x, rect.y, rect.width / symbol.width() as f32),
        }
    }
    canvas
}

/// Both writers show the same text at the same places. That they look alike, `tests/interop/pdf.py` compares.
#[test]
fn a_spliced_page_shows_what_the_slow_writer_draws() {
    let out = std::env::var_os("IKRAR_SAMPLES_OUT");
    for (name, input) in samples() {
        let (template, pledge) = template(input);
        let laid_out = template.layout.lay_out(&pledge).unwrap();
        let mut slow = PdfFile::new();
        laid_out.pages.iter().for_each(|page| slow.page(slowly(page, &laid_out.symbol)));
        let document_info = DocumentInfo { title: String::new(), author: String::new(), at: None, id: [0; 16] };
        let slow = slow.finish(&document_info, None);
        if let Some(folder) = &out {
            std::fs::write(Path::new(folder).join(format!("{name}.slow.pdf")), &slow).unwrap();
        }
        let (slow, fast) = (Document::load_mem(&slow).unwrap(), template.certificate(&pledge).unwrap());
        let fast = Document::load_mem(&fast).unwrap();
        assert_eq!(slow.get_pages().len(), fast.get_pages().len(), "{name}");
        for (slow_page, fast_page) in slow.get_pages().into_values().zip(fast.get_pages().into_values()) {
            assert_eq!(lines(&slow, slow_page), lines(&fast, fast_page), "{name}");
        }
    }
}

/// Every marked-content sequence leads to an element, and each element to its parent.
#[test]
fn the_structure_is_whole_and_in_reading_order() {
    let document = Document::load_mem(&sealed(sample("integrity-pact"))).unwrap();
    let root = document.catalog().unwrap().get(b"StructTreeRoot").unwrap().as_reference().unwrap();
    let root = document.get_dictionary(root).unwrap();
    let whole = document.get_dictionary(root.get(b"K").unwrap().as_reference().unwrap()).unwrap();
    let mut types = Vec::new();
    walk(&document, whole, &mut types);
    let text = types.join(" ");
    let row = "TR TH TD";
    let table = format!("Table {}", [row; 6].join(" "));
    assert!(text.starts_with("Document P P P H1 P"), "{text}");
    assert!(text.contains(&table) && text.contains("L LI Lbl LBody LI Lbl LBody"), "{text}");
    assert!(text.ends_with("H2 P P P P P Figure P Form"), "{text}");
}

fn walk(document: &Document, element: &lopdf::Dictionary, types: &mut Vec<String>) {
    types.push(String::from_utf8(element.get(b"S").unwrap().as_name().unwrap().to_vec()).unwrap());
    let kids = match element.get(b"K") {
        Ok(Object::Array(kids)) => kids.clone(),
        Ok(one) => vec![one.clone()],
        Err(_) => vec![],
    };
    for kid in kids {
        if let Object::Reference(id) = kid {
            let child = document.get_dictionary(id).unwrap();
            assert!(child.has(b"P"), "an element without a parent");
            walk(document, child, types);
        }
    }
}

#[test]
fn nothing_stands_outside_the_frame_and_long_texts_take_several_pages() {
    for (name, input) in samples() {
        let document = Document::load_mem(&sealed(input)).unwrap();
        let pages = document.get_pages();
        assert_eq!(pages.len() > 1, name == "twenty-long-clauses", "{name} has {} pages", pages.len());
        for page in pages.into_values() {
            for (x, y, _, _, text) in lines(&document, page) {
                let is_inside = (3_000..56_000).contains(&x) && (3_000..81_500).contains(&y);
                assert!(is_inside, "{name}: {text} at {x}, {y}");
            }
        }
    }
}

//! What the reader accepts and what it refuses: files cut short, flipped, saved again, encrypted, inflated.

use super::*;
use crate::certificate::layout_1::certificate;
use crate::certificate::samples::sample;
use lopdf::{Document, IncrementalDocument, Object, SaveOptions};
use proptest::prelude::*;
use std::sync::OnceLock;

fn pdf() -> &'static [u8] {
    static PDF: OnceLock<Vec<u8>> = OnceLock::new();
    PDF.get_or_init(|| certificate(&sample("strokes")).unwrap())
}

fn credential() -> Vec<u8> {
    sample("strokes").credential
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_file_cut_anywhere_is_read_or_refused(share in 0.0f64..1.0) {
        let length = (pdf().len() as f64 * share) as usize;
        match attached_credential(&pdf()[..length]) {
            Ok(bytes) => prop_assert_eq!(bytes, credential()),
            Err(fault) => prop_assert!(matches!(fault, ReadFault::Truncated | ReadFault::NotPdf)),
        }
    }

    #[test]
    fn flipped_bytes_never_panic(flips in prop::collection::vec((0usize..200_000, any::<u8>()), 1..40)) {
        let mut bytes = pdf().to_vec();
        for (at, byte) in flips {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let _ = attached_credential(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>, blocks in "(%PDF-1\\.7\n)?([0-9]{1,3} 0 obj |<<|>>|/EF |/F |\\(|\\)|\\[|\\]|stream\n|endstream|endobj|/Length 9|/ObjStm|/Type ){0,60}") {
        let _ = attached_credential(&bytes);
        let _ = attached_credential(&[b"%PDF-1.7\n", blocks.as_bytes(), &bytes].concat());
    }
}

/// The inputs that cost most: numbers, each of which might begin a reference, and words that aren't numbers.
#[test]
fn reading_takes_a_few_steps_for_each_byte() {
    for word in ["1 ", "1 0 ", "1%\n", "a", "a ", "/a ", "[", "(", "<", "1 0 obj ", "trailer<<", "stream "] {
        let file = [b"%PDF-1.7\n".to_vec(), word.repeat(200_000 / word.len()).into_bytes()].concat();
        if let Ok(objects) = Objects::read(&file) {
            assert!(objects.steps() <= 5 * file.len(), "{word:?} took {} steps", objects.steps());
        }
    }
    let steps = Objects::read(pdf()).unwrap().steps();
    assert!(steps <= 5 * pdf().len(), "{steps}");
}

#[test]
fn a_certificate_gives_its_credential() {
    assert_eq!(attached_credential(pdf()), Ok(credential()));
}

#[test]
fn a_file_saved_again_still_gives_it() {
    let mut document = Document::load_mem(pdf()).unwrap();
    document.renumber_objects();
    document.compress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    assert_eq!(attached_credential(&bytes), Ok(credential()));
    let mut packed = Vec::new();
    let options = SaveOptions { use_object_streams: true, use_xref_streams: true, ..SaveOptions::default() };
    document.save_with_options(&mut packed, options).unwrap();
    assert_eq!(attached_credential(&packed), Ok(credential()));
}

#[test]
fn of_an_incremental_update_the_newer_attachment_counts() {
    let document = Document::load_mem(pdf()).unwrap();
    let (id, stream) = document
        .objects
        .iter()
        .find(|(_, object)| object.type_name().is_ok_and(|name| name == b"EmbeddedFile"))
        .map(|(id, object)| (*id, object.as_stream().unwrap().clone()))
        .unwrap();
    let mut update = IncrementalDocument::create_from(pdf().to_vec(), document);
    let mut stream = stream;
    stream.set_content(b"another".to_vec());
    update.new_document.objects.insert(id, Object::Stream(stream));
    let mut bytes = Vec::new();
    update.save_to(&mut bytes).unwrap();
    assert_eq!(attached_credential(&bytes), Ok(b"another".to_vec()));
}

#[test]
fn two_different_credentials_are_ambiguous() {
    let end = b"900 0 obj<</Type/Filespec/UF(ikrar.cose)/EF<</F 901 0 R>>>>endobj\n901 0 obj<</Length 3>>stream\nabc\nendstream endobj\n%%EOF";
    assert_eq!(attached_credential(&[pdf(), b"\n", end].concat()), Err(ReadFault::Ambiguous));
}

#[test]
fn what_is_not_ours_is_said_to_be_so() {
    assert_eq!(attached_credential(b"\xFF\xD8\xFF\xE0 a picture"), Err(ReadFault::NotPdf));
    let mut other = Document::with_version("1.7");
    other.trailer.set("Root", Object::Null);
    let mut bytes = Vec::new();
    other.save_to(&mut bytes).unwrap();
    assert_eq!(attached_credential(&bytes), Err(ReadFault::NotOurs));
    assert_eq!(attached_credential(&pdf()[..pdf().len() / 2]), Err(ReadFault::Truncated));
    let locked = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Encrypt 1 0 R>>\n%%EOF";
    assert_eq!(attached_credential(locked), Err(ReadFault::Encrypted));
}

#[test]
fn limits_have_an_answer() {
    assert_eq!(attached_credential(&vec![b' '; FILE_BYTES_MAX + 1]), Err(ReadFault::TooLarge));
    let many = format!("%PDF-1.7\n{}", "1 0 obj null endobj\n".repeat(OBJECTS_MAX + 1));
    assert_eq!(attached_credential(many.as_bytes()), Err(ReadFault::TooLarge));
    let deep = format!("%PDF-1.7\n1 0 obj {}", "[".repeat(100_000));
    assert_eq!(attached_credential(deep.as_bytes()), Err(ReadFault::TooLarge));
}

#[test]
fn a_stream_that_inflates_without_end_is_refused() {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b' '; 1024 * 1024];
    for _ in 0..64 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let head =
        format!("%PDF-1.7\n1 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {}>>stream\n", bomb.len());
    let bytes = [head.as_bytes(), &bomb, b"\nendstream endobj\n%%EOF"].concat();
    assert_eq!(attached_credential(&bytes), Err(ReadFault::TooLarge));
}

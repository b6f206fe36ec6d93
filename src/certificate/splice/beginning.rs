//! The beginning that files of a template have in common: catalog, fonts, colour profile, canonical text, and the
//! part of the page that is the same on all certificates which are as long. It is made once, and hashed once for the
//! seal.

use super::content::{EMBLEM_NAME, SYMBOL_NAME};
use super::numbers::{
    ATTACHMENT_FILES, ATTACHMENTS, CATALOG, DOCUMENT_ELEMENT, FIRST_FONT, FIRST_PAGE, METADATA, PAGES, PARENT_TREE,
    PROFILE, RESOURCES, SEAL, SEAL_ELEMENT, SEAL_FIELD, STRUCTURE_ROOT, SYMBOL,
};
use super::objects::{ObjectWriter, date, push_entries, push_object, push_text_string, put};
use crate::certificate::emblem::Emblem;
use crate::certificate::file::ATTACHMENT_NAME;
use crate::certificate::fonts::{Cut, Fonts};
use crate::certificate::layout_2::words;
use crate::domain::time::UnixMillis;
use lopdf::{Object, Stream};
use miniz_oxide::deflate::compress_to_vec_zlib;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The name under which the canonical text is attached.
pub const TEXT_NAME: &str = "naskah.json";

/// Made by LittleCMS; see `assets/icc/README.md`.
const SRGB: &[u8] = include_bytes!("../../../assets/icc/srgb.icc");

/// Most shapes of a page that are kept. A shape is where everything stands; it differs with the lines that names and
/// units take. Beyond, a shape is made for each certificate, in less than a millisecond.
const SHAPES_MAX: usize = 256;

/// What files with one cut of the fonts begin with.
pub struct Beginnings {
    common: CommonBeginning,
    shapes: RwLock<HashMap<Vec<u8>, Arc<Shape>>>,
}

/// The beginning of a file, and its hash so far.
struct CommonBeginning {
    file: ObjectWriter,
    /// SHA-256, to be continued.
    digest: Sha256,
}

/// The shared content of a page.
struct Shape {
    /// The streams of its shared runs, as objects.
    file: ObjectWriter,
    /// SHA-256 over the beginning with them, to be continued.
    digest: Sha256,
}

/// A file that was begun.
pub struct Begun {
    pub file: ObjectWriter,
    /// SHA-256 over what is written, to be continued.
    pub digest: Sha256,
    /// Number of the first shared run's stream; the others follow.
    pub first_shared: usize,
}

impl Beginnings {
    /// Makes what files with the fonts of this cut begin with.
    pub fn new(cut: Cut, canonical_text: &str, made_at: UnixMillis, emblem: Option<&Emblem>) -> Self {
        let file = common(cut, canonical_text, made_at, emblem);
        let digest = Sha256::new_with_prefix(&file.bytes);
        Self { common: CommonBeginning { file, digest }, shapes: RwLock::default() }
    }

    /// A file that begins with these shared runs of its first page and has room for `capacity` more bytes.
    pub fn begin(&self, shared: &[&[u8]], capacity: usize) -> Begun {
        let mut key = Vec::with_capacity(shared.iter().map(|run| run.len() + size_of::<usize>()).sum());
        for run in shared {
            key.extend_from_slice(&run.len().to_be_bytes());
            key.extend_from_slice(run);
        }
        let known = self.shapes.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let shape = known.unwrap_or_else(|| self.add(key, shared));
        let mut file = ObjectWriter::after(&self.common.file, shape.file.bytes.len() + capacity);
        file.append(&shape.file);
        Begun { file, digest: shape.digest.clone(), first_shared: self.common.file.next_number() }
    }

    fn add(&self, key: Vec<u8>, shared: &[&[u8]]) -> Arc<Shape> {
        let mut file = ObjectWriter::default();
        for (number, run) in (self.common.file.next_number()..).zip(shared) {
            file.stream(number, "/Filter/FlateDecode", &deflated(run, LEVEL_SHARED));
        }
        let digest = self.common.digest.clone().chain_update(&file.bytes);
        let shape = Arc::new(Shape { file, digest });
        let mut shapes = self.shapes.write().unwrap_or_else(PoisonError::into_inner);
        if shapes.len() < SHAPES_MAX {
            shapes.insert(key, shape.clone());
        }
        shape
    }
}

/// What readers are told of an attached file.
pub struct AttachedFile<'a> {
    /// Its name, in ASCII.
    pub name: &'a str,
    /// What it is.
    pub description: &'a str,
    /// How it relates to the document (ISO 19005-3, annex E).
    pub relationship: &'a str,
}

/// What is the same in all certificates of a template, whatever their pages look like.
fn common(cut: Cut, canonical_text: &str, made_at: UnixMillis, emblem: Option<&Emblem>) -> ObjectWriter {
    let credential =
        AttachedFile { name: ATTACHMENT_NAME, description: words::CREDENTIAL_ATTACHED, relationship: "Data" };
    let text = AttachedFile { name: TEXT_NAME, description: words::TEXT_ATTACHED, relationship: "Supplement" };
    let mut file = begun_with(&[credential, text]);
    push_compressed(&mut file, ATTACHMENTS[1], ("application#2Fjson", made_at), canonical_text.as_bytes());
    push_resources(&mut file, cut, emblem);
    file
}

/// A file up to its attachments.
pub fn begun_with(attached: &[AttachedFile<'_>; 2]) -> ObjectWriter {
    let mut file = ObjectWriter::default();
    // Bytes above 127 in a comment tell transfer programs that the file is binary (ISO 32000-1, 7.5.2).
    file.bytes.extend_from_slice(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    file.object(CATALOG, |bytes| push_catalog(bytes, attached));
    file.object(STRUCTURE_ROOT, |bytes| {
        put(bytes, format_args!("<</Type/StructTreeRoot/K {DOCUMENT_ELEMENT} 0 R/ParentTree {PARENT_TREE} 0 R>>"));
    });
    file.object(SEAL_FIELD, |bytes| {
        put(bytes, format_args!("<</Type/Annot/Subtype/Widget/FT/Sig/T(Penyelenggara)/TU"));
        push_text_string(bytes, words::SEAL);
        // Printed and locked, and of no size: invisible (ISO 32000-1, 12.5.3).
        put(bytes, format_args!("/F 132/Rect[0 0 0 0]/P {FIRST_PAGE} 0 R/V {SEAL} 0 R/StructParent 0>>"));
    });
    file.object(SEAL_ELEMENT, |bytes| {
        put(bytes, format_args!("<</S/Form/P {DOCUMENT_ELEMENT} 0 R/Alt"));
        push_text_string(bytes, words::SEAL);
        put(bytes, format_args!("/K<</Type/OBJR/Obj {SEAL_FIELD} 0 R/Pg {FIRST_PAGE} 0 R>>>>"));
    });
    file.stream(PROFILE, "/N 3/Filter/FlateDecode", &deflated(SRGB, LEVEL_SHARED));
    for ((specification, stream), attached) in ATTACHMENT_FILES.into_iter().zip(ATTACHMENTS).zip(attached) {
        push_file(&mut file, specification, stream, attached);
    }
    file
}

/// An attachment of a media type, given as a name is written, and of a time.
pub fn push_compressed(file: &mut ObjectWriter, number: usize, (media_type, at): (&str, UnixMillis), content: &[u8]) {
    let entries = format!(
        "/Type/EmbeddedFile/Subtype/{media_type}/Params<</Size {}/ModDate({})>>/Filter/FlateDecode",
        content.len(),
        date(at)
    );
    file.stream(number, &entries, &deflated(content, LEVEL_SHARED));
}

fn push_catalog(bytes: &mut Vec<u8>, attached: &[AttachedFile<'_>; 2]) {
    put(bytes, format_args!("<</Type/Catalog/Pages {PAGES} 0 R/Lang(id-ID)/MarkInfo<</Marked true>>"));
    put(bytes, format_args!("/ViewerPreferences<</DisplayDocTitle true>>/StructTreeRoot {STRUCTURE_ROOT} 0 R"));
    put(bytes, format_args!("/Metadata {METADATA} 0 R/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1"));
    put(bytes, format_args!("/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)"));
    put(bytes, format_args!("/DestOutputProfile {PROFILE} 0 R>>]/AcroForm<</Fields[{SEAL_FIELD} 0 R]/SigFlags 3>>"));
    let [first, second] = ATTACHMENT_FILES;
    put(bytes, format_args!("/AF[{first} 0 R {second} 0 R]/Names<</EmbeddedFiles<</Names["));
    // A name tree is sorted (ISO 32000-1, 7.9.6); the attachments are given so.
    let [first_name, second_name] = [attached[0].name, attached[1].name];
    put(bytes, format_args!("({first_name}){first} 0 R({second_name}){second} 0 R]>>>>>>"));
}

/// A file specification (ISO 32000-1, 7.11.3).
fn push_file(file: &mut ObjectWriter, specification: usize, stream: usize, attached: &AttachedFile<'_>) {
    let AttachedFile { name, description, relationship } = attached;
    file.object(specification, |bytes| {
        put(bytes, format_args!("<</Type/Filespec/F({name})/UF({name})/Desc"));
        push_text_string(bytes, description);
        put(bytes, format_args!("/AFRelationship/{relationship}/EF<</F {stream} 0 R/UF {stream} 0 R>>>>"));
    });
}

/// The objects of the fonts and of the emblem, and the resources that name them. Streams that are alike are written
/// once.
pub fn push_resources(file: &mut ObjectWriter, cut: Cut, emblem: Option<&Emblem>) {
    let cut = Fonts::get().cut(cut);
    let objects = || cut.objects.objects.iter().filter(|((number, _), _)| *number != cut.resources.0);
    let mut written: Vec<&Object> = Vec::new();
    let mut numbers = HashMap::new();
    for (&(number, _), object) in objects() {
        let is_alike = |other: &&Object| matches!((object, other), (Object::Stream(a), Object::Stream(b)) if a == b);
        let place = written.iter().position(is_alike).unwrap_or_else(|| {
            written.push(object);
            written.len() - 1
        });
        numbers.insert(number, FIRST_FONT + place);
    }
    let number = |of: u32| numbers.get(&of).copied().unwrap_or_default();
    for (at, object) in (FIRST_FONT..).zip(written) {
        match object {
            Object::Stream(stream) => push_font_stream(file, at, stream, &number),
            object => file.object(at, |bytes| push_object(bytes, object, &number)),
        }
    }
    // The fonts' numbers are the highest so far, so the emblem's follows them.
    let emblem = emblem.map(|emblem| push_emblem(file, emblem));
    file.object(RESOURCES, |bytes| {
        bytes.extend_from_slice(b"<</Font<<");
        if let Ok(fonts) = cut.objects.get_dictionary(cut.resources) {
            push_entries(bytes, fonts, &number);
        }
        put(bytes, format_args!(">>/XObject<</{SYMBOL_NAME} {SYMBOL} 0 R"));
        if let Some(number) = emblem {
            put(bytes, format_args!("/{EMBLEM_NAME} {number} 0 R"));
        }
        bytes.extend_from_slice(b">>>>");
    });
}

/// The emblem's image (ISO 32000-1, 8.9.5); returns its number.
fn push_emblem(file: &mut ObjectWriter, emblem: &Emblem) -> usize {
    let (number, Emblem { width, height, .. }) = (file.next_number(), emblem);
    let entries = format!(
        "/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceRGB/BitsPerComponent 8\
         /Filter/FlateDecode"
    );
    file.stream(number, &entries, &emblem.deflated());
    number
}

fn push_font_stream(file: &mut ObjectWriter, at: usize, stream: &Stream, number: &dyn Fn(u32) -> usize) {
    let mut dictionary = stream.dict.clone();
    dictionary.remove(b"Length");
    dictionary.remove(b"Filter");
    let mut entries = b"/Filter/FlateDecode".to_vec();
    push_entries(&mut entries, &dictionary, number);
    let entries = String::from_utf8(entries).expect("fonts have no strings in their streams' dictionaries");
    // Layout 1 has it compressed in another way.
    let plain = stream.get_plain_content().expect("the fonts are compiled in and tested");
    file.stream(at, &entries, &deflated(&plain, LEVEL_SHARED));
}

/// What all files of a shape share is compressed as well as possible: it is done once.
pub const LEVEL_SHARED: u8 = 10;

/// A zlib stream (RFC 1950), the same on every machine. Levels are 0 to 10.
pub fn deflated(content: &[u8], level: u8) -> Vec<u8> {
    compress_to_vec_zlib(content, level)
}

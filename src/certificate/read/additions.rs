//! What was added to a sealed file afterwards, by kind. Nothing of it is checked: it is told so that its reader knows
//! what to ask about.
//!
//! Additions stand behind the sealed bytes as objects of an incremental update (ISO 32000-1, 7.5.6). What belongs to
//! another addition, such as the appearance of a signature, isn't listed by itself.

use super::objects::Objects;
use super::syntax::PdfValue;
use crate::certificate::pades::signer_name;
use crate::every_variant::every_variant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Most additions that are listed; what is left out counts as [`AdditionKind::Other`].
pub const ADDITIONS_MAX: usize = 16;

/// What kind of thing was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdditionKind {
    /// Another electronic signature.
    Signature,
    /// A time stamp of the whole file.
    TimeStamp,
    /// What a page shows was replaced, or a page was added.
    Content,
    /// A note, a highlight, a stamp or a drawing on a page.
    Note,
    /// A form field.
    FormField,
    /// A file was attached.
    Attachment,
    /// Anything else.
    Other,
}

impl AdditionKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        every_variant!(AdditionKind: Signature, TimeStamp, Content, Note, FormField, Attachment, Other);

    /// As it is written in its message's key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::TimeStamp => "time-stamp",
            Self::Content => "content",
            Self::Note => "note",
            Self::FormField => "form-field",
            Self::Attachment => "attachment",
            Self::Other => "other",
        }
    }
}

/// One thing that was added; the same one is listed once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Addition {
    /// What it is.
    pub kind: AdditionKind,
    /// Of a signature or time stamp: whom its certificate names. The signature isn't checked, so anybody may have
    /// written this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
}

/// What follows the first `sealed_bytes` bytes of a file, in the order of [`AdditionKind`]; never empty.
pub fn additions(pdf: &[u8], sealed_bytes: usize) -> Vec<Addition> {
    let (sealed, added) = pdf.split_at(sealed_bytes.min(pdf.len()));
    within_limit(match (Objects::read(sealed), Objects::read(added)) {
        (Ok(sealed), Ok(added)) => listed(&sealed, &added),
        _ => BTreeSet::new(),
    })
}

fn within_limit(found: BTreeSet<Addition>) -> Vec<Addition> {
    let other = Addition { kind: AdditionKind::Other, signer: None };
    let mut found: Vec<Addition> = found.into_iter().collect();
    if found.len() > ADDITIONS_MAX {
        found.truncate(ADDITIONS_MAX - 1);
        found.push(other);
    } else if found.is_empty() {
        found.push(other);
    }
    found
}

fn listed(sealed: &Objects<'_>, added: &Objects<'_>) -> BTreeSet<Addition> {
    let addition = |(number, value, has_stream): (u32, &PdfValue, bool)| {
        let before = sealed.get(number);
        let PdfValue::Dictionary(dictionary) = value else {
            return before.map(|_| Addition { kind: AdditionKind::Other, signer: None });
        };
        let kind = kind(&Entries(dictionary), before, value, has_stream)?;
        let signer = match (kind, dictionary.get(b"Contents".as_slice())) {
            (AdditionKind::Signature | AdditionKind::TimeStamp, Some(PdfValue::Text(cms))) => signer_name(cms),
            _ => None,
        };
        Some(Addition { kind, signer })
    };
    added.numbered().filter_map(addition).collect()
}

struct Entries<'a>(&'a BTreeMap<Vec<u8>, PdfValue>);

impl Entries<'_> {
    fn name(&self, key: &[u8]) -> Option<&[u8]> {
        match self.0.get(key) {
            Some(PdfValue::Name(name)) => Some(name),
            _ => None,
        }
    }

    fn has(&self, key: &[u8]) -> bool {
        self.0.contains_key(key)
    }
}

/// The type that an object names.
fn type_of(value: &PdfValue) -> Option<&[u8]> {
    match value {
        PdfValue::Dictionary(dictionary) => match dictionary.get(b"Type".as_slice()) {
            Some(PdfValue::Name(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// The kind of an added object. `before` is the one that it replaces.
fn kind(entries: &Entries<'_>, before: Option<&PdfValue>, value: &PdfValue, has_stream: bool) -> Option<AdditionKind> {
    // What takes the place of another thing is told, whatever it calls itself.
    if before.is_some_and(|before| type_of(before) != type_of(value)) {
        return Some(if has_stream { AdditionKind::Content } else { AdditionKind::Other });
    }
    let has_other = |key: &[u8]| match before {
        Some(PdfValue::Dictionary(before)) => before.get(key) != entries.0.get(key),
        _ => false,
    };
    match entries.name(b"Type") {
        Some(b"Catalog") if has_other(b"Pages") => return Some(AdditionKind::Content),
        Some(b"DocTimeStamp") => return Some(AdditionKind::TimeStamp),
        Some(b"Sig") => return Some(AdditionKind::Signature),
        // A new signature's field stands on a page, whose list of annotations changes then; that key isn't read.
        Some(b"Page") if before == Some(value) => return None,
        Some(b"Page" | b"Pages") => return Some(AdditionKind::Content),
        Some(b"Filespec" | b"EmbeddedFile") => return Some(AdditionKind::Attachment),
        Some(b"Catalog" | b"XRef" | b"ObjStm" | b"Metadata") => return None,
        _ => {}
    }
    if entries.has(b"ByteRange") {
        return Some(AdditionKind::Signature);
    }
    match (entries.name(b"Subtype"), entries.name(b"FT")) {
        // The field of a signature; the signature is listed.
        (_, Some(b"Sig")) if !has_stream && before.is_none_or(|before| before == value) => return None,
        (Some(b"Widget"), _) | (_, Some(_)) => return Some(AdditionKind::FormField),
        (Some(subtype), _) if !has_stream && NOTES.contains(&subtype) => return Some(AdditionKind::Note),
        _ => {}
    }
    match before {
        Some(_) if has_stream => Some(AdditionKind::Content),
        // The form that holds the fields.
        Some(_) if entries.has(b"Fields") => None,
        Some(_) => Some(AdditionKind::Other),
        None => None,
    }
}

/// Annotations that show something on a page (ISO 32000-1, table 169), without fields.
const NOTES: [&[u8]; 19] = [
    b"Text",
    b"Link",
    b"FreeText",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Stamp",
    b"Caret",
    b"Ink",
    b"FileAttachment",
    b"Watermark",
    b"Redact",
    b"Screen",
];

#[cfg(test)]
mod tests {
    use super::*;

    const SEALED: &str = "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
        2 0 obj<</Type/Pages/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Contents[4 0 R 5 0 R 6 0 R]>>endobj\n\
        4 0 obj<</Length 1>>stream\nq\nendstream endobj\n7 0 obj<</Producer(a)>>endobj\n%%EOF\n";

    fn kinds(added: &str) -> Vec<AdditionKind> {
        additions(&[SEALED, added].concat().into_bytes(), SEALED.len()).iter().map(|addition| addition.kind).collect()
    }

    #[test]
    fn what_was_added_is_told_by_kind() {
        use AdditionKind::*;
        for (added, told) in [
            ("9 0 obj<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>endobj", Signature),
            ("9 0 obj<</ByteRange[0 1 2 3]/Contents<00>>>endobj", Signature),
            ("9 0 obj<</Type/DocTimeStamp/ByteRange[0 1 2 3]/Contents<00>>>endobj", TimeStamp),
            ("9 0 obj<</Type/Annot/Subtype/Highlight>>endobj", Note),
            ("9 0 obj<</Subtype/Text/Contents(x)>>endobj", Note),
            ("9 0 obj<</Type/Annot/Subtype/Widget/FT/Tx>>endobj", FormField),
            ("9 0 obj<</FT/Ch>>endobj", FormField),
            ("9 0 obj<</Type/Filespec/F(a)>>endobj", Attachment),
            ("9 0 obj<</Type/EmbeddedFile/Length 1>>stream\na\nendstream endobj", Attachment),
            ("9 0 obj<</Type/Page/Contents 4 0 R>>endobj", Content),
            ("3 0 obj<</Type/Page/Contents 8 0 R>>endobj", Content),
            ("3 0 obj<</Type/Page/Contents[4 0 R 5 0 R 8 0 R]>>endobj", Content),
            ("4 0 obj<</Length 1>>stream\nQ\nendstream endobj", Content),
            ("2 0 obj<</Type/Pages/Kids[3 0 R 9 0 R]>>endobj", Content),
            ("7 0 obj<</Producer(b)>>endobj", Other),
            ("7 0 obj[1 2]endobj", Other),
            ("1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj", Other),
            ("1 0 obj<</Type/Catalog/Pages 9 0 R>>endobj", Content),
            ("4 0 obj<</Type/Metadata/Length 1>>stream\nQ\nendstream endobj", Content),
            ("4 0 obj<</FT/Sig/Length 1>>stream\nQ\nendstream endobj", FormField),
            ("3 0 obj<</Type/Page/Rotate 90/Contents[4 0 R 5 0 R 6 0 R]>>endobj", Content),
            ("", Other),
            ("%%EOF", Other),
        ] {
            assert_eq!(kinds(added), [told], "{added}");
        }
    }

    #[test]
    fn what_belongs_to_a_signature_isn_t_listed_beside_it() {
        let added = "3 0 obj<</Type/Page/Contents[4 0 R 5 0 R 6 0 R]/Annots[9 0 R]>>endobj\n\
            1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[9 0 R]>>>>endobj\n\
            9 0 obj<</Type/Annot/Subtype/Widget/FT/Sig/V 10 0 R/AP<</N 11 0 R>>>>endobj\n\
            10 0 obj<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>endobj\n\
            11 0 obj<</Type/XObject/Subtype/Form/Length 1>>stream\nq\nendstream endobj\n";
        assert_eq!(kinds(added), [AdditionKind::Signature]);
    }

    #[test]
    fn no_more_than_the_limit_are_listed_and_the_last_says_that_there_are_others() {
        let signature = |n: u32| {
            let key = crate::certificate::pades::Seal::for_tests();
            let cms = key.sign(&[0; 32]);
            format!("{n} 0 obj<</Type/Sig/Contents<{}>>>endobj\n", data_encoding::HEXLOWER.encode(&cms))
        };
        let named = additions(&[SEALED, &signature(9), &signature(10)].concat().into_bytes(), SEALED.len());
        let signer = named[0].signer.clone();
        assert!(signer.as_ref().is_some_and(|name| name.contains("Ikrar")), "{signer:?}");
        assert_eq!(named, [Addition { kind: AdditionKind::Signature, signer }]);

        let all = "9 0 obj<</Type/Sig>>endobj\n10 0 obj<</Type/DocTimeStamp>>endobj\n11 0 obj<</Subtype/Ink>>endobj\n";
        assert_eq!(kinds(all), [AdditionKind::Signature, AdditionKind::TimeStamp, AdditionKind::Note]);
        let other = Addition { kind: AdditionKind::Other, signer: None };
        let many: BTreeSet<Addition> =
            (0..40).map(|n| Addition { kind: AdditionKind::Signature, signer: Some(format!("{n}")) }).collect();
        let cut = within_limit(many);
        assert_eq!((cut.len(), cut.last()), (ADDITIONS_MAX, Some(&other)));
    }
}

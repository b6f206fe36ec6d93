//! Reads the attached credential out of a submitted PDF.
//!
//! The file is not trusted. It is read object by object from front to back, without its cross-reference table, so a
//! file that a viewer saved again, appended to, or repaired is read the same way; the last definition of an object
//! counts, as in an incremental update. Nothing here says whether the page was changed: that is the seal's task.
//!
//! Hand-written. `lopdf`, which the certificate is written with, starts from the cross-reference table and builds the
//! whole document in memory; its loader can bound what one stream inflates to. This reader needs no table, keeps only
//! the keys that lead to an attachment, and bounds objects, nesting, all inflated bytes together and the steps of
//! parsing.

pub mod additions;
mod objects;
pub mod seals;
mod syntax;

use super::file::ATTACHMENT_NAME;
use objects::Objects;
use syntax::PdfValue;

/// Largest file that is read.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most bytes of all streams together, once inflated.
pub const INFLATED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most objects in one file, counting those in object streams and repeated definitions.
pub const OBJECTS_MAX: usize = 5_000;
/// Deepest nesting of arrays and dictionaries.
pub const DEPTH_MAX: usize = 32;
/// Largest attachment read as a credential, which has at most 320 bytes.
pub const CREDENTIAL_BYTES_MAX: usize = 4_096;

/// Why no credential can be read. Each asks the submitter for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    /// The bytes don't begin as a PDF.
    #[error("not a PDF file")]
    NotPdf,
    /// A PDF without an attachment of our name.
    #[error("a PDF, but without an Ikrar credential: another document, or one printed anew from a viewer")]
    NotOurs,
    /// The file's end is missing.
    #[error("the file breaks off before its end")]
    Truncated,
    /// The file is encrypted, so nothing in it can be read.
    #[error("the file is protected by a password")]
    Encrypted,
    /// Several attachments carry our name and differ.
    #[error("the file carries several different credentials")]
    Ambiguous,
    /// A limit of this module was exceeded.
    #[error("the file is larger or more deeply nested than a certificate ever is")]
    TooLarge,
}

/// The bytes of the attachment `ikrar.cose`, as they are: nothing about them has been checked.
pub fn attached_credential(pdf: &[u8]) -> Result<Vec<u8>, ReadFault> {
    if pdf.len() > FILE_BYTES_MAX {
        return Err(ReadFault::TooLarge);
    }
    // PDF readers accept up to a kilobyte before the header.
    if !pdf[..pdf.len().min(1024)].windows(5).any(|window| window == b"%PDF-") {
        return Err(ReadFault::NotPdf);
    }
    let objects = Objects::read(pdf)?;
    if objects.encrypted {
        return Err(ReadFault::Encrypted);
    }
    let mut found: Option<Vec<u8>> = None;
    for specification in objects.values().filter(|value| names_the_credential(value)) {
        let Some(bytes) = embedded(&objects, specification)? else { continue };
        match &found {
            Some(other) if *other != bytes => return Err(ReadFault::Ambiguous),
            _ => found = Some(bytes),
        }
    }
    match found {
        Some(bytes) => Ok(bytes),
        None if objects.has_end_marker => Err(ReadFault::NotOurs),
        None => Err(ReadFault::Truncated),
    }
}

/// Whether an object is a file specification (ISO 32000-1, 7.11.3) with the credential's name.
fn names_the_credential(value: &PdfValue) -> bool {
    let PdfValue::Dictionary(dictionary) = value else { return false };
    let named = |key: &[u8]| matches!(dictionary.get(key), Some(PdfValue::Text(name)) if is_our_name(name));
    dictionary.contains_key(b"EF".as_slice()) && (named(b"UF") || named(b"F"))
}

/// The name in ASCII, or in UTF-16 with a byte order mark, as some programs write it.
fn is_our_name(name: &[u8]) -> bool {
    let wide: Vec<u8> = [0xFE, 0xFF].into_iter().chain(ATTACHMENT_NAME.bytes().flat_map(|byte| [0, byte])).collect();
    name == ATTACHMENT_NAME.as_bytes() || name == wide
}

fn embedded(objects: &Objects<'_>, specification: &PdfValue) -> Result<Option<Vec<u8>>, ReadFault> {
    let PdfValue::Dictionary(specification) = specification else { return Ok(None) };
    let files = match specification.get(b"EF".as_slice()) {
        Some(PdfValue::Dictionary(files)) => files,
        Some(PdfValue::Reference(number)) => match objects.get(*number) {
            Some(PdfValue::Dictionary(files)) => files,
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let Some(PdfValue::Reference(number)) = files.get(b"UF".as_slice()).or_else(|| files.get(b"F".as_slice())) else {
        return Ok(None);
    };
    objects.stream(*number, CREDENTIAL_BYTES_MAX)
}

#[cfg(test)]
mod tests;

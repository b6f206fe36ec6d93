//! XML of a workbook: attributes and character references.

use super::RosterFileError;
use quick_xml::events::{BytesRef, BytesStart};

/// An attribute by its local name, with entities resolved.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    quick_xml::escape::unescape(&found.value).ok().map(|value| value.into_owned())
}

/// Appends the character that a reference such as `&amp;` or `&#10;` stands for. Entities of a document type are not
/// expanded.
pub(super) fn resolve(reference: &BytesRef<'_>, into: &mut String) -> Result<(), RosterFileError> {
    match reference.resolve_char_ref()? {
        Some(character) => into.push(character),
        None => into.push_str(match &*reference.xml10_content() {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            _ => return Err(RosterFileError::Damaged),
        }),
    }
    Ok(())
}

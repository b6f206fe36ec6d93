//! XML of a workbook: attributes, character references and escaped characters.

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

/// The character that a reference such as `&amp;` or `&#10;` stands for. Entities of a document type are not expanded.
pub(super) fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character),
        Ok(None) => match &*reference.xml10_content() {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => None,
        },
        Err(_) => None,
    }
}

/// A text with each `_xHHHH_` replaced by the character with this number, which is how a workbook writes control
/// characters and the `_` of a literal `_xHHHH_` (`ST_Xstring`, ECMA-376 part 1, 22.9.2.19).
pub(super) fn unescaped(text: String) -> String {
    // The first is much the faster, and most texts have none.
    if !text.as_bytes().contains(&b'_') || !text.contains("_x") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, character) = escaped(rest).unwrap_or((1, '_'));
        plain.push(character);
        rest = &rest[taken..];
    }
    plain + rest
}

/// Bytes and character of the `_xHHHH_` that a text begins with, if it does and the number is a character's.
fn escaped(text: &str) -> Option<(usize, char)> {
    let (digits, rest) = text.strip_prefix("_x")?.split_at_checked(4)?;
    let is_escape = rest.starts_with('_') && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_escape)?;
    Some((text.len() - rest.len() + 1, char::from_u32(number)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_are_read_and_nothing_else() {
        for (written, read) in [
            ("Siti_x000D__x000A_Aminah", "Siti\r\nAminah"),
            ("_x005F_x0041_", "_x0041_"),
            ("_x0041_x0042_", "Ax0042_"),
            ("_x00e9_", "\u{E9}"),
            ("_xD83D__x0041", "_xD83D__x0041"),
            ("_x_x_xx004_x+041__x00\u{E9}9_", "_x_x_xx004_x+041__x00\u{E9}9_"),
        ] {
            assert_eq!(unescaped(written.into()), read, "{written}");
        }
    }
}

//! Names of files that leave the platform: entries of an archive, and `Content-Disposition` of a download.
//!
//! All such names are made here, whatever the database holds, from characters without a special meaning to file
//! systems, archive programs, shells and headers. Deliberately absent: the names of the program's own files.

/// Longest part of a name between slashes, in characters.
pub const PART_CHARS_MAX: usize = 80;
/// Replaces each character that isn't safe.
const STAND_IN: char = '_';

/// Makes one part of a name from ASCII letters and digits, dots, hyphens and underscores. The result is never empty,
/// `..`, a hidden file, an option or a Windows device.
pub fn safe_part(text: &str) -> String {
    let mut part: String = text
        .chars()
        .take(PART_CHARS_MAX)
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { STAND_IN })
        .collect();
    let is_outer = |c: char| matches!(c, '.' | '-');
    if part.is_empty() || part.starts_with(is_outer) || is_device(&part) {
        part.insert(0, STAND_IN);
    }
    if part.ends_with('.') {
        part.push(STAND_IN);
    }
    part
}

/// The name of an archive's entry in a folder.
pub fn entry(folder: &str, name: &str) -> String {
    format!("{}/{}", safe_part(folder), safe_part(name))
}

/// The value of `Content-Disposition` (RFC 6266).
pub fn disposition(kind: Disposition, name: &str) -> String {
    let kind = match kind {
        Disposition::Attachment => "attachment",
        Disposition::Inline => "inline",
    };
    format!("{kind}; filename=\"{}\"", safe_part(name))
}

/// What a browser does with a response that is a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Saved.
    Attachment,
    /// Shown, and saved under this name.
    Inline,
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).to_ascii_uppercase();
    let is_port =
        |name: &str| (stem.strip_prefix(name)).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit());
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || is_port("COM") || is_port("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_safe_stays_as_it_is() {
        for name in ["16.71", "kode-akses-01.pdf", "SUMSEL-2027", "daftar_hadir.xlsx"] {
            assert_eq!(safe_part(name), name);
        }
    }

    #[test]
    fn no_entry_leads_out_of_its_folder() {
        assert_eq!(entry("..", "../a/b.pdf"), "_.._/_.._a_b.pdf");
        assert_eq!(entry("", "."), "_/_._");
        assert_eq!(entry("C:\\x", "nul.pdf"), "C__x/_nul.pdf");
        assert_eq!(disposition(Disposition::Attachment, "a\"\r\nX: y"), "attachment; filename=\"a___X__y\"");
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_safe_part(text in ".{0,120}") {
            let part = safe_part(&text);
            prop_assert!(!part.is_empty() && part.len() <= PART_CHARS_MAX + 2);
            prop_assert!(part.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)));
            prop_assert!(!part.starts_with(['.', '-']) && !part.ends_with('.'));
        }
    }
}

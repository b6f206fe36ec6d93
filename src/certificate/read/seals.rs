//! Finds the seals that this program wrote into a PDF, by their bytes.
//!
//! Only the one form is looked for that `splice` writes. Whatever differs from it by a byte isn't a seal of ours, so
//! nothing here has to understand a stranger's file.

use std::ops::Range;

/// A file with more of what looks like a seal isn't searched further.
const SEALS_MAX: usize = 16;
const BEFORE: &[u8] = b"/ByteRange[0 ";
const BETWEEN: &[u8] = b"]/Contents";
/// Digits of each number.
const DIGITS: usize = 10;

/// A seal as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSeal {
    /// The hexadecimal string with its brackets: the only bytes of the revision that the seal doesn't cover.
    pub gap: Range<usize>,
    /// Where the sealed revision ends; it begins with the file.
    pub end: usize,
}

/// All seals of our form whose revision lies within the file, in the order in which they stand.
pub fn seals(pdf: &[u8]) -> Vec<FoundSeal> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = position(&pdf[from..], BEFORE) {
        let numbers = from + at + BEFORE.len();
        found.extend(seal(pdf, numbers));
        from = numbers;
        if found.len() == SEALS_MAX {
            break;
        }
    }
    found
}

/// The seal whose numbers begin here.
fn seal(pdf: &[u8], numbers: usize) -> Option<FoundSeal> {
    let text = pdf.get(numbers..numbers + 3 * DIGITS + 2)?;
    let [first, second, third] = [0, DIGITS + 1, 2 * DIGITS + 2].map(|at| number(&text[at..at + DIGITS]));
    let (first, second, third) = (first?, second?, third?);
    let is_spaced = text[DIGITS] == b' ' && text[2 * DIGITS + 1] == b' ';
    let gap_start = numbers + text.len() + BETWEEN.len();
    let end = second.checked_add(third)?;
    let is_placed = first == gap_start && second > first && end <= pdf.len();
    let is_whole = is_spaced && is_placed && pdf.get(numbers + text.len()..gap_start)? == BETWEEN;
    let gap = pdf.get(first..second).filter(|_| is_whole)?;
    let digits = gap.strip_prefix(b"<")?.strip_suffix(b">")?;
    let is_canonical = digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_canonical.then_some(FoundSeal { gap: first..second, end })
}

fn number(digits: &[u8]) -> Option<usize> {
    digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

fn position(bytes: &[u8], of: &[u8]) -> Option<usize> {
    bytes.windows(of.len()).position(|window| window == of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(numbers: &str, digits: &str) -> Vec<u8> {
        format!("%PDF{}{numbers}{}<{digits}>rest", "/ByteRange[0 ", "]/Contents").into_bytes()
    }

    #[test]
    fn only_the_form_that_is_written_is_found() {
        let good = file("0000000059 0000000065 0000000004", "00af");
        assert_eq!(seals(&good), [FoundSeal { gap: 59..65, end: good.len() }]);
        let appended = [good.as_slice(), b" and more"].concat();
        assert_eq!(seals(&appended), [FoundSeal { gap: 59..65, end: good.len() }]);
        for (numbers, digits) in [
            ("0000000058 0000000065 0000000004", "00af"),
            ("0000000059 0000000064 0000000004", "00af"),
            ("0000000059 0000000065 0000000005", "00af"),
            ("0000000059 0000000065 9999999999", "00af"),
            ("+000000059 0000000065 0000000004", "00af"),
            ("0000000059  000000065 0000000004", "00af"),
            ("0000000059 0000000065 0000000004", "00AF"),
            ("0000000059 0000000065 0000000004", "00\naf"),
        ] {
            assert_eq!(seals(&file(numbers, digits)), [], "{numbers} {digits}");
        }
        assert_eq!(seals(&b"/ByteRange[0 0000000013 ".repeat(40)), []);
    }

    #[test]
    fn no_more_than_the_limit_are_looked_at() {
        let mut many = b"%PDF".to_vec();
        for _ in 0..SEALS_MAX + 3 {
            let first = many.len() + BEFORE.len() + 32 + BETWEEN.len();
            many.extend_from_slice(
                format!("/ByteRange[0 {first:010} {:010} 0000000000]/Contents<00>", first + 4).as_bytes(),
            );
        }
        assert_eq!(seals(&many).len(), SEALS_MAX);
    }
}

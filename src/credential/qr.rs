//! The text of the QR code: `https://HOST/v#DIGITS`.
//!
//! The digits are the credential in big-endian groups of 7 bytes, each as 17 decimal digits with leading zeros; a last
//! group of 1, 2, 3, 4, 5 or 6 bytes has 3, 5, 8, 10, 13 or 15 digits. Digits take a third less room in a QR code than
//! base64. Behind `#` they never reach a server when a phone opens the link.

use super::cwt::{CREDENTIAL_BYTES_MAX, Credential, DecodeFault, whole_len};

/// Digits of a group, by its length in bytes from 0 to 7.
const GROUP_DIGITS: [usize; 8] = [0, 3, 5, 8, 10, 13, 15, 17];
const GROUP_BYTES: usize = 7;
/// Digits of the longest credential.
pub const DIGITS_MAX: usize = digits_len(CREDENTIAL_BYTES_MAX);
/// A longer text is refused unread.
pub const TEXT_BYTES_MAX: usize = 4096;

/// How many digits `bytes` bytes take.
pub const fn digits_len(bytes: usize) -> usize {
    bytes / GROUP_BYTES * GROUP_DIGITS[GROUP_BYTES] + GROUP_DIGITS[bytes % GROUP_BYTES]
}

/// The QR code's text for a credential. `public_url` is the installation's address without a slash at its end.
pub fn text(public_url: &str, credential: &[u8]) -> String {
    format!("{public_url}/v#{}", digits(credential))
}

/// Bytes as digits.
pub fn digits(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(digits_len(bytes.len()));
    for group in bytes.chunks(GROUP_BYTES) {
        let number = group.iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
        let width = GROUP_DIGITS[group.len()];
        digits.push_str(&format!("{number:0width$}"));
    }
    digits
}

/// Why digits aren't bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsFault {
    /// No whole number of bytes has this many digits.
    #[error("no number of bytes has this many digits")]
    Length,
    /// A group of digits stands for a number that its bytes can't hold.
    #[error("a group of digits is beyond the bytes it stands for")]
    Range,
    /// A character that isn't a decimal digit.
    #[error("something else than a digit")]
    Character,
}

/// Reads digits as bytes. Accepts exactly what [`digits`] writes.
pub fn bytes(digits: &str) -> Result<Vec<u8>, DigitsFault> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DigitsFault::Character);
    }
    let mut bytes = Vec::with_capacity(digits.len() * GROUP_BYTES / GROUP_DIGITS[GROUP_BYTES] + 1);
    let mut rest = digits;
    while !rest.is_empty() {
        let (group, after) = rest.split_at(rest.len().min(GROUP_DIGITS[GROUP_BYTES]));
        let len = GROUP_DIGITS.iter().position(|&d| d == group.len()).ok_or(DigitsFault::Length)?;
        let number: u64 = group.parse().expect("17 digits fit 64 bits");
        let wide = number.to_be_bytes();
        let (above, value) = wide.split_at(wide.len() - len);
        if above.iter().any(|&byte| byte != 0) {
            return Err(DigitsFault::Range);
        }
        bytes.extend_from_slice(value);
        rest = after;
    }
    Ok(bytes)
}

/// Reads a QR code's text: a link of any host, or the bare digits; white space anywhere is ignored.
pub fn read(text: &str) -> Result<Credential, DecodeFault> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(DecodeFault::Foreign);
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (linked, digits) = match text.split_once("/v#") {
        Some((_, fragment)) => (true, fragment),
        None => (false, text.as_str()),
    };
    match bytes(digits) {
        Err(DigitsFault::Character) if linked => Err(DecodeFault::Altered),
        Err(DigitsFault::Character) => Err(DecodeFault::Foreign),
        // Less than one group shows only that the rest is missing.
        _ if digits.len() < GROUP_DIGITS[GROUP_BYTES] => Err(DecodeFault::Incomplete),
        Ok(bytes) => Credential::decode(&bytes),
        Err(DigitsFault::Length | DigitsFault::Range) => Err(fault_of(digits)),
    }
}

/// What is wrong with digits whose groups don't all decode. A last group that was cut can be out of range too, so the
/// length given at the front of the credential decides.
fn fault_of(digits: &str) -> DecodeFault {
    let (groups, _) = digits.as_bytes().as_chunks::<17>();
    let front: Vec<u8> =
        groups.iter().map_while(|group| bytes(std::str::from_utf8(group).ok()?).ok()).flatten().collect();
    // The lengths are within the first four groups.
    let short = groups.len() < 5;
    match whole_len(&front) {
        Some(whole) if digits.len() < digits_len(whole) => DecodeFault::Incomplete,
        Some(_) => DecodeFault::Altered,
        None if short && front.starts_with(&[0xD2, 0x84]) => DecodeFault::Incomplete,
        None if short => DecodeFault::Foreign,
        None => DecodeFault::Altered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::cwt::Claims;
    use crate::domain::campaign::CampaignKind;
    use crate::domain::ids::PledgeId;
    use crate::domain::pledge::Method;
    use crate::domain::time::UnixMillis;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    fn credential(name: &str) -> Vec<u8> {
        let claims = Claims {
            pledge: PledgeId([0xC4; 16]),
            signed_at: UnixMillis(1_703_643_300_000),
            kind: CampaignKind::IntegrityPact,
            shown_name: name.into(),
            last4: "4321".into(),
            institution: "16".into(),
            text_hash: [3; 16],
            status_index: 12,
            method: Method::SharedDevice,
        };
        let key = SigningKey::from_bytes(&[42; 32]);
        claims.issue("A1b2C3d4E5f", |message| key.sign(message).to_bytes()).unwrap()
    }

    #[test]
    fn groups_have_their_written_widths() {
        assert_eq!(digits(&[]), "");
        assert_eq!(digits(&[255]), "255");
        assert_eq!(digits(&[0, 1]), "00001");
        assert_eq!(digits(&[0xFF; 7]), "72057594037927935");
        assert_eq!(digits(&[0, 0, 0, 0, 0, 0, 1, 2]), "00000000000000001002");
        for (len, width) in (0..).zip(GROUP_DIGITS) {
            assert_eq!(digits(&vec![0xFF; len]).len(), width);
        }
    }

    #[test]
    fn out_of_range_and_impossible_lengths_are_refused() {
        assert_eq!(bytes("256"), Err(DigitsFault::Range));
        assert_eq!(bytes("72057594037927936"), Err(DigitsFault::Range));
        assert_eq!(bytes("65536"), Err(DigitsFault::Range));
        for impossible in ["1", "12", "1234", "123456", "0000000000000000"] {
            assert_eq!(bytes(impossible), Err(DigitsFault::Length), "{impossible}");
        }
        assert_eq!(bytes("12a"), Err(DigitsFault::Character));
        assert_eq!(bytes("１２３"), Err(DigitsFault::Character));
    }

    #[test]
    fn a_link_bare_digits_and_wrapped_digits_read_the_same() {
        let credential = credential("Budi");
        let link = text("https://ikrar.example.go.id", &credential);
        let read_link = read(&link).unwrap();
        assert_eq!(read(&digits(&credential)).unwrap(), read_link);
        let (front, back) = link.split_at(120);
        assert_eq!(read(&format!("  {front}\n{back} ")).unwrap(), read_link);
    }

    #[test]
    fn another_text_is_foreign() {
        for foreign in ["", "halo", "https://example.com/", "081234567890123456789012345678901234", &"1".repeat(5000)] {
            let fault = read(foreign).unwrap_err();
            assert!(fault == DecodeFault::Foreign || foreign.is_empty(), "{foreign}: {fault:?}");
        }
        assert_eq!(read("https://example.com/v#12x"), Err(DecodeFault::Altered));
    }

    proptest! {
        #[test]
        fn changed_digits_are_never_the_same_credential(
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0u8..10), 1..12),
        ) {
            let whole = digits(&credential("Budi"));
            let mut changed = whole.clone().into_bytes();
            for (at, digit) in changes {
                let at = at.index(changed.len());
                changed[at] = b'0' + digit;
            }
            let changed = String::from_utf8(changed).unwrap();
            prop_assume!(changed != whole);
            let key = SigningKey::from_bytes(&[42; 32]).verifying_key();
            prop_assert!(read(&changed).map_or(true, |read| !read.is_signed_by(&key)));
        }

        #[test]
        fn digits_read_back(raw: Vec<u8>) {
            let digits = digits(&raw);
            prop_assert_eq!(digits.len(), digits_len(raw.len()));
            prop_assert_eq!(bytes(&digits), Ok(raw));
        }

        #[test]
        fn digits_that_read_are_written_the_same(text in "[0-9]{0,60}") {
            if let Ok(raw) = bytes(&text) {
                prop_assert_eq!(digits(&raw), text);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = read(&text);
        }

        #[test]
        fn a_text_cut_short_is_incomplete(name in "[A-Za-z ,.]{1,60}", cut in 0usize..600) {
            let text = text("https://ikrar.example.go.id", &credential(&name));
            let digits = text.rsplit('#').next().unwrap().len();
            let cut = text.len() - digits + cut % digits;
            prop_assert_eq!(read(&text[..cut]), Err(DecodeFault::Incomplete));
        }

        #[test]
        fn one_digit_changed_never_verifies_and_never_looks_cut(name in "[A-Za-z ,.]{1,60}", at in 0usize..600, by in 1u8..10) {
            let mut digits = digits(&credential(&name)).into_bytes();
            let at = at % digits.len();
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            let changed = String::from_utf8(digits).unwrap();
            match read(&changed) {
                Ok(read) => prop_assert!(!read.is_signed_by(&SigningKey::from_bytes(&[42; 32]).verifying_key())),
                Err(fault) => prop_assert_eq!(fault, DecodeFault::Altered),
            }
        }
    }
}

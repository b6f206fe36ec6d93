//! The passwords that attackers try first: a list of some 20,000 by Royce Williams, as Django ships it (BSD-3-Clause,
//! see its folder under `assets/vendor/`), and simple variations of them.
//!
//! The list is unpacked for each check and isn't kept in memory.

use flate2::read::GzDecoder;
use std::collections::HashSet;
use std::io::Read;

const LIST: &[u8] = include_bytes!("../../../assets/vendor/django-common-passwords-5.2/common-passwords.txt.gz");
/// More bytes than the unpacked list has.
const LIST_BYTES_MAX: u64 = 1 << 20;
/// Two listed words in a row are as common as one, if each has this many characters or more.
const HALF_CHARS_MIN: usize = 4;

/// Whether the password is listed, a listed one between digits and signs, two listed ones in a row, one piece repeated,
/// or only digits and signs.
pub fn is_common(password: &str) -> bool {
    let mut list = String::new();
    // The list is part of the program, and a test reads it.
    if GzDecoder::new(LIST).take(LIST_BYTES_MAX).read_to_string(&mut list).is_err() {
        return false;
    }
    let list: HashSet<&str> = list.lines().collect();
    let lowered = password.to_lowercase();
    let plain: String = lowered.chars().filter(|c| !c.is_whitespace()).collect();
    [lowered.as_str(), &plain].iter().any(|text| {
        let core = core_of(text);
        let is_listed = |word: &str| list.contains(word);
        core.is_empty() || is_listed(text) || is_listed(core) || is_repeated(text) || is_two(core, &list)
    })
}

/// The word without the ASCII digits and signs at both ends.
fn core_of(word: &str) -> &str {
    word.trim_matches(|c: char| c.is_ascii() && !c.is_ascii_alphabetic())
}

/// Whether the text repeats one piece, as `abcabcabc` repeats `abc`.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let repeats = |piece: usize| chars.iter().zip(&chars[piece..]).all(|(one, next)| one == next);
    (1..=chars.len() / 2).any(repeats)
}

fn is_two(core: &str, list: &HashSet<&str>) -> bool {
    core.char_indices().map(|(at, _)| core.split_at(at)).any(|(one, other)| {
        let long = |half: &str| half.chars().count() >= HALF_CHARS_MIN;
        long(one) && long(other) && list.contains(one) && list.contains(other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_list_is_the_one_whose_hash_is_written_down() {
        let sums = include_str!("../../../assets/vendor/django-common-passwords-5.2/SHA256SUMS");
        assert!(sums.contains(&format!("{}  common-passwords.txt.gz", HEXLOWER.encode(&Sha256::digest(LIST)))));
    }

    #[test]
    fn common_passwords_are_known_also_in_disguise() {
        for common in [
            "1q2w3e4r5t6y",
            "Password1234!",
            "password password",
            "qwerty123456",
            "!!!sunshine!!!",
            "sunshinemonkey",
            "111111222222",
            "abcdabcdabcd",
            "2029-02-01 2029",
        ] {
            assert!(is_common(common), "{common}");
        }
        for fine in ["kuda laut biru", "perahu kayu di musi", "7KQ2-M9XD-04TR-AB3C", "ᮞᮥᮔ᮪ᮓ ᮞᮥᮔ᮪ᮓ ᮙᮥᮞᮤ"]
        {
            assert!(!is_common(fine), "{fine}");
        }
    }
}

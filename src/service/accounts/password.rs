//! Passwords: the rule they keep, how they are hashed, and the ones that are given out to be changed.

use crate::clock::Entropy;
use crate::domain::account::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use crate::domain::ids::CROCKFORD;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

/// Argon2id with 19 MiB, two passes and one lane (the OWASP password storage cheat sheet's first choice).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// Why a password can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters")]
    Short,
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    Long,
    #[error("a password isn't the login and isn't one character over and over")]
    Plain,
}

/// Whether a person may choose this password.
pub fn check(login: &str, password: &str) -> Result<(), PasswordFault> {
    let first = password.chars().next();
    if password.chars().count() < PASSWORD_CHARS_MIN {
        Err(PasswordFault::Short)
    } else if password.len() > PASSWORD_BYTES_MAX {
        Err(PasswordFault::Long)
    } else if password.to_lowercase().contains(login) || password.chars().all(|c| Some(c) == first) {
        Err(PasswordFault::Plain)
    } else {
        Ok(())
    }
}

/// A PHC string. Takes tens of milliseconds of one core.
pub fn hash(password: &str, entropy: &Entropy) -> String {
    let salt: [u8; SALT_BYTES] = entropy.bytes();
    hasher()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("a salt of 16 bytes and fixed parameters are within Argon2's limits")
        .to_string()
}

/// Whether the password is the one that was hashed. Takes as long as [`hash`].
pub fn matches(password: &str, hash: &str) -> bool {
    password.len() <= PASSWORD_BYTES_MAX && hasher().verify_password(password.as_bytes(), hash).is_ok()
}

/// Sixteen Crockford characters in groups of four (80 bits), to be changed at the first sign-in.
pub fn one_time(entropy: &Entropy) -> Zeroizing<String> {
    let random: [u8; 16] = entropy.bytes();
    let mut shown = Zeroizing::new(String::with_capacity(19));
    for (place, byte) in random.iter().enumerate() {
        if place > 0 && place.is_multiple_of(4) {
            shown.push('-');
        }
        shown.push(char::from(CROCKFORD[usize::from(byte & 31)]));
    }
    shown
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("fixed parameters within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_hash_only() {
        let entropy = Entropy::seeded(1);
        let hashed = hash("kuda laut biru", &entropy);
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(matches("kuda laut biru", &hashed));
        assert!(!matches("kuda laut hijau", &hashed));
        assert!(!matches("kuda laut biru", "not a hash"));
        assert_ne!(hashed, hash("kuda laut biru", &entropy));
    }

    #[test]
    fn short_long_and_plain_passwords_are_refused() {
        assert_eq!(check("admin", "pendek"), Err(PasswordFault::Short));
        assert_eq!(check("admin", &"ab".repeat(200)), Err(PasswordFault::Long));
        assert_eq!(check("admin", "xxxxxxxxxxxxxx"), Err(PasswordFault::Plain));
        assert_eq!(check("admin", "Admin-2027-Sumsel"), Err(PasswordFault::Plain));
        assert_eq!(check("admin", "kuda laut biru"), Ok(()));
    }

    #[test]
    fn a_one_time_password_can_be_typed() {
        let password = one_time(&Entropy::seeded(1));
        assert_eq!(password.len(), 19);
        assert!(check("admin", &password).is_ok());
    }
}

//! Passwords: their rules (ASVS 4.0, V2.1), how they are hashed, and one-time passwords.

use super::guessable::is_common;
use crate::clock::Entropy;
use crate::domain::account::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use crate::domain::ids::CROCKFORD;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

/// Argon2id with 19 MiB, two passes and one lane (the OWASP password storage cheat sheet's first choice).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const PRODUCT: &str = "ikrar";
/// Shorter parts of a host name occur in too many words.
const NAME_CHARS_MIN: usize = 4;

/// Why a password can't be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than [`PASSWORD_CHARS_MIN`] characters, with consecutive spaces counted as one. The person chooses a
    /// longer one.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters")]
    Short,
    /// More than [`PASSWORD_CHARS_MAX`] characters. The person chooses a shorter one.
    #[error("a password has at most {PASSWORD_CHARS_MAX} characters")]
    Long,
    /// Contains the login, the product's name or a part of the installation's host name, in upper or lower case. The
    /// person chooses another.
    #[error("a password doesn't hold the login, the product's name or the installation's")]
    Named,
    /// One of the passwords that attackers try first, or a simple variation. The person chooses another.
    #[error("a password isn't one of those that are tried first")]
    Common,
}

/// Names that an attacker tries first: the product's and the parts of the installation's host name.
pub fn names(host: &str) -> Vec<String> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).to_lowercase();
    let labels = host.split(['.', '-']).filter(|label| label.len() >= NAME_CHARS_MIN);
    let labels = labels.filter(|label| label.chars().any(char::is_alphabetic));
    std::iter::once(PRODUCT).chain(labels).map(str::to_string).collect()
}

/// Checks a password that a person chooses. Any characters are allowed, spaces too; consecutive spaces count as one.
pub fn check(login: &str, names: &[String], password: &str) -> Result<(), PasswordFault> {
    let lowered = password.to_lowercase();
    if password.split_whitespace().collect::<Vec<_>>().join(" ").chars().count() < PASSWORD_CHARS_MIN {
        Err(PasswordFault::Short)
    } else if password.chars().count() > PASSWORD_CHARS_MAX {
        Err(PasswordFault::Long)
    } else if lowered.contains(login) || names.iter().any(|name| lowered.contains(name)) {
        Err(PasswordFault::Named)
    } else if is_common(password) {
        Err(PasswordFault::Common)
    } else {
        Ok(())
    }
}

/// Whether the rules for new passwords refuse a password in use. One that only exceeds today's length limit isn't easy.
pub fn is_easy(login: &str, names: &[String], password: &str) -> bool {
    !matches!(check(login, names, password), Ok(()) | Err(PasswordFault::Long))
}

/// Hashes a password to a PHC string. Takes tens of milliseconds of one core.
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

/// A one-time password, to be changed at the first sign-in: 16 Crockford characters in groups of four, 80 bits.
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
        // Chosen when 256 characters of any script were allowed.
        let older = "🐟".repeat(256);
        assert!(matches(&older, &hash(&older, &entropy)));
        assert_ne!(hashed, hash("kuda laut biru", &entropy));
    }

    #[test]
    fn short_long_named_and_common_passwords_are_refused() {
        let names = names("ikrar.sumselprov.go.id:8443");
        assert_eq!(names, ["ikrar", "ikrar", "sumselprov"]);
        let check = |password: &str| check("admin", &names, password);
        assert_eq!(check("pendek"), Err(PasswordFault::Short));
        assert_eq!(check("kuda        laut"), Err(PasswordFault::Short));
        assert_eq!(check(&"kuda laut ".repeat(26)), Err(PasswordFault::Long));
        assert_eq!(check("Admin-2027-laut"), Err(PasswordFault::Named));
        assert_eq!(check("Ikrar bersama kita"), Err(PasswordFault::Named));
        assert_eq!(check("SumselProv maju terus"), Err(PasswordFault::Named));
        assert_eq!(check("xxxxxxxxxxxxxx"), Err(PasswordFault::Common));
        assert_eq!(check("password1234"), Err(PasswordFault::Common));
        assert_eq!(check("kuda laut biru"), Ok(()));
        // No mix is required, any script is allowed, and 128 characters are accepted.
        assert_eq!(check("ᮞᮥᮔ᮪ᮓ ᮙᮥᮞᮤ 🐟 sungai"), Ok(()));
        let pairs = ('a'..='z').cycle().zip(('a'..='z').rev().cycle().skip(3));
        let long: String = pairs.map(|(a, b)| [a, b]).take(61).flatten().chain("q kuda".chars()).collect();
        assert_eq!((long.chars().count(), check(&long)), (128, Ok(())));
        assert_eq!(check(&format!("{long}x")), Err(PasswordFault::Long));
    }

    #[test]
    fn a_one_time_password_can_be_typed() {
        let password = one_time(&Entropy::seeded(1));
        assert_eq!(password.len(), 19);
        assert!(check("admin", &names("127.0.0.1:8080"), &password).is_ok());
    }
}

//! A capability to write a secret out: an access code or a one-time password becomes text only for its holder.
//!
//! In the console only the guard that asks for the password creates one; the command line creates one for its user. An
//! architecture test refuses any other caller.

use zeroize::Zeroizing;

/// Proof that the caller may see secrets.
#[derive(Debug)]
pub struct Disclosure(());

impl Disclosure {
    /// For the guard: the password was typed recently.
    pub fn after_password() -> Self {
        Self(())
    }

    /// For the command line, whose user holds the keys that the secrets are derived from.
    pub fn to_the_operator() -> Self {
        Self(())
    }
}

/// A password that must be changed at the first sign-in.
pub struct OneTimePassword(Zeroizing<String>);

impl OneTimePassword {
    /// Wraps a password that was just drawn.
    pub fn new(password: Zeroizing<String>) -> Self {
        Self(password)
    }

    /// The password as text. Nothing else gives it out.
    pub fn shown(&self, _: &Disclosure) -> &str {
        &self.0
    }
}

/// Hidden: it opens an account.
impl std::fmt::Debug for OneTimePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimePassword(…)")
    }
}

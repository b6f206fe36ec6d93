//! Leave to write a secret out. An access code or a one-time password becomes text only for who holds one.
//!
//! In the console only the guard that asks for the password gives it; on the command line whoever runs the command has
//! it. A test of the house holds that nobody else does.

use zeroize::Zeroizing;

/// Says that who is about to read a secret may.
#[derive(Debug)]
pub struct Disclosure(());

impl Disclosure {
    /// The password was typed a short while ago.
    pub fn after_password() -> Self {
        Self(())
    }

    /// The command line: who runs it holds the keys that the secrets are made from.
    pub fn to_the_operator() -> Self {
        Self(())
    }
}

/// A password that is given out to be changed at the first sign-in.
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

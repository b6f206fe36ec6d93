//! Which of a certificate's two copies: they differ in how much of the signer's number they show.

use super::identifier::Identifier;
use crate::every_variant::every_variant;

/// A copy of a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CertificateCopy {
    /// For anybody: the number's last four characters.
    #[default]
    Public,
    /// For the signer, and for personnel files: the whole number.
    Own,
}

/// The signer's number, as a copy prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintedIdentifier {
    /// Its last four characters.
    Ending(String),
    /// All of it.
    Whole(String),
}

impl CertificateCopy {
    /// Both copies.
    pub const ALL: [Self; 2] = every_variant!(CertificateCopy: Public, Own);

    /// As the audit trail names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Own => "own",
        }
    }

    /// The number as this copy prints it.
    pub fn identifier(self, identifier: &Identifier) -> PrintedIdentifier {
        match self {
            Self::Public => PrintedIdentifier::Ending(identifier.last4()),
            Self::Own => PrintedIdentifier::Whole(identifier.shown()),
        }
    }
}

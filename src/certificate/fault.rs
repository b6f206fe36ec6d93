//! Why a certificate can't be printed.

/// Each needs a different remedy: a roster cell or text to correct, or a host name to shorten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// The fonts have Latin letters only.
    #[error("the {part} holds a character that cannot be printed: U+{:04X}", u32::from(*character))]
    Character {
        /// The part, as the message names it.
        part: &'static str,
        /// The first character that can't be printed.
        character: char,
    },
    /// The part doesn't fit its place even at the smallest font size.
    #[error("the {part} is too long to be printed")]
    TooLong {
        /// The part, as the message names it.
        part: &'static str,
    },
    /// The QR text needs modules smaller than phones can read.
    #[error("the QR text is too long to be printed legibly")]
    Qr,
}

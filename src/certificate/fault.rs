//! Why a certificate can't be printed.

/// Each needs a different remedy: a roster cell or text to shorten, or a host name. A character that can't be printed
/// isn't among them: a mark stands in its place, see `printable`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
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

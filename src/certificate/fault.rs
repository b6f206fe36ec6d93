//! Why a sheet can't be printed.

/// Each has another remedy: a roster cell or text to mend, or a host name to shorten.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// The fonts have Latin letters only; the character and the part it stands in.
    #[error("the {part} holds a character that cannot be printed: U+{:04X}", u32::from(*character))]
    Character { part: &'static str, character: char },
    /// Even at the smallest size the part doesn't fit where it belongs.
    #[error("the {part} is too long to be printed")]
    TooLong { part: &'static str },
    /// The text of the code needs modules below the size that phones read.
    #[error("the QR text is too long to be printed legibly")]
    Qr,
}

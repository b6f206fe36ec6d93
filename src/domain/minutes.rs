//! Minutes (*berita acara*) that were made of a campaign, and the copies that were signed elsewhere.

use super::time::UnixMillis;

/// Most minutes of one campaign.
pub const MINUTES_EDITIONS_MAX: u32 = 50;
/// Most copies of one edition that are sent back; the newest counts.
pub const SIGNED_COPIES_MAX: u32 = 20;
/// Longest copy that is sent back, in bytes: some pages as they come from an office's scanner.
pub const SIGNED_COPY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most positions of people who sign minutes by hand.
pub const POSITIONS_MAX: usize = 12;
/// Longest number, reason or position, in characters.
pub const MINUTES_FIELD_CHARS_MAX: usize = 200;

/// Minutes as they were made. Their file is kept and never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinutesEdition {
    /// Counts the campaign's minutes, from 1.
    pub number: u32,
    /// The number that the office gave; empty where it is filled in by hand.
    pub letter_number: String,
    /// Why they replace the edition before; empty for the first.
    pub reason: String,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Length of the file.
    pub bytes: u64,
    /// Id of the key that sealed it.
    pub seal_key: String,
    /// When they were made.
    pub made_at: UnixMillis,
    /// Login of who made them.
    pub made_by: String,
    /// The newest copy that was sent back.
    pub copy: Option<SignedCopy>,
}

/// A copy of minutes that was signed elsewhere: by hand and scanned, or with another signature service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCopy {
    /// Counts the edition's copies, from 1.
    pub number: u32,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Length of the file.
    pub bytes: u64,
    /// Whether it is the minutes' own file, to which something was added, such as an electronic signature.
    pub is_extension: bool,
    /// When it was sent back.
    pub sent_at: UnixMillis,
    /// Login of who sent it.
    pub sent_by: String,
}

//! What is asked of everything that reads a stranger's bytes, once for all who ask it: the targets in `fuzz_targets/`
//! ask it of libFuzzer's inputs, `tests/attack/any_bytes.rs` of a fixed number of mutations whenever tests run.
//!
//! A body asserts what must hold of whatever was read, and not only that nothing panics. All seeds are synthetic.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a body fails by a panic")]

mod credential;
mod forwarded_for;
mod note;
mod pdf;
mod qr_text;
mod roster;
mod session;

pub use credential::CREDENTIAL;
pub use forwarded_for::FORWARDED_FOR;
pub use note::NOTE;
pub use pdf::PDF;
pub use qr_text::QR_TEXT;
pub use roster::{ROSTER_CSV, ROSTER_XLSX};
pub use session::SESSION;

/// A reader, what must hold of it, and where mutations begin.
pub struct FuzzBody {
    /// That of the target, of its corpus, and of the folder of inputs that once found something.
    pub name: &'static str,
    /// Longer inputs are cut: they say nothing that shorter ones don't, and cost more.
    pub input_bytes_max: usize,
    /// Panics where the reader doesn't do what it must.
    pub run: fn(&[u8]),
    /// Inputs that are read to the end, and some that nearly are.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of the format, which mutations put in.
    pub words: &'static [&'static str],
}

/// Every body.
pub const BODIES: [&FuzzBody; 8] =
    [&PDF, &ROSTER_XLSX, &ROSTER_CSV, &CREDENTIAL, &QR_TEXT, &NOTE, &FORWARDED_FOR, &SESSION];

//! The checks for every parser of untrusted bytes, shared by two runners: the targets in `fuzz_targets/` run them on
//! libFuzzer's inputs, and `tests/attack/any_bytes.rs` runs them on a fixed number of mutations with the other tests.
//!
//! A body doesn't only check that nothing panics: it asserts what must hold for every input. All seeds are synthetic.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a body fails by a panic")]

mod credential;
mod forwarded_for;
mod note;
mod pdf;
mod qr_text;
mod roster;
mod sealed;
mod session;

pub use credential::CREDENTIAL;
pub use forwarded_for::FORWARDED_FOR;
pub use note::NOTE;
pub use pdf::PDF;
pub use qr_text::QR_TEXT;
pub use roster::{ROSTER_CSV, ROSTER_XLSX};
pub use sealed::SEALED;
pub use session::SESSION;

/// A parser, what must hold for it, and the inputs from which mutations start.
pub struct FuzzBody {
    /// The name of the target, of its corpus, and of its folder in `tests/attack/found`.
    pub name: &'static str,
    /// Longer inputs are cut: they find nothing more than shorter ones, and cost more time.
    pub input_bytes_max: usize,
    /// Panics if the parser does something wrong.
    pub run: fn(&[u8]),
    /// Inputs that are valid, and some that nearly are.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of the format that mutations insert.
    pub dictionary: &'static [&'static str],
}

/// Every body.
pub const BODIES: [&FuzzBody; 9] =
    [&PDF, &SEALED, &ROSTER_XLSX, &ROSTER_CSV, &CREDENTIAL, &QR_TEXT, &NOTE, &FORWARDED_FOR, &SESSION];

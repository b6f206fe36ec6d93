//! PDF files: writing certificates, slips, recapitulations and minutes, and reading the credential attached to a
//! submitted file.
//!
//! Bytes in, bytes out: the same input gives the same file. Deliberately absent: the store, HTTP, the clock,
//! randomness, keys. Every text is measured before it is placed; a text that doesn't fit is an error, never cut.

#![warn(missing_docs)]

pub mod colors;
pub mod draw;
pub mod emblem;
pub mod fault;
pub mod file;
pub mod fonts;
pub mod input;
pub mod inspection_copy;
pub mod layout_1;
pub mod layout_2;
pub mod letterhead;
pub mod minutes;
pub mod pades;
pub mod page;
pub mod pagination;
pub mod printable;
pub mod read;
pub mod recapitulation;
#[cfg(test)]
pub mod samples;
pub mod slips;
pub mod splice;
pub mod structure;
pub mod tagged;
pub mod wrap;

pub use fault::CertificateFault;
pub use input::{CertificateInput, CertificatePledge, CertificateTemplate};

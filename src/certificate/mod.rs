//! The PDF: the certificate, the slips, and what is found inside a file that somebody hands in.
//!
//! Bytes in, bytes out: the same input gives the same file. Deliberately absent: the store, HTTP, the clock,
//! randomness, keys. Every text is measured before it is placed; one that finds no room is an error, never cut.

pub mod draw;
pub mod fault;
pub mod file;
pub mod flow;
pub mod fonts;
pub mod input;
pub mod layout;
pub mod read;
#[cfg(test)]
pub mod samples;
pub mod slips;
pub mod words;
pub mod wrap;

pub use fault::CertificateFault;
pub use input::CertificateInput;
pub use layout::certificate;

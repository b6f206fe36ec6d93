//! The credential, the signed form of a pledge: its bytes, its QR text and symbol, a W3C credential, and the published
//! keys.
//!
//! Deliberately absent: keys at rest, the database, the current time, and whether a signer is to be trusted (that is
//! `verification`).

#![warn(missing_docs)]

pub mod cwt;
pub mod jwks;
pub mod qr;
pub mod symbol;
pub mod vc;

//! The credential: what a signer holds, in the forms in which it travels.
//!
//! Deliberately absent: keys at rest, the database, the current time, and whether a signer is to be trusted (that is
//! `verification`).

#![warn(missing_docs)]

pub mod cwt;
pub mod jwks;
pub mod qr;
pub mod symbol;
pub mod vc;

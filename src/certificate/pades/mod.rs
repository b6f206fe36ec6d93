//! Seals of PDF files: CMS signatures (RFC 5652) as PAdES baseline B-B asks (ETSI EN 319 142-1).
//!
//! `seal` signs, `check` verifies, `identity` makes the organizer's own authority and its certificates. All of it is
//! ECDSA on P-256 with SHA-256: Ed25519 signatures in PDF files fail in common readers. The nonces are those of RFC
//! 6979, so the same file gets the same bytes.
//!
//! Written with the types of `cms` and not with its builder, which adds no signing-certificate-v2 attribute, without
//! which a signature isn't PAdES.

mod brought;
mod chain;
mod check;
mod identity;
mod oids;
mod seal;

pub use brought::{BroughtFault, BroughtSeal, PEM_BYTES_MAX, brought_seal, private_key, private_key_pem};
pub use chain::{AuthorityCertificate, PublicChain};
pub use check::{Anchors, SignatureCheck, check, signer_name};
pub use identity::{IdentityFault, SealIdentity, make_authority, make_seal};
pub use seal::{Seal, SealFault};

#[cfg(test)]
mod tests;

//! Transparency logs: one file per public specification.
//!
//! Usable alone: it imports nothing else of this program and signs through a closure. Deliberately absent: storage,
//! network, keys at rest, the current time, and what the leaves mean.

#![warn(missing_docs)]

pub mod checkpoint;
pub mod merkle;
pub mod note;

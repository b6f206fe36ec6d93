//! The program as a process of its own: as a demo, killed under load, and on a full disk. Needs nothing installed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is the test's failure")]

mod crash;
mod demo;
mod full_disk;
mod support;

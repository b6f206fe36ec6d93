//! The program as a process of its own: as a demo, killed under load, on a full disk, flooded with connections, as two nodes on
//! one PostgreSQL, and as a bench.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is the test's failure")]

mod backup;
mod bench;
mod crash;
mod demo;
mod edge;
mod exports;
mod flood;
mod full_disk;
mod nodes;
#[path = "../support/postgres.rs"]
mod postgres_server;
mod secrets;
mod support;

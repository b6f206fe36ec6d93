//! The program as a process of its own: as a demo and as a bench, and through every fault: killed, flooded with
//! connections, on a full disk, with a clock that steps, with a database that stops, goes back or is cut off.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is the test's failure")]

mod agencies;
mod backup;
mod backup_keys;
mod bench;
mod cable;
mod clock;
mod crash;
mod database_rollback;
mod demo;
mod edge;
mod exports;
mod flood;
mod folder;
mod full_disk;
mod imports;
mod journey_log;
mod keys;
mod mapping;
mod moving;
mod nodes;
mod output;
#[path = "../support/postgres.rs"]
mod postgres_server;
mod registry;
mod roster_changes;
mod secrets;
mod support;

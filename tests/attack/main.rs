//! What an attacker tries, on a platform of its own each: every attack that once succeeded is a test here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is the test's failure")]

mod forged_pages;
mod lockout;
mod timing;
mod uploads;

#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "it is written for the scenarios; an attack needs a part of it")]
mod support;

mod any_bytes;
mod askers;
mod audit_trail;
mod codes;
mod contents;
mod edges;
mod guesses;
mod inputs;
mod leaving;
mod owners;
mod reach;
mod reports;
mod roles;
mod rosters;
mod second_factor;
mod tokens;
mod two_agencies;
mod two_events;

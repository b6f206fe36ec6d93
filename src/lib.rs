//! Ikrar: everyone of a province signs a pledge in the same minute, and anyone can check it.
//!
//! The floors, from the bottom: `domain`, `tlog`, `server`; `keyring`; `store`, `credential`; `certificate`;
//! `verification`; `service`; `app`; `web`; `bench`; `commands`. A room, one of these modules, imports only from floors
//! below its own (checked by `tests/architecture.rs`). `atomic_file`, `background`, `bucket_table`, `clock`, `config`,
//! `every_variant`, `fair_permits`, `i18n`, `leaky_bucket`, `output`, `process_folder`, `response_padding` and
//! `telemetry` belong to no floor and import none of the rooms.

pub mod app;
pub mod atomic_file;
pub mod background;
pub mod bench;
pub mod bucket_table;
pub mod certificate;
pub mod clock;
pub mod commands;
pub mod config;
pub mod credential;
pub mod domain;
mod every_variant;
pub mod fair_permits;
pub mod i18n;
pub mod keyring;
pub mod leaky_bucket;
pub mod output;
pub mod process_folder;
pub mod response_padding;
pub mod server;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod tlog;
pub mod verification;
pub mod web;

//! Ikrar: everyone of a province signs a pledge in the same minute, and anyone can check it.
//!
//! The floors, from the bottom: `domain`, `tlog`, `server`; `keyring`; `store`, `credential`; `certificate`; `verification`;
//! `service`; `app`; `web`; `bench`; `commands`. A room imports only from floors below its own (held by `tests/architecture.rs`).
//! `config`, `clock`, `telemetry`, `i18n`, `output`, `places`, `background` and `whole_file` stand beside the house and import
//! nothing of it.

pub mod app;
pub mod background;
pub mod bench;
pub mod certificate;
pub mod clock;
pub mod commands;
pub mod config;
pub mod credential;
pub mod domain;
pub mod i18n;
pub mod keyring;
pub mod output;
pub mod places;
pub mod server;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod tlog;
pub mod verification;
pub mod web;
pub mod whole_file;

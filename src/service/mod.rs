//! One file per verb: what people do here, each as one service.
//!
//! The written order `signing -> ledger -> live` is the only one among siblings. Deliberately absent: HTTP, templates,
//! SQL.
#![warn(missing_docs)]

pub mod accounts;
pub mod audit_trail;
pub mod backup;
pub mod campaigns;
pub mod certificates;
pub mod code_lists;
pub mod data_folder;
pub mod help_desk;
pub mod keys;
pub mod ledger;
pub mod live;
pub mod progress;
pub mod records;
pub mod recount;
pub mod roster_file;
pub mod roster_lock;
pub mod sign_in;
pub mod signing;
pub mod synthetic;
pub mod wrong_attempts;

/// The keyring can't open a campaign's secret: it belongs to another installation.
pub use crate::keyring::WrongKeyring;
/// Why the database didn't answer. Every service passes it on as it is.
pub use crate::store::StoreError;

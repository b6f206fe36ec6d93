//! What people do here, one service per verb, in a file or folder of its own.
//!
//! The only services that import each other are `signing -> ledger -> live`, in this order. A service that needs
//! another one declares a trait, which `app` implements. Deliberately absent: HTTP, templates,
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
pub mod letterheads;
pub mod live;
pub mod minutes;
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

//! The domain: campaigns, rosters, texts, pledges, accounts and the audit trail.
//!
//! Pure values and rules. Deliberately absent: I/O, SQL, HTTP, async, the current time, ambient randomness.

#![warn(missing_docs)]

pub mod access_code;
pub mod account;
pub mod audit;
pub mod audit_chain;
pub mod campaign;
pub mod certificate_copy;
pub mod characters;
pub mod disclosure;
pub mod edition;
pub mod employment;
pub mod file_name;
pub mod formula_guard;
pub mod identifier;
pub mod identifier_times;
pub mod ids;
pub mod institution;
pub mod key;
pub mod leaf;
pub mod letterhead;
pub mod minutes;
pub mod misuse_report;
pub mod notice;
pub mod participant;
pub mod pledge;
pub mod proposal;
pub mod registered_units;
pub mod registry;
pub mod rename_search;
pub mod reporting_group;
pub mod roster_digest;
pub mod seal_key;
pub mod text;
pub mod time;
pub mod unit;
pub mod unit_renames;
pub mod visible_institutions;

//! Scenarios over HTTP and through the services, on a platform of their own each.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is the test's failure")]

mod after_lock;
mod agencies;
mod agency_accounts;
mod api;
mod busy;
mod certificates;
mod console;
mod database_rollback;
mod day;
mod flood;
mod fsck;
mod help_desk;
mod hostile;
mod kept_pages;
mod leaving;
mod ledger;
mod limits;
mod live;
mod locking;
mod lost_answer;
mod nodes;
mod openapi;
mod operations;
#[path = "../support/postgres.rs"]
mod postgres_server;
mod progress_tree;
mod proposal_limits;
mod proposals;
mod recapitulation;
mod registry;
mod report_without_code;
mod request_ids;
mod roster;
mod roster_changes;
mod roster_columns;
mod roster_round_trip;
mod shared_commits;
mod sign;
mod slow_database;
mod support;
mod unit_paths;
mod unit_renames;
mod unseen;
mod verify;
mod wrong_attempts;

//! The load generator behind `ikrar bench`: starts its own servers, loads them, and reports their figures and whether
//! every signing is in the database.
//!
//! Deliberately absent: the list of scenarios on the command line (`commands`), and everything that a production server
//! would need.

mod context;
mod figures;
mod load;
mod processes;
mod scenarios;

pub use context::{BenchContext, OpenInstallation};
pub use processes::{echo_server, noop_store};
pub use scenarios::{burst, event, flood, growth, verify, watch};

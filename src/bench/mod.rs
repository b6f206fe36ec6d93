//! The load generator behind `ikrar bench`: starts servers of its own, loads them, and reports what they reached and
//! whether every signing is in the database.
//!
//! A *ceiling* is the rate of a simpler program on the same machine, measured beside a run: an echo server, the service
//! over a store that discards pledges, and PostgreSQL alone. Reports give a rate as a share of its ceilings.
//!
//! Deliberately absent: the list of scenarios on the command line (`commands`), and everything that a production server
//! needs.

mod context;
mod figures;
mod load;
mod processes;
mod scenarios;

pub use context::{BenchContext, OpenInstallation};
pub use processes::{echo_server, noop_store};
pub use scenarios::{burst, event, flood, growth, verify, watch};

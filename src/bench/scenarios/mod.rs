//! One folder per scenario, and what several of them share.

pub mod burst;
pub mod console_operator;
pub mod duration_arg;
pub mod event;
pub mod flood;
pub mod growth;
pub mod post_checks;
pub mod roster_changes;
pub mod rounds;
pub mod sessions;
pub mod shared_args;
pub mod synthetic_campaign;
pub mod verify;
pub mod watch;

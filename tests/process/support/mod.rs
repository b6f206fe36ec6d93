//! A demo in its own folder, the signers there, and what must hold after every fault.

mod bounded;
mod cable;
mod client;
mod ending;
mod load;
mod program;
mod served;
#[cfg(target_os = "linux")]
mod stepped_clock;

pub use bounded::{becomes_true, end_of, output};
pub use cable::Cable;
pub use client::{Answer, Client, http_builder};
pub use ending::{Memory, nothing_is_lost};
pub use load::{Load, TURN};
pub use program::{Folder, PROGRAM, Program, private_folder};
pub use served::Served;
#[cfg(target_os = "linux")]
pub use stepped_clock::SteppedClock;

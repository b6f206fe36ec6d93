//! A demo in a folder of its own, those who sign there, and how every fault must end.

mod cable;
mod client;
mod ending;
mod load;
mod program;
mod served;

pub use cable::Cable;
pub use client::{Answer, Client};
pub use ending::{Memory, nothing_is_lost};
pub use load::{Load, Receipt};
pub use program::{Folder, PROGRAM, Program};
pub use served::Served;

//! A demo in a folder of its own, and somebody who talks to it.

mod client;
mod program;
mod served;

pub use client::{Answer, Client};
pub use program::{Folder, Program};
pub use served::Served;

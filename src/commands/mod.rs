//! The command line: one file per subcommand, each with its arguments and what it does.
//!
//! Deliberately absent: rules. A command reads its arguments, calls services, and prints what came of it.

pub mod open;
pub mod serve;

use crate::config::Settings;
use clap::{Parser, Subcommand};

/// Ikrar: everyone of a province signs a pledge in the same minute, and anyone can check it.
#[derive(Parser)]
#[command(version, about)]
pub struct Ikrar {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages and API
    Serve,
}

/// Runs the command that was asked for; what comes back is the exit code.
pub async fn run(ikrar: Ikrar) -> anyhow::Result<u8> {
    match ikrar.command {
        Command::Serve => serve::run(ikrar.settings).await,
    }
}

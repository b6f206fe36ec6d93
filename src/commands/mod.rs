//! The command line: one file per subcommand, each with its arguments and what it does.
//!
//! Deliberately absent: rules. A command reads its arguments, calls services, and prints what came of it.

pub mod certificates;
pub mod codes;
pub mod generate_roster;
pub mod import;
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
    /// Write access codes as a list or as slips
    Codes(codes::Codes),
    /// Write a file of synthetic people
    #[command(hide = true)]
    GenerateRoster(generate_roster::GenerateRoster),
    /// Import a roster from XLSX or CSV; all or nothing
    Import(import::Import),
    /// Write the certificates of everybody who signed into one ZIP file
    Certificates(certificates::Arguments),
    /// Serve pages and API
    Serve,
}

/// Runs the command that was asked for; what comes back is the exit code.
pub async fn run(ikrar: Ikrar) -> anyhow::Result<u8> {
    match ikrar.command {
        Command::Codes(codes) => codes::run(ikrar.settings, codes).await,
        Command::GenerateRoster(generate) => generate_roster::run(&generate),
        Command::Import(import) => import::run(ikrar.settings, import).await,
        Command::Certificates(arguments) => certificates::run(ikrar.settings, arguments).await,
        Command::Serve => serve::run(ikrar.settings).await,
    }
}

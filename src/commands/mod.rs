//! The command line: one file or folder per subcommand, with its arguments and what it does.
//!
//! Deliberately absent: rules. A command reads its arguments, calls services, and prints the result.

pub mod account;
mod admin_listener;
pub mod backup;
mod backup_key;
pub mod bench;
pub mod campaign;
pub mod certificates;
pub mod codes;
pub mod demo;
mod file_hash;
pub mod fsck;
pub mod generate_roster;
pub mod import;
pub mod keys;
pub mod migrate;
pub mod open;
pub mod restore;
pub mod roster;
pub mod serve;
pub mod shutdown;
pub mod verify;

use crate::config::ConfigOptions;
use crate::i18n::{Lang, Localizer};
use crate::{output, telemetry};
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tokio::runtime::Builder;

/// Ikrar: everyone of a province signs a pledge in the same minute, and anyone can check it.
#[derive(Parser)]
#[command(version, about)]
struct Ikrar {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: ConfigOptions,
}

#[derive(Subcommand)]
enum Command {
    /// Console accounts
    Account(account::AccountArgs),
    /// Copy an installation, its keys included, into one file; while it is served
    Backup(backup::Backup),
    /// Load a server of its own and report
    Bench(bench::BenchArgs),
    /// The life of a pledge event
    Campaign(campaign::CampaignArgs),
    /// Write access codes as a list or as slips
    Codes(codes::Codes),
    /// Make or reuse a demo event of a synthetic province, and serve it
    Demo(demo::Demo),
    /// Derive logs, numbers and credentials again from the database, and name the first thing that differs
    Fsck(fsck::Fsck),
    /// Write a file of synthetic people
    #[command(hide = true)]
    GenerateRoster(generate_roster::GenerateRoster),
    /// Import a roster from XLSX or CSV; all or nothing
    Import(import::Import),
    /// The installation's keys: list, replace, end, and export the public ones
    Keys(keys::KeysArgs),
    /// Write the certificates of everybody who signed into one ZIP file
    Certificates(certificates::Arguments),
    /// Bring the database's schema up to date
    Migrate,
    /// Make an installation from a backup, also on the other database
    Restore(restore::Restore),
    /// The roster as a file to correct and import again, and a template to fill in
    Roster(roster::RosterArgs),
    /// Serve pages and API
    Serve(serve::Serve),
    /// Check a certificate, credential, receipt or QR text without a network
    Verify(verify::VerifyArgs),
}

/// Reads the command line and runs its command to the end, on a runtime with a thread for each core.
///
/// The library blocks on the future itself: the compiler generates a future's code in the crate that polls it, and if
/// that were the binary, the code of every command would be generated after everything else.
pub fn run_program() -> ExitCode {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("the system gives the runtime its threads");
    runtime.block_on(async {
        let ikrar = Ikrar::parse();
        let telemetry = telemetry::start();
        let ended = match run(ikrar).await {
            Ok(code) => ExitCode::from(code),
            Err(error) => {
                output::error_line(format_args!("ikrar: {error:#}"));
                ExitCode::FAILURE
            }
        };
        telemetry.finish().await;
        ended
    })
}

/// Runs the command and returns the exit code.
async fn run(ikrar: Ikrar) -> anyhow::Result<u8> {
    match ikrar.command {
        Command::Account(args) => account::run(ikrar.settings, args).await,
        Command::Backup(args) => backup::run(ikrar.settings, args).await,
        Command::Bench(args) => bench::run(ikrar.settings, args).await,
        Command::Campaign(args) => campaign::run(ikrar.settings, args).await,
        Command::Codes(codes) => codes::run(ikrar.settings, codes).await,
        Command::Demo(demo) => demo::run(ikrar.settings, demo).await,
        Command::Fsck(args) => fsck::run(ikrar.settings, args).await,
        Command::GenerateRoster(generate) => generate_roster::run(&generate),
        Command::Import(import) => import::run(ikrar.settings, import).await,
        Command::Keys(args) => keys::run(ikrar.settings, args).await,
        Command::Certificates(arguments) => certificates::run(ikrar.settings, arguments).await,
        Command::Migrate => migrate::run(&ikrar.settings).await,
        Command::Restore(args) => restore::run(ikrar.settings, args).await,
        Command::Roster(args) => roster::run(ikrar.settings, args).await,
        Command::Serve(args) => serve::run(ikrar.settings, args).await,
        Command::Verify(args) => verify::run(ikrar.settings, &args),
    }
}

/// The language of the terminal.
pub fn terminal_words() -> Localizer {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG")).unwrap_or_default();
    Localizer(Lang::from_locale(&locale))
}

//! `ikrar bench`: loads servers of its own as a crowd would, and says what came of it.

mod aftermath;
mod burst;
mod chart;
mod connection;
mod cores;
mod crowd;
mod descriptors;
mod echo;
mod event;
mod figures;
mod flight;
mod flood;
mod forgetful;
mod given;
mod growth;
mod held;
mod measures;
mod pgbench;
mod postgres;
mod processes;
mod processor;
mod progress;
mod province;
mod recount;
mod report;
mod rounds;
mod sessions;
mod span;
mod stage;
mod table;
mod verify;
mod watch;
mod write_ahead;

use super::serve::stop_signal;
use super::terminal_words;
use crate::config::Settings;
use crate::i18n::Words;
use anyhow::bail;
use clap::{Args, Subcommand};

#[derive(Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// Everybody signs at once, over keep-alive connections; sessions are opened before the clock starts
    Burst(burst::Burst),
    /// Everybody comes over TLS, each on a connection of their own, and goes the whole way from the event's page to the
    /// receipt; one in ten fetches the certificate, too
    #[command(verbatim_doc_comment)]
    Event(event::Event),
    /// Many watch the live numbers while people sign: what that costs the signing, and in memory
    Watch(watch::Watch),
    /// Credentials are checked, over HTTP and without a network
    Verify(verify::Verify),
    /// Ten floods at once while people sign: what that costs them, and whether anybody is kept out
    Flood(flood::Flood),
    /// A burst at a tenth of the people, at all of them and at ten times as many: does a signing cost more?
    Growth(growth::Grow),
    /// The ceiling of HTTP alone, as a process of its own
    #[command(hide = true)]
    Echo,
    /// The ceiling of everything but the database, as a process of its own
    #[command(hide = true)]
    Forgetful { slug: String },
}

pub async fn run(settings: Settings, bench: BenchArgs) -> anyhow::Result<u8> {
    let words = terminal_words();
    match bench.scenario {
        Scenario::Burst(burst) => until_stopped(burst::run(settings, &burst, words), words).await,
        Scenario::Event(event) => until_stopped(event::run(settings, &event, words), words).await,
        Scenario::Watch(watch) => until_stopped(watch::run(settings, &watch, words), words).await,
        Scenario::Verify(verify) => until_stopped(verify::run(settings, &verify, words), words).await,
        Scenario::Flood(flood) => until_stopped(flood::run(settings, &flood, words), words).await,
        Scenario::Growth(grow) => until_stopped(growth::run(settings, &grow, words), words).await,
        Scenario::Echo => echo::serve(settings).await,
        Scenario::Forgetful { slug } => forgetful::serve(settings, &slug).await,
    }
}

/// Whatever a run has started ends as the run is dropped.
async fn until_stopped(run: impl Future<Output = anyhow::Result<u8>>, words: Words) -> anyhow::Result<u8> {
    let stopped = stop_signal()?;
    tokio::select! {
        done = run => done,
        () = stopped => bail!(words.t("bench-stopped")),
    }
}

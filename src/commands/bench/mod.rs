//! `ikrar bench`: loads servers of its own as a crowd would, and says what came of it.

mod burst;
mod chart;
mod connection;
mod crowd;
mod echo;
mod figures;
mod forgetful;
mod held;
mod measures;
mod pgbench;
mod postgres;
mod processes;
mod province;
mod recount;
mod report;
mod rounds;
mod stage;
mod table;
mod write_ahead;

use crate::config::Settings;
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
    /// The ceiling of HTTP alone, as a process of its own
    #[command(hide = true)]
    Echo,
    /// The ceiling of everything but the database, as a process of its own
    #[command(hide = true)]
    Forgetful { slug: String },
}

pub async fn run(settings: Settings, bench: BenchArgs) -> anyhow::Result<u8> {
    match bench.scenario {
        Scenario::Burst(burst) => burst::run(settings, burst).await,
        Scenario::Echo => echo::serve(settings).await,
        Scenario::Forgetful { slug } => forgetful::serve(settings, &slug).await,
    }
}

//! `ikrar bench`: loads a server of its own as a crowd would, and says what came of it.

mod burst;
mod connection;
mod recount;
mod server;

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
}

pub async fn run(settings: Settings, bench: BenchArgs) -> anyhow::Result<u8> {
    match bench.scenario {
        Scenario::Burst(burst) => burst::run(settings, burst).await,
    }
}

//! `ikrar bench`: the load generator's scenarios.

use super::shutdown::stop_signal;
use super::{open, terminal_words};
use crate::bench::{BenchContext, burst, echo_server, event, flood, growth, noop_store, verify, watch};
use crate::config::ConfigOptions;
use crate::domain::disclosure::Disclosure;
use crate::i18n::Localizer;
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
    Burst(burst::BurstArgs),
    /// Everybody comes over TLS, each on a connection of their own, and goes the whole way from the event's page to the
    /// receipt; one in ten fetches the certificate, too
    #[command(verbatim_doc_comment)]
    Event(event::EventArgs),
    /// Many watch the live numbers while people sign: what that costs the signing, and in memory
    Watch(watch::WatchArgs),
    /// Credentials are checked, over HTTP and without a network
    Verify(verify::VerifyBenchArgs),
    /// Ten floods at once while people sign: what that costs them, and whether anybody is kept out
    Flood(flood::FloodArgs),
    /// A burst at a tenth of the people, at all of them and at ten times as many: does a signing cost more?
    Growth(growth::GrowthArgs),
    /// The ceiling of HTTP alone, as a process of its own
    #[command(name = "echo", hide = true)]
    EchoServer,
    /// The ceiling of everything but the database, as a process of its own
    #[command(name = "noop-store", hide = true)]
    NoopStore { slug: String },
}

pub async fn run(settings: ConfigOptions, bench: BenchArgs) -> anyhow::Result<u8> {
    let words = terminal_words();
    let context = BenchContext {
        settings,
        words,
        open: |settings| Box::pin(open::resources(settings)),
        disclosure: Disclosure::to_the_operator(),
    };
    match bench.scenario {
        Scenario::Burst(args) => until_stopped(burst::run(&context, &args), words).await,
        Scenario::Event(args) => until_stopped(event::run(&context, &args), words).await,
        Scenario::Watch(args) => until_stopped(watch::run(&context, &args), words).await,
        Scenario::Verify(args) => until_stopped(verify::run(&context, &args), words).await,
        Scenario::Flood(args) => until_stopped(flood::run(&context, &args), words).await,
        Scenario::Growth(args) => until_stopped(growth::run(&context, &args), words).await,
        Scenario::EchoServer => echo_server::serve(context.settings, stop_signal()?).await,
        Scenario::NoopStore { slug } => {
            noop_store::serve(open::resources(context.settings).await?, &slug, stop_signal()?).await
        }
    }
}

/// Runs until a stop signal. Everything that a run has started ends when the run is dropped.
async fn until_stopped(run: impl Future<Output = anyhow::Result<u8>>, words: Localizer) -> anyhow::Result<u8> {
    let stopped = stop_signal()?;
    tokio::select! {
        done = run => done,
        () = stopped => bail!(words.t("bench-stopped")),
    }
}

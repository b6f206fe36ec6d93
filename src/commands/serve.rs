//! `ikrar serve`: pages and API.

use super::demo::is_demo_folder;
use super::{open, terminal_words};
use crate::config::Settings;
use crate::domain::audit::ACTOR_COMMAND_LINE;
use crate::web;
use anyhow::{Context, bail};
use clap::Args;
use std::path::Path;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Args)]
pub struct Serve {
    /// Bring PostgreSQL's schema up to date first; the embedded database always does
    #[arg(long)]
    migrate: bool,
}

pub async fn run(settings: Settings, serve: Serve) -> anyhow::Result<u8> {
    let planned = settings.clone().resolve(Path::new("."))?;
    if is_demo_folder(&planned.data) {
        bail!(terminal_words().with("demo-not-served", &[("folder", &planned.data.display().to_string())]));
    }
    if serve.migrate {
        open::migrated(&settings).await?;
    }
    let state = open::platform(settings).await?;
    state.campaigns.check_public_url().await?;
    if let Some((login, password)) = state.accounts.first_run(ACTOR_COMMAND_LINE).await? {
        println!("{}", terminal_words().with("account-first", &[("login", &login), ("password", &password)]));
    }
    state.run_tasks();
    let live = state.live.clone();
    let listener = TcpListener::bind(state.config.listen)
        .await
        .with_context(|| format!("can't listen on {}", state.config.listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    let stop = stop_signal()?;
    let stopping = async move {
        stop.await;
        // Watchers would hold their connections open for ever.
        live.stop();
    };
    web::accept::serve(listener, None, web::router(state), stopping).await;
    Ok(0)
}

/// Resolves at SIGINT or SIGTERM.
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

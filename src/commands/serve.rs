//! `ikrar serve`: pages and API.

use super::admin_listener::serve_admin;
use super::demo::is_demo_folder;
use super::shutdown::stop_signal;
use super::{open, terminal_words};
use crate::config::ConfigOptions;
use crate::domain::audit::ACTOR_COMMAND_LINE;
use crate::domain::disclosure::Disclosure;
use crate::output::outln;
use crate::server::tls::TlsFiles;
use crate::server::{self, HttpServer, limits};
use crate::service::accounts::GIVEN_DAYS;
use crate::web::{self, AppState};
use anyhow::{Context, bail};
use clap::Args;
use std::io::IsTerminal;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};

/// In the data folder; only its owner can read it.
const FIRST_PASSWORD_FILE: &str = "first-password.txt";

#[derive(Args)]
pub struct Serve {
    /// Bring PostgreSQL's schema up to date first; the embedded database always does
    #[arg(long)]
    migrate: bool,
    /// Connections at once; further ones wait (default: 65,536, or what the limit of open files allows)
    #[arg(long, env = "IKRAR_CONNECTIONS_MAX", value_name = "N")]
    connections_max: Option<NonZeroU32>,
    /// Serve over TLS with this certificate chain (PEM), read again when it changes or on SIGHUP
    #[arg(long, env = "IKRAR_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, env = "IKRAR_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

pub async fn run(settings: ConfigOptions, serve: Serve) -> anyhow::Result<u8> {
    let planned = settings.clone().resolve(Path::new("."))?;
    if is_demo_folder(&planned.data) {
        bail!(terminal_words().with("demo-not-served", &[("folder", &planned.data.display().to_string())]));
    }
    let tls = serve.tls_cert.zip(serve.tls_key).map(|(chain, key)| TlsFiles::open(&chain, &key)).transpose()?;
    if serve.migrate {
        open::migrated(&settings).await?;
    }
    let (state, _serving) = open::to_serve(settings).await?;
    state.campaigns.check_public_url().await?;
    if let Some((login, password)) = state.accounts.first_run(ACTOR_COMMAND_LINE).await? {
        tell_first_password(&state.config.data, &login, password.shown(&Disclosure::to_the_operator()))?;
    }
    state.run_tasks();
    clear_imports(&state);
    on_hangup(&state)?;
    if let Some(address) = state.config.admin_listen {
        serve_admin(address, &state).await?;
    }
    let (live, uploads) = (state.live.clone(), state.roster_uploads.clone());
    let listener =
        server::listen(state.config.listen).with_context(|| format!("can't listen on {}", state.config.listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    let stop = stop_signal()?;
    let stopping = async move {
        stop.await;
        // Watchers would keep their connections open.
        live.stop();
        // A thread that reads a roster would delay the end of the process.
        uploads.cancel_all();
    };
    let connections_max = limits::connection_limit(serve.connections_max);
    let edge = HttpServer { listener, tls, connections_max, proxies: state.config.trusted_proxies.clone() };
    // Spawned, so that it runs on the threads of the tasks that it starts. This thread would have to be woken for each
    // connection.
    tokio::spawn(edge.serve(web::router(state.clone()), stopping)).await?;
    state.finish().await;
    Ok(0)
}

/// On a terminal the password is shown to the person who started the program. Any other output is a log, which more
/// people read, so there the password goes into its own file.
fn tell_first_password(data: &Path, login: &str, password: &str) -> anyhow::Result<()> {
    let (w, days) = (terminal_words(), GIVEN_DAYS.to_string());
    if std::io::stdout().is_terminal() {
        outln!("{}", w.with("account-first", &[("login", login), ("password", password), ("days", &days)]));
        return Ok(());
    }
    let path = data.join(FIRST_PASSWORD_FILE);
    let shown = path.display().to_string();
    let text = format!("login: {login}\npassword: {password}\n");
    open::write_private(&path, text.as_bytes()).with_context(|| format!("{shown} can't be written"))?;
    outln!("{}", w.with("account-first-file", &[("login", login), ("file", &shown), ("days", &days)]));
    Ok(())
}

/// Runs while the program serves, since removing a large roster takes a while.
fn clear_imports(state: &AppState) {
    let imports = state.roster_imports.clone();
    tokio::spawn(async move {
        if let Err(error) = imports.clear_leftovers().await {
            tracing::warn!(%error, "what imports left can't be removed for now");
        }
    });
}

/// Reads the keyring again on SIGHUP.
fn on_hangup(state: &AppState) -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let rotation = state.key_rotation.clone();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            rotation.read_again();
        }
    });
    Ok(())
}

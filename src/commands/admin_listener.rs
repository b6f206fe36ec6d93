//! Health checks and metrics on a separate address.

use crate::server::{self, HttpServer};
use crate::telemetry;
use crate::web::{self, AppState};
use anyhow::Context;
use std::net::SocketAddr;

/// Concurrent connections to the admin address.
const ADMIN_CONNECTIONS_MAX: usize = 64;

/// Serves health and metrics for as long as the process runs: a draining node still reports its state.
pub async fn serve_admin(address: SocketAddr, state: &AppState) -> anyhow::Result<()> {
    telemetry::metrics::keep()?;
    let listener = server::listen(address).with_context(|| format!("can't listen on {address}"))?;
    tracing::info!(address = %listener.local_addr()?, "serving health and metrics");
    let router = web::admin::router(state.clone());
    let admin = HttpServer { listener, tls: None, connections_max: ADMIN_CONNECTIONS_MAX, proxies: vec![] };
    tokio::spawn(admin.serve(router, std::future::pending()));
    tokio::spawn(web::admin::run_upkeep());
    Ok(())
}

//! Log lines: no identifier, name or pledge id in any of them; routes appear as templates.

pub mod metrics;

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error, readable on a terminal, JSON elsewhere. `RUST_LOG` narrows or widens it.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        lines.with_target(false).init();
    } else {
        lines.json().init();
    }
}

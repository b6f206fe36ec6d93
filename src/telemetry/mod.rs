//! Logs, metrics and, if built in, traces.
//!
//! Deliberately absent from all three: identifiers, names, codes, pledge ids, and the paths and queries that people
//! typed. Routes appear as templates.

mod lines;
pub mod log_rate_limit;
pub mod metrics;
pub mod request;
pub mod traces;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// What is written where `RUST_LOG` says nothing else.
const FILTER: &str = "info,sqlx=warn";

/// To be finished when the program ends.
#[must_use]
pub struct Telemetry(traces::Sending);

/// Starts logging to standard error, readable on a terminal, JSON elsewhere. `RUST_LOG` narrows or widens it. Within
/// the runtime.
pub fn start() -> Telemetry {
    let (sending, fault) = traces::start();
    // One filter for all: with one for each layer the level wouldn't be looked at before a line is put together.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let filter = filter.add_directive(sending.directive());
    let to_people = std::io::IsTerminal::is_terminal(&std::io::stderr());
    // A line that can't be written is dropped: reporting that on the same closed pipe would panic.
    let lines = fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let lines = if to_people {
        lines.event_format(lines::Readable(fmt::format().with_target(false))).boxed()
    } else {
        let json = fmt::format().json().with_current_span(false).with_span_list(false);
        lines.fmt_fields(fmt::format::JsonFields::new()).event_format(lines::Json(json)).boxed()
    };
    tracing_subscriber::registry().with(filter).with(lines).with(sending.layer()).init();
    if let Some(fault) = fault {
        tracing::warn!(fault, "traces can't be sent");
    }
    Telemetry(sending)
}

impl Telemetry {
    /// Sends what is still waiting to be sent, within a limit.
    pub async fn finish(self) {
        self.0.finish().await;
    }
}

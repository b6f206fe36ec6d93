//! How a log line looks: as `tracing` writes it, with the request that it belongs to.

use super::request::{CurrentRequest, current};
use std::fmt;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// For a terminal: the request's id and route stand before the line.
pub struct Readable<F>(pub F);

/// For a collector: one JSON object a line; the request's id and route are its last fields, absent outside a request.
pub struct Json<F>(pub F);

impl<S, N, F> FormatEvent<S, N> for Readable<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if let Some(current) = current() {
            write!(to, "[{} {}] ", current.id().as_str(), current.route().unwrap_or("-"))?;
        }
        self.0.format_event(context, to, event)
    }
}

impl<S, N, F> FormatEvent<S, N> for Json<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(current) = current() else { return self.0.format_event(context, to, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        match line.trim_end().strip_suffix('}') {
            Some(open) => writeln!(to, "{open},{}}}", fields(&current)),
            None => to.write_str(&line),
        }
    }
}

/// Ids and templates are plain; quoting them all the same keeps a line one object.
fn fields(current: &CurrentRequest) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let id = quoted(current.id().as_str());
    match current.route() {
        Some(route) => format!("\"request_id\":{id},\"route\":{}", quoted(route)),
        None => format!("\"request_id\":{id}"),
    }
}

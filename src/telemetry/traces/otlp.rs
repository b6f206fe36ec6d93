//! The feature `otel`: spans are gathered and sent by the OpenTelemetry SDK, in a thread of its own.

use super::{Directive, Future, Method, Span, TARGET, directive};
use async_trait::async_trait;
use axum::http::{Request, Response};
use bytes::Bytes;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::instrument::Instrumented;
use tracing::{Instrument, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

const SERVICE: &str = "ikrar";
/// One request to the collector; what it doesn't take in time is dropped.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// What waits at the end is sent within this, or dropped.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether spans are sent: without an endpoint none is made.
static ON: AtomicBool = AtomicBool::new(false);

/// The spans on their way; `None` where no endpoint is set.
pub struct Sending(Option<SdkTracerProvider>);

/// Looks for an endpoint in the environment. The second is why one that is set can't be used.
pub fn start() -> (Sending, Option<String>) {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !is_set("OTEL_EXPORTER_OTLP_ENDPOINT") && !is_set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
        return (Sending(None), None);
    }
    let client =
        OnRuntime { client: HyperClient::with_default_connector(SEND_TIMEOUT, None), runtime: Handle::current() };
    let exporter = match SpanExporter::builder().with_http().with_http_client(client).build() {
        Ok(exporter) => exporter,
        Err(fault) => return (Sending(None), Some(fault.to_string())),
    };
    let resource = Resource::builder();
    let resource = if is_set("OTEL_SERVICE_NAME") { resource } else { resource.with_service_name(SERVICE) };
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    ON.store(true, Ordering::Relaxed);
    (Sending(Some(provider)), None)
}

impl Sending {
    pub fn directive(&self) -> Directive {
        directive(self.0.is_some())
    }

    pub fn layer<S>(&self) -> Option<OpenTelemetryLayer<S, Tracer>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let provider = self.0.as_ref()?;
        Some(tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE)).with_location(false))
    }

    pub async fn finish(self) {
        let Some(provider) = self.0 else { return };
        ON.store(false, Ordering::Relaxed);
        // It blocks until the last answer of the collector, which this runtime reads.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FINISH_TIMEOUT)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last traces couldn't be sent");
        }
    }
}

fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

pub fn request(request_id: &str, route: Option<&str>, method: &Method) -> Span {
    if !is_on() {
        return Span::none();
    }
    let route = route.unwrap_or("unmatched");
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        request_id,
    )
}

pub fn batch(pledges: usize) -> Span {
    if is_on() { tracing::info_span!(target: TARGET, "batch", pledges) } else { Span::none() }
}

pub fn commit(pledges: usize) -> Span {
    if is_on() { tracing::info_span!(target: TARGET, "commit", pledges) } else { Span::none() }
}

/// Of the request whose span this is.
pub fn status(status: u16) {
    if is_on() {
        Span::current().record("http.response.status_code", status);
    }
}

pub fn within<F: Future>(span: Span, future: F) -> Instrumented<F> {
    future.instrument(span)
}

/// The SDK's thread has no runtime of its own, so what it sends is sent on ours.
#[derive(Debug)]
struct OnRuntime {
    client: HyperClient,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime.spawn(async move { client.send_bytes(request).await }).await?
    }
}

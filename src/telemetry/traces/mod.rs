//! Spans of a request, a batch and its commit, sent over OTLP (HTTP, protobuf) to where `OTEL_EXPORTER_OTLP_ENDPOINT`
//! says; in the clear, so to a collector beside the program. Built in by the feature `otel` only: without it each call
//! here is nothing at all. A span carries templates, statuses and sizes, and nothing about a person.

use axum::http::Method;
use std::future::Future;
use tracing::Span;
use tracing_subscriber::filter::Directive;

/// What all spans are filed under; log lines never are, but those within a span are sent with it.
const TARGET: &str = "ikrar::trace";

/// Lets spans through, whatever is written of lines, or nowhere.
fn directive(is_on: bool) -> Directive {
    format!("{TARGET}={}", if is_on { "info" } else { "off" }).parse().expect("a name and a level")
}

#[cfg(not(feature = "otel"))]
mod built {
    use super::{Directive, Future, Method, Span, directive};
    use tracing_subscriber::layer::Identity;

    /// Nothing is sent.
    pub struct Sending;

    impl Sending {
        pub fn directive(&self) -> Directive {
            directive(false)
        }

        pub fn layer(&self) -> Identity {
            Identity::new()
        }

        pub async fn finish(self) {}
    }

    pub fn start() -> (Sending, Option<String>) {
        (Sending, None)
    }

    pub fn request(_: &str, _: Option<&str>, _: &Method) -> Span {
        Span::none()
    }

    pub fn batch(_: usize) -> Span {
        Span::none()
    }

    pub fn commit(_: usize) -> Span {
        Span::none()
    }

    pub fn status(_: u16) {}

    pub fn within<F: Future>(_: Span, future: F) -> F {
        future
    }
}

#[cfg(feature = "otel")]
#[path = "otlp.rs"]
mod built;

pub use built::{Sending, batch, commit, request, start, status, within};

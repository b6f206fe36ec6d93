//! Routes for those who run the service, on an address of their own: `/healthz`, `/readyz`, `/metrics`.
//! No numbers here are about a person. Deliberately absent: anything that changes something.

use super::AppState;
use super::api::health::{healthz, readyz};
use super::middleware::{Middleware, ResponseFuture};
use crate::telemetry::metrics;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The routes of the admin address.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(numbers))
        .with_state(state)
}

async fn numbers(State(state): State<AppState>) -> Response {
    let Ok(kept) = metrics::keep() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let (queued, queue_max) = state.signing.waiting();
    metrics::standing(queued, queue_max, state.live.watchers());
    for shown in state.live.all() {
        if let Some(at) = shown.snapshot.committed_at {
            metrics::last_commit(&shown.campaign.slug, at.0);
        }
        for group in shown.snapshot.groups.iter() {
            let numbers = [group.signed, group.eligible, group.target()];
            metrics::signed(&shown.campaign.slug, &group.code, numbers);
        }
    }
    ([(CONTENT_TYPE, TEXT), (CACHE_CONTROL, "no-store")], kept.text()).into_response()
}

/// Counts responses by their route's template. All paths without a route count as one, so that made-up paths can't fill
/// the metrics.
#[derive(Clone)]
pub struct CountRequests;

impl Middleware for CountRequests {
    type Seen = Option<MatchedPath>;

    fn on_request(&self, request: &Request) -> Self::Seen {
        request.extensions().get::<MatchedPath>().cloned()
    }

    async fn on_response(route: Self::Seen, answer: impl ResponseFuture) -> Response {
        let response = answer.await;
        metrics::answered(route.as_ref().map_or("unmatched", MatchedPath::as_str), response.status().as_u16());
        response
    }
}

/// Puts what was observed into its classes, for ever.
pub async fn run_upkeep() {
    let mut every = tokio::time::interval(metrics::UPKEEP_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Ok(kept) = metrics::keep() {
            kept.upkeep();
        }
    }
}

//! `/k/{slug}/live/events`: the published numbers as server-sent events (WHATWG HTML, section 9.2).
//!
//! At most one event per second; all watchers get the same bytes, serialised once. While nothing changes, a watcher
//! gets the same numbers with a newer time every ten seconds.
//!
//! The data is JSON: `{state, opens_at, signed, eligible, added, excused, target, revoked, tempo, as_of, groups:
//! [[signed, target], …]}`, groups in official order, `tempo` the signatures of the last ten seconds.

use crate::server::detached::Endless;
use crate::service::live::{HallFull, Snapshot, Watcher};
use crate::web::AppState;
use crate::web::error::Problem;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use std::convert::Infallible;

/// `Retry-After` when there are too many watchers; meanwhile a page asks for the count instead.
const HALL_FULL_RETRY_SECS: u32 = 30;
/// A browser reconnects after a random 1 to 5 seconds, so that they don't all come at once.
const RECONNECT_MS_MIN: u32 = 1_000;
const RECONNECT_MS_SPREAD: u32 = 4_000;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

pub async fn events(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let full = |HallFull| Problem::Busy { retry_after_secs: HALL_FULL_RETRY_SECS };
    let watcher = state.live.watch(&slug).map_err(full)?.ok_or(Problem::Unknown)?;
    let reconnect_ms = RECONNECT_MS_MIN + u32::from_be_bytes(state.entropy.bytes()) % RECONNECT_MS_SPREAD;
    let hello = Bytes::from(format!("retry: {reconnect_ms}\n\n"));
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    let news = stream::unfold(Listening { watcher, seen }, Listening::next).fuse();
    let body = stream::once(async move { hello }).chain(news).map(Ok::<_, Infallible>);
    // A proxy that buffers responses would hold the events back.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), "no");
    let headers = [(CONTENT_TYPE, "text/event-stream"), unbuffered];
    Ok((Extension(Endless), headers, Body::from_stream(body)).into_response())
}

struct Listening {
    watcher: Watcher,
    /// The last event that a reconnecting browser received.
    seen: Option<i64>,
}

impl Listening {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let snapshot = self.watcher.next().await?;
            if self.seen.take() != Some(snapshot.as_of.0) {
                return Some((event(&snapshot), self));
            }
        }
    }
}

#[derive(Serialize)]
struct Data {
    state: &'static str,
    opens_at: Option<String>,
    signed: u64,
    eligible: u64,
    added: u64,
    excused: u64,
    target: u64,
    revoked: u64,
    tempo: u64,
    as_of: String,
    groups: Vec<[u64; 2]>,
}

fn event(snapshot: &Snapshot) -> Bytes {
    let written = snapshot.event_body.get_or_init(|| {
        let data = Data {
            state: snapshot.state.as_str(),
            opens_at: snapshot.opens_at.map(|at| at.rfc3339()),
            signed: snapshot.signed,
            eligible: snapshot.eligible,
            added: snapshot.added,
            excused: snapshot.excused,
            target: snapshot.target,
            revoked: snapshot.revoked,
            tempo: snapshot.tempo,
            as_of: snapshot.as_of.rfc3339(),
            groups: snapshot.groups.iter().map(|group| [group.signed, group.target()]).collect(),
        };
        let data = serde_json::to_string(&data).expect("numbers and plain words always serialise");
        Bytes::from(format!("id: {}\ndata: {data}\n\n", snapshot.as_of.0))
    });
    written.clone()
}

//! `/k/{slug}/live/events`: the published numbers as server-sent events (WHATWG HTML, section 9.2).
//!
//! At most one event per second; all watchers get the same bytes, serialised once. While nothing changes, a watcher
//! gets the same numbers with a newer time every ten seconds.
//!
//! The data is JSON: `{state, opens_at, signed, eligible, added, excused, target, revoked, tempo, as_of, groups:
//! [[signed, target], …]}`, groups in official order, at most 64, `tempo` the signatures of the last ten seconds. With
//! `?institution=CODE` the groups are the institution's agencies, and `institution` has its own `{signed, target}`.

use super::numbers::tiles;
use crate::server::detached::Endless;
use crate::service::live::{GroupCount, HallFull, InstitutionNumbers, Snapshot, Watcher};
use crate::web::AppState;
use crate::web::error::Problem;
use crate::web::institution_query::InstitutionQuery;
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
    asked: InstitutionQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let full = |HallFull| Problem::Busy { retry_after_secs: HALL_FULL_RETRY_SECS };
    let watcher = state.live.watch(&slug).map_err(full)?.ok_or(Problem::Unknown)?;
    let shown = state.live.shown(&slug).ok_or(Problem::Unknown)?;
    asked.of(&shown.snapshot)?;
    let reconnect_ms = RECONNECT_MS_MIN + u32::from_be_bytes(state.entropy.bytes()) % RECONNECT_MS_SPREAD;
    let hello = Bytes::from(format!("retry: {reconnect_ms}\n\n"));
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    let news = stream::unfold(Listening { watcher, seen, institution: asked.institution }, Listening::next).fuse();
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
    /// The institution whose agencies are shown; `None`: institutions are.
    institution: Option<String>,
}

impl Listening {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let snapshot = self.watcher.next().await?;
            if self.seen.take() != Some(snapshot.as_of.0) {
                let institution = self.institution.as_ref().map(|code| snapshot.institution(code));
                // A roster that was locked anew may lack the institution: then there is nothing to tell any more.
                let institution = institution.map_or(Some(None), |found| found.map(Some))?;
                return Some((event(&snapshot, institution), self));
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
    #[serde(skip_serializing_if = "Option::is_none")]
    institution: Option<InstitutionData>,
}

#[derive(Serialize)]
struct InstitutionData {
    signed: u64,
    target: u64,
}

impl InstitutionData {
    fn of(total: &GroupCount) -> Self {
        Self { signed: total.signed, target: total.target() }
    }
}

fn event(snapshot: &Snapshot, institution: Option<&InstitutionNumbers>) -> Bytes {
    let body = institution.map_or(&snapshot.event_body, |one| &one.event_body);
    let written = body.get_or_init(|| {
        let (groups, _) = tiles(snapshot, institution);
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
            groups: groups.iter().map(|group| [group.signed, group.target()]).collect(),
            institution: institution.map(|one| InstitutionData::of(&one.total)),
        };
        let data = serde_json::to_string(&data).expect("numbers and plain words always serialise");
        Bytes::from(format!("id: {}\ndata: {data}\n\n", snapshot.as_of.0))
    });
    written.clone()
}

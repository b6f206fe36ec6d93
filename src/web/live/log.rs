//! `/log/{slug}/{pledges,roster}/checkpoint` (C2SP `tlog-tiles`): the newest published head of a log, a signed note.

use crate::service::live::Snapshot;
use crate::web::AppState;
use crate::web::error::Problem;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

pub async fn pledges(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Problem> {
    checkpoint(&state, &slug, |snapshot| snapshot.pledges_checkpoint.clone())
}

pub async fn roster(State(state): State<AppState>, Path(slug): Path<String>) -> Result<Response, Problem> {
    checkpoint(&state, &slug, |snapshot| snapshot.roster_checkpoint.clone())
}

fn checkpoint(state: &AppState, slug: &str, of: impl Fn(&Snapshot) -> Option<String>) -> Result<Response, Problem> {
    let shown = state.live.shown(slug).ok_or(Problem::Unknown)?;
    let note = of(&shown.snapshot).ok_or(Problem::Unknown)?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

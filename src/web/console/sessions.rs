//! Open sessions: one's own on a page, those of others on their account's page. Each shows when it began and was last
//! used, and nothing of where.

use super::form::Fields;
use super::frame::{Frame, done};
use super::notices::{self, NoticeRow};
use crate::domain::time::Zone;
use crate::i18n::Words;
use crate::web::access::Who;
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::{AppState, when};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};

const PATH: &str = "/console/sessions";

#[derive(Template)]
#[template(path = "console/sessions.html")]
struct SessionsPage {
    w: Words,
    f: Frame,
    /// Where the forms are sent.
    path: &'static str,
    sessions: Vec<SessionRow>,
    /// What became of the account, also what was read.
    notices: Vec<NoticeRow>,
}

pub struct SessionRow {
    pub id: String,
    pub started: String,
    pub used: String,
    pub is_this: bool,
}

pub async fn own(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let sessions = rows(&state, w, &who, who.login()).await?;
    let notices = notices::rows(w, who.login(), &state.accounts.notices(who.login()).await?);
    page(&SessionsPage { w, f: Frame::new(w, &who, "sessions").after(w, &query), path: PATH, sessions, notices })
}

pub async fn end_own(State(state): State<AppState>, who: Who, fields: Fields) -> Result<Response, Problem> {
    state.accounts.end_sessions(&who.0, who.login(), chosen(&fields)).await?;
    Ok(done(PATH, "sessions-ended").into_response())
}

/// Ends sessions of another account.
pub async fn end_others(
    State(state): State<AppState>,
    who: Who,
    Path(login): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = state.accounts.find(&login).await?.ok_or(Problem::Unknown)?;
    state.accounts.end_sessions(&who.0, &account.login, chosen(&fields)).await?;
    Ok(done(&format!("/console/accounts/{}", account.login), "sessions-ended").into_response())
}

/// One session; none named means all the others.
fn chosen(fields: &Fields) -> Option<&str> {
    Some(fields.get("id")).filter(|id| !id.is_empty())
}

pub async fn rows(state: &AppState, w: Words, who: &Who, login: &str) -> Result<Vec<SessionRow>, Problem> {
    let open = state.accounts.open_sessions(&who.0, login).await?;
    let row = |session: crate::service::accounts::OpenSession| SessionRow {
        id: session.id,
        started: when::exact(w, Zone::Wib, session.started_at),
        used: when::exact(w, Zone::Wib, session.used_at),
        is_this: session.is_this,
    };
    Ok(open.into_iter().map(row).collect())
}

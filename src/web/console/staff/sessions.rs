//! Open sessions: the account's own on a page, those of others on their account's page. Each shows when it began and
//! was last used, but not where.

use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::Localizer;
use crate::web::access::Actor;
use crate::web::console::shell::account_notices::{self, NoticeRow};
use crate::web::console::shell::context::ConsoleContext;
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use crate::web::{AppState, local_time};
use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};

const PATH: &str = "/console/sessions";

#[derive(Template)]
#[template(path = "console/staff/sessions.html")]
struct SessionsPage {
    w: Localizer,
    layout: Layout,
    /// Where the forms are sent.
    path: &'static str,
    sessions: Vec<SessionRow>,
    /// The account's notices, including those already read.
    notices: Vec<NoticeRow>,
}

pub struct SessionRow {
    pub id: String,
    pub started: String,
    pub used: String,
    pub is_this: bool,
}

pub async fn own(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, query, .. } = &context;
    let w = context.w;
    let sessions = rows(state, w, actor, actor.login()).await?;
    let notices = account_notices::rows(w, actor.login(), &state.accounts.notices(actor.login()).await?);
    page(&SessionsPage { w, layout: context.layout(Tab::Sessions).after(w, query), path: PATH, sessions, notices })
}

pub async fn end_own(context: ConsoleContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    state.accounts.end_sessions(&actor.0, actor.login(), chosen(&fields)).await?;
    Ok(Done::SessionsEnded.redirect(PATH).into_response())
}

/// Marks the account's notices as read.
pub async fn read_notices(context: ConsoleContext, fields: FormFields) -> Result<Redirect, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let until = fields.get("until").parse().map_err(|_| Problem::Malformed)?;
    state.accounts.read_notices(actor.login(), UnixMillis(until)).await?;
    Ok(Redirect::to("/console"))
}

/// Ends sessions of another account.
pub async fn end_others(
    context: ConsoleContext,
    Path(login): Path<String>,
    fields: FormFields,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let account = state.accounts.find(&login).await?.ok_or(Problem::Unknown)?;
    state.accounts.end_sessions(&actor.0, &account.login, chosen(&fields)).await?;
    Ok(Done::SessionsEnded.redirect(&format!("/console/accounts/{}", account.login)).into_response())
}

/// The session to end; `None` ends all others.
fn chosen(fields: &FormFields) -> Option<&str> {
    Some(fields.get("id")).filter(|id| !id.is_empty())
}

pub async fn rows(state: &AppState, w: Localizer, actor: &Actor, login: &str) -> Result<Vec<SessionRow>, Problem> {
    let open = state.accounts.open_sessions(&actor.0, login).await?;
    let row = |session: crate::service::accounts::OpenSession| SessionRow {
        id: session.id,
        started: local_time::exact(w, Zone::Wib, session.started_at),
        used: local_time::exact(w, Zone::Wib, session.used_at),
        is_this: session.is_this,
    };
    Ok(open.into_iter().map(row).collect())
}

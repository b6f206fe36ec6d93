//! The one guard on routes whose response holds a code or a one-time password: an argument of their handlers.
//!
//! Without a fresh password the response is a page that asks for it. That page keeps the other fields and sends them to
//! the same address, so that work continues right after the password. Without a [`Disclosure`] no code becomes text, so
//! a route without this guard has nothing to show.

use super::layout::{Layout, Tab};
use crate::domain::disclosure::Disclosure;
use crate::i18n::Localizer;
use crate::service::accounts::{DisclosureSize, ProofRefusal};
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// The field that the password comes in.
const PASSWORD_FIELD: &str = "password";

/// A form whose sender typed their password within the last minutes: for many codes, or for one-time passwords.
pub struct ConfirmedForm {
    pub fields: FormFields,
    pub disclosure: Disclosure,
}

/// As [`ConfirmedForm`], for one code at a time: it asks less often, so that a queue at the help desk moves on.
pub struct ConfirmedFormAtDesk(pub ConfirmedForm);

impl FromRequest<AppState> for ConfirmedForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        confirm(request, state, DisclosureSize::Many).await
    }
}

impl FromRequest<AppState> for ConfirmedFormAtDesk {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        confirm(request, state, DisclosureSize::OnePerson).await.map(Self)
    }
}

async fn confirm(request: Request, state: &AppState, size: DisclosureSize) -> Result<ConfirmedForm, Response> {
    let (mut parts, body) = request.into_parts();
    let Ok(w) = Localizer::from_request_parts(&mut parts, state).await;
    let actor = Actor::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)?;
    let path = parts.uri.path().to_string();
    let read = FormFields::from_request(Request::from_parts(parts, body), state).await;
    let fields = read.map_err(IntoResponse::into_response)?;
    match state.accounts.disclose(&actor.0, size, fields.get(PASSWORD_FIELD)).await {
        Ok(disclosure) => Ok(ConfirmedForm { fields, disclosure }),
        Err(refusal) => Err(ask(w, &actor, path, &fields, refusal).unwrap_or_else(IntoResponse::into_response)),
    }
}

#[derive(Template)]
#[template(path = "console/shell/password_proof.html")]
struct ProofPage {
    w: Localizer,
    layout: Layout,
    path: String,
    /// The other fields of the form.
    kept: Vec<(String, String)>,
}

fn ask(
    w: Localizer,
    actor: &Actor,
    path: String,
    fields: &FormFields,
    refusal: ProofRefusal,
) -> Result<Response, Problem> {
    let layout = Layout::new(w, actor, Tab::Proof);
    let layout = match refusal {
        ProofRefusal::Asked => layout,
        ProofRefusal::Wrong => layout.refused(w.t("account-refusal-old-password")),
        ProofRefusal::TooMany => layout.refused(w.t("account-refusal-too-many-here")),
        ProofRefusal::Busy { retry_after_secs } => return Err(Problem::Busy { retry_after_secs }),
        ProofRefusal::Store(error) => return Err(error.into()),
    };
    let kept = fields.pairs().iter().filter(|(name, _)| name != PASSWORD_FIELD).cloned().collect();
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ProofPage { w, layout, path, kept })?).into_response())
}

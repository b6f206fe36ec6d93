//! The account's own second factor: added with a code from an app, recovery codes renewed, removed. The secret and the
//! recovery codes are shown once, and only right after the password.

use crate::credential::symbol::Symbol;
use crate::domain::disclosure::Disclosure;
use crate::domain::time::Zone;
use crate::i18n::Localizer;
use crate::service::accounts::{DisclosureSize, Enrolment, FactorRefusal, RecoveryCodes};
use crate::web::access::{Actor, FACTOR_PATH};
use crate::web::console::shell::context::ConsoleContext;
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::password_proof::ConfirmedForm;
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::{AppState, local_time};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;

#[derive(Template)]
#[template(path = "console/staff/second_factor.html")]
struct FactorPage {
    w: Localizer,
    layout: Layout,
    /// Since when there is one.
    since: Option<String>,
    recovery_codes: String,
    is_required: bool,
    needs_password: bool,
}

pub async fn show(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, query, .. } = &context;
    let w = context.w;
    page(&factor_page(state, w, actor, context.layout(Tab::SecondFactor).after(w, query)).await?)
}

#[derive(Template)]
#[template(path = "console/staff/new_second_factor.html")]
struct NewFactorPage {
    w: Localizer,
    layout: Layout,
    qr_png: String,
    secret: String,
    sealed: String,
}

/// Generates a secret and shows it. It takes effect once its first code is typed.
pub async fn begin(context: ConsoleContext, confirmed: ConfirmedForm) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    let enrolment = state.accounts.begin_factor(&actor.0);
    new_factor(w, context.layout(Tab::SecondFactor), &enrolment, &confirmed.disclosure)
}

/// Checks the first code and shows the recovery codes.
pub async fn add(context: ConsoleContext, confirmed: ConfirmedForm) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    let ConfirmedForm { fields, disclosure } = confirmed;
    let resumed = state.accounts.resume_factor(&actor.0, fields.get("sealed"));
    let enrolment = resumed.map_err(|_| Problem::Malformed)?;
    match state.accounts.add_factor(&actor.0, &enrolment, fields.get("code")).await {
        Ok(codes) => recovery_codes(w, actor, &codes, &disclosure),
        Err(FactorRefusal::Store(error)) => Err(error.into()),
        Err(refusal) => {
            let layout = context.layout(Tab::SecondFactor).refused(refusal.words(w));
            let again = new_factor(w, layout, &enrolment, &disclosure)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

/// Replaces the remaining recovery codes with new ones.
pub async fn renew(context: ConsoleContext, confirmed: ConfirmedForm) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    match state.accounts.renew_recovery_codes(&actor.0).await {
        Ok(codes) => recovery_codes(w, actor, &codes, &confirmed.disclosure),
        Err(refusal) => refused(state, w, actor, refusal).await,
    }
}

pub async fn remove(context: ConsoleContext, _confirmed: ConfirmedForm) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    match state.accounts.remove_factor(&actor.0).await {
        Ok(()) => Ok(Done::FactorRemoved.redirect(FACTOR_PATH).into_response()),
        Err(refusal) => refused(state, w, actor, refusal).await,
    }
}

#[derive(Template)]
#[template(path = "console/staff/recovery_codes.html")]
struct RecoveryCodesPage {
    w: Localizer,
    layout: Layout,
    codes: Vec<String>,
}

fn recovery_codes(w: Localizer, actor: &Actor, codes: &RecoveryCodes, leave: &Disclosure) -> Result<Response, Problem> {
    page(&RecoveryCodesPage { w, layout: Layout::new(w, actor, Tab::SecondFactor), codes: codes.shown(leave) })
}

fn new_factor(w: Localizer, layout: Layout, enrolment: &Enrolment, leave: &Disclosure) -> Result<Response, Problem> {
    let symbol = Symbol::encode(&enrolment.address(leave)).map_err(|_| Problem::Internal)?;
    let (qr_png, secret) = (BASE64.encode(&symbol.png()), enrolment.secret(leave));
    page(&NewFactorPage { w, layout, qr_png, secret, sealed: enrolment.sealed() })
}

async fn refused(state: &AppState, w: Localizer, actor: &Actor, refusal: FactorRefusal) -> Result<Response, Problem> {
    if let FactorRefusal::Store(error) = refusal {
        return Err(error.into());
    }
    let layout = Layout::new(w, actor, Tab::SecondFactor).refused(refusal.words(w));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&factor_page(state, w, actor, layout).await?)?).into_response())
}

async fn factor_page(state: &AppState, w: Localizer, actor: &Actor, layout: Layout) -> Result<FactorPage, Problem> {
    let stands = state.accounts.factor_state(actor.account()).await?;
    Ok(FactorPage {
        w,
        layout,
        since: stands.added_at.map(|at| local_time::moment(w, Zone::Wib, at)),
        recovery_codes: w.number(stands.recovery_codes),
        is_required: stands.is_required,
        needs_password: actor.0.needs_password(DisclosureSize::Many, state.now()),
    })
}

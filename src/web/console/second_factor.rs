//! One's own second factor: added with the code of an app, renewed, taken away. Secret and recovery codes are shown right
//! after the password only, and once.

use super::frame::{Frame, done};
use super::proof::Proven;
use crate::credential::symbol::Symbol;
use crate::domain::disclosure::Disclosure;
use crate::domain::time::Zone;
use crate::i18n::Words;
use crate::service::accounts::{Enrolment, FactorRefusal, Reach, RecoveryCodes};
use crate::web::access::{FACTOR_PATH, Who};
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::{AppState, when};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;

#[derive(Template)]
#[template(path = "console/second_factor.html")]
struct FactorPage {
    w: Words,
    f: Frame,
    /// Since when there is one.
    since: Option<String>,
    recovery_codes: String,
    is_required: bool,
    needs_password: bool,
}

pub async fn show(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    page(&factor_page(&state, w, &who, Frame::new(w, &who, "second-factor").after(w, &query)).await?)
}

#[derive(Template)]
#[template(path = "console/second_factor_new.html")]
struct NewFactorPage {
    w: Words,
    f: Frame,
    qr_png: String,
    secret: String,
    sealed: String,
}

/// Draws a secret and shows it. It isn't in force before its first code was typed.
pub async fn begin(State(state): State<AppState>, w: Words, who: Who, proven: Proven) -> Result<Response, Problem> {
    let enrolment = state.accounts.begin_factor(&who.0);
    new_factor(w, Frame::new(w, &who, "second-factor"), &enrolment, &proven.disclosure)
}

/// Takes the first code, and answers the recovery codes.
pub async fn add(State(state): State<AppState>, w: Words, who: Who, proven: Proven) -> Result<Response, Problem> {
    let Proven { fields, disclosure } = proven;
    let resumed = state.accounts.resume_factor(&who.0, fields.get("sealed"));
    let enrolment = resumed.map_err(|_| Problem::Malformed)?;
    match state.accounts.add_factor(&who.0, &enrolment, fields.get("code")).await {
        Ok(codes) => recovery_codes(w, &who, &codes, &disclosure),
        Err(FactorRefusal::Store(error)) => Err(error.into()),
        Err(refusal) => {
            let f = Frame::new(w, &who, "second-factor").refused(refusal.words(w));
            let again = new_factor(w, f, &enrolment, &disclosure)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

/// New recovery codes in place of what is left of the old ones.
pub async fn renew(State(state): State<AppState>, w: Words, who: Who, proven: Proven) -> Result<Response, Problem> {
    match state.accounts.renew_recovery_codes(&who.0).await {
        Ok(codes) => recovery_codes(w, &who, &codes, &proven.disclosure),
        Err(refusal) => refused(&state, w, &who, refusal).await,
    }
}

pub async fn remove(State(state): State<AppState>, w: Words, who: Who, _proven: Proven) -> Result<Response, Problem> {
    match state.accounts.remove_factor(&who.0).await {
        Ok(()) => Ok(done(FACTOR_PATH, "factor-removed").into_response()),
        Err(refusal) => refused(&state, w, &who, refusal).await,
    }
}

#[derive(Template)]
#[template(path = "console/recovery_codes.html")]
struct RecoveryCodesPage {
    w: Words,
    f: Frame,
    codes: Vec<String>,
}

fn recovery_codes(w: Words, who: &Who, codes: &RecoveryCodes, leave: &Disclosure) -> Result<Response, Problem> {
    page(&RecoveryCodesPage { w, f: Frame::new(w, who, "second-factor"), codes: codes.shown(leave) })
}

fn new_factor(w: Words, f: Frame, enrolment: &Enrolment, leave: &Disclosure) -> Result<Response, Problem> {
    let symbol = Symbol::encode(&enrolment.address(leave)).map_err(|_| Problem::Internal)?;
    let (qr_png, secret) = (BASE64.encode(&symbol.png()), enrolment.secret(leave));
    page(&NewFactorPage { w, f, qr_png, secret, sealed: enrolment.sealed() })
}

async fn refused(state: &AppState, w: Words, who: &Who, refusal: FactorRefusal) -> Result<Response, Problem> {
    if let FactorRefusal::Store(error) = refusal {
        return Err(error.into());
    }
    let f = Frame::new(w, who, "second-factor").refused(refusal.words(w));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&factor_page(state, w, who, f).await?)?).into_response())
}

async fn factor_page(state: &AppState, w: Words, who: &Who, f: Frame) -> Result<FactorPage, Problem> {
    let stands = state.accounts.factor_state(who.account()).await?;
    Ok(FactorPage {
        w,
        f,
        since: stands.added_at.map(|at| when::moment(w, Zone::Wib, at)),
        recovery_codes: w.number(stands.recovery_codes),
        is_required: stands.is_required,
        needs_password: who.0.needs_password(Reach::Many, state.now()),
    })
}

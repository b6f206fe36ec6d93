//! Signing in and out, and changing the account's own password.

use crate::i18n::Localizer;
use crate::service::accounts::{ChangeRefusal, ConsoleSignInRefusal, DeviceCookie, Entered, FactorRefusal};
use crate::web::AppState;
use crate::web::access::{Actor, LOGIN_PATH, device_cookie, device_cookies, return_path, session_cookie};
use crate::web::caller::Caller;
use crate::web::console::shell::context::ConsoleContext;
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::query::{QueryName, QueryParams};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use std::convert::Infallible;
use std::net::IpAddr;

#[derive(Template)]
#[template(path = "console/staff/sign_in.html")]
struct LoginPage {
    w: Localizer,
    login: String,
    to: String,
    fault: Option<String>,
    /// Passwords from this device are refused for now; the page says what to do.
    refused: bool,
    done: Option<String>,
}

pub async fn show(w: Localizer, query: QueryParams) -> Result<Response, Problem> {
    let ends_session = |done: &Done| matches!(done, Done::PasswordChanged | Done::SignedOut);
    let done = Done::of(&query).filter(ends_session).map(|done| done.words(w));
    let to = query.get(QueryName::To).unwrap_or_default().to_owned();
    page(&LoginPage { w, login: String::new(), to, fault: None, refused: false, done })
}

/// The argument of both steps of signing in: the form, and by what the account's service tells devices apart.
pub struct SignInForm {
    state: AppState,
    w: Localizer,
    address: IpAddr,
    devices: Vec<DeviceCookie>,
    fields: FormFields,
}

impl FromRequest<AppState> for SignInForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Ok::<_, Infallible>(Caller(address)) = Caller::from_request_parts(&mut parts, state).await;
        let Ok::<_, Infallible>(w) = Localizer::from_request_parts(&mut parts, state).await;
        let devices = device_cookies(&state.config, &parts.headers);
        let fields = FormFields::from_request(Request::from_parts(parts, body), state).await?;
        Ok(Self { state: state.clone(), w, address, devices, fields })
    }
}

/// The first step: login and password.
pub async fn sign_in(form: SignInForm) -> Result<Response, Problem> {
    let SignInForm { state, w, address, devices, fields } = form;
    let (login, to) = (fields.get("login").trim().to_lowercase(), fields.get("to").to_string());
    match state.accounts.sign_in(address, &login, fields.get("password"), &devices).await {
        Ok(entered) => Ok((cookies(&state, entered), Redirect::to(&return_path(&to))).into_response()),
        Err(ConsoleSignInRefusal::Store(error)) => Err(error.into()),
        Err(ConsoleSignInRefusal::Busy { retry_after_secs }) => Err(Problem::Busy { retry_after_secs }),
        Err(ConsoleSignInRefusal::CodeNeeded { ticket }) => page(&CodePage { w, ticket, to, fault: None }),
        Err(
            refusal @ (ConsoleSignInRefusal::Wrong | ConsoleSignInRefusal::TooMany | ConsoleSignInRefusal::Expired),
        ) => {
            let refused = matches!(refusal, ConsoleSignInRefusal::TooMany);
            let status = if refused { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNAUTHORIZED };
            let again = page(&LoginPage { w, login, to, fault: Some(refusal.words(w)), refused, done: None })?;
            Ok((status, again).into_response())
        }
    }
}

/// The cookies of the session and of the device.
fn cookies(state: &AppState, entered: Entered) -> AppendHeaders<[(HeaderName, String); 2]> {
    let device = device_cookie(&state.config, &entered.device);
    AppendHeaders([(SET_COOKIE, session_cookie(state, entered.token).to_string()), (SET_COOKIE, device)])
}

/// The second step, where the account has a second factor.
#[derive(Template)]
#[template(path = "console/staff/sign_in_code.html")]
struct CodePage {
    w: Localizer,
    /// Proves that the password was right.
    ticket: String,
    to: String,
    fault: Option<String>,
}

pub async fn sign_in_with_code(form: SignInForm) -> Result<Response, Problem> {
    let SignInForm { state, w, address, devices, fields } = form;
    let (ticket, to) = (fields.get("ticket"), fields.get("to"));
    match state.accounts.sign_in_with_code(address, ticket, fields.get("code"), &devices).await {
        Ok(entered) => {
            let said = entered.clock_is_off.then_some(Done::PhoneClock);
            let next = said.map_or_else(|| Redirect::to(&return_path(to)), |said| said.redirect("/console"));
            Ok((cookies(&state, entered), next).into_response())
        }
        Err(FactorRefusal::Store(error)) => Err(error.into()),
        Err(refusal @ FactorRefusal::Late) => {
            let fault = Some(refusal.words(w));
            let begin = LoginPage { w, login: String::new(), to: to.into(), fault, refused: false, done: None };
            Ok((StatusCode::UNAUTHORIZED, page(&begin)?).into_response())
        }
        Err(refusal) => {
            let again = CodePage { w, ticket: ticket.into(), to: to.into(), fault: Some(refusal.words(w)) };
            Ok((StatusCode::UNAUTHORIZED, page(&again)?).into_response())
        }
    }
}

pub async fn sign_out(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    state.accounts.sign_out(&actor.0).await?;
    let cookie = session_cookie(state, String::new()).to_string();
    Ok(([(SET_COOKIE, cookie)], Done::SignedOut.redirect(LOGIN_PATH)).into_response())
}

#[derive(Template)]
#[template(path = "console/staff/password.html")]
struct PasswordPage {
    w: Localizer,
    layout: Layout,
    login: String,
    /// Why it must be changed first; `None` when it needn't be.
    must: Option<String>,
}

pub async fn password(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { actor, .. } = &context;
    let w = context.w;
    page(&password_page(w, actor, None))
}

pub async fn change(context: ConsoleContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    let (old, new) = (fields.get("old"), fields.get("new"));
    let fault = if new == fields.get("again") {
        match state.accounts.change_password(&actor.0, old, new).await {
            Ok(()) => {
                let cookie = session_cookie(state, String::new()).to_string();
                return Ok(([(SET_COOKIE, cookie)], Done::PasswordChanged.redirect(LOGIN_PATH)).into_response());
            }
            Err(ChangeRefusal::Store(error)) => return Err(error.into()),
            Err(refusal) => refusal.words(w),
        }
    } else {
        w.t("console-password-differs")
    };
    let again = page(&password_page(w, actor, Some(fault)))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

fn password_page(w: Localizer, actor: &Actor, fault: Option<String>) -> PasswordPage {
    let layout = Layout { fault, ..Layout::new(w, actor, Tab::Password) };
    let account = actor.account();
    let why = if account.one_time_until.is_some() { "console-password-must" } else { "console-password-easy" };
    PasswordPage { w, layout, login: actor.login().into(), must: account.must_change_password.then(|| w.t(why)) }
}

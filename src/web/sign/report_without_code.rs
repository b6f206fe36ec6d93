//! `/k/{slug}/lapor`: reports a pledge in one's own name without a code, and shows the state of a report to whoever has
//! its number.
//!
//! Number and report travel in the bodies of forms only, so no address and no log holds them. The answer to a report
//! doesn't depend on the roster, which nothing here reads.

use super::context::SignerContext;
use super::notice_message::NoticeMessage;
use super::pages::{NoticeTone, ReportStatePage, ReportStateView, ReportWithoutCodePage, SignNotice};
use super::sign_in::fault_message;
use crate::i18n::Localizer;
use crate::service::help_desk::{ReportRefusal, ReportState, ReportStateRefusal, TypedReport};
use crate::web::AppState;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

/// Seconds after which an address may send another report or ask for another state.
const RETRY_SECS: u32 = 120;
/// Typed texts are shown again up to this length.
const TYPED_CHARS_MAX: usize = 2_000;

pub async fn show(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    page(&form(&SignerContext::open(state, w, &slug, &headers)?))
}

/// The page has two forms: reporting, and asking for a report's state.
pub async fn submit(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    fields: FormFields,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    match fields.trimmed("step") {
        "state" => show_state(&context, caller, &fields).await,
        _ => report(&context, caller, &fields).await,
    }
}

async fn report(context: &SignerContext, Caller(from): Caller, fields: &FormFields) -> Result<Response, Problem> {
    let typed = TypedReport {
        form_token: fields.trimmed("form"),
        identifier: fields.trimmed("identifier"),
        contact: fields.trimmed("contact"),
        message: fields.trimmed("message"),
    };
    let (problem, message) =
        match context.state.help_desk.report_without_code(context.active.campaign.id, from, typed).await {
            Ok(state) => return page(&state_page(context, &state, true)),
            Err(ReportRefusal::Store(error)) => return Err(error.into()),
            Err(ReportRefusal::Identifier(fault)) => (Problem::IdentifierInvalid, fault_message(fault)),
            Err(ReportRefusal::Contact) => (Problem::TextInvalid, NoticeMessage::ReportContact),
            Err(ReportRefusal::TooMany) => {
                (Problem::TooMany { retry_after_secs: RETRY_SECS }, NoticeMessage::ReportsTooMany)
            }
        };
    let mut again = form(context);
    again.identifier = shown_again(typed.identifier);
    again.contact = shown_again(typed.contact);
    again.message = shown_again(typed.message);
    again.notice = Some(notice(context, message));
    refused(&again, &problem)
}

async fn show_state(context: &SignerContext, Caller(from): Caller, fields: &FormFields) -> Result<Response, Problem> {
    let typed = fields.trimmed("number");
    let (problem, message) = match context.state.help_desk.report_state(context.active.campaign.id, from, typed).await {
        Ok(state) => return page(&state_page(context, &state, false)),
        Err(ReportStateRefusal::Store(error)) => return Err(error.into()),
        Err(ReportStateRefusal::NotANumber) => (Problem::TextInvalid, NoticeMessage::ReportNumberTypo),
        Err(ReportStateRefusal::Unknown) => (Problem::Unknown, NoticeMessage::ReportUnknown),
        Err(ReportStateRefusal::TooMany) => {
            (Problem::TooMany { retry_after_secs: RETRY_SECS }, NoticeMessage::ReportStatesTooMany)
        }
    };
    let mut again = form(context);
    again.number = shown_again(typed);
    again.state_notice = Some(notice(context, message));
    refused(&again, &problem)
}

fn form(context: &SignerContext) -> ReportWithoutCodePage {
    ReportWithoutCodePage {
        w: context.w,
        campaign: context.campaign.clone(),
        form_token: context.state.help_desk.form_token(),
        notice: None,
        identifier: String::new(),
        contact: String::new(),
        message: String::new(),
        state_notice: None,
        number: String::new(),
    }
}

fn state_page(context: &SignerContext, state: &ReportState, fresh: bool) -> ReportStatePage {
    let report = ReportStateView::of(context.w, &context.campaign, state);
    ReportStatePage { w: context.w, campaign: context.campaign.clone(), report, fresh }
}

fn notice(context: &SignerContext, message: NoticeMessage) -> SignNotice {
    SignNotice::with_contact(context.w, NoticeTone::Bad, message, &context.campaign.help_contact)
}

fn refused(again: &ReportWithoutCodePage, problem: &Problem) -> Result<Response, Problem> {
    let mut response = page(again)?;
    *response.status_mut() = problem.status_and_code().0;
    if let Some(secs) = problem.retry_after_secs() {
        response.headers_mut().insert(RETRY_AFTER, secs.into());
    }
    Ok(response)
}

fn shown_again(typed: &str) -> String {
    typed.chars().take(TYPED_CHARS_MAX).collect()
}

//! Signing in: the first form.

use super::context::SignerContext;
use super::cookie;
use super::form::KeptTicks;
use super::notice_message::NoticeMessage;
use super::pages::{NoticeTone, SignNotice};
use super::show::sign_in_page;
use crate::domain::access_code::AccessCode;
use crate::domain::campaign::CampaignState;
use crate::domain::identifier::IdentifierFault;
use crate::domain::pledge::Method;
use crate::service::sign_in::{SignInAttempt, SignInRefusal};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use axum::response::Response;

/// Identifiers and codes are cut to this length; no valid one is longer.
const TYPED_CHARS_MAX: usize = 200;

pub async fn submit(context: &SignerContext, fields: &FormFields) -> Result<Response, Problem> {
    let campaign = &context.active.campaign;
    if campaign.state == CampaignState::Cancelled {
        return Ok(context.redirect(&context.path("sign"), None));
    }
    let shared = fields.has("shared");
    let attempt = SignInAttempt {
        campaign,
        secret: &context.active.secret,
        identifier: cut(fields.trimmed("identifier")),
        access_code: cut(fields.trimmed("access_code")),
        method: if shared { Method::SharedDevice } else { Method::OwnDevice },
    };
    match context.state.sign_in.sign_in(attempt).await {
        Ok(signed_in) => {
            let cookie = cookie::set(&context.state.config, &signed_in.token);
            if signed_in.signer.pledge.is_some() {
                return Ok(context.redirect(&context.path("receipt"), Some(cookie)));
            }
            // Ticks kept over an expired session belong to the person who made them.
            let own = fields.trimmed("mark") == context.device_mark(signed_in.session.participant);
            let kept = if own { fields.kept() } else { KeptTicks::default() };
            Ok(context.redirect(&format!("{}{}", context.path("sign"), kept.query()), Some(cookie)))
        }
        Err(refusal) => refused(context, fields, shared, refusal),
    }
}

fn refused(
    context: &SignerContext,
    fields: &FormFields,
    shared: bool,
    refusal: SignInRefusal,
) -> Result<Response, Problem> {
    let contact = &context.campaign.help_contact;
    let (problem, message) = match refusal {
        SignInRefusal::Unknown => return Err(Problem::Unknown),
        SignInRefusal::Store(error) => return Err(error.into()),
        SignInRefusal::Identifier(fault) => (Problem::IdentifierInvalid, fault_message(fault)),
        // Depends only on what was typed, so it reveals nothing about any real code.
        SignInRefusal::Wrong if AccessCode::parse(cut(fields.trimmed("access_code"))).is_none() => {
            (Problem::CredentialsWrong, NoticeMessage::CodeShape)
        }
        SignInRefusal::Wrong => (Problem::CredentialsWrong, NoticeMessage::Wrong),
    };
    let notice = SignNotice::with_contact(context.w, NoticeTone::Bad, message, contact);
    let place = if problem == Problem::IdentifierInvalid { "nomor" } else { "kode" };
    context.refuse(&problem, notice, Some(place), |notice| {
        let typed = cut(fields.trimmed("identifier"));
        let mut again = sign_in_page(context, fields.kept());
        again.letters = typed.chars().any(|c| !c.is_ascii_digit() && !c.is_whitespace());
        again.identifier = typed.to_string();
        again.mark = fields.trimmed("mark").chars().take(16).collect();
        again.shared = shared;
        again.notice = Some(notice);
        page(&again)
    })
}

pub(super) fn fault_message(fault: IdentifierFault) -> NoticeMessage {
    match fault {
        IdentifierFault::Empty => NoticeMessage::NumberEmpty,
        IdentifierFault::Length => NoticeMessage::NumberLength,
        IdentifierFault::BirthDate | IdentifierFault::Appointment | IdentifierFault::Sex => {
            NoticeMessage::NumberImpossible
        }
        IdentifierFault::SerialZero | IdentifierFault::Form => NoticeMessage::NumberForm,
    }
}

fn cut(typed: &str) -> &str {
    typed.char_indices().nth(TYPED_CHARS_MAX).map_or(typed, |(end, _)| &typed[..end])
}

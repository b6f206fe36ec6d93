//! Signing: the second form. A refusal shows the page again with what to do next, and keeps the ticks.

use super::context::SignerContext;
use super::cookie;
use super::form::{KeptTicks, plain};
use super::notice_message::NoticeMessage;
use super::pages::{NoticeTone, SignNotice, WaitingPage};
use super::show::{page_of_signer, sign_in_page};
use crate::domain::pledge::Strokes;
use crate::service::sign_in::Session;
use crate::service::signing::{SignRefusal, SignRequest};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

pub async fn submit(context: &SignerContext, fields: &FormFields) -> Result<Response, Problem> {
    let Ok(session) = context.session.clone() else { return signed_out(context, fields) };
    let Ok(strokes) = fields.strokes() else {
        return refuse_in_place(
            context,
            fields,
            &Problem::StrokesInvalid,
            NoticeMessage::StrokesInvalid,
            Some("tanda"),
        )
        .await;
    };
    let typed = fields.trimmed("typed_name");
    let name_typed = strokes.is_none() && !typed.is_empty();
    if name_typed && !is_own_name(context, typed).await? {
        return refuse_in_place(context, fields, &Problem::StrokesInvalid, NoticeMessage::NameDiffers, Some("tanda"))
            .await;
    }
    // From here to admission nothing is awaited, so a sign-out can't come in between.
    if context.is_signed_out() {
        return signed_out(context, fields);
    }
    match context.state.signing.sign(request(fields, session, strokes, name_typed)).await {
        Ok(signed) if signed.repeated => Ok(context.redirect(&context.path("receipt"), None)),
        Ok(_) => Ok(context.redirect(&format!("{}?baru", context.path("receipt")), None)),
        Err(refusal) => refused(context, fields, refusal).await,
    }
}

fn request(fields: &FormFields, session: Session, strokes: Option<Strokes>, name_typed: bool) -> SignRequest {
    let decoded = BASE64URL_NOPAD.decode(fields.trimmed("text_hash").as_bytes()).ok();
    SignRequest {
        campaign: session.campaign,
        participant: session.participant,
        code_version: session.code_version,
        // An unreadable hash becomes zeros, which no text has.
        text_hash: decoded.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default(),
        agreed: fields.kept().agreed,
        strokes,
        method: session.method,
        name_typed,
        placed: session.placed,
    }
}

async fn refused(context: &SignerContext, fields: &FormFields, refusal: SignRefusal) -> Result<Response, Problem> {
    match refusal {
        SignRefusal::Unknown => Err(Problem::Unknown),
        SignRefusal::Internal => Err(Problem::Internal),
        SignRefusal::SessionInvalid => signed_out(context, fields),
        SignRefusal::ClausesMissing(id) => clause_missing(context, fields, id),
        SignRefusal::StrokesMissing => {
            refuse_in_place(context, fields, &Problem::StrokesInvalid, NoticeMessage::SignatureMissing, Some("tanda"))
                .await
        }
        SignRefusal::TextOutdated => {
            refuse_in_place(context, fields, &Problem::TextOutdated, NoticeMessage::TextChanged, None).await
        }
        SignRefusal::NotOpen => refuse_in_place(context, fields, &Problem::NotOpen, NoticeMessage::NotOpen, None).await,
        SignRefusal::Paused => refuse_in_place(context, fields, &Problem::Paused, NoticeMessage::Paused, None).await,
        SignRefusal::Closed => refuse_in_place(context, fields, &Problem::Closed, NoticeMessage::Closed, None).await,
        SignRefusal::Cancelled => {
            refuse_in_place(context, fields, &Problem::Cancelled, NoticeMessage::Cancelled, None).await
        }
        SignRefusal::Excused => refuse_in_place(context, fields, &Problem::Excused, NoticeMessage::Excused, None).await,
        SignRefusal::Busy { retry_after_secs } => {
            ask_to_retry(context, fields, &Problem::Busy { retry_after_secs }, NoticeMessage::Waiting)
        }
        SignRefusal::Storage => ask_to_retry(context, fields, &Problem::Storage, NoticeMessage::Storage),
    }
}

/// The same page again, with a notice on what is missing.
async fn refuse_in_place(
    context: &SignerContext,
    fields: &FormFields,
    problem: &Problem,
    message: NoticeMessage,
    place: Option<&str>,
) -> Result<Response, Problem> {
    let Some((_, signer)) = context.signer().await? else { return signed_out(context, fields) };
    let contact = context.person(&signer).help_contact;
    let notice = SignNotice::with_contact(context.w, NoticeTone::Bad, message, &contact);
    // Ticks of an earlier text don't count for this one.
    let kept = if *problem == Problem::TextOutdated { KeptTicks::default() } else { fields.kept() };
    context.refuse(problem, notice, place, |notice| page_of_signer(context, &signer, kept, Some(notice)))
}

/// Back to the page, at the clause, by an address that carries the ticks; a script gets the clause's element id.
fn clause_missing(context: &SignerContext, fields: &FormFields, id: String) -> Result<Response, Problem> {
    let place = format!("butir-{}", plain(&id));
    let kept = KeptTicks { missing: Some(id), ..fields.kept() };
    let to = format!("{}{}#{place}", context.path("sign"), kept.query());
    let notice = SignNotice::new(context.w, NoticeTone::Bad, NoticeMessage::ClauseMissing);
    if context.is_script() {
        context.refuse(&Problem::ClausesMissing, notice, Some(&place), |_| Err(Problem::Internal))
    } else {
        Ok(context.redirect(&to, None))
    }
}

/// The session is over: asks to sign in again, and keeps the ticks.
fn signed_out(context: &SignerContext, fields: &FormFields) -> Result<Response, Problem> {
    let notice = SignNotice::new(context.w, NoticeTone::Warn, NoticeMessage::Expired);
    let mut response = context.refuse(&Problem::SessionInvalid, notice, None, |notice| {
        let mut again = sign_in_page(context, fields.kept());
        again.mark = fields.trimmed("mark").chars().take(16).collect();
        again.notice = Some(notice);
        page(&again)
    })?;
    response.headers_mut().append(SET_COOKIE, cookie::clear(&context.state.config));
    Ok(response)
}

/// The queue is full or the storage can't be written: a page that sends the same form again.
fn ask_to_retry(
    context: &SignerContext,
    fields: &FormFields,
    problem: &Problem,
    message: NoticeMessage,
) -> Result<Response, Problem> {
    let notice = SignNotice::new(context.w, NoticeTone::Warn, message);
    context.refuse(problem, notice, None, |notice| {
        let retry =
            WaitingPage { w: context.w, campaign: context.campaign.clone(), notice, fields: fields.pairs().to_vec() };
        page(&retry)
    })
}

/// Whether the typed name is the signer's own: each word is one of the name's, and at least one has two letters.
async fn is_own_name(context: &SignerContext, typed: &str) -> Result<bool, Problem> {
    let Some((_, signer)) = context.signer().await? else { return Ok(false) };
    Ok(is_name_of(&signer.participant.shown_name, typed))
}

fn is_name_of(name: &str, typed: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let folded = text.to_lowercase();
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_string).collect()
    };
    let own = words(name);
    let typed = words(typed);
    typed.iter().any(|word| word.chars().count() >= 2) && typed.iter().all(|word| own.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_name_may_leave_out_titles_but_must_be_the_signers_own() {
        let name = "Dr. H. Budi Santoso, S.E., M.Si.";
        assert!(is_name_of(name, "budi santoso"));
        assert!(is_name_of(name, "Dr. H. BUDI SANTOSO, S.E., M.Si."));
        assert!(is_name_of("Siti", "siti"));
        assert!(!is_name_of(name, "Budi Hartono"));
        assert!(!is_name_of(name, "H"));
        assert!(!is_name_of(name, " . "));
    }
}

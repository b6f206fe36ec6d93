//! Signing: the second form. A refusal shows the page again with what to do next, and keeps the ticks.

use super::cookie;
use super::form::{KeptTicks, plain};
use super::notice_message::NoticeMessage;
use super::pages::{NoticeTone, SignNotice, WaitingPage};
use super::show::{sign_in_page, standing};
use super::visit::Visit;
use crate::domain::pledge::Strokes;
use crate::service::sign_in::Session;
use crate::service::signing::{SignRefusal, SignRequest};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

pub async fn submit(visit: &Visit, fields: &FormFields) -> Result<Response, Problem> {
    let Ok(session) = visit.session.clone() else { return signed_out(visit, fields) };
    let Ok(strokes) = fields.strokes() else {
        return stay(visit, fields, &Problem::StrokesInvalid, NoticeMessage::StrokesInvalid, Some("tanda")).await;
    };
    let typed = fields.trimmed("typed_name");
    let name_typed = strokes.is_none() && !typed.is_empty();
    if name_typed && !is_own_name(visit, typed).await? {
        return stay(visit, fields, &Problem::StrokesInvalid, NoticeMessage::NameDiffers, Some("tanda")).await;
    }
    // From here to admission nothing is awaited, so a sign-out can't come in between.
    if visit.has_left() {
        return signed_out(visit, fields);
    }
    match visit.state.signing.sign(request(fields, session, strokes, name_typed)).await {
        Ok(signed) if signed.repeated => Ok(visit.go(&visit.address("receipt"), None)),
        Ok(_) => Ok(visit.go(&format!("{}?baru", visit.address("receipt")), None)),
        Err(refusal) => refused(visit, fields, refusal).await,
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

async fn refused(visit: &Visit, fields: &FormFields, refusal: SignRefusal) -> Result<Response, Problem> {
    match refusal {
        SignRefusal::Unknown => Err(Problem::Unknown),
        SignRefusal::Internal => Err(Problem::Internal),
        SignRefusal::SessionInvalid => signed_out(visit, fields),
        SignRefusal::ClausesMissing(id) => clause_missing(visit, fields, id),
        SignRefusal::StrokesMissing => {
            stay(visit, fields, &Problem::StrokesInvalid, NoticeMessage::SignatureMissing, Some("tanda")).await
        }
        SignRefusal::TextOutdated => {
            stay(visit, fields, &Problem::TextOutdated, NoticeMessage::TextChanged, None).await
        }
        SignRefusal::NotOpen => stay(visit, fields, &Problem::NotOpen, NoticeMessage::NotOpen, None).await,
        SignRefusal::Paused => stay(visit, fields, &Problem::Paused, NoticeMessage::Paused, None).await,
        SignRefusal::Closed => stay(visit, fields, &Problem::Closed, NoticeMessage::Closed, None).await,
        SignRefusal::Cancelled => stay(visit, fields, &Problem::Cancelled, NoticeMessage::Cancelled, None).await,
        SignRefusal::Busy { retry_after_secs } => {
            wait(visit, fields, &Problem::Busy { retry_after_secs }, NoticeMessage::Waiting)
        }
        SignRefusal::Storage => wait(visit, fields, &Problem::Storage, NoticeMessage::Storage),
    }
}

/// The same page again, with a notice on what is missing.
async fn stay(
    visit: &Visit,
    fields: &FormFields,
    problem: &Problem,
    message: NoticeMessage,
    place: Option<&str>,
) -> Result<Response, Problem> {
    let Some((_, signer)) = visit.signer().await? else { return signed_out(visit, fields) };
    let contact = visit.person(&signer).help_contact;
    let notice = SignNotice::with_contact(visit.w, NoticeTone::Bad, message, &contact);
    // Ticks of an earlier text don't count for this one.
    let kept = if *problem == Problem::TextOutdated { KeptTicks::default() } else { fields.kept() };
    visit.refuse(problem, notice, place, |notice| standing(visit, &signer, kept, Some(notice)))
}

/// Back to the page, at the clause, by an address that carries the ticks; a script gets the clause's element id.
fn clause_missing(visit: &Visit, fields: &FormFields, id: String) -> Result<Response, Problem> {
    let place = format!("butir-{}", plain(&id));
    let kept = KeptTicks { missing: Some(id), ..fields.kept() };
    let to = format!("{}{}#{place}", visit.address("sign"), kept.query());
    let notice = SignNotice::new(visit.w, NoticeTone::Bad, NoticeMessage::ClauseMissing);
    if visit.is_script() {
        visit.refuse(&Problem::ClausesMissing, notice, Some(&place), |_| Err(Problem::Internal))
    } else {
        Ok(visit.go(&to, None))
    }
}

/// The session is over: asks to sign in again, and keeps the ticks.
fn signed_out(visit: &Visit, fields: &FormFields) -> Result<Response, Problem> {
    let notice = SignNotice::new(visit.w, NoticeTone::Warn, NoticeMessage::Expired);
    let mut response = visit.refuse(&Problem::SessionInvalid, notice, None, |notice| {
        let mut again = sign_in_page(visit, fields.kept());
        again.mark = fields.trimmed("mark").chars().take(16).collect();
        again.notice = Some(notice);
        page(&again)
    })?;
    response.headers_mut().append(SET_COOKIE, cookie::clear(&visit.state.config));
    Ok(response)
}

/// The queue is full or the storage can't be written: a page that sends the same form again.
fn wait(visit: &Visit, fields: &FormFields, problem: &Problem, message: NoticeMessage) -> Result<Response, Problem> {
    let notice = SignNotice::new(visit.w, NoticeTone::Warn, message);
    visit.refuse(problem, notice, None, |notice| {
        let page_of =
            WaitingPage { w: visit.w, campaign: visit.campaign.clone(), notice, fields: fields.pairs().to_vec() };
        page(&page_of)
    })
}

/// Whether the typed name is the signer's own: each word is one of the name's, and at least one has two letters.
async fn is_own_name(visit: &Visit, typed: &str) -> Result<bool, Problem> {
    let Some((_, signer)) = visit.signer().await? else { return Ok(false) };
    Ok(names_same(&signer.participant.shown_name, typed))
}

fn names_same(name: &str, typed: &str) -> bool {
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
        assert!(names_same(name, "budi santoso"));
        assert!(names_same(name, "Dr. H. BUDI SANTOSO, S.E., M.Si."));
        assert!(names_same("Siti", "siti"));
        assert!(!names_same(name, "Budi Hartono"));
        assert!(!names_same(name, "H"));
        assert!(!names_same(name, " . "));
    }
}

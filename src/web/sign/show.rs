//! `GET /k/{slug}/sign`: the page for the campaign's state and the person's.

use super::campaign_view::personal;
use super::context::SignerContext;
use super::form::{KeptTicks, plain};
use super::notice_message::NoticeMessage;
use super::pages::{
    ClauseView, NotAcceptingPage, NotAcceptingReason, NoticeTone, ReadPage, SignInPage, SignNotice, SignPhase,
};
use crate::domain::campaign::CampaignState;
use crate::domain::notice::RosterStanding;
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::service::sign_in::Signer;
use crate::service::sign_in::{SESSION_SECS_MAX, SessionFault};
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::{AppState, local_time};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

/// Pages that refresh themselves spread over this many seconds, so that they don't all come at once.
const REFRESH_JITTER_SECS: u32 = 10;
/// How long a page waits before it refreshes while the campaign is paused or has no opening time yet.
const REFRESH_SECS: u32 = 20;
/// Longest wait between two refreshes of a page.
const REFRESH_SECS_MAX: u32 = 3600;

pub async fn show(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    let kept = KeptTicks::from_query(&query);
    let asked = |name: &str| query.iter().any(|(key, _)| key == name);
    if context.active.campaign.state == CampaignState::Cancelled {
        return not_accepting(&context, None, NotAcceptingReason::Cancelled);
    }
    let Some((_, signer)) = context.signer().await? else {
        let mut page = sign_in_page(&context, kept);
        page.letters = asked("huruf");
        page.shared = asked("bersama");
        if asked("selesai") {
            page.notice = Some(signed_out_notice(&context, &query));
        } else if asked("ulang") || had_session(&context) {
            page.notice = Some(SignNotice::new(w, NoticeTone::Warn, NoticeMessage::Expired));
        }
        return crate::web::page::page(&page);
    };
    if signer.pledge.is_some() {
        return Ok(context.redirect(&context.path("receipt"), None));
    }
    let notice = kept.missing.is_some().then(|| SignNotice::new(w, NoticeTone::Bad, NoticeMessage::ClauseMissing));
    page_of_signer(&context, &signer, kept, notice)
}

/// Whether the browser sent a session that was valid once, or whose person or code has left the roster.
fn had_session(context: &SignerContext) -> bool {
    matches!(context.session, Ok(_) | Err(SessionFault::Expired | SessionFault::SignedOut))
}

/// What is said after signing out; where the session couldn't be ended, also when it expires.
fn signed_out_notice(context: &SignerContext, query: &[(String, String)]) -> SignNotice {
    let until = query.iter().find(|(key, _)| key == "sampai").and_then(|(_, at)| at.parse().ok().map(UnixMillis));
    let now = context.campaign.now;
    match until.filter(|at| now < *at && *at <= now.plus_secs(SESSION_SECS_MAX)) {
        None => SignNotice::new(context.w, NoticeTone::Ok, NoticeMessage::Left),
        Some(until) => {
            let moment = local_time::moment(context.w, context.campaign.zone, until);
            let detail = context.w.with("sign-left-until-next", &[("moment", &moment)]);
            SignNotice { tone: NoticeTone::Warn, title: context.w.t("sign-left-until"), detail }
        }
    }
}

/// The page of a person who is signed in and hasn't signed.
pub fn page_of_signer(
    context: &SignerContext,
    signer: &Signer,
    kept: KeptTicks,
    notice: Option<SignNotice>,
) -> Result<Response, Problem> {
    match context.active.campaign.state {
        CampaignState::Draft => Err(Problem::Unknown),
        _ if signer.standing == RosterStanding::Excused => {
            not_accepting(context, Some(signer), NotAcceptingReason::Excused)
        }
        CampaignState::Locked | CampaignState::Open => page(&read_page(context, signer, &kept, notice)?),
        CampaignState::Paused => not_accepting(context, Some(signer), NotAcceptingReason::Paused),
        CampaignState::Closing | CampaignState::Closed => {
            not_accepting(context, Some(signer), NotAcceptingReason::Closed)
        }
        CampaignState::Cancelled => not_accepting(context, Some(signer), NotAcceptingReason::Cancelled),
    }
}

pub fn sign_in_page(context: &SignerContext, kept: KeptTicks) -> SignInPage {
    let phase = match context.active.campaign.state {
        CampaignState::Draft | CampaignState::Locked => SignPhase::BeforeOpening,
        CampaignState::Open => SignPhase::Open,
        CampaignState::Paused => SignPhase::Paused,
        CampaignState::Closing | CampaignState::Closed | CampaignState::Cancelled => SignPhase::Closed,
    };
    SignInPage {
        w: context.w,
        campaign: context.campaign.clone(),
        phase,
        notice: None,
        kept,
        mark: String::new(),
        identifier: String::new(),
        letters: false,
        shared: false,
    }
}

fn read_page(
    context: &SignerContext,
    signer: &Signer,
    kept: &KeptTicks,
    notice: Option<SignNotice>,
) -> Result<ReadPage, Problem> {
    let (Some(text), Some(hash)) = (&context.active.text, context.active.campaign.text_hash) else {
        return Err(Problem::Unknown);
    };
    let clauses = (1..).zip(&text.clauses).map(|(number, clause)| ClauseView {
        id: clause.id.clone(),
        anchor: format!("butir-{}", plain(&clause.id)),
        number,
        text: personal(&clause.text, signer),
        ticked: kept.has(&clause.id),
        missing: kept.missing.as_deref() == Some(clause.id.as_str()),
    });
    let before_opening = context.active.campaign.state == CampaignState::Locked;
    Ok(ReadPage {
        w: context.w,
        campaign: context.campaign.clone(),
        person: context.person(signer),
        notice,
        title: text.title.clone(),
        legal_basis: personal(&text.legal_basis, signer),
        clauses: clauses.collect(),
        closing: personal(&text.closing, signer),
        text_hash: BASE64URL_NOPAD.encode(&hash),
        signature_required: context.active.campaign.settings.signature_required,
        before_opening,
        refresh_secs: before_opening.then(|| until_opening_secs(context)),
    })
}

fn not_accepting(
    context: &SignerContext,
    signer: Option<&Signer>,
    reason: NotAcceptingReason,
) -> Result<Response, Problem> {
    page(&NotAcceptingPage {
        w: context.w,
        campaign: context.campaign.clone(),
        person: signer.map(|signer| context.person(signer)),
        reason,
        refresh_secs: (reason == NotAcceptingReason::Paused).then(|| REFRESH_SECS + jitter_secs(context)),
    })
}

fn until_opening_secs(context: &SignerContext) -> u32 {
    let wait = context
        .campaign
        .opens_at
        .map_or(i64::from(REFRESH_SECS), |at| (at.0 - context.campaign.now.0).max(0) / 1000 + 1);
    u32::try_from(wait).unwrap_or(u32::MAX).min(REFRESH_SECS_MAX) + jitter_secs(context)
}

fn jitter_secs(context: &SignerContext) -> u32 {
    u32::from(context.state.entropy.bytes::<1>()[0]) % REFRESH_JITTER_SECS
}

//! When a campaign opens and closes. Once it is locked, a change needs a reason; after closing none is possible.

use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::service::campaigns::CampaignRefusal;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab, refusal};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/campaign/schedule.html")]
struct TimesPage {
    w: Localizer,
    layout: Layout,
    /// As a `datetime-local` field holds it.
    opens_at: String,
    closes_at: String,
    zone: &'static str,
    reason: String,
    has_opened: bool,
    needs_reason: bool,
    is_over: bool,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { campaign, query, .. } = &context;
    let w = context.w;
    let layout = context.layout(Tab::Times).await.after(w, query);
    let field = |at: Option<UnixMillis>| at.map_or(String::new(), |at| local(campaign, at));
    page(&times_page(w, layout, campaign, field(campaign.opens_at), field(campaign.closes_at), String::new()))
}

pub async fn save(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let (opens, closes, reason) = (fields.get("opens_at"), fields.get("closes_at"), fields.get("reason"));
    let moved = match (opening(campaign, opens), instant(campaign, closes)) {
        (Ok(opens_at), Ok(closes_at)) => {
            state.campaigns.move_times(actor.login(), campaign, opens_at, closes_at, reason).await
        }
        _ => Err(CampaignRefusal::Times),
    };
    let Err(fault) = moved else {
        return Ok(context.done("", Done::TimesSaved));
    };
    let layout = context.layout(Tab::Times).await.refused(refusal(fault, w)?);
    let again = page(&times_page(w, layout, campaign, opens.into(), closes.into(), reason.into()))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

fn times_page(
    w: Localizer,
    layout: Layout,
    campaign: &Campaign,
    opens_at: String,
    closes_at: String,
    reason: String,
) -> TimesPage {
    TimesPage {
        w,
        layout,
        opens_at,
        closes_at,
        zone: campaign.settings.zone.abbreviation(),
        reason,
        has_opened: has_opened(campaign),
        needs_reason: campaign.state != CampaignState::Draft,
        is_over: campaign.state.is_final() || campaign.state == CampaignState::Closing,
    }
}

fn has_opened(campaign: &Campaign) -> bool {
    !matches!(campaign.state, CampaignState::Draft | CampaignState::Locked)
}

/// An opening in the past stays what it was, to the millisecond.
fn opening(campaign: &Campaign, typed: &str) -> Result<Option<UnixMillis>, ()> {
    if has_opened(campaign) { Ok(campaign.opens_at) } else { instant(campaign, typed) }
}

/// Empty means that none is set and an organizer opens or closes by hand.
fn instant(campaign: &Campaign, typed: &str) -> Result<Option<UnixMillis>, ()> {
    if typed.trim().is_empty() { Ok(None) } else { campaign.settings.zone.instant(typed).map(Some).ok_or(()) }
}

fn local(campaign: &Campaign, at: UnixMillis) -> String {
    campaign.settings.zone.civil(at).strftime("%Y-%m-%dT%H:%M").to_string()
}

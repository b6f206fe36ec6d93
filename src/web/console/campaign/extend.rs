//! Postpones the closing time in two taps, because on the day there is no time to type a date.

use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab, refusal};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// The extensions on offer; any other time is set on the schedule page.
const MINUTES: [i64; 4] = [15, 30, 60, 120];

#[derive(Template)]
#[template(path = "console/campaign/extend.html")]
struct ExtendPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    /// The closing time that the form extends, Unix ms. If it has changed when the form arrives, the page asks again.
    from: i64,
    closes: String,
    choices: Vec<TimeChoice>,
    reason: String,
}

struct TimeChoice {
    minutes: i64,
    label: String,
    is_chosen: bool,
}

/// A campaign without a closing time has nothing to extend.
pub fn is_possible(campaign: &Campaign) -> bool {
    campaign.closes_at.is_some()
        && matches!(campaign.state, CampaignState::Locked | CampaignState::Open | CampaignState::Paused)
}

pub async fn ask(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { campaign, .. } = &context;
    let w = context.w;
    let closes_at = extendable(campaign)?;
    let layout = context.layout(Tab::Day).await;
    page(&extend_page(w, layout, campaign, closes_at, MINUTES[0], String::new()))
}

pub async fn extend(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let closes_at = extendable(campaign)?;
    let minutes = MINUTES.into_iter().find(|minutes| minutes.to_string() == fields.get("minutes"));
    let minutes = minutes.ok_or(Problem::Malformed)?;
    let reason = fields.get("reason");
    let fault = if fields.get("from") == closes_at.0.to_string() {
        let later = closes_at.plus_secs(minutes * 60);
        match state.campaigns.move_times(actor.login(), campaign, campaign.opens_at, Some(later), reason).await {
            Ok(()) => return Ok(context.done("/day", Done::Extended)),
            Err(fault) => refusal(fault, w)?,
        }
    } else {
        w.t("console-extend-moved")
    };
    let layout = context.layout(Tab::Day).await.refused(fault);
    let again = page(&extend_page(w, layout, campaign, closes_at, minutes, reason.into()))?;
    Ok((StatusCode::CONFLICT, again).into_response())
}

fn extendable(campaign: &Campaign) -> Result<UnixMillis, Problem> {
    campaign.closes_at.filter(|_| is_possible(campaign)).ok_or(Problem::Conflict)
}

fn extend_page(
    w: Localizer,
    layout: Layout,
    campaign: &Campaign,
    closes_at: UnixMillis,
    chosen: i64,
    reason: String,
) -> ExtendPage {
    let zone = campaign.settings.zone;
    let choice = |minutes: i64| {
        let later = local_time::moment(w, zone, closes_at.plus_secs(minutes * 60));
        let label = w.with("console-extend-choice", &[("minutes", &minutes.to_string()), ("at", &later)]);
        TimeChoice { minutes, label, is_chosen: minutes == chosen }
    };
    ExtendPage {
        w,
        layout,
        slug: campaign.slug.clone(),
        from: closes_at.0,
        closes: local_time::moment(w, zone, closes_at),
        choices: MINUTES.into_iter().map(choice).collect(),
        reason,
    }
}

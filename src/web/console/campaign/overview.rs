//! A campaign at a glance: what is missing, what the next step is, and the numbers.

use super::campaigns::time;
use super::lifecycle::LifecycleAction;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::i18n::Localizer;
use crate::service::campaigns::rules::Missing;
use crate::service::progress::GroupCount;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::pagination::Pagination;
use crate::web::error::Problem;
use crate::web::live::numbers::full_name;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;

/// Rows of one page.
const GROUPS_PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "console/campaign/overview.html")]
struct OverviewPage {
    w: Localizer,
    layout: Layout,
    opens: String,
    closes: String,
    /// What the campaign waits for, in one sentence.
    says: String,
    checklist: Vec<Check>,
    first: Option<Action>,
    others: Vec<Action>,
    can_move_times: bool,
    can_make_minutes: bool,
    groups: Vec<GroupRow>,
    pagination: Pagination,
    signed: String,
    target: String,
    revoked: String,
    public_address: Option<String>,
}

struct Check {
    words: String,
    is_missing: bool,
    /// The page on which it is set.
    page: &'static str,
}

struct Action {
    step: &'static str,
    words: String,
}

struct GroupRow {
    name: String,
    signed: String,
    target: String,
    percent: String,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let checklist = match campaign.state {
        CampaignState::Draft => checklist(w, &state.campaigns.missing(campaign).await?),
        _ => vec![],
    };
    let groups = state.progress.groups(campaign.id).await?;
    let sum = |of: fn(&GroupCount) -> u64| w.number(groups.iter().map(of).sum::<u64>());
    let complete = checklist.iter().all(|check| !check.is_missing);
    let (signed, target, revoked) = (sum(|group| group.signed), sum(GroupCount::target), sum(|group| group.revoked));
    let (shown, pagination) = Pagination::cut(w, groups, GROUPS_PER_PAGE, query, &format!("{}?", context.path("")));
    let (first, others) = actions(w, campaign, complete);
    let shows_steps = actor.is_organizer();
    page(&OverviewPage {
        w,
        layout: context.layout(Tab::Overview).await.after(w, query),
        opens: time(w, campaign, campaign.opens_at),
        closes: time(w, campaign, campaign.closes_at),
        says: says(w, campaign.state),
        checklist,
        first: first.filter(|_| shows_steps),
        others: if shows_steps { others } else { vec![] },
        can_make_minutes: shows_steps && campaign.state == CampaignState::Closed,
        can_move_times: shows_steps && !campaign.state.is_final() && campaign.state != CampaignState::Closing,
        signed,
        target,
        revoked,
        groups: shown
            .iter()
            .map(|group| GroupRow {
                name: full_name(w, group),
                signed: w.number(group.signed),
                target: w.number(group.target()),
                percent: percent(w, group.signed, group.target()),
            })
            .collect(),
        pagination,
        public_address: campaign.state.is_public().then(|| format!("{}/k/{}", state.config.public_url, campaign.slug)),
    })
}

/// What the campaign's state means for the people who sign.
pub fn says(w: Localizer, state: CampaignState) -> String {
    w.t(&format!("console-says-{}", state.as_str()))
}

/// A share with its sign, `12,3%`.
pub fn percent(w: Localizer, part: u64, whole: u64) -> String {
    format!("{}%", w.percent(part, whole))
}

fn checklist(w: Localizer, missing: &[Missing]) -> Vec<Check> {
    let pages = [
        (Missing::Organizer, "settings"),
        (Missing::Place, "settings"),
        (Missing::HelpContact, "settings"),
        (Missing::Text, "text"),
        (Missing::People, "roster"),
        (Missing::Times, "times"),
    ];
    pages
        .into_iter()
        .map(|(what, page)| Check { words: what.words(w), is_missing: missing.contains(&what), page })
        .collect()
}

/// The action that usually comes next, and the others that are possible.
fn actions(w: Localizer, campaign: &Campaign, complete: bool) -> (Option<Action>, Vec<Action>) {
    let usual = match campaign.state {
        CampaignState::Draft => complete.then_some(LifecycleAction::Lock),
        CampaignState::Locked => Some(LifecycleAction::Open),
        CampaignState::Paused => Some(LifecycleAction::Resume),
        CampaignState::Open | CampaignState::Closing | CampaignState::Closed | CampaignState::Cancelled => None,
    };
    let action = |step: LifecycleAction| Action { step: step.as_str(), words: step.words(w) };
    let others = LifecycleAction::ALL
        .into_iter()
        .filter(|step| step.is_possible(campaign.state) && Some(*step) != usual)
        .filter(|step| *step != LifecycleAction::Lock)
        .map(action)
        .collect();
    (usual.map(action), others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_state_says_what_it_means() {
        check_built_keys("console-says-{}", CampaignState::ALL.map(CampaignState::as_str));
    }
}

//! The actions of a campaign's life cycle: each is confirmed on a page of its own before it is taken.

use crate::domain::campaign::{Campaign, CampaignState, Transition};
use crate::domain::reporting_group::{Group, GroupList};
use crate::every_variant::every_variant;
use crate::i18n::Localizer;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab, refusal};
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// What an organizer can do with a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifecycleAction {
    Lock,
    Open,
    Pause,
    Resume,
    Close,
    Unlock,
    Cancel,
}

impl LifecycleAction {
    /// In the order in which the overview offers them.
    pub const ALL: [Self; 7] = every_variant!(LifecycleAction: Lock, Open, Pause, Resume, Close, Unlock, Cancel);

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Open => "open",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Close => "close",
            Self::Unlock => "unlock",
            Self::Cancel => "cancel",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }

    /// What the next page says was done.
    fn done(self) -> Done {
        match self {
            Self::Lock => Done::Locked,
            Self::Open => Done::Opened,
            Self::Pause => Done::Paused,
            Self::Resume => Done::Resumed,
            Self::Close => Done::Closed,
            Self::Unlock => Done::Unlocked,
            Self::Cancel => Done::Cancelled,
        }
    }

    /// The label of its button.
    pub fn words(self, w: Localizer) -> String {
        w.t(&format!("console-step-{}", self.as_str()))
    }

    pub fn is_possible(self, state: CampaignState) -> bool {
        let transition = match self {
            Self::Lock => Transition::Lock,
            Self::Open => Transition::Open,
            Self::Pause => Transition::Pause,
            Self::Resume => Transition::Resume,
            Self::Close => Transition::BeginClosing,
            Self::Unlock => Transition::Unlock,
            Self::Cancel => Transition::Cancel,
        };
        state.after(transition).is_some()
    }

    fn asks_reason(self) -> bool {
        matches!(self, Self::Pause | Self::Close | Self::Unlock | Self::Cancel)
    }

    /// Whether it can't be undone, which its button's colour shows.
    fn is_final(self) -> bool {
        matches!(self, Self::Close | Self::Cancel)
    }
}

#[derive(Template)]
#[template(path = "console/campaign/lifecycle.html")]
struct LifecyclePage {
    w: Localizer,
    layout: Layout,
    slug: String,
    step: &'static str,
    title: String,
    /// What it does to people who are signing, and what can't be undone.
    means: String,
    button: String,
    is_final: bool,
    asks_reason: bool,
    needs_reason: bool,
    reason: String,
    is_possible: bool,
    /// The groups that a lock would form.
    groups: Option<GroupsToBe>,
    /// The page to return to.
    back: ReturnPage,
}

struct GroupsToBe {
    count: String,
    /// Name and people of each.
    groups: Vec<(String, String)>,
}

/// The page that an action was started from, and returns to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReturnPage {
    Overview,
    Day,
}

impl ReturnPage {
    fn parse(from: &str) -> Self {
        if from == "day" { Self::Day } else { Self::Overview }
    }

    /// As the address and the form's field name it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Day => "day",
        }
    }

    /// Below the campaign's address.
    fn page(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Day => "/day",
        }
    }

    fn tab(self) -> Tab {
        match self {
            Self::Overview => Tab::Overview,
            Self::Day => Tab::Day,
        }
    }
}

pub async fn ask(context: CampaignContext, Path((_, step)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, campaign, query, .. } = &context;
    let w = context.w;
    let step = LifecycleAction::parse(&step).ok_or(Problem::Unknown)?;
    let back = ReturnPage::parse(query.get(QueryName::From).unwrap_or(""));
    let mut layout = context.layout(back.tab()).await;
    let mut groups = None;
    if step == LifecycleAction::Lock && step.is_possible(campaign.state) {
        match state.campaigns.groups_to_be(campaign).await {
            Ok(list) => groups = Some(GroupsToBe::of(w, &list)),
            Err(fault) => layout = layout.refused(refusal(fault, w)?),
        }
    }
    page(&LifecyclePage { groups, ..lifecycle_page(w, layout, campaign, step, back, String::new()) })
}

pub async fn take(
    context: CampaignContext,
    Path((_, step)): Path<(String, String)>,
    fields: FormFields,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let step = LifecycleAction::parse(&step).ok_or(Problem::Unknown)?;
    let back = ReturnPage::parse(fields.get("from"));
    let (by, reason, service) = (actor.login(), fields.get("reason"), &state.campaigns);
    let taken = match step {
        LifecycleAction::Lock => service.lock(by, campaign).await,
        LifecycleAction::Open => service.open(by, campaign).await,
        LifecycleAction::Pause => service.pause(by, campaign, reason).await,
        LifecycleAction::Resume => service.resume(by, campaign).await,
        LifecycleAction::Close => service.close(by, campaign, reason).await,
        LifecycleAction::Unlock => service.unlock(by, campaign, reason).await,
        LifecycleAction::Cancel => service.cancel(by, campaign, reason).await,
    };
    let Err(fault) = taken else {
        return Ok(context.done(back.page(), step.done()));
    };
    let layout = context.layout(back.tab()).await.refused(refusal(fault, w)?);
    let again = page(&lifecycle_page(w, layout, campaign, step, back, reason.into()))?;
    Ok((StatusCode::CONFLICT, again).into_response())
}

fn lifecycle_page(
    w: Localizer,
    layout: Layout,
    campaign: &Campaign,
    step: LifecycleAction,
    back: ReturnPage,
    reason: String,
) -> LifecyclePage {
    let name = step.as_str();
    LifecyclePage {
        w,
        layout,
        slug: campaign.slug.clone(),
        step: name,
        title: w.t(&format!("console-step-{name}-title")),
        means: w.t(&format!("console-step-{name}-means")),
        button: step.words(w),
        is_final: step.is_final(),
        asks_reason: step.asks_reason(),
        needs_reason: step == LifecycleAction::Cancel,
        reason,
        is_possible: step.is_possible(campaign.state),
        back,
        groups: None,
    }
}

impl GroupsToBe {
    fn of(w: Localizer, list: &GroupList) -> Self {
        let of_one = |group: &Group| {
            let institution = &list.institutions[group.institution];
            let is_whole = institution.code == group.code || list.institutions.len() == 1;
            let name = if is_whole { group.name.clone() } else { format!("{} / {}", institution.name, group.name) };
            (name, w.number(group.eligible))
        };
        let count = w.with("console-groups-to-be", &[("count", &list.groups.len().to_string())]);
        Self { count, groups: list.groups.iter().map(of_one).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_step_has_a_button_a_title_and_a_meaning() {
        check_built_keys("console-step-{}", LifecycleAction::ALL.map(LifecycleAction::as_str));
        check_built_keys("console-step-{}-title", LifecycleAction::ALL.map(LifecycleAction::as_str));
        check_built_keys("console-step-{}-means", LifecycleAction::ALL.map(LifecycleAction::as_str));
    }
}

//! A proposal: what is to happen, whose approval it waits for, and what became of it.

use super::row_form::excuse_words;
use crate::domain::ids::ProposalId;
use crate::domain::proposal::{LeftOutPerson, LeftOutReason, Proposal, ProposalKind, ProposalState, ProposedChanges};
use crate::i18n::Localizer;
use crate::service::StoreError;
use crate::service::help_desk::{HelpDesk, HelpDeskError, OpenedProposal, ProposalRefusal, ProposedRow};
use crate::web::console::shell::audit_words::change_words;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::pagination::Pagination;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;

/// People of one page.
const ROWS_PER_PAGE: usize = 100;
/// Institutions that are named.
const INSTITUTIONS_NAMED_MAX: usize = 10;
/// Digits of the hash that people compare by telephone: half of it is enough.
const HASH_DIGITS_SHOWN: usize = 32;

#[derive(Template)]
#[template(path = "console/people/proposal.html")]
struct ProposalPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    head: ProposalView,
    reason: String,
    expires_at: String,
    institutions: String,
    /// In full, for the form.
    hash: String,
    /// In groups of four, for people.
    hash_words: String,
    decided: Option<(String, String)>,
    rows: Vec<ProposedRow>,
    pagination: Pagination,
    left_out: Vec<LeftOutView>,
    may_approve: bool,
    /// Why this account can't approve it.
    why_not: Option<String>,
    may_reject: bool,
    is_own: bool,
    can_change: bool,
    /// Approved, and not at its end.
    is_unfinished: bool,
    /// It was begun.
    is_begun: bool,
    processed: String,
    has_codes: bool,
}

/// A line of the list, and the head of the page.
pub struct ProposalView {
    pub id: String,
    pub what: String,
    pub state: String,
    pub people: String,
    pub by: String,
    pub at: String,
}

/// A person who was left out.
pub struct LeftOutView {
    pub name: String,
    pub why: String,
}

impl ProposalView {
    pub fn of(context: &CampaignContext, proposal: &Proposal) -> Self {
        let (w, zone) = (context.w, context.campaign.settings.zone);
        Self {
            id: proposal.id.to_string(),
            what: change_words(proposal.kind, w),
            state: state_words(w, proposal.state_at(context.state.now())),
            people: w.number(u64::from(proposal.people)),
            by: proposal.proposed_by.clone(),
            at: local_time::exact(w, zone, proposal.proposed_at),
        }
    }
}

impl LeftOutView {
    pub fn of(w: Localizer, person: &LeftOutPerson) -> Self {
        Self { name: person.name.clone(), why: left_out_words(w, person.reason) }
    }
}

pub async fn show(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let layout = context.layout(Tab::People).await.after(context.w, &context.query);
    proposal_page(&context, layout, &id).await
}

/// Approves what the page showed, and carries it out.
pub async fn approve(
    context: CampaignContext,
    Path((_, id)): Path<(String, String)>,
    fields: FormFields,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let proposal = ProposalId::parse(&id).ok_or(Problem::Unknown)?;
    let hash = HEXLOWER.decode(fields.get("hash").as_bytes()).ok().and_then(|hash| hash.try_into().ok());
    let hash = hash.ok_or(Problem::Malformed)?;
    let approved = state.help_desk.approve(actor.account(), campaign, proposal, hash).await;
    match approved {
        Ok(()) => carry_out(&context, &id, proposal).await,
        Err(refused) => again(&context, &id, refused).await,
    }
}

/// Goes on with an approved proposal whose server ended.
pub async fn go_on(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let proposal = ProposalId::parse(&id).ok_or(Problem::Unknown)?;
    match state.help_desk.proposal(actor.account(), campaign, proposal).await {
        Ok(found) if matches!(found.proposal.state, ProposalState::Approved | ProposalState::Done) => {
            carry_out(&context, &id, proposal).await
        }
        Ok(_) => again(&context, &id, ProposalRefusal::Decided).await,
        Err(refused) => again(&context, &id, refused).await,
    }
}

pub async fn reject(context: CampaignContext, Path((_, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let proposal = ProposalId::parse(&id).ok_or(Problem::Unknown)?;
    match state.help_desk.reject(actor.account(), campaign, proposal).await {
        Ok(is_own) => {
            let done = if is_own { Done::ProposalWithdrawn } else { Done::ProposalRejected };
            Ok(context.done(&format!("/people/proposals/{id}"), done))
        }
        Err(refused) => again(&context, &id, refused).await,
    }
}

async fn carry_out(context: &CampaignContext, id: &str, proposal: ProposalId) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    match state.help_desk.carry_out(actor.account(), campaign, proposal).await {
        Ok(()) => Ok(context.done(&format!("/people/proposals/{id}"), Done::ProposalCarriedOut)),
        Err(refused) => again(context, id, refused).await,
    }
}

async fn again(context: &CampaignContext, id: &str, refused: ProposalRefusal) -> Result<Response, Problem> {
    let fault = refusal(context, refused)?;
    let layout = context.layout(Tab::People).await.refused(fault);
    let again = proposal_page(context, layout, id).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn proposal_page(context: &CampaignContext, layout: Layout, id: &str) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let (w, zone) = (context.w, campaign.settings.zone);
    let id = ProposalId::parse(id).ok_or(Problem::Unknown)?;
    let desk = &state.help_desk;
    let found = desk.proposal(actor.account(), campaign, id).await;
    let OpenedProposal { proposal, changes } = match found {
        Ok(found) => found,
        Err(ProposalRefusal::Unknown) => return Err(Problem::Unknown),
        Err(refused) => return Err(problem(refused)),
    };
    let path = format!("{}?", context.path(&format!("/people/proposals/{id}")));
    let people = (0..changes.as_ref().map_or(0, ProposedChanges::len)).collect();
    let (here, pagination) = Pagination::cut(w, people, ROWS_PER_PAGE, &context.query, &path);
    let rows = match (&changes, here.first()) {
        (Some(changes), Some(first)) => desk.proposed_rows(campaign, changes, *first..first + here.len()).await?,
        _ => vec![],
    };
    let now = proposal.state_at(state.now());
    let can_change = HelpDesk::may_change_roster(campaign);
    let refused = desk.approval_refused(actor.account(), campaign, &proposal).await?;
    let why_not = match refused.filter(|_| now == ProposalState::Open) {
        Some(refused) => Some(refusal(context, refused)?),
        None => None,
    };
    let hash = HEXLOWER.encode(&proposal.hash);
    let known = state.campaigns.institutions(campaign.id, actor.scope()).await?;
    let named = |code: &String| known.iter().find(|one| one.code == *code).map_or(code, |one| &one.name).clone();
    page(&ProposalPage {
        w,
        layout,
        slug: campaign.slug.clone(),
        head: ProposalView::of(context, &proposal),
        reason: changes.as_ref().map_or_else(String::new, |changes| reason_words(w, changes)),
        expires_at: local_time::exact(w, zone, proposal.expires_at),
        institutions: institutions(w, proposal.institutions.iter().map(named).collect()),
        hash_words: hash_words(&hash),
        hash,
        decided: proposal.decided_by.clone().zip(proposal.decided_at.map(|at| local_time::exact(w, zone, at))),
        rows,
        pagination,
        left_out: proposal.left_out.iter().map(|person| LeftOutView::of(w, person)).collect(),
        may_approve: now == ProposalState::Open && why_not.is_none() && can_change,
        why_not,
        may_reject: now == ProposalState::Open,
        is_own: proposal.proposed_by == actor.login(),
        can_change,
        is_unfinished: now == ProposalState::Approved,
        is_begun: matches!(now, ProposalState::Approved | ProposalState::Done | ProposalState::Stopped),
        processed: w.number(u64::from(proposal.processed)),
        has_codes: now == ProposalState::Done && proposal.kind == ProposalKind::AddPeople,
    })
}

/// Why nothing was done, in words; errors that aren't the person's to mend are problems.
pub fn refusal(context: &CampaignContext, refused: ProposalRefusal) -> Result<String, Problem> {
    let w = context.w;
    Ok(match refused {
        ProposalRefusal::NotInScope => w.t("console-proposal-not-in-scope"),
        ProposalRefusal::Nobody(_) => w.t("console-people-file-nobody"),
        ProposalRefusal::TooMany => w.t("console-proposal-too-many"),
        ProposalRefusal::Decided => w.t("console-proposal-decided"),
        ProposalRefusal::OwnProposal => w.t("console-proposal-own"),
        ProposalRefusal::NewAccount => w.t("console-proposal-new-account"),
        ProposalRefusal::Desk(HelpDeskError::Reason) => w.t("campaign-refusal-reason"),
        ProposalRefusal::Desk(HelpDeskError::NotChangeable(_)) => w.t("console-change-state"),
        ProposalRefusal::Desk(HelpDeskError::Store(StoreError::Conflict)) => w.t("console-change-conflict"),
        refused => return Err(problem(refused)),
    })
}

fn problem(refused: ProposalRefusal) -> Problem {
    match refused {
        ProposalRefusal::Unknown => Problem::Unknown,
        ProposalRefusal::Desk(error) => error.into(),
        _ => Problem::Conflict,
    }
}

/// The first of them, and how many more there are.
fn institutions(w: Localizer, mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(INSTITUTIONS_NAMED_MAX);
    names.truncate(INSTITUTIONS_NAMED_MAX);
    let named = names.join(", ");
    if more == 0 { named } else { format!("{named}, +{}", w.number(more as u64)) }
}

fn hash_words(hash: &str) -> String {
    let groups = hash.as_bytes()[..HASH_DIGITS_SHOWN.min(hash.len())].chunks(4);
    groups.map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

fn reason_words(w: Localizer, changes: &ProposedChanges) -> String {
    match changes {
        ProposedChanges::AddPeople { reason, .. } => reason.clone(),
        ProposedChanges::ExcusePeople { reason, .. } => excuse_words(w, *reason),
    }
}

fn state_words(w: Localizer, state: ProposalState) -> String {
    w.t(&format!("console-proposal-state-{}", state.as_str()))
}

fn left_out_words(w: Localizer, reason: LeftOutReason) -> String {
    w.t(&format!("console-left-out-{}", reason.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn states_and_reasons_have_words() {
        check_built_keys("console-proposal-state-{}", ProposalState::ALL.map(ProposalState::as_str));
        check_built_keys("console-left-out-{}", LeftOutReason::ALL.map(LeftOutReason::as_str));
    }
}

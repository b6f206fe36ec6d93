//! People after the lock: adding, excusing and correcting, undoing it, and the list of changes.

use super::participants::{PersonNotice, chosen, person_page};
use super::proposals::ProposalView;
use super::row_form::{ChoiceView, RowForm};
use crate::domain::characters::shown_character;
use crate::domain::employment::EmploymentKind;
use crate::domain::notice::{ExcuseReason, NoticeKind, RosterStanding};
use crate::i18n::Localizer;
use crate::service::StoreError;
use crate::service::help_desk::{
    CHANGES_LISTED_MAX, DeskPerson, FieldProblem, HelpDesk, HelpDeskError, InstitutionRoster, PersonField, PersonToAdd,
    TypedPerson, UnitChoices,
};
use crate::web::console::shell::context::{CampaignContext, ChangeContext, ConsoleContext};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/people/add.html")]
struct AddPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    institutions: Vec<ChoiceView>,
    /// The institution's code; empty until it is chosen.
    institution: String,
    institution_name: String,
    identifier: String,
    row: RowForm,
    reason: String,
    can_change: bool,
}

#[derive(Template)]
#[template(path = "console/people/changes.html")]
struct ChangesPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    proposals: Vec<ProposalView>,
    changes: Vec<ChangeView>,
    limit: u32,
    can_change: bool,
}

struct ChangeView {
    at: String,
    what: String,
    id: String,
    name: String,
    institution: String,
    by: String,
}

/// The form for a person who is added: first the institution, where the account sees several.
pub async fn add_form(context: CampaignContext) -> Result<Response, Problem> {
    let institution = context.query.get(QueryName::Institution).unwrap_or_default().to_string();
    let layout = context.layout(Tab::People).await;
    add_page(&context, layout, &institution, "", &TypedPerson::default(), "").await
}

pub async fn add(ChangeContext(context): ChangeContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let typed = typed_person(&fields);
    let (identifier, institution) = (fields.get("identifier").to_string(), fields.get("institution").to_string());
    let to_add =
        PersonToAdd { identifier: identifier.clone(), institution: institution.clone(), person: typed.clone() };
    let reason = fields.get("reason");
    match state.help_desk.add_person(actor.account(), campaign, to_add, reason).await {
        Ok(found) => person_page(state, w, actor, campaign, found, PersonNotice::Added).await,
        Err(error) => {
            let layout = context.layout(Tab::People).await.refused(refusal(w, error)?);
            let again = add_page(&context, layout, &institution, &identifier, &typed, reason).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

pub async fn excuse(ChangeContext(context): ChangeContext, fields: FormFields) -> Result<Response, Problem> {
    let reason = ExcuseReason::parse(fields.get("reason")).ok_or(Problem::Malformed)?;
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let id = chosen(&fields)?;
    let done = state.help_desk.excuse(actor.account(), campaign, id, reason).await;
    answer(&context, &fields, done, PersonNotice::Excused).await
}

/// Undoes the exclusion or the addition, whichever the form was shown for.
pub async fn undo(ChangeContext(context): ChangeContext, fields: FormFields) -> Result<Response, Problem> {
    let standing = match fields.get("what") {
        "excused" => RosterStanding::Excused,
        "added" => RosterStanding::Listed,
        _ => return Err(Problem::Malformed),
    };
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let id = chosen(&fields)?;
    let done = state.help_desk.undo_change(actor.account(), campaign, id, standing, fields.get("reason")).await;
    answer(&context, &fields, done, PersonNotice::Undone).await
}

/// Revokes a pledge that isn't the person's, and lets them sign with another code.
pub async fn admit_anew(ChangeContext(context): ChangeContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let id = chosen(&fields)?;
    let done = state.help_desk.admit_anew(actor.account(), campaign, id, fields.get("reason")).await;
    answer(&context, &fields, done, PersonNotice::AdmittedAnew).await
}

/// The newest changes of the roster.
pub async fn changes(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let proposals = state.help_desk.proposals(actor.account(), campaign).await?;
    let found = state.help_desk.newest_changes(actor.account(), campaign).await?;
    let changes = found.into_iter().map(|(notice, signer)| ChangeView {
        at: local_time::exact(w, campaign.settings.zone, notice.facts.at),
        what: w.t(&format!("console-notice-{}", kind_name(notice.facts.kind))),
        id: signer.participant.id.to_string(),
        name: signer.participant.shown_name,
        institution: signer.institution_name,
        by: notice.by,
    });
    page(&ChangesPage {
        w,
        layout: context.layout(Tab::People).await,
        slug: campaign.slug.clone(),
        proposals: proposals.iter().map(|proposal| ProposalView::of(&context, proposal)).collect(),
        changes: changes.collect(),
        limit: CHANGES_LISTED_MAX,
        can_change: HelpDesk::may_change_roster(campaign),
    })
}

/// The person's page again, with what was done or why it wasn't.
async fn answer(
    context: &CampaignContext,
    fields: &FormFields,
    done: Result<DeskPerson, HelpDeskError>,
    notice: PersonNotice,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let w = context.w;
    match done {
        Ok(found) => person_page(state, w, actor, campaign, found, notice).await,
        Err(error) => {
            let fault = refusal(w, error)?;
            let found = state.help_desk.person(actor.account(), campaign, chosen(fields)?).await?;
            let again = person_page(state, w, actor, campaign, found, PersonNotice::Refused(fault)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}

async fn add_page(
    context: &CampaignContext,
    layout: Layout,
    institution: &str,
    identifier: &str,
    typed: &TypedPerson,
    reason: &str,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let known = state.help_desk.institutions_to_add_to(actor.account(), campaign).await?;
    let only = known.first().filter(|_| known.len() == 1);
    let chosen = known.iter().find(|known| known.institution.code == institution).or(only);
    let units = match chosen {
        Some(chosen) => state.help_desk.units(actor.account(), campaign, &chosen.institution.code).await?,
        None => UnitChoices::default(),
    };
    let (code, name) = chosen
        .map_or_else(Default::default, |chosen| (chosen.institution.code.clone(), chosen.institution.name.clone()));
    let choice = |known: &InstitutionRoster| ChoiceView {
        value: known.institution.code.clone(),
        label: known.institution.name.clone(),
        chosen: known.institution.code == code,
    };
    page(&AddPage {
        w: context.w,
        layout,
        slug: campaign.slug.clone(),
        institutions: known.iter().map(choice).collect(),
        institution: code.clone(),
        institution_name: name,
        identifier: identifier.into(),
        row: RowForm::of(context.w, typed, &units),
        reason: reason.into(),
        can_change: HelpDesk::may_change_roster(campaign),
    })
}

pub fn typed_person(fields: &FormFields) -> TypedPerson {
    let kind = fields.get("employment");
    TypedPerson {
        name: fields.get("name").into(),
        unit: fields.get("unit").parse().ok(),
        position: fields.get("position").into(),
        rank: fields.get("rank").into(),
        location: fields.get("location").into(),
        employment: EmploymentKind::ALL.into_iter().find(|one| one.as_str() == kind),
    }
}

/// Why nothing was changed, in words; errors that aren't the person's to mend are problems.
pub fn refusal(w: Localizer, error: HelpDeskError) -> Result<String, Problem> {
    Ok(match error {
        HelpDeskError::Reason => w.t("campaign-refusal-reason"),
        HelpDeskError::NotApplicable => w.t("console-change-not-applicable"),
        HelpDeskError::NotChangeable(_) => w.t("console-change-state"),
        HelpDeskError::AlreadyListed { institution: Some(name) } => {
            w.with("console-change-listed", &[("institution", &name)])
        }
        HelpDeskError::AlreadyListed { institution: None } => w.t("console-change-listed-elsewhere"),
        HelpDeskError::Field(field, problem) => field_refusal(w, field, problem),
        HelpDeskError::Store(StoreError::Conflict) => w.t("console-change-conflict"),
        error => return Err(error.into()),
    })
}

fn field_refusal(w: Localizer, field: PersonField, problem: FieldProblem) -> String {
    let label = w.t(&format!("console-field-{}", field.as_str()));
    let label = label.as_str();
    match problem {
        FieldProblem::Empty => w.with("console-field-empty", &[("field", label)]),
        FieldProblem::TooLong(limit) => {
            w.with("console-field-long", &[("field", label), ("limit", &w.number(limit as u64))])
        }
        FieldProblem::Character(fault) => {
            let (character, place) = fault.at();
            let shown = shown_character(character);
            w.with("console-field-character", &[("field", label), ("character", &shown), ("place", &place.to_string())])
        }
        FieldProblem::Unprintable(character) => {
            let shown = shown_character(character);
            w.with("console-field-unprintable", &[("field", label), ("character", &shown)])
        }
        FieldProblem::Identifier(_) => w.t("console-field-identifier-wrong"),
        FieldProblem::Issuer => w.t("console-field-issuer"),
        FieldProblem::Unknown if field == PersonField::Unit => w.t("console-field-unit-unknown"),
        FieldProblem::Unknown => w.t("console-field-institution-unknown"),
    }
}

/// Ends the message key of a kind.
fn kind_name(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Added => "added",
        NoticeKind::Excused => "excused",
        NoticeKind::Undone => "undone",
        NoticeKind::Revoked => "revoked",
        NoticeKind::AdmittedAnew => "admitted-anew",
        NoticeKind::Corrected => "corrected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn fields_and_kinds_have_words() {
        check_built_keys("console-field-{}", PersonField::ALL.map(PersonField::as_str));
        check_built_keys("console-notice-{}", NoticeKind::ALL.map(kind_name));
    }
}

//! The form with which a person's row is corrected before they sign. It has a page of its own, since it lists all units
//! of the institution.

use super::participants::{PersonNotice, chosen, is_correctable, person_page};
use super::roster_changes::{refusal, typed_person};
use super::row_form::RowForm;
use crate::i18n::Localizer;
use crate::service::help_desk::{DeskPerson, TypedPerson};
use crate::web::console::shell::context::{CampaignContext, ChangeContext, ConsoleContext};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/people/correct.html")]
struct CorrectPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    id: String,
    number: String,
    institution: String,
    row: RowForm,
    reason: String,
}

pub async fn form(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let found = state.help_desk.person(actor.account(), campaign, chosen(&fields)?).await?;
    if !is_correctable(campaign, &found) {
        // They signed meanwhile, or don't count any more: their page says it.
        return person_page(state, context.w, actor, campaign, found, PersonNotice::None).await;
    }
    let typed = TypedPerson::of(&found.signer.participant);
    let layout = context.layout(Tab::People).await;
    correct_page(&context, layout, &found, &typed, "").await
}

pub async fn correct(ChangeContext(context): ChangeContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let (w, id, typed, reason) = (context.w, chosen(&fields)?, typed_person(&fields), fields.get("reason"));
    let fault = match state.help_desk.correct(actor.account(), campaign, id, typed.clone(), reason).await {
        Ok(found) => return person_page(state, w, actor, campaign, found, PersonNotice::Corrected).await,
        Err(error) => refusal(w, error)?,
    };
    let found = state.help_desk.person(actor.account(), campaign, id).await?;
    let again = if is_correctable(campaign, &found) {
        let layout = context.layout(Tab::People).await.refused(fault);
        correct_page(&context, layout, &found, &typed, reason).await?
    } else {
        person_page(state, w, actor, campaign, found, PersonNotice::Refused(fault)).await?
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn correct_page(
    context: &CampaignContext,
    layout: Layout,
    found: &DeskPerson,
    typed: &TypedPerson,
    reason: &str,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let person = &found.signer.participant;
    let units = state.help_desk.units(actor.account(), campaign, &person.institution).await?;
    page(&CorrectPage {
        w: context.w,
        layout,
        slug: campaign.slug.clone(),
        id: person.id.to_string(),
        number: person.identifier.shown(),
        institution: found.signer.institution_name.clone(),
        row: RowForm::of(context.w, typed, &units),
        reason: reason.into(),
    })
}

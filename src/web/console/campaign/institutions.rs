//! A campaign's institutions and their help contacts.

use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::institution::Institution;
use crate::domain::registry::RegistryNode;
use crate::i18n::Localizer;
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab, refusal};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/campaign/institutions.html")]
struct InstitutionsPage {
    w: Localizer,
    layout: Layout,
    institutions: Vec<Institution>,
    organizer_contact: String,
    can_add: bool,
    /// Whether the account sees units and no institution as a whole.
    is_units_only: bool,
    form: AddForm,
}

/// The form that adds an institution, as it was filled in.
#[derive(Default)]
struct AddForm {
    code: String,
    name: String,
    help_contact: String,
    /// Institutions of other campaigns of which one may be meant.
    known: Vec<RegistryNode>,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = &context;
    let w = context.w;
    let layout = context.layout(Tab::Institutions).await.after(w, query);
    page(&institutions_page(state, w, actor, layout, campaign, AddForm::default()).await?)
}

/// Changes a contact, or adds an institution where the form says so.
pub async fn save(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let (code, name, contact) = (fields.get("code").trim(), fields.get("name"), fields.get("help_contact"));
    let adds = fields.get("act") == "add";
    let saved = if adds {
        if !actor.is_organizer() {
            return Err(Problem::NotAllowed);
        }
        let known = state.campaigns.code_in_use(campaign, code, name).await?;
        if !known.is_empty() && !fields.has("same") {
            let form = AddForm { code: code.into(), name: name.into(), help_contact: contact.into(), known };
            let layout = context.layout(Tab::Institutions).await.refused(w.t("console-same-question"));
            let asked = page(&institutions_page(state, w, actor, layout, campaign, form).await?)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, asked).into_response());
        }
        state.campaigns.add_institution(actor.login(), campaign, code, name, contact, fields.get("same")).await
    } else {
        actor.must_see(state, campaign.id, code).await?;
        state.campaigns.save_help_contact(actor.login(), campaign, code, contact).await
    };
    let Err(fault) = saved else {
        let what = if adds { Done::InstitutionSaved } else { Done::ContactSaved };
        return Ok(context.done("/institutions", what));
    };
    let layout = context.layout(Tab::Institutions).await.refused(refusal(fault, w)?);
    let form = AddForm { code: code.into(), name: name.into(), ..AddForm::default() };
    let again = page(&institutions_page(state, w, actor, layout, campaign, form).await?)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn institutions_page(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    layout: Layout,
    campaign: &Campaign,
    form: AddForm,
) -> Result<InstitutionsPage, Problem> {
    let institutions = state.campaigns.institutions(campaign.id, actor.scope()).await?;
    Ok(InstitutionsPage {
        w,
        layout,
        institutions,
        organizer_contact: campaign.settings.help_contact.clone(),
        can_add: actor.is_organizer() && campaign.state == CampaignState::Draft,
        is_units_only: actor.sees_units_only(state, campaign.id).await?,
        form,
    })
}

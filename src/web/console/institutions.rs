//! An event's institutions and whom their people ask for help.

use super::form::Fields;
use super::frame::{Frame, done, refusal};
use super::opening::Opening;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::institution::Institution;
use crate::i18n::Words;
use crate::web::AppState;
use crate::web::access::Who;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "console/institutions.html")]
struct InstitutionsPage {
    w: Words,
    f: Frame,
    institutions: Vec<Institution>,
    organizer_contact: String,
    can_add: bool,
    code: String,
    name: String,
}

pub async fn show(opening: Opening, Query(query): Query<Vec<(String, String)>>) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let frame = Frame::of(&state, w, &who, "institutions", &campaign).await.after(w, &query);
    page(&institutions_page(&state, w, &who, frame, &campaign, "", "").await?)
}

/// Changes a contact, or adds an institution where the form says so.
pub async fn save(opening: Opening, fields: Fields) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let (code, name, contact) = (fields.get("code").trim(), fields.get("name"), fields.get("help_contact"));
    let adds = fields.get("act") == "add";
    let saved = if adds {
        if !who.is_organizer() {
            return Err(Problem::NotAllowed);
        }
        state.campaigns.add_institution(who.login(), &campaign, code, name, contact).await
    } else {
        who.must_see(code)?;
        state.campaigns.save_help_contact(who.login(), &campaign, code, contact).await
    };
    let Err(fault) = saved else {
        let what = if adds { "institution-saved" } else { "contact-saved" };
        return Ok(done(&format!("/console/k/{}/institutions", campaign.slug), what).into_response());
    };
    let frame = Frame::of(&state, w, &who, "institutions", &campaign).await.refused(refusal(fault, w)?);
    let again = page(&institutions_page(&state, w, &who, frame, &campaign, code, name).await?)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn institutions_page(
    state: &AppState,
    w: Words,
    who: &Who,
    f: Frame,
    campaign: &Campaign,
    code: &str,
    name: &str,
) -> Result<InstitutionsPage, Problem> {
    let institutions = state.campaigns.institutions(campaign.id, who.scope()).await?;
    Ok(InstitutionsPage {
        w,
        f,
        institutions,
        organizer_contact: campaign.settings.help_contact.clone(),
        can_add: who.is_organizer() && campaign.state == CampaignState::Draft,
        code: code.into(),
        name: name.into(),
    })
}

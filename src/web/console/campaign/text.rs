//! The text that is signed: edited, previewed with its hash, saved as a new version.

use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::text::{CLAUSES_MAX, Clause, PledgeText};
use crate::i18n::Localizer;
use crate::web::AppState;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::layout::{Done, Layout, Tab, refusal};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;

/// Empty clause fields offered below the filled ones.
const SPARE_CLAUSES: usize = 2;

#[derive(Template)]
#[template(path = "console/campaign/text.html")]
struct TextPage {
    w: Localizer,
    layout: Layout,
    text: PledgeText,
    /// Clause texts with spare empty fields.
    clauses: Vec<String>,
    preview: Option<Preview>,
    versions: Vec<VersionRow>,
    is_fixed: bool,
}

struct Preview {
    text: PledgeText,
    hash: String,
}

struct VersionRow {
    version: u32,
    at: String,
    by: String,
    hash: String,
    is_in_force: bool,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, campaign, query, .. } = &context;
    let w = context.w;
    let newest = state.campaigns.text_versions(campaign.id).await?.into_iter().next();
    let text = newest.map_or_else(|| empty(campaign), |version| version.body);
    let layout = context.layout(Tab::Text).await.after(w, query);
    let preview = state.campaigns.preview(campaign, &text).ok().map(Preview::of);
    page(&text_page(state, w, layout, campaign, text, preview).await?)
}

pub async fn save(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let text = read(campaign, &fields);
    let layout = context.layout(Tab::Text).await;
    let fault = match state.campaigns.preview(campaign, &text) {
        Ok(filled) if fields.get("act") != "save" => {
            let preview = Some(Preview::of(filled));
            return page(&text_page(state, w, layout, campaign, text, preview).await?);
        }
        Ok(_) => match state.campaigns.save_text(actor.login(), campaign, &text).await {
            Ok(_) => return Ok(context.done("/text", Done::TextSaved)),
            Err(fault) => fault,
        },
        Err(fault) => fault,
    };
    let layout = layout.refused(refusal(fault, w)?);
    let again = page(&text_page(state, w, layout, campaign, text, None).await?)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

impl Preview {
    fn of(text: PledgeText) -> Self {
        Self { hash: BASE64URL_NOPAD.encode(&text.hash()), text }
    }
}

async fn text_page(
    state: &AppState,
    w: Localizer,
    layout: Layout,
    campaign: &Campaign,
    text: PledgeText,
    preview: Option<Preview>,
) -> Result<TextPage, Problem> {
    let mut clauses: Vec<String> = text.clauses.iter().map(|clause| clause.text.clone()).collect();
    clauses.resize((clauses.len() + SPARE_CLAUSES).min(CLAUSES_MAX).max(clauses.len()), String::new());
    let versions = state.campaigns.text_versions(campaign.id).await?;
    let newest = versions.first().map(|version| version.version);
    let versions = versions
        .into_iter()
        .map(|version| VersionRow {
            version: version.version,
            at: local_time::moment(w, campaign.settings.zone, version.created_at),
            by: version.created_by,
            hash: BASE64URL_NOPAD.encode(&version.text_hash),
            is_in_force: newest == Some(version.version),
        })
        .collect();
    Ok(TextPage { w, layout, text, clauses, preview, versions, is_fixed: campaign.state != CampaignState::Draft })
}

/// Renumbers the clauses in their order and drops empty ones.
fn read(campaign: &Campaign, fields: &FormFields) -> PledgeText {
    let texts =
        (1..=CLAUSES_MAX).map(|place| fields.get(&format!("clause_{place}"))).filter(|text| !text.trim().is_empty());
    let clauses = (1u32..).zip(texts).map(|(id, text)| Clause { id: id.to_string(), text: text.into() }).collect();
    PledgeText {
        title: fields.get("title").into(),
        legal_basis: fields.get("legal_basis").into(),
        clauses,
        closing: fields.get("closing").into(),
        ..empty(campaign)
    }
}

fn empty(campaign: &Campaign) -> PledgeText {
    PledgeText {
        v: 1,
        kind: campaign.kind,
        locale: "id".into(),
        title: String::new(),
        legal_basis: String::new(),
        clauses: vec![],
        closing: String::new(),
    }
}

//! The letterhead of a campaign's certificates and minutes, of all institutions or of one, and how it will look.

use crate::domain::campaign::CampaignState;
use crate::domain::institution::Institution;
use crate::domain::letterhead::{LETTERHEAD_LINE_CHARS_MAX, LETTERHEAD_LINES_MAX, Letterhead};
use crate::i18n::Localizer;
use crate::service::letterheads::{EMBLEM_BYTES_MAX, EmblemChange, EmblemFault, LetterheadRefusal};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export;
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::multipart;
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

/// Longest text of the form, in bytes: more than all lines together.
const LINES_BYTES_MAX: usize = 8 * 1024;
const KIBIBYTE: usize = 1024;

#[derive(Template)]
#[template(path = "console/campaign/letterhead.html")]
struct LetterheadPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    is_draft: bool,
    institutions: Vec<Institution>,
    /// Empty: all institutions that have none of their own.
    institution: String,
    /// Whether what is shown is that of all.
    is_inherited: bool,
    /// The institutions that have their own.
    own: Vec<String>,
    lines: String,
    has_emblem: bool,
    lines_max: String,
    chars_max: String,
    kibibytes: String,
    /// The pages of a sample, as SVG.
    preview: Vec<String>,
}

/// The form as it was sent.
#[derive(Default)]
struct SentLetterhead {
    institution: String,
    lines: String,
    removes_emblem: bool,
    emblem: Vec<u8>,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let layout = context.layout(Tab::Letterhead).await.after(context.w, &context.query);
    let institution = context.query.get(QueryName::Institution).unwrap_or_default().to_string();
    letterhead_page(&context, layout, &institution, None).await
}

/// Saves the letterhead.
pub async fn save(context: CampaignContext, form: Multipart) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, w, .. } = &context;
    let sent = read(form).await?;
    let _permit = export::permit(state, actor).await?;
    let change = match (&sent.emblem[..], sent.removes_emblem) {
        ([], true) => EmblemChange::Remove,
        ([], false) => EmblemChange::Keep,
        (file, _) => EmblemChange::Replace(file),
    };
    let saved = state.letterheads.save(actor.login(), campaign, (&sent.institution, &sent.lines), change).await;
    let fault = match saved {
        Ok(()) => {
            // Codes of institutions need no escaping in an address.
            let (code, done) = (&sent.institution, Done::LetterheadSaved.as_str());
            return Ok(
                Redirect::to(&context.path(&format!("/letterhead?institution={code}&done={done}"))).into_response()
            );
        }
        Err(fault) => fault,
    };
    let words = refusal_words(fault, *w)?;
    let layout = context.layout(Tab::Letterhead).await.refused(words);
    let again = letterhead_page(&context, layout, &sent.institution, Some(&sent.lines)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn read(mut form: Multipart) -> Result<SentLetterhead, Problem> {
    let mut sent = SentLetterhead::default();
    while let Some(mut field) = form.next_field().await.map_err(|error| multipart::problem(&error))? {
        match field.name() {
            Some("institution") => sent.institution = multipart::text(&mut field, LINES_BYTES_MAX).await?,
            Some("lines") => sent.lines = multipart::text(&mut field, LINES_BYTES_MAX).await?,
            Some("remove") => sent.removes_emblem = true,
            Some("emblem") => sent.emblem = multipart::bytes(&mut field, EMBLEM_BYTES_MAX).await?,
            _ => {}
        }
    }
    Ok(sent)
}

fn refusal_words(fault: LetterheadRefusal, w: Localizer) -> Result<String, Problem> {
    let line = |key: &str, at: usize| w.with(key, &[("line", &at.to_string())]);
    Ok(match fault {
        LetterheadRefusal::Store(error) => return Err(error.into()),
        LetterheadRefusal::Stopped => return Err(Problem::Busy { retry_after_secs: 1 }),
        LetterheadRefusal::NoSuchInstitution => return Err(Problem::Unknown),
        LetterheadRefusal::NotDraft => w.t("console-letterhead-locked"),
        LetterheadRefusal::TooManyLines => w.t("console-letterhead-too-many"),
        LetterheadRefusal::LineTooLong(at) => line("console-letterhead-line-long", at),
        LetterheadRefusal::LineUnprintable(at) => line("console-letterhead-line-unprintable", at),
        LetterheadRefusal::NoLines => w.t("console-letterhead-no-lines"),
        LetterheadRefusal::Emblem(EmblemFault::NotPng) => w.t("console-letterhead-not-png"),
        LetterheadRefusal::Emblem(EmblemFault::Sides | EmblemFault::TooLong) => w.t("console-letterhead-sides"),
        LetterheadRefusal::Print(_) => w.t("console-letterhead-wide"),
    })
}

async fn letterhead_page(
    context: &CampaignContext,
    layout: Layout,
    institution: &str,
    typed: Option<&str>,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, w, .. } = context;
    let institutions = state.campaigns.institutions(campaign.id, actor.scope()).await?;
    let known = state.letterheads.list(campaign.id).await?;
    let institution = if institutions.iter().any(|one| one.code == institution) { institution } else { "" };
    let own = known.iter().find(|one| one.institution == institution);
    let preview = match state.letterheads.preview(campaign, institution).await {
        Ok(preview) => preview.unwrap_or_default(),
        Err(LetterheadRefusal::Store(error)) => return Err(error.into()),
        // What can't be printed is told where the text or the settings are saved.
        Err(_) => vec![],
    };
    let lines = |own: &Letterhead| own.lines.join("\n");
    page(&LetterheadPage {
        w: *w,
        layout,
        slug: campaign.slug.clone(),
        is_draft: campaign.state == CampaignState::Draft,
        institution: institution.into(),
        is_inherited: !institution.is_empty() && own.is_none(),
        own: known.iter().map(|one| one.institution.clone()).filter(|code| !code.is_empty()).collect(),
        lines: typed.map(String::from).or_else(|| own.map(lines)).unwrap_or_default(),
        has_emblem: own.is_some_and(|one| one.emblem.is_some()),
        institutions,
        lines_max: w.number(LETTERHEAD_LINES_MAX as u64),
        chars_max: w.number(LETTERHEAD_LINE_CHARS_MAX as u64),
        kibibytes: w.number((EMBLEM_BYTES_MAX / KIBIBYTE) as u64),
        preview,
    })
}

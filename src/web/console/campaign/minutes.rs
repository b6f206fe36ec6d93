//! Minutes: an organizer makes them once a campaign is closed, downloads them, and sends back a copy that was signed
//! elsewhere.

use crate::domain::account::Scope;
use crate::domain::campaign::CampaignState;
use crate::domain::minutes::{MINUTES_FIELD_CHARS_MAX, SIGNED_COPY_BYTES_MAX};
use crate::i18n::Localizer;
use crate::service::minutes::{MinutesEdition, MinutesError, MinutesOrder, NoSeal};
use crate::service::roster_file::employment_word;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, Export};
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::multipart;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::extract::{Multipart, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;

const PDF: &str = "application/pdf";
const MEBIBYTE: usize = 1024 * 1024;

#[derive(Template)]
#[template(path = "console/campaign/minutes.html")]
struct MinutesPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    is_closed: bool,
    /// The newest first.
    editions: Vec<EditionView>,
    letter_number: String,
    positions: String,
    reason: String,
    field_max: usize,
    copy_mebibytes: usize,
}

struct EditionView {
    number: u32,
    is_newest: bool,
    letter_number: String,
    reason: String,
    made: String,
    sha256: String,
    copy: Option<CopyView>,
}

struct CopyView {
    sent: String,
    sha256: String,
    is_extension: bool,
}

pub async fn show(context: CampaignContext) -> Result<Response, Problem> {
    let layout = context.layout(Tab::Minutes).await.after(context.w, &context.query);
    minutes_page(&context, layout, None).await
}

/// Makes the next edition.
pub async fn make(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let _permit = export::permit(state, actor).await?;
    let order = MinutesOrder {
        actor: actor.login(),
        letter_number: fields.get("letter_number"),
        reason: fields.get("reason"),
        positions: fields.get("positions"),
        open_reports: state.help_desk.open_reports(&Scope::All, campaign).await?,
        employment: employment_word,
    };
    match state.minutes.make(campaign, &order).await {
        Ok(_) => Ok(context.done("/minutes", Done::MinutesMade)),
        Err(fault) => again(&context, fault, Some(&fields)).await,
    }
}

pub async fn download(context: CampaignContext, Path((_, edition)): Path<(String, u32)>) -> Result<Response, Problem> {
    let ConsoleContext { state, campaign, .. } = &context;
    let file = state.minutes.file(campaign.id, edition).await?;
    Export::new(file).download(&format!("berita-acara-{}-{edition}.pdf", campaign.slug), PDF)
}

pub async fn download_copy(
    context: CampaignContext,
    Path((_, edition)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let ConsoleContext { state, campaign, .. } = &context;
    let file = state.minutes.copy(campaign.id, edition).await?;
    Export::new(file).download(&format!("berita-acara-{}-{edition}-resmi.pdf", campaign.slug), PDF)
}

/// Keeps a copy that was signed elsewhere.
pub async fn keep_copy(
    context: CampaignContext,
    Path((_, edition)): Path<(String, u32)>,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let mut file = vec![];
    while let Some(mut field) = form.next_field().await.map_err(|error| multipart::problem(&error))? {
        if field.name() == Some("file") {
            file = multipart::bytes(&mut field, SIGNED_COPY_BYTES_MAX).await?;
        }
    }
    match state.minutes.keep_copy(campaign.id, (edition, &file), actor.login()).await {
        Ok(()) => Ok(context.done("/minutes", Done::MinutesCopyKept)),
        Err(fault) => again(&context, fault, None).await,
    }
}

/// The page with what was typed, and why nothing was made or kept.
async fn again(
    context: &CampaignContext,
    fault: MinutesError,
    fields: Option<&FormFields>,
) -> Result<Response, Problem> {
    let w = context.w;
    let key = match fault {
        MinutesError::NotClosed => "console-minutes-not-closed",
        MinutesError::Moving => "console-minutes-moving",
        MinutesError::TooMany => "console-minutes-too-many",
        MinutesError::ReasonMissing => "console-minutes-reason-missing",
        MinutesError::TooLong => "console-minutes-too-long",
        MinutesError::NotPdf => "console-minutes-not-pdf",
        fault => return Err(fault.into()),
    };
    let layout = context.layout(Tab::Minutes).await.refused(w.t(key));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, minutes_page(context, layout, fields).await?).into_response())
}

async fn minutes_page(
    context: &CampaignContext,
    layout: Layout,
    fields: Option<&FormFields>,
) -> Result<Response, Problem> {
    let ConsoleContext { state, campaign, .. } = context;
    let w = context.w;
    let typed = |name: &str| fields.map(|fields| fields.get(name).to_string());
    let positions = || campaign.settings.officials.iter().map(|official| format!("{},", official.position));
    let mut editions = state.minutes.editions(campaign.id).await?;
    editions.reverse();
    let zone = campaign.settings.zone;
    let view = |(at, one): (usize, MinutesEdition)| EditionView {
        number: one.number,
        is_newest: at == 0,
        letter_number: one.letter_number,
        reason: one.reason,
        made: made(w, &local_time::moment(w, zone, one.made_at), &one.made_by),
        sha256: HEXLOWER.encode(&one.sha256),
        copy: one.copy.map(|copy| CopyView {
            sent: made(w, &local_time::moment(w, zone, copy.sent_at), &copy.sent_by),
            sha256: HEXLOWER.encode(&copy.sha256),
            is_extension: copy.is_extension,
        }),
    };
    page(&MinutesPage {
        w,
        layout,
        slug: campaign.slug.clone(),
        is_closed: campaign.state == CampaignState::Closed,
        editions: editions.into_iter().enumerate().map(view).collect(),
        letter_number: typed("letter_number").unwrap_or_default(),
        positions: typed("positions").unwrap_or_else(|| positions().collect::<Vec<_>>().join("\n")),
        reason: typed("reason").unwrap_or_default(),
        field_max: MINUTES_FIELD_CHARS_MAX,
        copy_mebibytes: SIGNED_COPY_BYTES_MAX / MEBIBYTE,
    })
}

/// When, and by which account.
fn made(w: Localizer, at: &str, by: &str) -> String {
    w.with("console-minutes-made", &[("at", at), ("by", by)])
}

impl From<MinutesError> for Problem {
    fn from(error: MinutesError) -> Self {
        match error {
            MinutesError::Unknown => Self::Unknown,
            MinutesError::Store(error) | MinutesError::Seal(NoSeal::Store(error)) => error.into(),
            MinutesError::Stopped => Self::Busy { retry_after_secs: 1 },
            MinutesError::Seal(error @ NoSeal::Key(_)) => {
                tracing::error!(%error, "minutes can't be sealed");
                Self::Internal
            }
            MinutesError::Print(fault) => {
                tracing::error!(%fault, "minutes can't be printed");
                Self::Internal
            }
            MinutesError::NotClosed | MinutesError::Moving | MinutesError::TooMany => Self::Conflict,
            MinutesError::ReasonMissing | MinutesError::TooLong | MinutesError::NotPdf => Self::Malformed,
        }
    }
}

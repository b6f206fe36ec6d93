//! A file of people who are added or excused after the lock: the form, and the proposal that its file becomes.

use super::proposals::{LeftOutView, refusal};
use super::row_form::{ChoiceView, excuse_reasons};
use crate::domain::account::Scope;
use crate::domain::institution::Institution;
use crate::domain::notice::ExcuseReason;
use crate::domain::proposal::{PROPOSED_PEOPLE_MAX, ProposalKind};
use crate::i18n::Localizer;
use crate::service::help_desk::{FilePurpose, HelpDesk, ProposalRefusal};
use crate::service::roster_file::{
    ImportError, ImportReport, ListedPeople, PEOPLE_FILE_BYTES_MAX, PeopleFileError, PeopleListRefusal, refusal_words,
};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::fault_rows::FaultRow;
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::multipart;
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Longest field of the form besides the file, in bytes.
const FIELD_BYTES_MAX: usize = 4_096;

#[derive(Template)]
#[template(path = "console/people/file.html")]
struct FilePage {
    w: Localizer,
    layout: Layout,
    slug: String,
    can_change: bool,
    institutions: Vec<ChoiceView>,
    /// Several institutions can be in one file.
    may_take_all: bool,
    /// Whether the account sees units and no institution as a whole.
    is_units_only: bool,
    is_adding: bool,
    reason: String,
    reasons: Vec<ChoiceView>,
    alone_max: String,
    people_max: String,
    faults: Vec<FaultRow>,
    faults_total: String,
    notes: Vec<String>,
    left_out: Vec<LeftOutView>,
}

/// The form as it was sent.
struct SentForm {
    kind: ProposalKind,
    institution: String,
    reason: String,
    excuse: ExcuseReason,
    file: Vec<u8>,
}

impl Default for SentForm {
    fn default() -> Self {
        let (institution, reason) = (String::new(), String::new());
        Self { kind: ProposalKind::AddPeople, institution, reason, excuse: ExcuseReason::Retired, file: vec![] }
    }
}

/// What was found in a file that isn't taken.
#[derive(Default)]
struct Found {
    faults: Vec<FaultRow>,
    faults_total: String,
    notes: Vec<String>,
    left_out: Vec<LeftOutView>,
}

pub async fn form(context: CampaignContext) -> Result<Response, Problem> {
    let institution = context.query.get(QueryName::Institution).unwrap_or_default().to_owned();
    file_page(&context, &SentForm { institution, ..SentForm::default() }, None, Found::default()).await
}

/// Reads the file and proposes what it is to do.
pub async fn send(context: CampaignContext, form: Multipart) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let mut sent = read(form).await?;
    if sent.file.is_empty() {
        let fault = w.t("console-roster-no-file");
        return again(&context, &sent, fault, Found::default()).await;
    }
    let institution = Some(sent.institution.clone()).filter(|code| !code.is_empty());
    let bytes = std::mem::take(&mut sent.file);
    let listed = match state.roster_uploads.listed_people(campaign, actor.account(), institution, bytes).await {
        Ok(listed) => listed,
        Err(PeopleListRefusal::Upload(refused)) => return Err(refused.into()),
        Err(PeopleListRefusal::File(refused)) => {
            let fault = file_refusal(&context, refused)?;
            return again(&context, &sent, fault, Found::default()).await;
        }
    };
    let mut found = Found::of(&context, &listed);
    if !listed.report.faults.is_empty() {
        return again(&context, &sent, w.t("console-people-file-faults"), found).await;
    }
    let purpose = match sent.kind {
        ProposalKind::AddPeople => FilePurpose::Add(sent.reason.clone()),
        ProposalKind::ExcusePeople => FilePurpose::Excuse(sent.excuse),
    };
    match state.help_desk.propose(actor.account(), campaign, listed.file, purpose).await {
        Ok(proposal) => Ok(context.done(&format!("/people/proposals/{}", proposal.id), Done::Proposed)),
        Err(refused) => {
            if let ProposalRefusal::Nobody(people) = &refused {
                found.left_out = people.iter().map(|person| LeftOutView::of(w, person)).collect();
            }
            let fault = refusal(&context, refused)?;
            again(&context, &sent, fault, found).await
        }
    }
}

impl Found {
    fn of(context: &CampaignContext, listed: &ListedPeople) -> Self {
        let w = context.w;
        let ImportReport { faults, remarks, .. } = &listed.report;
        Self {
            faults: FaultRow::first(w, faults),
            faults_total: w.number(faults.total),
            notes: remarks.words(w),
            left_out: vec![],
        }
    }
}

/// Why the file as a whole isn't taken, in words.
fn file_refusal(context: &CampaignContext, refused: PeopleFileError) -> Result<String, Problem> {
    let w = context.w;
    match refused {
        PeopleFileError::TooMany => {
            Ok(w.with("console-people-file-too-many", &[("limit", &w.number(PROPOSED_PEOPLE_MAX as u64))]))
        }
        PeopleFileError::Import(error) => match (error.file().map(|file| refusal_words(file, w)), error) {
            (Some(words), _) => Ok(words),
            (None, ImportError::Store(error)) => Err(error.into()),
            (None, _) => Err(Problem::Conflict),
        },
        PeopleFileError::Keyring(error) => Err(error.into()),
    }
}

async fn again(context: &CampaignContext, sent: &SentForm, fault: String, found: Found) -> Result<Response, Problem> {
    let page = file_page(context, sent, Some(fault), found).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn file_page(
    context: &CampaignContext,
    sent: &SentForm,
    fault: Option<String>,
    found: Found,
) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let w = context.w;
    let layout = context.layout(Tab::People).await;
    let institutions = state.campaigns.institutions(campaign.id, actor.scope()).await?;
    let choice = |known: Institution| ChoiceView {
        chosen: known.code == sent.institution,
        label: known.name,
        value: known.code,
    };
    page(&FilePage {
        w,
        layout: match fault {
            Some(fault) => layout.refused(fault),
            None => layout,
        },
        slug: campaign.slug.clone(),
        can_change: HelpDesk::may_change_roster(campaign),
        institutions: institutions.into_iter().map(choice).collect(),
        may_take_all: *actor.scope() == Scope::All,
        is_units_only: actor.sees_units_only(state, campaign.id).await?,
        is_adding: sent.kind == ProposalKind::AddPeople,
        reason: sent.reason.clone(),
        reasons: excuse_reasons(w, Some(sent.excuse)),
        alone_max: w.number(u64::from(state.help_desk.alone_max())),
        people_max: w.number(PROPOSED_PEOPLE_MAX as u64),
        faults: found.faults,
        faults_total: found.faults_total,
        notes: found.notes,
        left_out: found.left_out,
    })
}

async fn read(mut form: Multipart) -> Result<SentForm, Problem> {
    let mut sent = SentForm::default();
    while let Some(mut field) = form.next_field().await.map_err(|error| multipart::problem(&error))? {
        match field.name() {
            Some("purpose") => {
                sent.kind = ProposalKind::parse(&multipart::text(&mut field, FIELD_BYTES_MAX).await?)
                    .ok_or(Problem::Malformed)?;
            }
            Some("institution") => sent.institution = multipart::text(&mut field, FIELD_BYTES_MAX).await?,
            Some("reason") => sent.reason = multipart::text(&mut field, FIELD_BYTES_MAX).await?,
            Some("excuse") => {
                sent.excuse = ExcuseReason::parse(&multipart::text(&mut field, FIELD_BYTES_MAX).await?)
                    .ok_or(Problem::Malformed)?;
            }
            Some("file") => sent.file = multipart::bytes(&mut field, PEOPLE_FILE_BYTES_MAX).await?,
            _ => {}
        }
    }
    Ok(sent)
}

//! Files about people: access codes as a list or as slips, and who has signed. Limited to the account's scope, and
//! recorded in the audit trail with their hash before they are sent. Codes require the password again.

use crate::certificate::slips::SlipFault;
use crate::domain::account::Scope;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::disclosure::Disclosure;
use crate::domain::institution::Institution;
use crate::fair_permits::Permit;
use crate::i18n::Localizer;
use crate::service::accounts::DisclosureSize;
use crate::service::code_lists::{
    Columns, Line, ListError, Selection, SelectionError, SlipFile, ZIP_PEOPLE_MAX, write_slip_file, write_xlsx,
};
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, Export, XLSX};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::password_proof::ConfirmedForm;
use crate::web::console::shell::query::QueryName;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeSet;
use std::io::Cursor;

#[derive(Template)]
#[template(path = "console/people/lists.html")]
struct ListsPage {
    w: Localizer,
    layout: Layout,
    slug: String,
    /// Codes; else who has signed.
    is_codes: bool,
    institutions: Vec<Institution>,
    may_take_all: bool,
    institution: String,
    units: Vec<String>,
    unit: String,
    needs_password: bool,
    is_locked: bool,
}

pub async fn codes(context: CampaignContext) -> Result<Response, Problem> {
    show(&context, true).await
}

pub async fn signatures(context: CampaignContext) -> Result<Response, Problem> {
    show(&context, false).await
}

async fn show(context: &CampaignContext, is_codes: bool) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, query, .. } = context;
    let w = context.w;
    let asked = query.get(QueryName::Institution).unwrap_or("");
    page(&lists_page(state, w, actor, campaign, is_codes, asked, "").await?)
}

/// The file of codes; requires a password typed within the last minutes.
pub async fn codes_file(context: CampaignContext, confirmed: ConfirmedForm) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let ConfirmedForm { fields, disclosure } = confirmed;
    let selection = selection(&context, &fields, None).await?;
    let permit = export::permit(state, actor).await?;
    let people = match selected(state, actor, campaign, &selection, w).await? {
        Ok(people) => people,
        Err(fault) => return again(state, w, actor, campaign, true, &fields, fault).await,
    };
    let count = people.len() as u64;
    let (name, media_type, format, bytes) = if fields.get("format") == "pdf" {
        match slips(permit, state, campaign, people, disclosure, w).await? {
            Ok(SlipFile::Pdf(bytes)) => ("kode-akses.pdf", "application/pdf", "pdf", bytes),
            Ok(SlipFile::Zip(bytes)) => ("kode-akses.zip", "application/zip", "zip", bytes),
            Err(fault) => return again(state, w, actor, campaign, true, &fields, fault).await,
        }
    } else {
        ("kode-akses.xlsx", XLSX, "xlsx", workbook(permit, people, Columns::Codes(disclosure), w).await?)
    };
    let file = Export::new(bytes);
    let event = AuditEvent::CodesExported {
        unit: recorded_unit(&context, &selection).await?,
        institution: selection.institution,
        format: format.into(),
        people: count,
        sha256: file.sha256(),
    };
    state.audit_trail.record(Some(campaign.id), actor.login(), event).await?;
    file.download(name, media_type)
}

/// The file of who has signed and who hasn't.
pub async fn signatures_file(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let (list, signed) = match fields.get("signed") {
        "yes" => ("signed", Some(true)),
        "no" => ("not_signed", Some(false)),
        _ => ("all", None),
    };
    let selection = selection(&context, &fields, signed).await?;
    let permit = export::permit(state, actor).await?;
    let people = match selected(state, actor, campaign, &selection, w).await? {
        Ok(people) => people,
        Err(fault) => return again(state, w, actor, campaign, false, &fields, fault).await,
    };
    let count = people.len() as u64;
    let file = Export::new(workbook(permit, people, Columns::Signatures(campaign.settings.zone), w).await?);
    let event = AuditEvent::ListExported {
        list: list.into(),
        unit: recorded_unit(&context, &selection).await?,
        institution: selection.institution,
        people: count,
        sha256: file.sha256(),
    };
    state.audit_trail.record(Some(campaign.id), actor.login(), event).await?;
    file.download("daftar-penandatangan.xlsx", XLSX)
}

/// The form's choice, within the account's scope. Only an account with all institutions may leave it empty.
async fn selection(context: &CampaignContext, fields: &FormFields, signed: Option<bool>) -> Result<Selection, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    let chosen = |name: &str| Some(fields.get(name).to_string()).filter(|value| !value.is_empty());
    let institution = chosen("institution");
    match &institution {
        Some(code) => actor.must_see_part(state, campaign.id, code).await?,
        None if *actor.scope() != Scope::All => return Err(Problem::NotAllowed),
        None => {}
    }
    let unit = chosen("unit").filter(|_| institution.is_some());
    Ok(Selection { institution, unit, signed, added: !fields.get("added").is_empty() })
}

/// The unit that the audit trail names: the chosen one, or the part of the institution that the account sees.
async fn recorded_unit(context: &CampaignContext, selection: &Selection) -> Result<Option<String>, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = context;
    match (&selection.unit, &selection.institution) {
        (None, Some(code)) => {
            let visible = state.campaigns.visible_institutions(campaign.id, actor.scope()).await?;
            Ok(visible.view(code).named())
        }
        (chosen, _) => Ok(chosen.clone()),
    }
}

/// The people, or why there is no list of them.
async fn selected(
    state: &AppState,
    actor: &Actor,
    campaign: &Campaign,
    selection: &Selection,
    w: Localizer,
) -> Result<Result<Vec<Line>, String>, Problem> {
    match state.code_lists.lines(campaign, actor.scope(), selection).await {
        Ok(people) if people.is_empty() => Ok(Err(w.t("console-lists-nobody"))),
        Ok(people) => Ok(Ok(people)),
        Err(ListError::Selection(SelectionError::NoSuchInstitution)) => Ok(Err(w.t("list-no-such-institution"))),
        Err(ListError::Selection(SelectionError::NoSuchUnit)) => Ok(Err(w.t("list-no-such-unit"))),
        Err(ListError::Selection(SelectionError::Store(error))) => Err(error.into()),
        Err(ListError::Keyring(error)) => Err(error.into()),
        Err(ListError::Store(error)) => Err(error.into()),
    }
}

async fn workbook(permit: Permit, people: Vec<Line>, columns: Columns, w: Localizer) -> Result<Vec<u8>, Problem> {
    let write = move || {
        let mut out = Cursor::new(Vec::new());
        write_xlsx(&people, &columns, w, &mut out).map(|()| out.into_inner())
    };
    export::made(permit, write).await?.map_err(|error| {
        tracing::error!(%error, "a workbook couldn't be written");
        Problem::Internal
    })
}

async fn slips(
    permit: Permit,
    state: &AppState,
    campaign: &Campaign,
    people: Vec<Line>,
    disclosure: Disclosure,
    w: Localizer,
) -> Result<Result<SlipFile, String>, Problem> {
    let (campaign, public_url) = (campaign.clone(), state.config.public_url.clone());
    let write = move || write_slip_file(&people, &campaign, &public_url, w, &disclosure);
    match export::made(permit, write).await? {
        Ok(file) => Ok(Ok(file)),
        Err(SlipFault::TooMany { people }) => {
            let (people, most) = (w.number(people as u64), w.number(ZIP_PEOPLE_MAX as u64));
            Ok(Err(w.with("slip-too-many", &[("people", &people), ("most", &most)])))
        }
        Err(SlipFault::Qr) => Ok(Err(w.t("slip-address-too-long"))),
        Err(SlipFault::Zip) => Err(Problem::Internal),
    }
}

async fn again(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    campaign: &Campaign,
    is_codes: bool,
    fields: &FormFields,
    fault: String,
) -> Result<Response, Problem> {
    let (institution, unit) = (fields.get("institution"), fields.get("unit"));
    let mut again = lists_page(state, w, actor, campaign, is_codes, institution, unit).await?;
    again.layout = again.layout.refused(fault);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)?).into_response())
}

async fn lists_page(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    campaign: &Campaign,
    is_codes: bool,
    institution: &str,
    unit: &str,
) -> Result<ListsPage, Problem> {
    let institutions = state.campaigns.institutions_in_part(campaign.id, actor.scope()).await?;
    let known = institutions.iter().any(|one| one.code == institution);
    let units = if known {
        state.campaigns.unit_paths(campaign.id, actor.scope(), institution).await?
    } else {
        BTreeSet::new()
    };
    Ok(ListsPage {
        w,
        layout: Layout::of_campaign(state, w, actor, if is_codes { Tab::Codes } else { Tab::Lists }, campaign).await,
        slug: campaign.slug.clone(),
        is_codes,
        may_take_all: *actor.scope() == Scope::All,
        institution: if known { institution.into() } else { String::new() },
        institutions,
        units: units.into_iter().collect(),
        unit: unit.into(),
        is_locked: campaign.state != CampaignState::Draft,
        needs_password: is_codes && actor.0.needs_password(DisclosureSize::Many, state.now()),
    })
}

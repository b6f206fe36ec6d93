//! The roster as a file that can be corrected and sent back, and the template to fill in.

use crate::domain::account::Scope;
use crate::domain::audit::AuditEvent;
use crate::service::roster_file::{
    ROSTER_LIST, RosterExportError, write_roster_csv, write_roster_template, write_roster_xlsx,
};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, CSV, Export, XLSX};
use crate::web::console::shell::layout::Tab;
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::page::page;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::io::Cursor;

/// Everybody on the roster, within the account's scope. The audit trail records it before it is sent.
pub async fn export(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let institution = Some(fields.get("institution").to_string()).filter(|code| !code.is_empty());
    match &institution {
        Some(code) => actor.must_see(state, campaign.id, code).await?,
        None if *actor.scope() != Scope::All => return Err(Problem::NotAllowed),
        None => {}
    }
    let permit = export::permit(state, actor).await?;
    let lines = match state.roster_exports.lines(campaign.id, institution.as_deref()).await {
        Ok(lines) => lines,
        Err(RosterExportError::NoSuchInstitution) => return Err(Problem::Unknown),
        Err(RosterExportError::Store(error)) => return Err(error.into()),
    };
    if lines.is_empty() {
        let layout = context.layout(Tab::Roster).await.refused(w.t("roster-export-nobody"));
        let again = page(&super::roster_page(state, w, actor, layout, campaign).await?)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    let people = lines.len() as u64;
    let is_csv = fields.get("format") == "csv";
    let write = move || {
        let mut out = Cursor::new(vec![]);
        let written = if is_csv {
            write_roster_csv(&lines, w, &mut out).map_err(|error| error.to_string())
        } else {
            write_roster_xlsx(&lines, w, &mut out).map_err(|error| error.to_string())
        };
        written.map(|()| out.into_inner())
    };
    let file = Export::new(export::made(permit, write).await?.map_err(unwritable)?);
    let event =
        AuditEvent::ListExported { list: ROSTER_LIST.into(), institution, unit: None, people, sha256: file.sha256() };
    state.audit_trail.record(Some(campaign.id), actor.login(), event).await?;
    let (name, media_type) = if is_csv { ("daftar-peserta.csv", CSV) } else { ("daftar-peserta.xlsx", XLSX) };
    file.download(name, media_type)
}

/// The template. It holds nobody.
pub async fn template(context: CampaignContext) -> Result<Response, Problem> {
    let mut out = Cursor::new(vec![]);
    write_roster_template(context.w, &mut out).map_err(|error| unwritable(error.to_string()))?;
    Export::new(out.into_inner()).download("contoh-daftar-peserta.xlsx", XLSX)
}

fn unwritable(error: String) -> Problem {
    tracing::error!(%error, "a roster couldn't be written");
    Problem::Internal
}

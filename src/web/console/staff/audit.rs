//! The audit trail: who did what, page by page, and as a file.

use crate::domain::audit::{AuditEntryId, AuditEvent};
use crate::domain::ids::CampaignId;
use crate::domain::time::Zone;
use crate::i18n::Localizer;
use crate::service::audit_trail::ChainedEntry;
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::console::shell::audit_words::{EntryRow, entry_row, name_and_fields, newest_hash};
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::{self, CSV, Export, csv};
use crate::web::console::shell::layout::{Layout, Tab};
use crate::web::console::shell::query::{QueryName, QueryParams};
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

const PAGE_ENTRIES: u32 = 50;

#[derive(Template)]
#[template(path = "console/staff/audit.html")]
struct AuditPage {
    w: Localizer,
    layout: Layout,
    entries: Vec<EntryRow>,
    newest: Option<String>,
    /// Where the export is posted to.
    export: String,
    /// Leads to older entries.
    older: Option<String>,
}

pub async fn installation(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { state, query, .. } = &context;
    let w = context.w;
    let layout = context.layout(Tab::Audit);
    show(state, w, layout, None, Zone::default(), "/console/audit", query).await
}

pub async fn show_campaign(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, campaign, query, .. } = &context;
    let w = context.w;
    let layout = context.layout(Tab::Trail).await;
    let path = context.path("/audit");
    show(state, w, layout, Some(campaign.id), campaign.settings.zone, &path, query).await
}

async fn show(
    state: &AppState,
    w: Localizer,
    layout: Layout,
    of: Option<CampaignId>,
    zone: Zone,
    path: &str,
    query: &QueryParams,
) -> Result<Response, Problem> {
    let before = query.get(QueryName::Before).and_then(parse);
    let entries = state.audit_trail.page(of, before, PAGE_ENTRIES).await?;
    let is_full = entries.len() == PAGE_ENTRIES as usize;
    let last = entries.last().filter(|_| is_full);
    let older = last.map(|entry| format!("{path}?before={}", BASE64URL_NOPAD.encode(&entry.id.0)));
    let entries = entries.iter().map(|entry| entry_row(w, zone, entry)).collect();
    let newest = newest_hash(state, w, of).await?;
    page(&AuditPage { w, layout, entries, newest, export: format!("{path}.csv"), older })
}

fn parse(text: &str) -> Option<AuditEntryId> {
    Some(AuditEntryId(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()?))
}

pub async fn export_installation(context: ConsoleContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, .. } = &context;
    let w = context.w;
    export(state, w, actor, None, "jejak-audit.csv").await
}

pub async fn export_campaign(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    export(state, w, actor, Some(campaign.id), &format!("jejak-audit-{}.csv", campaign.slug)).await
}

async fn export(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    of: Option<CampaignId>,
    name: &str,
) -> Result<Response, Problem> {
    let permit = export::permit(state, actor).await?;
    let entries = state.audit_trail.export(of).await?;
    let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let columns = [
        "console-audit-time",
        "console-audit-actor",
        "console-audit-level",
        "console-audit-event",
        "console-audit-detail",
        "console-audit-line",
        "console-audit-hash",
    ];
    let columns = columns.map(|key| w.t(key));
    let write = move || csv(std::iter::once(columns.to_vec()).chain(entries.iter().map(line)));
    let file = Export::new(export::made(permit, write).await??);
    // First the trail, then the file: nothing leaves unrecorded.
    let event = AuditEvent::AuditExported { entries: count, sha256: file.sha256() };
    state.audit_trail.record(of, actor.login(), event).await?;
    file.download(name, CSV)
}

fn line(ChainedEntry { entry, link }: &ChainedEntry) -> Vec<String> {
    let (event, details) = name_and_fields(&entry.event);
    let detail: Vec<_> = details.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let level = entry.event.level().as_str().into();
    let (line, hash) = link.map_or_else(Default::default, |(line, hash)| (line.to_string(), HEXLOWER.encode(&hash)));
    vec![entry.at.rfc3339(), entry.actor.clone(), level, event, detail.join("; "), line, hash]
}

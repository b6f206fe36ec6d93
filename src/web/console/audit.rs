//! The audit trail: who did what, page by page, and as a file.

use super::export::{self, CSV, Export, csv};
use super::frame::{Frame, campaign};
use crate::domain::audit::{Entry, EntryId, Event};
use crate::domain::ids::CampaignId;
use crate::domain::time::Zone;
use crate::i18n::Words;
use crate::service::audit_trail::NOTED_BYTES_MIN;
use crate::store::audit::ChainedEntry;
use crate::web::AppState;
use crate::web::access::Who;
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::when;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::Value;

const PAGE_ENTRIES: u32 = 50;
/// Entries in one file, newest first. Older ones stay in the database.
const EXPORT_ENTRIES_MAX: usize = 100_000;
const EXPORT_CHUNK: u32 = 1_000;

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    w: Words,
    f: Frame,
    entries: Vec<EntryRow>,
    newest: Option<String>,
    /// Where the export is posted to.
    export: String,
    /// Leads to older entries.
    older: Option<String>,
}

struct EntryRow {
    at: String,
    actor: String,
    level: &'static str,
    level_words: String,
    event: String,
    details: Vec<(String, String)>,
}

pub async fn installation(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let frame = Frame::new(w, &who, "audit");
    show(&state, w, frame, None, Zone::default(), "/console/audit", &query).await
}

pub async fn show_campaign(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let campaign = campaign(&state, &slug).await?;
    let frame = Frame::of(&state, w, &who, "trail", &campaign).await;
    let path = format!("/console/k/{slug}/audit");
    show(&state, w, frame, Some(campaign.id), campaign.settings.zone, &path, &query).await
}

async fn show(
    state: &AppState,
    w: Words,
    f: Frame,
    of: Option<CampaignId>,
    zone: Zone,
    path: &str,
    query: &[(String, String)],
) -> Result<Response, Problem> {
    let before = query.iter().find(|(key, _)| key == "before").and_then(|(_, value)| parse(value));
    let entries = state.store.audit_page(of, before, PAGE_ENTRIES).await?;
    let is_full = entries.len() == PAGE_ENTRIES as usize;
    let last = entries.last().filter(|_| is_full);
    let older = last.map(|entry| format!("{path}?before={}", BASE64URL_NOPAD.encode(&entry.id.0)));
    let entries = entries.iter().map(|entry| row(w, zone, entry)).collect();
    let newest = newest(state, w, of).await?;
    page(&AuditPage { w, f, entries, newest, export: format!("{path}.csv"), older })
}

/// The trail's newest hash as it is written down on paper, half of it in groups of four: nobody finds another trail that
/// begins alike.
pub(super) async fn newest(state: &AppState, w: Words, of: Option<CampaignId>) -> Result<Option<String>, Problem> {
    let Some(head) = state.store.audit_head(of).await? else { return Ok(None) };
    let groups: Vec<String> = head.hash[..NOTED_BYTES_MIN].chunks(2).map(|pair| HEXLOWER.encode(pair)).collect();
    Ok(Some(w.with("console-audit-newest-is", &[("lines", &w.number(head.lines)), ("hash", &groups.join(" "))])))
}

fn parse(text: &str) -> Option<EntryId> {
    Some(EntryId(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()?))
}

fn row(w: Words, zone: Zone, entry: &Entry) -> EntryRow {
    let (name, details) = told(&entry.event);
    let details = details.into_iter().map(|(field, value)| (field_words(w, &field), value_words(w, &field, value)));
    let unknown = matches!(entry.event, Event::SignInFailed { login: None, .. });
    let unknown = unknown.then(|| (field_words(w, "login"), w.t("console-audit-login-unknown")));
    let level = entry.event.level().as_str();
    EntryRow {
        at: when::exact(w, zone, entry.at),
        actor: entry.actor.clone(),
        level,
        level_words: w.t(&format!("console-audit-level-{level}")),
        event: w.t(&format!("console-audit-{}", name.replace('_', "-"))),
        details: unknown.into_iter().chain(details).collect(),
    }
}

fn field_words(w: Words, field: &str) -> String {
    w.t(&format!("console-audit-field-{}", field.replace('_', "-")))
}

/// States and roles have words; what is left is a name, a number or somebody's own sentence.
fn value_words(w: Words, field: &str, value: String) -> String {
    match field {
        "from" | "to" => w.t(&format!("campaign-state-{value}")),
        "purpose" => w.t(&format!("console-audit-purpose-{value}")),
        "role" | "role_before" => w.t(&format!("account-role-{value}")),
        _ => value,
    }
}

/// The event's stored name, and its fields as short texts; empty ones left out.
fn told(event: &Event) -> (String, Vec<(String, String)>) {
    let stored = serde_json::to_value(event).unwrap_or_default();
    let name = stored["event"].as_str().unwrap_or_default().to_string();
    let details = stored["detail"].as_object().into_iter().flatten();
    let details = details.filter_map(|(key, value)| {
        let value = match value {
            Value::Null => return None,
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) => text.clone(),
            Value::Array(codes) if codes.is_empty() => return None,
            Value::Array(codes) => codes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        Some((key.clone(), value))
    });
    (name, details.collect())
}

pub async fn export_installation(State(state): State<AppState>, w: Words, who: Who) -> Result<Response, Problem> {
    export(&state, w, &who, None, "jejak-audit.csv").await
}

pub async fn export_campaign(
    State(state): State<AppState>,
    w: Words,
    who: Who,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let campaign = campaign(&state, &slug).await?;
    export(&state, w, &who, Some(campaign.id), &format!("jejak-audit-{slug}.csv")).await
}

async fn export(
    state: &AppState,
    w: Words,
    who: &Who,
    of: Option<CampaignId>,
    name: &str,
) -> Result<Response, Problem> {
    let place = export::place(state, who).await?;
    let mut entries: Vec<ChainedEntry> = vec![];
    while entries.len() < EXPORT_ENTRIES_MAX {
        let before = entries.last().map(|chained| chained.entry.id);
        let chunk = state.store.audit_links(of, before, EXPORT_CHUNK).await?;
        let is_last = chunk.len() < EXPORT_CHUNK as usize;
        entries.extend(chunk);
        if is_last {
            break;
        }
    }
    let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let columns = ["time", "actor", "level", "event", "detail", "line", "hash"];
    let columns = columns.map(|column| w.t(&format!("console-audit-{column}")));
    let write = move || csv(std::iter::once(columns.to_vec()).chain(entries.iter().map(line)));
    let file = Export::new(export::made(place, write).await??);
    // First the trail, then the file: nothing leaves unrecorded.
    let event = Event::AuditExported { entries: count, sha256: file.sha256() };
    state.accounts.record(of, who.login(), event).await?;
    file.download(name, CSV)
}

fn line(ChainedEntry { entry, link }: &ChainedEntry) -> Vec<String> {
    let (event, details) = told(&entry.event);
    let detail: Vec<_> = details.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let level = entry.event.level().as_str().into();
    let (line, hash) = link.map_or_else(Default::default, |(line, hash)| (line.to_string(), HEXLOWER.encode(&hash)));
    vec![entry.at.rfc3339(), entry.actor.clone(), level, event, detail.join("; "), line, hash]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::ACTOR_CLOCK;
    use crate::domain::time::UnixMillis;
    use crate::i18n::Lang;
    use serde_json::json;

    /// Every event with all its fields, as it is stored.
    fn events() -> Vec<Event> {
        let of = |institution| json!({"institution": institution, "unit": "SMA 1", "format": "pdf", "list": "all"});
        let mut all = of("16.71");
        let more = json!({
            "login": "bkd", "role": "operator", "disabled": true, "slug": "sumsel", "template": "ikrar-netralitas",
            "title": "Ikrar", "version": 2, "text_hash": "aGFzaA", "institutions": 18, "opens_at": "2027-01-04T01:00:00Z",
            "closes_at": "2027-01-05T01:00:00Z", "reason": "listrik padam", "from": "open", "to": "paused", "people": 20,
            "sha256": "00ff", "faults": 3, "entries": 7, "participant": "AAAA", "found": 1, "count": 4, "report": "BBBB",
            "role_before": "viewer", "scope": ["16.71"], "scope_before": ["*"], "sessions": 2,
            "purpose": "credential", "key": "CCCC", "since": "2027-01-03T01:00:00Z", "successor": "DDDD",
            "stored_event": "a_new_event", "route": "GET /console/accounts", "stored_detail": "{}",
        });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let names = [
            "account_added",
            "account_changed",
            "account_reset",
            "second_factor_added",
            "second_factor_removed",
            "recovery_codes_renewed",
            "recovery_code_used",
            "sessions_ended",
            "password_changed",
            "signed_in",
            "sign_in_failed",
            "code_failed",
            "signers_code_wrong",
            "access_refused",
            "personal_page_opened",
            "not_written",
            "campaign_created",
            "settings_saved",
            "text_saved",
            "institutions_saved",
            "help_contact_saved",
            "times_moved",
            "state_changed",
            "roster_imported",
            "roster_refused",
            "codes_exported",
            "list_exported",
            "certificates_exported",
            "audit_exported",
            "code_reissued",
            "participants_searched",
            "report_resolved",
            "pledge_revoked",
            "key_rotated",
            "key_retired",
            "key_compromised",
            "not_known_here",
        ];
        let stored = names.map(|name| json!({"event": name, "detail": all}));
        stored.into_iter().map(|event| serde_json::from_value(event).unwrap()).collect()
    }

    #[test]
    fn every_event_and_field_has_words() {
        for w in [Words(Lang::Id), Words(Lang::En)] {
            for event in events() {
                let entry = Entry::new(None, UnixMillis(1_800_000_000_000), [0; 10], ACTOR_CLOCK, event);
                let row = row(w, Zone::Wib, &entry);
                let words = row.details.iter().flat_map(|(field, value)| [field, value]);
                for text in words.chain([&row.event, &row.level_words]) {
                    assert!(!text.contains("Unknown localization"), "{}: {text}", row.event);
                }
                assert!(!row.details.is_empty(), "{}", row.event);
            }
        }
        let paused = events().into_iter().find(|event| matches!(event, Event::StateChanged { .. })).unwrap();
        let entry = Entry::new(None, UnixMillis(0), [0; 10], "bkd", paused);
        let shown = row(Words(Lang::Id), Zone::Wib, &entry).details;
        assert!(shown.contains(&("Menjadi".into(), "ditunda sementara".into())), "{shown:?}");
    }
}

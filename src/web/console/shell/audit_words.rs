//! Audit entries and the trail's newest hash written for people: on the trail's page, in its file, and for the account
//! that an entry concerns.

use super::outcome_words::outcome_words;
use crate::domain::account::Role;
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::campaign::CampaignState;
use crate::domain::certificate_copy::CertificateCopy;
use crate::domain::ids::CampaignId;
use crate::domain::key::KeyRole;
use crate::domain::misuse_report::ReportOutcome;
use crate::domain::proposal::ProposalKind;
use crate::domain::time::Zone;
use crate::i18n::Localizer;
use crate::service::accounts::role_words;
use crate::service::audit_trail::NOTED_BYTES_MIN;
use crate::service::campaigns::words::state_words;
use crate::web::error::Problem;
use crate::web::{AppState, local_time};
use data_encoding::HEXLOWER;
use serde_json::Value;

/// An entry of the trail as a page shows it.
pub struct EntryRow {
    pub at: String,
    pub actor: String,
    pub level: &'static str,
    pub level_words: String,
    pub event: String,
    pub details: Vec<(String, String)>,
}

pub fn entry_row(w: Localizer, zone: Zone, entry: &AuditEntry) -> EntryRow {
    let (name, details) = name_and_fields(&entry.event);
    let details = details.into_iter().map(|(field, value)| (field_words(w, &field), value_words(w, &field, value)));
    let unknown = matches!(entry.event, AuditEvent::SignInFailed { login: None, .. });
    let unknown = unknown.then(|| (field_words(w, "login"), w.t("console-audit-login-unknown")));
    let level = entry.event.level().as_str();
    EntryRow {
        at: local_time::exact(w, zone, entry.at),
        actor: entry.actor.clone(),
        level,
        level_words: w.t(&format!("console-audit-level-{level}")),
        event: w.t(&format!("console-audit-{}", name.replace('_', "-"))),
        details: unknown.into_iter().chain(details).collect(),
    }
}

pub fn field_words(w: Localizer, field: &str) -> String {
    w.t(&format!("console-audit-field-{}", field.replace('_', "-")))
}

fn purpose_words(role: KeyRole, w: Localizer) -> String {
    w.t(&format!("console-audit-purpose-{}", role.as_str()))
}

/// What a proposal does, in words.
pub fn change_words(kind: ProposalKind, w: Localizer) -> String {
    w.t(&format!("console-proposal-{}", kind.as_str()))
}

/// Translates states, roles, yes and no; other values are names, numbers or free text.
fn value_words(w: Localizer, field: &str, value: String) -> String {
    match field {
        "from" | "to" => CampaignState::parse(&value).map_or(value, |state| state_words(state, w)),
        "purpose" => KeyRole::parse(&value).map_or(value, |role| purpose_words(role, w)),
        "role" | "role_before" => Role::parse(&value).map_or(value, |role| role_words(role, w)),
        "outcome" => ReportOutcome::parse(&value).map_or(value, |outcome| outcome_words(outcome, w)),
        "copy" if value == CertificateCopy::Own.as_str() => w.t("console-audit-copy-own"),
        "copy" => w.t("console-audit-copy-public"),
        "change" => ProposalKind::parse(&value).map_or(value, |kind| change_words(kind, w)),
        "disabled" | "was_given" | "new_device" => {
            w.t(if value == "true" { "console-audit-yes" } else { "console-audit-no" })
        }
        _ => value,
    }
}

/// The event's stored name, and its fields as short texts, without empty ones.
pub fn name_and_fields(event: &AuditEvent) -> (String, Vec<(String, String)>) {
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

/// The trail's newest hash as it is noted on paper: its first half, in groups of four digits. Half is enough: making
/// another trail whose newest hash begins with the same 128 bits is infeasible.
pub async fn newest_hash(state: &AppState, w: Localizer, of: Option<CampaignId>) -> Result<Option<String>, Problem> {
    let Some(head) = state.audit_trail.head(of).await? else { return Ok(None) };
    let groups: Vec<String> = head.hash[..NOTED_BYTES_MIN].chunks(2).map(|pair| HEXLOWER.encode(pair)).collect();
    Ok(Some(w.with("console-audit-newest-is", &[("lines", &w.number(head.lines)), ("hash", &groups.join(" "))])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::ACTOR_CLOCK;
    use crate::domain::audit::AuditLevel;
    use crate::domain::time::UnixMillis;
    use crate::every_variant::every_variant;
    use crate::i18n::Lang;
    use crate::i18n::check_built_keys;
    use serde_json::json;
    use std::collections::BTreeSet;

    /// Every event's name, as it is stored.
    fn event_names() -> Vec<String> {
        let names = every_variant!(names AuditEvent:
            AccountAdded, AccountChanged, AccountReset, SecondFactorAdded, SecondFactorRemoved,
            RecoveryCodesRenewed, RecoveryCodeUsed, SessionsEnded, PasswordChanged, PasswordTooEasy, SignedIn,
            SignInFailed, CodeFailed, SignersCodeWrong, AccessRefused, PersonalPageOpened, SealedReportsOpened,
            NotWritten,
            CampaignCreated, SettingsSaved, TextSaved, InstitutionsSaved, HelpContactSaved, TimesMoved,
            StateChanged, RosterImported, RosterRefused, CodesExported, ListExported, CertificatesRequested, CertificatesExported,
            MinutesMade, MinutesCopyKept, LetterheadSaved,
            AuditExported, CodeReissued, ParticipantsSearched, ReportTaken, ReportResolved, UnlistedReportsResolved,
            PledgeRevoked, PersonAdded, PersonExcused, RosterChangeUndone, PersonCorrected, PersonAdmittedAnew,
            ChangesProposed, ChangesApproved, ChangesRejected, ChangesCarriedOut, KeyRotated,
            KeyRetired, KeyExported, KeyForgotten, KeyCompromised, NotKnownHere
        );
        names.into_iter().map(snake_case).collect()
    }

    /// As serde writes a variant's name.
    fn snake_case(name: &str) -> String {
        let mut snake = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        snake
    }

    /// Every event with all its fields, as it is stored.
    fn events() -> Vec<AuditEvent> {
        let of = |institution| json!({"institution": institution, "edition": 2, "unit": "SMA 1", "format": "pdf", "list": "all"});
        let mut all = of("16.71");
        let more = json!({
            "login": "bkd", "role": "operator", "disabled": true, "slug": "sumsel", "template": "ikrar-netralitas",
            "title": "Ikrar", "version": 2, "text_hash": "aGFzaA", "institutions": 18, "opens_at": "2027-01-04T01:00:00Z",
            "closes_at": "2027-01-05T01:00:00Z", "reason": "listrik padam", "from": "open", "to": "paused", "people": 20,
            "sha256": "00ff", "copy": "own", "faults": 3, "entries": 7, "participant": "AAAA", "found": 1, "count": 4, "report": "BBBB", "reports": 12, "outcome": "told",
            "role_before": "viewer", "scope": ["16.71"], "scope_before": ["*"], "sessions": 2, "was_given": true,
            "new_device": true, "renamed": ["16/2 A -> B"], "change": "add-people", "left_out": 2,
            "purpose": "credential", "key": "CCCC", "since": "2027-01-03T01:00:00Z", "successor": "DDDD",
            "stored_event": "a_new_event", "route": "GET /console/accounts", "stored_detail": "{}",
        });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let stored = event_names().into_iter().map(|name| json!({"event": name, "detail": all}));
        stored.map(|event| serde_json::from_value(event).unwrap()).collect()
    }

    #[test]
    fn every_event_and_field_has_words() {
        for w in [Localizer(Lang::Id), Localizer(Lang::En)] {
            for event in events() {
                let entry = AuditEntry::new(None, UnixMillis(1_800_000_000_000), [0; 10], ACTOR_CLOCK, event);
                let row = entry_row(w, Zone::Wib, &entry);
                let words = row.details.iter().flat_map(|(field, value)| [field, value]);
                for text in words.chain([&row.event, &row.level_words]) {
                    assert!(!text.contains("Unknown localization"), "{}: {text}", row.event);
                }
                assert!(!row.details.is_empty(), "{}", row.event);
            }
        }
        let paused = events().into_iter().find(|event| matches!(event, AuditEvent::StateChanged { .. })).unwrap();
        let entry = AuditEntry::new(None, UnixMillis(0), [0; 10], "bkd", paused);
        let shown = entry_row(Localizer(Lang::Id), Zone::Wib, &entry).details;
        assert!(shown.contains(&("Menjadi".into(), "ditunda sementara".into())), "{shown:?}");
    }

    #[test]
    fn every_key_of_the_trail_is_built_from_what_is_stored() {
        check_built_keys("console-audit-{}", event_names().iter().map(|name| name.replace('_', "-")));
        check_built_keys("console-audit-level-{}", AuditLevel::ALL.map(AuditLevel::as_str));
        check_built_keys("console-proposal-{}", ProposalKind::ALL.map(ProposalKind::as_str));
        check_built_keys("console-audit-purpose-{}", KeyRole::ALL.map(KeyRole::as_str));
        let fields: BTreeSet<String> = events()
            .iter()
            .flat_map(|event| name_and_fields(event).1)
            .map(|(field, _)| field.replace('_', "-"))
            .collect();
        check_built_keys("console-audit-field-{}", fields);
    }
}

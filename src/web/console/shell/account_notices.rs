//! Changes to an account that each page shows its owner until they mark them as read.

use super::audit_words;
use crate::domain::audit::{ACTOR_COMMAND_LINE, ACTOR_SERVICE, AuditEntry};
use crate::domain::time::Zone;
use crate::i18n::Localizer;
use crate::service::accounts::AccountNotice;
use crate::web::access::Actor;
use crate::web::local_time;

/// A notice as pages show it.
pub struct NoticeRow {
    pub event: String,
    /// When, how often, and by whom.
    pub when: String,
    /// A reason, or what an account may do now.
    pub details: Vec<(String, String)>,
}

/// The notices not yet read.
pub struct Unread {
    pub rows: Vec<NoticeRow>,
    /// When the latest of them happened; sent back to mark them as read.
    pub until: i64,
}

impl Unread {
    pub fn of(w: Localizer, actor: &Actor) -> Option<Self> {
        let until = actor.0.notices.iter().map(|notice| notice.last_at.0).max()?;
        Some(Self { rows: rows(w, actor.login(), &actor.0.notices), until })
    }
}

pub fn rows(w: Localizer, login: &str, notices: &[AccountNotice]) -> Vec<NoticeRow> {
    notices.iter().map(|notice| row(w, login, notice)).collect()
}

fn row(w: Localizer, login: &str, notice: &AccountNotice) -> NoticeRow {
    let entry = AuditEntry::new(None, notice.last_at, [0; 10], &notice.actor, notice.event.clone());
    let shown = audit_words::entry_row(w, Zone::Wib, &entry);
    let by = match notice.actor.as_str() {
        ACTOR_SERVICE => None,
        ACTOR_COMMAND_LINE => Some(w.t("console-notices-by-server")),
        actor if actor == login => Some(w.t("console-notices-by-you")),
        actor => Some(w.with("console-notices-by", &[("actor", actor)])),
    };
    let often = (notice.count > 1).then(|| {
        let since = local_time::exact(w, Zone::Wib, notice.first_at);
        w.with("console-notices-times", &[("times", &w.number(notice.count)), ("since", &since)])
    });
    let when: Vec<String> = [Some(shown.at), often, by].into_iter().flatten().collect();
    let known = [audit_words::field_words(w, "login"), audit_words::field_words(w, "count")];
    let details = shown.details.into_iter().filter(|(field, _)| !known.contains(field)).collect();
    NoticeRow { event: shown.event, when: when.join(", "), details }
}

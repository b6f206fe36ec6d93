//! Notices to the owners of accounts, each written with the audit line that causes it.

use super::audit_events::{event_of, stored_event};
use super::columns::u64_column;
use super::write_result::commit;
use super::{Connection, Database, Row};
use crate::domain::audit::AuditEntry;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::account_notices::{AccountNotice, AccountNoticeStore};
use async_trait::async_trait;
use sqlx::Row as _;
use std::collections::BTreeMap;

#[async_trait]
impl AccountNoticeStore for Database {
    async fn notices(&self, login: &str) -> Result<Vec<AccountNotice>, StoreError> {
        let rows = sqlx::query("SELECT * FROM account_notice WHERE login = $1 ORDER BY last_at DESC, event")
            .bind(login)
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(notice).collect()
    }

    async fn read_notices(&self, login: &str, until: UnixMillis) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("UPDATE account_notice SET is_read = TRUE WHERE login = $1 AND last_at <= $2")
                .bind(login)
                .bind(until.0)
                .execute(&mut *tx)
                .await?;
            commit(tx).await
        })
        .await
    }
}

/// Writes the notices that these audit lines cause, in the order of their keys, so that two transactions can't
/// deadlock.
pub(super) async fn put(tx: &mut Connection, entries: &[AuditEntry]) -> Result<(), StoreError> {
    let mut told: BTreeMap<(&str, String), Vec<(&AuditEntry, String)>> = BTreeMap::new();
    for entry in entries {
        if let Some(login) = entry.event.notified_login() {
            let (name, detail) = stored_event(&entry.event)?;
            told.entry((login, name)).or_default().push((entry, detail));
        }
    }
    for ((login, name), entries) in told {
        for (entry, detail) in entries {
            sqlx::query(
                "INSERT INTO account_notice (login, event, detail, actor, times, first_at, last_at, is_read) \
                 VALUES ($1, $2, $3, $4, $5, $6, $6, FALSE) ON CONFLICT (login, event) DO UPDATE SET \
                 detail = excluded.detail, actor = excluded.actor, last_at = excluded.last_at, is_read = FALSE, \
                 times = CASE WHEN account_notice.is_read THEN excluded.times \
                 ELSE account_notice.times + excluded.times END, \
                 first_at = CASE WHEN account_notice.is_read THEN excluded.first_at \
                 ELSE account_notice.first_at END",
            )
            .bind(login)
            .bind(&name)
            .bind(detail)
            .bind(&entry.actor)
            .bind(i64::try_from(entry.event.count()).map_err(|_| StoreError::Corrupt("times"))?)
            .bind(entry.at.0)
            .execute(&mut *tx)
            .await?;
        }
    }
    Ok(())
}

fn notice(row: &Row) -> Result<AccountNotice, StoreError> {
    Ok(AccountNotice {
        event: event_of(row)?,
        actor: row.try_get("actor")?,
        count: u64_column(row, "times")?,
        first_at: UnixMillis(row.try_get("first_at")?),
        last_at: UnixMillis(row.try_get("last_at")?),
        is_read: row.try_get("is_read")?,
    })
}

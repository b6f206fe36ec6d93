//! Console accounts and sessions.

use super::columns::bytes_column;
use super::write_result::{commit, require_one_row};
use super::{Database, Row, audit};
use crate::domain::account::{Account, Role, Scope};
use crate::domain::audit::AuditEntry;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::accounts::{AccountStore, ConsoleSession, ShownCodeRule};
use async_trait::async_trait;
use sqlx::Row as _;

/// `given_until` of a password that the owner chose.
const OWN_PASSWORD: i64 = -1;
/// `given_until` of a given password that an earlier program stored without an end.
const END_NOT_STORED: i64 = 0;

#[async_trait]
impl AccountStore for Database {
    async fn add_account(&self, account: &Account, password_hash: &str, audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query(
                "INSERT INTO account (login, display_name, role, institutions, password_hash, must_change, disabled, \
             created_at, given_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(&account.login)
            .bind(&account.display_name)
            .bind(account.role.as_str())
            .bind(scope_json(&account.scope)?)
            .bind(password_hash)
            .bind(account.must_change_password)
            .bind(account.disabled)
            .bind(account.created_at.0)
            .bind(account.one_time_until.map_or(OWN_PASSWORD, |until| until.0))
            .execute(&mut *tx)
            .await?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn account(&self, login: &str) -> Result<Option<(Account, String)>, StoreError> {
        let row = sqlx::query("SELECT * FROM account WHERE login = $1")
            .bind(login)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| Ok((account(&row)?, row.try_get("password_hash")?))).transpose()
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query("SELECT * FROM account ORDER BY login").fetch_all(&mut *self.reader().await?).await?;
        rows.iter().map(account).collect()
    }

    async fn save_account(&self, account: &Account, audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query(
                "UPDATE account SET display_name = $2, role = $3, institutions = $4, disabled = $5 WHERE login = $1",
            )
            .bind(&account.login)
            .bind(&account.display_name)
            .bind(account.role.as_str())
            .bind(scope_json(&account.scope)?)
            .bind(account.disabled)
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            if account.disabled {
                sqlx::query("DELETE FROM console_session WHERE login = $1")
                    .bind(&account.login)
                    .execute(&mut *tx)
                    .await?;
            }
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn set_password(
        &self,
        login: &str,
        password_hash: &str,
        one_time_until: Option<UnixMillis>,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let done = sqlx::query(
                "UPDATE account SET password_hash = $2, must_change = $3, given_until = $4 WHERE login = $1",
            )
            .bind(login)
            .bind(password_hash)
            .bind(one_time_until.is_some())
            .bind(one_time_until.map_or(OWN_PASSWORD, |until| until.0))
            .execute(&mut *tx)
            .await?;
            require_one_row(done.rows_affected())?;
            sqlx::query("DELETE FROM console_session WHERE login = $1").bind(login).execute(&mut *tx).await?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn ask_for_change(&self, login: &str, password_hash: &str, audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let asked = sqlx::query(
                "UPDATE account SET must_change = TRUE, given_until = $3 \
                 WHERE login = $1 AND password_hash = $2 AND NOT must_change",
            )
            .bind(login)
            .bind(password_hash)
            .bind(OWN_PASSWORD)
            .execute(&mut *tx)
            .await?;
            if asked.rows_affected() > 0 {
                audit::put(&mut tx, audit).await?;
            }
            commit(tx).await
        })
        .await
    }

    async fn end_given_passwords(&self, until: UnixMillis) -> Result<u64, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let ended = sqlx::query("UPDATE account SET given_until = $1 WHERE must_change AND given_until = $2")
                .bind(until.0)
                .bind(END_NOT_STORED)
                .execute(&mut *tx)
                .await?;
            commit(tx).await?;
            Ok(ended.rows_affected())
        })
        .await
    }

    async fn start_session(&self, token_hash: &[u8; 32], session: &ConsoleSession) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("DELETE FROM console_session WHERE expires_at <= $1")
                .bind(session.created_at.0)
                .execute(&mut *tx)
                .await?;
            sqlx::query(
                "INSERT INTO console_session (token_hash, login, created_at, expires_at, confirmed_at, used_at, \
                 desk_codes) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(token_hash.as_slice())
            .bind(&session.login)
            .bind(session.created_at.0)
            .bind(session.expires_at.0)
            .bind(session.confirmed_at.0)
            .bind(session.used_at.0)
            .bind(encode_code_times(&session.desk_codes))
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn session(&self, token_hash: &[u8; 32]) -> Result<Option<(ConsoleSession, Account)>, StoreError> {
        let row = sqlx::query(
            "SELECT account.*, console_session.created_at AS started_at, expires_at, confirmed_at, used_at, \
             desk_codes \
             FROM console_session JOIN account ON account.login = console_session.login WHERE token_hash = $1",
        )
        .bind(token_hash.as_slice())
        .fetch_optional(&mut *self.reader().await?)
        .await?;
        row.map(|row| Ok((session(&row)?, account(&row)?))).transpose()
    }

    async fn extend_session(
        &self,
        token_hash: &[u8; 32],
        used_at: UnixMillis,
        expires_at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("UPDATE console_session SET used_at = $2, expires_at = $3 WHERE token_hash = $1")
                .bind(token_hash.as_slice())
                .bind(used_at.0)
                .bind(expires_at.0)
                .execute(&mut *tx)
                .await?;
            commit(tx).await
        })
        .await
    }

    async fn count_shown_code(&self, token_hash: &[u8; 32], rule: &ShownCodeRule<'_>) -> Result<bool, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            // Locks the row, so that what is read here can't change before it is written.
            let held = sqlx::query("UPDATE console_session SET used_at = used_at WHERE token_hash = $1")
                .bind(token_hash.as_slice())
                .execute(&mut *tx)
                .await?;
            if held.rows_affected() == 0 {
                return Ok(false);
            }
            let row = sqlx::query("SELECT confirmed_at, desk_codes FROM console_session WHERE token_hash = $1")
                .bind(token_hash.as_slice())
                .fetch_one(&mut *tx)
                .await?;
            let Some(codes) = rule(UnixMillis(row.try_get("confirmed_at")?), &shown_code_times(&row)?) else {
                return Ok(false);
            };
            sqlx::query("UPDATE console_session SET desk_codes = $2 WHERE token_hash = $1")
                .bind(token_hash.as_slice())
                .bind(encode_code_times(&codes))
                .execute(&mut *tx)
                .await?;
            commit(tx).await?;
            Ok(true)
        })
        .await
    }

    async fn confirm_session(&self, token_hash: &[u8; 32], confirmed_at: UnixMillis) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("UPDATE console_session SET confirmed_at = $2, desk_codes = NULL WHERE token_hash = $1")
                .bind(token_hash.as_slice())
                .bind(confirmed_at.0)
                .execute(&mut *tx)
                .await?;
            commit(tx).await
        })
        .await
    }

    async fn end_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("DELETE FROM console_session WHERE token_hash = $1")
                .bind(token_hash.as_slice())
                .execute(&mut *tx)
                .await?;
            commit(tx).await
        })
        .await
    }

    async fn sessions(&self, login: &str) -> Result<Vec<([u8; 32], ConsoleSession)>, StoreError> {
        let rows = sqlx::query(
            "SELECT token_hash, login, created_at AS started_at, expires_at, confirmed_at, used_at, desk_codes \
             FROM console_session WHERE login = $1 ORDER BY started_at DESC, token_hash",
        )
        .bind(login)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(|row| Ok((bytes_column(row, "token_hash")?, session(row)?))).collect()
    }

    async fn end_sessions(
        &self,
        login: &str,
        only: Option<&[u8; 32]>,
        keep: &[u8; 32],
        line: &(dyn Fn(u64) -> AuditEntry + Sync),
    ) -> Result<u64, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let ended = match only {
                Some(one) => sqlx::query("DELETE FROM console_session WHERE login = $1 AND token_hash = $2")
                    .bind(login)
                    .bind(one.as_slice()),
                None => sqlx::query("DELETE FROM console_session WHERE login = $1 AND token_hash <> $2")
                    .bind(login)
                    .bind(keep.as_slice()),
            };
            let ended = ended.execute(&mut *tx).await?.rows_affected();
            if ended > 0 {
                audit::put(&mut tx, &line(ended)).await?;
            }
            commit(tx).await?;
            Ok(ended)
        })
        .await
    }
}

fn session(row: &Row) -> Result<ConsoleSession, StoreError> {
    Ok(ConsoleSession {
        login: row.try_get("login")?,
        created_at: UnixMillis(row.try_get("started_at")?),
        used_at: UnixMillis(row.try_get("used_at")?),
        expires_at: UnixMillis(row.try_get("expires_at")?),
        confirmed_at: UnixMillis(row.try_get("confirmed_at")?),
        desk_codes: shown_code_times(row)?,
    })
}

fn account(row: &Row) -> Result<Account, StoreError> {
    let institutions: Option<&str> = row.try_get("institutions")?;
    let scope = match institutions {
        None => Scope::All,
        Some(codes) => Scope::Nodes(serde_json::from_str(codes).map_err(|_| StoreError::Corrupt("institutions"))?),
    };
    let must_change: bool = row.try_get("must_change")?;
    let one_time_until = match row.try_get("given_until")? {
        _ if !must_change => None,
        OWN_PASSWORD => None,
        END_NOT_STORED => Some(UnixMillis(i64::MAX)),
        until => Some(UnixMillis(until)),
    };
    Ok(Account {
        login: row.try_get("login")?,
        display_name: row.try_get("display_name")?,
        role: Role::parse(row.try_get("role")?).ok_or(StoreError::Corrupt("role"))?,
        scope,
        must_change_password: must_change,
        one_time_until,
        disabled: row.try_get("disabled")?,
        created_at: UnixMillis(row.try_get("created_at")?),
    })
}

/// When codes were shown: Unix milliseconds, 8 bytes each, big-endian.
fn shown_code_times(row: &Row) -> Result<Vec<UnixMillis>, StoreError> {
    let bytes: Option<&[u8]> = row.try_get("desk_codes")?;
    let (times, rest) = bytes.unwrap_or_default().as_chunks::<8>();
    if rest.is_empty() {
        Ok(times.iter().map(|time| UnixMillis(i64::from_be_bytes(*time))).collect())
    } else {
        Err(StoreError::Corrupt("desk_codes"))
    }
}

fn encode_code_times(codes: &[UnixMillis]) -> Vec<u8> {
    codes.iter().flat_map(|at| at.0.to_be_bytes()).collect()
}

fn scope_json(scope: &Scope) -> Result<Option<String>, StoreError> {
    match scope {
        Scope::All => Ok(None),
        Scope::Nodes(codes) => serde_json::to_string(codes).map(Some).map_err(|_| StoreError::Corrupt("institutions")),
    }
}

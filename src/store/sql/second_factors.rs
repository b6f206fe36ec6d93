//! Second factors and recovery codes.

use super::columns::u64_column;
use super::write_result::{commit, require_one_row};
use super::{Connection, Database, audit};
use crate::domain::audit::AuditEntry;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::second_factors::{SecondFactorStore, StoredSecondFactor};
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl SecondFactorStore for Database {
    async fn second_factor(&self, login: &str) -> Result<Option<StoredSecondFactor>, StoreError> {
        let row = sqlx::query("SELECT secret, added_at, last_step FROM second_factor WHERE login = $1")
            .bind(login)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| {
            Ok(StoredSecondFactor {
                sealed: row.try_get("secret")?,
                added_at: UnixMillis(row.try_get("added_at")?),
                last_step: u64_column(&row, "last_step")?,
            })
        })
        .transpose()
    }

    async fn factor_waived_until(&self, login: &str) -> Result<UnixMillis, StoreError> {
        let row = sqlx::query("SELECT factor_waived_until FROM account WHERE login = $1")
            .bind(login)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(UnixMillis(row.map(|row| row.try_get("factor_waived_until")).transpose()?.unwrap_or_default()))
    }

    async fn set_second_factor(
        &self,
        login: &str,
        factor: &StoredSecondFactor,
        recovery: &[[u8; 32]],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query(
                "INSERT INTO second_factor (login, secret, added_at, last_step, wrong_codes, wrong_since) \
                 VALUES ($1, $2, $3, $4, 0, 0) ON CONFLICT (login) DO UPDATE SET secret = excluded.secret, \
                 added_at = excluded.added_at, last_step = excluded.last_step, wrong_codes = 0",
            )
            .bind(login)
            .bind(factor.sealed.as_slice())
            .bind(factor.added_at.0)
            .bind(i64::try_from(factor.last_step).map_err(|_| StoreError::Corrupt("last_step"))?)
            .execute(&mut *tx)
            .await?;
            recovery_codes(&mut tx, login, recovery).await?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn set_recovery_codes(
        &self,
        login: &str,
        recovery: &[[u8; 32]],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let held = sqlx::query("UPDATE second_factor SET added_at = added_at WHERE login = $1")
                .bind(login)
                .execute(&mut *tx)
                .await?;
            require_one_row(held.rows_affected())?;
            recovery_codes(&mut tx, login, recovery).await?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn remove_second_factor(
        &self,
        login: &str,
        waived_until: UnixMillis,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let gone = sqlx::query("DELETE FROM second_factor WHERE login = $1").bind(login).execute(&mut *tx).await?;
            require_one_row(gone.rows_affected())?;
            recovery_codes(&mut tx, login, &[]).await?;
            sqlx::query("UPDATE account SET factor_waived_until = $2 WHERE login = $1")
                .bind(login)
                .bind(waived_until.0)
                .execute(&mut *tx)
                .await?;
            audit::put(&mut tx, audit).await?;
            commit(tx).await
        })
        .await
    }

    async fn count_code_attempt(&self, login: &str, since: UnixMillis, now: UnixMillis) -> Result<u64, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query(
                "UPDATE second_factor SET \
                 wrong_codes = CASE WHEN wrong_since > $2 THEN wrong_codes + 1 ELSE 1 END, \
                 wrong_since = CASE WHEN wrong_since > $2 THEN wrong_since ELSE $3 END WHERE login = $1",
            )
            .bind(login)
            .bind(since.0)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            let row = sqlx::query("SELECT wrong_codes FROM second_factor WHERE login = $1")
                .bind(login)
                .fetch_optional(&mut *tx)
                .await?;
            commit(tx).await?;
            row.map_or(Ok(0), |row| u64_column(&row, "wrong_codes"))
        })
        .await
    }

    async fn take_step(&self, login: &str, step: u64) -> Result<bool, StoreError> {
        let step = i64::try_from(step).map_err(|_| StoreError::Corrupt("last_step"))?;
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let taken = sqlx::query(
                "UPDATE second_factor SET last_step = $2, wrong_codes = 0 WHERE login = $1 AND last_step < $2",
            )
            .bind(login)
            .bind(step)
            .execute(&mut *tx)
            .await?;
            commit(tx).await?;
            Ok(taken.rows_affected() == 1)
        })
        .await
    }

    async fn take_recovery_code(&self, login: &str, code: &[u8; 32], audit: &AuditEntry) -> Result<bool, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            let used = sqlx::query("DELETE FROM recovery_code WHERE login = $1 AND code_hash = $2")
                .bind(login)
                .bind(code.as_slice())
                .execute(&mut *tx)
                .await?;
            if used.rows_affected() == 0 {
                return Ok(false);
            }
            audit::put(&mut tx, audit).await?;
            commit(tx).await?;
            Ok(true)
        })
        .await
    }

    async fn recovery_codes_left(&self, login: &str) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS left_over FROM recovery_code WHERE login = $1")
            .bind(login)
            .fetch_one(&mut *self.reader().await?)
            .await?;
        u64_column(&row, "left_over")
    }
}

async fn recovery_codes(tx: &mut Connection, login: &str, codes: &[[u8; 32]]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM recovery_code WHERE login = $1").bind(login).execute(&mut *tx).await?;
    for code in codes {
        sqlx::query("INSERT INTO recovery_code (login, code_hash) VALUES ($1, $2)")
            .bind(login)
            .bind(code.as_slice())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

//! Values pinned for the whole installation.

use super::Database;
use super::write_result::commit;
use crate::store::StoreError;
use crate::store::installation::InstallationStore;
use async_trait::async_trait;
use sqlx::Row as _;

#[async_trait]
impl InstallationStore for Database {
    async fn pinned(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT fixed FROM installation WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(row.map(|row| row.try_get("fixed")).transpose()?)
    }

    async fn pin(&self, name: &'static str, value: &str) -> Result<String, StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("INSERT INTO installation (name, fixed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .bind(name)
                .bind(value)
                .execute(&mut *tx)
                .await?;
            let row =
                sqlx::query("SELECT fixed FROM installation WHERE name = $1").bind(name).fetch_one(&mut *tx).await?;
            let holds = row.try_get("fixed")?;
            commit(tx).await?;
            Ok(holds)
        })
        .await
    }
}

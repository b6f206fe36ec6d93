//! A whole database: read as of one instant while nodes write to it, or filled in one transaction.

use super::pool::with_timeout;
use super::write_result::commit;
use super::{Postgres, Transaction, table_pages};
use crate::store::StoreError;
use crate::store::transfer::{
    ColumnKind, ColumnValue, TableRow, TableSchema, TransferFault, TransferSource, TransferTarget,
};
use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row as _};
use std::time::Duration;

/// One snapshot for all pages, which blocks no one. The time limit holds for each page, not for the whole.
const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
     SET LOCAL statement_timeout = 60000; \
     SET LOCAL idle_in_transaction_session_timeout = 60000; \
     SET LOCAL enable_seqscan = off";
const FILL: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
     SET LOCAL statement_timeout = 60000; \
     SET LOCAL lock_timeout = 5000; \
     SET LOCAL idle_in_transaction_session_timeout = 60000; \
     SET LOCAL synchronous_commit = on";
/// A page that takes longer won't come: the server ends its statement before.
const PAGE_TIMEOUT: Duration = Duration::from_secs(70);

/// One transaction over all tables.
pub struct PostgresSnapshot(Transaction<'static>);

impl Postgres {
    /// A snapshot of what is committed now. Refuses a schema with migrations that this program doesn't know: their
    /// tables would be left out.
    pub async fn snapshot(&self) -> Result<PostgresSnapshot, TransferFault> {
        self.require_exact_migrations().await?;
        Ok(PostgresSnapshot(self.read.begin_with(READ).await.map_err(StoreError::from)?))
    }

    /// Begins to fill the database. `NotEmpty` if it has rows. All other writers wait until the transaction ends;
    /// without `finish` it changes nothing.
    pub async fn fill(&self, tables: &[TableSchema]) -> Result<PostgresSnapshot, TransferFault> {
        self.require_exact_migrations().await?;
        let mut tx = self.write.begin_with(FILL).await.map_err(StoreError::from)?;
        let names = table_pages::list(tables.iter().map(|table| table.name.as_str()));
        let lock = format!("LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE");
        sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await.map_err(StoreError::from)?;
        for table in tables {
            let any = format!("SELECT EXISTS (SELECT 1 FROM {}) AS found", table.name);
            let row = sqlx::query(AssertSqlSafe(any)).fetch_one(&mut *tx).await.map_err(StoreError::from)?;
            if row.try_get("found").map_err(StoreError::from)? {
                return Err(TransferFault::NotEmpty(table.name.clone()));
            }
        }
        Ok(PostgresSnapshot(tx))
    }
}

#[async_trait]
impl TransferSource for PostgresSnapshot {
    async fn rows(&mut self, table: &TableSchema) -> Result<u64, StoreError> {
        table_pages::rows(&mut self.0, table).await
    }

    async fn page(&mut self, table: &TableSchema, after: Option<&[ColumnValue]>) -> Result<Vec<TableRow>, StoreError> {
        let page = table_pages::page(&mut self.0, table, after);
        tokio::time::timeout(PAGE_TIMEOUT, page).await.unwrap_or_else(|_| Err(StoreError::no_answer()))
    }
}

#[async_trait]
impl TransferTarget for PostgresSnapshot {
    async fn put(&mut self, table: &TableSchema, rows: &[TableRow]) -> Result<(), TransferFault> {
        let columns = table_pages::list(table.columns.iter().map(|column| column.name.as_str()));
        let arrays: Vec<String> =
            (1..).zip(&table.columns).map(|(place, column)| format!("${place}::{}[]", name(column.kind))).collect();
        let text = format!("INSERT INTO {} ({columns}) SELECT * FROM UNNEST({})", table.name, arrays.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(text));
        for (place, column) in table.columns.iter().enumerate() {
            let values = rows.iter().map(|row| &row[place]);
            query = match column.kind {
                ColumnKind::Blob => query.bind(values.map(blob).collect::<Vec<Option<&[u8]>>>()),
                ColumnKind::Text => {
                    let texts: Vec<Option<&str>> = values.map(text_of).collect();
                    if texts.iter().flatten().any(|text| text.contains('\0')) {
                        let (table, column) = (table.name.clone(), column.name.clone());
                        return Err(TransferFault::Unkeepable { table, column });
                    }
                    query.bind(texts)
                }
                ColumnKind::Integer => query.bind(values.map(integer).collect::<Vec<Option<i64>>>()),
                ColumnKind::Boolean => query.bind(values.map(boolean).collect::<Vec<Option<bool>>>()),
            };
        }
        with_timeout(PAGE_TIMEOUT, query.execute(&mut *self.0)).await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), StoreError> {
        commit(self.0).await
    }
}

fn name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Blob => "BYTEA",
        ColumnKind::Text => "TEXT",
        ColumnKind::Integer => "BIGINT",
        ColumnKind::Boolean => "BOOLEAN",
    }
}

fn blob(value: &ColumnValue) -> Option<&[u8]> {
    if let ColumnValue::Blob(bytes) = value { Some(bytes) } else { None }
}

fn text_of(value: &ColumnValue) -> Option<&str> {
    if let ColumnValue::Text(text) = value { Some(text) } else { None }
}

fn integer(value: &ColumnValue) -> Option<i64> {
    if let ColumnValue::Integer(number) = value { Some(*number) } else { None }
}

fn boolean(value: &ColumnValue) -> Option<bool> {
    if let ColumnValue::Boolean(truth) = value { Some(*truth) } else { None }
}

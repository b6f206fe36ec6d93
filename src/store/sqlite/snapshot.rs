//! A whole database file: created empty as the target of a transfer, or read as its source.

use super::bulk_insert::placeholders;
use super::{BUSY_TIMEOUT, Sqlite, table_pages};
use crate::store::StoreError;
use crate::store::migrations::SQLITE_MIGRATOR;
use crate::store::transfer::{
    ColumnKind, ColumnSchema, ColumnValue, TableRow, TableSchema, TransferFault, TransferSource, TransferTarget,
};
use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use std::path::Path;

/// Most rows in one INSERT.
const ROWS_AT_ONCE: usize = 100;

/// A database file that no other connection uses.
pub struct SqliteSnapshot(SqliteConnection);

impl SqliteSnapshot {
    /// Creates a file with this program's schema and no rows. It is written without a journal and without fsync, so the
    /// caller must sync it.
    pub async fn create(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Off).synchronous(SqliteSynchronous::Off);
        let mut connection = options.foreign_keys(false).connect().await?;
        SQLITE_MIGRATOR.run(&mut connection).await.map_err(|fault| StoreError::Database(fault.into()))?;
        sqlx::query("BEGIN").execute(&mut connection).await?;
        Ok(Self(connection))
    }

    /// Applies all migrations to a file and opens it for reading.
    pub async fn read(file: &Path) -> Result<Self, StoreError> {
        Sqlite::open(file).await?.close().await;
        let mut connection = SqliteConnectOptions::new().filename(file).busy_timeout(BUSY_TIMEOUT).connect().await?;
        sqlx::query("BEGIN").execute(&mut connection).await?;
        Ok(Self(connection))
    }

    /// Every table of the schema except the list of migrations, sorted by name.
    pub async fn tables(&mut self) -> Result<Vec<TableSchema>, StoreError> {
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> '_sqlx_migrations' \
                     AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name";
        let mut tables = vec![];
        for row in sqlx::query(names).fetch_all(&mut self.0).await? {
            let name: String = row.try_get("name")?;
            let columns = "SELECT name, type AS kind, pk FROM pragma_table_info($1) ORDER BY cid";
            let rows = sqlx::query(columns).bind(&name).fetch_all(&mut self.0).await?;
            let mut columns = Vec::with_capacity(rows.len());
            let mut key = vec![];
            for (place, row) in rows.iter().enumerate() {
                columns.push(ColumnSchema { name: row.try_get("name")?, kind: kind(row.try_get("kind")?)? });
                // `pk` is the column's place in the primary key, from 1; 0 outside the key.
                key.push((row.try_get::<i64, _>("pk")?, place));
            }
            key.retain(|(order, _)| *order > 0);
            key.sort_unstable();
            tables.push(TableSchema { name, columns, key: key.into_iter().map(|(_, place)| place).collect() });
        }
        Ok(tables)
    }

    /// Closes the file. Fails if the last pages can't be written.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.0.close().await?)
    }
}

fn kind(declared: &str) -> Result<ColumnKind, StoreError> {
    match declared {
        "BLOB" => Ok(ColumnKind::Blob),
        "TEXT" => Ok(ColumnKind::Text),
        "BIGINT" => Ok(ColumnKind::Integer),
        "BOOLEAN" => Ok(ColumnKind::Boolean),
        _ => Err(StoreError::Corrupt("the schema")),
    }
}

#[async_trait]
impl TransferSource for SqliteSnapshot {
    async fn rows(&mut self, table: &TableSchema) -> Result<u64, StoreError> {
        table_pages::rows(&mut self.0, table).await
    }

    async fn page(&mut self, table: &TableSchema, after: Option<&[ColumnValue]>) -> Result<Vec<TableRow>, StoreError> {
        table_pages::page(&mut self.0, table, after).await
    }
}

#[async_trait]
impl TransferTarget for SqliteSnapshot {
    async fn put(&mut self, table: &TableSchema, rows: &[TableRow]) -> Result<(), TransferFault> {
        let columns = table_pages::list(table.columns.iter().map(|column| column.name.as_str()));
        for piece in rows.chunks(ROWS_AT_ONCE) {
            let row = format!("({})", placeholders(table.columns.len()));
            let all = vec![row.as_str(); piece.len()].join(", ");
            let text = format!("INSERT INTO {} ({columns}) VALUES {all}", table.name);
            let mut query = sqlx::query(AssertSqlSafe(text));
            for value in piece.iter().flatten() {
                query = match value {
                    ColumnValue::Null => query.bind(None::<i64>),
                    ColumnValue::Blob(bytes) => query.bind(bytes.as_slice()),
                    ColumnValue::Text(text) => query.bind(text.as_str()),
                    ColumnValue::Integer(number) => query.bind(*number),
                    ColumnValue::Boolean(truth) => query.bind(*truth),
                };
            }
            query.execute(&mut self.0).await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut self.0).await?;
        self.close().await
    }
}

//! Copies an installation from one database to another: table by table, in pages, in the order of the keys.
//!
//! The list of tables and columns is read from the embedded schema of this program and written down nowhere else, so a
//! table that a later migration adds is copied too. Rows are copied as they are: nothing is derived, checked or left
//! out.

use super::StoreError;
use super::postgres::MigrationFault;
use async_trait::async_trait;

/// Most rows in memory at once.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// A table with its columns and its primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// Its name, the same in both databases.
    pub name: String,
    /// In the order of the schema.
    pub columns: Vec<ColumnSchema>,
    /// Indexes into `columns`, in the order of the primary key.
    pub key: Vec<usize>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSchema {
    /// Its name, the same in both databases.
    pub name: String,
    /// What it holds. Every column may hold NULL besides.
    pub kind: ColumnKind,
}

/// The types that both databases have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Bytes: BLOB or BYTEA.
    Blob,
    /// UTF-8: TEXT.
    Text,
    /// A signed 64-bit number: BIGINT.
    Integer,
    /// A truth value: BOOLEAN. SQLite stores it as 0 or 1.
    Boolean,
}

/// One column of one row. It has no `Debug`, since it may be a person's name.
#[derive(Clone, PartialEq, Eq)]
pub enum ColumnValue {
    /// No value.
    Null,
    /// Bytes.
    Blob(Vec<u8>),
    /// Text.
    Text(String),
    /// A signed 64-bit number.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
}

/// A row, a value for each of its table's columns.
pub type TableRow = Vec<ColumnValue>;

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum TransferFault {
    /// The target has rows, and the copied ones would be mixed with them.
    #[error("the database isn't empty: there are rows in {0}")]
    NotEmpty(String),
    /// A text holds a NUL character, which SQLite stores and PostgreSQL refuses.
    #[error("a text in {table}.{column} holds a NUL character, which this database can't keep")]
    Unkeepable {
        /// The table's name.
        table: String,
        /// The column's name.
        column: String,
    },
    /// The target's schema isn't this program's.
    #[error(transparent)]
    Schema(#[from] MigrationFault),
    /// One of the two databases failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A database as it was at one instant.
#[async_trait]
pub trait TransferSource: Send {
    /// Number of rows in a table.
    async fn rows(&mut self, table: &TableSchema) -> Result<u64, StoreError>;
    /// At most [`PAGE_ROWS_MAX`] rows after this key, in the order of the keys; fewer only at the end.
    async fn page(&mut self, table: &TableSchema, after: Option<&[ColumnValue]>) -> Result<Vec<TableRow>, StoreError>;
}

/// An empty database, which stays empty until the transfer is finished.
#[async_trait]
pub trait TransferTarget: Send {
    /// Adds rows to a table. `Unkeepable` where a value can't be stored in this database.
    async fn put(&mut self, table: &TableSchema, rows: &[TableRow]) -> Result<(), TransferFault>;
    /// Commits. From here all rows are in the target.
    async fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// Number of rows to copy.
pub async fn rows(source: &mut dyn TransferSource, tables: &[TableSchema]) -> Result<u64, StoreError> {
    let mut all = 0;
    for table in tables {
        all += source.rows(table).await?;
    }
    Ok(all)
}

/// Copies every row of these tables and finishes. `progress` is called with the number of rows of each page.
pub async fn transfer(
    source: &mut dyn TransferSource,
    mut target: Box<dyn TransferTarget>,
    tables: &[TableSchema],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(), TransferFault> {
    for table in tables {
        let mut after = None;
        loop {
            let page = source.page(table, after.as_deref()).await?;
            let Some(last) = page.last() else { break };
            target.put(table, &page).await?;
            progress(page.len() as u64);
            if page.len() < PAGE_ROWS_MAX {
                break;
            }
            after = Some(table.key.iter().map(|place| last[*place].clone()).collect::<Vec<ColumnValue>>());
        }
    }
    Ok(target.finish().await?)
}

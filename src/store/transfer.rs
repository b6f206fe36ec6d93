//! Everything that is remembered, carried from one database to another: table by table, in the order of the keys, in
//! pages.
//!
//! The list of tables and columns is read from the embedded schema of this program and written down nowhere else, so a
//! table that a later migration adds comes along. Rows are carried as they are: nothing is derived, checked or left
//! out.

use super::StoreError;
use super::postgres::MigrationFault;
use async_trait::async_trait;

/// Rows that are in memory at once.
pub const PAGE_ROWS_MAX: usize = 1_000;

/// A table, its columns, and the places of those that make up its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSchema {
    pub name: String,
    pub columns: Vec<ColumnSchema>,
    pub key: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSchema {
    pub name: String,
    pub kind: ColumnKind,
}

/// The types that both databases have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Blob,
    Text,
    Integer,
    Boolean,
}

/// What stands in one column of one row. Not shown: it may be somebody's name.
#[derive(Clone, PartialEq, Eq)]
pub enum ColumnValue {
    Null,
    Blob(Vec<u8>),
    Text(String),
    Integer(i64),
    Boolean(bool),
}

/// A row, a value for each of its table's columns.
pub type TableRow = Vec<ColumnValue>;

/// Why nothing was carried.
#[derive(Debug, thiserror::Error)]
pub enum TransferFault {
    /// Rows would be mixed with others.
    #[error("the database isn't empty: there are rows in {0}")]
    NotEmpty(String),
    /// A NUL character, which one database keeps in a text and the other can't.
    #[error("a text in {table}.{column} holds a NUL character, which this database can't keep")]
    Unkeepable { table: String, column: String },
    #[error(transparent)]
    Schema(#[from] MigrationFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A database as it was at one instant.
#[async_trait]
pub trait TransferSource: Send {
    async fn rows(&mut self, table: &TableSchema) -> Result<u64, StoreError>;
    /// At most [`PAGE_ROWS_MAX`] rows behind this key, in the order of the keys; fewer only at the end.
    async fn page(&mut self, table: &TableSchema, after: Option<&[ColumnValue]>) -> Result<Vec<TableRow>, StoreError>;
}

/// A database that is empty, and in which nothing stands before it is finished.
#[async_trait]
pub trait TransferTarget: Send {
    async fn put(&mut self, table: &TableSchema, rows: &[TableRow]) -> Result<(), TransferFault>;
    /// From here everything is there.
    async fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// How many rows there are to be carried.
pub async fn rows(source: &mut dyn TransferSource, tables: &[TableSchema]) -> Result<u64, StoreError> {
    let mut all = 0;
    for table in tables {
        all += source.rows(table).await?;
    }
    Ok(all)
}

/// Carries every row of these tables and finishes. `carried` hears how many rows each page had.
pub async fn transfer(
    source: &mut dyn TransferSource,
    mut target: Box<dyn TransferTarget>,
    tables: &[TableSchema],
    carried: &(dyn Fn(u64) + Sync),
) -> Result<(), TransferFault> {
    for table in tables {
        let mut after = None;
        loop {
            let page = source.page(table, after.as_deref()).await?;
            let Some(last) = page.last() else { break };
            target.put(table, &page).await?;
            carried(page.len() as u64);
            if page.len() < PAGE_ROWS_MAX {
                break;
            }
            after = Some(table.key.iter().map(|place| last[*place].clone()).collect::<Vec<ColumnValue>>());
        }
    }
    Ok(target.finish().await?)
}

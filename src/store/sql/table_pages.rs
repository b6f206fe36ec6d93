//! Whole tables, page by page in the order of their keys.

use super::{Connection, Row};
use crate::store::StoreError;
use crate::store::transfer::{ColumnKind, ColumnSchema, ColumnValue, PAGE_ROWS_MAX, TableRow, TableSchema};
use sqlx::{AssertSqlSafe, Row as _};

pub(super) async fn rows(connection: &mut Connection, table: &TableSchema) -> Result<u64, StoreError> {
    let text = format!("SELECT COUNT(*) AS rows FROM {}", table.name);
    let row = sqlx::query(AssertSqlSafe(text)).fetch_one(connection).await?;
    super::columns::u64_column(&row, "rows")
}

pub(super) async fn page(
    connection: &mut Connection,
    table: &TableSchema,
    after: Option<&[ColumnValue]>,
) -> Result<Vec<TableRow>, StoreError> {
    let columns = list(table.columns.iter().map(|column| column.name.as_str()));
    let key = list(table.key.iter().map(|place| table.columns[*place].name.as_str()));
    let behind = after.map_or_else(String::new, |after| {
        let places: Vec<String> = (1..=after.len()).map(|place| format!("${place}")).collect();
        format!("WHERE ({key}) > ({})", places.join(", "))
    });
    let text = format!("SELECT {columns} FROM {} {behind} ORDER BY {key} LIMIT {PAGE_ROWS_MAX}", table.name);
    let mut query = sqlx::query(AssertSqlSafe(text));
    for value in after.unwrap_or_default() {
        query = match value {
            ColumnValue::Blob(bytes) => query.bind(bytes.as_slice()),
            ColumnValue::Text(text) => query.bind(text.as_str()),
            ColumnValue::Integer(number) => query.bind(*number),
            ColumnValue::Boolean(truth) => query.bind(*truth),
            ColumnValue::Null => return Err(StoreError::Corrupt("a key")),
        };
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| record(row, &table.columns)).collect()
}

fn record(row: &Row, columns: &[ColumnSchema]) -> Result<TableRow, StoreError> {
    let value = |(place, column): (usize, &ColumnSchema)| {
        let value = match column.kind {
            ColumnKind::Blob => row.try_get::<Option<Vec<u8>>, _>(place)?.map(ColumnValue::Blob),
            ColumnKind::Text => row.try_get::<Option<String>, _>(place)?.map(ColumnValue::Text),
            ColumnKind::Integer => row.try_get::<Option<i64>, _>(place)?.map(ColumnValue::Integer),
            ColumnKind::Boolean => row.try_get::<Option<bool>, _>(place)?.map(ColumnValue::Boolean),
        };
        Ok(value.unwrap_or(ColumnValue::Null))
    };
    columns.iter().enumerate().map(value).collect()
}

/// The names as a list in SQL: `a, b, c`.
pub(super) fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<&str>>().join(", ")
}

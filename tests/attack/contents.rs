//! The content of the embedded database as one hash. If it is equal before and after, nothing was changed.

use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Row};
use std::path::Path;

/// A hash over all rows of all tables, without those whose name begins with one of `except` and without the time until
/// which a console session lasts, which using it moves.
pub async fn digest(folder: &Path, except: &[&str]) -> String {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("ikrar.sqlite")).read_only(true);
    let mut connection = options.connect().await.unwrap();
    let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut hash = Sha256::new();
    let mut rows = 0;
    for table in tables.iter().map(|row| row.get::<String, _>(0)) {
        if except.iter().any(|prefix| table.starts_with(prefix)) {
            continue;
        }
        let columns = sqlx::query("SELECT name FROM pragma_table_info($1) WHERE name <> 'expires_at'")
            .bind(&table)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let quoted: Vec<String> = columns.iter().map(|row| format!("quote(\"{}\")", row.get::<String, _>(0))).collect();
        let line = quoted.join("||','||");
        let query = format!("SELECT {line} FROM \"{table}\" ORDER BY 1");
        for row in sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap() {
            hash.update(table.as_bytes());
            hash.update(row.get::<String, _>(0).as_bytes());
            rows += 1;
        }
    }
    assert!(rows > 20, "the database was not found");
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

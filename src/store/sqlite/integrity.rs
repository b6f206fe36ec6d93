//! Damage that SQLite itself finds in its file.

use super::BUSY_TIMEOUT;
use crate::store::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::path::Path;

/// Checks every page of the file: the trees, the free pages, and that each index matches its table. Returns the first
/// damage in SQLite's words, which name tables, pages and cells but no values. It may run while a server uses the file.
pub async fn find_damage(database: &Path) -> Result<Option<String>, StoreError> {
    let options = SqliteConnectOptions::new().filename(database).busy_timeout(BUSY_TIMEOUT).read_only(true);
    let mut connection = options.connect().await?;
    let said = sqlx::query("PRAGMA integrity_check(1)").fetch_all(&mut connection).await;
    let closed = connection.close().await;
    let said = match said {
        Ok(rows) => rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?,
        // SQLITE_CORRUPT (11) and SQLITE_NOTADB (26), in the low byte of the extended code.
        Err(sqlx::Error::Database(error))
            if error
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| [11, 26].contains(&(code & 0xff))) =>
        {
            return Ok(Some(error.message().to_owned()));
        }
        Err(error) => return Err(error.into()),
    };
    closed?;
    Ok(said.into_iter().find(|line| line != "ok"))
}

//! Copies an embedded database while others write to it, and reads from a database file without migrating it.

use super::BUSY_TIMEOUT;
use crate::store::StoreError;
use crate::store::installation::KEYRING;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::path::Path;

/// Copies the database as of one instant into a file that is empty or missing. Readers and the writer go on; what they
/// commit meanwhile isn't in the copy. The copy holds no deleted rows.
pub async fn copy_file(database: &Path, into: &Path) -> Result<(), StoreError> {
    let mut connection = SqliteConnectOptions::new().filename(database).busy_timeout(BUSY_TIMEOUT).connect().await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(into.to_string_lossy().into_owned()).execute(&mut connection).await;
    let closed = connection.close().await;
    copied?;
    Ok(closed?)
}

/// Fingerprint of the keyring that the database was first opened with; `None` before that. No migration is applied.
pub async fn keyring_fingerprint(database: &Path) -> Result<Option<String>, StoreError> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let row = sqlx::query("SELECT fixed FROM installation WHERE name = $1").bind(KEYRING);
    let row = row.fetch_optional(&mut connection).await?;
    let fingerprint = row.map(|row| row.try_get("fixed")).transpose()?;
    connection.close().await?;
    Ok(fingerprint)
}

/// Whether a file belongs to an installation: it holds pinned values such as the keyring's fingerprint, or campaigns,
/// or accounts. A missing or empty file doesn't. Nothing is changed, and no migration is applied.
pub async fn is_in_use(database: &Path) -> Result<bool, StoreError> {
    if std::fs::metadata(database).map_or(true, |found| found.len() == 0) {
        return Ok(false);
    }
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let mut is_used = false;
    for (table, rows) in [
        ("installation", "SELECT EXISTS (SELECT 1 FROM installation)"),
        ("campaign", "SELECT EXISTS (SELECT 1 FROM campaign)"),
        ("account", "SELECT EXISTS (SELECT 1 FROM account)"),
    ] {
        let there = sqlx::query("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)");
        let there = there.bind(table).fetch_one(&mut connection).await?.try_get::<bool, _>(0)?;
        is_used = is_used || there && sqlx::query(rows).fetch_one(&mut connection).await?.try_get::<bool, _>(0)?;
    }
    connection.close().await?;
    Ok(is_used)
}

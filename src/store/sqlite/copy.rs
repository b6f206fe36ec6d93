//! A consistent copy of an embedded database while others write to it.

use super::BUSY_TIMEOUT;
use crate::store::StoreError;
use crate::store::installation::KEYRING;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::path::Path;

/// Copies the database as it is at one instant into a file that is empty or isn't there. Readers and the writer go on; what
/// is committed meanwhile isn't in the copy. The copy holds no deleted rows.
pub async fn copy(database: &Path, into: &Path) -> Result<(), StoreError> {
    let mut connection = SqliteConnectOptions::new().filename(database).busy_timeout(BUSY_TIMEOUT).connect().await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(into.to_string_lossy().into_owned()).execute(&mut connection).await;
    let closed = connection.close().await;
    copied?;
    Ok(closed?)
}

/// The mark of the keyring that a file was made with, read without bringing it to another schema; `None` before its first
/// use.
pub async fn keyring_mark(database: &Path) -> Result<Option<String>, StoreError> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let row = sqlx::query("SELECT fixed FROM installation WHERE name = $1").bind(KEYRING);
    let row = row.fetch_optional(&mut connection).await?;
    let mark = row.map(|row| row.try_get("fixed")).transpose()?;
    connection.close().await?;
    Ok(mark)
}

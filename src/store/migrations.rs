//! The migrations of both databases, embedded. `build.rs` lists the files of `migrations/`.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Migrations of the embedded database.
pub(in crate::store) static SQLITE_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(SQLITE));
/// Migrations of PostgreSQL.
pub(in crate::store) static POSTGRES_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(POSTGRES));

/// As sqlx reads a folder: the number before the first underscore is the version, the words after it describe it, and
/// the checksum is SHA-384 of the file (test: `migrations_are_those_that_sqlx_reads_from_the_folders`).
fn migrator(files: &[(&'static str, &'static str)]) -> Migrator {
    let migrations = files.iter().filter_map(|(name, statements)| {
        let (version, description) = name.split_once('_')?;
        let description = description.replace('_', " ").into();
        let statements = statements.into_sql_str();
        Some(Migration::new(version.parse().ok()?, description, MigrationType::Simple, statements, false))
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[tokio::test]
    async fn migrations_are_those_that_sqlx_reads_from_the_folders() {
        for (embedded, folder) in
            [(&*SQLITE_MIGRATOR, "migrations/sqlite"), (&*POSTGRES_MIGRATOR, "migrations/postgres")]
        {
            let read = Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).await.unwrap();
            let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap().count();
            assert_eq!(embedded.iter().count(), files, "{folder}");
            assert_eq!(read.iter().count(), files, "{folder}");
            for (ours, theirs) in embedded.iter().zip(read.iter()) {
                let all = |one: &Migration| {
                    (one.version, one.description.to_string(), one.migration_type, one.checksum.to_vec(), one.no_tx)
                };
                assert_eq!(all(ours), all(theirs), "{folder}");
            }
        }
    }
}

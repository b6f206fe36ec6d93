//! PostgreSQL's schema is brought up to date on purpose, and looked at before anything is served. A file is brought up
//! to date when it is opened.

use crate::postgres_server::PostgresServer;
use crate::scene;
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::misuse_report::{ReportNumber, ReportOutcome};
use ikrar::store::health::HealthStore;
use ikrar::store::installation::{InstallationStore, PUBLIC_URL};
use ikrar::store::misuse_reports::MisuseReportStore;
use ikrar::store::pledges::PledgeStore;
use ikrar::store::postgres::{MigrationFault, Postgres, Server, migrate};
use ikrar::store::sqlite::Sqlite;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

async fn open(url: &str) -> (Server, Postgres) {
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    let store = Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap();
    (server, store)
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn an_empty_database_is_refused_until_it_was_migrated() {
    let (server, store) = open(&PostgresServer::shared().await.bare_database().await).await;
    assert!(matches!(store.require_migrations().await, Err(MigrationFault::Missing(1))));
    // Two nodes that start at once with --migrate.
    let (one, other) = tokio::join!(migrate(&server), migrate(&server));
    one.unwrap();
    other.unwrap();
    store.require_migrations().await.unwrap();
    assert_eq!(store.pin(PUBLIC_URL, "https://a.example").await.unwrap(), "https://a.example");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_newer_schema_is_accepted_and_a_changed_one_refused() {
    let postgres = PostgresServer::shared().await;
    let url = postgres.database().await;
    let name = url.split(['/', '?']).nth(3).unwrap();
    let (server, store) = open(&url).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'newer', TRUE, 'x', 0)";
    postgres.execute(name, newer).await;
    postgres.execute(name, "ALTER TABLE campaign ADD COLUMN newer TEXT").await;
    store.require_migrations().await.unwrap();
    migrate(&server).await.unwrap();
    let shared: ikrar::store::SharedStore = Arc::new(store.clone());
    crate::scene::open(&shared, 3).await;
    crate::scene::sign(&shared, [0]).await;

    postgres.execute(name, "UPDATE _sqlx_migrations SET checksum = 'x' WHERE version = 1").await;
    assert!(matches!(store.require_migrations().await, Err(MigrationFault::Changed(1))));
    assert!(matches!(migrate(&server).await, Err(MigrationFault::Changed(1))));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_schema_from_which_something_was_taken_is_refused_by_who_needs_it() {
    let postgres = PostgresServer::shared().await;
    let url = postgres.database().await;
    let (server, store) = open(&url).await;
    let contract = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                    VALUES (9998, 'contract old columns', TRUE, 'x', 0)";
    postgres.execute(url.split(['/', '?']).nth(3).unwrap(), contract).await;
    let refused = store.require_migrations().await;
    assert!(matches!(refused, Err(MigrationFault::TooNew(9998))), "{refused:?}");
    assert!(!store.has_migrations().await.unwrap(), "such a node says that it is ready");
    // Migrating adds nothing and takes nothing back.
    migrate(&server).await.unwrap();
    assert!(matches!(store.require_migrations().await, Err(MigrationFault::TooNew(9998))));
}

/// The migrations of a database before this one, in a folder of their own.
async fn migrator_before(number: &str, database: &str, folder: &Path) -> Migrator {
    let older = folder.join("migrations");
    fs::create_dir(&older).unwrap();
    for migration in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database)).unwrap() {
        let migration = migration.unwrap();
        if migration.file_name().to_str().unwrap() < number {
            fs::copy(migration.path(), older.join(migration.file_name())).unwrap();
        }
    }
    Migrator::new(older).await.unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_migration_gives_way_to_whoever_reads_a_table_and_is_done_after_them() {
    let (url, folder) = (PostgresServer::shared().await.bare_database().await, tempfile::tempdir().unwrap());
    let mut connection = PgConnection::connect(&url).await.unwrap();
    migrator_before("0006", "postgres", folder.path()).await.run(&mut connection).await.unwrap();
    // A backup reads for as long as it takes.
    let mut backup = connection.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM participant").fetch_all(&mut *backup).await.unwrap();
    let server = Server::parse(&DatabaseUrl::new(&url), false).unwrap();
    let mut visitor = PgConnection::connect(&url).await.unwrap();
    let looking = async {
        for _ in 0..10 {
            // Whoever signs in meanwhile waits for a turn of the migration at most, and not for the backup.
            let look = sqlx::query("SELECT 1 FROM participant").fetch_all(&mut visitor);
            tokio::time::timeout(Duration::from_secs(10), look).await.expect("people wait for the backup").unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        let over = Instant::now();
        backup.rollback().await.unwrap();
        over
    };
    let migrating = async {
        migrate(&server).await.unwrap();
        Instant::now()
    };
    let (backed_up, migrated) = tokio::join!(looking, migrating);
    assert!(migrated > backed_up, "the backup held nothing");
    let (_, store) = open(&url).await;
    store.require_migrations().await.unwrap();
}

const OLDER_PLEDGES: u32 = 200;

/// A file of the fourth migration, with a campaign's pledges in the order of people.
async fn older_file(folder: &Path) -> PathBuf {
    let file = folder.join("ikrar.sqlite");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    migrator_before("0005", "sqlite", folder).await.run(&mut connection).await.unwrap();
    for number in 0..OLDER_PLEDGES {
        let entry = scene::entry(number, 0);
        let insert = "INSERT INTO pledge VALUES (?, ?, ?, ?, 9, 1, ?, 1, ?, ?, ?)";
        sqlx::query(insert)
            .bind(scene::CAMPAIGN.as_bytes())
            .bind(entry.participant.as_bytes())
            .bind(entry.pledge.as_bytes())
            .bind(i64::from(OLDER_PLEDGES - 1 - number))
            .bind([4; 32].as_slice())
            .bind(entry.credential)
            .bind(entry.salt.as_slice())
            .bind(entry.strokes)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
    file
}

/// Everything that such a file says of its tables and its pledges.
async fn said(file: &Path) -> Vec<String> {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
    let everything = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL \
                      UNION ALL SELECT version || description || success FROM _sqlx_migrations \
                      UNION ALL SELECT hex(pledge_id) || log_index || hex(credential) FROM pledge ORDER BY 1";
    let said = sqlx::query_scalar(everything).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    said
}

#[tokio::test]
async fn an_older_file_without_room_for_its_migration_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = older_file(folder.path()).await;
    let before = said(&file).await;
    let migrator = Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite")).await.unwrap();
    let pages: u32 = {
        let mut connection =
            SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
        let pages = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        pages
    };
    // There is room for some of what the migration writes, and not for all.
    for room in [0, 3, 6] {
        let options = SqliteConnectOptions::new().filename(&file).journal_mode(SqliteJournalMode::Wal);
        let options = options.pragma("max_page_count", (pages + room).to_string());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let fault = migrator.run(&mut connection).await.unwrap_err();
        assert!(matches!(fault, MigrateError::ExecuteMigration(_, 5)), "{fault}");
        connection.close().await.unwrap();
        assert!(said(&file).await == before, "something of a migration that failed is in the file");
    }
    let store = Sqlite::open(&file).await.unwrap();
    assert_eq!(store.count_pledges(scene::CAMPAIGN).await.unwrap(), u64::from(OLDER_PLEDGES));
}

#[tokio::test]
async fn pledges_of_an_older_file_are_found_after_it_was_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&older_file(folder.path()).await).await.unwrap();
    assert_eq!(store.count_pledges(scene::CAMPAIGN).await.unwrap(), u64::from(OLDER_PLEDGES));
    for number in 0..OLDER_PLEDGES {
        let entry = scene::entry(number, 0);
        let found = store.pledge_of(scene::CAMPAIGN, entry.participant).await.unwrap().unwrap();
        assert_eq!((found.id, found.log_index), (entry.pledge, u64::from(OLDER_PLEDGES - 1 - number)));
        assert_eq!((&found.credential, found.text_hash), (&entry.credential, [4; 32]));
        assert_eq!(store.pledge(scene::CAMPAIGN, entry.pledge).await.unwrap(), Some(found));
    }
}

/// Reports that were made before there were numbers: an open one, and one that was resolved.
#[tokio::test]
async fn reports_of_an_older_file_stay_and_are_found_by_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ikrar.sqlite");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    migrator_before("0018", "sqlite", folder.path()).await.run(&mut connection).await.unwrap();
    for (id, resolved_at) in [(1u8, None), (2, Some(9i64))] {
        let insert = "INSERT INTO report VALUES (?, ?, ?, '16', '0812', 'Bukan saya', 5, ?, 'Sudah ditelepon')";
        sqlx::query(insert)
            .bind(scene::CAMPAIGN.as_bytes())
            .bind([id; 16].as_slice())
            .bind([7; 16].as_slice())
            .bind(resolved_at)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
    let store = Sqlite::open(&file).await.unwrap();
    let open = store.open_reports(scene::CAMPAIGN).await.unwrap();
    assert_eq!((open.len(), open[0].institution.as_str(), open[0].open), (1, "16", 1));
    let found = async |id: u8| {
        let (low, high) = ReportNumber::of(&[id; 16]).range();
        store.report_between(scene::CAMPAIGN, &low, &high).await.unwrap().unwrap()
    };
    assert!(found(1).await.resolved.is_none());
    let resolved = found(2).await.resolved.unwrap();
    assert_eq!((resolved.finding.as_str(), resolved.outcome), ("Sudah ditelepon", ReportOutcome::AskHelpDesk));
}

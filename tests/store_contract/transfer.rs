//! An installation goes from one database to the other and comes back as it was, every row of every table.

use crate::postgres_server::PostgresServer;
use crate::scene::{self, CAMPAIGN};
use crate::schema::{added_column, migrations, statements, table};
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::store::SharedStore;
use ikrar::store::pledges::PledgeStore;
use ikrar::store::postgres::{MigrationFault, Postgres, Server};
use ikrar::store::sqlite::{self, Sqlite};
use ikrar::store::transfer::{
    ColumnKind, ColumnValue, PAGE_ROWS_MAX, TableRow, TableSchema, TransferFault, TransferTarget, rows, transfer,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Each table spans two pages.
const ROWS: usize = PAGE_ROWS_MAX + 7;
const TEXTS: [&str; 6] =
    ["", "Peserta 'kutip' \"ganda\" \\ %", "baris\nbaru\ttab\r", "ᮞᮥᮔ᮪ᮓ 😀 é e\u{301}", "\u{1}\u{7f}\u{feff}", "NULL"];
const NUMBERS: [i64; 6] = [i64::MIN, i64::MAX, 0, -1, 1 << 40, 1_864_605_600_000];

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

async fn server() -> (Postgres, String) {
    let url = PostgresServer::shared().await.database().await;
    (open(&url).await, url)
}

async fn open(url: &str) -> Postgres {
    let server = Server::parse(&DatabaseUrl::new(url), false).unwrap();
    Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap()
}

fn name(url: &str) -> &str {
    url.split(['/', '?']).nth(3).unwrap()
}

/// The tables of an empty file, and which of their columns may be NULL.
async fn tables(folder: &Folder) -> (Vec<TableSchema>, BTreeSet<String>) {
    let file = folder.file("schema.sqlite");
    let mut whole = sqlite::SqliteSnapshot::create(&file).await.unwrap();
    let tables = whole.tables().await.unwrap();
    Box::new(whole).finish().await.unwrap();
    let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    let mut nullable = BTreeSet::new();
    for table in &tables {
        let asked = sqlx::query("SELECT name FROM pragma_table_info($1) WHERE \"notnull\" = 0").bind(&table.name);
        for row in asked.fetch_all(&mut connection).await.unwrap() {
            nullable.insert(format!("{}.{}", table.name, row.get::<String, _>("name")));
        }
    }
    (tables, nullable)
}

/// A row that holds what is awkward; no two have the same key, and many begin theirs alike.
fn row(table: &TableSchema, nullable: &BTreeSet<String>, number: usize) -> TableRow {
    let value = |(place, column): (usize, &ikrar::store::transfer::ColumnSchema)| {
        let part_of_key = table.key.iter().position(|key| *key == place);
        let shared = part_of_key.is_some_and(|part| part + 1 < table.key.len());
        let own = if shared { number / 400 } else { number };
        let small = u32::try_from(own).unwrap().to_be_bytes();
        if nullable.contains(&format!("{}.{}", table.name, column.name)) {
            match (number % 3, column.kind) {
                (0, _) => return ColumnValue::Null,
                (1, ColumnKind::Blob) => return ColumnValue::Blob(vec![]),
                _ => {}
            }
        }
        match column.kind {
            ColumnKind::Blob => ColumnValue::Blob(small.into_iter().chain(0..=255).collect()),
            ColumnKind::Text if part_of_key.is_some() => {
                ColumnValue::Text(format!("{own}{}", TEXTS[own % TEXTS.len()]))
            }
            ColumnKind::Text => ColumnValue::Text(TEXTS[(number + place) % TEXTS.len()].into()),
            ColumnKind::Integer if part_of_key.is_some() => ColumnValue::Integer(i64::try_from(own).unwrap() - 500),
            ColumnKind::Integer => ColumnValue::Integer(NUMBERS[(number + place) % NUMBERS.len()]),
            ColumnKind::Boolean => ColumnValue::Boolean(number.is_multiple_of(2)),
        }
    };
    table.columns.iter().enumerate().map(value).collect()
}

/// A file in which every table has rows.
async fn filled(folder: &Folder) -> (PathBuf, Vec<TableSchema>) {
    let (tables, nullable) = tables(folder).await;
    let file = folder.file("filled.sqlite");
    let mut whole = sqlite::SqliteSnapshot::create(&file).await.unwrap();
    for table in &tables {
        let rows: Vec<TableRow> = (0..ROWS).map(|number| row(table, &nullable, number)).collect();
        whole.put(table, &rows).await.unwrap_or_else(|fault| panic!("{}: {fault}", table.name));
    }
    Box::new(whole).finish().await.unwrap();
    (file, tables)
}

/// Every row as SQLite itself writes it down, types and all.
async fn written_down(file: &Path, table: &TableSchema) -> Vec<String> {
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let columns: Vec<String> = table.columns.iter().map(|column| format!("quote({})", column.name)).collect();
    let text = format!("SELECT {} AS line FROM {} ORDER BY line", columns.join(" || ',' || "), table.name);
    let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.get("line")).collect()
}

async fn to_server(file: &Path, database: &Postgres, tables: &[TableSchema]) -> Result<(), TransferFault> {
    let mut whole = sqlite::SqliteSnapshot::read(file).await.unwrap();
    transfer(&mut whole, Box::new(database.fill(tables).await?), tables, &|_| ()).await
}

async fn rows_at(database: &Postgres, tables: &[TableSchema]) -> u64 {
    rows(&mut database.snapshot().await.unwrap(), tables).await.unwrap()
}

#[tokio::test]
async fn every_table_and_column_of_the_schema_is_carried() {
    let (tables, _) = tables(&Folder::new()).await;
    let carried: BTreeSet<String> = tables
        .iter()
        .flat_map(|table| table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)))
        .collect();
    let mut there = BTreeSet::new();
    for migration in migrations("postgres") {
        let tables = statements(&migration).filter_map(table);
        for (name, body) in tables.chain(statements(&migration).filter_map(added_column)) {
            let lines = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("PRIMARY KEY"));
            there.extend(lines.map(|line| format!("{name}.{}", line.split(' ').next().unwrap()).to_lowercase()));
        }
    }
    assert_eq!(carried, there);
    assert!(tables.iter().all(|table| !table.key.is_empty()));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_round_trip_keeps_every_row_of_every_table_as_it_is() {
    let folder = Folder::new();
    let (file, tables) = filled(&folder).await;
    let (database, _) = server().await;
    to_server(&file, &database, &tables).await.unwrap();
    assert_eq!(rows_at(&database, &tables).await, (ROWS * tables.len()) as u64);
    let back = folder.file("back.sqlite");
    let whole = sqlite::SqliteSnapshot::create(&back).await.unwrap();
    let mut snapshot = database.snapshot().await.unwrap();
    transfer(&mut snapshot, Box::new(whole), &tables, &|_| ()).await.unwrap();
    for table in &tables {
        let before = written_down(&file, table).await;
        assert_eq!(before.len(), ROWS);
        assert!(before == written_down(&back, table).await, "{} came back otherwise", table.name);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_database_with_a_single_row_in_any_table_is_refused() {
    let (tables, nullable) = tables(&Folder::new()).await;
    let (database, url) = server().await;
    for table in &tables {
        let mut empty = database.fill(&tables).await.unwrap();
        empty.put(table, &[row(table, &nullable, 1)]).await.unwrap();
        Box::new(empty).finish().await.unwrap();
        let refused = database.fill(&tables).await.map(drop);
        assert!(matches!(&refused, Err(TransferFault::NotEmpty(name)) if *name == table.name), "{refused:?}");
        let empty = format!("DELETE FROM {}", table.name);
        PostgresServer::shared().await.execute(name(&url), &empty).await;
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn what_fails_in_the_middle_leaves_nothing_and_may_be_done_again() {
    let folder = Folder::new();
    let (file, tables) = filled(&folder).await;
    let (database, url) = server().await;
    let postgres = PostgresServer::shared().await;
    let function = "CREATE FUNCTION cut() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN \
                    PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$";
    postgres.execute(name(&url), function).await;
    postgres.execute(name(&url), "CREATE TRIGGER cutting BEFORE INSERT ON slug EXECUTE FUNCTION cut()").await;
    let cut = to_server(&file, &database, &tables).await;
    assert!(matches!(cut, Err(TransferFault::Store(_))), "{cut:?}");
    assert_eq!(rows_at(&database, &tables).await, 0);
    postgres.execute(name(&url), "DROP TRIGGER cutting ON slug").await;
    to_server(&file, &database, &tables).await.unwrap();
    assert_eq!(rows_at(&database, &tables).await, (ROWS * tables.len()) as u64);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_nul_character_is_named_by_its_column_and_nothing_is_written() {
    let folder = Folder::new();
    let (tables, nullable) = tables(&folder).await;
    let report = tables.iter().find(|table| table.name == "report").unwrap();
    let message = report.columns.iter().position(|column| column.name == "message").unwrap();
    let mut rows = vec![row(report, &nullable, 1), row(report, &nullable, 2)];
    rows[1][message] = ColumnValue::Text("dipotong\0di sini".into());
    let file = folder.file("nul.sqlite");
    let mut whole = sqlite::SqliteSnapshot::create(&file).await.unwrap();
    whole.put(report, &rows).await.unwrap();
    Box::new(whole).finish().await.unwrap();
    let (database, _) = server().await;
    let refused = to_server(&file, &database, &tables).await.unwrap_err();
    assert!(
        matches!(&refused, TransferFault::Unkeepable { table, column } if table == "report" && column == "message")
    );
    assert!(!refused.to_string().contains("dipotong"));
    assert_eq!(rows_at(&database, &tables).await, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn what_is_signed_while_it_is_copied_is_not_in_the_copy() {
    let folder = Folder::new();
    let (database, _) = server().await;
    let store: SharedStore = Arc::new(database.clone());
    scene::open(&store, 9).await;
    scene::sign(&store, [0, 1]).await;
    let file = folder.file("copy.sqlite");
    let mut whole = sqlite::SqliteSnapshot::create(&file).await.unwrap();
    let tables = whole.tables().await.unwrap();
    let mut snapshot = database.snapshot().await.unwrap();
    let counted = rows(&mut snapshot, &tables).await.unwrap();
    scene::sign(&store, [2, 3]).await;
    transfer(&mut snapshot, Box::new(whole), &tables, &|_| ()).await.unwrap();
    assert_eq!(store.count_pledges(CAMPAIGN).await.unwrap(), 4);
    let copy = Sqlite::open(&file).await.unwrap();
    assert_eq!(copy.count_pledges(CAMPAIGN).await.unwrap(), 2);
    let mut whole = sqlite::SqliteSnapshot::read(&file).await.unwrap();
    assert_eq!(rows(&mut whole, &tables).await.unwrap(), counted);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_schema_that_is_known_in_part_only_is_not_copied() {
    let (database, url) = server().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'newer', TRUE, 'x', 0)";
    PostgresServer::shared().await.execute(name(&url), newer).await;
    let refused = database.snapshot().await.map(drop);
    assert!(matches!(refused, Err(TransferFault::Schema(MigrationFault::Unknown(9999)))), "{refused:?}");
}

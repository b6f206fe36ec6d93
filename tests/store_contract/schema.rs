//! The schema's discipline, read from the migrations themselves.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Nothing that a sharded database can't do, and nothing that brings in time or randomness.
const FORBIDDEN: [&str; 20] = [
    "SERIAL",
    "SEQUENCE",
    "IDENTITY",
    "TRIGGER",
    "FUNCTION",
    "PROCEDURE",
    "ENUM",
    "TYPE",
    "NOW",
    "CURRENT_TIMESTAMP",
    "RANDOM",
    "GEN_RANDOM_UUID",
    "UUID",
    "TIMESTAMP",
    "TIMESTAMPTZ",
    "JSON",
    "JSONB",
    "REFERENCES",
    "AUTOINCREMENT",
    "EXTENSION",
];

pub struct Migration {
    name: String,
    /// Without comments, in capitals.
    sql: String,
}

pub fn migrations(database: &str) -> Vec<Migration> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let mut found: Vec<Migration> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap()).collect();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            Migration { name, sql: code.join("\n").to_uppercase() }
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!found.is_empty());
    found
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
}

/// Each statement, without what surrounds it.
pub fn statements(migration: &Migration) -> impl Iterator<Item = &str> {
    migration.sql.split(';').map(str::trim).filter(|statement| !statement.is_empty())
}

/// Name and body of a `CREATE TABLE`.
pub fn table(statement: &str) -> Option<(&str, &str)> {
    let rest = statement.strip_prefix("CREATE TABLE ")?;
    let (name, body) = rest.split_once('(')?;
    Some((name.trim(), body.trim_end().trim_end_matches("WITHOUT ROWID").trim_end().trim_end_matches(')')))
}

/// The table and the definition of a column that is added later.
pub fn added_column(statement: &str) -> Option<(&str, &str)> {
    let (name, column) = statement.strip_prefix("ALTER TABLE ")?.split_once(" ADD COLUMN ")?;
    Some((name.trim(), column.trim()))
}

/// The columns that make up each unique key of a table.
fn unique_keys(body: &str) -> Vec<Vec<String>> {
    let mut keys = vec![];
    for line in body.lines().map(str::trim) {
        for marker in ["PRIMARY KEY", "UNIQUE"] {
            match line.split_once(marker) {
                Some(("", list)) => keys.push(words(list).map(str::to_owned).collect()),
                Some((column, _)) => keys.push(words(column).take(1).map(str::to_owned).collect()),
                None => {}
            }
        }
    }
    keys
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| migrations(database).into_iter().map(|one| one.name).collect::<Vec<_>>();
    let sqlite = names("sqlite");
    assert_eq!(sqlite, names("postgres"));
    let numbers: BTreeSet<&str> = sqlite.iter().map(|name| name.split('_').next().unwrap()).collect();
    assert_eq!(numbers.len(), sqlite.len(), "two migrations carry one number");
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    let columns = |database: &str| -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for migration in migrations(database) {
            for (name, body) in statements(&migration).filter_map(table) {
                let lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
                found.extend(lines.map(|line| {
                    let line = line.trim_end_matches(',').replace(" COLLATE \"C\"", "").replace("BYTEA", "BLOB");
                    format!("{name}: {line}")
                }));
            }
            let added = statements(&migration).filter_map(added_column);
            found.extend(added.map(|(name, line)| {
                format!("{name}: {}", line.replace(" COLLATE \"C\"", "").replace("BYTEA", "BLOB"))
            }));
        }
        found
    };
    assert_eq!(columns("sqlite"), columns("postgres"));
}

#[test]
fn nothing_stands_in_the_schema_that_a_sharded_database_can_t_do() {
    for database in ["sqlite", "postgres"] {
        for migration in migrations(database) {
            let found: Vec<&str> = words(&migration.sql).filter(|word| FORBIDDEN.contains(word)).collect();
            assert!(found.is_empty(), "{database}/{}: {found:?}", migration.name);
            assert!(!migration.sql.contains('['), "{database}/{}: an array in a table", migration.name);
        }
    }
}

#[test]
fn types_are_few_and_text_sorts_by_its_bytes() {
    for migration in migrations("postgres") {
        let tables = statements(&migration).filter_map(table);
        for (name, body) in tables.chain(statements(&migration).filter_map(added_column)) {
            for line in body.lines().map(|line| line.trim().trim_end_matches(',')).filter(|line| !line.is_empty()) {
                let mut parts = line.split_whitespace().skip(1);
                let kind = parts.next().unwrap();
                let fits = line.starts_with("PRIMARY KEY")
                    || ["BYTEA", "BIGINT", "BOOLEAN"].contains(&kind)
                    || (kind == "TEXT" && line.contains("TEXT COLLATE \"C\""));
                assert!(fits, "{name}: {line}");
                let default = line.split_once(" DEFAULT ").map_or("0", |(_, value)| value);
                assert!(default.chars().all(|letter| letter.is_ascii_digit()), "{name}: {line}");
            }
        }
    }
}

#[test]
fn every_unique_key_of_a_campaign_s_table_begins_with_the_campaign() {
    for migration in migrations("postgres") {
        let with_campaign: BTreeSet<&str> = statements(&migration)
            .filter_map(table)
            .filter(|(_, body)| body.contains("CAMPAIGN_ID "))
            .map(|(name, _)| name)
            .collect();
        for (name, body) in statements(&migration).filter_map(table) {
            let keys = unique_keys(body);
            assert!(!keys.is_empty(), "{name} has no key");
            if with_campaign.contains(name) {
                assert!(keys.iter().all(|key| key[0] == "CAMPAIGN_ID"), "{name}: {keys:?}");
            }
        }
        // A pledge's id begins with its campaign's tag, and a roster is one campaign's; led by them, an index can't be
        // mistaken for one by person. The first migration's are made anew by later ones.
        let indexes =
            statements(&migration).filter(|statement| statement.starts_with("CREATE") && statement.contains(" INDEX "));
        for statement in indexes {
            let (_, columns) = statement.split_once('(').unwrap();
            let leads = ["CAMPAIGN_ID,", "PLEDGE_ID, CAMPAIGN_ID)", "ROSTER_ID, CAMPAIGN_ID,"];
            assert!(leads.iter().any(|lead| columns.starts_with(lead)), "{statement}");
        }
    }
}

#[test]
fn every_table_is_distributed_or_a_reference_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let citus = fs::read_to_string(root.join("deploy/citus.sql")).unwrap();
    for migration in migrations("postgres") {
        for (name, body) in statements(&migration).filter_map(table) {
            let name = name.to_lowercase();
            let wanted = if body.contains("CAMPAIGN_ID ") {
                format!("create_distributed_table('{name}', 'campaign_id'")
            } else {
                format!("create_reference_table('{name}')")
            };
            assert!(citus.contains(&wanted), "deploy/citus.sql lacks {wanted}");
        }
    }
}

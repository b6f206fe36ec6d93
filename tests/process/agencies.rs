//! An import of agencies and a lock with groups by agency that are killed within their commit leave nothing, whichever
//! table is being written; what was committed is whole, and each can be done again.

use crate::support::{Folder, PROGRAM};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// Agencies that are large enough to be a group of their own; others aren't.
const LARGE: u32 = 5;
const LARGE_PEOPLE: u32 = 40;
/// Two of these are a group together.
const SMALL_PEOPLE: u32 = 12;
/// For so long a statement keeps all others from writing only where it never ends.
const STANDS_STILL: Duration = Duration::from_millis(250);
/// What a roster is in force with: institutions, registry, people and units. Rows that an import has only prepared
/// belong to no roster in force.
const IN_FORCE: &str = "SELECT \
     (SELECT COALESCE(GROUP_CONCAT(code || COALESCE(node, '?') || COALESCE(HEX(roster_id), '?') || next_number), '') \
     FROM institution WHERE campaign_id = c.campaign_id) || '; ' || \
     (SELECT COALESCE(GROUP_CONCAT(parent || code || name), '') FROM registry_node) || '; ' || \
     (SELECT COALESCE(GROUP_CONCAT(parent || name_key || node), '') FROM registry_name) || '; ' || \
     (SELECT COUNT(*) || COALESCE(MAX(p.position_name), '') FROM participant p JOIN institution i \
     ON i.campaign_id = p.campaign_id AND i.code = p.institution AND i.roster_id = p.roster_id \
     WHERE p.campaign_id = c.campaign_id) || '; ' || \
     (SELECT COALESCE(GROUP_CONCAT(u.name || COALESCE(u.parent, '')), '') FROM unit u JOIN institution i \
     ON i.campaign_id = u.campaign_id AND i.code = u.institution AND i.roster_id = u.roster_id \
     WHERE u.campaign_id = c.campaign_id) || '; ' || \
     (SELECT COUNT(*) FROM audit WHERE campaign_id = c.campaign_id) FROM campaign c WHERE c.slug = 'konsep'";
/// All that locking writes in its commit.
const LOCKED: &str = "SELECT c.state || (c.roster_epoch IS NOT NULL) || '; ' || \
     (SELECT COUNT(*) FROM reporting_group WHERE campaign_id = c.campaign_id) || ' groups, ' || \
     (SELECT COUNT(*) FROM group_list WHERE campaign_id = c.campaign_id) || ' list, ' || \
     (SELECT COUNT(group_index) FROM unit WHERE campaign_id = c.campaign_id) || ' agencies, ' || \
     (SELECT COUNT(group_index) FROM institution WHERE campaign_id = c.campaign_id) || ' institution, ' || \
     (SELECT COUNT(*) FROM log_head WHERE campaign_id = c.campaign_id) || ' head, ' || \
     (SELECT COUNT(*) FROM roster_digest WHERE campaign_id = c.campaign_id) || ' digest, ' || \
     (SELECT COUNT(*) FROM edition WHERE campaign_id = c.campaign_id) || ' edition, ' || \
     (SELECT COUNT(*) FROM audit WHERE campaign_id = c.campaign_id) || ' lines' \
     FROM campaign c WHERE c.slug = 'konsep'";

/// The database of a folder, beside the command that uses it.
struct Beside {
    connection: SqliteConnection,
    /// Waits for others only so long as they can't be standing still.
    impatient: SqliteConnection,
}

impl Beside {
    async fn of(folder: &Folder) -> Self {
        let options = SqliteConnectOptions::new().filename(folder.data().join("ikrar.sqlite"));
        let connection = SqliteConnection::connect_with(&options).await.unwrap();
        let impatient = SqliteConnection::connect_with(&options.busy_timeout(STANDS_STILL)).await.unwrap();
        Self { connection, impatient }
    }

    async fn run(&mut self, statement: &str) {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut self.connection).await.unwrap();
    }

    async fn read(&mut self, statement: &'static str) -> String {
        sqlx::query_scalar(statement).fetch_one(&mut self.connection).await.unwrap()
    }

    /// From now on, a statement of this kind never ends.
    async fn never_ends(&mut self, event: &str) {
        self.run("CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT x FROM n")
            .await;
        self.run(&format!("CREATE TRIGGER stopping AFTER {event} BEGIN SELECT COUNT(*) FROM endless; END")).await;
    }

    /// While a statement doesn't end, nobody else can write.
    async fn somebody_stands_still(&mut self, running: &mut Child) {
        let began = Instant::now();
        while sqlx::query("BEGIN IMMEDIATE").execute(&mut self.impatient).await.is_ok() {
            sqlx::query("ROLLBACK").execute(&mut self.impatient).await.unwrap();
            assert!(running.try_wait().unwrap().is_none(), "it ended, and nothing stopped it");
            assert!(began.elapsed() < Duration::from_secs(120), "it never came so far");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn ends_again(&mut self) {
        self.run("DROP TRIGGER stopping").await;
        self.run("DROP VIEW endless").await;
    }
}

fn letters(number: u32) -> String {
    format!("{number:04}").bytes().map(|digit| char::from(b'a' + digit - b'0')).collect()
}

/// So many agencies, with people of their own and in two units. The last ones are too small to be shown.
fn write_file(path: &Path, position: &str, agencies: u32) {
    let mut text = String::from("NIP;NAMA;JABATAN;PERANGKAT DAERAH;UNIT KERJA;KODE INSTANSI;INSTANSI\n");
    let mut number = 0;
    for agency in 1..=agencies {
        for person in 0..if agency > LARGE { SMALL_PEOPLE } else { LARGE_PEOPLE } {
            number += 1;
            let unit = ["", "Sekretariat", "Bidang Data"][person as usize % 3];
            let position = if number == 1 { position } else { "Analis" };
            let (name, agency) = (letters(number), letters(agency));
            writeln!(text, "198001012005011{number:03};Orang {name};{position};Dinas {agency};{unit};71;Kota").unwrap();
        }
    }
    std::fs::write(path, text).unwrap();
}

fn begun(folder: &Folder, arguments: &[&str]) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data").arg(folder.data());
    command.args(["--listen", &folder.address().to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a command while it writes, once for each kind of statement.
async fn killed_at_each(folder: &Folder, command: &[&str], statements: &[&str], what: &'static str) {
    let mut beside = Beside::of(folder).await;
    let before = beside.read(what).await;
    for statement in statements {
        beside.never_ends(statement).await;
        let mut running = begun(folder, command);
        beside.somebody_stands_still(&mut running).await;
        running.kill().unwrap();
        running.wait().unwrap();
        beside.ends_again().await;
        assert_eq!(beside.read(what).await, before, "killed at {statement}");
    }
    assert!(folder.fsck().1["sound"].as_bool().unwrap());
}

/// Kills a command as soon as its commit is seen, and returns what is there then.
async fn killed_after_its_commit(folder: &Folder, command: &[&str], what: &'static str) -> String {
    let mut beside = Beside::of(folder).await;
    let before = beside.read(what).await;
    let mut running = begun(folder, command);
    let began = Instant::now();
    while beside.read(what).await == before {
        assert!(began.elapsed() < Duration::from_secs(120), "it never came so far");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(folder.fsck().1["sound"].as_bool().unwrap());
    beside.read(what).await
}

fn draft() -> Folder {
    let folder = Folder::new(20);
    folder.start().kill();
    let facts =
        ["--organizer", "Kota", "--place", "Kota", "--help-contact", "BKPSDM", "--occasion", "Uji", "--year", "2029"];
    folder.done(&[&["campaign", "create", "konsep", "--title", "Konsep", "--groups", "agency"], &facts[..]].concat());
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_of_agencies_that_is_killed_leaves_nothing_in_whichever_table_it_is() {
    let folder = draft();
    let file = folder.data().join("daftar.csv");
    let import = ["import", "--campaign", "konsep", file.to_str().unwrap()];
    write_file(&file, "Kepala", LARGE + 1);
    let first = [
        "INSERT ON unit",
        "INSERT ON institution",
        "INSERT ON registry_node",
        "INSERT ON registry_name",
        "UPDATE OF node ON institution",
        "UPDATE OF roster_id ON institution",
        "UPDATE ON roster_import",
        "INSERT ON audit",
    ];
    killed_at_each(&folder, &import, &first, IN_FORCE).await;
    let whole = killed_after_its_commit(&folder, &import, IN_FORCE).await;
    let people = LARGE * LARGE_PEOPLE + SMALL_PEOPLE;
    assert!(whole.contains(&format!("; {people}Kepala; ")) && whole.contains("71Kota"), "{whole}");

    // Another agency and another position are written in place.
    write_file(&file, "Sekretaris", LARGE + 2);
    killed_at_each(&folder, &import, &["INSERT ON unit", "INSERT ON participant", "INSERT ON audit"], IN_FORCE).await;
    let whole = killed_after_its_commit(&folder, &import, IN_FORCE).await;
    assert!(whole.contains(&format!("; {}Sekretaris; ", people + SMALL_PEOPLE)), "{whole}");
    folder.done(&import);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_by_agency_that_is_killed_leaves_a_draft_in_whichever_table_it_is() {
    let folder = draft();
    let file = folder.data().join("daftar.csv");
    write_file(&file, "Kepala", LARGE + 2);
    folder.done(&["import", "--campaign", "konsep", file.to_str().unwrap()]);
    let lock = ["campaign", "lock", "konsep"];
    let statements = [
        "UPDATE OF path ON unit",
        "INSERT ON leaf",
        "INSERT ON reporting_group",
        "UPDATE OF group_index ON institution WHEN NEW.group_index IS NOT NULL",
        "UPDATE OF group_index ON unit",
        "INSERT ON group_list",
        "INSERT ON log_head",
        "INSERT ON roster_digest",
        "INSERT ON edition",
        "UPDATE OF state ON campaign",
        "INSERT ON audit",
    ];
    killed_at_each(&folder, &lock, &statements, LOCKED).await;
    let whole = killed_after_its_commit(&folder, &lock, LOCKED).await;
    let groups = LARGE + 1;
    let expected =
        format!("locked1; {groups} groups, 1 list, {LARGE} agencies, 1 institution, 1 head, 1 digest, 1 edition, ");
    assert!(whole.starts_with(&expected), "{whole}");
    folder.done(&["campaign", "unlock", "konsep", "--reason", "uji"]);
    folder.done(&lock);
    assert!(Beside::of(&folder).await.read(LOCKED).await.starts_with(&expected));
}

//! A temporary PostgreSQL and a PgBouncer in front of it, with their own folder and with sockets that only their owner
//! can reach. They end with the tests, however these end.
//!
//! A shell supervises the server: it waits for the end of its input, which the system closes when this process ends,
//! even if it is killed. Then it stops the server and removes the folder.
#![allow(dead_code, reason = "each test binary uses its part")]

use ikrar::config::DatabaseUrl;
use ikrar::store::postgres::{Server, migrate};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Debian keeps each version's programs in a folder of its own.
const DEBIAN: &str = "/usr/lib/postgresql";
/// initdb refuses to run as root; this user owns nothing.
const NOBODY: u32 = 65_534;
const SUPERUSER: &str = "ikrar";
const TEMPLATE: &str = "ikrar_template";
const KEEPER: &str = r#"trap '' INT TERM HUP
read _
kill -9 "$(cat "$1/pgbouncer.pid")"
"$0/pg_ctl" -D "$1/data" -m immediate -w stop
rm -rf "$1""#;
/// Where the pooler is, since it isn't in everybody's PATH.
const SYSTEM_PROGRAMS: &str = "/usr/sbin";
const POOLER_PORT: u16 = 6_432;

/// One server per test binary; each test has a database of its own.
static SHARED: OnceCell<PostgresServer> = OnceCell::const_new();

pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    databases: AtomicU32,
    /// Dropping its input ends the server.
    _keeper: Child,
}

impl PostgresServer {
    /// The server that all tests of this binary share.
    pub async fn shared() -> &'static Self {
        SHARED.get_or_init(Self::start).await
    }

    /// A server of its own, for tests that stop it.
    pub async fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("ikrar-pg-").tempdir().unwrap().keep();
        if is_root() {
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut keeper = as_nobody(Path::new("sh"), &folder);
        keeper.arg("-c").arg(KEEPER).arg(&programs).arg(&folder).stdin(Stdio::piped());
        let keeper = keeper.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { programs, folder, databases: AtomicU32::new(0), _keeper: keeper };
        server.run("initdb", &["-D", &server.data(), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync"]);
        server.resume();
        server.start_pooler();
        server.execute("postgres", &format!("CREATE DATABASE {TEMPLATE}")).await;
        let url = DatabaseUrl::new(&server.url(TEMPLATE));
        migrate(&Server::parse(&url, false).unwrap()).await.unwrap();
        server
    }

    /// The address of a new database, migrated and empty.
    pub async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
        self.url(&name)
    }

    /// The address of a new database without a single table.
    pub async fn bare_database(&self) -> String {
        let name = format!("bare_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.execute("postgres", &format!("CREATE DATABASE {name}")).await;
        self.url(&name)
    }

    /// The same database through the pooler, which has far fewer connections than its clients and gives one for a
    /// transaction only.
    pub fn pooled(&self, url: &str) -> String {
        let (at, parameters) = url.split_once('?').unwrap();
        let folder = self.folder.display();
        assert!(parameters.starts_with(&format!("host={folder}&")), "{url}");
        format!("{at}?host={folder}/pooler&port={POOLER_PORT}&user={SUPERUSER}")
    }

    /// Each test has a database of its own, and a connection to it that nobody uses any more is given up soon: there
    /// are more tests than connections.
    fn start_pooler(&self) {
        let folder = self.folder.display();
        let settings = format!(
            "[databases]\n* = host={folder} user={SUPERUSER}\n[pgbouncer]\nlisten_addr =\nlisten_port = {POOLER_PORT}\n\
             unix_socket_dir = {folder}/pooler\nlogfile = {folder}/pgbouncer.log\npidfile = {folder}/pgbouncer.pid\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 1000\n\
             server_idle_timeout = 5\n"
        );
        let file = self.folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        self.run("mkdir", &[&format!("{folder}/pooler")]);
        self.run(pooler().to_str().unwrap(), &["-d", file.to_str().unwrap()]);
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user={SUPERUSER}", self.folder.display())
    }

    /// Stops the server: `immediate` as a crash does, `fast` as an administrator does.
    pub fn stop(&self, mode: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", mode, "-w", "stop"]);
    }

    /// Starts it, also again, and returns when it takes connections.
    pub fn resume(&self) {
        let log = self.folder.join("log");
        // Nothing is kept beyond the test, so nothing waits for the disk.
        let settings = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c fsync=off -c full_page_writes=off \
             -c max_connections=400",
            self.folder.display()
        );
        self.run("pg_ctl", &["-D", &self.data(), "-l", log.to_str().unwrap(), "-w", "-o", &settings, "start"]);
    }

    /// Runs one statement as the superuser.
    pub async fn execute(&self, database: &str, statement: &str) {
        let mut connection = PgConnection::connect(&self.url(database)).await.unwrap();
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// One number, as the superuser.
    pub async fn number(&self, database: &str, query: &str) -> i64 {
        let mut connection = PgConnection::connect(&self.url(database)).await.unwrap();
        let row = sqlx::query(AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row.get(0)
    }

    /// Gives a database another name, whoever uses it: they are sent away, and come back to what has the name then.
    pub async fn take_place(&self, database: &str, of: &str) {
        let query = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname =";
        self.execute("postgres", &format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false")).await;
        while self.number("postgres", &format!("{query} '{database}'")).await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.execute("postgres", &format!("ALTER DATABASE {database} RENAME TO {of}")).await;
        self.execute("postgres", &format!("ALTER DATABASE {of} ALLOW_CONNECTIONS true")).await;
    }

    /// Backs a database up into a new one, while it is in use.
    pub async fn copy(&self, from: &str, to: &str) {
        self.execute("postgres", &format!("CREATE DATABASE {to}")).await;
        let (socket, file) = (self.folder.to_str().unwrap(), self.folder.join(format!("{to}.dump")));
        let file = file.to_str().unwrap();
        self.run("pg_dump", &["-h", socket, "-U", SUPERUSER, "-Fc", "-f", file, from]);
        self.run("pg_restore", &["-h", socket, "-U", SUPERUSER, "-d", to, file]);
    }

    /// The folder of the socket.
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    fn data(&self) -> String {
        self.folder.join("data").to_str().unwrap().to_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let own = self.programs.join(program);
        let mut command = as_nobody(if own.exists() { &own } else { Path::new(program) }, &self.folder);
        let done = command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        assert!(done.unwrap().success(), "{program} failed: {}", log());
    }
}

fn as_nobody(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

fn pooler() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain([PathBuf::from(SYSTEM_PROGRAMS)]);
    let folder = folders.find(|folder| folder.join("pgbouncer").exists());
    folder.expect("PgBouncer isn't here: install Debian's package `pgbouncer`, as `make test` does").join("pgbouncer")
}

/// The folder of PostgreSQL's programs, the newest where there are several.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().map(|version| version.unwrap().path().join("bin"));
    let number =
        |folder: &PathBuf| folder.parent().and_then(|version| version.file_name()?.to_str()?.parse::<u32>().ok());
    let mut found: Vec<PathBuf> = versions.filter(|folder| folder.join("initdb").exists()).collect();
    found.sort_by_key(number);
    found
        .pop()
        .or_else(|| std::env::split_paths(&path).find(|folder| folder.join("initdb").exists()))
        .expect("PostgreSQL's programs aren't here: install Debian's package `postgresql`, as `make test` does")
}

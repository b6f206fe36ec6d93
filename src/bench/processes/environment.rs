//! What a run needs, started and taken away again: a folder, a database, the nodes that are measured, and the two
//! ceilings beside them.

use crate::app::Services;
use crate::app::database;
use crate::bench::context::BenchContext;
use crate::bench::figures::report::Engine;
use crate::bench::processes::child_guard::{Ending, Held};
use crate::bench::processes::procfs;
use crate::bench::processes::temporary_postgres::Throwaway;
use crate::config::{DatabaseUrl, Settings};
use crate::i18n::Words;
use crate::output::errln;
use crate::server::self_signed;
use crate::service::data_folder::{make_private, write_private};
use anyhow::{Context, bail};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A node of a large installation reads its people first; a busy machine takes its time.
const READY_TIMEOUT: Duration = Duration::from_secs(120);
const PROBE_INTERVAL: Duration = Duration::from_millis(20);

/// Parts are dropped in this order: who uses a thing before the thing.
pub struct Stage {
    pub echo: Vec<Node>,
    pub no_store: Vec<Node>,
    pub nodes: Vec<Node>,
    /// The installation, for making the campaign and for recounting it.
    pub state: Services,
    pub engine: Engine,
    /// Where no database was given.
    pub postgres: Option<Throwaway>,
    settings: Settings,
    addresses: Vec<SocketAddr>,
    tls: Option<OwnTls>,
    folder: PathBuf,
    _folder: Held,
}

/// What the nodes serve over TLS with: files in the run's folder.
struct OwnTls {
    chain: PathBuf,
    key: PathBuf,
    certificate_der: Vec<u8>,
}

/// Whether the nodes are reached over TLS, which they then speak themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Plain,
    Tls,
}

/// One process of this program.
pub struct Node {
    held: Held,
    pub address: SocketAddr,
}

impl Node {
    pub fn pid(&self) -> u32 {
        self.held.pid()
    }
}

/// What listens on the way to the same answer.
#[derive(Clone, Copy)]
enum Program<'s> {
    Echo,
    Forgetful(&'s str),
    Serve,
}

impl Stage {
    /// Makes the folder, the database and the keys. A given database keeps the keyring of its own data folder; everything
    /// else is temporary.
    pub async fn set(context: &BenchContext, engine: Engine, nodes: u32, over: Over) -> anyhow::Result<Self> {
        let (given, words) = (&context.settings, context.words);
        let named = check(given, engine, nodes, words)?;
        let base = if named { None } else { given.data.clone() };
        let base = base.unwrap_or_else(std::env::temp_dir);
        std::fs::create_dir_all(&base).with_context(|| base.display().to_string())?;
        let base = base.canonicalize()?;
        let folder = base.join(format!("ikrar-bench-{}", std::process::id()));
        let own_folder = Held::folder(&folder)?;
        make_private(&folder).with_context(|| folder.display().to_string())?;
        let postgres = match engine {
            Engine::Postgres if !named => {
                let beside = base.join(format!("ikrar-bench-{}-postgres", std::process::id()));
                Some(Throwaway::start(beside, words).await?)
            }
            _ => None,
        };
        let data = given.data.clone().filter(|_| named).unwrap_or_else(|| folder.join("data"));
        let addresses = free_addresses(nodes)?;
        let url = postgres.as_ref().map(Throwaway::url);
        let settings = Settings {
            public_url: Some(given.public_url.clone().unwrap_or_else(|| over.url(addresses[0]))),
            listen: Some(addresses[0]),
            ..own_settings(given, named, url, data)
        };
        if postgres.is_some() {
            database::migrated(&settings.clone().resolve(Path::new("."))?.database).await?;
        }
        let state = (context.open)(settings.clone()).await?;
        state.campaigns.check_public_url().await?;
        let tls = match over {
            Over::Tls => Some(OwnTls::write(&folder, &state)?),
            Over::Plain => None,
        };
        let (echo, no_store, nodes) = (vec![], vec![], vec![]);
        let stage = Self {
            echo,
            no_store,
            nodes,
            state,
            engine,
            postgres,
            settings,
            addresses,
            tls,
            folder,
            _folder: own_folder,
        };
        if !stage.is_on_disk() {
            errln!("{}", words.t("bench-in-memory"));
        }
        Ok(stage)
    }

    /// Starts the nodes.
    pub async fn serve(&mut self) -> anyhow::Result<()> {
        for address in self.addresses.clone() {
            self.nodes.push(self.start(Program::Serve, address).await?);
        }
        Ok(())
    }

    /// Starts as many processes of the first ceiling as there are nodes.
    pub async fn serve_echo(&mut self) -> anyhow::Result<()> {
        for address in free_addresses(u32::try_from(self.addresses.len())?)? {
            self.echo.push(self.start(Program::Echo, address).await?);
        }
        Ok(())
    }

    /// The same of the second, for this campaign.
    pub async fn serve_without_store(&mut self, slug: &str) -> anyhow::Result<()> {
        for address in free_addresses(u32::try_from(self.addresses.len())?)? {
            self.no_store.push(self.start(Program::Forgetful(slug), address).await?);
        }
        Ok(())
    }

    /// The certificate that the nodes show; `None` where they don't speak TLS.
    pub fn certificate_der(&self) -> Option<&[u8]> {
        self.tls.as_ref().map(|tls| tls.certificate_der.as_slice())
    }

    /// The data folder of the node at this address.
    pub fn home(&self, address: SocketAddr) -> PathBuf {
        self.folder.join(format!("node-{}", address.port()))
    }

    /// The most memory that one node held so far, in MiB.
    pub fn peak_rss_mib(&self) -> Option<u64> {
        self.nodes.iter().map(|node| procfs::peak_rss_mib(node.pid())).max().flatten()
    }

    /// The file of the embedded database's write-ahead log.
    pub fn wal(&self) -> PathBuf {
        self.state.config.data.join("ikrar.sqlite-wal")
    }

    /// Whether what is committed waits for a real disk.
    pub fn is_on_disk(&self) -> bool {
        let where_it_is = self.postgres.as_ref().map_or(self.folder.as_path(), Throwaway::folder);
        !procfs::is_in_memory(where_it_is)
    }

    async fn start(&self, program: Program<'_>, address: SocketAddr) -> anyhow::Result<Node> {
        // Each has its own mark of what it has published, and the installation's keys.
        let home = self.home(address);
        make_private(&home)?;
        std::fs::copy(self.state.config.data.join("keyring"), home.join("keyring"))?;
        let mut holder = Held::holder(Ending::Kill, None);
        holder.arg(std::env::current_exe()?);
        match program {
            Program::Echo => holder.args(["bench", "echo"]),
            Program::Forgetful(slug) => holder.args(["bench", "forgetful", slug]),
            Program::Serve => holder.arg("serve"),
        };
        if let (Program::Serve, Some(tls)) = (program, &self.tls) {
            holder.arg("--tls-cert").arg(&tls.chain).arg("--tls-key").arg(&tls.key);
        }
        holder.arg("--data").arg(&home).args(["--listen", &address.to_string()]);
        holder.args(["--public-url", &self.state.config.public_url]);
        holder.arg("--passphrase-file").arg(&self.state.config.passphrase_file);
        if self.settings.database_pooled {
            holder.arg("--database-pooled");
        }
        // Not among the arguments, which everybody on the machine can read.
        let url = self.settings.database_url.as_ref().map(DatabaseUrl::expose).unwrap_or_default();
        holder.env("IKRAR_DATABASE_URL", url);
        if std::env::var_os("RUST_LOG").is_none() {
            holder.env("RUST_LOG", "error");
        }
        let node = Node { held: Held::start(holder)?, address };
        node.wait_until_ready().await?;
        Ok(node)
    }
}

impl OwnTls {
    fn write(folder: &Path, state: &Services) -> anyhow::Result<Self> {
        let made = self_signed::make("Ikrar (bench)", [Ipv4Addr::LOCALHOST.to_string()], state.now().0)?;
        let (chain, key) = (folder.join("tls-certificate.pem"), folder.join("tls-key.pem"));
        write_private(&chain, made.certificate_pem.as_bytes())?;
        write_private(&key, made.key_pem.as_bytes())?;
        Ok(Self { chain, key, certificate_der: made.certificate_der })
    }
}

impl Over {
    fn url(self, address: SocketAddr) -> String {
        match self {
            Self::Plain => format!("http://{address}"),
            Self::Tls => format!("https://{address}"),
        }
    }
}

impl Node {
    async fn wait_until_ready(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            if !procfs::is_running(self.pid()) {
                bail!("the server ended before it was ready");
            }
            if began.elapsed() > READY_TIMEOUT {
                bail!("the server wasn't ready within {} s", READY_TIMEOUT.as_secs());
            }
            sleep(PROBE_INTERVAL).await;
        }
        Ok(())
    }
}

/// The settings of a run's installation in its folder. What was named keeps its database, pooler and passphrase.
fn own_settings(given: &Settings, named: bool, throwaway: Option<DatabaseUrl>, data: PathBuf) -> Settings {
    let embedded = || DatabaseUrl::new(&format!("sqlite://{}", data.join("ikrar.sqlite").display()));
    let url = given.database_url.clone().filter(|_| named).or(throwaway).unwrap_or_else(embedded);
    let passphrase = given.passphrase_file.clone().filter(|_| named);
    Settings {
        database_url: Some(url),
        database_pooled: named && given.database_pooled,
        migrate_url: None,
        passphrase_file: Some(passphrase.unwrap_or_else(|| data.join("keyring.passphrase"))),
        data: Some(data),
        ..given.clone()
    }
}

/// Whether a database was named. Refuses what doesn't go together.
fn check(given: &Settings, engine: Engine, nodes: u32, words: Words) -> anyhow::Result<bool> {
    if engine == Engine::Sqlite && nodes > 1 {
        bail!(words.t("bench-nodes-need-postgres"));
    }
    let Some(url) = &given.database_url else { return Ok(false) };
    if engine == Engine::Sqlite || !matches!(url.scheme(), "postgres" | "postgresql") {
        bail!(words.t("bench-url-is-for-postgres"));
    }
    // A keyring that is thrown away afterwards would leave a database that nobody can use.
    if !given.data.as_deref().is_some_and(Path::is_dir) {
        bail!(words.t("bench-url-needs-data"));
    }
    Ok(true)
}

/// Ports that are free now, all of them different.
fn free_addresses(count: u32) -> std::io::Result<Vec<SocketAddr>> {
    let taken: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    taken.iter().map(TcpListener::local_addr).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_go_together_is_refused() {
        let words = Words::default();
        let here = Some(std::env::temp_dir());
        let named = |url: &str, data: Option<PathBuf>| Settings {
            database_url: Some(DatabaseUrl::new(url)),
            data,
            ..Settings::default()
        };
        let bare = Settings::default();
        assert!(!check(&bare, Engine::Sqlite, 1, words).unwrap() && !check(&bare, Engine::Postgres, 2, words).unwrap());
        assert!(check(&bare, Engine::Sqlite, 2, words).is_err());
        assert!(check(&named("postgres://h/d", here.clone()), Engine::Postgres, 1, words).unwrap());
        assert!(check(&named("postgres://h/d", here.clone()), Engine::Sqlite, 1, words).is_err());
        assert!(check(&named("postgres://h/d", None), Engine::Postgres, 1, words).is_err());
        assert!(check(&named("sqlite:///x", here), Engine::Postgres, 1, words).is_err());
    }

    #[test]
    fn free_ports_are_different_ones() {
        let mut found = free_addresses(3).unwrap();
        found.dedup();
        assert_eq!(found.len(), 3);
    }
}

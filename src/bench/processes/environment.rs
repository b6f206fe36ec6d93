//! The environment of a run, removed at its end: a folder, a database, the nodes under load, and the servers of the two
//! ceilings.

use crate::app::database;
use crate::app::{Resources, Services};
use crate::bench::context::BenchContext;
use crate::bench::figures::report::DatabaseEngine;
use crate::bench::processes::child_guard::{ChildGuard, StopSignal};
use crate::bench::processes::procfs;
use crate::bench::processes::temporary_postgres::TemporaryPostgres;
use crate::config::{ConfigOptions, DatabaseUrl};
use crate::i18n::Localizer;
use crate::output::errln;
use crate::server::self_signed;
use crate::service::data_folder::{make_private, write_private};
use anyhow::{Context, bail};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A node of a large installation reads its roster first, and the machine may be busy, so this is long.
const READY_TIMEOUT: Duration = Duration::from_secs(120);
const PROBE_INTERVAL: Duration = Duration::from_millis(20);

/// Fields are dropped in this order: users before what they use.
pub struct Environment {
    pub echo_servers: Vec<NodeProcess>,
    pub noop_store_servers: Vec<NodeProcess>,
    pub nodes: Vec<NodeProcess>,
    /// The installation, to create the campaign and to recount it.
    pub services: Services,
    /// What the services are built on.
    pub resources: Resources,
    pub engine: DatabaseEngine,
    /// The temporary PostgreSQL, if the run uses one.
    pub postgres: Option<TemporaryPostgres>,
    settings: ConfigOptions,
    addresses: Vec<SocketAddr>,
    tls: Option<OwnTls>,
    folder: PathBuf,
    _folder_guard: ChildGuard,
}

/// The TLS certificate and key of the nodes, as files in the run's folder.
struct OwnTls {
    chain: PathBuf,
    key: PathBuf,
    certificate_der: Vec<u8>,
}

/// How the nodes are reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Plain,
    Tls,
}

/// One server process of this program.
pub struct NodeProcess {
    guard: ChildGuard,
    pub address: SocketAddr,
}

impl NodeProcess {
    pub fn pid(&self) -> u32 {
        self.guard.pid()
    }
}

/// Which server a process runs.
#[derive(Clone, Copy)]
enum ServerKind<'s> {
    Echo,
    NoopStore(&'s str),
    Serve,
}

impl Environment {
    /// Creates the folder, the database and the keys. An external database keeps the keyring of its own data folder;
    /// everything else is temporary.
    pub async fn start(
        context: &BenchContext,
        engine: DatabaseEngine,
        nodes: u32,
        transport: Transport,
    ) -> anyhow::Result<Self> {
        let (options, words) = (&context.settings, context.words);
        let external = is_external(options, engine, nodes, words)?;
        let base = if external { None } else { options.data.clone() };
        let base = base.unwrap_or_else(std::env::temp_dir);
        std::fs::create_dir_all(&base).with_context(|| base.display().to_string())?;
        let base = base.canonicalize()?;
        let folder = base.join(format!("ikrar-bench-{}", std::process::id()));
        let folder_guard = ChildGuard::folder(&folder)?;
        make_private(&folder).with_context(|| folder.display().to_string())?;
        let postgres = match engine {
            DatabaseEngine::Postgres if !external => {
                let beside = base.join(format!("ikrar-bench-{}-postgres", std::process::id()));
                Some(TemporaryPostgres::start(beside, words).await?)
            }
            _ => None,
        };
        let data = options.data.clone().filter(|_| external).unwrap_or_else(|| folder.join("data"));
        let addresses = free_addresses(nodes)?;
        let url = postgres.as_ref().map(TemporaryPostgres::url);
        let settings = ConfigOptions {
            public_url: Some(options.public_url.clone().unwrap_or_else(|| transport.url(addresses[0]))),
            listen: Some(addresses[0]),
            ..own_settings(options, external, url, data)
        };
        if postgres.is_some() {
            database::migrated(&settings.clone().resolve(Path::new("."))?.database).await?;
        }
        let resources = (context.open)(settings.clone()).await?;
        let services = Services::start(resources.clone()).await?;
        services.campaigns.check_public_url().await?;
        let tls = match transport {
            Transport::Tls => Some(OwnTls::write(&folder, &services)?),
            Transport::Plain => None,
        };
        let (echo_servers, noop_store_servers, nodes) = (vec![], vec![], vec![]);
        let environment = Self {
            echo_servers,
            noop_store_servers,
            nodes,
            services,
            resources,
            engine,
            postgres,
            settings,
            addresses,
            tls,
            folder,
            _folder_guard: folder_guard,
        };
        if !environment.is_on_disk() {
            errln!("{}", words.t("bench-in-memory"));
        }
        Ok(environment)
    }

    /// Starts the nodes.
    pub async fn start_nodes(&mut self) -> anyhow::Result<()> {
        for address in self.addresses.clone() {
            self.nodes.push(self.spawn(ServerKind::Serve, address).await?);
        }
        Ok(())
    }

    /// Starts as many servers of the first ceiling as there are nodes.
    pub async fn start_echo_servers(&mut self) -> anyhow::Result<()> {
        for address in free_addresses(u32::try_from(self.addresses.len())?)? {
            self.echo_servers.push(self.spawn(ServerKind::Echo, address).await?);
        }
        Ok(())
    }

    /// Starts as many servers of the second ceiling, for this campaign.
    pub async fn start_noop_store_servers(&mut self, slug: &str) -> anyhow::Result<()> {
        for address in free_addresses(u32::try_from(self.addresses.len())?)? {
            self.noop_store_servers.push(self.spawn(ServerKind::NoopStore(slug), address).await?);
        }
        Ok(())
    }

    /// The certificate of the nodes; `None` without TLS.
    pub fn certificate_der(&self) -> Option<&[u8]> {
        self.tls.as_ref().map(|tls| tls.certificate_der.as_slice())
    }

    /// The data folder of the node at this address.
    pub fn node_folder(&self, address: SocketAddr) -> PathBuf {
        self.folder.join(format!("node-{}", address.port()))
    }

    /// Peak resident memory of the largest node so far, in MiB.
    pub fn peak_rss_mib(&self) -> Option<u64> {
        self.nodes.iter().map(|node| procfs::peak_rss_mib(node.pid())).max().flatten()
    }

    /// The embedded database's write-ahead log.
    pub fn wal_file(&self) -> PathBuf {
        self.services.config.data.join("ikrar.sqlite-wal")
    }

    /// Whether commits wait for a real disk.
    pub fn is_on_disk(&self) -> bool {
        let where_it_is = self.postgres.as_ref().map_or(self.folder.as_path(), TemporaryPostgres::folder);
        !procfs::is_in_memory(where_it_is)
    }

    async fn spawn(&self, kind: ServerKind<'_>, address: SocketAddr) -> anyhow::Result<NodeProcess> {
        // Each node has its own high-water mark and a copy of the installation's keys.
        let folder = self.node_folder(address);
        make_private(&folder)?;
        std::fs::copy(self.services.config.data.join("keyring"), folder.join("keyring"))?;
        let mut supervisor = ChildGuard::supervisor(StopSignal::Kill, None);
        supervisor.arg(std::env::current_exe()?);
        match kind {
            ServerKind::Echo => supervisor.args(["bench", "echo"]),
            ServerKind::NoopStore(slug) => supervisor.args(["bench", "noop-store", slug]),
            ServerKind::Serve => supervisor.arg("serve"),
        };
        if let (ServerKind::Serve, Some(tls)) = (kind, &self.tls) {
            supervisor.arg("--tls-cert").arg(&tls.chain).arg("--tls-key").arg(&tls.key);
        }
        supervisor.arg("--data").arg(&folder).args(["--listen", &address.to_string()]);
        supervisor.args(["--public-url", &self.services.config.public_url]);
        supervisor.arg("--passphrase-file").arg(&self.services.config.passphrase_file);
        if self.settings.database_pooled {
            supervisor.arg("--database-pooled");
        }
        // Not an argument: every user of the machine can read those.
        let url = self.settings.database_url.as_ref().map(DatabaseUrl::expose).unwrap_or_default();
        supervisor.env("IKRAR_DATABASE_URL", url);
        if std::env::var_os("RUST_LOG").is_none() {
            supervisor.env("RUST_LOG", "error");
        }
        let node = NodeProcess { guard: ChildGuard::spawn(supervisor)?, address };
        node.wait_until_ready().await?;
        Ok(node)
    }
}

impl OwnTls {
    fn write(folder: &Path, services: &Services) -> anyhow::Result<Self> {
        let made = self_signed::make("Ikrar (bench)", [Ipv4Addr::LOCALHOST.to_string()], services.now().0)?;
        let (chain, key) = (folder.join("tls-certificate.pem"), folder.join("tls-key.pem"));
        write_private(&chain, made.certificate_pem.as_bytes())?;
        write_private(&key, made.key_pem.as_bytes())?;
        Ok(Self { chain, key, certificate_der: made.certificate_der })
    }
}

impl Transport {
    fn url(self, address: SocketAddr) -> String {
        match self {
            Self::Plain => format!("http://{address}"),
            Self::Tls => format!("https://{address}"),
        }
    }
}

impl NodeProcess {
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

/// The settings of the run's installation. An external one keeps its database, pooler and passphrase.
fn own_settings(
    options: &ConfigOptions,
    external: bool,
    temporary_url: Option<DatabaseUrl>,
    data: PathBuf,
) -> ConfigOptions {
    let embedded = || DatabaseUrl::new(&format!("sqlite://{}", data.join("ikrar.sqlite").display()));
    let url = options.database_url.clone().filter(|_| external).or(temporary_url).unwrap_or_else(embedded);
    let passphrase = options.passphrase_file.clone().filter(|_| external);
    ConfigOptions {
        database_url: Some(url),
        database_pooled: external && options.database_pooled,
        migrate_url: None,
        passphrase_file: Some(passphrase.unwrap_or_else(|| data.join("keyring.passphrase"))),
        data: Some(data),
        ..options.clone()
    }
}

/// Whether an external database was named. Refuses options that don't go together.
fn is_external(options: &ConfigOptions, engine: DatabaseEngine, nodes: u32, words: Localizer) -> anyhow::Result<bool> {
    if engine == DatabaseEngine::Sqlite && nodes > 1 {
        bail!(words.t("bench-nodes-need-postgres"));
    }
    let Some(url) = &options.database_url else { return Ok(false) };
    if engine == DatabaseEngine::Sqlite || !matches!(url.scheme(), "postgres" | "postgresql") {
        bail!(words.t("bench-url-is-for-postgres"));
    }
    // A temporary keyring would leave a database that no one can use.
    if !options.data.as_deref().is_some_and(Path::is_dir) {
        bail!(words.t("bench-url-needs-data"));
    }
    Ok(true)
}

/// Distinct ports that are free now.
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
        let words = Localizer::default();
        let here = Some(std::env::temp_dir());
        let external = |url: &str, data: Option<PathBuf>| ConfigOptions {
            database_url: Some(DatabaseUrl::new(url)),
            data,
            ..ConfigOptions::default()
        };
        let bare = ConfigOptions::default();
        assert!(
            !is_external(&bare, DatabaseEngine::Sqlite, 1, words).unwrap()
                && !is_external(&bare, DatabaseEngine::Postgres, 2, words).unwrap()
        );
        assert!(is_external(&bare, DatabaseEngine::Sqlite, 2, words).is_err());
        assert!(is_external(&external("postgres://h/d", here.clone()), DatabaseEngine::Postgres, 1, words).unwrap());
        assert!(is_external(&external("postgres://h/d", here.clone()), DatabaseEngine::Sqlite, 1, words).is_err());
        assert!(is_external(&external("postgres://h/d", None), DatabaseEngine::Postgres, 1, words).is_err());
        assert!(is_external(&external("sqlite:///x", here), DatabaseEngine::Postgres, 1, words).is_err());
    }

    #[test]
    fn free_ports_are_different_ones() {
        let mut found = free_addresses(3).unwrap();
        found.dedup();
        assert_eq!(found.len(), 3);
    }
}

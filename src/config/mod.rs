//! Configuration from flags, `IKRAR_*` variables and `ikrar.toml`; the first that sets an option wins.
//!
//! Deliberately absent: what is set per campaign, secrets themselves, and options that change while the program runs.

mod hosts;
mod network;

pub use hosts::AllowedHosts;
pub use network::IpNetwork;

use clap::Args;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The name of the settings file in the working folder.
pub const FILE: &str = "ikrar.toml";
/// Longest `public_url`, in bytes. With the longest credential behind it, the QR code of a certificate is as large as
/// the page has room for.
pub const PUBLIC_URL_BYTES_MAX: usize = 80;
const LISTEN: &str = "127.0.0.1:8080";
const DATA: &str = "ikrar-data";
const TWO_ACCOUNTS_ABOVE: u32 = 20;

/// Where a database is: `postgres://…` or `sqlite://FILE`. It may hold a password, so it is never printed.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    pub fn new(url: &str) -> Self {
        Self(url.into())
    }

    /// The whole URL, password included, for the database driver.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn scheme(&self) -> &str {
        self.0.split_once("://").map_or("", |(scheme, _)| scheme)
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = std::convert::Infallible;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(url))
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// Whether organizers must have a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactorPolicy {
    /// Whoever wants adds one.
    #[default]
    Optional,
    /// An organizer without one adds it before anything else.
    Required,
}

/// What can be set from outside; each may be left out.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigOptions {
    /// Folder of the embedded database, the keyring and the marks
    #[arg(long, global = true, env = "IKRAR_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Scheme, host and port that every link, QR code and log origin is made from
    #[arg(long, global = true, env = "IKRAR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Address and port to serve on
    #[arg(long, global = true, env = "IKRAR_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Address and port for /healthz, /readyz and /metrics, for those who run the service (default: none)
    #[arg(long, global = true, env = "IKRAR_ADMIN_LISTEN", value_name = "ADDR")]
    pub admin_listen: Option<SocketAddr>,
    /// Database of the installation: postgres://USER@HOST/NAME, or sqlite://FILE (default: a file in the data folder)
    #[arg(long, global = true, env = "IKRAR_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<DatabaseUrl>,
    /// A pooler stands before PostgreSQL that gives a connection for one transaction, such as PgBouncer
    #[arg(long, global = true, env = "IKRAR_DATABASE_POOLED")]
    #[serde(default)]
    pub database_pooled: bool,
    /// How PostgreSQL is reached directly, to migrate (default: the same)
    #[arg(long, global = true, env = "IKRAR_MIGRATE_URL", hide_env_values = true, value_name = "URL")]
    pub migrate_url: Option<DatabaseUrl>,
    /// File with the keyring's passphrase (default: made on first run in the data folder)
    #[arg(long, global = true, env = "IKRAR_PASSPHRASE_FILE", value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Contact for questions about personal data, shown on the privacy page
    #[arg(long, global = true, env = "IKRAR_PRIVACY_CONTACT", value_name = "TEXT")]
    pub privacy_contact: Option<String>,
    /// Proxies whose X-Forwarded-For is believed, as addresses or networks such as 10.0.0.0/8 (default: nobody's)
    #[arg(long, global = true, env = "IKRAR_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',')]
    #[serde(default)]
    pub trusted_proxy: Vec<IpNetwork>,
    /// A further name under which people or a proxy reach the service; may be given several times (default: those of
    /// the public URL and of the address served on)
    #[arg(long, global = true, env = "IKRAR_ALSO_HOST", value_name = "NAME", value_delimiter = ',')]
    #[serde(default)]
    pub also_host: Vec<String>,
    /// Use a data folder that others on this machine can reach, and say so instead of refusing it
    #[arg(long, global = true, env = "IKRAR_PERMISSIVE")]
    #[serde(default)]
    pub permissive: bool,
    /// Whether organizers must have a second factor to enter the console (default: optional)
    #[arg(long, global = true, env = "IKRAR_SECOND_FACTOR", value_name = "RULE")]
    pub second_factor: Option<SecondFactorPolicy>,
    /// A file that adds or excuses more people than this after the lock takes a second account (default: 20)
    #[arg(long, global = true, env = "IKRAR_TWO_ACCOUNTS_ABOVE", value_name = "N")]
    pub two_accounts_above: Option<u32>,
}

/// Where an installation's data is stored.
#[derive(Clone, Debug)]
pub enum Database {
    /// The embedded database.
    File(PathBuf),
    /// PostgreSQL.
    Server { url: DatabaseUrl, pooled: bool, migrate_url: DatabaseUrl },
}

/// The configuration with every option resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the keyring and the marks.
    pub data: PathBuf,
    pub database: Database,
    /// Without a slash at its end.
    pub public_url: String,
    pub listen: SocketAddr,
    /// The address of health checks and metrics, for those who run the service.
    pub admin_listen: Option<SocketAddr>,
    pub passphrase_file: PathBuf,
    pub privacy_contact: String,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNetwork>,
    /// The host names that a request may have.
    pub hosts: AllowedHosts,
    /// Whether a data folder that other users can reach is used anyway.
    pub permissive: bool,
    pub second_factor: SecondFactorPolicy,
    /// How many people one account may add or excuse by one file after the lock.
    pub two_accounts_above: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    #[error("{FILE} can't be read: {0}")]
    File(#[from] std::io::Error),
    #[error("{FILE} isn't right: {0}")]
    Toml(String),
    #[error("public_url must be http:// or https://, a host, and nothing after the port")]
    PublicUrl,
    /// The longest credential and this address wouldn't fit a certificate's QR code.
    #[error("public_url must have at most {PUBLIC_URL_BYTES_MAX} characters: it is part of each certificate's QR code")]
    PublicUrlLength,
    #[error("also_host must be a name or an address, without a scheme or a path")]
    AlsoHost,
    #[error("database_url must begin with postgres:// or sqlite://")]
    DatabaseUrl,
}

impl ConfigOptions {
    /// Takes missing options from the settings file in `folder`, then from the defaults.
    pub fn resolve(self, folder: &Path) -> Result<Config, ConfigFault> {
        let path = folder.join(FILE);
        let file: Self = if path.exists() { read(&std::fs::read_to_string(path)?)? } else { Self::default() };
        let data = self.data.or(file.data).unwrap_or_else(|| DATA.into());
        let listen = self.listen.or(file.listen).unwrap_or_else(|| LISTEN.parse().expect("the default is an address"));
        let public_url = self.public_url.or(file.public_url).unwrap_or_else(|| format!("http://{listen}"));
        let public_url = checked_url(&public_url)?;
        let also_host = if self.also_host.is_empty() { file.also_host } else { self.also_host };
        if !also_host.iter().all(|name| is_plain_host(name)) {
            return Err(ConfigFault::AlsoHost);
        }
        let url = self.database_url.or(file.database_url);
        let pooled = self.database_pooled || file.database_pooled;
        Ok(Config {
            database: database(url, pooled, self.migrate_url.or(file.migrate_url), &data)?,
            passphrase_file: self
                .passphrase_file
                .or(file.passphrase_file)
                .unwrap_or_else(|| data.join("keyring.passphrase")),
            privacy_contact: self.privacy_contact.or(file.privacy_contact).unwrap_or_default(),
            trusted_proxies: if self.trusted_proxy.is_empty() { file.trusted_proxy } else { self.trusted_proxy },
            permissive: self.permissive || file.permissive,
            second_factor: self.second_factor.or(file.second_factor).unwrap_or_default(),
            two_accounts_above: self.two_accounts_above.or(file.two_accounts_above).unwrap_or(TWO_ACCOUNTS_ABOVE),
            hosts: AllowedHosts::new(host_of(&public_url), listen, &also_host),
            public_url,
            data,
            listen,
            admin_listen: self.admin_listen.or(file.admin_listen),
        })
    }
}

impl Config {
    /// Host and port as people type it: `ikrar.example.go.id`, `127.0.0.1:8080`.
    pub fn host(&self) -> &str {
        host_of(&self.public_url)
    }

    /// Whether people reach the service over TLS, so that cookies can be `__Host-`.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Reads the settings file. The error names only the line: the parser's own message quotes it, and it may hold a
/// password.
fn read(text: &str) -> Result<ConfigOptions, ConfigFault> {
    toml::from_str(text).map_err(|fault| {
        let line = fault.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        ConfigFault::Toml(format!("line {line}"))
    })
}

fn database(
    url: Option<DatabaseUrl>,
    pooled: bool,
    migrate_url: Option<DatabaseUrl>,
    data: &Path,
) -> Result<Database, ConfigFault> {
    let Some(url) = url else { return Ok(Database::File(data.join("ikrar.sqlite"))) };
    match url.scheme() {
        "sqlite" => Ok(Database::File(url.expose()["sqlite://".len()..].into())),
        "postgres" | "postgresql" => {
            Ok(Database::Server { migrate_url: migrate_url.unwrap_or_else(|| url.clone()), url, pooled })
        }
        _ => Err(ConfigFault::DatabaseUrl),
    }
}

fn host_of(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, host)| host)
}

fn is_plain_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    !host.is_empty() && host.chars().all(plain)
}

fn checked_url(url: &str) -> Result<String, ConfigFault> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or(ConfigFault::PublicUrl)?;
    if !is_plain_host(host) || host.contains('_') {
        return Err(ConfigFault::PublicUrl);
    }
    if url.len() > PUBLIC_URL_BYTES_MAX {
        return Err(ConfigFault::PublicUrlLength);
    }
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_outweighs_the_file_and_the_file_the_default() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "listen = \"127.0.0.1:9\"\npublic_url = \"https://a.example/\"")
            .unwrap();
        let flags = ConfigOptions { public_url: Some("https://b.example".into()), ..ConfigOptions::default() };
        let config = flags.resolve(folder.path()).unwrap();
        assert_eq!((config.listen.port(), config.host()), (9, "b.example"));
        assert!(config.is_secure());
    }

    #[test]
    fn trusted_proxies_come_from_flags_or_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "trusted_proxy = [\"10.0.0.0/8\", \"::1\"]").unwrap();
        let config = ConfigOptions::default().resolve(folder.path()).unwrap();
        assert_eq!(config.trusted_proxies, ["10.0.0.0/8", "::1"].map(|network| network.parse().unwrap()));
        let flags = ConfigOptions { trusted_proxy: vec!["192.0.2.7".parse().unwrap()], ..ConfigOptions::default() };
        assert_eq!(flags.resolve(folder.path()).unwrap().trusted_proxies, ["192.0.2.7".parse().unwrap()]);
        std::fs::write(folder.path().join(FILE), "trusted_proxy = [\"10.0.0.0/33\"]").unwrap();
        assert!(matches!(ConfigOptions::default().resolve(folder.path()), Err(ConfigFault::Toml(_))));
    }

    #[test]
    fn an_address_too_long_for_the_qr_code_is_refused() {
        let resolved = |host: &str| {
            let public_url = Some(format!("https://{host}.example"));
            ConfigOptions { public_url, ..ConfigOptions::default() }.resolve(Path::new("nowhere"))
        };
        assert!(resolved(&"a".repeat(PUBLIC_URL_BYTES_MAX - 16)).is_ok());
        assert!(matches!(resolved(&"a".repeat(PUBLIC_URL_BYTES_MAX - 15)), Err(ConfigFault::PublicUrlLength)));
    }

    #[test]
    fn further_hosts_are_names_and_nothing_else() {
        let resolved = |hosts: &[&str]| {
            let also_host = hosts.iter().map(|host| (*host).to_owned()).collect();
            ConfigOptions { also_host, ..ConfigOptions::default() }.resolve(Path::new("nowhere"))
        };
        let config = resolved(&["ikrar_nodes", "10.1.2.3"]).unwrap();
        assert!(
            config.hosts.allows(b"ikrar_nodes:80")
                && config.hosts.allows(b"10.1.2.3")
                && !config.hosts.allows(b"10.1.2.4")
        );
        for wrong in ["", "https://a.example", "a.example/b", "a b", "*"] {
            assert!(matches!(resolved(&[wrong]), Err(ConfigFault::AlsoHost)), "{wrong}");
        }
    }

    #[test]
    fn the_scheme_picks_the_database() {
        let data = Path::new("here");
        let picked = |url: &str| database(Some(DatabaseUrl::new(url)), true, None, data);
        assert!(
            matches!(database(None, false, None, data), Ok(Database::File(path)) if path == data.join("ikrar.sqlite"))
        );
        assert!(
            matches!(picked("sqlite:///var/x.sqlite"), Ok(Database::File(path)) if path == Path::new("/var/x.sqlite"))
        );
        for url in ["postgres://h/d", "postgresql://h/d"] {
            let Ok(Database::Server { url: at, pooled: true, migrate_url }) = picked(url) else { panic!("{url}") };
            assert!(at == migrate_url && at.expose() == url);
        }
        assert!(matches!(picked("mysql://h/d"), Err(ConfigFault::DatabaseUrl)));
    }

    #[test]
    fn a_password_in_an_address_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let url = "postgres://ikrar:rahasia@db.example/ikrar";
        std::fs::write(&path, format!("database_url = \"{url}\"")).unwrap();
        let config = ConfigOptions::default().resolve(folder.path()).unwrap();
        assert!(matches!(config.database, Database::Server { .. }) && !format!("{config:?}").contains("rahasia"));
        for wrong in
            [format!("database_url = {url}"), format!("database_ulr = \"{url}\""), format!("listen = \"{url}\"")]
        {
            std::fs::write(&path, wrong).unwrap();
            let fault = ConfigOptions::default().resolve(folder.path()).unwrap_err();
            assert!(!format!("{fault} {fault:?}").contains("rahasia"));
        }
        let settings = ConfigOptions { database_url: Some(DatabaseUrl::new(url)), ..ConfigOptions::default() };
        assert!(!format!("{settings:?}").contains("rahasia"));
        let other = ConfigOptions { database_url: Some(DatabaseUrl::new("x://rahasia@h")), ..ConfigOptions::default() };
        let fault = other.resolve(Path::new("nowhere")).unwrap_err();
        assert!(!format!("{fault} {fault:?}").contains("rahasia"));
    }

    #[test]
    fn an_address_with_a_path_is_refused() {
        assert!(checked_url("https://a.example/b").is_err());
        assert!(checked_url("a.example").is_err());
    }
}

//! Settings: flags, `IKRAR_*` variables, or `ikrar.toml`, in this order of weight.

use clap::Args;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The name of the settings file in the working folder.
pub const FILE: &str = "ikrar.toml";
const LISTEN: &str = "127.0.0.1:8080";
const DATA: &str = "ikrar-data";

/// Where a database is: `postgres://…` or `sqlite://FILE`. It may hold a password, so it is never printed.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    pub fn new(url: &str) -> Self {
        Self(url.into())
    }

    /// The whole of it, for whoever connects.
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

/// What can be set from outside; each may be left out.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder of the embedded database, the keyring and the marks
    #[arg(long, global = true, env = "IKRAR_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Scheme, host and port that every link, QR code and log origin is made from
    #[arg(long, global = true, env = "IKRAR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Address and port to serve on
    #[arg(long, global = true, env = "IKRAR_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// File with the keyring's passphrase (default: made on first run in the data folder)
    #[arg(long, global = true, env = "IKRAR_PASSPHRASE_FILE", value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Contact for questions about personal data, shown on the privacy page
    #[arg(long, global = true, env = "IKRAR_PRIVACY_CONTACT", value_name = "TEXT")]
    pub privacy_contact: Option<String>,
}

/// Settings with every gap filled.
#[derive(Clone, Debug)]
pub struct Config {
    pub data: PathBuf,
    /// Without a slash at its end.
    pub public_url: String,
    pub listen: SocketAddr,
    pub passphrase_file: PathBuf,
    pub privacy_contact: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    #[error("{FILE} can't be read: {0}")]
    File(#[from] std::io::Error),
    #[error("{FILE} isn't right: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("public_url must be http:// or https://, a host, and nothing after the port")]
    PublicUrl,
}

impl Settings {
    /// Fills the gaps from the settings file in `folder`, then from the defaults.
    pub fn resolve(self, folder: &Path) -> Result<Config, ConfigFault> {
        let path = folder.join(FILE);
        let file: Self = if path.exists() { toml::from_str(&std::fs::read_to_string(path)?)? } else { Self::default() };
        let data = self.data.or(file.data).unwrap_or_else(|| DATA.into());
        let listen = self.listen.or(file.listen).unwrap_or_else(|| LISTEN.parse().expect("the default is an address"));
        let public_url = self.public_url.or(file.public_url).unwrap_or_else(|| format!("http://{listen}"));
        Ok(Config {
            passphrase_file: self
                .passphrase_file
                .or(file.passphrase_file)
                .unwrap_or_else(|| data.join("keyring.passphrase")),
            privacy_contact: self.privacy_contact.or(file.privacy_contact).unwrap_or_default(),
            public_url: checked_url(&public_url)?,
            data,
            listen,
        })
    }
}

impl Config {
    /// Host and port as people type it: `ikrar.example.go.id`, `127.0.0.1:8080`.
    pub fn host(&self) -> &str {
        self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, host)| host)
    }

    /// Whether people reach the service over TLS, so that cookies can be `__Host-`.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn checked_url(url: &str) -> Result<String, ConfigFault> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or(ConfigFault::PublicUrl)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || !host.chars().all(plain) {
        return Err(ConfigFault::PublicUrl);
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
        let flags = Settings { public_url: Some("https://b.example".into()), ..Settings::default() };
        let config = flags.resolve(folder.path()).unwrap();
        assert_eq!((config.listen.port(), config.host()), (9, "b.example"));
        assert!(config.is_secure());
    }

    #[test]
    fn an_address_with_a_path_is_refused() {
        assert!(checked_url("https://a.example/b").is_err());
        assert!(checked_url("a.example").is_err());
    }
}

//! The server's address and connection options. The password is never shown.

use crate::config::DatabaseUrl;
use sqlx::postgres::PgConnectOptions;
use std::str::FromStr;

/// The parameters that a URL may have. Any other is refused: a misspelt `sslmode` would be ignored silently.
const PARAMETERS: [&str; 9] =
    ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "dbname", "user", "application_name"];
/// Most prepared statements that a connection keeps; the store has fewer.
const STATEMENTS_MAX: usize = 256;
/// Milliseconds that a read may take while a request waits for it. Then the server ends it, and the response says when
/// to try again.
const READ_MS: &str = "10000";
/// The same for a command, which keeps no request waiting.
const COMMAND_READ_MS: &str = "60000";

/// Plans that the server must not choose. Every statement of the store finds its rows by an index; each of these plans
/// reads a whole campaign instead, the last one once for each row. The server prefers them where its statistics are
/// older than the campaign's growth, as on the day: it expects a few rows, and one page of a recount takes minutes.
pub(super) const REFUSED_PLANS: [&str; 3] = ["enable_seqscan", "enable_bitmapscan", "enable_material"];

/// `SET LOCAL` statements, each ending in `; `, that refuse those plans for one transaction.
pub(super) fn refuse_plans() -> String {
    REFUSED_PLANS.iter().map(|plan| format!("SET LOCAL {plan} = off; ")).collect()
}

/// Why a database URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// It can't be parsed.
    #[error("the database's address isn't a postgres:// URL")]
    Malformed,
    /// It has a parameter that isn't on the list.
    #[error("the database's address has a parameter that isn't known here: {0}")]
    Parameter(String),
}

/// A server and how it is reached.
#[derive(Clone)]
pub struct Server {
    options: PgConnectOptions,
    pub(super) pooled: bool,
    pub(super) read_ms: &'static str,
}

impl Server {
    /// `pooled` if a pooler is in front that lends a server connection for one transaction, such as PgBouncer.
    pub fn parse(url: &DatabaseUrl, pooled: bool) -> Result<Self, UrlFault> {
        let url = url.expose();
        if let Some((_, parameters)) = url.split_once('?') {
            let mut names = parameters.split('&').map(|part| part.split('=').next().unwrap_or_default());
            if let Some(unknown) = names.find(|name| !PARAMETERS.contains(name)) {
                return Err(UrlFault::Parameter(
                    unknown.chars().filter(char::is_ascii_alphanumeric).take(20).collect(),
                ));
            }
        }
        // The parser's error isn't passed on: it could quote the password.
        let options = PgConnectOptions::from_str(url).map_err(|_| UrlFault::Malformed)?;
        let options = options.application_name("ikrar").extra_float_digits(None);
        Ok(Self { options, pooled, read_ms: READ_MS })
    }

    /// The same server with the longer time limit for a command's reads.
    pub fn for_command(self) -> Self {
        Self { read_ms: COMMAND_READ_MS, ..self }
    }

    /// Without a pooler, the connection's session sets the time limit of reads. Writes set their own limits.
    pub(super) fn connect_options(&self) -> PgConnectOptions {
        if self.pooled {
            // A pooler refuses settings at the start of a connection, and a prepared statement is lost when its
            // transaction ends.
            self.options.clone().statement_cache_capacity(0)
        } else {
            let session = REFUSED_PLANS.map(|plan| (plan, "off"));
            let options = self.options.clone().statement_cache_capacity(STATEMENTS_MAX).options(session);
            options.options([("statement_timeout", self.read_ms)])
        }
    }
}

/// Host and database, for messages.
impl std::fmt::Display for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.options.get_database().unwrap_or("?"), self.options.get_host())
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Server, UrlFault> {
        Server::parse(&DatabaseUrl::new(url), false)
    }

    #[test]
    fn a_password_is_never_shown() {
        let server = parse("postgres://ikrar:rahasia@db.example:5433/ikrar?sslmode=require").unwrap();
        assert_eq!(format!("{server} {server:?}"), "ikrar on db.example Server(ikrar on db.example)");
        for wrong in ["postgres://ikrar:rahasia@db.example:port/x", "postgres://ikrar:rahasia@[/x", "rahasia"] {
            let fault = parse(wrong).unwrap_err();
            assert_eq!(fault, UrlFault::Malformed);
            assert!(!format!("{fault} {fault:?}").contains("rahasia"));
        }
    }

    #[test]
    fn a_parameter_that_is_not_known_is_refused() {
        assert_eq!(parse("postgres://h/d?ssl_mode=require").unwrap_err(), UrlFault::Parameter("sslmode".into()));
        assert!(parse("postgres:///d?host=/run/postgresql&sslmode=disable").is_ok());
    }
}

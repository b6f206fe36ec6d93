//! The third ceiling: PostgreSQL alone, with pgbench inserting one row per transaction, each synced to disk.

use crate::bench::processes::temporary_postgres::{TemporaryPostgres, run_checked};
use anyhow::Context;
use std::process::Command;

/// Numbers of concurrent clients; the best rate counts.
const CLIENTS: [usize; 3] = [1, 8, 32];
/// How long each number of clients inserts, in each round.
const SECONDS: u32 = 2;
const DATABASE: &str = "pgbench";
const SCRIPT: &str = "insert.sql";

/// The columns, key and index of a pledge.
const TABLE: &str = "CREATE TABLE one_row (campaign_id BYTEA NOT NULL, participant_id BYTEA NOT NULL, \
    pledge_id BYTEA NOT NULL, log_index BIGINT NOT NULL, signed_count BIGINT NOT NULL, signed_at BIGINT NOT NULL, \
    text_hash BYTEA NOT NULL, method BIGINT NOT NULL, credential BYTEA NOT NULL, pledge_salt BYTEA NOT NULL, \
    strokes BYTEA, PRIMARY KEY (campaign_id, participant_id)); \
    CREATE UNIQUE INDEX one_row_by_id ON one_row (campaign_id, pledge_id)";

/// Inserts a row of a pledge's size under random keys.
const INSERT: &str = "\\set a random(1, 9000000000000000000)\n\\set b random(1, 9000000000000000000)\n\
    INSERT INTO one_row VALUES (decode(repeat('00', 16), 'hex'), int8send(:a) || int8send(:b), \
    int8send(:b) || int8send(:a), :a, :a, :a, decode(repeat('11', 32), 'hex'), 1, decode(repeat('22', 190), 'hex'), \
    decode(repeat('33', 32), 'hex'), NULL);\n";

/// Creates the table; `None` if pgbench isn't installed.
pub fn prepare(server: &TemporaryPostgres) -> anyhow::Result<Option<Pgbench<'_>>> {
    if !server.has("pgbench") {
        return Ok(None);
    }
    run_checked(server.client("createdb").arg(DATABASE))?;
    run_checked(server.client("psql").args(["-q", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-c", TABLE]))?;
    std::fs::write(server.folder().join(SCRIPT), INSERT)?;
    Ok(Some(Pgbench { server }))
}

pub struct Pgbench<'s> {
    server: &'s TemporaryPostgres,
}

impl Pgbench<'_> {
    /// Rows per second with the best number of clients.
    pub async fn best_per_second(&self) -> anyhow::Result<f64> {
        let mut best: f64 = 0.0;
        for clients in CLIENTS {
            let mut command = self.command(clients);
            let output = tokio::task::spawn_blocking(move || run_checked(&mut command)).await??;
            best = best.max(rate(&output).context("pgbench tells no rate")?);
        }
        Ok(best)
    }

    fn command(&self, clients: usize) -> Command {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(clients);
        let mut command = self.server.client("pgbench");
        command.args(["-n", "-M", "prepared", "-T", &SECONDS.to_string(), "-c", &clients.to_string()]);
        command.args(["-j", &threads.to_string(), "-f"]).arg(self.server.folder().join(SCRIPT)).arg(DATABASE);
        command
    }
}

/// From `tps = 1234.5 (without initial connection time)`.
fn rate(output: &str) -> Option<f64> {
    let line = output.lines().rev().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_what_pgbench_says() {
        let output =
            "transaction type: insert.sql\nlatency average = 0.5 ms\ntps = 1983.25 (without initial connection time)\n";
        assert_eq!(rate(output), Some(1983.25));
        assert_eq!(rate("no rate"), None);
    }
}

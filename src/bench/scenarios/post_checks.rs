//! The end of every run: the servers are killed, not stopped, and every receipt must still be in the database.

use crate::bench::figures::recount::{self, ReceiptSummary};
use crate::bench::figures::report::{DatabaseEngine, PostChecks};
use crate::bench::processes::environment::Environment;
use crate::bench::processes::sqlite_wal;
use crate::domain::ids::CampaignId;
use crate::i18n::Localizer;
use crate::output::errln;

/// A run whose servers are being measured.
pub struct MeasuredRun {
    first_salt: Option<u32>,
}

/// A run whose servers were killed.
pub struct KilledRun {
    pub rss_mb: Option<u64>,
    salt_before: Option<u32>,
    salt_after: Option<u32>,
}

impl MeasuredRun {
    pub fn start(environment: &Environment) -> Self {
        Self { first_salt: sqlite_wal::first_salt(&environment.wal_file()) }
    }

    pub fn kill_nodes(self, environment: &mut Environment, words: Localizer) -> KilledRun {
        let salt_after = sqlite_wal::first_salt(&environment.wal_file());
        let rss_mb = environment.peak_rss_mib();
        environment.nodes.clear();
        errln!("{}", words.t("bench-recounting"));
        KilledRun { rss_mb, salt_before: self.first_salt, salt_after }
    }
}

impl KilledRun {
    /// Compares the database with the receipts.
    pub async fn recount(
        self,
        environment: &Environment,
        campaign: CampaignId,
        receipts: &ReceiptSummary,
    ) -> anyhow::Result<PostChecks> {
        let checks = recount::check_database(&environment.resources.store, campaign, receipts).await?;
        let fsyncs = match environment.engine {
            DatabaseEngine::Sqlite => sqlite_wal::fsyncs(receipts.batches, self.salt_before, self.salt_after),
            // Each commit syncs the write-ahead log once; an external server may be configured otherwise.
            DatabaseEngine::Postgres => environment.postgres.is_some().then_some(receipts.batches),
        };
        let fsyncs = fsyncs.filter(|_| environment.is_on_disk());
        Ok(PostChecks { rss_mb: self.rss_mb, fsyncs, batches: receipts.batches, checks })
    }
}

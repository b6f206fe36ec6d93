//! The end of every run: the servers are killed, not stopped, and what they answered must be in the database all the same.

use crate::bench::figures::recount::{self, ReceiptSummary};
use crate::bench::figures::report::{DatabaseEngine, PostChecks};
use crate::bench::processes::environment::Environment;
use crate::bench::processes::sqlite_wal;
use crate::domain::ids::CampaignId;
use crate::i18n::Words;
use crate::output::errln;

/// Servers about to be measured.
pub struct MeasuredRun {
    wal_restarts: Option<u32>,
}

/// Servers that were measured and are gone.
pub struct KilledRun {
    pub rss_mb: Option<u64>,
    before: Option<u32>,
    after: Option<u32>,
}

impl MeasuredRun {
    pub fn start(environment: &Environment) -> Self {
        Self { wal_restarts: sqlite_wal::restarts(&environment.wal_file()) }
    }

    pub fn kill_nodes(self, environment: &mut Environment, words: Words) -> KilledRun {
        let after = sqlite_wal::restarts(&environment.wal_file());
        let rss_mb = environment.peak_rss_mib();
        environment.nodes.clear();
        errln!("{}", words.t("bench-recounting"));
        KilledRun { rss_mb, before: self.wal_restarts, after }
    }
}

impl KilledRun {
    /// Counts what the database holds beside what the receipts say.
    pub async fn recount(
        self,
        environment: &Environment,
        campaign: CampaignId,
        receipts: &ReceiptSummary,
    ) -> anyhow::Result<PostChecks> {
        let checks = recount::check_database(&environment.resources.store, campaign, receipts).await?;
        let fsyncs = match environment.engine {
            DatabaseEngine::Sqlite => sqlite_wal::fsyncs(receipts.batches, self.before, self.after),
            // Each commit waits for the write-ahead log once; a server that was given may be set to something else.
            DatabaseEngine::Postgres => environment.postgres.is_some().then_some(receipts.batches),
        };
        let fsyncs = fsyncs.filter(|_| environment.is_on_disk());
        Ok(PostChecks { rss_mb: self.rss_mb, fsyncs, batches: receipts.batches, checks })
    }
}

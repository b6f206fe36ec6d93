//! The end of every run: the servers are killed, not stopped, and what they answered must be in the database all the same.

use crate::bench::figures::recount::{self, Receipts};
use crate::bench::figures::report::{Aftermath, Engine};
use crate::bench::processes::environment::Stage;
use crate::bench::processes::sqlite_wal;
use crate::domain::ids::CampaignId;
use crate::i18n::Words;
use crate::output::errln;

/// Servers about to be measured.
pub struct Running {
    wal_restarts: Option<u32>,
}

/// Servers that were measured and are gone.
pub struct Killed {
    pub rss_mb: Option<u64>,
    before: Option<u32>,
    after: Option<u32>,
}

impl Running {
    pub fn begin(stage: &Stage) -> Self {
        Self { wal_restarts: sqlite_wal::restarts(&stage.wal()) }
    }

    pub fn kill(self, stage: &mut Stage, words: Words) -> Killed {
        let after = sqlite_wal::restarts(&stage.wal());
        let rss_mb = stage.peak_rss_mib();
        stage.nodes.clear();
        errln!("{}", words.t("bench-recounting"));
        Killed { rss_mb, before: self.wal_restarts, after }
    }
}

impl Killed {
    /// Counts what the database holds beside what the receipts say.
    pub async fn recount(self, stage: &Stage, campaign: CampaignId, receipts: &Receipts) -> anyhow::Result<Aftermath> {
        let checks = recount::database(&stage.state.store, campaign, receipts).await?;
        let fsyncs = match stage.engine {
            Engine::Sqlite => sqlite_wal::fsyncs(receipts.batches, self.before, self.after),
            // Each commit waits for the write-ahead log once; a server that was given may be set to something else.
            Engine::Postgres => stage.postgres.is_some().then_some(receipts.batches),
        };
        let fsyncs = fsyncs.filter(|_| stage.is_on_disk());
        Ok(Aftermath { rss_mb: self.rss_mb, fsyncs, batches: receipts.batches, checks })
    }
}

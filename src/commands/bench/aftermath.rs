//! The end of every run: the servers are killed, not stopped, and what they answered must be in the database all the same.

use super::recount::{self, Checks, Receipts};
use super::stage::{Engine, Stage};
use super::write_ahead;
use crate::domain::ids::CampaignId;
use crate::i18n::Words;
use crate::output::errln;

/// Servers about to be measured.
pub(super) struct Running {
    wal_restarts: Option<u32>,
}

/// Servers that were measured and are gone.
pub(super) struct Killed {
    pub rss_mb: Option<u64>,
    before: Option<u32>,
    after: Option<u32>,
}

/// What is known afterwards.
pub(super) struct Aftermath {
    pub rss_mb: Option<u64>,
    pub fsyncs: Option<u64>,
    pub batches: u64,
    pub checks: Checks,
}

impl Running {
    pub fn begin(stage: &Stage) -> Self {
        Self { wal_restarts: write_ahead::restarts(&stage.wal()) }
    }

    pub fn kill(self, stage: &mut Stage, words: Words) -> Killed {
        let after = write_ahead::restarts(&stage.wal());
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
            Engine::Sqlite => write_ahead::fsyncs(receipts.batches, self.before, self.after),
            // Each commit waits for the write-ahead log once; a server that was given may be set to something else.
            Engine::Postgres => stage.postgres.is_some().then_some(receipts.batches),
        };
        let fsyncs = fsyncs.filter(|_| stage.is_on_disk());
        Ok(Aftermath { rss_mb: self.rss_mb, fsyncs, batches: receipts.batches, checks })
    }
}

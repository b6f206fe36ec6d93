//! How many reports are open, counted anew after some seconds or when one came in or was resolved here.

use crate::domain::ids::CampaignId;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Age up to which the number of open reports is shown. A report that this node takes or resolves shows at once.
const OPEN_REPORTS_TTL: Duration = Duration::from_secs(5);

/// Open reports by whom they concern; `None`: the claimed number is nobody's.
pub(super) type OpenReports = BTreeMap<Option<ReportedPlace>, u64>;

/// Where a person belongs whom a report concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReportedPlace {
    /// The institution's code.
    pub institution: String,
    /// The node of the unit; `None`: no unit, or it isn't registered.
    pub unit: Option<String>,
}

/// The open reports of each campaign, as they were counted.
#[derive(Default)]
pub(super) struct CountedReports {
    /// There are few campaigns. Nobody waits while this is held.
    campaigns: std::sync::Mutex<HashMap<CampaignId, Arc<CampaignReports>>>,
}

#[derive(Default)]
struct CampaignReports {
    /// How often a report came in or was resolved.
    changes: AtomicU64,
    /// One request at a time counts; the others wait for its answer.
    counted: Mutex<Option<Counted>>,
}

struct Counted {
    /// Before it was counted.
    changes: u64,
    at: Instant,
    open: Arc<OpenReports>,
}

impl CountedReports {
    /// What is known, or what `count` finds out.
    pub(super) async fn open<E>(
        &self,
        campaign: CampaignId,
        count: impl Future<Output = Result<OpenReports, E>>,
    ) -> Result<Arc<OpenReports>, E> {
        let reports = self.of(campaign);
        let mut counted = reports.counted.lock().await;
        let changes = reports.changes.load(Ordering::Acquire);
        let is_fresh = |known: &&Counted| known.changes == changes && known.at.elapsed() < OPEN_REPORTS_TTL;
        if let Some(known) = counted.as_ref().filter(is_fresh) {
            return Ok(known.open.clone());
        }
        let open = Arc::new(count.await?);
        *counted = Some(Counted { changes, at: Instant::now(), open: open.clone() });
        Ok(open)
    }

    /// A report came in or was resolved here. It doesn't wait for who counts.
    pub(super) fn forget(&self, campaign: CampaignId) {
        self.of(campaign).changes.fetch_add(1, Ordering::Release);
    }

    fn of(&self, campaign: CampaignId) -> Arc<CampaignReports> {
        self.campaigns.lock().unwrap_or_else(PoisonError::into_inner).entry(campaign).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use tokio::sync::oneshot;

    const ONE: CampaignId = CampaignId([1; 16]);
    const OTHER: CampaignId = CampaignId([2; 16]);

    /// What is known of `campaign`, or `open`.
    async fn known(reports: &CountedReports, campaign: CampaignId, open: u64) -> u64 {
        let count = async { Ok::<_, Infallible>(OpenReports::from([(None, open)])) };
        reports.open(campaign, count).await.unwrap()[&None]
    }

    #[tokio::test]
    async fn open_reports_are_counted_again_after_a_change() {
        let reports = CountedReports::default();
        assert_eq!((known(&reports, ONE, 1).await, known(&reports, ONE, 2).await), (1, 1));
        reports.forget(ONE);
        assert_eq!((known(&reports, ONE, 3).await, known(&reports, ONE, 4).await), (3, 3));
    }

    #[tokio::test]
    async fn a_slow_count_holds_up_no_report_and_no_other_campaign_and_misses_nothing() {
        let reports = Arc::new(CountedReports::default());
        let (finish, finished) = oneshot::channel::<u64>();
        let (begin, begun) = oneshot::channel::<()>();
        let slow = reports.clone();
        let counting = tokio::spawn(async move {
            let count = async {
                begin.send(()).unwrap();
                Ok::<_, Infallible>(OpenReports::from([(None, finished.await.unwrap())]))
            };
            slow.open(ONE, count).await.unwrap()[&None]
        });
        begun.await.unwrap();
        reports.forget(ONE);
        let meanwhile = tokio::time::timeout(Duration::from_secs(10), known(&reports, OTHER, 7)).await;
        assert_eq!(meanwhile, Ok(7));
        finish.send(1).unwrap();
        assert_eq!(counting.await.unwrap(), 1);
        assert_eq!(known(&reports, ONE, 2).await, 2, "the report came while the others were counted");
    }
}

//! What the console shows on the day itself, kept for some seconds, so that however many organizers look the database is
//! asked now and then and never counts a province: large institutions have running numbers, which the callers hand in,
//! and only the people of the small ones, who share one reporting group, are counted.
//!
//! Deliberately absent: the numbers that `live` publishes, HTTP, words.

use crate::domain::ids::CampaignId;
use crate::store::campaigns::GroupCount;
use crate::store::desk::Progress;
use crate::store::{SharedStore, StoreError};
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long the number of open reports may be old; a report that this node takes or resolves shows at once.
const REPORTS_KEPT: Duration = Duration::from_secs(5);
/// The people of small institutions are counted no more often than this.
const COUNTED_KEPT: Duration = Duration::from_secs(30);
/// Which institution belongs to which group is fixed when a roster is locked.
const MEMBERS_KEPT: Duration = Duration::from_secs(600);

/// Open reports by institution.
type Reports = BTreeMap<String, u64>;

pub struct DayNumbers {
    store: SharedStore,
    /// By campaign; there are few.
    kept: std::sync::Mutex<HashMap<CampaignId, Arc<Kept>>>,
}

/// Each is asked for by one at a time; who comes meanwhile waits for that answer.
#[derive(Default)]
struct Kept {
    reports: Mutex<Option<(Instant, Arc<Reports>)>>,
    members: Mutex<Option<(Instant, Arc<Members>)>>,
    counted: Mutex<Option<(Instant, Arc<Counted>)>>,
}

/// The people of small institutions, as they were counted.
#[derive(Default)]
struct Counted {
    /// As in [`Members`].
    roster: Option<String>,
    /// In the order of the institutions' codes.
    progress: Vec<Progress>,
}

/// The institutions of a locked roster.
struct Members {
    /// The roster log's head that they belong to: a roster that was locked anew has another.
    roster: Option<String>,
    /// In official order.
    institutions: Vec<Member>,
}

struct Member {
    code: String,
    name: String,
    group: Option<u32>,
    /// Nobody else is in its group, so that the group's numbers are its own.
    is_alone: bool,
}

impl DayNumbers {
    pub fn new(store: SharedStore) -> Self {
        Self { store, kept: std::sync::Mutex::default() }
    }

    /// Reports that wait, by institution, at most some seconds old.
    pub async fn open_reports(&self, campaign: CampaignId) -> Result<Arc<Reports>, StoreError> {
        let kept = self.kept(campaign);
        let ask = async { Ok(self.store.open_reports(campaign).await?.into_iter().collect::<Reports>()) };
        fresh(&kept.reports, REPORTS_KEPT, |_| true, ask).await
    }

    /// A report was taken or resolved here.
    pub async fn forget_reports(&self, campaign: CampaignId) {
        *self.kept(campaign).reports.lock().await = None;
    }

    /// Where each institution of a locked campaign stands, in official order. `groups` are the published numbers and
    /// `roster` the roster log's checkpoint they came with; small institutions' numbers are at most half a minute old.
    pub async fn institutions(
        &self,
        campaign: CampaignId,
        groups: &[GroupCount],
        roster: Option<&str>,
    ) -> Result<Vec<Progress>, StoreError> {
        let kept = self.kept(campaign);
        let named = || roster.map(ToOwned::to_owned);
        let is_same = |members: &Members| members.roster.as_deref() == roster;
        let members = fresh(&kept.members, MEMBERS_KEPT, is_same, self.members(campaign, named())).await?;
        let shared: Vec<u32> =
            members.institutions.iter().filter(|member| !member.is_alone).filter_map(|member| member.group).collect();
        let counted = if shared.is_empty() {
            Arc::default()
        } else {
            let is_same = |counted: &Counted| counted.roster.as_deref() == roster;
            fresh(&kept.counted, COUNTED_KEPT, is_same, self.counted(campaign, named(), shared)).await?
        };
        Ok(members.institutions.iter().map(|member| member.progress(groups, &counted.progress)).collect())
    }

    async fn members(&self, campaign: CampaignId, roster: Option<String>) -> Result<Members, StoreError> {
        let groups = self.store.published_groups(campaign).await?;
        let mut places: HashMap<&str, (u32, bool)> = HashMap::new();
        for group in &groups {
            for code in &group.institutions {
                places.insert(code, (group.index, group.institutions.len() == 1));
            }
        }
        let member = |institution: crate::domain::institution::Institution| {
            let place = places.get(institution.code.as_str());
            Member {
                group: place.map(|(group, _)| *group),
                is_alone: place.is_some_and(|(_, is_alone)| *is_alone),
                code: institution.code,
                name: institution.name,
            }
        };
        let institutions = self.store.institutions(campaign).await?.into_iter().map(member).collect();
        Ok(Members { roster, institutions })
    }

    /// Counts the people of the groups that several institutions share: by construction there is one at most.
    async fn counted(
        &self,
        campaign: CampaignId,
        roster: Option<String>,
        mut groups: Vec<u32>,
    ) -> Result<Counted, StoreError> {
        groups.sort_unstable();
        groups.dedup();
        let mut progress = vec![];
        for group in groups {
            progress.extend(self.store.group_progress(campaign, group).await?);
        }
        progress.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(Counted { roster, progress })
    }

    fn kept(&self, campaign: CampaignId) -> Arc<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).entry(campaign).or_default().clone()
    }
}

impl Member {
    fn progress(&self, groups: &[GroupCount], counted: &[Progress]) -> Progress {
        let (people, signed) = if self.is_alone {
            // Published numbers stand in the order of their indexes.
            let own = self.group.and_then(|index| groups.get(usize::try_from(index).ok()?));
            own.filter(|own| Some(own.index) == self.group).map_or((0, 0), |group| (group.eligible, group.signed))
        } else {
            let found = counted.binary_search_by(|one| one.key.as_str().cmp(&self.code));
            found.map_or((0, 0), |at| (counted[at].people, counted[at].signed))
        };
        Progress { key: self.code.clone(), name: self.name.clone(), people, signed }
    }
}

/// What is kept, where it is young enough and `fits`; else what is asked for now.
async fn fresh<T>(
    kept: &Mutex<Option<(Instant, Arc<T>)>>,
    at_most: Duration,
    fits: impl Fn(&T) -> bool,
    ask: impl Future<Output = Result<T, StoreError>>,
) -> Result<Arc<T>, StoreError> {
    let mut kept = kept.lock().await;
    if let Some((asked, answer)) = kept.as_ref()
        && asked.elapsed() < at_most
        && fits(answer)
    {
        return Ok(answer.clone());
    }
    let answer = Arc::new(ask.await?);
    *kept = Some((Instant::now(), answer.clone()));
    Ok(answer)
}

//! How far a campaign is: people and signatures by institution, unit and reporting group.
//!
//! What the console's pages show on the day is cached for some seconds, so that the database is asked now and then,
//! however many organizers look, and it never counts a whole province: large institutions have the published numbers,
//! and only the people of the small ones, who share one reporting group, are counted.
//!
//! Deliberately absent: publishing numbers, HTTP, words.

mod recapitulation;
mod recapitulation_workbook;
mod tree;

pub use crate::certificate::recapitulation::{Recapitulation, recapitulation};
pub use crate::store::campaigns::GroupCount;
pub use crate::store::help_desk::{EmploymentProgress, SigningProgress};
pub use recapitulation::{PublishedFacts, RecapitulationHead};
pub use recapitulation_workbook::write_recapitulation_xlsx;
pub use tree::{ProgressTree, TreeLeaf, TreeRow, TreeSum};

use self::tree::TreeSlot;
use crate::domain::account::Scope;
use crate::domain::campaign::Campaign;
use crate::domain::employment::{EmploymentCounts, EmploymentKind};
use crate::domain::ids::CampaignId;
use crate::domain::institution::Institution;
use crate::domain::visible_institutions::InstitutionView;
use crate::store::registry;
use crate::store::rosters::{InstitutionRoster, RosterVersion};
use crate::store::{SharedStore, StoreError};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The people of small institutions are counted no more often than this.
const COUNTED_TTL: Duration = Duration::from_secs(30);
/// The people of all institutions are counted by kind of employment no more often than this, unless a roster changes.
const EMPLOYMENT_TTL: Duration = Duration::from_secs(60);
/// Which institution belongs to which group is fixed when a roster is locked.
const MEMBERS_TTL: Duration = Duration::from_secs(600);

/// The published numbers of a locked roster's reporting groups.
pub struct PublishedGroups {
    /// In the order of their indexes.
    pub groups: Vec<GroupCount>,
    /// The roster log's checkpoint that they belong to.
    pub roster: Option<String>,
}

/// The published groups of a campaign by its slug; `None` before the roster is locked.
pub type GroupsBySlug = Box<dyn Fn(&str) -> Option<PublishedGroups> + Send + Sync>;

/// Counts progress, and caches what it counted.
pub struct ProgressNumbers {
    store: SharedStore,
    published: GroupsBySlug,
    /// By campaign; there are few.
    caches: std::sync::Mutex<HashMap<CampaignId, Arc<ProgressCache>>>,
}

/// One request at a time asks for each; the others wait for its answer.
#[derive(Default)]
struct ProgressCache {
    members: Mutex<Option<(Instant, Arc<Members>)>>,
    counted: Mutex<Option<(Instant, Arc<SmallInstitutions>)>>,
    employment: Mutex<Option<(Instant, Arc<EmployedPeople>)>>,
    /// By the institution's code.
    trees: std::sync::Mutex<HashMap<String, Arc<TreeSlot>>>,
}

/// The people of all institutions by kind of employment, as they were counted.
struct EmployedPeople {
    /// The rosters that were counted.
    rosters: Vec<(String, RosterVersion)>,
    at: Instant,
    progress: Vec<EmploymentProgress>,
}

/// The people of small institutions, as they were counted.
#[derive(Default)]
struct SmallInstitutions {
    /// As in [`Members`].
    roster: Option<String>,
    /// In the order of the institutions' codes.
    progress: Vec<SigningProgress>,
}

/// The institutions of a locked roster.
struct Members {
    /// The roster log's head that they belong to: a roster that is locked again has another.
    roster: Option<String>,
    /// In official order.
    institutions: Vec<Member>,
}

struct Member {
    code: String,
    name: String,
    /// The public code of the institution, or of the institutions together, that its people are counted in.
    group: Option<String>,
    /// Nobody else is counted there, so that these numbers are its own.
    is_alone: bool,
}

impl ProgressNumbers {
    /// `published` answers without the database.
    pub fn new(store: SharedStore, published: GroupsBySlug) -> Self {
        Self { store, published, caches: std::sync::Mutex::default() }
    }

    /// The reporting groups with their numbers, read now; empty before the roster is locked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn groups(&self, campaign: CampaignId) -> Result<Vec<GroupCount>, StoreError> {
        self.store.group_counts(campaign).await
    }

    /// Progress of each institution within `scope`, or of the part of it that is, in official order: from the published
    /// numbers once the roster is locked, with those of small institutions and of parts at most half a minute old.
    /// Before that nobody signs, and the people are counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn institutions(&self, campaign: &Campaign, scope: &Scope) -> Result<Vec<SigningProgress>, StoreError> {
        let mut institutions = match (self.published)(&campaign.slug) {
            Some(published) => self.of_locked_roster(campaign.id, published).await?,
            None => self.store.institution_progress(campaign.id).await?,
        };
        let visible = registry::visible_institutions(&*self.store, campaign.id, scope).await?;
        institutions.retain(|one| visible.includes_part(&one.key));
        for one in &mut institutions {
            let view = visible.view(&one.key);
            if view != InstitutionView::Whole {
                let tree = self.seen_tree(campaign.id, &one.key, &view).await?;
                let sum = tree.sum(None);
                (one.people, one.signed, one.name) = (sum.people, sum.signed, tree.name_of(&one.name));
            }
        }
        Ok(institutions)
    }

    /// Progress of each institution within `scope`, or of the part of it that is, by kind of employment, in official
    /// order; signatures at most a minute old. This counts a whole province, so it is asked once a minute, however many
    /// organizers look.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn employment(&self, campaign: CampaignId, scope: &Scope) -> Result<Vec<EmploymentProgress>, StoreError> {
        Ok(self.counted_employment(campaign, scope).await?.0)
    }

    /// As [`Self::employment`], with how long ago it was counted.
    async fn counted_employment(
        &self,
        campaign: CampaignId,
        scope: &Scope,
    ) -> Result<(Vec<EmploymentProgress>, Duration), StoreError> {
        let institutions = self.store.institution_rosters(campaign).await?;
        let rosters: Vec<_> = institutions.iter().map(InstitutionRoster::version).collect();
        let cache = self.cache(campaign);
        let is_same = |counted: &EmployedPeople| counted.rosters == rosters;
        let count = async {
            let at = Instant::now();
            let progress = self.store.employment_progress(campaign).await?;
            Ok(EmployedPeople { rosters: rosters.clone(), at, progress })
        };
        let counted = fresh(&cache.employment, EMPLOYMENT_TTL, is_same, count).await?;
        let visible = registry::visible_institutions(&*self.store, campaign, scope).await?;
        let (mut seen, mut age) = (vec![], counted.at.elapsed());
        for institution in &institutions {
            let code = &institution.institution.code;
            match visible.view(code) {
                InstitutionView::Whole => {
                    seen.extend(counted.progress.iter().filter(|one| one.institution == *code).cloned());
                }
                InstitutionView::Units(units) if units.is_empty() => {}
                view => {
                    let tree = self.seen_tree(campaign, code, &view).await?;
                    seen.extend(tree.sum(None).employment(code));
                    age = age.max(tree.age());
                }
            }
        }
        Ok((seen, age))
    }

    async fn of_locked_roster(
        &self,
        campaign: CampaignId,
        PublishedGroups { groups, roster }: PublishedGroups,
    ) -> Result<Vec<SigningProgress>, StoreError> {
        let cache = self.cache(campaign);
        let is_same = |members: &Members| members.roster == roster;
        let members = fresh(&cache.members, MEMBERS_TTL, is_same, self.members(campaign, roster.clone())).await?;
        let shared: Vec<&str> = members
            .institutions
            .iter()
            .filter(|one| one.group.is_some() && !one.is_alone)
            .map(|one| &*one.code)
            .collect();
        let counted = if shared.is_empty() {
            Arc::default()
        } else {
            let is_same = |counted: &SmallInstitutions| counted.roster == roster;
            let count = self.counted(campaign, roster.clone(), &shared);
            fresh(&cache.counted, COUNTED_TTL, is_same, count).await?
        };
        Ok(members.institutions.iter().map(|member| member.progress(&groups, &counted.progress)).collect())
    }

    async fn members(&self, campaign: CampaignId, roster: Option<String>) -> Result<Members, StoreError> {
        let list = self.store.published_groups(campaign).await?;
        let mut places: HashMap<&str, (&str, bool)> = HashMap::new();
        for shown in list.iter().flat_map(|list| &list.institutions) {
            for code in &shown.institutions {
                places.insert(code, (&shown.code, shown.institutions.len() == 1));
            }
        }
        let member = |institution: Institution| {
            let place = places.get(institution.code.as_str());
            Member {
                group: place.map(|(group, _)| (*group).to_owned()),
                is_alone: place.is_some_and(|(_, is_alone)| *is_alone),
                code: institution.code,
                name: institution.name,
            }
        };
        let institutions = self.store.institutions(campaign).await?.into_iter().map(member).collect();
        Ok(Members { roster, institutions })
    }

    /// Counts the people of institutions whose numbers are published together with those of others.
    async fn counted(
        &self,
        campaign: CampaignId,
        roster: Option<String>,
        institutions: &[&str],
    ) -> Result<SmallInstitutions, StoreError> {
        let mut progress = vec![];
        for code in institutions {
            progress.extend(self.store.progress_of_institution(campaign, code).await?);
        }
        progress.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(SmallInstitutions { roster, progress })
    }

    fn cache(&self, campaign: CampaignId) -> Arc<ProgressCache> {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner).entry(campaign).or_default().clone()
    }
}

/// Kind of employment, people and signatures, for each kind that somebody is of, in the order of the kinds; people
/// without one come last.
pub fn by_kind<'a>(rows: impl IntoIterator<Item = &'a EmploymentProgress>) -> Vec<(Option<EmploymentKind>, u64, u64)> {
    let (mut people, mut signed) = (EmploymentCounts::default(), EmploymentCounts::default());
    for row in rows {
        people.add(row.kind, row.people);
        signed.add(row.kind, row.signed);
    }
    let kinds = EmploymentKind::ALL.into_iter().map(Some).chain([None]);
    kinds.map(|kind| (kind, people.of(kind), signed.of(kind))).filter(|(_, people, _)| *people > 0).collect()
}

impl Member {
    fn progress(&self, groups: &[GroupCount], counted: &[SigningProgress]) -> SigningProgress {
        let (people, signed) = if self.is_alone {
            let own = groups.iter().filter(|group| Some(&group.institution) == self.group.as_ref());
            own.fold((0, 0), |(people, signed), group| (people + group.target(), signed + group.valid()))
        } else {
            let found = counted.binary_search_by(|one| one.key.as_str().cmp(&self.code));
            found.map_or((0, 0), |at| (counted[at].people, counted[at].signed))
        };
        SigningProgress { key: self.code.clone(), name: self.name.clone(), people, signed }
    }
}

/// The cached value if it is younger than `ttl` and `fits`; else the answer to `ask`, which is cached.
async fn fresh<T>(
    cache: &Mutex<Option<(Instant, Arc<T>)>>,
    ttl: Duration,
    fits: impl Fn(&T) -> bool,
    ask: impl Future<Output = Result<T, StoreError>>,
) -> Result<Arc<T>, StoreError> {
    let mut cached = cache.lock().await;
    if let Some((asked, answer)) = cached.as_ref()
        && asked.elapsed() < ttl
        && fits(answer)
    {
        return Ok(answer.clone());
    }
    let answer = Arc::new(ask.await?);
    *cached = Some((Instant::now(), answer.clone()));
    Ok(answer)
}

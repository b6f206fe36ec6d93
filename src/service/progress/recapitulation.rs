//! The recapitulation's numbers, and whether they can still change.

use super::{EmploymentProgress, ProgressNumbers, ProgressTree, TreeRow, by_kind};
use crate::certificate::recapitulation::{Recapitulation, RecapitulationLevel, RecapitulationRow};
use crate::domain::account::Scope;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::employment::EmploymentKind;
use crate::domain::institution::Institution;
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::InstitutionView;
use crate::i18n::Localizer;
use crate::store::StoreError;
use crate::store::registry;
use std::time::Duration;

/// Seconds after the closing, and after the last commit, in which a number is still provisional.
const PROVISIONAL_SECS: i64 = 15 * 60;

/// What the caller knows of the numbers.
pub struct RecapitulationHead<'w> {
    /// Writes a time as people read it.
    pub moment: &'w (dyn Fn(UnixMillis) -> String + Sync),
    /// Place and date above the place to sign.
    pub place_and_date: String,
    /// What is published now; `None` while nothing is known of it.
    pub published: Option<PublishedFacts>,
    /// Now.
    pub now: UnixMillis,
}

/// What the published numbers say of the whole campaign.
pub struct PublishedFacts {
    /// Who is to sign.
    pub target: u64,
    /// How this target came about, in one sentence; `None` if it is the number of the lock.
    pub target_sum: Option<String>,
    /// When the last pledge was committed.
    pub committed_at: Option<UnixMillis>,
}

/// The numbers of a recapitulation. Both tables come from one count, so that they add up to the same while people sign.
struct CountedTables {
    institution: Option<String>,
    level: RecapitulationLevel,
    rows: Vec<RecapitulationRow>,
    kinds: Vec<(Option<EmploymentKind>, u64, u64)>,
    revoked: u64,
    age: Duration,
}

impl ProgressNumbers {
    /// What a recapitulation of the institutions within `scope` shows, or of the agencies of one of them: that of the
    /// code `of`, or the only one that the campaign has. `None`: there is no institution of this code. `employment`
    /// names a kind of employment, also that of people of whom none is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recapitulation(
        &self,
        campaign: &Campaign,
        (scope, of): (&Scope, Option<&str>),
        head: RecapitulationHead<'_>,
        words: Localizer,
        employment: fn(Option<EmploymentKind>, Localizer) -> String,
    ) -> Result<Option<Recapitulation>, StoreError> {
        let Some(counted) = self.counted_tables(campaign, scope, of, words).await? else { return Ok(None) };
        let CountedTables { institution, level, rows, kinds, revoked, age } = counted;
        let total = RecapitulationRow {
            name: words.t("recapitulation-total"),
            target: rows.iter().map(|row| row.target).sum(),
            signed: rows.iter().map(|row| row.signed).sum(),
        };
        let kind = |(kind, target, signed)| RecapitulationRow { name: employment(kind, words), target, signed };
        let published = head.published.as_ref();
        Ok(Some(Recapitulation {
            organizer: campaign.settings.organizer.clone(),
            title: campaign.settings.title.clone(),
            institution,
            level,
            is_provisional: is_provisional(campaign.state, campaign.closes_at, published, head.now),
            as_of: (head.moment)(UnixMillis(head.now.0 - i64::try_from(age.as_millis()).unwrap_or(i64::MAX))),
            synthetic: campaign.settings.synthetic,
            target_sum: published.and_then(|facts| sum_of(facts, total.target)).filter(|_| *scope == Scope::All),
            revoked,
            total,
            rows,
            kinds: kinds.into_iter().map(kind).collect(),
            place_and_date: head.place_and_date,
        }))
    }

    async fn counted_tables(
        &self,
        campaign: &Campaign,
        scope: &Scope,
        of: Option<&str>,
        words: Localizer,
    ) -> Result<Option<CountedTables>, StoreError> {
        let all = self.store.institutions(campaign.id).await?;
        let is_only = all.len() == 1;
        let visible = registry::visible_institutions(&*self.store, campaign.id, scope).await?;
        let known: Vec<Institution> = all.into_iter().filter(|one| visible.includes_part(&one.code)).collect();
        let asked = match of {
            Some(code) => Some(known.iter().find(|one| one.code == code)),
            None => known.first().filter(|_| is_only).map(Some),
        };
        match asked {
            Some(None) => return Ok(None),
            Some(Some(institution)) => {
                let tree = self.seen_tree(campaign.id, &institution.code, &visible.view(&institution.code)).await?;
                if tree.has_units() || of.is_some() || tree.parts().is_some() {
                    return Ok(Some(by_agency(institution, &tree, words)));
                }
            }
            None => {}
        }
        let (counted, age) = self.counted_employment(campaign.id, scope).await?;
        let sum = |code: &str, count: fn(&EmploymentProgress) -> u64| {
            counted.iter().filter(|row| row.institution == code).map(count).sum()
        };
        let mut rows = vec![];
        for one in known {
            let view = visible.view(&one.code);
            let name = match view {
                InstitutionView::Whole => one.name,
                part => self.seen_tree(campaign.id, &one.code, &part).await?.name_of(&one.name),
            };
            let (target, signed) = (sum(&one.code, |row| row.people), sum(&one.code, |row| row.signed));
            rows.push(RecapitulationRow { name, target, signed });
        }
        let revoked = counted.iter().map(|row| row.revoked).sum();
        Ok(Some(CountedTables {
            institution: None,
            level: RecapitulationLevel::Institutions,
            rows,
            kinds: by_kind(&counted),
            revoked,
            age,
        }))
    }
}

/// The agencies of an institution, or the parts of it that are seen; where that is one unit, what is below it.
fn by_agency(institution: &Institution, tree: &ProgressTree, words: Localizer) -> CountedTables {
    let only = tree.parts().and_then(|parts| <[_; 1]>::try_from(parts).ok()).map(|[(unit, _)]| unit);
    let only = only.filter(|unit| tree.opens(*unit)).and_then(|unit| tree.lineage(unit)?.pop());
    let rest = match only {
        Some((_, name)) => words.with("recapitulation-directly", &[("unit", name)]),
        None => words.t("recapitulation-no-agency"),
    };
    let row = |row: TreeRow| RecapitulationRow {
        name: if row.unit.is_some() { row.name } else { rest.clone() },
        target: row.sum.people,
        signed: row.sum.signed,
    };
    let sum = tree.sum(None);
    CountedTables {
        institution: Some(tree.name_of(&institution.name)),
        level: if only.is_some() { RecapitulationLevel::Units } else { RecapitulationLevel::Agencies },
        rows: tree.level(only.map(|(unit, _)| unit)).into_iter().map(row).collect(),
        kinds: sum.by_kind(),
        revoked: sum.revoked,
        age: tree.age(),
    }
}

/// The sentence of the target, if it is of the table's target: the table was counted some seconds ago.
fn sum_of(published: &PublishedFacts, counted: u64) -> Option<String> {
    published.target_sum.clone().filter(|_| published.target == counted)
}

/// What isn't known counts as not settled yet. Closing by hand sets the closing time to then.
fn is_provisional(
    state: CampaignState,
    closes_at: Option<UnixMillis>,
    published: Option<&PublishedFacts>,
    now: UnixMillis,
) -> bool {
    let is_settled = |at: UnixMillis| at.plus_secs(PROVISIONAL_SECS) <= now;
    let is_final = state == CampaignState::Closed
        && closes_at.is_some_and(is_settled)
        && published.is_some_and(|facts| facts.committed_at.is_none_or(is_settled));
    !is_final
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER_MS: i64 = PROVISIONAL_SECS * 1000;

    fn published(committed_at: Option<i64>) -> PublishedFacts {
        let committed_at = committed_at.map(UnixMillis);
        PublishedFacts { target: 41, target_sum: Some("41 = 40 + 1 − 0".into()), committed_at }
    }

    #[test]
    fn a_sum_of_another_target_than_the_table_s_is_left_out() {
        assert!(sum_of(&published(None), 41).is_some());
        assert_eq!(sum_of(&published(None), 40), None);
    }

    #[test]
    fn what_is_not_known_to_be_settled_is_provisional() {
        let is = |closes_at: Option<i64>, facts: Option<&PublishedFacts>, now: i64| {
            is_provisional(CampaignState::Closed, closes_at.map(UnixMillis), facts, UnixMillis(now))
        };
        let (none, some) = (published(None), published(Some(5)));
        assert!(!is(Some(0), Some(&none), QUARTER_MS) && is(Some(0), Some(&none), QUARTER_MS - 1));
        assert!(!is(Some(0), Some(&some), QUARTER_MS + 5) && is(Some(0), Some(&some), QUARTER_MS + 4));
        assert!(is(Some(0), None, QUARTER_MS), "nothing is known of the last pledge");
        assert!(is(None, Some(&none), QUARTER_MS) && is(Some(QUARTER_MS), Some(&none), QUARTER_MS));
        assert!(is_provisional(CampaignState::Cancelled, Some(UnixMillis(0)), Some(&none), UnixMillis(QUARTER_MS)));
    }
}

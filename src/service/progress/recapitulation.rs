//! The recapitulation's numbers, and whether they can still change.

use super::{EmploymentProgress, ProgressNumbers, by_kind};
use crate::certificate::recapitulation::{Recapitulation, RecapitulationRow};
use crate::domain::account::Scope;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::employment::EmploymentKind;
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::store::StoreError;

/// Seconds after the closing, and after the last commit, in which a number is still provisional.
const PROVISIONAL_SECS: i64 = 15 * 60;

/// What the caller knows of the numbers.
pub struct RecapitulationHead<'w> {
    /// Writes a time as people read it.
    pub moment: &'w (dyn Fn(UnixMillis) -> String + Sync),
    /// Place and date above the place to sign.
    pub place_and_date: String,
    /// How the target of the whole campaign came about; `None` if it is the number of the lock.
    pub target_sum: Option<String>,
    /// When the last pledge was committed.
    pub committed_at: Option<UnixMillis>,
    /// Now.
    pub now: UnixMillis,
}

impl ProgressNumbers {
    /// What a recapitulation of the institutions within `scope` shows. `employment` names a kind of employment, also
    /// that of people of whom none is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recapitulation(
        &self,
        campaign: &Campaign,
        scope: &Scope,
        head: RecapitulationHead<'_>,
        words: Localizer,
        employment: fn(Option<EmploymentKind>, Localizer) -> String,
    ) -> Result<Recapitulation, StoreError> {
        // Both tables come from one count, so that they add up to the same while people sign.
        let (rows, age) = self.counted_employment(campaign.id, scope).await?;
        let known = self.store.institutions(campaign.id).await?.into_iter().filter(|one| scope.includes(&one.code));
        let of = |code: &str, count: fn(&EmploymentProgress) -> u64| {
            rows.iter().filter(|row| row.institution == code).map(count).sum()
        };
        let institutions: Vec<RecapitulationRow> = known
            .map(|one| RecapitulationRow {
                target: of(&one.code, |row| row.people),
                signed: of(&one.code, |row| row.signed),
                name: one.name,
            })
            .collect();
        let kinds = by_kind(&rows).into_iter().map(|(kind, target, signed)| RecapitulationRow {
            name: employment(kind, words),
            target,
            signed,
        });
        Ok(Recapitulation {
            organizer: campaign.settings.organizer.clone(),
            title: campaign.settings.title.clone(),
            is_provisional: is_provisional(campaign, &head),
            as_of: (head.moment)(UnixMillis(head.now.0 - i64::try_from(age.as_millis()).unwrap_or(i64::MAX))),
            synthetic: campaign.settings.synthetic,
            total: RecapitulationRow {
                name: words.t("recapitulation-total"),
                target: institutions.iter().map(|row| row.target).sum(),
                signed: institutions.iter().map(|row| row.signed).sum(),
            },
            institutions,
            kinds: kinds.collect(),
            target_sum: head.target_sum.filter(|_| *scope == Scope::All),
            place_and_date: head.place_and_date,
        })
    }
}

fn is_provisional(campaign: &Campaign, head: &RecapitulationHead<'_>) -> bool {
    let closed = campaign.closes_at.filter(|at| *at <= head.now);
    let last = closed.max(head.committed_at);
    let is_settled = last.is_none_or(|last| head.now >= last.plus_secs(PROVISIONAL_SECS));
    campaign.state != CampaignState::Closed || !is_settled
}

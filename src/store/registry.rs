//! The registry of institutions and units, which outlives campaigns. Imports add to it, in their own commit.

use super::StoreError;
use super::rosters::RosterId;
use crate::domain::account::Scope;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::registered_units::RegisteredUnits;
use crate::domain::registry::{RegistryNode, is_at_or_below};
use crate::domain::unit::{self, Unit};
use crate::domain::visible_institutions::{InstitutionView, VisibleInstitutions, VisiblePart};
use async_trait::async_trait;

/// Names of an institution's code in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredName {
    /// The key of the name; see [`institution_key`](crate::domain::registry::institution_key).
    pub key: String,
    /// The code of its node.
    pub node: String,
}

/// A unit of a roster in force, with its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredUnit {
    /// The roster within which the unit has its number.
    pub roster: RosterId,
    /// The unit.
    pub unit: Unit,
    /// The code of its node; `None` until it is registered.
    pub node: Option<String>,
    /// The path that was stored with it when the roster was locked, if one was.
    pub path: Option<String>,
}

/// The units with names that tell them apart, as [`unit::told_apart`] gives them.
pub fn told_apart(mut units: Vec<RegisteredUnit>) -> Vec<RegisteredUnit> {
    let named = unit::told_apart(units.iter().map(|one| one.unit.clone()).collect());
    for (one, named) in units.iter_mut().zip(named) {
        one.unit = named;
    }
    units
}

/// Those of an institution's units that are seen, by number and path, told apart, in the order of the paths.
pub fn visible_paths(units: Vec<RegisteredUnit>, view: &InstitutionView<'_>) -> Vec<(u32, String)> {
    let units = told_apart(units);
    let all: Vec<Unit> = units.iter().map(|one| one.unit.clone()).collect();
    let mut paths = unit::unit_paths(&all);
    let seen = units.iter().filter(|one| view.includes(one.node.as_deref()));
    let mut seen: Vec<_> = seen.filter_map(|one| Some((one.unit.id, paths.remove(&one.unit.id)?))).collect();
    seen.sort_by(|one, other| one.1.cmp(&other.1));
    seen
}

/// Where a person of a roster in force belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonPlace {
    /// The person's id.
    pub participant: ParticipantId,
    /// The institution's code.
    pub institution: String,
    /// The code of the unit's node; `None`: no unit, or it isn't registered.
    pub unit: Option<String>,
}

/// The registry.
#[async_trait]
pub trait RegistryStore: Send + Sync {
    /// The nodes directly below this one, by code. Below [`TOP_NODE`](crate::domain::registry::TOP_NODE) are the
    /// institutions.
    async fn registry_nodes(&self, parent: &str) -> Result<Vec<RegistryNode>, StoreError>;
    /// The node with this code.
    async fn registry_node(&self, code: &str) -> Result<Option<RegistryNode>, StoreError>;
    /// All names of institutions.
    async fn registered_names(&self) -> Result<Vec<RegisteredName>, StoreError>;
    /// The units that are registered below these nodes of institutions.
    async fn units_below(&self, institutions: &[&str]) -> Result<RegisteredUnits, StoreError>;
    /// The codes of a campaign's institutions, with those of their nodes. What isn't registered yet is left out.
    async fn institution_nodes(&self, campaign: CampaignId) -> Result<Vec<(String, String)>, StoreError>;
    /// The units of a campaign's rosters in force, or of one institution's, in official order. All of an institution
    /// are of one roster.
    async fn registered_units(
        &self,
        campaign: CampaignId,
        institution: Option<&str>,
    ) -> Result<Vec<RegisteredUnit>, StoreError>;
    /// The unit with this number of an institution's roster in force.
    async fn registered_unit(
        &self,
        campaign: CampaignId,
        institution: &str,
        unit: u32,
    ) -> Result<Option<RegisteredUnit>, StoreError>;
    /// Whether an institution's roster in force has a unit at this node or below it.
    async fn has_units_at(&self, campaign: CampaignId, institution: &str, node: &str) -> Result<bool, StoreError>;
    /// Where those of these people belong who are on rosters in force, in no order.
    async fn person_places(
        &self,
        campaign: CampaignId,
        people: &[ParticipantId],
    ) -> Result<Vec<PersonPlace>, StoreError>;
    /// Registers the institutions and units that earlier programs left without a node. Returns of how many campaigns.
    async fn register_earlier(&self) -> Result<u64, StoreError>;
}

/// What an account of this scope sees of a campaign. A unit that no roster in force has leaves it nothing.
pub async fn visible_institutions<S: RegistryStore + ?Sized>(
    store: &S,
    campaign: CampaignId,
    scope: &Scope,
) -> Result<VisibleInstitutions, StoreError> {
    if *scope == Scope::All {
        return Ok(VisibleInstitutions::All);
    }
    let nodes = store.institution_nodes(campaign).await?;
    let mut parts = vec![];
    for part in visible_parts(nodes, scope) {
        let is_there = match &part.unit {
            Some(node) => store.has_units_at(campaign, &part.institution, node).await?,
            None => true,
        };
        if is_there {
            parts.push(part);
        }
    }
    Ok(VisibleInstitutions::Parts(parts))
}

fn visible_parts(institutions: Vec<(String, String)>, scope: &Scope) -> Vec<VisiblePart> {
    let Scope::Nodes(scope_nodes) = scope else { return vec![] };
    let mut parts = vec![];
    for (institution, node) in institutions {
        if scope.includes(&node) {
            parts.push(VisiblePart { institution, unit: None });
            continue;
        }
        let mut units: Vec<&String> = scope_nodes.iter().filter(|unit| is_at_or_below(unit, &node)).collect();
        units.sort();
        units.dedup();
        let is_covered = |unit: &&String| units.iter().any(|above| above != unit && is_at_or_below(unit, above));
        let seen = units.iter().copied().filter(|unit| !is_covered(unit));
        parts.extend(seen.map(|unit| VisiblePart { institution: institution.clone(), unit: Some(unit.clone()) }));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_whole_institutions_and_parts_that_do_not_overlap() {
        let institutions = [("16", "16~2"), ("17", "17"), ("18", "18"), ("19", "19")];
        let institutions = institutions.map(|(code, node)| (code.to_owned(), node.to_owned())).to_vec();
        let scope = ["16~2/4/1", "16~2/4", "16~2/7", "16~2/4", "16/9", "17", "17/3", "180"];
        let scope = Scope::Nodes(scope.map(str::to_owned).to_vec());
        let parts = visible_parts(institutions, &scope);
        let parts: Vec<_> = parts.iter().map(|part| (part.institution.as_str(), part.unit.as_deref())).collect();
        assert_eq!(parts, [("16", Some("16~2/4")), ("16", Some("16~2/7")), ("17", None)]);
    }
}

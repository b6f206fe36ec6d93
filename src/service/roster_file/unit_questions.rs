//! Registered units that a file names otherwise or not at all: what is asked about them, and what is told. Nothing is a
//! rename unless whoever imports says so.

use super::comparison::UnitMove;
use super::reading::ImportReport;
use crate::domain::account::Scope;
use crate::domain::ids::CampaignId;
use crate::domain::registered_units::RegisteredUnits;
use crate::domain::registry::{RegisteredInstitutions, Registration, institution_node, node_number, parent_node};
use crate::domain::rename_search::{InstitutionUnits, RenameSearch};
use crate::domain::unit::Unit;
use crate::domain::unit_renames::{KnownUnit, RENAMES_SAID_MAX, RenameFault, UnitRename, UnitRenames};
use crate::store::registry::RegisteredUnit;
use crate::store::{SharedStore, StoreError};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What is known of the units of a file's institutions before it, and what was said of them.
pub(super) struct UnitQuestions {
    known: RegisteredUnits,
    parts: Vec<InstitutionPart>,
    /// What was said of other institutions, or too much.
    fault: Option<RenameFault>,
}

impl UnitQuestions {
    /// Reads what is known. `report` is of a file without faults of rows; `same` are the nodes of institutions that the
    /// file adds to the campaign.
    pub(super) async fn of(
        store: &SharedStore,
        campaign: CampaignId,
        report: &ImportReport,
        moves: Vec<UnitMove>,
        same: &[String],
        said: Vec<UnitRename>,
    ) -> Result<Self, StoreError> {
        let institutions = replaced_institutions(store, campaign, report, same).await?;
        let nodes: HashSet<&str> = institutions.iter().map(|(_, node)| node.as_str()).collect();
        let fault = match said.iter().find(|one| !nodes.contains(institution_node(&one.node))) {
            Some(stranger) => Some(RenameFault::NoSuchUnit(stranger.clone())),
            None => (said.len() > RENAMES_SAID_MAX).then_some(RenameFault::TooMany),
        };
        let known = store.units_below(&nodes.iter().copied().collect::<Vec<_>>()).await?;
        let only = if let [(code, _)] = &institutions[..] { Some(code.as_str()) } else { None };
        let in_force = store.registered_units(campaign, only).await?;
        let before = units_before(store, &nodes, &in_force, &said).await?;
        let parts = parts(institutions, before, &in_force, moves, said);
        Ok(Self { known, parts, fault })
    }

    /// Finds what there is to ask of the units of the file, and whether what was said isn't so. Beside a fault stands
    /// what there is to ask when nothing is said.
    pub(super) fn ask(self, units: &[Unit]) -> (UnitRenames, Option<RenameFault>) {
        let found = match self.fault.clone() {
            Some(fault) => Err(fault),
            None => self.search(units, true),
        };
        match found {
            Ok(found) => (found, None),
            Err(fault) => (self.search(units, false).unwrap_or_default(), Some(fault)),
        }
    }

    /// Institutions of which nothing is known from before are left out: there all units are new.
    fn search(&self, units: &[Unit], as_said: bool) -> Result<UnitRenames, RenameFault> {
        let mut by_institution: HashMap<&str, Vec<&Unit>> = HashMap::new();
        for unit in units {
            by_institution.entry(&unit.institution).or_default().push(unit);
        }
        let mut search = RenameSearch::new(self.known.clone());
        for part in self.parts.iter().filter(|part| !part.before.is_empty()) {
            let units = by_institution.remove(part.code.as_str()).unwrap_or_default();
            let units: Vec<Unit> = units.into_iter().cloned().collect();
            let of = InstitutionUnits { node: &part.node, units: &units, before: &part.before, people: &part.people };
            search.institution(&of, if as_said { &part.said[..] } else { &[] })?;
        }
        // Of a unit about which something can be said something is known.
        let unknown = self.parts.iter().filter(|part| part.before.is_empty()).flat_map(|part| &part.said).next();
        match unknown.filter(|_| as_said) {
            Some(unknown) => Err(RenameFault::NoSuchUnit(unknown.clone())),
            None => Ok(search.finish()),
        }
    }
}

/// One institution whose people the file replaces.
struct InstitutionPart {
    code: String,
    node: String,
    before: Vec<KnownUnit>,
    people: HashMap<(String, u32), u64>,
    said: Vec<UnitRename>,
}

/// The institutions whose people the file replaces and that are registered: code and node.
async fn replaced_institutions(
    store: &SharedStore,
    campaign: CampaignId,
    report: &ImportReport,
    same: &[String],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut institutions = store.institution_nodes(campaign).await?;
    if !report.created_institutions.is_empty() {
        let names = store.registered_names().await?;
        let mut registered = RegisteredInstitutions::new(names.into_iter().map(|name| (name.key, name.node)));
        for created in &report.created_institutions {
            match registered.register(&created.code, &created.name, same) {
                Registration::Known(node) | Registration::NewName(node) => {
                    institutions.push((created.code.clone(), node));
                }
                Registration::NewNode(_) => {}
            }
        }
    }
    institutions.retain(|(code, _)| report.comparison.replaces(code));
    Ok(institutions)
}

/// The units that matter, by node: those in force, those that accounts are of or that something is said of, and all
/// above them.
async fn units_before(
    store: &SharedStore,
    institutions: &HashSet<&str>,
    in_force: &[RegisteredUnit],
    said: &[UnitRename],
) -> Result<HashMap<String, KnownUnit>, StoreError> {
    let is_replaced = |node: &str| institutions.contains(institution_node(node));
    let mut accounts: HashMap<String, u64> = HashMap::new();
    for account in store.accounts().await?.into_iter().filter(|account| !account.disabled) {
        let Scope::Nodes(nodes) = account.scope else { continue };
        for node in nodes.into_iter().filter(|node| node_number(node).is_some() && is_replaced(node)) {
            *accounts.entry(node).or_default() += 1;
        }
    }
    let mut names: HashMap<String, String> = HashMap::new();
    for one in in_force {
        if let Some(node) = one.node.as_ref().filter(|node| is_replaced(node)) {
            names.insert(node.clone(), one.unit.name.clone());
        }
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for node in accounts.keys().map(String::as_str).chain(said.iter().map(|one| one.node.as_str())) {
        let up = std::iter::successors(Some(node), |node| Some(parent_node(node)));
        wanted.extend(up.take_while(|node| node_number(node).is_some()).filter(|node| !names.contains_key(*node)));
    }
    let parents: BTreeSet<&str> = wanted.iter().map(|node| parent_node(node)).collect();
    let mut found = vec![];
    for parent in parents {
        let below = store.registry_nodes(parent).await?;
        found.extend(below.into_iter().filter(|node| wanted.contains(node.code.as_str())));
    }
    names.extend(found.into_iter().map(|node| (node.code, node.name)));
    let known = |(node, name): (String, String)| {
        let accounts = accounts.get(&node).copied().unwrap_or(0);
        (node.clone(), KnownUnit { node, name, accounts })
    };
    Ok(names.into_iter().map(known).collect())
}

/// What is known, by institution.
fn parts(
    institutions: Vec<(String, String)>,
    before: HashMap<String, KnownUnit>,
    in_force: &[RegisteredUnit],
    moves: Vec<UnitMove>,
    said: Vec<UnitRename>,
) -> Vec<InstitutionPart> {
    let part = |(code, node)| InstitutionPart { code, node, before: vec![], people: HashMap::new(), said: vec![] };
    let mut parts: Vec<InstitutionPart> = institutions.into_iter().map(part).collect();
    let by_node: HashMap<String, usize> = (0..).zip(&parts).map(|(at, part)| (part.node.clone(), at)).collect();
    let by_code: HashMap<String, usize> = (0..).zip(&parts).map(|(at, part)| (part.code.clone(), at)).collect();
    for unit in before.into_values() {
        if let Some(at) = by_node.get(institution_node(&unit.node)) {
            parts[*at].before.push(unit);
        }
    }
    for part in &mut parts {
        part.before.sort_by(|one, other| one.node.cmp(&other.node));
    }
    for one in said {
        if let Some(at) = by_node.get(institution_node(&one.node)) {
            parts[*at].said.push(one);
        }
    }
    let of = |one: &RegisteredUnit| Some(((one.unit.institution.clone(), one.unit.id), one.node.clone()?));
    let node_of: HashMap<(String, u32), String> = in_force.iter().filter_map(of).collect();
    for UnitMove { institution, before, after, people } in moves {
        if let (Some(at), Some(node)) = (by_code.get(&institution).copied(), node_of.get(&(institution, before))) {
            *parts[at].people.entry((node.clone(), after)).or_default() += people;
        }
    }
    parts
}

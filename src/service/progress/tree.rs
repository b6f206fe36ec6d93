//! An institution's progress as a tree: agencies, units and sub-units, each with the sum of all that is below it.

use super::{ProgressCache, ProgressNumbers};
use crate::domain::account::Scope;
use crate::domain::employment::{EmploymentCounts, EmploymentKind};
use crate::domain::ids::CampaignId;
use crate::domain::unit::{BETWEEN_UNITS, Unit, UnitsById, path_of};
use crate::domain::visible_institutions::InstitutionView;
use crate::store::StoreError;
use crate::store::help_desk::{EmploymentProgress, UnitProgress};
use crate::store::registry::{self, RegisteredUnit, told_apart};
use crate::store::rosters::{InstitutionRoster, RosterVersion};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The people of an institution are counted no more often than this, unless its roster changes.
const TREE_TTL: Duration = Duration::from_secs(30);

/// Units that are named where a part of an institution is shown.
const PARTS_NAMED_MAX: usize = 6;
/// Attempts to count while rosters are imported.
const COUNTED_MAX: usize = 3;

/// People and signatures of a part of the tree, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeSum {
    /// Who is to sign.
    pub people: u64,
    /// Those of them with a pledge that wasn't revoked.
    pub signed: u64,
    /// Revoked pledges.
    pub revoked: u64,
    kinds: EmploymentCounts,
    kinds_signed: EmploymentCounts,
    kinds_revoked: EmploymentCounts,
}

/// A row of one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// `None`: people who are in no unit of this level.
    pub unit: Option<u32>,
    /// The unit's own name; empty for people in no unit of this level.
    pub name: String,
    /// Whether the unit has units below it.
    pub opens: bool,
    /// All people of the unit and of those below it.
    pub sum: TreeSum,
}

/// The units of one institution with their people, as they were counted; or a part of them.
#[derive(Clone)]
pub struct ProgressTree {
    units: Vec<Unit>,
    /// The nodes of the units that are registered.
    nodes: HashMap<u32, String>,
    /// By unit, of its own people only.
    own: HashMap<Option<u32>, TreeSum>,
    /// By unit, with all units below it. What nobody is in has none.
    sums: HashMap<Option<u32>, TreeSum>,
    /// The units below each unit, and with `None` the agencies, in official order.
    below: BTreeMap<Option<u32>, Vec<u32>>,
    counted: Instant,
    /// The units that are shown with what is below them, where it isn't the whole institution.
    shown: Option<Vec<u32>>,
}

/// A unit with its own people, and the names above it.
pub struct TreeLeaf<'t> {
    /// The names from the agency down; empty for people without a unit.
    pub path: Vec<&'t str>,
    /// The unit's own people.
    pub sum: &'t TreeSum,
}

impl TreeSum {
    fn add(&mut self, other: &Self) {
        self.people += other.people;
        self.signed += other.signed;
        self.revoked += other.revoked;
        for kind in EmploymentKind::ALL.into_iter().map(Some).chain([None]) {
            self.kinds.add(kind, other.kinds.of(kind));
            self.kinds_signed.add(kind, other.kinds_signed.of(kind));
            self.kinds_revoked.add(kind, other.kinds_revoked.of(kind));
        }
    }

    fn count(&mut self, row: &UnitProgress) {
        self.people += row.people;
        self.signed += row.signed;
        self.revoked += row.revoked;
        self.kinds.add(row.kind, row.people);
        self.kinds_signed.add(row.kind, row.signed);
        self.kinds_revoked.add(row.kind, row.revoked);
    }

    /// The numbers as those of an institution, by kind of employment.
    pub(super) fn employment(&self, institution: &str) -> Vec<EmploymentProgress> {
        let row = |kind| EmploymentProgress {
            institution: institution.to_owned(),
            kind,
            people: self.kinds.of(kind),
            signed: self.kinds_signed.of(kind),
            revoked: self.kinds_revoked.of(kind),
        };
        let mut rows: Vec<_> = EmploymentKind::ALL.into_iter().map(Some).chain([None]).map(row).collect();
        rows.retain(|row| row.people > 0 || row.revoked > 0);
        rows
    }

    /// Kind of employment, people and signatures, for each kind that somebody is of, in the order of the kinds; people
    /// without one come last.
    pub fn by_kind(&self) -> Vec<(Option<EmploymentKind>, u64, u64)> {
        let kinds = EmploymentKind::ALL.into_iter().map(Some).chain([None]);
        let counted = kinds.map(|kind| (kind, self.kinds.of(kind), self.kinds_signed.of(kind)));
        counted.filter(|(_, people, _)| *people > 0).collect()
    }
}

impl ProgressTree {
    fn new(registered: Vec<RegisteredUnit>, rows: &[UnitProgress], counted: Instant) -> Self {
        let mut own: HashMap<Option<u32>, TreeSum> = HashMap::new();
        rows.iter().for_each(|row| own.entry(row.unit).or_default().count(row));
        let node = |one: &RegisteredUnit| Some((one.unit.id, one.node.clone()?));
        let nodes = registered.iter().filter_map(node).collect();
        let units = registered.into_iter().map(|one| one.unit).collect();
        Self::added_up(units, nodes, own, counted)
    }

    fn added_up(
        units: Vec<Unit>,
        nodes: HashMap<u32, String>,
        own: HashMap<Option<u32>, TreeSum>,
        counted: Instant,
    ) -> Self {
        let mut sums: HashMap<Option<u32>, TreeSum> = HashMap::new();
        let by_id = UnitsById::new(&units);
        for (unit, sum) in &own {
            sums.entry(None).or_default().add(sum);
            for above in unit.map(|unit| by_id.lineage(unit)).unwrap_or_default() {
                sums.entry(Some(above.id)).or_default().add(sum);
            }
        }
        let mut below: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        // Units have their numbers in the order in which their file names them.
        for unit in units.iter().filter(|unit| sums.contains_key(&Some(unit.id))) {
            below.entry(unit.parent).or_default().push(unit.id);
        }
        Self { own, sums, below, counted, units, nodes, shown: None }
    }

    /// What is seen of the tree: the units above those that are seen have only these below them.
    fn seen(&self, view: &InstitutionView<'_>) -> Self {
        let InstitutionView::Units(roots) = view else { return self.clone() };
        let node_of = |unit: u32| self.nodes.get(&unit).map(String::as_str);
        let own = self.own.iter().filter(|(unit, _)| unit.is_some_and(|unit| view.includes(node_of(unit))));
        let own = own.map(|(unit, sum)| (*unit, sum.clone())).collect();
        let mut seen = Self::added_up(self.units.clone(), self.nodes.clone(), own, self.counted);
        let is_root = |unit: &&Unit| node_of(unit.id).is_some_and(|node| roots.contains(&node));
        seen.shown = Some(self.units.iter().filter(is_root).map(|unit| unit.id).collect());
        seen
    }

    /// The paths of the units that are shown with what is below them; `None`: the whole institution is.
    pub fn parts(&self) -> Option<Vec<(u32, String)>> {
        let by_id = UnitsById::new(&self.units);
        let part = |unit: &u32| (*unit, path_of(by_id.lineage(*unit)));
        Some(self.shown.as_ref()?.iter().map(part).collect())
    }

    /// The institution's name, with the units where not all of it is shown: `Kota Contoh / Badan Arsip; Dinas Sosial`.
    pub fn name_of(&self, institution: &str) -> String {
        let Some(parts) = self.parts() else { return institution.to_owned() };
        let named = parts.iter().take(PARTS_NAMED_MAX).map(|(_, path)| path.as_str());
        let more = (parts.len() > PARTS_NAMED_MAX).then_some("…");
        let units: Vec<&str> = named.chain(more).collect();
        format!("{institution}{BETWEEN_UNITS}{}", units.join("; "))
    }

    /// The rows below a unit, or with `None` the agencies, in official order; people who are in none of them come last.
    /// A part of the tree without people has no row.
    pub fn level(&self, above: Option<u32>) -> Vec<TreeRow> {
        let units = self.below.get(&above).map_or(&[][..], Vec::as_slice);
        let row = |id: &u32| TreeRow {
            unit: Some(*id),
            name: self.name(*id).unwrap_or_default().to_owned(),
            opens: self.opens(*id),
            sum: self.sum(Some(*id)),
        };
        let rest = self.own.get(&above).filter(|sum| **sum != TreeSum::default());
        let rest = rest.map(|sum| TreeRow { unit: None, name: String::new(), opens: false, sum: sum.clone() });
        units.iter().map(row).chain(rest).collect()
    }

    /// All people of a unit and of those below it, or with `None` of the institution.
    pub fn sum(&self, unit: Option<u32>) -> TreeSum {
        self.sums.get(&unit).cloned().unwrap_or_default()
    }

    /// A unit that somebody is in and those above it, from the agency down, by number and name.
    pub fn lineage(&self, unit: u32) -> Option<Vec<(u32, &str)>> {
        self.sums.get(&Some(unit))?;
        let units = UnitsById::new(&self.units).lineage(unit);
        Some(units.into_iter().map(|unit| (unit.id, unit.name.as_str())).collect())
    }

    /// Whether somebody is in a unit below this one.
    pub fn opens(&self, unit: u32) -> bool {
        self.below.contains_key(&Some(unit))
    }

    /// Whether somebody is in a unit.
    pub fn has_units(&self) -> bool {
        self.below.contains_key(&None)
    }

    /// Every unit that somebody is in, from the top down, each before those below it; people without a unit come last.
    pub fn leaves(&self) -> Vec<TreeLeaf<'_>> {
        let by_id = UnitsById::new(&self.units);
        let mut leaves = vec![];
        let mut left: Vec<u32> = self.below.get(&None).into_iter().flatten().rev().copied().collect();
        // A unit has one unit above it, so each is met once.
        while let Some(unit) = left.pop() {
            if let Some(sum) = self.own.get(&Some(unit)) {
                leaves.push(TreeLeaf { path: by_id.lineage(unit).iter().map(|of| of.name.as_str()).collect(), sum });
            }
            left.extend(self.below.get(&Some(unit)).into_iter().flatten().rev());
        }
        leaves.extend(self.own.get(&None).map(|sum| TreeLeaf { path: vec![], sum }));
        leaves
    }

    /// How long ago the people were counted.
    pub fn age(&self) -> Duration {
        self.counted.elapsed()
    }

    fn name(&self, unit: u32) -> Option<&str> {
        let at = self.units.binary_search_by_key(&unit, |unit| unit.id).ok()?;
        Some(&self.units[at].name)
    }
}

impl ProgressNumbers {
    /// The progress of those of an institution's units that are within `scope`, at most half a minute old.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tree(
        &self,
        campaign: CampaignId,
        scope: &Scope,
        institution: &str,
    ) -> Result<Arc<ProgressTree>, StoreError> {
        let visible = registry::visible_institutions(&*self.store, campaign, scope).await?;
        self.seen_tree(campaign, institution, &visible.view(institution)).await
    }

    pub(super) async fn seen_tree(
        &self,
        campaign: CampaignId,
        institution: &str,
        view: &InstitutionView<'_>,
    ) -> Result<Arc<ProgressTree>, StoreError> {
        let whole = self.whole_tree(campaign, institution).await?;
        Ok(if *view == InstitutionView::Whole { whole } else { Arc::new(whole.seen(view)) })
    }

    async fn whole_tree(&self, campaign: CampaignId, institution: &str) -> Result<Arc<ProgressTree>, StoreError> {
        let version = self.version(campaign, institution).await?;
        let cache = self.cache(campaign);
        let slot = cache.tree(institution);
        let is_same = |counted: &CountedTree| counted.0 == version;
        let count = async {
            let mut before = version.clone();
            for _ in 0..COUNTED_MAX {
                let counted = Instant::now();
                let units = told_apart(self.store.registered_units(campaign, Some(institution)).await?);
                let rows = self.store.unit_progress(campaign, institution).await?;
                // Numbers of units are within a roster: those of two rosters would be of other units.
                let after = self.version(campaign, institution).await?;
                if after == before {
                    return Ok((before, Arc::new(ProgressTree::new(units, &rows, counted))));
                }
                before = after;
            }
            Err(StoreError::Conflict)
        };
        Ok(super::fresh(&slot, TREE_TTL, is_same, count).await?.1.clone())
    }

    async fn version(
        &self,
        campaign: CampaignId,
        institution: &str,
    ) -> Result<Option<(String, RosterVersion)>, StoreError> {
        let rosters = self.store.institution_rosters(campaign).await?;
        Ok(rosters.iter().find(|known| known.institution.code == institution).map(InstitutionRoster::version))
    }
}

/// A tree with the roster that it was counted on.
type CountedTree = (Option<(String, RosterVersion)>, Arc<ProgressTree>);
/// One request at a time counts; the others wait for its answer.
pub(super) type TreeSlot = Mutex<Option<(Instant, Arc<CountedTree>)>>;

impl ProgressCache {
    /// The tree of an institution, if it is kept. Those that are too old are dropped.
    fn tree(&self, institution: &str) -> Arc<TreeSlot> {
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |slot: &TreeSlot| {
            let held = slot.try_lock();
            held.map_or(true, |held| held.as_ref().is_some_and(|(asked, _)| asked.elapsed() < TREE_TTL))
        };
        trees.retain(|_, slot| Arc::strong_count(slot) > 1 || is_young(slot));
        trees.entry(institution.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: u32, parent: Option<u32>, name: &str) -> Unit {
        Unit { id, institution: "16".into(), parent, name: name.into() }
    }

    fn row(unit: Option<u32>, kind: Option<EmploymentKind>, people: u64, signed: u64) -> UnitProgress {
        UnitProgress { unit, kind, people, signed, revoked: u64::from(signed == 4) }
    }

    fn tree() -> ProgressTree {
        let units = vec![
            unit(1, None, "Dinas Sosial"),
            unit(2, None, "Dinas Pendidikan"),
            unit(3, Some(2), "SMP 1"),
            unit(4, Some(3), "Tata Usaha"),
            unit(5, None, "Tanpa orang"),
            unit(6, Some(7), "Lingkaran"),
            unit(7, Some(6), "Lingkaran"),
        ];
        let kind = EmploymentKind::from_code(1);
        let rows = [
            row(Some(1), kind, 10, 5),
            row(Some(2), kind, 1, 1),
            row(Some(3), kind, 20, 4),
            row(Some(4), None, 5, 0),
            row(Some(4), kind, 2, 2),
            row(None, None, 3, 0),
        ];
        let nodes = ["16/1", "16/2", "16/2/1", "16/2/1/1", "16/3", "16/4", "16/5"];
        let registered = units.into_iter().zip(nodes);
        let registered = registered.map(|(unit, node)| RegisteredUnit {
            roster: [0; 16],
            unit,
            node: Some(node.to_owned()),
            path: None,
        });
        ProgressTree::new(registered.collect(), &rows, Instant::now())
    }

    fn shown(rows: &[TreeRow]) -> Vec<(Option<u32>, &str, bool, u64, u64)> {
        rows.iter().map(|row| (row.unit, row.name.as_str(), row.opens, row.sum.people, row.sum.signed)).collect()
    }

    #[test]
    fn each_level_adds_up_to_the_one_above() {
        let tree = tree();
        assert_eq!(
            shown(&tree.level(None)),
            [
                (Some(1), "Dinas Sosial", false, 10, 5),
                (Some(2), "Dinas Pendidikan", true, 28, 7),
                (None, "", false, 3, 0)
            ]
        );
        assert_eq!(shown(&tree.level(Some(2))), [(Some(3), "SMP 1", true, 27, 6), (None, "", false, 1, 1)]);
        assert_eq!(shown(&tree.level(Some(3))), [(Some(4), "Tata Usaha", false, 7, 2), (None, "", false, 20, 4)]);
        for above in [None, Some(2), Some(3)] {
            let mut added = TreeSum::default();
            tree.level(above).iter().for_each(|row| added.add(&row.sum));
            assert_eq!(added, tree.sum(above));
        }
        assert_eq!((tree.sum(None).people, tree.sum(None).signed, tree.sum(None).revoked), (41, 12, 1));
        let kinds: Vec<_> =
            tree.sum(Some(3)).by_kind().into_iter().map(|(_, people, signed)| (people, signed)).collect();
        assert_eq!(kinds, [(22, 6), (5, 0)]);
    }

    #[test]
    fn a_part_has_the_units_that_are_seen_and_those_above_them() {
        let part = tree().seen(&InstitutionView::Units(vec!["16/2/1", "16/3"]));
        assert_eq!(shown(&part.level(None)), [(Some(2), "Dinas Pendidikan", true, 27, 6)]);
        assert_eq!(shown(&part.level(Some(2))), [(Some(3), "SMP 1", true, 27, 6)]);
        assert_eq!(part.sum(None), tree().sum(Some(3)));
        assert_eq!((part.lineage(1), part.leaves().len()), (None, 2));
        assert_eq!(part.parts(), Some(vec![(3, "Dinas Pendidikan / SMP 1".into()), (5, "Tanpa orang".into())]));
        assert_eq!(part.name_of("Kota"), "Kota / Dinas Pendidikan / SMP 1; Tanpa orang");
        assert_eq!(tree().name_of("Kota"), "Kota");
        let rows = part.sum(None).employment("16");
        let rows: Vec<_> = rows.iter().map(|row| (row.people, row.signed, row.revoked)).collect();
        assert_eq!(rows, [(22, 6, 1), (5, 0, 0)]);
        assert!(tree().seen(&InstitutionView::Units(vec![])).level(None).is_empty());
        assert_eq!(tree().seen(&InstitutionView::Whole).level(None), tree().level(None));
    }

    #[test]
    fn a_unit_is_known_with_those_above_it_and_one_without_people_is_not() {
        let tree = tree();
        assert_eq!(tree.lineage(4), Some(vec![(2, "Dinas Pendidikan"), (3, "SMP 1"), (4, "Tata Usaha")]));
        assert_eq!((tree.lineage(5), tree.lineage(6), tree.lineage(99)), (None, None, None));
    }

    #[test]
    fn every_person_stands_in_one_leaf() {
        let tree = tree();
        let leaves: Vec<_> = tree.leaves().iter().map(|leaf| (leaf.path.join("/"), leaf.sum.people)).collect();
        let expected = [
            ("Dinas Sosial", 10),
            ("Dinas Pendidikan", 1),
            ("Dinas Pendidikan/SMP 1", 20),
            ("Dinas Pendidikan/SMP 1/Tata Usaha", 7),
            ("", 3),
        ];
        assert_eq!(leaves, expected.map(|(path, people)| (path.to_owned(), people)));
    }
}

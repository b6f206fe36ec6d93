//! Units in the registry: which node each unit of a roster is, by the names from its agency down.
//!
//! Units of one name below one parent are one node. Deliberately absent: SQL.

use super::institution::folded;
use super::registry::{NAME_KEY_BYTES_MAX, node_number, parent_node};
use super::unit::{Unit, UnitsById};
use std::collections::{HashMap, HashSet};

/// The units that are registered below institutions: finds the nodes of those of a roster, and gives codes to new ones.
#[derive(Clone)]
pub struct RegisteredUnits {
    /// By the parent's node and the key of the name.
    nodes: HashMap<(String, String), String>,
    /// The highest number below each node.
    last: HashMap<String, u32>,
}

/// A node that a roster's units add to the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUnitNode {
    /// Its parent's node.
    pub parent: String,
    /// The key of its name; see [`unit_key`].
    pub key: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// By what a unit is known below its parent.
pub fn unit_key(name: &str) -> String {
    let mut key = folded(name);
    key.truncate(key.floor_char_boundary(NAME_KEY_BYTES_MAX));
    key
}

impl RegisteredUnits {
    /// From parent, key and node of all names below institutions.
    pub fn new(names: impl IntoIterator<Item = (String, String, String)>) -> Self {
        let (mut nodes, mut last) = (HashMap::new(), HashMap::<String, u32>::new());
        for (parent, key, node) in names {
            let number = node_number(&node).unwrap_or_default();
            let highest = last.entry(parent_node(&node).to_owned()).or_default();
            *highest = number.max(*highest);
            nodes.insert((parent, key), node);
        }
        Self { nodes, last }
    }

    /// The node of this name below a parent.
    pub fn named(&self, parent: &str, name: &str) -> Option<&str> {
        self.nodes.get(&(parent.to_owned(), unit_key(name))).map(String::as_str)
    }

    /// Whether there is a unit of this node.
    pub fn has(&self, node: &str) -> bool {
        self.nodes.values().any(|known| known == node)
    }

    /// Gives a node a further name below its parent.
    pub fn also_name(&mut self, node: &str, name: &str) {
        self.nodes.insert((parent_node(node).to_owned(), unit_key(name)), node.to_owned());
    }

    /// The node of each of the units of one institution, whose node is given, in the order of the units; and those
    /// among the nodes that are new, each after its parent.
    pub fn register(&mut self, institution: &str, units: &[Unit]) -> (Vec<String>, Vec<NewUnitNode>) {
        let (by_id, mut new) = (UnitsById::new(units), vec![]);
        let mut node = |unit: &Unit| {
            let mut lineage = by_id.lineage(unit.id);
            let mut met = HashSet::new();
            if !lineage.iter().all(|above| met.insert(above.id)) {
                // Units that are above each other are below the institution.
                lineage = vec![unit];
            }
            lineage.iter().fold(institution.to_owned(), |parent, unit| self.child(parent, &unit.name, &mut new))
        };
        (units.iter().map(&mut node).collect(), new)
    }

    fn child(&mut self, parent: String, name: &str, new: &mut Vec<NewUnitNode>) -> String {
        let place = (parent, unit_key(name));
        if let Some(node) = self.nodes.get(&place) {
            return node.clone();
        }
        let number = self.last.entry(place.0.clone()).and_modify(|last| *last += 1).or_insert(1);
        let code = format!("{}/{number}", place.0);
        let (parent, key) = place.clone();
        new.push(NewUnitNode { parent, key, code: code.clone(), name: name.to_owned() });
        self.nodes.insert(place, code.clone());
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: u32, parent: Option<u32>, name: &str) -> Unit {
        Unit { id, institution: "16.71".into(), parent, name: name.into() }
    }

    fn kept(new: &[NewUnitNode]) -> Vec<(String, String, String)> {
        new.iter().map(|node| (node.parent.clone(), node.key.clone(), node.code.clone())).collect()
    }

    #[test]
    fn the_same_names_are_the_same_nodes_whatever_the_order_of_a_file() {
        let first = [
            unit(1, None, "Dinas Sosial"),
            unit(2, Some(1), "Sekretariat"),
            unit(3, None, "Dinas Pendidikan"),
            unit(4, Some(3), "Sekretariat"),
        ];
        let (nodes, new) = RegisteredUnits::new([]).register("16.71~2", &first);
        assert_eq!(nodes, ["16.71~2/1", "16.71~2/1/1", "16.71~2/2", "16.71~2/2/1"]);
        assert_eq!(new.len(), 4);
        let second = [
            unit(1, None, "DINAS  PENDIDIKAN"),
            unit(2, Some(1), "SMP 1"),
            unit(3, Some(1), "Sekretariat"),
            unit(4, None, "Dinas Baru"),
            unit(5, None, "Dinas Sosial"),
        ];
        let (nodes, new) = RegisteredUnits::new(kept(&new)).register("16.71~2", &second);
        assert_eq!(nodes, ["16.71~2/2", "16.71~2/2/2", "16.71~2/2/1", "16.71~2/3", "16.71~2/1"]);
        assert_eq!(new.iter().map(|node| node.code.as_str()).collect::<Vec<_>>(), ["16.71~2/2/2", "16.71~2/3"]);
    }

    #[test]
    fn another_institution_has_nodes_of_its_own() {
        let (_, new) = RegisteredUnits::new([]).register("16", &[unit(1, None, "Dinas Sosial")]);
        let (nodes, _) = RegisteredUnits::new(kept(&new)).register("17", &[unit(1, None, "Dinas Sosial")]);
        assert_eq!(nodes, ["17/1"]);
    }

    #[test]
    fn units_that_are_above_each_other_and_those_without_a_parent_are_below_the_institution() {
        let units = [unit(1, Some(2), "A"), unit(2, Some(1), "B"), unit(3, Some(3), "C"), unit(4, Some(404), "D")];
        let (nodes, _) = RegisteredUnits::new([]).register("16", &units);
        assert_eq!(nodes, ["16/1", "16/2", "16/3", "16/4"]);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert!(unit_key(&"é".repeat(900)).len() <= NAME_KEY_BYTES_MAX);
    }
}

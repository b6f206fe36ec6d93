//! The installation's registry of institutions, and of the units below them: what accounts are scoped to. It outlives
//! campaigns, in which one code may be of different institutions.
//!
//! The code of a node shows where it is in the tree and never changes. An institution's is its code, `16.71`, or
//! `16.71~2` where that is the node of an institution of another name; a unit's is `16.71/4`.
//! Deliberately absent: SQL.

use super::institution::folded;
use std::collections::{HashMap, HashSet};

/// The node above all institutions.
pub const TOP_NODE: &str = "";

/// Longest key of a name, in bytes. What is longer is cut: an index of PostgreSQL keeps no more.
pub const NAME_KEY_BYTES_MAX: usize = 1_000;

/// A node of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryNode {
    /// Its code.
    pub code: String,
    /// The name that it was given first, or last within a campaign.
    pub name: String,
}

/// Whether a node is this one or below it.
pub fn is_at_or_below(node: &str, above: &str) -> bool {
    node.strip_prefix(above).is_some_and(|rest| !above.is_empty() && (rest.is_empty() || rest.starts_with('/')))
}

/// The code that an institution has in campaigns, from the code of its node or of a node below it.
pub fn institution_code(node: &str) -> &str {
    node.split(['/', '~']).next().unwrap_or_default()
}

/// The node of the institution that a node is of.
pub fn institution_node(node: &str) -> &str {
    node.split('/').next().unwrap_or_default()
}

/// The node directly above this one.
pub fn parent_node(node: &str) -> &str {
    node.rsplit_once('/').map_or(TOP_NODE, |(parent, _)| parent)
}

/// The number of a unit's node below the node above it; `None` for an institution's.
pub fn node_number(node: &str) -> Option<u32> {
    node.rsplit_once('/').and_then(|(_, number)| number.parse().ok())
}

/// The institutions of which one is meant by a code that is no node itself: where earlier programs scoped accounts by
/// code, and the code is of several institutions. Empty for a code that is a node, or nobody's.
pub fn undecided<'n>(code: &str, institutions: &'n [RegistryNode]) -> Vec<&'n RegistryNode> {
    if institutions.iter().any(|node| node.code == code) {
        return vec![];
    }
    institutions.iter().filter(|node| institution_code(&node.code) == code).collect()
}

/// By what an institution is known at the top of the registry.
pub fn institution_key(code: &str, name: &str) -> String {
    let mut key = format!("{code} {}", folded(name));
    key.truncate(key.floor_char_boundary(NAME_KEY_BYTES_MAX));
    key
}

/// The institutions that are registered: finds the nodes of those of a campaign, and gives codes to new ones.
pub struct RegisteredInstitutions {
    nodes: HashMap<String, String>,
    /// The highest number of the nodes of each institution's code.
    last: HashMap<String, u32>,
}

/// How an institution stands to the registry.
#[derive(Debug, PartialEq, Eq)]
pub enum Registration {
    /// It is registered by this name.
    Known(String),
    /// The node is registered, by other names.
    NewName(String),
    /// Nothing is registered yet.
    NewNode(String),
}

impl Registration {
    /// The node's code.
    pub fn node(&self) -> &str {
        match self {
            Self::Known(node) | Self::NewName(node) | Self::NewNode(node) => node,
        }
    }
}

impl RegisteredInstitutions {
    /// From the keys of all names at the top of the registry, with their nodes.
    pub fn new(names: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut nodes, mut last) = (HashMap::new(), HashMap::<String, u32>::new());
        for (key, node) in names {
            let number = node.split_once('~').map_or(Ok(1), |(_, number)| number.parse()).unwrap_or(1);
            let highest = last.entry(institution_code(&node).to_owned()).or_default();
            *highest = number.max(*highest);
            nodes.insert(key, node);
        }
        Self { nodes, last }
    }

    /// Whether an institution of this code and name is registered.
    pub fn has(&self, code: &str, name: &str) -> bool {
        self.nodes.contains_key(&institution_key(code, name))
    }

    /// Those of the nodes of which one may be an institution that is new by this code and name: they have its code, and
    /// other names.
    pub fn asked(&self, code: &str, name: &str, nodes: &[RegistryNode]) -> Vec<RegistryNode> {
        if self.has(code, name) {
            return vec![];
        }
        nodes.iter().filter(|node| institution_code(&node.code) == code).cloned().collect()
    }

    /// Registers an institution. `same` holds nodes of which somebody said that they are the institutions of their
    /// code, whatever their names.
    pub fn register(&mut self, code: &str, name: &str, same: &[String]) -> Registration {
        let key = institution_key(code, name);
        if let Some(node) = self.nodes.get(&key) {
            return Registration::Known(node.clone());
        }
        let is_known =
            |node: &&String| institution_code(node) == code && self.nodes.values().any(|known| known == *node);
        let registration = match same.iter().find(is_known) {
            Some(node) => Registration::NewName(node.clone()),
            None => {
                let last = self.last.entry(code.to_owned()).and_modify(|last| *last += 1).or_insert(1);
                let node = if *last == 1 { code.to_owned() } else { format!("{code}~{last}") };
                Registration::NewNode(node)
            }
        };
        self.nodes.insert(key, registration.node().to_owned());
        registration
    }

    /// Registers the institutions of campaigns from before there was a registry, by code and name. Where a code is of
    /// several names, none of their nodes is the code alone, so that an account that was scoped to it sees nothing
    /// until somebody decides which is meant.
    pub fn register_earlier(&mut self, institutions: &[(String, String)]) -> Vec<(Registration, String, String)> {
        let mut keys: HashMap<&str, HashSet<String>> = HashMap::new();
        for (code, name) in institutions {
            keys.entry(code).or_default().insert(institution_key(code, name));
        }
        let mut registered = vec![];
        for (code, name) in institutions.iter().filter(|(code, _)| keys[code.as_str()].len() > 1) {
            let last = *self.last.entry(code.clone()).or_default();
            if last == 0 {
                let node = format!("{code}~1");
                self.last.insert(code.clone(), 1);
                self.nodes.insert(institution_key(code, name), node.clone());
                registered.push((Registration::NewNode(node), code.clone(), name.clone()));
            }
        }
        for (code, name) in institutions {
            match self.register(code, name, &[]) {
                Registration::Known(_) => {}
                new => registered.push((new, code.clone(), name.clone())),
            }
        }
        registered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(codes: &[(&str, &str)]) -> Vec<(String, String)> {
        codes.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect()
    }

    #[test]
    fn a_node_is_below_another_at_a_slash_only() {
        assert!(is_at_or_below("16.71", "16.71") && is_at_or_below("16.71/4/2", "16.71/4"));
        for (node, above) in [("16.71", "16"), ("16.71/42", "16.71/4"), ("16.71~2", "16.71"), ("16.71", "16.71/4")] {
            assert!(!is_at_or_below(node, above), "{node} {above}");
        }
        assert!(!is_at_or_below("16.71", "") && !is_at_or_below("", ""), "nothing is no scope");
        assert_eq!(["16.71", "16.71~2", "16.71~2/4"].map(institution_code), ["16.71"; 3]);
        assert_eq!(["16", "16~2/4", "16/4/2"].map(institution_node), ["16", "16~2", "16"]);
    }

    #[test]
    fn one_code_and_name_is_one_node_and_another_name_another_unless_it_is_said_to_be_the_same() {
        let mut registry = RegisteredInstitutions::new([]);
        assert_eq!(registry.register("01", "Dinas Sosial", &[]), Registration::NewNode("01".into()));
        assert_eq!(registry.register("01", "DINAS  SOSIAL", &[]), Registration::Known("01".into()));
        assert_eq!(
            registry.register("01", "Kota", &["02".into(), "01~7".into()]),
            Registration::NewNode("01~2".into())
        );
        assert_eq!(registry.register("01", "Dinsos", &["01".into()]), Registration::NewName("01".into()));
        let kept = [("01 kota".to_owned(), "01~2".to_owned()), ("01 a".to_owned(), "01".to_owned())];
        assert_eq!(RegisteredInstitutions::new(kept).register("01", "B", &[]), Registration::NewNode("01~3".into()));
    }

    #[test]
    fn a_code_of_several_names_from_before_is_nobody_s_alone() {
        let mut registry = RegisteredInstitutions::new([]);
        let earlier = named(&[("01", "Kota A"), ("02", "Kota"), ("01", "Kota B"), ("01", "kota a"), ("02", "KOTA")]);
        let new: Vec<String> =
            registry.register_earlier(&earlier).iter().map(|(new, ..)| new.node().to_owned()).collect();
        assert_eq!(new, ["01~1", "02", "01~2"]);
        assert!(registry.register_earlier(&earlier).is_empty());
        // Another start, after an import by an earlier program.
        assert_eq!(registry.register_earlier(&named(&[("02", "Lain")]))[0].0.node(), "02~2");
    }

    #[test]
    fn a_code_that_is_no_node_means_one_of_those_of_the_code() {
        let node = |code: &str| RegistryNode { code: code.into(), name: code.into() };
        let nodes = ["01~1", "01~2", "02", "02~2"].map(node);
        let codes = |code: &str| undecided(code, &nodes).into_iter().map(|node| node.code.clone()).collect::<Vec<_>>();
        assert_eq!(codes("01"), ["01~1", "01~2"]);
        assert!(codes("02").is_empty() && codes("03").is_empty() && codes("01~3").is_empty());
        assert_eq!(["16", "16/1", "16/1/2"].map(parent_node), ["", "16", "16/1"]);
        assert_eq!(["16.71", "16.71~2/4", "16/1/12"].map(node_number), [None, Some(4), Some(12)]);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert!(institution_key("01", &"é".repeat(900)).len() <= NAME_KEY_BYTES_MAX);
    }
}

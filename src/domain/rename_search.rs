//! Finds the units that a file may have renamed, and judges what is said of them.
//!
//! Nothing is a rename by itself, however alike two names are. Deliberately absent: SQL.

use super::institution::folded;
use super::registered_units::{NewUnitNode, RegisteredUnits, unit_key};
use super::registry::parent_node;
use super::unit::{Unit, UnitsById, path_of};
use super::unit_renames::{KnownUnit, RenameChoice, RenameFault, RenameQuestion, RenamedUnit, UnitRename, UnitRenames};
use std::collections::{HashMap, HashSet};

/// Most new units of one file that are asked about.
pub const RENAMES_ASKED_MAX: usize = 50;
/// Most units that a new one may have been that are offered.
pub const RENAME_CHOICES_MAX: usize = 20;
/// Most pairs of a new unit and one that is gone whose names are compared.
pub const RENAME_PAIRS_MAX: usize = 20_000;
/// Letters of a name that are compared.
const COMPARED_CHARS_MAX: usize = 120;

/// The units of one institution, before a file and in it.
pub struct InstitutionUnits<'a> {
    /// The institution's node.
    pub node: &'a str,
    /// The units in the file.
    pub units: &'a [Unit],
    /// The units before that matter, each with all above it.
    pub before: &'a [KnownUnit],
    /// How many people were in a unit of this node and are in the unit of this number in the file.
    pub people: &'a HashMap<(String, u32), u64>,
}

/// Looks for renames in a file, one institution after the other.
pub struct RenameSearch {
    known: RegisteredUnits,
    pairs_left: usize,
    found: UnitRenames,
    /// How likely each question is, in their order.
    likely: Vec<Likeliness>,
}

/// Whether it was answered, people in common, and how alike the names are.
type Likeliness = (bool, u64, f64);

impl RenameSearch {
    /// `known` are the units that are registered below the institutions.
    pub fn new(known: RegisteredUnits) -> Self {
        Self { known, pairs_left: RENAME_PAIRS_MAX, found: UnitRenames::default(), likely: vec![] }
    }

    /// Adds what is to be asked of an institution, of which `said` is said.
    pub fn institution(&mut self, of: &InstitutionUnits<'_>, said: &[UnitRename]) -> Result<(), RenameFault> {
        let renamed = self.take_names(said)?;
        let (nodes, new) = self.known.register(of.node, of.units);
        let file = FileUnits::new(of, &nodes, &new);
        for one in said {
            file.judge(one, renamed.contains(one.node.as_str()))?;
        }
        let gone: Vec<&KnownUnit> = of.before.iter().filter(|unit| !file.nodes.contains(unit.node.as_str())).collect();
        self.found.gone.extend(gone.iter().filter(|unit| unit.accounts > 0).map(|unit| (*unit).clone()));
        let named: HashMap<&str, &KnownUnit> = of.before.iter().map(|unit| (unit.node.as_str(), unit)).collect();
        let renames = || said.iter().filter(|one| renamed.contains(one.node.as_str()));
        for (one, before) in renames().filter_map(|one| Some((one, *named.get(one.node.as_str())?))) {
            let after = file.first.get(one.node.as_str()).map_or_else(|| one.name.clone(), |unit| unit.name.clone());
            let (node, before) = (one.node.clone(), before.name.clone());
            self.found.said.push(RenamedUnit { node, before, after });
        }
        let mut offered: HashMap<&str, Vec<&KnownUnit>> = HashMap::new();
        for unit in gone.into_iter().filter(|unit| file.is_there(parent_node(&unit.node))) {
            offered.entry(parent_node(&unit.node)).or_default().push(unit);
        }
        let people = file.people_in_common(of, &offered, &renamed);
        for UnitRename { node, .. } in renames() {
            self.ask(&file, node, named.get(node.as_str()).copied(), &offered, &people);
        }
        let top = new.iter().filter(|unit| !file.new.contains(unit.parent.as_str()));
        let mut top: Vec<&str> = top.map(|unit| unit.code.as_str()).collect();
        // Pairs with people in common are compared first.
        top.sort_by_key(|code| !people.contains_key(code));
        top.into_iter().for_each(|code| self.ask(&file, code, None, &offered, &people));
        Ok(())
    }

    /// What was found in all institutions.
    pub fn finish(self) -> UnitRenames {
        let Self { mut found, likely, .. } = self;
        let mut asked: Vec<(RenameQuestion, Likeliness)> = found.asked.into_iter().zip(likely).collect();
        asked.sort_by(|(_, one), (_, other)| {
            other.0.cmp(&one.0).then(other.1.cmp(&one.1)).then(other.2.total_cmp(&one.2))
        });
        found.more += asked.len().saturating_sub(RENAMES_ASKED_MAX) as u64;
        asked.truncate(RENAMES_ASKED_MAX);
        found.asked = asked.into_iter().map(|(question, _)| question).collect();
        found
    }

    /// Gives the nodes the names that are said, and returns those to which they are new.
    fn take_names<'s>(&mut self, said: &'s [UnitRename]) -> Result<HashSet<&'s str>, RenameFault> {
        let (mut nodes, mut names, mut renamed) = (HashSet::new(), HashSet::new(), HashSet::new());
        for one in said {
            let parent = parent_node(&one.node);
            if !nodes.insert(one.node.as_str()) || !names.insert((parent, unit_key(&one.name))) {
                return Err(RenameFault::Twice(one.clone()));
            }
            if !self.known.has(&one.node) {
                return Err(RenameFault::NoSuchUnit(one.clone()));
            }
            match self.known.named(parent, &one.name) {
                Some(other) if other != one.node => {
                    return Err(RenameFault::OtherUnit { said: one.clone(), other: other.to_owned() });
                }
                Some(_) => {}
                None => {
                    self.known.also_name(&one.node, &one.name);
                    renamed.insert(one.node.as_str());
                }
            }
        }
        Ok(renamed)
    }

    /// Asks whether a unit of the file was one of those offered. `said`: the one that it was said to be.
    fn ask<'a>(
        &mut self,
        file: &FileUnits<'a>,
        code: &str,
        said: Option<&'a KnownUnit>,
        offered: &HashMap<&str, Vec<&'a KnownUnit>>,
        people: &HashMap<&str, HashMap<&'a str, u64>>,
    ) {
        let siblings = offered.get(parent_node(code)).map_or(&[][..], Vec::as_slice);
        let in_common = people.get(code);
        let of = |unit: &KnownUnit| in_common.and_then(|people| people.get(unit.node.as_str())).copied().unwrap_or(0);
        let (Some(unit), false) = (file.first.get(code), siblings.is_empty() && said.is_none()) else { return };
        let compared = siblings.len().min(self.pairs_left);
        self.pairs_left -= compared;
        let further = siblings[compared..].iter().filter(|unit| of(unit) > 0);
        let name = compared_name(&unit.name);
        let candidates = said.into_iter().chain(siblings[..compared].iter().chain(further).copied());
        let mut choices: Vec<(&KnownUnit, u64, f64)> =
            candidates.map(|unit| (unit, of(unit), strsim::sorensen_dice(&compared_name(&unit.name), &name))).collect();
        choices.sort_by(|one, other| other.1.cmp(&one.1).then(other.2.total_cmp(&one.2)));
        let Some((_, most, alike)) = choices.first() else {
            self.found.more += 1;
            return;
        };
        self.likely.push((said.is_some(), *most, *alike));
        let same = said.map(|unit| unit.node.clone());
        // What was said stays among the choices.
        choices.sort_by_key(|(unit, ..)| same.as_ref() != Some(&unit.node));
        choices.truncate(RENAME_CHOICES_MAX);
        let choice = |(unit, people, _): (&KnownUnit, u64, f64)| RenameChoice { unit: unit.clone(), people };
        self.found.asked.push(RenameQuestion {
            parent: parent_node(code).to_owned(),
            name: unit.name.clone(),
            path: path_of(file.by_id.lineage(unit.id)),
            choices: choices.into_iter().map(choice).collect(),
            same,
        });
    }
}

/// The units of a file with their nodes.
struct FileUnits<'a> {
    institution: &'a str,
    by_id: UnitsById<'a>,
    /// The node of each unit, by its number.
    of_unit: HashMap<u32, &'a str>,
    /// The first unit of each node.
    first: HashMap<&'a str, &'a Unit>,
    /// The names of each node.
    names: HashMap<&'a str, Vec<&'a str>>,
    /// The nodes, with all above them.
    nodes: HashSet<&'a str>,
    /// Those among them that aren't registered.
    new: HashSet<&'a str>,
}

impl<'a> FileUnits<'a> {
    fn new(of: &InstitutionUnits<'a>, nodes: &'a [String], new: &'a [NewUnitNode]) -> Self {
        let mut file = Self {
            institution: of.node,
            by_id: UnitsById::new(of.units),
            of_unit: HashMap::new(),
            first: HashMap::new(),
            names: HashMap::new(),
            nodes: HashSet::new(),
            new: new.iter().map(|unit| unit.code.as_str()).collect(),
        };
        for (unit, node) in of.units.iter().zip(nodes) {
            file.of_unit.insert(unit.id, node);
            file.first.entry(node).or_insert(unit);
            file.names.entry(node).or_default().push(&unit.name);
            file.nodes.extend(from_here_up(node));
        }
        file
    }

    /// Whether what is below this node is compared: it is the institution, or a unit of the file.
    fn is_there(&self, node: &str) -> bool {
        node == self.institution || self.nodes.contains(node)
    }

    /// Whether the file has the unit of which something is said, by this name; and by no other, where the name is new.
    fn judge(&self, said: &UnitRename, is_new_name: bool) -> Result<(), RenameFault> {
        let names = self.names.get(said.node.as_str()).map_or(&[][..], Vec::as_slice);
        let key = unit_key(&said.name);
        if !names.iter().any(|name| unit_key(name) == key) {
            return Err(RenameFault::NotInFile(said.clone()));
        }
        match names.iter().find(|name| is_new_name && unit_key(name) != key) {
            Some(known) => Err(RenameFault::StillThere { said: said.clone(), known: (*known).to_owned() }),
            None => Ok(()),
        }
    }

    /// How many people were in one that may be gone, or below it, and are in one that is asked about, or below it: by
    /// the node of the latter, and that of the former.
    fn people_in_common<'b>(
        &self,
        of: &InstitutionUnits<'b>,
        offered: &HashMap<&'b str, Vec<&'b KnownUnit>>,
        renamed: &HashSet<&str>,
    ) -> HashMap<&'a str, HashMap<&'b str, u64>> {
        let gone: HashSet<&str> = offered.values().flatten().map(|unit| unit.node.as_str()).collect();
        let is_asked =
            |node: &&str| renamed.contains(node) || (self.new.contains(node) && !self.new.contains(parent_node(node)));
        let mut people: HashMap<&str, HashMap<&str, u64>> = HashMap::new();
        for ((before, after), count) in of.people {
            let before = from_here_up(before).find(|node| gone.contains(node) || renamed.contains(node));
            let after = self.of_unit.get(after).and_then(|node| from_here_up(node).find(is_asked));
            if let (Some(before), Some(after)) = (before, after) {
                *people.entry(after).or_default().entry(before).or_default() += count;
            }
        }
        people
    }
}

/// The node and those above it, up to the institution.
fn from_here_up(node: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(node), |node| Some(parent_node(node)).filter(|above| !above.is_empty()))
}

fn compared_name(name: &str) -> String {
    folded(name).chars().take(COMPARED_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: u32, parent: Option<u32>, name: &str) -> Unit {
        Unit { id, institution: "16".into(), parent, name: name.into() }
    }

    fn known(node: &str, name: &str, accounts: u64) -> KnownUnit {
        KnownUnit { node: node.into(), name: name.into(), accounts }
    }

    fn rename(text: &str) -> UnitRename {
        UnitRename::parse(text).unwrap()
    }

    /// `16/1` Dinas Sosial with `16/1/1` Sekretariat, `16/2` Badan Arsip with an account, and `16/3` Dinas Pendidikan.
    fn before() -> (RegisteredUnits, Vec<KnownUnit>) {
        let units = [
            unit(1, None, "Dinas Sosial"),
            unit(2, Some(1), "Sekretariat"),
            unit(3, None, "Badan Arsip"),
            unit(4, None, "Dinas Pendidikan"),
        ];
        let mut registered = RegisteredUnits::new([]);
        let (nodes, _) = registered.register("16", &units);
        let accounts = |node: &str| u64::from(node == "16/2");
        let known = units.iter().zip(nodes).map(|(unit, node)| known(&node, &unit.name, accounts(&node)));
        (registered, known.collect())
    }

    fn found(file: &[Unit], people: &[(&str, u32, u64)], said: &[&str]) -> Result<UnitRenames, RenameFault> {
        let (registered, before) = before();
        let people = people.iter().map(|(node, unit, count)| (((*node).to_owned(), *unit), *count)).collect();
        let said: Vec<UnitRename> = said.iter().map(|text| rename(text)).collect();
        let mut search = RenameSearch::new(registered);
        let of = InstitutionUnits { node: "16", units: file, before: &before, people: &people };
        search.institution(&of, &said)?;
        Ok(search.finish())
    }

    fn choices(question: &RenameQuestion) -> Vec<(&str, u64)> {
        question.choices.iter().map(|choice| (choice.unit.node.as_str(), choice.people)).collect()
    }

    /// Two units are renamed, one is new, and Dinas Pendidikan stays.
    fn renamed() -> [Unit; 6] {
        [
            unit(1, None, "Dinas Pendidikan"),
            unit(2, None, "Dinas Sosial dan PPPA"),
            unit(3, Some(2), "Sekretariat"),
            unit(4, Some(2), "Bidang Anak"),
            unit(5, None, "Dinas Arsip dan Perpustakaan"),
            unit(6, None, "Rumah Sakit"),
        ]
    }

    #[test]
    fn a_new_unit_is_asked_about_where_a_unit_beside_it_is_gone_and_the_likeliest_is_first() {
        let found = found(&renamed(), &[("16/2", 6, 2), ("16/1/1", 3, 9)], &[]).unwrap();
        let asked: Vec<_> = found.asked.iter().map(|one| (one.name.as_str(), choices(one))).collect();
        let expected = [
            ("Dinas Sosial dan PPPA", vec![("16/1", 9), ("16/2", 0)]),
            ("Rumah Sakit", vec![("16/2", 2), ("16/1", 0)]),
            ("Dinas Arsip dan Perpustakaan", vec![("16/2", 0), ("16/1", 0)]),
        ];
        assert_eq!(asked, expected, "people in common come before names");
        assert_eq!((found.more, found.said, found.gone), (0, vec![], vec![known("16/2", "Badan Arsip", 1)]));
    }

    #[test]
    fn nothing_is_asked_where_no_unit_is_new_or_none_is_gone() {
        let same = [unit(1, None, "DINAS SOSIAL"), unit(2, None, "Badan Arsip"), unit(3, None, "Dinas Pendidikan")];
        let fewer = [unit(1, None, "Dinas Pendidikan")];
        let more = [&same[..], &[unit(4, None, "Baru"), unit(5, Some(4), "Sekretariat")]].concat();
        for (file, gone) in [(&same[..], 0), (&fewer, 1), (&more, 0)] {
            let found = found(file, &[], &[]).unwrap();
            assert!(found.asked.is_empty() && found.more == 0, "{found:?}");
            assert_eq!(found.gone.len(), gone);
        }
    }

    #[test]
    fn what_is_said_keeps_the_units_below_and_what_is_below_is_asked_about() {
        let mut file = renamed();
        file[2].name = "Sekretariat Dinas".into();
        let found = found(&file, &[("16/1/1", 3, 9)], &["16/1=DINAS SOSIAL dan  PPPA", "16/2=Rumah Sakit"]).unwrap();
        let said: Vec<_> = found.said.iter().map(|one| [&*one.node, &one.before, &one.after]).collect();
        let expected = [["16/1", "Dinas Sosial", "Dinas Sosial dan PPPA"], ["16/2", "Badan Arsip", "Rumah Sakit"]];
        assert_eq!(said, expected, "names are as the file has them");
        assert!(found.gone.is_empty(), "{:?}", found.gone);
        let asked: Vec<_> =
            found.asked.iter().map(|one| (one.path.as_str(), one.same.as_deref(), choices(one))).collect();
        let expected = [
            ("Dinas Sosial dan PPPA", Some("16/1"), vec![("16/1", 0)]),
            ("Rumah Sakit", Some("16/2"), vec![("16/2", 0)]),
            ("Dinas Sosial dan PPPA / Sekretariat Dinas", None, vec![("16/1/1", 9)]),
            ("Dinas Sosial dan PPPA / Bidang Anak", None, vec![("16/1/1", 0)]),
        ];
        assert_eq!(asked, expected);
    }

    #[test]
    fn what_is_said_wrongly_is_refused() {
        let said = |text: &str| rename(text);
        for (texts, fault) in [
            (&["16/9=Rumah Sakit"][..], RenameFault::NoSuchUnit(said("16/9=Rumah Sakit"))),
            (&["16/1=Dinas Baru"], RenameFault::NotInFile(said("16/1=Dinas Baru"))),
            (&["16/1/1=Rumah Sakit"], RenameFault::NotInFile(said("16/1/1=Rumah Sakit"))),
            (
                &["16/3=Rumah Sakit"],
                RenameFault::StillThere { said: said("16/3=Rumah Sakit"), known: "Dinas Pendidikan".into() },
            ),
            (
                &["16/1=Dinas Pendidikan"],
                RenameFault::OtherUnit { said: said("16/1=Dinas Pendidikan"), other: "16/3".into() },
            ),
            (&["16/1=Rumah Sakit", "16/2=RUMAH SAKIT"], RenameFault::Twice(said("16/2=RUMAH SAKIT"))),
            (
                &["16/1=Rumah Sakit", "16/1=Dinas Sosial dan PPPA"],
                RenameFault::Twice(said("16/1=Dinas Sosial dan PPPA")),
            ),
        ] {
            assert_eq!(found(&renamed(), &[], texts), Err(fault));
        }
        // What is known already is said once more.
        assert_eq!(found(&renamed(), &[], &["16/3=Dinas Pendidikan"]).unwrap().said, []);
    }

    #[test]
    fn so_many_new_units_are_asked_about_and_the_others_are_counted() {
        let agencies = |word: &str, count: u32| -> Vec<Unit> {
            (1..=count).map(|number| unit(number, None, &format!("{word} {number}"))).collect()
        };
        for (gone, new, asked, compared) in [(30, 60, RENAMES_ASKED_MAX, 60), (200, 300, RENAMES_ASKED_MAX, 100)] {
            let mut registered = RegisteredUnits::new([]);
            let units = agencies("Dinas", gone);
            let (nodes, _) = registered.register("16", &units);
            let before: Vec<KnownUnit> =
                units.iter().zip(&nodes).map(|(unit, node)| known(node, &unit.name, 0)).collect();
            // Its people are found, although no name is compared any more.
            let people = HashMap::from([((nodes[7].clone(), new), 1)]);
            let mut search = RenameSearch::new(registered);
            let units = agencies("Badan", new);
            let of = InstitutionUnits { node: "16", units: &units, before: &before, people: &people };
            search.institution(&of, &[]).unwrap();
            assert!(RENAME_PAIRS_MAX - search.pairs_left == compared * gone as usize, "{} left", search.pairs_left);
            let found = search.finish();
            assert_eq!((found.asked.len(), found.more), (asked, u64::from(new) - asked as u64));
            assert_eq!(
                (choices(&found.asked[0])[0], found.asked[0].name.clone()),
                (("16/8", 1), format!("Badan {new}"))
            );
            assert!(found.asked.iter().all(|one| one.choices.len() == RENAME_CHOICES_MAX));
        }
    }
}

//! Which agency each unit belongs to, and how many people each has.

use crate::domain::institution::Institution;
use crate::domain::registry::node_number;
use crate::domain::reporting_group::{AgencyPeople, InstitutionPeople};
use crate::domain::unit::UnitsById;
use crate::store::registry::RegisteredUnit;
use std::collections::{HashMap, HashSet};

/// People of each unit of each institution, by the institution's code; unit `None` are those without one.
pub type UnitCounts = HashMap<(String, Option<u32>), u64>;

/// The agency of each unit: the unit without one above it.
pub struct Agencies<'u> {
    units: &'u [RegisteredUnit],
    by_institution: HashMap<&'u str, UnitsById<'u>>,
}

impl<'u> Agencies<'u> {
    /// `units` are those of all institutions, in official order: those of one follow each other.
    pub fn new(units: &'u [RegisteredUnit]) -> Self {
        let of_each = units.chunk_by(|one, next| one.unit.institution == next.unit.institution);
        let by_id = |units: &'u [RegisteredUnit]| UnitsById::new(units.iter().map(|one| &one.unit));
        let by_institution = of_each.map(|units| (units[0].unit.institution.as_str(), by_id(units))).collect();
        Self { units, by_institution }
    }

    /// The number of the agency of an institution's unit; `None` for a unit that isn't there.
    pub fn of(&self, institution: &str, unit: u32) -> Option<u32> {
        self.by_institution.get(institution)?.agency(unit).map(|agency| agency.id)
    }

    /// The institutions, which are in official order, with the people of each agency.
    pub fn people(&self, institutions: Vec<Institution>, counts: &UnitCounts) -> Vec<InstitutionPeople> {
        let mut of_agencies: HashMap<(&str, u32), u64> = HashMap::new();
        let mut without: HashMap<&str, u64> = HashMap::new();
        for ((institution, unit), people) in counts {
            match unit.and_then(|unit| self.of(institution, unit)) {
                Some(agency) => *of_agencies.entry((institution, agency)).or_default() += people,
                None => *without.entry(institution).or_default() += people,
            }
        }
        let mut listed: HashMap<&str, Vec<AgencyPeople>> = HashMap::new();
        let mut codes = HashSet::new();
        for RegisteredUnit { unit, node, .. } in self.units.iter().filter(|one| one.unit.parent.is_none()) {
            let agencies = listed.entry(&unit.institution).or_default();
            let code = agency_code(&unit.institution, node.as_deref());
            // Agencies of one name are one node.
            let mut same = (2..).map(|nth| format!("{code}-{nth}"));
            let code = std::iter::once(code.clone()).chain(&mut same).find(|code| codes.insert(code.clone()));
            agencies.push(AgencyPeople {
                unit: unit.id,
                code: code.unwrap_or_default(),
                name: unit.name.clone(),
                people: of_agencies.get(&(unit.institution.as_str(), unit.id)).copied().unwrap_or_default(),
            });
        }
        let of = |institution: Institution| InstitutionPeople {
            agencies: listed.remove(institution.code.as_str()).unwrap_or_default(),
            without_agency: without.get(institution.code.as_str()).copied().unwrap_or_default(),
            institution,
        };
        institutions.into_iter().map(of).collect()
    }
}

/// The code of an agency in public numbers: the institution's, and the agency's number in the registry.
fn agency_code(institution: &str, node: Option<&str>) -> String {
    let number = node.and_then(node_number).unwrap_or_default();
    format!("{institution}/{number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::Unit;

    fn registered(unit: Unit, node: &str) -> RegisteredUnit {
        RegisteredUnit { roster: [0; 16], unit, node: Some(node.to_owned()), path: None }
    }

    #[test]
    fn people_of_all_levels_count_in_their_agency() {
        let unit = |id, institution: &str, parent, name: &str, node: &str| {
            registered(Unit { id, institution: institution.into(), parent, name: name.into() }, node)
        };
        let units = [
            unit(1, "16", None, "Dinas A", "16~2/9"),
            unit(2, "16", Some(1), "Bidang", "16~2/9/1"),
            unit(3, "16", Some(2), "Seksi", "16~2/9/1/1"),
            unit(4, "16", None, "Dinas B", "16~2/3"),
            unit(5, "16", None, "DINAS B", "16~2/3"),
            unit(1, "17", None, "Dinas A", "17/1"),
        ];
        let agencies = Agencies::new(&units);
        assert_eq!([agencies.of("16", 3), agencies.of("16", 9), agencies.of("17", 1)], [Some(1), None, Some(1)]);
        let counts =
            [(("16", Some(1)), 2), (("16", Some(3)), 5), (("16", None), 1), (("16", Some(9)), 4), (("17", Some(1)), 7)];
        let counts = counts.map(|((code, unit), people)| ((code.to_owned(), unit), people)).into();
        let institution =
            |code: &str| Institution { code: code.into(), name: code.into(), position: 0, help_contact: String::new() };
        let people = agencies.people(vec![institution("16"), institution("17")], &counts);
        let listed: Vec<_> = people[0].agencies.iter().map(|one| (one.code.as_str(), one.people)).collect();
        assert_eq!((listed, people[0].without_agency), (vec![("16/9", 7), ("16/3", 0), ("16/3-2", 0)], 5));
        assert_eq!(people[1].agencies[0].people, 7);
    }

    #[test]
    fn a_circle_of_units_ends() {
        let unit = |id, parent| {
            registered(Unit { id, institution: "16".into(), parent: Some(parent), name: String::new() }, "16/1")
        };
        assert!(Agencies::new(&[unit(1, 2), unit(2, 1)]).of("16", 1).is_some());
    }
}

//! Forms the groups of a roster: what is too small is put together with the smallest others.

use super::list::{Group, GroupList, InstitutionGroup, LAYOUT_AGENCIES, LAYOUT_INSTITUTIONS};
use super::{COMBINED_GROUP_CODE, GROUP_PEOPLE_MIN, GroupKind, GroupLevel};
use crate::domain::institution::{Institution, folded};
use std::cmp::Reverse;
use std::collections::HashSet;

/// Most groups of a campaign.
pub const GROUPS_MAX: usize = 2_000;

/// The last part of the code of the group that combines agencies.
const OTHER_AGENCIES_PART: &str = "lainnya";

/// The names of groups that combine what is too small to be shown alone.
#[derive(Clone, Debug)]
pub struct CombinedNames {
    /// Some institutions.
    pub institutions: String,
    /// All institutions.
    pub all_institutions: String,
    /// The other agencies of an institution.
    pub agencies: String,
}

/// An institution with the people of each of its agencies.
#[derive(Clone, Debug)]
pub struct InstitutionPeople {
    /// The institution.
    pub institution: Institution,
    /// In official order.
    pub agencies: Vec<AgencyPeople>,
    /// People whom the roster gives no unit.
    pub without_agency: u64,
}

/// An agency, the first level of units, and its people.
#[derive(Clone, Debug)]
pub struct AgencyPeople {
    /// The number of its unit on the institution's roster.
    pub unit: u32,
    /// A code that no other agency of the campaign has.
    pub code: String,
    /// The name as printed.
    pub name: String,
    /// People in it and in the units below it.
    pub people: u64,
}

impl InstitutionPeople {
    fn people(&self) -> u64 {
        self.without_agency + self.agencies.iter().map(|agency| agency.people).sum::<u64>()
    }
}

/// The groups of a roster, and who belongs to which.
#[derive(Clone, Debug)]
pub struct FormedGroups {
    /// As published.
    pub list: GroupList,
    /// Code of an institution, number of an agency's unit, index of the agency's own group.
    pub agencies: Vec<(String, u32, u32)>,
    /// Code of an institution, index of the group of all its other people, also of those who are added later.
    pub others: Vec<(String, u32)>,
}

impl FormedGroups {
    /// The group of a person of an institution and, where they have a unit, of the agency that it belongs to.
    pub fn group_of(&self, institution: &str, agency: Option<u32>) -> Option<u32> {
        let own = |(code, unit, _): &&(String, u32, u32)| code == institution && Some(*unit) == agency;
        let agency = self.agencies.iter().find(own).map(|(_, _, group)| *group);
        agency.or_else(|| self.others.iter().find(|(code, _)| code == institution).map(|(_, group)| *group))
    }
}

/// More than [`GROUPS_MAX`] groups would be formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the roster has more than {GROUPS_MAX} groups")]
pub struct TooManyGroups;

/// Forms the reporting groups of institutions in their official order. Institutions without people aren't in any group.
///
/// An institution with at least [`GROUP_PEOPLE_MIN`] people stands alone. The smaller ones are combined, and the
/// smallest others with them until they are enough. By agency, each of these is divided in the same way.
///
/// # Errors
/// When there are too many.
pub fn form_groups(
    institutions: &[InstitutionPeople],
    level: GroupLevel,
    names: &CombinedNames,
) -> Result<FormedGroups, TooManyGroups> {
    let members = combined(institutions);
    let by_agency = match level {
        GroupLevel::Institution => false,
        GroupLevel::Agency => true,
        GroupLevel::Automatic => members.len() == 1,
    };
    let mut forming = Forming::new(institutions, names);
    for members in &members {
        forming.add(members, by_agency);
    }
    let formed = forming.formed;
    if formed.list.groups.len() > GROUPS_MAX { Err(TooManyGroups) } else { Ok(formed) }
}

/// Which institutions are shown together, in official order; what is combined comes last.
fn combined(institutions: &[InstitutionPeople]) -> Vec<Vec<&InstitutionPeople>> {
    let with_people = institutions.iter().filter(|one| one.people() > 0);
    let (alone, together) = divided(with_people.collect(), 0, |one| one.people());
    let mut members: Vec<Vec<_>> = alone.into_iter().map(|one| vec![one]).collect();
    if !together.is_empty() {
        members.push(together);
    }
    members
}

/// Divides into those that stand alone and those that are combined. `besides` are people who are combined in any case.
fn divided<T>(all: Vec<T>, besides: u64, people: impl Fn(&T) -> u64) -> (Vec<T>, Vec<T>) {
    let of_all: u64 = all.iter().map(&people).sum::<u64>() + besides;
    let mut by_size: Vec<u64> = all.iter().map(&people).collect();
    by_size.sort_unstable_by_key(|people| Reverse(*people));
    // The largest stand alone as long as each is large enough and the rest is nobody or enough.
    let mut rest = of_all;
    let mut alone = 0;
    for (place, size) in by_size.iter().enumerate() {
        rest -= size;
        if *size < GROUP_PEOPLE_MIN {
            break;
        }
        if rest == 0 || rest >= GROUP_PEOPLE_MIN {
            alone = place + 1;
        }
    }
    // Among equals, the first ones in official order stand alone.
    let smallest = alone.checked_sub(1).map_or(u64::MAX, |last| by_size[last]);
    let mut equals = by_size[..alone].iter().filter(|size| **size == smallest).count();
    all.into_iter().partition(|one| match people(one) {
        size if size > smallest => true,
        size if size == smallest && equals > 0 => {
            equals -= 1;
            true
        }
        _ => false,
    })
}

/// The groups that are formed so far.
struct Forming<'i> {
    names: &'i CombinedNames,
    /// Folded names of all institutions and agencies.
    taken: HashSet<String>,
    codes: HashSet<&'i str>,
    with_people: usize,
    formed: FormedGroups,
}

impl<'i> Forming<'i> {
    fn new(institutions: &'i [InstitutionPeople], names: &'i CombinedNames) -> Self {
        let agencies = institutions.iter().flat_map(|one| &one.agencies).map(|agency| folded(&agency.name));
        let taken = institutions.iter().map(|one| folded(&one.institution.name)).chain(agencies).collect();
        let list = GroupList { layout: LAYOUT_INSTITUTIONS, institutions: vec![], groups: vec![] };
        Self {
            names,
            taken,
            codes: institutions.iter().map(|one| one.institution.code.as_str()).collect(),
            with_people: institutions.iter().filter(|one| one.people() > 0).count(),
            formed: FormedGroups { list, agencies: vec![], others: vec![] },
        }
    }

    fn add(&mut self, members: &[&InstitutionPeople], by_agency: bool) {
        let (code, name, kind) = match members {
            [only] => (only.institution.code.clone(), only.institution.name.clone(), GroupKind::Institution),
            _ => {
                let is_all = members.len() == self.with_people;
                let name = if is_all { &self.names.all_institutions } else { &self.names.institutions };
                (self.free_code(), self.free_name(name), GroupKind::CombinedInstitutions)
            }
        };
        let institutions = members.iter().map(|one| one.institution.code.clone()).collect();
        self.formed.list.institutions.push(InstitutionGroup { code: code.clone(), name: name.clone(), institutions });
        let people = members.iter().map(|one| one.people()).sum();
        if by_agency && self.divide(&code, members, people) {
            self.formed.list.layout = LAYOUT_AGENCIES;
            return;
        }
        let group = self.push(code, name, kind, people, vec![]);
        self.formed.others.extend(members.iter().map(|one| (one.institution.code.clone(), group)));
    }

    /// Divides institutions that are shown together into agencies; `false` where this makes a single group.
    fn divide(&mut self, code: &str, members: &[&InstitutionPeople], people: u64) -> bool {
        let agencies: Vec<(&str, &AgencyPeople)> = members
            .iter()
            .flat_map(|one| one.agencies.iter().map(|agency| (one.institution.code.as_str(), agency)))
            .filter(|(_, agency)| agency.people > 0)
            .collect();
        let without = people - agencies.iter().map(|(_, agency)| agency.people).sum::<u64>();
        let (alone, together) = divided(agencies, without, |(_, agency)| agency.people);
        let others: u64 = without + together.iter().map(|(_, agency)| agency.people).sum::<u64>();
        if alone.len() + usize::from(others > 0) < 2 {
            return false;
        }
        let mut largest = (0, 0);
        for (institution, agency) in alone {
            let names = vec![agency.name.clone()];
            let (code, name) = (agency.code.clone(), agency.name.clone());
            let group = self.push(code, name, GroupKind::Agency, agency.people, names);
            largest = largest.max((agency.people, group));
            self.formed.agencies.push((institution.to_owned(), agency.unit, group));
        }
        // Who is added to no agency when there is no group of others is least noticeable in the largest one.
        let mut group = largest.1;
        if others > 0 {
            let name = self.free_name(&self.names.agencies);
            let names = together.iter().map(|(_, agency)| agency.name.clone()).collect();
            let code = format!("{code}/{OTHER_AGENCIES_PART}");
            group = self.push(code, name, GroupKind::OtherAgencies, others, names);
        }
        self.formed.others.extend(members.iter().map(|one| (one.institution.code.clone(), group)));
        true
    }

    fn push(&mut self, code: String, name: String, kind: GroupKind, eligible: u64, agencies: Vec<String>) -> u32 {
        let groups = &mut self.formed.list.groups;
        let index = u32::try_from(groups.len()).unwrap_or(u32::MAX);
        let institution = self.formed.list.institutions.len() - 1;
        groups.push(Group { index, institution, code, name, kind, eligible, agencies });
        index
    }

    fn free_code(&self) -> String {
        let numbered = (2..).map(|number| format!("{COMBINED_GROUP_CODE}.{number}"));
        let mut codes = std::iter::once(COMBINED_GROUP_CODE.to_owned()).chain(numbered);
        codes.find(|code| !self.codes.contains(code.as_str())).expect("there are more numbers than institutions")
    }

    fn free_name(&self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(|name| !self.taken.contains(&folded(name))).expect("there are more numbers than names")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> CombinedNames {
        CombinedNames {
            institutions: "Gabungan instansi kecil".into(),
            all_institutions: "Semua instansi".into(),
            agencies: "Perangkat daerah lainnya".into(),
        }
    }

    fn institution(code: &str, agencies: &[u64], without_agency: u64) -> InstitutionPeople {
        let agency = |(unit, people): (u32, &u64)| AgencyPeople {
            unit,
            code: format!("{code}/{unit}"),
            name: format!("Dinas {unit} {code}"),
            people: *people,
        };
        let name = format!("Instansi {code}");
        InstitutionPeople {
            institution: Institution { code: code.into(), name, position: 0, help_contact: String::new() },
            agencies: (1..).zip(agencies).map(agency).collect(),
            without_agency,
        }
    }

    fn formed(institutions: &[InstitutionPeople], level: GroupLevel) -> FormedGroups {
        form_groups(institutions, level, &names()).unwrap()
    }

    /// Code and people of each group.
    fn sizes(formed: &FormedGroups) -> Vec<(&str, u64)> {
        formed.list.groups.iter().map(|group| (group.code.as_str(), group.eligible)).collect()
    }

    #[test]
    fn small_institutions_are_combined() {
        let roster = [("16", 500), ("16.01", 12), ("16.02", 30), ("16.03", 9)].map(|(c, n)| institution(c, &[], n));
        let formed = formed(&roster, GroupLevel::Institution);
        assert_eq!(sizes(&formed), [("16", 500), ("16.02", 30), ("gabungan", 21)]);
        assert_eq!(formed.list.institutions[2].institutions, ["16.01", "16.03"]);
        assert_eq!((formed.list.groups[2].index, formed.list.layout), (2, 1));
        assert_eq!(formed.group_of("16.03", None), Some(2));
        assert_eq!(formed.group_of("17", None), None);
    }

    #[test]
    fn too_few_together_take_the_smallest_other_with_them_under_a_neutral_name() {
        let roster = [("16", 500), ("16.01", 30), ("16.02", 3)].map(|(c, n)| institution(c, &[], n));
        let some = formed(&roster, GroupLevel::Institution);
        assert_eq!(sizes(&some), [("16", 500), ("gabungan", 33)]);
        assert_eq!(some.list.groups[1].name, "Gabungan instansi kecil");
        let all = formed(&roster[1..], GroupLevel::Institution);
        assert_eq!((sizes(&all), all.list.groups[0].name.as_str()), (vec![("gabungan", 33)], "Semua instansi"));
    }

    #[test]
    fn a_tiny_campaign_is_one_group() {
        assert_eq!(sizes(&formed(&[institution("16", &[2], 1)], GroupLevel::Agency)), [("16", 3)]);
        let two = [institution("16", &[], 3), institution("17", &[], 2)];
        assert_eq!(sizes(&formed(&two, GroupLevel::Automatic)), [("gabungan", 5)]);
        assert!(formed(&[], GroupLevel::Automatic).list.groups.is_empty());
    }

    #[test]
    fn one_government_is_shown_by_agency() {
        let roster = [institution("16.71", &[100, 5, 40, 8, 0], 9)];
        let by_agency = formed(&roster, GroupLevel::Automatic);
        assert_eq!(sizes(&by_agency), [("16.71/1", 100), ("16.71/3", 40), ("16.71/lainnya", 22)]);
        assert_eq!(by_agency.list.groups[2].agencies, ["Dinas 2 16.71", "Dinas 4 16.71"]);
        assert_eq!(by_agency.list.layout, LAYOUT_AGENCIES);
        let group = |agency| by_agency.group_of("16.71", agency);
        assert_eq!([group(Some(3)), group(Some(4)), group(Some(5)), group(None)], [Some(1), Some(2), Some(2), Some(2)]);
        // Chosen otherwise, or beside another institution.
        assert_eq!(sizes(&formed(&roster, GroupLevel::Institution)), [("16.71", 162)]);
        let two = [roster[0].clone(), institution("16", &[], 50)];
        assert_eq!(sizes(&formed(&two, GroupLevel::Automatic)), [("16.71", 162), ("16", 50)]);
        let divided = formed(&two, GroupLevel::Agency);
        assert_eq!(sizes(&divided)[2..], [("16.71/lainnya", 22), ("16", 50)]);
        assert_eq!(divided.list.groups.iter().map(|g| g.institution).collect::<Vec<_>>(), [0, 0, 0, 1]);
    }

    #[test]
    fn a_few_people_without_an_agency_take_the_smallest_agency_with_them() {
        let formed = formed(&[institution("16", &[100, 40, 40], 1)], GroupLevel::Agency);
        assert_eq!(sizes(&formed), [("16/1", 100), ("16/2", 40), ("16/lainnya", 41)]);
        // Nobody is left over: whoever is added later counts in the largest.
        let full = super::tests::formed(&[institution("16", &[40, 100], 0)], GroupLevel::Agency);
        assert_eq!((sizes(&full).len(), full.group_of("16", None)), (2, Some(1)));
    }

    #[test]
    fn what_is_combined_has_a_name_and_a_code_that_nobody_else_has() {
        let mut roster = [institution("gabungan", &[], 30), institution("16", &[], 5), institution("17", &[], 16)];
        roster[0].institution.name = "GABUNGAN  Instansi kecil".into();
        let by_institution = formed(&roster, GroupLevel::Institution);
        let combined = &by_institution.list.groups[1];
        assert_eq!((combined.code.as_str(), combined.name.as_str()), ("gabungan.2", "Gabungan instansi kecil (2)"));
        let mut government = institution("16", &[50, 60], 30);
        government.agencies[0].name = "Perangkat Daerah Lainnya".into();
        let by_agency = formed(&[government], GroupLevel::Agency);
        assert_eq!(by_agency.list.groups[2].name, "Perangkat daerah lainnya (2)");
    }

    /// Whatever the sizes, nobody is left out, and a group is small only where it is the only one.
    #[test]
    fn no_public_group_is_smaller_than_the_limit_and_nobody_is_left_out() {
        let mut state = 7u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for round in 0..2_000 {
            let count = next(6);
            let roster: Vec<InstitutionPeople> = (0..count)
                .map(|number| {
                    let agencies: Vec<u64> = (0..next(6)).map(|_| next(50)).collect();
                    institution(&format!("{number}"), &agencies, next(30))
                })
                .collect();
            let level = GroupLevel::ALL[round % 3];
            let formed = formed(&roster, level);
            let groups = &formed.list.groups;
            let people: u64 = roster.iter().map(InstitutionPeople::people).sum();
            assert_eq!(groups.iter().map(|group| group.eligible).sum::<u64>(), people);
            assert!(groups.len() <= 1 || groups.iter().all(|group| group.eligible >= GROUP_PEOPLE_MIN), "{roster:?}");
            let mut counted = vec![0; groups.len()];
            for one in &roster {
                for agency in &one.agencies {
                    if let Some(group) = formed.group_of(&one.institution.code, Some(agency.unit)) {
                        counted[group as usize] += agency.people;
                    }
                }
                if let Some(group) = formed.group_of(&one.institution.code, None) {
                    counted[group as usize] += one.without_agency;
                }
            }
            assert_eq!(counted, groups.iter().map(|group| group.eligible).collect::<Vec<_>>());
            let of_institution = |at: usize| groups.iter().filter(move |group| group.institution == at);
            for at in 0..formed.list.institutions.len() {
                let size: u64 = of_institution(at).map(|group| group.eligible).sum();
                assert!(size >= GROUP_PEOPLE_MIN || groups.len() == 1);
            }
            assert!(groups.is_sorted_by_key(|group| (group.institution, group.index)));
        }
    }

    #[test]
    fn a_list_of_institutions_has_the_bytes_of_before() {
        let formed = formed(&[institution("16", &[], 30), institution("17", &[], 20)], GroupLevel::Institution);
        assert_eq!(
            String::from_utf8(formed.list.canonical()).unwrap(),
            r#"[{"code":"16","eligible":30,"index":0,"institutions":["16"],"name":"Instansi 16"},{"code":"17","eligible":20,"index":1,"institutions":["17"],"name":"Instansi 17"}]"#
        );
        let agencies = super::tests::formed(&[institution("16", &[30, 20], 0)], GroupLevel::Agency).list;
        let read: GroupList = serde_json::from_slice(&agencies.canonical()).unwrap();
        assert_eq!((read.hash(), read), (agencies.hash(), agencies));
    }

    #[test]
    fn more_groups_than_a_campaign_may_have_are_refused() {
        let agencies = vec![GROUP_PEOPLE_MIN; GROUPS_MAX + 1];
        let of = |agencies: &[u64]| form_groups(&[institution("16", agencies, 0)], GroupLevel::Agency, &names());
        assert_eq!(of(&agencies[1..]).unwrap().list.groups.len(), GROUPS_MAX);
        assert_eq!(of(&agencies).unwrap_err(), TooManyGroups);
    }
}

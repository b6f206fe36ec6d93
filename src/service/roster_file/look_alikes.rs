//! Pairs of sibling units whose names differ by a typing error, or only in punctuation.
//!
//! Only names that share one of their rarest letter pairs are compared: an error changes few pairs, so similar names
//! share one (a prefix filter over 2-grams). The cost of a file is limited. Beyond the limit names stay uncompared, and
//! the report says so. Deliberately absent: a verdict. Similar names do not refuse a file.

use super::RosterFileError;
use super::budget::Budget;
use crate::domain::institution::folded;
use crate::domain::unit::Unit;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Similarity, from 0 to 1, from which two names differ only by a typing error.
const ALIKE_FROM: f64 = 0.88;
/// Letter pairs that one error changes. Two swapped letters are in three pairs.
const GRAMS_PER_SLIP: usize = 3;
/// Most pairs of names that are listed.
pub const LOOK_ALIKES_MAX: usize = 200;
/// Most names that are compared.
pub const NAMES_COMPARED_MAX: usize = 50_000;
/// Most steps of all comparisons together. A step is a candidate name, or [`STEP_LETTERS`] comparisons of letters.
pub const COMPARISON_STEPS_MAX: u64 = 10_000_000;
/// Comparisons of a letter of one name with one of the other that cost one step.
const STEP_LETTERS: usize = 16;
const GRAMS: usize = 1 << 16;

/// The pairs found, and whether every name was compared.
#[derive(Debug)]
pub struct LookAlikes<'a> {
    pub pairs: Vec<(&'a Unit, &'a Unit)>,
    pub complete: bool,
}

/// Finds similar names among units of the same parent. Names that differ in a number, a Roman numeral or a single
/// letter (`SD Negeri 1` and `2`) differ on purpose.
pub fn look_alikes<'a>(units: &'a [Unit], budget: &Budget) -> Result<LookAlikes<'a>, RosterFileError> {
    let mut siblings: HashMap<(&str, Option<u32>, u64), Vec<&Unit>> = HashMap::new();
    for unit in units {
        budget.step(1)?;
        budget.text(unit.name.len())?;
        siblings.entry((&unit.institution, unit.parent, marks(&unit.name))).or_default().push(unit);
    }
    let mut groups: Vec<Vec<&Unit>> = siblings.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_by_key(|group| group[0].id);
    let mut search =
        Search { budget, found: LookAlikes { pairs: vec![], complete: true }, names: 0, left: COMPARISON_STEPS_MAX };
    for group in groups {
        search.group(&group)?;
        if !search.found.complete {
            break;
        }
    }
    Ok(search.found)
}

struct Search<'a, 'b> {
    budget: &'b Budget,
    found: LookAlikes<'a>,
    names: usize,
    left: u64,
}

/// A unit, prepared for comparison.
struct Named<'a> {
    unit: &'a Unit,
    /// The folded name without spaces.
    name: String,
    letters: usize,
    /// The rarest letter pairs of the name. Every similar name has one of them.
    rarest: Vec<u16>,
}

impl<'a> Search<'a, '_> {
    fn group(&mut self, units: &[&'a Unit]) -> Result<(), RosterFileError> {
        let room = NAMES_COMPARED_MAX - self.names;
        self.found.complete &= units.len() <= room;
        let units = &units[..units.len().min(room)];
        self.names += units.len();
        let mut by_gram: HashMap<u16, Vec<usize>> = HashMap::new();
        let names = self.named(units)?;
        // The name that last met each candidate, so that names sharing two letter pairs are compared only once.
        let mut looked_at_by = vec![usize::MAX; names.len()];
        for (at, one) in names.iter().enumerate() {
            for gram in &one.rarest {
                let sharing = by_gram.entry(*gram).or_default();
                for other in sharing.iter().copied() {
                    self.spend(1)?;
                    if !self.found.complete {
                        return Ok(());
                    }
                    if looked_at_by[other] != at {
                        looked_at_by[other] = at;
                        self.compare(&names[other], one)?;
                    }
                }
                sharing.push(at);
            }
        }
        Ok(())
    }

    fn named(&mut self, units: &[&'a Unit]) -> Result<Vec<Named<'a>>, RosterFileError> {
        let mut frequency = if units.len() > 1 { vec![0u32; GRAMS] } else { vec![] };
        let mut names = Vec::with_capacity(units.len());
        for &unit in units {
            self.budget.step(1)?;
            self.budget.text(unit.name.len())?;
            let name = folded(&unit.name).replace(' ', "");
            let rarest = grams(&name);
            rarest.iter().for_each(|gram| frequency[usize::from(*gram)] += 1);
            names.push(Named { unit, letters: name.chars().count(), name, rarest });
        }
        for named in &mut names {
            named.rarest.sort_unstable_by_key(|gram| (frequency[usize::from(*gram)], *gram));
            named.rarest.truncate(GRAMS_PER_SLIP * slips(named.letters) + 1);
            named.rarest.shrink_to_fit();
        }
        Ok(names)
    }

    fn compare(&mut self, one: &Named<'a>, other: &Named<'a>) -> Result<(), RosterFileError> {
        let (short, long) = (one.letters.min(other.letters), one.letters.max(other.letters));
        if long - short > slips(short) {
            return Ok(());
        }
        self.spend((short * long / STEP_LETTERS) as u64)?;
        if self.found.complete && strsim::normalized_damerau_levenshtein(&one.name, &other.name) >= ALIKE_FROM {
            self.found.pairs.push((one.unit, other.unit));
            self.found.complete = self.found.pairs.len() < LOOK_ALIKES_MAX;
        }
        Ok(())
    }

    /// Counts steps of this search, which stops short at its limit, and of the reading, which fails at its limit.
    fn spend(&mut self, steps: u64) -> Result<(), RosterFileError> {
        match self.left.checked_sub(steps) {
            Some(left) => self.left = left,
            None => self.found.complete = false,
        }
        self.budget.step(steps.min(self.left))
    }
}

/// How many errors two similar names may have, the shorter of which has this many letters: 12 in 88 (see
/// [`ALIKE_FROM`]).
fn slips(letters: usize) -> usize {
    letters * 3 / 22
}

/// The distinct letter pairs of a name, as numbers. The letter of a one-letter name counts as a pair.
fn grams(name: &str) -> Vec<u16> {
    let mut before = None;
    let mut grams = Vec::with_capacity(name.len());
    for letter in name.chars() {
        let number = u32::from(letter);
        // Pairs that share a number lead to more comparisons, not fewer.
        let mixed = before.map_or(number, |before: u32| before.wrapping_mul(0x9E37).wrapping_add(number));
        if before.is_some() || name.len() == letter.len_utf8() {
            grams.push((mixed ^ (mixed >> 16)) as u16);
        }
        before = Some(number);
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// A hash of the words that tell units apart on purpose.
fn marks(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    folded(name).split(' ').filter(|word| is_mark(word)).for_each(|mark| mark.hash(&mut hasher));
    hasher.finish()
}

fn is_mark(word: &str) -> bool {
    word.chars().count() == 1
        || word.chars().any(|c| c.is_ascii_digit())
        || word.chars().all(|c| matches!(c, 'i' | 'v' | 'x'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::roster_file::budget::STEPS_MAX;
    use proptest::prelude::*;

    fn units<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Vec<Unit> {
        let unit = |(id, name): (u32, T)| Unit { id, institution: "16".into(), parent: None, name: name.into() };
        (1..).zip(names).map(unit).collect()
    }

    fn found(units: &[Unit]) -> Vec<(u32, u32)> {
        let found = look_alikes(units, &Budget::for_test(STEPS_MAX)).unwrap();
        assert!(found.complete);
        found.pairs.iter().map(|(one, other)| (one.id, other.id)).collect()
    }

    #[test]
    fn slips_of_the_pen_are_told_and_numbers_are_not() {
        let units = units([
            "Dinas Pendidikan dan Kebudayaan",
            "Dinas Pendidkan dan Kebudayaan",
            "SD Negeri 1 Indralaya",
            "SD Negeri 2 Indralaya",
            "Inspektur Pembantu I",
            "Inspektur Pembantu II",
            "Dinas Sosial",
        ]);
        assert_eq!(found(&units), [(1, 2)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Skipping names without a shared rare pair misses no similar name.
        #[test]
        fn the_filter_finds_what_comparing_everything_finds(names in prop::collection::vec("[ab ]{1,30}", 2..12)) {
            let units = units(names);
            let slow = |one: &Unit, other: &Unit| {
                let bare = |unit: &Unit| folded(&unit.name).replace(' ', "");
                marks(&one.name) == marks(&other.name)
                    && !bare(one).is_empty()
                    && strsim::normalized_damerau_levenshtein(&bare(one), &bare(other)) >= ALIKE_FROM
            };
            let mut expected = vec![];
            for (at, other) in units.iter().enumerate() {
                expected.extend(units[..at].iter().filter(|one| slow(one, other)).map(|one| (one.id, other.id)));
            }
            let mut found = found(&units);
            found.sort_unstable_by_key(|(one, other)| (*other, *one));
            prop_assert_eq!(found, expected);
        }
    }

    /// Names of random letters from one small alphabet, so that no filter helps.
    fn hostile(count: usize) -> Vec<Unit> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b"abc"[(state >> 24) as usize % 3])
        };
        units((0..count).map(|_| (0..198).map(|_| next()).collect::<String>()))
    }

    /// 600 such names once took 38 s, and 3,000 of them a quarter of an hour.
    #[test]
    fn names_that_all_seem_alike_cost_a_limited_number_of_steps_and_it_is_told() {
        for count in [600, 3_000] {
            let budget = Budget::for_test(STEPS_MAX);
            let units = hostile(count);
            let found = look_alikes(&units, &budget).unwrap();
            assert!(!found.complete, "{count} names");
            assert!(budget.steps() <= COMPARISON_STEPS_MAX + 30 * count as u64, "{} steps", budget.steps());
        }
    }

    #[test]
    fn a_province_of_schools_is_compared_as_a_whole() {
        let schools = (0..4_000).map(|number| format!("SD Negeri {number} Kecamatan {}", ["Ilir", "Ulu"][number % 2]));
        let names = schools.chain(["UPT Puskesmas Kenten".into(), "UPT Puskesmas Kentem".into()]);
        assert_eq!(found(&units(names)), [(4_001, 4_002)]);
    }

    /// Names with a common first word and four of eighty syllables each. Comparing every pair would exceed the limit.
    #[test]
    fn thousands_of_names_under_one_parent_are_compared_as_a_whole() {
        let syllable = |number: usize| {
            let (first, second) = (b"bdghjklmnprstwyc"[number % 16], b"aeiou"[number / 16 % 5]);
            format!("{}{}", char::from(first), char::from(second))
        };
        let mut state = 1usize;
        let mut next = || {
            state = (state * 1_664_525 + 1_013_904_223) % (1 << 32);
            syllable((state >> 16) % 80)
        };
        let names = (0..2_000).map(|_| format!("Puskesmas {}", (0..4).map(|_| next()).collect::<String>()));
        let units = units(names);
        let budget = Budget::for_test(STEPS_MAX);
        let found = look_alikes(&units, &budget).unwrap();
        assert!(found.complete, "{} steps, {} pairs", budget.steps(), found.pairs.len());
    }

    #[test]
    fn names_beyond_the_most_that_are_compared_are_told() {
        let name = |number: usize| {
            let letter = |at: u32| char::from(b'a' + (number / 26usize.pow(at) % 26) as u8);
            (0..4).map(letter).collect::<String>()
        };
        for (count, complete) in [(NAMES_COMPARED_MAX, true), (NAMES_COMPARED_MAX + 2, false)] {
            // Distinct names of four letters are not similar.
            let mut units = units((0..count).map(name));
            units.iter_mut().for_each(|unit| unit.parent = Some(unit.id.div_ceil(100)));
            let found = look_alikes(&units, &Budget::for_test(STEPS_MAX)).unwrap();
            assert_eq!((found.complete, found.pairs.len()), (complete, 0), "{count} names");
        }
    }

    #[test]
    fn cancelling_ends_the_search() {
        let budget = Budget::for_test(STEPS_MAX);
        budget.cancel();
        assert!(matches!(look_alikes(&hostile(2), &budget), Err(RosterFileError::Cancelled)));
    }
}

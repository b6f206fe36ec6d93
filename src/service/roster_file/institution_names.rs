//! Finds the institution that a name in a file refers to, in any common spelling.
//!
//! `Pemerintah Kabupaten Musi Banyuasin`, `PEMKAB. MUSI BANYUASIN` and `Kab. Musi Banyuasin` are the same; `Kota Bogor`
//! and `Kabupaten Bogor` differ. A name without its level, or with initials (`OKU Timur`), counts only if exactly one
//! institution fits.

use super::RosterFileError;
use super::budget::Budget;
use super::look_alikes::{LOOK_ALIKES_MAX, look_alikes};
use crate::domain::institution::Institution;
use crate::domain::unit::Unit;
use std::collections::HashMap;

/// Most spellings whose result is cached.
const SPELLINGS_MAX: usize = 10_000;
/// Most unknown names that are compared with all institutions.
const MISSPELT_MAX: usize = 100;
/// Most words that are shortened to initials; longer ones do not occur.
const INITIALS_MAX: usize = 12;

/// Pairs of institutions whose names look alike, and whether all names were compared.
pub struct InstitutionLookAlikes {
    pub pairs: Vec<(String, String)>,
    pub complete: bool,
}

/// Pairs of institutions that may be one: the same name, with and without initials (`Kab. OKU Timur`), or with a typing
/// error (`Komring`). Institutions of different levels differ on purpose, as `Kota Bogor` and `Kabupaten Bogor` do.
pub fn institutions_alike(
    institutions: &[Institution],
    budget: &Budget,
) -> Result<InstitutionLookAlikes, RosterFileError> {
    let names = InstitutionNames::new(institutions);
    let mut pairs = names.written_alike();
    let bare = |(at, institution): (usize, &Institution)| Unit {
        id: u32::try_from(at).unwrap_or(u32::MAX),
        institution: names.levels[at].map_or("", Level::word).to_owned(),
        parent: None,
        name: keys(&institution.name).1.join(" "),
    };
    let bare: Vec<Unit> = institutions.iter().enumerate().map(bare).collect();
    let found = look_alikes(&bare, budget)?;
    pairs.extend(found.pairs.iter().map(|(one, other)| (one.id as usize, other.id as usize)));
    for pair in &mut pairs {
        *pair = (pair.0.min(pair.1), pair.0.max(pair.1));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs.truncate(LOOK_ALIKES_MAX);
    let name = |at: usize| institutions[at].name.clone();
    let pairs = pairs.into_iter().map(|(one, other)| (name(one), name(other))).collect();
    Ok(InstitutionLookAlikes { pairs, complete: found.complete })
}
/// Similarity from which an unknown name is a slip of the pen for the institution whose code stands beside it.
const ALIKE_FROM: f64 = 0.85;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Province,
    Regency,
    City,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::Regency => "regency",
            Self::City => "city",
        }
    }
}

/// The institutions of a campaign, found by code or name.
pub struct InstitutionNames {
    /// The level of each institution, in order.
    levels: Vec<Option<Level>>,
    /// Indexes of the institutions by full name, and by name with initials, each list in order.
    in_full: HashMap<String, Vec<usize>>,
    in_short: HashMap<String, Vec<usize>>,
    codes: HashMap<String, usize>,
    spellings: HashMap<String, Option<usize>>,
    /// Names that belong to no institution, with the code's institution beside them and whether they contradict it.
    beside_code: HashMap<String, (usize, bool)>,
    /// Names that belong to none, with the institution that each may be.
    misspelt: HashMap<String, Option<String>>,
}

impl InstitutionNames {
    pub fn new(institutions: &[Institution]) -> Self {
        let mut names = Self {
            levels: vec![],
            in_full: HashMap::new(),
            in_short: HashMap::new(),
            codes: HashMap::new(),
            spellings: HashMap::new(),
            beside_code: HashMap::new(),
            misspelt: HashMap::new(),
        };
        institutions.iter().for_each(|institution| names.push(institution));
        names
    }

    /// Adds an institution that the file is the first to name.
    pub fn push(&mut self, institution: &Institution) {
        let at = self.levels.len();
        let (level, words) = keys(&institution.name);
        self.levels.push(level);
        self.codes.insert(institution.code.to_uppercase(), at);
        self.in_full.entry(words.concat()).or_default().push(at);
        for spelling in initials(&words) {
            let places = self.in_short.entry(spelling).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
        self.spellings.clear();
        self.beside_code.clear();
        self.misspelt.clear();
    }

    pub fn by_code(&self, code: &str) -> Option<usize> {
        self.codes.get(&code.trim().to_uppercase()).copied()
    }

    /// Whether a name says by its level, as `Kab.` does, that it is an institution's.
    pub fn states_level(name: &str) -> bool {
        let (level, words) = keys(name);
        level.is_some() && !words.is_empty()
    }

    /// Index of the institution; `None` if none fits or several do.
    pub fn by_name(&mut self, name: &str) -> Option<usize> {
        if let Some(found) = self.spellings.get(name) {
            return *found;
        }
        let found = self.search(name).or_else(|| self.by_code(name));
        if self.spellings.len() < SPELLINGS_MAX {
            self.spellings.insert(name.to_owned(), found);
        }
        found
    }

    /// The institution that an unknown name may be with a slip of the pen, if there is exactly one.
    pub fn misspelt(&mut self, institutions: &[Institution], name: &str) -> Option<String> {
        if let Some(found) = self.misspelt.get(name) {
            return found.clone();
        }
        if self.misspelt.len() >= MISSPELT_MAX {
            return None;
        }
        let (level, words) = keys(name);
        let wanted = words.concat();
        let is_alike = |at: &usize| {
            let own = keys(&institutions[*at].name).1.concat();
            strsim::normalized_damerau_levenshtein(&own, &wanted) >= ALIKE_FROM
        };
        let of_level = |at: &usize| level.is_none() || self.levels[*at].is_none() || level == self.levels[*at];
        let alike: Vec<usize> = (0..institutions.len()).filter(of_level).filter(is_alike).take(2).collect();
        let found = if let [only] = alike[..] { Some(institutions[only].name.clone()) } else { None };
        self.misspelt.insert(name.to_owned(), found.clone());
        found
    }

    /// Pairs that have one name in full, or one of which has the other's with initials.
    fn written_alike(&self) -> Vec<(usize, usize)> {
        let mut pairs = vec![];
        for (name, full) in &self.in_full {
            let short = self.in_short.get(name).into_iter().flatten();
            for one in full {
                for other in full.iter().chain(short.clone()) {
                    let (level, others) = (self.levels[*one], self.levels[*other]);
                    if one != other && (level == others || level.is_none() || others.is_none()) {
                        pairs.push((*one, *other));
                    }
                }
            }
        }
        pairs
    }

    /// Whether a name beside the code of the institution at this index, called `own`, is that of another one. A name
    /// that belongs to none is, if it states a level, or if the file itself says what the code means.
    pub fn contradicts(&mut self, at: usize, own: &str, name: &str, is_new: bool) -> bool {
        if let Some(named) = self.by_name(name) {
            return named != at;
        }
        if let Some((_, contradicts)) = self.beside_code.get(name).filter(|(of, _)| *of == at) {
            return *contradicts;
        }
        let contradicts = differs(own, name, is_new);
        if self.beside_code.len() < SPELLINGS_MAX {
            self.beside_code.insert(name.to_owned(), (at, contradicts));
        }
        contradicts
    }

    fn search(&self, name: &str) -> Option<usize> {
        let (level, wanted) = key(name);
        let fits = |at: &usize| level.is_none() || self.levels[*at].is_none() || level == self.levels[*at];
        let only = |places: Vec<usize>| if let [only] = places[..] { Some(only) } else { None };
        let full = self.in_full.get(&wanted).into_iter().flatten().copied().filter(fits);
        // A full name wins over initials that another institution might share.
        let full: Vec<usize> = full.take(2).collect();
        only(full.clone()).or_else(|| {
            let short = self.in_short.get(&wanted).into_iter().flatten().copied().filter(fits);
            let mut both: Vec<usize> = full.into_iter().chain(short.take(2)).collect();
            both.dedup();
            only(both)
        })
    }
}

fn differs(own: &str, name: &str, is_new: bool) -> bool {
    let ((own_level, own_words), (level, words)) = (keys(own), keys(name));
    let (own, name) = (own_words.concat(), words.concat());
    if name.is_empty() || (level.is_none() && !is_new) {
        return false;
    }
    let is_alike = own == name
        || initials(&words).any(|short| short == own)
        || strsim::normalized_damerau_levenshtein(&own, &name) >= ALIKE_FROM;
    !is_alike || (level.is_some() && own_level.is_some() && level != own_level)
}

/// What the first words of a name say.
enum Beginning {
    Nothing,
    Level(Level),
    Name,
}

fn beginning(word: &str) -> Beginning {
    match word {
        "pemerintah" | "daerah" | "pemda" => Beginning::Nothing,
        "provinsi" | "propinsi" | "prov" | "pemprov" => Beginning::Level(Level::Province),
        "kabupaten" | "kab" | "pemkab" => Beginning::Level(Level::Regency),
        "kota" | "pemkot" | "kotamadya" => Beginning::Level(Level::City),
        _ => Beginning::Name,
    }
}

/// The level that a name states, and its words without the level.
fn keys(name: &str) -> (Option<Level>, Vec<String>) {
    let mut level = None;
    let spaced: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let mut words = Vec::new();
    for word in spaced.to_lowercase().split_whitespace() {
        match beginning(word) {
            Beginning::Nothing if words.is_empty() => {}
            Beginning::Level(of) if words.is_empty() => level = Some(of),
            _ => words.push(word.to_owned()),
        }
    }
    (level, words)
}

/// As [`keys`], with the words in one text. A file may name a unit that is none of the institutions in each row.
fn key(name: &str) -> (Option<Level>, String) {
    if !name.is_ascii() {
        let (level, words) = keys(name);
        return (level, words.concat());
    }
    let (mut level, mut key) = (None, String::with_capacity(name.len()));
    for word in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let from = key.len();
        key.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        match beginning(&key[from..]) {
            Beginning::Nothing if from == 0 => key.clear(),
            Beginning::Level(of) if from == 0 => {
                level = Some(of);
                key.clear();
            }
            _ => {}
        }
    }
    (level, key)
}

/// A name with its first two words as initials, its first three, and so on.
fn initials(words: &[String]) -> impl Iterator<Item = String> {
    (2..=words.len().min(INITIALS_MAX)).map(|shortened| {
        let initials: String = words[..shortened].iter().filter_map(|word| word.chars().next()).collect();
        initials + &words[shortened..].concat()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_has_one_key_however_it_is_made(
            words in prop::collection::vec(
                prop::sample::select(vec!["Pemerintah", "KAB", "kota", "Prov", "daerah", "Bogor", "OKU", "7", "é"]), 0..6,
            ),
            between in prop::sample::select(vec![" ", ". ", "-", "", "  "]),
        ) {
            let name = words.join(between);
            let (level, words) = keys(&name);
            prop_assert_eq!(key(&name), (level, words.concat()));
        }
    }

    fn names(list: &[(&str, &str)]) -> InstitutionNames {
        let institutions: Vec<Institution> = list
            .iter()
            .map(|(code, name)| Institution {
                code: (*code).into(),
                name: (*name).into(),
                position: 0,
                help_contact: String::new(),
            })
            .collect();
        InstitutionNames::new(&institutions)
    }

    #[test]
    fn spellings_of_one_institution_are_one() {
        let mut names = names(&[
            ("16", "Pemerintah Provinsi Sumatera Selatan"),
            ("16.01", "Kabupaten Ogan Komering Ulu"),
            ("16.08", "Kabupaten Ogan Komering Ulu Timur"),
            ("16.12", "Kabupaten Penukal Abab Lematang Ilir"),
            ("16.73", "Kota Lubuk Linggau"),
        ]);
        for (written, at) in [
            ("PEMERINTAH PROVINSI SUMATERA SELATAN", 0),
            ("Pemprov. Sumatera Selatan", 0),
            ("Pemerintah Kab. Ogan Komering Ulu", 1),
            ("OKU", 1),
            ("OKU Timur", 2),
            ("Pemkab PALI", 3),
            ("Pemerintah Kota Lubuklinggau", 4),
            ("16.73", 4),
        ] {
            assert_eq!(names.by_name(written), Some(at), "{written}");
        }
        assert_eq!(names.by_name("Dinas Kesehatan"), None);
        assert_eq!(names.by_name(""), None);
    }

    fn alike(list: &[&str]) -> Vec<(String, String)> {
        let named = |(at, name): (usize, &&str)| Institution {
            code: format!("{at:02}"),
            name: (*name).into(),
            position: 0,
            help_contact: String::new(),
        };
        let institutions: Vec<Institution> = list.iter().enumerate().map(named).collect();
        let found = institutions_alike(&institutions, &Budget::for_test(1_000_000)).unwrap();
        assert!(found.complete);
        found.pairs
    }

    #[test]
    fn institutions_that_may_be_one_are_told() {
        for (one, other) in [
            ("Kab. OKU Timur", "Kabupaten Ogan Komering Ulu Timur"),
            ("Kabupaten Ogan Komering Ulu", "Kab. Ogan Komring Ulu"),
            ("Pemkot Lubuklingau", "Kota Lubuk Linggau"),
            ("PALI", "Kabupaten Penukal Abab Lematang Ilir"),
            ("Kementerian Keuangan", "Kementrian Keuangan"),
        ] {
            assert_eq!(alike(&[one, other]), [(one.to_owned(), other.to_owned())]);
            assert_eq!(alike(&[other, one]), [(other.to_owned(), one.to_owned())]);
        }
        let province = [
            "Pemerintah Provinsi Sumatera Selatan",
            "Kabupaten Ogan Komering Ulu",
            "Kabupaten Ogan Komering Ulu Timur",
            "Kabupaten Ogan Komering Ulu Selatan",
            "Kabupaten Ogan Komering Ilir",
            "Kabupaten Ogan Ilir",
            "Kabupaten Musi Banyuasin",
            "Kabupaten Musi Rawas",
            "Kabupaten Musi Rawas Utara",
            "Kota Bogor",
            "Kabupaten Bogor",
        ];
        assert_eq!(alike(&province), []);
    }

    #[test]
    fn a_misspelt_institution_is_told_where_it_can_only_be_one() {
        let list = ["Kabupaten Ogan Komering Ilir", "Kota Palembang", "Kabupaten Bogor", "Kota Bogor", "Kota Bogar"];
        let institutions: Vec<Institution> = (0u32..)
            .zip(list)
            .map(|(position, name)| Institution {
                code: format!("{position:02}"),
                name: name.into(),
                position,
                help_contact: String::new(),
            })
            .collect();
        let mut names = InstitutionNames::new(&institutions);
        for (written, meant) in [
            ("Kab. Ogan Komring Ilir", Some("Kabupaten Ogan Komering Ilir")),
            ("Pemkot Palembng", Some("Kota Palembang")),
            ("Palembamg", Some("Kota Palembang")),
            ("Kab. Palembamg", None),
            ("Kota Boger", None),
            ("Dinas Sosial", None),
            ("", None),
        ] {
            assert_eq!(names.misspelt(&institutions, written).as_deref(), meant, "{written}");
        }
        for number in 0..2 * MISSPELT_MAX {
            names.misspelt(&institutions, &format!("Kab. {number}"));
        }
        assert_eq!(names.misspelt.len(), MISSPELT_MAX);
        assert_eq!(names.misspelt(&institutions, "Kota Palembag"), None, "beyond the limit nothing is compared");
    }

    #[test]
    fn a_city_is_not_the_regency_of_its_name() {
        let mut names = names(&[("32.01", "Kabupaten Bogor"), ("32.71", "Kota Bogor")]);
        assert_eq!(names.by_name("Pemkot Bogor"), Some(1));
        assert_eq!(names.by_name("Pemerintah Kabupaten Bogor"), Some(0));
        assert_eq!(names.by_name("Bogor"), None);
    }
}

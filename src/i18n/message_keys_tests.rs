//! Every message key in the sources has its message, and every message is used.
//!
//! A key is either written out as a literal or built by `format!` from a template such as `console-step-{}-title`. The
//! file that builds a key calls [`check_built_keys`] with every value of the placeholder; a test here finds every
//! template in the sources and requires that call.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Literals that begin like a message key but aren't one: values of a template's placeholder, ids and names.
const NO_KEYS: [&str; 9] = [
    "account-saved",
    "bench-organizer",
    "bench-{}",
    "console-device-",
    "event-count",
    "hall--stale",
    "roster-leaf",
    "roster-rows",
    "verify-data",
];

struct SourceText {
    path: PathBuf,
    text: String,
}

impl SourceText {
    /// The text without its tests; empty for a file that only tests use.
    fn product(&self) -> &str {
        let name = self.path.file_name().map_or("".into(), |name| name.to_string_lossy());
        if name.ends_with("tests.rs") || name == "samples.rs" {
            return "";
        }
        TESTS.find(&self.text).map_or(&self.text, |tests| &self.text[..tests.start()])
    }
}

/// The start of the test module at the end of a file.
static TESTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^#\[cfg\(test\)\]\n(?:#\[.*\]\n)*(?:pub )?mod tests \{").unwrap());

fn files(folder: &str, endings: &[&str]) -> Vec<SourceText> {
    let mut found = vec![];
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
                found.push(SourceText { text: std::fs::read_to_string(&path).unwrap(), path });
            }
        }
    }
    found
}

/// Rust files, templates and scripts.
static SOURCES: LazyLock<Vec<SourceText>> = LazyLock::new(|| {
    let kinds = [files("src", &[".rs"]), files("templates", &[".html", ".txt", ".svg"]), files("assets", &[".js"])];
    kinds.into_iter().flatten().collect()
});

static INDONESIAN: LazyLock<BTreeSet<String>> = LazyLock::new(|| keys("id"));
static ENGLISH: LazyLock<BTreeSet<String>> = LazyLock::new(|| keys("en"));

fn keys(lang: &str) -> BTreeSet<String> {
    let key = Regex::new(r"(?m)^([a-z][a-z0-9-]*) *=").unwrap();
    let files = files(&format!("messages/{lang}"), &[".ftl"]);
    files.iter().flat_map(|file| key.captures_iter(&file.text).map(|found| found[1].to_owned())).collect()
}

/// Keys found in the sources: literals that begin like a message key, and templates with the files that use them.
struct KeysInSources {
    literals: BTreeSet<String>,
    templates: BTreeMap<String, BTreeSet<PathBuf>>,
}

static IN_SOURCES: LazyLock<KeysInSources> = LazyLock::new(|| {
    let first_words: BTreeSet<&str> = INDONESIAN.iter().filter_map(|key| key.split('-').next()).collect();
    let literal = Regex::new(r#"["']((?:[a-z0-9-]|\{[^{}"']*\})+)["']"#).unwrap();
    let passed = Regex::new(r#"\.(?:t|with)\(\s*&format!\(\s*"([^"]*)""#).unwrap();
    let hole = Regex::new(r"\{[^}]*\}").unwrap();
    let mut found = KeysInSources { literals: BTreeSet::new(), templates: BTreeMap::new() };
    for source in SOURCES.iter() {
        let mut template = |text: &str| {
            let template = hole.replace_all(text, "{}").into_owned();
            if !NO_KEYS.contains(&template.as_str()) {
                found.templates.entry(template).or_default().insert(source.path.clone());
            }
        };
        passed.captures_iter(source.product()).for_each(|text| template(&text[1]));
        for text in literal.captures_iter(source.product()).map(|text| text.get(1).unwrap().as_str()) {
            let begins_like_a_key = text.split_once('-').is_some_and(|(word, _)| first_words.contains(word));
            let ends_like_a_key = hole.find(text).is_some_and(|hole| {
                let end = &text[hole.end()..];
                hole.start() == 0 && end.len() > 1 && INDONESIAN.iter().any(|key| key.ends_with(end))
            });
            match text.contains('{') {
                true if begins_like_a_key || ends_like_a_key => template(text),
                false if begins_like_a_key => drop(found.literals.insert(text.to_owned())),
                _ => {}
            }
        }
    }
    found
});

/// Whether the template can build this key. A template that begins with a placeholder appends to a key that is written
/// out.
fn builds(template: &str, key: &str) -> bool {
    let shape = Regex::new(&format!("^{}$", regex::escape(template).replace(r"\{\}", "([a-z0-9-]+)"))).unwrap();
    shape.captures(key).is_some_and(|found| !template.starts_with('{') || IN_SOURCES.literals.contains(&found[1]))
}

/// Asserts that both languages have the message of `template` with each of `values` in its placeholder. Also asserts
/// that every message of this form is built from one of these values or from a longer template, or is written out.
pub fn check_built_keys<V: AsRef<str>>(template: &str, values: impl IntoIterator<Item = V>) {
    let built: BTreeSet<String> = values.into_iter().map(|value| template.replacen("{}", value.as_ref(), 1)).collect();
    assert!(!built.is_empty(), "{template} is built from nothing");
    for (lang, keys) in [("id", &*INDONESIAN), ("en", &*ENGLISH)] {
        let missing: Vec<_> = built.difference(keys).collect();
        assert!(missing.is_empty(), "messages/{lang} lacks {missing:?}");
    }
    if template.starts_with('{') {
        return;
    }
    let closer: Vec<&String> = IN_SOURCES.templates.keys().filter(|other| other.len() > template.len()).collect();
    let unused = INDONESIAN.iter().filter(|key| builds(template, key) && !built.contains(*key));
    let unused: Vec<_> = unused
        .filter(|key| !IN_SOURCES.literals.contains(*key) && !closer.iter().any(|other| builds(other, key)))
        .collect();
    assert!(unused.is_empty(), "{template} never becomes {unused:?}");
}

/// The keys that templates and sources pass to a method as its last argument.
pub fn keys_passed_to(method: &str) -> BTreeSet<String> {
    let call = Regex::new(&format!(r#"\.{method}\([^"()]*"([a-z0-9-]+)"\)"#)).unwrap();
    let texts = SOURCES.iter().map(SourceText::product);
    texts.flat_map(|text| call.captures_iter(text).map(|found| found[1].to_owned())).collect()
}

#[test]
fn both_languages_have_the_same_keys() {
    assert_eq!(INDONESIAN.symmetric_difference(&ENGLISH).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn each_key_that_is_written_out_has_a_message() {
    let unknown = IN_SOURCES.literals.iter().filter(|key| !INDONESIAN.contains(*key));
    let unknown: Vec<_> = unknown.filter(|key| !NO_KEYS.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "no message has the key {unknown:?}");
}

#[test]
fn each_key_that_is_built_is_checked_with_all_its_values() {
    let mut faults = vec![];
    for (template, paths) in &IN_SOURCES.templates {
        let check = Regex::new(&format!(r#"check_built_keys\(\s*"{}""#, regex::escape(template))).unwrap();
        let checked =
            |path: &PathBuf| SOURCES.iter().any(|source| source.path == *path && check.is_match(&source.text));
        if !paths.iter().all(checked) {
            faults.push(format!("{template} isn't checked by check_built_keys where it is built: {paths:?}"));
        }
        if paths.len() > 1 {
            faults.push(format!("{template} is built in more than one file: {paths:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_message_is_used() {
    let unused = INDONESIAN.iter().filter(|key| !IN_SOURCES.literals.contains(*key));
    let unused: Vec<_> =
        unused.filter(|key| !IN_SOURCES.templates.keys().any(|template| builds(template, key))).collect();
    assert!(unused.is_empty(), "nothing says {unused:?}");
}

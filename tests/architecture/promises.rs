//! What the documents promise is tested: each line names its tests, the tests are there, and limits have the values
//! that are written down.

use super::{Source, assert_none, code_lines, files_under, sources};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Under these headings each line names a test that fails when it is untrue.
const PROMISES: [(&str, &str); 2] =
    [("ARCHITECTURE.md", "## What must always hold"), ("SECURITY.md", "## What is promised")];
/// Words that promise, wherever they stand in ARCHITECTURE.md.
const PROMISING: [&str; 3] = ["never", "always", "at most"];
const LIMITS: &str = "docs/limits.md";
/// Only this file reads the clock and draws randomness.
const AMBIENT_ROOM: &str = "src/clock.rs";
const AMBIENT: [&str; 8] = [
    "SystemTime::now",
    "std::time::Instant",
    "Timestamp::now",
    "Zoned::now",
    "SysRng",
    "OsRng",
    "getrandom",
    "allow(clippy::disallowed_methods",
];

#[test]
fn each_promise_names_a_test_that_is_there() {
    let (tests, mut faults) = (tests(), Vec::new());
    for (path, heading) in PROMISES {
        let lines = listed(&document(path), heading);
        assert!(lines.len() > 3, "{path}: the lines under `{heading}` were not found");
        for line in lines {
            let said: String = line.chars().take(60).collect();
            if named(&line).is_empty() {
                faults.push(format!("{path}: no test is named: {said}"));
            }
        }
    }
    for passage in passages(&document("ARCHITECTURE.md")) {
        let words = passage.split(|c: char| !c.is_alphanumeric()).collect::<Vec<_>>().join(" ").to_lowercase();
        if PROMISING.iter().any(|word| format!(" {words} ").contains(&format!(" {word} ")))
            && named(&passage).is_empty()
        {
            faults.push(format!("ARCHITECTURE.md: no test is named: {}", passage.chars().take(60).collect::<String>()));
        }
    }
    for source in documents() {
        let missing = named(&source.text).into_iter().filter(|name| !tests.contains(name));
        faults.extend(missing.map(|name| format!("{}: there is no test `{name}`", source.path)));
    }
    assert_none(&faults, "each promise names a test that fails when it is untrue");
}

#[test]
fn each_limit_has_the_value_that_is_written_down_and_a_test() {
    let (tests, constants) = (tests(), constants());
    let (mut faults, mut rows) = (Vec::new(), 0);
    for row in document(LIMITS).lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [limit, constant, beyond, kept_by] = cells[..] else {
            faults.push(format!("not four cells: {row}"));
            continue;
        };
        if limit == "limit" {
            continue;
        }
        rows += 1;
        for written in spans(constant) {
            if !constants.contains(&written) {
                faults.push(format!("{limit}: no constant says `{written}`"));
            }
        }
        if spans(constant).is_empty() || beyond.is_empty() || spans(kept_by).is_empty() {
            faults.push(format!("{limit}: constant, answer and test are all needed"));
        }
        let missing = spans(kept_by).into_iter().filter(|name| !tests.contains(name));
        faults.extend(missing.map(|name| format!("{limit}: there is no test `{name}`")));
    }
    assert!(rows > 10, "{LIMITS}: the rows were not found");
    assert_none(&faults, "each limit of docs/limits.md is as it is written there");
}

#[test]
fn only_one_room_reads_the_clock_or_draws_randomness() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.path != AMBIENT_ROOM) {
        for line in code_lines(&source.text) {
            let found = AMBIENT.iter().filter(|ambient| line.contains(**ambient));
            faults.extend(found.map(|ambient| format!("{}: `{ambient}`", source.path)));
        }
    }
    assert_none(&faults, "time and randomness are handed in");
}

#[test]
fn no_queue_is_without_a_limit() {
    let unbounded = |source: &Source| code_lines(&source.text).any(|line| line.contains("unbounded"));
    let faults: Vec<String> = sources().into_iter().filter(unbounded).map(|source| source.path).collect();
    assert_none(&faults, "every queue has a limit");
}

/// A document that leads to a file that was moved leads nowhere.
#[test]
fn each_file_that_a_document_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    let mut named = 0;
    for document in documents() {
        for path in spans(&document.text).iter().filter(|span| span.starts_with("src/") || span.starts_with("tests/")) {
            named += 1;
            if path.ends_with(".rs") && !root.join(path).exists() {
                faults.push(format!("{}: {path}", document.path));
            }
        }
    }
    assert!(named > 30, "only {named} files were named");
    assert_none(&faults, "a document names a file that isn't there");
}

#[test]
fn the_reader_of_promises_reads_them() {
    let text = "## One\n\nWords.\n\n- first\n  (test: `a_b`)\n\n- second (tests: `c`,\n  `d e`)\n\nWords:\n\n- no\n## Two\n- third\n";
    let lines = listed(text, "## One");
    assert_eq!(lines, ["- first (test: `a_b`)", "- second (tests: `c`, `d e`)"]);
    assert_eq!(lines.iter().flat_map(|line| named(line)).collect::<Vec<_>>(), ["a_b", "c", "d e"]);
    assert_eq!(named("so (test: one) and (tests:\n  two, three)."), ["one", "two", "three"]);
    assert!(named("(a test: none) `x`").is_empty());
    assert_eq!(listed(text, "## Two"), ["- third"]);
    assert_eq!(passages("# No\n\nOne\ntwo.\n- three\n1. four"), ["", "One two. ", "- three ", "1. four "]);
}

fn document(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The documents that may name tests.
fn documents() -> Vec<Source> {
    let top = ["ARCHITECTURE.md", "SECURITY.md", "README.md", "CHANGELOG.md"];
    let top = top.map(|path| Source { path: path.into(), text: document(path) });
    top.into_iter().chain(files_under("docs", &["md"])).collect()
}

/// Paragraphs and items of lists, each as one line, without headings.
fn passages(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let item = line.split_once(' ').is_some_and(|(mark, _)| mark == "-" || mark.ends_with('.') && mark.len() == 2);
        if line.is_empty() || item {
            found.push(String::new());
        }
        if let Some(passage) = found.last_mut().filter(|_| !line.is_empty()) {
            passage.push_str(line.trim());
            passage.push(' ');
        }
    }
    found
}

/// The items of the list under a heading, each as one line.
fn listed(text: &str, heading: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let under = text.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "));
    for line in under {
        if line.starts_with("- ") {
            items.push(line.into());
        } else if let Some(item) = items.last_mut().filter(|_| line.starts_with("  ")) {
            item.push(' ');
            item.push_str(line.trim());
        } else if !items.is_empty() && !line.is_empty() {
            // Other words follow, and may have a list of their own.
            break;
        }
    }
    items
}

/// The tests that a text names: `(test: …)`, `(tests: …)`, with backticks or without.
fn named(text: &str) -> Vec<String> {
    let after = ["(test: ", "(tests: ", "(test:\n", "(tests:\n"].map(|marker| text.split(marker).skip(1));
    let listed = after.into_iter().flatten().filter_map(|rest| rest.split_once(')')).map(|(names, _)| names);
    let each =
        |names: &str| if names.contains('`') { spans(names) } else { names.split(',').map(String::from).collect() };
    listed.flat_map(each).map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// What stands between backticks.
fn spans(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every test: functions of Rust, and titles in the browser.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources().iter().chain(&files_under("tests", &["rs"])) {
        let mut is_test = false;
        for line in source.text.lines().map(str::trim) {
            let function = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
            if let Some(function) = function {
                // A property of the store is made a test by the list that it stands in.
                let property =
                    source.path.starts_with("tests/store_contract/") && function.contains("(store: SharedStore)");
                if is_test || property {
                    found.extend(function.split('(').next().map(str::to_owned));
                }
            }
            is_test =
                line.starts_with("#[test]") || line.starts_with("#[tokio::test") || is_test && line.starts_with("#[");
        }
    }
    for source in files_under("tests/browser", &["mjs"]) {
        let titles = source.text.split("test(\"").skip(1).filter_map(|rest| rest.split('"').next());
        found.extend(titles.map(str::to_owned));
    }
    found
}

/// Every constant as `NAME = value`.
fn constants() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources() {
        for line in source.text.lines().map(str::trim) {
            let Some((_, constant)) = line.split_once("const ") else { continue };
            let Some((name, value)) = constant
                .split_once(": ")
                .and_then(|(name, rest)| Some((name, rest.split_once(" = ")?.1.strip_suffix(';')?)))
            else {
                continue;
            };
            found.insert(format!("{name} = {value}"));
        }
    }
    found
}

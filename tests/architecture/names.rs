//! One name, one type; and comments that fit the width.

use super::graph::without_tests;
use super::{assert_none, files_under, sources};
use std::collections::BTreeMap;

/// Columns of a line, as `rustfmt.toml` has it.
const WIDTH: usize = 120;

/// What a file calls its own type, seen nowhere else: rows of a database, a request's query and form, what a table's
/// row shows. Both databases give their own connection and transaction to the statements that they share.
const PRIVATE_ROLES: [&str; 5] = ["Connection", "Form", "Query", "Row", "Transaction"];

/// The types declared at a file's own level: their names, and whether anything outside the file can see them.
fn types(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for line in without_tests(text).lines() {
        if line.starts_with(char::is_whitespace) {
            continue;
        }
        let is_public = line.starts_with("pub");
        let rest = if is_public {
            let after = line.trim_start_matches("pub");
            if after.starts_with('(') { after.split_once(')').map_or("", |(_, rest)| rest) } else { after }.trim_start()
        } else {
            line
        };
        let mut words = rest.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        if matches!(words.next(), Some("struct" | "enum" | "trait" | "type" | "union"))
            && rest.split(' ').next().is_some_and(|keyword| keyword.chars().all(char::is_lowercase))
            && let Some(name) = words.next()
        {
            found.push((name.to_owned(), is_public));
        }
    }
    found
}

#[test]
fn a_type_that_is_seen_outside_its_file_has_a_name_of_its_own() {
    let mut declared: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for source in sources() {
        if source.path.ends_with("tests.rs") {
            continue;
        }
        for (name, is_public) in types(&source.text) {
            declared.entry(name).or_default().push((source.path.clone(), is_public));
        }
    }
    assert!(declared.len() > 300, "only {} types were found", declared.len());
    let mut faults = Vec::new();
    for (name, files) in &declared {
        let is_seen = files.iter().any(|(_, is_public)| *is_public);
        if files.len() > 1 && (is_seen || !PRIVATE_ROLES.contains(&name.as_str())) {
            let files: Vec<_> = files.iter().map(|(file, _)| file.as_str()).collect();
            faults.push(format!("{name}: {}", files.join(" ")));
        }
    }
    assert_none(&faults, "two types of one name");
}

#[test]
fn no_comment_is_wider_than_the_width() {
    let mut faults = Vec::new();
    for source in ["src", "tests", "benches", "fuzz"].iter().flat_map(|folder| files_under(folder, &["rs"])) {
        let lines: Vec<&str> = source.text.lines().collect();
        let is_comment = |line: &str| line.trim_start().starts_with("//");
        for (number, line) in lines.iter().enumerate() {
            // A help text whose lines are printed as they stand is part of the command line's contract.
            let item = lines[number..].iter().find(|line| !is_comment(line)).copied().unwrap_or_default();
            let is_printed = item.contains("verbatim_doc_comment");
            if is_comment(line) && line.chars().count() > WIDTH && !line.contains("http") && !is_printed {
                faults.push(format!("{}:{}", source.path, number + 1));
            }
        }
    }
    assert_none(&faults, "a comment is wider than its width");
}

#[test]
fn the_reader_of_types_reads_them() {
    let text = "pub struct A;\npub(super) enum B {}\ntype C<'a> = &'a str;\n    struct Inner;\nstructure();\n#[cfg(test)]\nmod tests {\nstruct T;\n}\n";
    let expected = [("A", true), ("B", true), ("C", false)].map(|(name, seen)| (name.to_owned(), seen));
    assert_eq!(types(text), expected);
}

//! Every library that is asked for is used.

use super::{assert_none, files_under};
use std::fs;
use std::path::Path;

#[test]
fn each_direct_dependency_is_imported() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let mut faults = Vec::new();
    let mut looked_at = 0;
    for (section, folders) in [("dependencies", &["src"][..]), ("dev-dependencies", &["src", "tests"])] {
        let code: Vec<_> = folders.iter().flat_map(|folder| files_under(folder, &["rs"])).collect();
        for name in manifest[section].as_table().unwrap().keys() {
            let module = name.replace('-', "_");
            looked_at += 1;
            if !code.iter().any(|source| names(&source.text, &module)) {
                faults.push(format!("{name} ({section})"));
            }
        }
    }
    assert!(looked_at > 40, "only {looked_at} dependencies were found");
    assert_none(&faults, "a dependency that nothing imports is taken out");
}

/// Whether code outside comments names a library: `name::`, `use name`, or a macro `name!`.
fn names(text: &str, module: &str) -> bool {
    super::code_lines(text).any(|line| {
        line.match_indices(module).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = &line[at + module.len()..];
            let begins = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            let is_used = line[..at].ends_with("use ") && after.starts_with(';');
            begins && (after.starts_with("::") || after.starts_with('!') || is_used)
        })
    })
}

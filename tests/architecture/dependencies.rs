//! Every library that is asked for is used, and the fuzz targets are built of the same ones.

use super::{assert_none, files_under};
use std::collections::{BTreeMap, BTreeSet};
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

/// What the fuzz targets find is true of the program only if they are built of the same libraries.
#[test]
fn the_fuzz_targets_are_built_of_the_same_libraries() {
    let (program, fuzz) = (locked("Cargo.lock"), locked("fuzz/Cargo.lock"));
    let mut faults = Vec::new();
    let mut compared = 0;
    for (name, versions) in &fuzz {
        let Some(ours) = program.get(name) else { continue };
        compared += 1;
        for version in versions.difference(ours) {
            faults.push(format!("{name} {version}, where Cargo.lock has {ours:?}"));
        }
    }
    assert!(compared > 100, "only {compared} packages were compared");
    assert_none(&faults, "fuzz/Cargo.lock has another version");
}

/// The versions of each package in a lock file.
fn locked(path: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lock: toml::Table =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap().parse().unwrap();
    let mut versions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let text = |key: &str| package[key].as_str().unwrap().to_owned();
        versions.entry(text("name")).or_default().insert(text("version"));
    }
    versions
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

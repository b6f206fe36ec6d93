//! What the page on security promises of tests, files and dependencies. Needs no network.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fault here is the test's failure")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All tests, by the names of their functions.
fn functions() -> BTreeSet<String> {
    let name = regex::Regex::new(r"fn ([a-z0-9_]+)\(").unwrap();
    let mut found = BTreeSet::new();
    let mut waiting: Vec<PathBuf> = ["src", "tests"].iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = waiting.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.extend(name.captures_iter(&text).map(|captures| captures[1].to_string()));
            }
        }
    }
    found
}

#[test]
fn every_test_and_file_that_the_security_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let named = regex::Regex::new(r"`([^`\n]+)`|\(test: ([a-z0-9_]+)\)").unwrap();
    let file =
        regex::Regex::new(r"^[A-Za-z.][A-Za-z0-9_./-]*(/|\.(rs|md|toml|lock|json|mjs|html|service))[a-z_.]*$").unwrap();
    let functions = functions();
    let (mut tests, mut files) = (0, 0);
    for captures in named.captures_iter(&page) {
        let name = captures.get(1).or(captures.get(2)).unwrap().as_str();
        if name.matches('_').count() >= 2 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            assert!(functions.contains(name), "there is no test {name}");
            tests += 1;
        } else if file.is_match(name) {
            assert!(root().join(name).exists(), "there is no file {name}");
            files += 1;
        }
    }
    assert!(tests > 50 && files > 20, "{tests} tests and {files} files were found");
}

#[test]
fn every_package_comes_from_the_registry_and_has_an_allowed_licence() {
    let policy: toml::Value = toml::from_str(&fs::read_to_string(root().join("deny.toml")).unwrap()).unwrap();
    let allowed: Vec<&str> =
        policy["licenses"]["allow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    let lock: toml::Value = toml::from_str(&fs::read_to_string(root().join("Cargo.lock")).unwrap()).unwrap();
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages.iter().filter(|package| package["name"].as_str() != Some("ikrar")) {
        assert_eq!(package["source"].as_str(), Some(REGISTRY), "{package}");
        assert!(package.get("checksum").is_some(), "{package}");
    }
    for banned in policy["bans"]["deny"].as_array().unwrap() {
        assert!(packages.iter().all(|package| package["name"] != banned["crate"]), "{banned}");
    }
    for (name, licence) in licences() {
        assert!(is_allowed(&licence, &allowed), "{name}: {licence}");
    }
}

/// Of what is compiled in on the platform that is served from.
fn licences() -> Vec<(String, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--offline", "--format-version", "1"]);
    cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]).current_dir(root());
    let answer = cargo.output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let metadata: Value = serde_json::from_slice(&answer.stdout).unwrap();
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_string();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (text(package, "name"), text(package, "license"))).collect()
}

/// Of each part that `AND` joins, one alternative is allowed. Brackets are passed over, which only makes it stricter.
fn is_allowed(licence: &str, allowed: &[&str]) -> bool {
    let plain = licence.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|one| allowed.contains(&one.trim())))
}

#[test]
fn a_licence_counts_only_when_all_that_it_joins_is_allowed() {
    let allowed = ["MIT", "Unicode-3.0"];
    for good in ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0"] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

#[test]
fn what_is_shipped_to_be_installed_requires_the_second_factor() {
    let shipped = |name: &str| fs::read_to_string(root().join("deploy").join(name)).unwrap();
    let lines = |text: &str| text.lines().map(|line| line.trim().to_string()).collect::<Vec<_>>();
    assert!(lines(&shipped("ikrar.service")).contains(&"Environment=IKRAR_SECOND_FACTOR=required".to_string()));
    assert!(lines(&shipped("compose.yaml")).contains(&"IKRAR_SECOND_FACTOR: required".to_string()));
}

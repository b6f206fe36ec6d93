//! The house holds: who may import whom, how long a file may be, and what no file may contain.
#![allow(clippy::unwrap_used, reason = "a fault here is the test's failure")]

#[path = "architecture/dependencies.rs"]
mod dependencies;
#[path = "architecture/doors.rs"]
mod doors;
#[path = "architecture/graph.rs"]
mod graph;
#[path = "architecture/names.rs"]
mod names;
#[path = "architecture/promises.rs"]
mod promises;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rooms by floor. A room imports only from floors below its own.
const FLOORS: [(&str, u8); 14] = [
    ("domain", 1),
    ("tlog", 1),
    ("server", 1),
    ("keyring", 2),
    ("store", 2),
    ("credential", 3),
    ("certificate", 4),
    ("verification", 5),
    ("service", 6),
    ("app", 7),
    ("web", 8),
    ("bench", 9),
    ("commands", 10),
    ("main", 11),
];

/// They stand beside the house: everybody may import them, and they import nothing of ours.
const SIDE_ROOMS: [&str; 13] = [
    "atomic_file",
    "background",
    "bucket_table",
    "clock",
    "config",
    "every_variant",
    "fair_permits",
    "i18n",
    "leaky_bucket",
    "output",
    "process_folder",
    "response_padding",
    "telemetry",
];

/// Inside `service/` only these import siblings, and only in this order.
const SERVICE_ORDER: [&str; 3] = ["signing", "ledger", "live"];

const FILE_LINES_MAX: usize = 600;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 8] = ["common", "helper", "helpers", "manager", "misc", "util", "utils", "utilities"];

/// Folders that every system has: a path that begins so names no machine.
const EVERYWHERE: [&str; 8] = ["dev", "etc", "mnt", "opt", "run", "tmp", "usr", "var"];

/// What must not be committed: unfinished work, and the path of somebody's machine. Where this checkout stands is
/// added.
const FORBIDDEN: [(&str, &str); 6] = [
    ("todo!(", "unfinished work"),
    ("unimplemented!(", "unfinished work"),
    ("#[ignore]", "a test that doesn't run"),
    ("dbg!(", "left from debugging"),
    ("/home/", "the path of somebody's machine"),
    ("/root/", "the path of somebody's machine"),
];

struct Source {
    /// From the crate's root, with `/`.
    path: String,
    text: String,
}

fn files_under(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut waiting = vec![root.join(folder)];
    while let Some(next) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                if !by_others(&path) {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|ext| extensions.iter().any(|wanted| ext == *wanted)) {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What others wrote, and what tools made.
fn by_others(folder: &Path) -> bool {
    let name = folder.file_name().unwrap().to_str().unwrap();
    matches!(name, "node_modules" | "vendor" | "target" | "__pycache__") || name.starts_with('.')
}

fn sources() -> Vec<Source> {
    let found = files_under("src", &["rs"]);
    assert!(found.len() > 10, "the sources were not found");
    found
}

/// The room of a file: the folder or file right under `src/`; `None` for the list of rooms itself.
fn room_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let room = inside.split('/').next()?;
    let room = room.strip_suffix(".rs").unwrap_or(room);
    (room != "lib").then_some(room)
}

fn floor_of(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The lines of a file that are neither comments nor blank.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"))
}

/// The first two segments of each path after `crate::` (or `ikrar::` in `main.rs`), also inside braces.
fn imports(text: &str) -> BTreeSet<Vec<String>> {
    let code: String = code_lines(text).collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    for marker in ["crate::", "ikrar::"] {
        for (at, _) in code.match_indices(marker) {
            let inside_a_word = code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "_/".contains(c));
            if !inside_a_word {
                found.extend(paths_at(&code[at + marker.len()..]));
            }
        }
    }
    found
}

/// The paths that begin here, two segments deep: `a::b::C` gives `[a, b]`, `{a::b, c}` gives `[a, b]` and `[c]`.
fn paths_at(rest: &str) -> Vec<Vec<String>> {
    if let Some(group) = rest.strip_prefix('{') {
        return members_of(group).iter().flat_map(|member| paths_at(member.trim())).collect();
    }
    let segment = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let first = segment(rest);
    if first.is_empty() {
        return Vec::new();
    }
    match rest[first.len()..].strip_prefix("::") {
        None => vec![vec![first]],
        Some(below) if below.starts_with('{') => {
            paths_at(below).into_iter().map(|path| vec![first.clone(), path[0].clone()]).collect()
        }
        Some(below) => vec![vec![first, segment(below)]],
    }
}

/// What stands between the commas up to the closing brace.
fn members_of(group: &str) -> Vec<String> {
    let mut depth = 1;
    let mut members = vec![String::new()];
    for letter in group.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        match (depth, letter) {
            (0, _) => break,
            (1, ',') => members.push(String::new()),
            _ => members.last_mut().unwrap().push(letter),
        }
    }
    members
}

fn assert_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

/// Who may write a secret out: the guard after the password, the command line, and the tests beside what is shown.
#[test]
fn only_the_guard_and_the_command_line_disclose_secrets() {
    for source in sources() {
        let code = source.text.split("#[cfg(test)]").next().unwrap();
        let is_test = source.path.ends_with("/tests.rs");
        for (maker, home) in [
            ("Disclosure::after_password(", "src/service/accounts/proof.rs"),
            ("Disclosure::to_the_operator(", "src/commands/"),
        ] {
            let allowed = is_test || source.path.starts_with(home);
            assert!(allowed || !code.contains(maker), "{} makes a disclosure for itself", source.path);
        }
    }
}

/// The heads of all logs are signed in one file; the store is handed a closure.
#[test]
fn checkpoints_are_signed_in_one_file() {
    let signers: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.text.split("#[cfg(test)]").next().unwrap().contains("note::sign("))
        .map(|source| source.path)
        .collect();
    assert_eq!(signers, ["src/keyring/checkpoint.rs"]);
}

#[test]
fn a_room_imports_only_from_floors_below() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some(room) = room_of(&source.path) else { continue };
        let floor = floor_of(room);
        if floor.is_none() && !SIDE_ROOMS.contains(&room) {
            faults.push(format!("{}: the room `{room}` has no floor", source.path));
        }
        for import in imports(&source.text) {
            let target = import[0].as_str();
            if target == room || (floor.is_some() && SIDE_ROOMS.contains(&target)) {
                continue;
            }
            let below = matches!((floor, floor_of(target)), (Some(own), Some(theirs)) if theirs < own);
            // Macros at the crate's root have no room.
            if !below && (floor_of(target).is_some() || SIDE_ROOMS.contains(&target)) {
                faults.push(format!("{} imports `{target}`", source.path));
            }
        }
    }
    assert_none(&faults, "a room imports only from floors below its own");
}

#[test]
fn services_import_each_other_only_in_the_written_order() {
    let place = |name: &str| SERVICE_ORDER.iter().position(|one| *one == name);
    let mut faults = Vec::new();
    for source in sources() {
        let Some(inside) = source.path.strip_prefix("src/service/") else { continue };
        let own = inside.split('/').next().unwrap().trim_end_matches(".rs");
        if own == "mod" {
            continue;
        }
        for import in imports(&source.text).into_iter().filter(|import| import[0] == "service") {
            let Some(target) = import.get(1).filter(|target| is_service(target)) else { continue };
            let ordered = matches!((place(own), place(target)), (Some(from), Some(to)) if from < to);
            if target != own && !ordered {
                faults.push(format!("{} imports service `{target}`", source.path));
            }
        }
        for line in code_lines(&source.text).filter(|line| line.contains("use super::super::")) {
            faults.push(format!("{}: `{line}` hides where it leads", source.path));
        }
    }
    assert_none(&faults, "services import siblings only as signing -> ledger -> live");
}

fn is_service(name: &str) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service");
    folder.join(name).is_dir() || folder.join(format!("{name}.rs")).is_file()
}

#[test]
fn each_file_begins_with_its_rule() {
    let mut faults = Vec::new();
    for source in sources().iter().chain(&files_under("tests", &["rs"])) {
        if !source.text.starts_with("//! ") {
            faults.push(source.path.clone());
        }
        let heads_a_room = source.path.starts_with("src/")
            && source.path.ends_with("/mod.rs")
            && source.path.matches('/').count() == 2;
        let header: String = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
        if heads_a_room && !header.replace("//!", "").contains("eliberately absent") {
            faults.push(format!("{}: doesn't say what is deliberately absent", source.path));
        }
    }
    assert_none(&faults, "each file begins with `//!` and its rule");
}

#[test]
fn no_file_is_longer_than_the_limit() {
    let mut all = sources();
    for (folder, extensions) in [
        ("tests", &["rs", "mjs", "py", "sh"][..]),
        ("benches", &["rs"]),
        ("assets", &["js", "css"]),
        ("templates", &["html"]),
    ] {
        all.extend(files_under(folder, extensions));
    }
    let faults: Vec<String> = all
        .iter()
        .map(|source| (&source.path, source.text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert_none(&faults, &format!("no file is longer than {FILE_LINES_MAX} lines"));
}

#[test]
fn names_say_what_is_inside() {
    let empty = |part: &str| part.split('_').any(|word| EMPTY_NAMES.contains(&word));
    let faults: Vec<String> =
        sources().into_iter().map(|source| source.path).filter(|path| path.split(['/', '.']).any(empty)).collect();
    assert_none(&faults, "names say what is inside");
}

#[test]
fn nothing_unfinished_and_no_machine_path_is_committed() {
    let mut all = sources();
    for folder in ["tests", "templates", "assets", "messages", "migrations", "docs", "deploy", "benches"] {
        all.extend(files_under(folder, &["rs", "mjs", "js", "py", "sh", "html", "css", "ftl", "sql", "md", "json"]));
    }
    let mut faults = Vec::new();
    let top = env!("CARGO_MANIFEST_DIR").split('/').nth(1).filter(|top| !EVERYWHERE.contains(top));
    let here = top.map(|top| format!("/{top}/"));
    for source in all.iter().filter(|source| source.path != "tests/architecture.rs") {
        for (number, line) in source.text.lines().enumerate() {
            for (forbidden, why) in FORBIDDEN.iter().filter(|(forbidden, _)| line.contains(forbidden)) {
                faults.push(format!("{}:{}: `{forbidden}`: {why}", source.path, number + 1));
            }
            if here.as_ref().is_some_and(|here| begins_a_path(line, here)) {
                faults.push(format!("{}:{}: the path of this machine", source.path, number + 1));
            }
        }
    }
    assert_none(&faults, "nothing unfinished is committed");
}

/// Not in the middle of a relative path or of a URL.
fn begins_a_path(line: &str, folder: &str) -> bool {
    let before = |at: usize| line[..at].chars().next_back();
    line.match_indices(folder).any(|(at, _)| before(at).is_none_or(|c| !c.is_alphanumeric() && !"._-/}*~".contains(c)))
}

/// *Sah* claims that something is valid in law, which no check of ours can find out.
#[test]
fn no_page_claims_that_something_is_valid_in_law() {
    let mut all = files_under("messages/id", &["ftl"]);
    all.extend(files_under("templates", &["html"]));
    all.extend(files_under("assets/js", &["js"]));
    all.extend(files_under("src/certificate", &["rs"]));
    assert!(all.len() > 20, "the words were not found");
    let mut faults = Vec::new();
    for source in &all {
        for (number, line) in source.text.lines().enumerate() {
            if line.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case("sah")) {
                faults.push(format!("{}:{}: {line}", source.path, number + 1));
            }
        }
    }
    assert_none(&faults, "no bare \"sah\"");
}

/// `make test` runs what plain `cargo test` names as ignored, and nothing may be ignored for another reason.
#[test]
fn a_test_is_ignored_only_for_want_of_a_server_that_make_test_brings() {
    let mut faults = Vec::new();
    for source in files_under("tests", &["rs"]).iter().chain(&sources()) {
        for line in source.text.lines().map(str::trim).filter(|line| line.starts_with("#[ignore")) {
            if line != "#[ignore = \"needs PostgreSQL: `make test` runs it\"]" {
                faults.push(format!("{}: {line}", source.path));
            }
        }
    }
    assert_none(&faults, "a test that doesn't run is no test");
    let makefile = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Makefile")).unwrap();
    assert!(makefile.contains("test --locked -- --include-ignored"), "`make test` must run the ignored tests too");
}

/// The shared statements: each database's module includes every file of `sql/`, and they name no database.
#[test]
fn both_databases_include_every_shared_statement() {
    let shared = files_under("src/store/sql", &["rs"]);
    assert!(shared.len() > 10, "the shared statements were not found");
    let mut faults = Vec::new();
    for database in ["sqlite", "postgres"] {
        let path = format!("src/store/{database}/mod.rs");
        let module = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
        for file in &shared {
            let name = file.path.rsplit('/').next().unwrap();
            if !module.contains(&format!("#[path = \"../sql/{name}\"]")) {
                faults.push(format!("{path} doesn't include sql/{name}"));
            }
        }
    }
    for file in &shared {
        let code: String = code_lines(&file.text).collect::<Vec<_>>().join("\n").to_lowercase();
        for name in ["sqlite", "postgres"].into_iter().filter(|name| code.contains(name)) {
            faults.push(format!("{} names {name}", file.path));
        }
    }
    assert_none(&faults, "what both databases understand is written once");
}

/// What stands in the database, an institution's code for one, may be no name for a file.
#[test]
fn names_of_files_that_leave_are_made_in_one_place() {
    let mut faults = Vec::new();
    for source in sources() {
        // Tests make what an attacker would.
        let own = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        let says_how = own.contains("attachment; filename") || own.contains("inline; filename");
        let makes_headers = says_how && source.path != "src/domain/file_name.rs";
        let is_fixed = source.path == "src/service/backup/archive.rs" || source.path.ends_with("_tests.rs");
        let makes_entries = own.contains(".start_file(") && !own.contains("file_name::") && !is_fixed;
        if makes_headers || makes_entries {
            faults.push(format!("{} names a file by itself", source.path));
        }
    }
    assert_none(&faults, "names in archives and in headers of downloads come from domain/file_name");
}

/// Their own macros panic where nobody reads the pipe.
#[test]
fn what_a_command_prints_goes_through_one_writer() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| source.path != "src/output.rs") {
        for line in code_lines(&source.text) {
            let at = |end: &str| {
                line.match_indices(end).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
            };
            if ["println!", "print!", "eprintln!", "eprint!"].into_iter().any(at) {
                faults.push(format!("{}: `{line}`", source.path));
            }
        }
    }
    assert_none(&faults, "commands print through src/output.rs");
}

#[test]
fn the_reader_of_imports_reads_them() {
    let text = "use crate::{domain::{ids, text::X}, store};\n// crate::web\nfn f() { crate::i18n::t(); }";
    let found: Vec<String> = imports(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["domain::ids", "domain::text", "i18n::t", "store"]);
}

//! Who may enter a room: the service floor is the only door to what is remembered, and features of the web don't import
//! each other.

use super::graph::ImportGraph;
use super::{assert_none, imports, room_of, sources};
use std::collections::BTreeSet;

/// What only services and what stands below them may import.
const REMEMBERED: [&str; 2] = ["store", "keyring"];
/// Who reaches it through services.
const BEHIND_SERVICES: [&str; 2] = ["web", "commands"];

/// What people and programs ask the web for, each in a folder or file of its own.
const WEB_FEATURES: [&str; 7] = ["admin", "api", "certificates", "console", "live", "sign", "verify"];
/// The only features that import others: the admin address serves health, the API's description names all operations,
/// and the console words counts as the public page does.
const WEB_ARROWS: [(&str, &str); 4] =
    [("admin", "api"), ("api", "certificates"), ("api", "verify"), ("console", "live")];
/// They put the features together.
const WEB_COMPOSITION: [&str; 2] = ["src/web/mod.rs", "src/web/state.rs"];

#[test]
fn the_web_and_the_commands_reach_what_is_remembered_through_services() {
    let mut faults = Vec::new();
    let (mut files, mut doors) = (0, 0);
    for source in sources() {
        let Some(room) = room_of(&source.path).filter(|room| BEHIND_SERVICES.contains(room)) else { continue };
        files += 1;
        for path in imports(&source.text) {
            doors += usize::from(path.first().is_some_and(|first| first == "service" || first == "app"));
            if path.first().is_some_and(|first| REMEMBERED.contains(&first.as_str())) {
                faults.push(format!("{}: {room} imports {}", source.path, path.join("::")));
            }
        }
    }
    assert!(files > 50 && doors > 50, "only {files} files and {doors} imports were read");
    assert_none(&faults, "the web and the commands import neither store nor keyring");
}

/// `console` for `src/web/console/people/mod.rs` and for `src/web/console.rs`.
fn feature_of(path: &str) -> Option<&str> {
    let inner = path.strip_prefix("src/web/")?;
    let name = inner.split('/').next()?.trim_end_matches(".rs");
    WEB_FEATURES.contains(&name).then_some(name)
}

#[test]
fn features_of_the_web_import_each_other_only_where_it_is_written() {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let graph = ImportGraph::of_sources();
    for (file, targets) in &graph.0 {
        if !file.starts_with("src/web/") || WEB_COMPOSITION.contains(&file.as_str()) {
            continue;
        }
        let own = feature_of(file);
        for (target, other) in targets.iter().filter_map(|target| Some((target, feature_of(target)?))) {
            match own {
                Some(own) if own == other => {}
                Some(own) if WEB_ARROWS.contains(&(own, other)) => drop(seen.insert((own, other))),
                _ => faults.push(format!("{file} imports {target}")),
            }
        }
    }
    assert_none(&faults, "features of the web stand beside each other, above what they share");
    let unused: Vec<_> = WEB_ARROWS.iter().filter(|arrow| !seen.contains(*arrow)).collect();
    assert!(unused.is_empty(), "arrows that nothing needs: {unused:?}");
}

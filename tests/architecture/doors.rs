//! Who may enter a room: the service floor is the only door to what is remembered, features of the web don't import
//! each other, and neither do the folders of the console.

use super::graph::ImportGraph;
use super::{assert_none, files_under, imports, room_of, sources};
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
/// The console's pages, by what people do: each folder imports the shell, and none of the others.
const CONSOLE_FOLDERS: [&str; 3] = ["campaign", "people", "staff"];
const CONSOLE_SHELL: &str = "shell";

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

/// `console` for `src/web/console/people/lists.rs` and for `src/web/console.rs`.
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

/// `people` for `src/web/console/people/lists.rs` and for `templates/console/people/lists.html`.
fn console_folder_of(path: &str) -> Option<&str> {
    let (_, inner) = path.split_once("console/")?;
    inner.split_once('/').map(|(folder, _)| folder)
}

#[test]
fn folders_of_the_console_import_its_shell_and_not_each_other() {
    let is_allowed = |own: Option<&str>, other: Option<&str>| own == other || other == Some(CONSOLE_SHELL);
    let (mut faults, mut files, mut arrows) = (Vec::new(), 0, 0);
    for (file, targets) in ImportGraph::of_sources().0 {
        let Some(own) = file.strip_prefix("src/web/console/").and(console_folder_of(&file)) else { continue };
        files += 1;
        if own != CONSOLE_SHELL && !CONSOLE_FOLDERS.contains(&own) {
            faults.push(format!("{file} stands in none of the folders"));
        }
        for target in targets.iter().filter(|target| target.starts_with("src/web/console/")) {
            arrows += 1;
            if !is_allowed(Some(own), console_folder_of(target)) {
                faults.push(format!("{file} imports {target}"));
            }
        }
    }
    for template in files_under("templates/console", &["html"]) {
        files += 1;
        for name in template.text.split('"').filter(|name| name.starts_with("console/") && name.ends_with(".html")) {
            arrows += 1;
            if !is_allowed(console_folder_of(&template.path), console_folder_of(name)) {
                faults.push(format!("{} includes {name}", template.path));
            }
        }
    }
    assert!(files > 50 && arrows > 50, "only {files} files and {arrows} imports were read");
    assert_none(&faults, "the console's folders stand beside each other, above its shell");
}

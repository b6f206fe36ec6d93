//! Which file imports which, and that no files import each other in a circle.
//!
//! A path counts wherever it stands: in a `use`, or written out. A folder's `mod.rs` may name what stands inside the
//! folder, since it puts it together; what it names there isn't an arrow. Tests inside files aren't looked at.

use super::{Source, assert_none, sources};
use std::collections::{BTreeMap, BTreeSet};

/// The files each file imports, by their paths from the crate's root.
pub struct ImportGraph(pub BTreeMap<String, BTreeSet<String>>);

impl ImportGraph {
    /// Of all files under `src/`.
    pub fn of_sources() -> Self {
        Self::of(&sources())
    }

    fn of(sources: &[Source]) -> Self {
        let modules: BTreeMap<Vec<&str>, &str> = sources
            .iter()
            .filter(|source| source.path != "src/main.rs")
            .map(|source| (module_of(&source.path), source.path.as_str()))
            .collect();
        let mut edges = BTreeMap::new();
        for source in sources {
            let own = module_of(&source.path);
            let code = without_tests(&source.text);
            let paths = used_paths(&code).into_iter().chain(written_paths(&code));
            let targets = paths.filter_map(|path| resolve(&modules, &own, &path));
            let targets = targets.filter(|target| *target != source.path && !is_inside(target, &source.path));
            edges.insert(source.path.clone(), targets.map(String::from).collect());
        }
        Self(edges)
    }

    /// Groups of files that reach each other.
    fn circles(&self) -> Vec<Vec<&str>> {
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            self.0.keys().map(|file| (file.as_str(), self.reached(file))).collect();
        let mut circles: Vec<Vec<&str>> = Vec::new();
        for (file, reached) in &reach {
            let circle: Vec<&str> = reached.iter().copied().filter(|other| reach[other].contains(file)).collect();
            if !circle.is_empty() && !circles.contains(&circle) {
                circles.push(circle);
            }
        }
        circles
    }

    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&str> = self.0[from].iter().map(String::as_str).collect();
        while let Some(next) = waiting.pop() {
            if reached.insert(next) {
                waiting.extend(self.0[next].iter().map(String::as_str));
            }
        }
        reached
    }
}

/// `["web", "live"]` for `src/web/live/mod.rs`.
fn module_of(path: &str) -> Vec<&str> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut segments: Vec<&str> = inner.split('/').collect();
    if matches!(segments.last(), Some(&"mod" | &"lib" | &"main")) {
        segments.pop();
    }
    segments
}

/// Whether a file stands in the folder that a `mod.rs` (or the crate's root) puts together.
fn is_inside(file: &str, of: &str) -> bool {
    of == "src/lib.rs" || of.strip_suffix("mod.rs").is_some_and(|folder| file.starts_with(folder))
}

/// Without comments, and without modules of tests.
pub fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(") && line.contains("test") {
            while lines.peek().is_some_and(|next| next.starts_with("#[")) {
                lines.next();
            }
            let item = lines.next().unwrap_or_default();
            if item.ends_with('{') {
                for inner in lines.by_ref() {
                    if inner == "}" {
                        break;
                    }
                }
            }
            continue;
        }
        if !line.trim_start().starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Every path of every `use`, braces written out.
fn used_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let before = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        if !before.is_empty() && !before.starts_with("pub") {
            continue;
        }
        let Some(end) = code[at..].find(';') else { continue };
        found.extend(expanded(&code[at + 4..at + end]));
    }
    found
}

fn expanded(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((front, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split("::").map(|segment| segment.trim().to_owned()).collect()];
    };
    let front: Vec<String> =
        front.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(String::from).collect();
    let members = super::members_of(group);
    let members = members.iter().filter(|member| !member.trim().is_empty());
    members.flat_map(|member| expanded(member)).map(|member| [front.clone(), member].concat()).collect()
}

/// Paths that are written out where they are used.
fn written_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for marker in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(marker) {
            let inside_a_word = code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "_:".contains(c));
            if !inside_a_word {
                let path: String =
                    code[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
                found.push(path.split("::").filter(|segment| !segment.is_empty()).map(String::from).collect());
            }
        }
    }
    found
}

/// The file in which a path leads out of the module `own`; `None` for paths into other crates.
fn resolve<'m>(modules: &BTreeMap<Vec<&str>, &'m str>, own: &[&str], path: &[String]) -> Option<&'m str> {
    let mut at: Vec<&str> = own.to_vec();
    let mut path: Vec<&str> = path.iter().map(String::as_str).collect();
    match *path.first()? {
        "crate" | "ikrar" => at.clear(),
        "super" => {
            while path.first() == Some(&"super") {
                at.pop();
                path.remove(0);
            }
            path.insert(0, "");
        }
        "self" => {}
        first => {
            if !modules.contains_key([own, &[first]].concat().as_slice()) {
                return None;
            }
            path.insert(0, "");
        }
    }
    for segment in &path[1..] {
        let below = [at.as_slice(), &[segment]].concat();
        if !modules.contains_key(&below) {
            break;
        }
        at = below;
    }
    modules.get(&at).copied()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let graph = ImportGraph::of_sources();
    assert!(graph.0.values().map(BTreeSet::len).sum::<usize>() > 1_000, "hardly any import was read");
    let circles: Vec<String> = graph.circles().iter().map(|circle| circle.join(" ")).collect();
    assert_none(&circles, "files import each other in a circle");
}

#[test]
fn the_graph_finds_a_circle_however_its_paths_are_written() {
    let file = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let sources = [
        file("src/lib.rs", "pub mod a;\npub mod b;"),
        file("src/a/mod.rs", "//! A.\nmod x;\nmod y;\nuse x::X;\n"),
        file("src/a/x.rs", "use super::{self as up, y::{Y, Z}};\nuse std::io;\n"),
        file("src/a/y.rs", "fn f() -> crate::b::B { todo }\n#[cfg(test)]\nmod tests {\n    use crate::a::T;\n}\n"),
        file("src/b.rs", "pub(crate) use crate::a::x::X;\n"),
    ];
    let graph = ImportGraph::of(&sources);
    let targets = |file: &str| graph.0[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(targets("src/a/mod.rs"), Vec::<&str>::new());
    assert_eq!(targets("src/a/x.rs"), ["src/a/mod.rs", "src/a/y.rs"]);
    assert_eq!(targets("src/a/y.rs"), ["src/b.rs"]);
    assert_eq!(graph.circles(), [vec!["src/a/x.rs", "src/a/y.rs", "src/b.rs"]]);
}

//! Marks a data folder as a demo's, by a file with the demo's size. A database has its own mark (`service/synthetic`).

use crate::commands::open::{make_private_folder, write_private};
use crate::i18n::Localizer;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FILE: &str = "demo.json";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Marker {
    participants: u32,
}

/// Whether this data folder was made by `ikrar demo`.
pub fn is_demo_folder(data: &Path) -> bool {
    data.join(FILE).exists()
}

/// Claims the folder for a demo of this size. Refuses a folder that holds a demo of another size, or anything else.
pub(super) fn claim(data: &Path, participants: u32, words: Localizer) -> anyhow::Result<()> {
    let folder = data.display().to_string();
    let path = data.join(FILE);
    if path.exists() {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let there: Marker = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        if there.participants != participants {
            bail!(words.with(
                "demo-other-size",
                &[
                    ("folder", folder.as_str()),
                    ("there", &words.number(there.participants)),
                    ("asked", &words.number(participants)),
                ],
            ));
        }
        return Ok(());
    }
    if std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!(words.with("demo-foreign-folder", &[("folder", folder.as_str())]));
    }
    make_private_folder(data).with_context(|| folder.clone())?;
    write_private(&path, serde_json::to_string(&Marker { participants })?.as_bytes()).context(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_demo_of_one_size() {
        let folder = tempfile::tempdir().unwrap();
        let words = Localizer::default();
        assert!(!is_demo_folder(folder.path()));
        claim(folder.path(), 200, words).unwrap();
        assert!(is_demo_folder(folder.path()));
        claim(folder.path(), 200, words).unwrap();
        let refused = claim(folder.path(), 201, words).unwrap_err().to_string();
        assert!(refused.contains("200") && refused.contains("201"), "{refused}");
    }

    #[test]
    fn a_folder_that_holds_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ikrar.sqlite"), "").unwrap();
        assert!(claim(folder.path(), 200, Localizer::default()).is_err());
        assert!(!is_demo_folder(folder.path()));
    }
}

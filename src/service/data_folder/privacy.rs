//! Whether anyone but the owner can reach keys, database or high-water mark, and the command that mends it.
//!
//! Only their owner may reach the folder and each file, and the owner is the user that the program runs as. Root may
//! own files too, since root reaches everything anyway; a program that runs as root works in any user's folder.
//! Everyone may read the published keys, but only their owner may write them. What a service manager passes in its own
//! folder of credentials isn't checked.

use crate::config::{Config, Database};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const ROOT: u32 = 0;
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// Permission bits that a private file or folder must not have: all of group and others.
const OTHERS: u32 = 0o077;
/// Permission bits that a published file must not have: writing by group and others.
const OTHERS_WRITE: u32 = 0o022;

/// A file or folder that others can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The file or folder.
    pub path: PathBuf,
    /// Why others can reach it.
    pub wrong: Wrong,
    /// The mode that it should have.
    mode: u32,
}

/// Why others can reach a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Its permission bits let others in; holds its mode, up to 0777.
    Mode(u32),
    /// It belongs to another user, who can change it or its bits at any time; holds the user id.
    Owner(u32),
}

/// The files and folders of an installation that others can reach. Missing ones are left out. `credentials` is the
/// service manager's folder.
pub fn exposed(config: &Config, credentials: Option<&Path>) -> io::Result<Vec<Exposed>> {
    let own = rustix::process::geteuid().as_raw();
    let folder_owner = std::fs::metadata(&config.data).map_or(own, |found| found.uid());
    let may_own = |uid: u32| uid == own || uid == ROOT || (own == ROOT && uid == folder_owner);
    let mut found = vec![];
    for (path, mode, forbidden) in places(config, credentials) {
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        };
        if !may_own(metadata.uid()) {
            found.push(Exposed { path, wrong: Wrong::Owner(metadata.uid()), mode });
        } else if metadata.mode() & forbidden != 0 {
            found.push(Exposed { path, wrong: Wrong::Mode(metadata.mode() & 0o777), mode });
        }
    }
    Ok(found)
}

/// Each place with the mode that it should have and the bits that it must not have.
fn places(config: &Config, credentials: Option<&Path>) -> Vec<(PathBuf, u32, u32)> {
    let data = &config.data;
    let mut places = vec![(data.clone(), FOLDER_MODE, OTHERS)];
    let mut files = vec![data.join("keyring"), data.join("high-water.json")];
    if !credentials.is_some_and(|folder| config.passphrase_file.starts_with(folder)) {
        files.push(config.passphrase_file.clone());
    }
    if let Database::File(path) = &config.database {
        for ending in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_os_string();
            name.push(ending);
            files.push(name.into());
        }
    }
    places.extend(files.into_iter().map(|path| (path, FILE_MODE, OTHERS)));
    places.push((data.join("jwks.json"), FILE_MODE, OTHERS_WRITE));
    places
}

/// The shell command that mends all of it: first the owners, then the modes.
pub fn mending(exposed: &[Exposed]) -> String {
    let own = rustix::process::geteuid().as_raw();
    let mut commands = vec![];
    let foreign: Vec<String> =
        exposed.iter().filter(|one| matches!(one.wrong, Wrong::Owner(_))).map(|one| quoted(&one.path)).collect();
    if !foreign.is_empty() {
        commands.push(format!("sudo chown {own} {}", foreign.join(" ")));
    }
    for mode in [FOLDER_MODE, FILE_MODE] {
        let paths: Vec<String> = exposed.iter().filter(|one| one.mode == mode).map(|one| quoted(&one.path)).collect();
        if !paths.is_empty() {
            commands.push(format!("chmod {mode:o} {}", paths.join(" ")));
        }
    }
    commands.join(" && ")
}

/// Quoted for a POSIX shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if text.chars().all(plain) && !text.starts_with('-') {
        return text;
    }
    let start = if text.starts_with('-') { "./" } else { "" };
    format!("'{start}{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigOptions;
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;

    fn change(path: &Path, mode: u32) {
        set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn each_place_that_others_can_reach_is_named_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("o'data");
        crate::service::data_folder::make_private(&data).unwrap();
        let config =
            ConfigOptions { data: Some(data.clone()), ..ConfigOptions::default() }.resolve(folder.path()).unwrap();
        assert_eq!(exposed(&config, None).unwrap(), []);
        let names = [
            "keyring",
            "keyring.passphrase",
            "high-water.json",
            "ikrar.sqlite",
            "ikrar.sqlite-wal",
            "ikrar.sqlite-shm",
        ];
        for name in names {
            write(data.join(name), "").unwrap();
            for (mode, wrong) in
                [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o601, true), (0o600, false)]
            {
                change(&data.join(name), mode);
                let found = exposed(&config, None).unwrap();
                assert_eq!(found.len(), usize::from(wrong), "{name} {mode:o}");
                assert!(!wrong || found[0].path == data.join(name) && found[0].wrong == Wrong::Mode(mode));
            }
        }
        change(&data, 0o750);
        change(&data.join("keyring"), 0o640);
        let command = mending(&exposed(&config, None).unwrap());
        assert!(command.starts_with("chmod 700 '") && command.contains("&& chmod 600 '"), "{command}");
        let done = std::process::Command::new("sh").arg("-c").arg(&command).status().unwrap();
        assert!(done.success() && exposed(&config, None).unwrap().is_empty(), "{command}");
    }

    #[test]
    fn the_published_keys_may_be_read_and_a_handed_over_passphrase_is_the_service_manager_s() {
        let folder = tempfile::tempdir().unwrap();
        change(folder.path(), 0o700);
        let passphrase = folder.path().join("credentials/passphrase");
        std::fs::create_dir(folder.path().join("credentials")).unwrap();
        write(&passphrase, "").unwrap();
        change(&passphrase, 0o440);
        let settings = ConfigOptions {
            data: Some(folder.path().into()),
            passphrase_file: Some(passphrase),
            ..ConfigOptions::default()
        };
        let config = settings.resolve(folder.path()).unwrap();
        assert_eq!(exposed(&config, Some(&folder.path().join("credentials"))).unwrap(), []);
        assert_eq!(exposed(&config, Some(Path::new("elsewhere"))).unwrap().len(), 1);
        let keys = folder.path().join("jwks.json");
        write(&keys, "").unwrap();
        for (mode, found) in [(0o644, 1), (0o664, 2), (0o646, 2)] {
            change(&keys, mode);
            assert_eq!(exposed(&config, None).unwrap().len(), found, "{mode:o}");
        }
    }
}

//! One process serves a data folder: it locks a file, which the kernel unlocks however the process ends.
//!
//! Where the embedded database is elsewhere, a file beside it is locked too. Commands that run beside a server lock
//! nothing. The file holds the process id, which is read only to be shown.

use crate::config::{Config, Database};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

const LOCK: &str = "serve.lock";
/// Bytes read of a lock file; a process id has fewer digits.
const PID_BYTES_MAX: u64 = 20;

/// The locks of a data folder, held for as long as this value lives.
pub struct Serving(#[allow(dead_code, reason = "the locks are held by being open")] Vec<File>);

/// Why a data folder can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ServingFault {
    /// Another process serves the folder or its database.
    #[error("process {process} serves it already, says {lock}")]
    Taken {
        /// Path of the lock file.
        lock: PathBuf,
        /// The id of the process that holds the lock; empty where it couldn't be read.
        process: String,
    },
    /// The lock file can't be opened, locked or written; holds its path.
    #[error("{0} can't be locked: {1}")]
    Io(PathBuf, #[source] io::Error),
}

impl Serving {
    /// Locks the data folder of an embedded database. Nodes on a database server lock nothing: the server orders them.
    /// `Taken` when another process serves it.
    pub fn take(config: &Config) -> Result<Self, ServingFault> {
        let Database::File(database) = &config.database else { return Ok(Self(vec![])) };
        let mut paths = vec![config.data.join(LOCK)];
        if database.parent() != Some(&config.data) {
            let mut beside = database.as_os_str().to_os_string();
            beside.push(".");
            beside.push(LOCK);
            paths.push(beside.into());
        }
        Ok(Self(paths.into_iter().map(locked).collect::<Result<_, _>>()?))
    }
}

fn locked(path: PathBuf) -> Result<File, ServingFault> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(&path) {
        Ok(file) => file,
        Err(error) => return Err(ServingFault::Io(path, error)),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut process = String::new();
            let _ = file.take(PID_BYTES_MAX).read_to_string(&mut process);
            return Err(ServingFault::Taken { lock: path, process: process.trim().into() });
        }
        Err(TryLockError::Error(error)) => return Err(ServingFault::Io(path, error)),
    }
    let noted = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
    noted.map_err(|error| ServingFault::Io(path, error))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigOptions, DatabaseUrl};
    use std::path::Path;

    fn config(data: &Path, url: Option<String>) -> Config {
        let database_url = url.map(|url| DatabaseUrl::new(&url));
        ConfigOptions { data: Some(data.into()), database_url, ..ConfigOptions::default() }.resolve(data).unwrap()
    }

    #[test]
    fn a_folder_is_served_once_and_again_when_it_was_let_go_of() {
        let folder = tempfile::tempdir().unwrap();
        let here = config(folder.path(), None);
        let first = Serving::take(&here).unwrap();
        let own = std::process::id().to_string();
        assert!(matches!(Serving::take(&here), Err(ServingFault::Taken { process, .. }) if process == own));
        drop(first);
        assert!(Serving::take(&here).is_ok());
    }

    #[test]
    fn two_folders_don_t_serve_one_database_file_and_nodes_on_a_server_lock_nothing() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let url = format!("sqlite://{}/x.sqlite", folders[2].path().display());
        let first = Serving::take(&config(folders[0].path(), Some(url.clone()))).unwrap();
        let second = config(folders[1].path(), Some(url));
        assert!(matches!(Serving::take(&second), Err(ServingFault::Taken { .. })));
        drop(first);
        assert!(Serving::take(&second).is_ok());
        let server = config(folders[0].path(), Some("postgres://h/d".into()));
        let both = (Serving::take(&server), Serving::take(&server));
        assert!(matches!(both, (Ok(_), Ok(_))));
    }
}

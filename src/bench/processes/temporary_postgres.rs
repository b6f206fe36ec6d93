//! A temporary PostgreSQL server with its own data folder and socket and Debian's defaults otherwise. Commits are
//! synced to disk. It is removed at the end of the run, even if the run is killed.

use crate::bench::processes::child_guard::{ChildGuard, StopSignal};
use crate::bench::processes::procfs;
use crate::config::DatabaseUrl;
use crate::i18n::Localizer;
use anyhow::{Context, bail};
use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Where Debian installs PostgreSQL, one folder per version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root, so it runs as this user, who owns no other files.
const NOBODY_UID: u32 = 65_534;
const SUPERUSER: &str = "ikrar";
const DATABASE: &str = "ikrar";
const CONNECTIONS_MAX: &str = "max_connections=200";
const START_TIMEOUT: Duration = Duration::from_secs(60);
const PROBE_INTERVAL: Duration = Duration::from_millis(100);

pub struct TemporaryPostgres {
    server: ChildGuard,
    programs: PathBuf,
    folder: PathBuf,
}

impl TemporaryPostgres {
    /// Starts a server in this folder. If PostgreSQL isn't installed, the error says what to install.
    pub async fn start(folder: PathBuf, words: Localizer) -> anyhow::Result<Self> {
        let Some(programs) = program_folder() else { bail!(words.t("bench-no-postgres")) };
        std::fs::DirBuilder::new().mode(0o700).create(&folder).with_context(|| folder.display().to_string())?;
        if is_root() {
            chown(&folder, Some(NOBODY_UID), Some(NOBODY_UID))?;
        }
        let data = folder.join("data");
        let mut initdb = as_unprivileged(Command::new(programs.join("initdb")), &folder);
        initdb.arg("-D").arg(&data).args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale"]);
        run_checked(&mut initdb)?;
        let mut supervisor = as_unprivileged(ChildGuard::supervisor(StopSignal::Quit, Some(&folder)), &folder);
        let sockets = format!("unix_socket_directories={}", folder.display());
        supervisor.arg(programs.join("postgres")).arg("-D").arg(&data).args([
            "-c",
            "listen_addresses=",
            "-c",
            &sockets,
        ]);
        supervisor.args(["-c", CONNECTIONS_MAX]).stderr(Stdio::from(File::create(folder.join("log"))?));
        let started = Self { server: ChildGuard::spawn(supervisor)?, programs, folder };
        started.wait_until_ready().await?;
        run_checked(started.client("createdb").arg(DATABASE))?;
        Ok(started)
    }

    /// The URL of the database under load.
    pub fn url(&self) -> DatabaseUrl {
        DatabaseUrl::new(&format!("postgres:///{DATABASE}?host={}&user={SUPERUSER}", self.folder.display()))
    }

    /// Whether a PostgreSQL program is installed.
    pub fn has(&self, program: &str) -> bool {
        run_checked(Command::new(self.program(program)).arg("--version")).is_ok()
    }

    /// A PostgreSQL client program with the arguments that reach this server.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.program(program));
        command.arg("-h").arg(&self.folder).args(["-U", SUPERUSER]).env("LC_ALL", "C");
        command
    }

    /// The folder of the server; files put there are removed with it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// CPU time of all its processes so far, in microseconds.
    pub fn cpu_micros(&self) -> Option<u64> {
        procfs::cpu_micros_of_tree(self.server.pid())
    }

    /// A program beside the server's own ones, or else on the `PATH`.
    fn program(&self, name: &str) -> PathBuf {
        Some(self.programs.join(name)).filter(|own| own.exists()).unwrap_or_else(|| name.into())
    }

    async fn wait_until_ready(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        while run_checked(&mut self.client("pg_isready")).is_err() {
            if began.elapsed() > START_TIMEOUT || !procfs::is_running(self.server.pid()) {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("PostgreSQL wasn't ready in time: {}", log.trim());
            }
            sleep(PROBE_INTERVAL).await;
        }
        Ok(())
    }
}

impl Drop for TemporaryPostgres {
    fn drop(&mut self) {
        self.server.stop();
        // The supervisor's user may not remove the folder itself, if the parent folder belongs to another user.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Runs a program to its end. If it fails, the error contains its standard error.
pub fn run_checked(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().with_context(|| name.clone())?;
    if !done.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn as_unprivileged(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder).env("LC_ALL", "C");
    if is_root() {
        command.uid(NOBODY_UID).gid(NOBODY_UID);
    }
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The folder of the newest installed PostgreSQL's programs.
fn program_folder() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten().map(|version| version.path());
    newest(versions.filter(|version| version.join("bin/initdb").exists()).collect())
        .map(|version| version.join("bin"))
        .or_else(|| std::env::split_paths(&path).find(|folder| folder.join("initdb").exists()))
}

/// The folder whose name is the largest number.
fn newest(versions: Vec<PathBuf>) -> Option<PathBuf> {
    let number = |version: &PathBuf| version.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.into_iter().max_by_key(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_taken_by_number_and_not_by_letter() {
        assert_eq!(newest(["9", "15", "abc"].map(PathBuf::from).into()), Some("15".into()));
        assert_eq!(newest(vec![]), None);
    }

    #[test]
    fn what_a_program_says_as_it_fails_is_told() {
        let failed = run_checked(Command::new("sh").args(["-c", "echo reason >&2; exit 3"])).unwrap_err();
        assert!(failed.to_string().ends_with(": reason"), "{failed}");
        assert_eq!(run_checked(Command::new("sh").args(["-c", "echo said"])).unwrap(), "said\n");
    }
}

//! `ikrar backup FILE`: one file from which an installation can be restored, taken while the installation is served.

use super::backup_key::{EncryptWith, fault_message};
use super::shutdown::stop_signal;
use super::{open, terminal_words};
use crate::clock::{Clock, Entropy, SystemClock};
use crate::config::{Config, ConfigOptions, Database};
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::output::{errln, outln};
use crate::process_folder::{self, ProcessFolder};
use crate::service::backup::{
    ArchiveSource, BackupFault, COPYING, Contents, DATABASE, DEMO, Encryption, KEYRING, MARK, PASSPHRASE,
    copy_database, fits_keyring, part_of, write,
};
use crate::service::data_folder;
use anyhow::{Context, anyhow, bail};
use clap::Args;
use data_encoding::HEXLOWER;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Free space that the backup's copy must leave in the data folder, in bytes.
const ROOM_LEFT_BYTES: u64 = 64 * 1024 * 1024;

/// The file holds the keys and everybody's data, so it is encrypted: to the public keys of those who may open it
/// (--recipient, --recipients-file) or with a passphrase (--backup-passphrase-file, or asked for on a terminal).
/// Without that key or passphrase nobody can open it. It is an age file, which the program `age` opens too.
///
/// It is the same kind of file whichever database it comes from, so it also moves an installation from one to the
/// other: see `ikrar restore`. What was signed after the backup isn't in it, so take one every few minutes while an
/// event is open.
#[derive(Args)]
pub struct Backup {
    /// Where to write it; nothing may be there yet, and it appears only when it is whole
    #[arg(value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    with: EncryptWith,
}

pub async fn run(settings: ConfigOptions, args: Backup) -> anyhow::Result<u8> {
    let w = terminal_words();
    let config = settings.resolve(Path::new("."))?;
    // A folder that was copied by hand has these files and the database, too. A backup without one of them couldn't be
    // served.
    let sources = vec![
        ArchiveSource { name: KEYRING, path: config.data.join(KEYRING) },
        ArchiveSource { name: PASSPHRASE, path: config.passphrase_file.clone() },
    ];
    let mut needed = vec![&sources[0].path, &sources[1].path];
    if let Database::File(path) = &config.database {
        needed.push(path);
    }
    for path in needed {
        path.metadata().with_context(|| format!("{} can't be read", path.display()))?;
    }
    open::require_private(&config)?;
    tell_leftovers(&config.data, w);
    // A file that is already there isn't the program's: it is neither overwritten nor removed after a kill.
    for path in [&args.out, &part_of(&args.out)] {
        if path.symlink_metadata().is_ok() {
            return Err(BackupFault::Exists(path.clone()).into());
        }
    }
    let encryption = args.with.encryption(&config, w)?;
    require_room(&config, w)?;
    let stop = interrupted()?;
    // The copy isn't encrypted, so it is made in the data folder: FILE may be on a USB stick or another machine.
    let entropy = Entropy::from_system().context("the system gives no randomness")?;
    let folder = ProcessFolder::make(&config.data.join(COPYING), || HEXLOWER.encode(&entropy.bytes::<16>()))
        .with_context(|| format!("{} can't be written", config.data.display()))?;
    folder.note(&part_of(&args.out))?;
    let stopped = Arc::new(AtomicBool::new(false));
    let done = tokio::select! {
        done = write_backup(&config, folder.path(), sources, &args.out, &encryption, stopped.clone()) => done,
        () = stop => Err(anyhow!(w.t("backup-stopped"))),
    };
    // A task that is still writing notices this; the process ends after it.
    stopped.store(true, Ordering::Relaxed);
    // The copies hold people's names, so they are removed in any case.
    folder.remove();
    let contents = done?;
    let (path, bytes) = (args.out.display().to_string(), w.number(contents.bytes));
    outln!("{}", w.with("backup-written", &[("path", &path), ("bytes", &bytes), ("at", &contents.at)]));
    outln!(
        "{}",
        w.t(match encryption {
            Encryption::None => "backup-holds-keys",
            Encryption::Passphrase(_) => "backup-with-passphrase",
            Encryption::Recipients(_) => "backup-to-recipients",
        })
    );
    Ok(0)
}

/// Removes what killed backups left behind, and prints it.
fn tell_leftovers(data: &Path, w: Localizer) {
    for left in process_folder::clear(&data.join(COPYING)) {
        let (path, bytes) = (left.path.display().to_string(), w.number(left.bytes));
        let told = [("path", path.as_str()), ("bytes", &bytes)];
        match left.removed {
            Ok(()) => errln!("{}", w.with("backup-leftover", &told)),
            Err(error) => {
                let error = error.to_string();
                errln!("{}", w.with("backup-leftover-stays", &[told[0], told[1], ("error", &error)]));
            }
        }
    }
}

/// The copy of an embedded database must not fill the disk that signing needs.
fn require_room(config: &Config, w: Localizer) -> anyhow::Result<()> {
    let Database::File(path) = &config.database else { return Ok(()) };
    let (needed, free) =
        (path.metadata()?.len().saturating_add(ROOM_LEFT_BYTES), data_folder::free_bytes(&config.data)?);
    if free < needed {
        let (folder, needed, free) = (config.data.display().to_string(), w.number(needed), w.number(free));
        bail!(w.with("backup-no-room", &[("folder", &folder), ("needed", &needed), ("free", &free)]));
    }
    Ok(())
}

async fn write_backup(
    config: &Config,
    folder: &Path,
    mut sources: Vec<ArchiveSource>,
    out: &Path,
    encryption: &Encryption,
    stopped: Arc<AtomicBool>,
) -> anyhow::Result<Contents> {
    collect_sources(config, folder, &mut sources).await?;
    let (out, at, encryption) = (out.to_owned(), UnixMillis(SystemClock.now_ms()).rfc3339(), encryption.clone());
    let written = tokio::task::spawn_blocking(move || write(&out, &sources, &at, &encryption, &stopped)).await?;
    written.map_err(|fault| fault_message(fault, terminal_words()))
}

/// Resolves when the command gets a stop signal or its terminal is closed.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let stop = stop_signal()?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            () = stop => {}
            _ = hangup.recv() => {}
        }
    })
}

/// The mark is copied before the database: the database may be ahead of its mark, never behind it.
async fn collect_sources(config: &Config, folder: &Path, sources: &mut Vec<ArchiveSource>) -> anyhow::Result<()> {
    for name in [MARK, DEMO] {
        let (from, to) = (config.data.join(name), folder.join(name));
        if from.exists() {
            std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
            sources.push(ArchiveSource { name, path: to });
        }
    }
    let to = folder.join(DATABASE);
    let bar = open::rows_bar();
    let done = copy_database(&config.database, &to, &|progress| open::show_rows(&bar, progress)).await;
    bar.finish_and_clear();
    done?;
    let passphrase = std::fs::read_to_string(&config.passphrase_file)?;
    if !fits_keyring(&to, &config.data.join(KEYRING), &passphrase).await? {
        bail!(terminal_words().t("backup-other-keyring"));
    }
    sources.push(ArchiveSource { name: DATABASE, path: to });
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    /// `/proc` has no free space on any machine.
    #[test]
    fn a_backup_whose_copy_has_no_room_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ikrar.sqlite");
        std::fs::write(&file, [0; 4_096]).unwrap();
        let settings = ConfigOptions { data: Some("/proc".into()), ..ConfigOptions::default() };
        let mut config = settings.resolve(folder.path()).unwrap();
        config.database = Database::File(file);
        let told = |lang| require_room(&config, Localizer(lang)).unwrap_err().to_string();
        let (id, en) = (told(Lang::Id), told(Lang::En));
        assert!(id.contains("Ruang bebas di /proc tinggal 0 bita") && id.contains("67.112.960"), "{id}");
        assert!(en.contains("/proc has 0 bytes free") && en.contains("67,112,960"), "{en}");
        config.data = folder.path().into();
        require_room(&config, Localizer(Lang::Id)).unwrap();
    }
}

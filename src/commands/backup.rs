//! `ikrar backup FILE`: one file from which an installation can be made again, taken while it is served.

use super::serve::stop_signal;
use super::{open, terminal_words};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Database, DatabaseUrl, Settings};
use crate::domain::time::UnixMillis;
use crate::i18n::Words;
use crate::keyring::Keyring;
use crate::service::backup::{BackupFault, Contents, DATABASE, DEMO, KEYRING, MARK, PASSPHRASE, Source, write};
use crate::store::sqlite;
use crate::store::transfer::{rows, transfer};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// The file holds the keys and the passphrase: whoever has it can sign in the organizer's name. Keep it as you keep them.
///
/// It is the same kind of file whichever database it comes from, so it also moves an installation from one to the other:
/// see `ikrar restore`. What was signed after the backup isn't in it, so take one every few minutes while an event is open.
#[derive(Args)]
pub struct Backup {
    /// Where to write it; nothing may be there yet, and it appears only when it is whole
    #[arg(value_name = "FILE")]
    out: PathBuf,
}

pub async fn run(settings: Settings, args: Backup) -> anyhow::Result<u8> {
    let w = terminal_words();
    let config = settings.resolve(Path::new("."))?;
    // Also a folder that was copied by hand has these three; a backup without one couldn't be served.
    let sources = vec![
        Source { name: KEYRING, path: config.data.join(KEYRING) },
        Source { name: PASSPHRASE, path: config.passphrase_file.clone() },
    ];
    let mut needed = vec![&sources[0].path, &sources[1].path];
    if let Database::File(path) = &config.database {
        needed.push(path);
    }
    for path in needed {
        path.metadata().with_context(|| format!("{} can't be read", path.display()))?;
    }
    open::require_private(&config)?;
    if args.out.exists() {
        return Err(BackupFault::Exists(args.out).into());
    }
    let stop = interrupted()?;
    let folder = folder_beside(&args.out, w)?;
    let stopped = Arc::new(AtomicBool::new(false));
    let done = tokio::select! {
        done = made(&config, &folder, sources, &args.out, stopped.clone()) => done,
        () = stop => Err(anyhow!(w.t("backup-stopped"))),
    };
    // Whoever still writes notices; the process ends after them.
    stopped.store(true, Ordering::Relaxed);
    // The copies hold people's names: they go in any case.
    let _ = std::fs::remove_dir_all(&folder);
    let contents = done?;
    let (path, bytes) = (args.out.display().to_string(), w.number(contents.bytes));
    println!("{}", w.with("backup-written", &[("path", &path), ("bytes", &bytes), ("at", &contents.at)]));
    println!("{}", w.t("backup-holds-keys"));
    Ok(0)
}

async fn made(
    config: &Config,
    folder: &Path,
    mut sources: Vec<Source>,
    out: &Path,
    stopped: Arc<AtomicBool>,
) -> anyhow::Result<Contents> {
    copied(config, folder, &mut sources).await?;
    let (out, at) = (out.to_owned(), UnixMillis(SystemClock.now_ms()).rfc3339());
    Ok(tokio::task::spawn_blocking(move || write(&out, &sources, &at, &stopped)).await??)
}

/// Resolves when somebody asks the command to end, or closes its terminal.
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
async fn copied(config: &Config, folder: &Path, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    for name in [MARK, DEMO] {
        let (from, to) = (config.data.join(name), folder.join(name));
        if from.exists() {
            std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
            sources.push(Source { name, path: to });
        }
    }
    let to = folder.join(DATABASE);
    match &config.database {
        Database::File(path) => {
            sqlite::copy(path, &to).await.with_context(|| format!("the database {}", path.display()))?;
        }
        Database::Server { migrate_url, .. } => copied_from_server(migrate_url, &to).await?,
    }
    let passphrase = std::fs::read_to_string(&config.passphrase_file)?;
    let keyring = Keyring::load(&config.data.join(KEYRING), passphrase.trim()).context("the keyring")?;
    if sqlite::keyring_mark(&to).await?.is_some_and(|mark| mark != keyring.mark()) {
        bail!(terminal_words().t("backup-other-keyring"));
    }
    sources.push(Source { name: DATABASE, path: to });
    Ok(())
}

/// What the server holds at one instant, in a file as the embedded database has it.
async fn copied_from_server(url: &DatabaseUrl, to: &Path) -> anyhow::Result<()> {
    let (server, database) = open::direct(url).await?;
    let at_server = || format!("the database {server}");
    let mut file = sqlite::Whole::create(to).await.with_context(|| to.display().to_string())?;
    let tables = file.tables().await?;
    let mut snapshot = database.snapshot().await.with_context(at_server)?;
    let bar = open::rows_bar(rows(&mut snapshot, &tables).await.with_context(at_server)?);
    let done = transfer(&mut snapshot, Box::new(file), &tables, &|rows| bar.inc(rows)).await;
    bar.finish_and_clear();
    done.with_context(at_server)?;
    drop(snapshot);
    database.close().await;
    Ok(())
}

/// A private folder in which nothing was before, on the file system that the backup goes to.
fn folder_beside(out: &Path, w: Words) -> anyhow::Result<PathBuf> {
    let mut name = out.file_name().context("FILE must name a file")?.to_os_string();
    name.push(".copying");
    let folder = out.with_file_name(name);
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let shown = folder.display().to_string();
    match builder.create(&folder) {
        // Killed, or its machine lost power; or another backup to the same file is on its way.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!(w.with("backup-left-over", &[("folder", &shown)]))
        }
        made => made.with_context(|| format!("{shown} can't be made"))?,
    }
    Ok(folder)
}

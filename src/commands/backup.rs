//! `ikrar backup FILE`: one file from which an installation can be made again, taken while it is served.

use super::terminal_words;
use crate::clock::{Clock, SystemClock};
use crate::config::{Database, Settings};
use crate::domain::time::UnixMillis;
use crate::service::backup::{DATABASE, DEMO, KEYRING, MARK, PASSPHRASE, Source, write};
use crate::store::sqlite;
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// The file holds the keys and the passphrase: whoever has it can sign in the organizer's name. Keep it as you keep them.
///
/// What was signed after the backup isn't in it, so take one every few minutes while an event is open.
#[derive(Args)]
pub struct Backup {
    /// Where to write it; nothing may be there yet, and it appears only when it is whole
    #[arg(value_name = "FILE")]
    out: PathBuf,
}

pub async fn run(settings: Settings, args: Backup) -> anyhow::Result<u8> {
    let w = terminal_words();
    let config = settings.resolve(Path::new("."))?;
    let Database::File(database) = &config.database else { bail!(w.t("backup-embedded-only")) };
    // Also a folder that was copied by hand has these three; a backup without one couldn't be served.
    let mut sources = vec![
        Source { name: KEYRING, path: config.data.join(KEYRING) },
        Source { name: PASSPHRASE, path: config.passphrase_file.clone() },
    ];
    for path in [database, &sources[0].path, &sources[1].path] {
        path.metadata().with_context(|| format!("{} can't be read", path.display()))?;
    }
    let folder = folder_beside(&args.out)?;
    let done = copied(&config.data, database, &folder, &mut sources).await.and_then(|()| {
        let at = UnixMillis(SystemClock.now_ms()).rfc3339();
        Ok(tokio::task::block_in_place(|| write(&args.out, &sources, &at))?)
    });
    // The copies hold people's names: they go in any case.
    let _ = std::fs::remove_dir_all(&folder);
    let contents = done?;
    let (path, bytes) = (args.out.display().to_string(), w.number(contents.bytes));
    println!("{}", w.with("backup-written", &[("path", &path), ("bytes", &bytes), ("at", &contents.at)]));
    println!("{}", w.t("backup-holds-keys"));
    Ok(0)
}

/// The mark is copied before the database: the database may be ahead of its mark, never behind it.
async fn copied(data: &Path, database: &Path, folder: &Path, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    for name in [MARK, DEMO] {
        let (from, to) = (data.join(name), folder.join(name));
        if from.exists() {
            std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
            sources.push(Source { name, path: to });
        }
    }
    let to = folder.join(DATABASE);
    sqlite::copy(database, &to).await.with_context(|| format!("the database {}", database.display()))?;
    sources.push(Source { name: DATABASE, path: to });
    Ok(())
}

/// A private folder in which nothing was before, on the file system that the backup goes to.
fn folder_beside(out: &Path) -> anyhow::Result<PathBuf> {
    let mut name = out.file_name().context("FILE must name a file")?.to_os_string();
    name.push(".copying");
    let folder = out.with_file_name(name);
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
    Ok(folder)
}

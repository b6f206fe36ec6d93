//! `ikrar restore FILE`: a data folder from a backup.

use super::terminal_words;
use crate::config::{Database, Settings};
use crate::service::backup::{DATABASE, MARK, restore};
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// Makes the data folder, which must be empty or not be there, and checks every file's hash. Look at it with `ikrar fsck`
/// before it is served.
#[derive(Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// The mark of what was published (high-water.json) that survived of the installation: `serve` then refuses a backup
    /// that is older than it
    #[arg(long, value_name = "FILE")]
    mark: Option<PathBuf>,
}

pub fn run(settings: Settings, args: &Restore) -> anyhow::Result<u8> {
    let w = terminal_words();
    let config = settings.resolve(Path::new("."))?;
    if !matches!(&config.database, Database::File(path) if *path == config.data.join(DATABASE)) {
        bail!(w.t("restore-embedded-only"));
    }
    let mark = args.mark.as_ref().map(|path| std::fs::read(path).with_context(|| path.display().to_string()));
    let mark = mark.transpose()?;
    let contents = tokio::task::block_in_place(|| restore(&args.from, &config.data))?;
    if let Some(mark) = mark {
        let path = config.data.join(MARK);
        super::open::write_private(&path, &mark).with_context(|| path.display().to_string())?;
    }
    let folder = config.data.display().to_string();
    println!("{}", w.with("restore-done", &[("folder", &folder), ("at", &contents.at)]));
    println!("{}", w.t("restore-next"));
    Ok(0)
}

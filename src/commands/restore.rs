//! `ikrar restore FILE`: restores an installation from a backup, into a data folder alone or with its database in
//! PostgreSQL.

use super::backup_key::{OpenWith, fault_message};
use super::{open, terminal_words};
use crate::config::{Config, ConfigOptions, Database};
use crate::i18n::Localizer;
use crate::output::outln;
use crate::service::backup::{Contents, DATABASE, FillError, MARK, Opener, fill_server, restore, unpack};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// Makes the data folder, which must be empty or not be there, and checks every file's hash. With `--database-url
/// postgres://…` the rows go into that database, which must be empty, in one transaction; the folder then has the keys
/// and the mark alone. An encrypted backup needs its passphrase or the private key of one of its recipients. Look at it
/// with `ikrar fsck` before it is served.
#[derive(Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// The mark of what was published (high-water.json) that survived of the installation: `serve` then refuses a
    /// backup that is older than it
    #[arg(long, value_name = "FILE")]
    mark: Option<PathBuf>,
    #[command(flatten)]
    with: OpenWith,
}

pub async fn run(settings: ConfigOptions, args: Restore) -> anyhow::Result<u8> {
    let w = terminal_words();
    let config = settings.resolve(Path::new("."))?;
    let mark = args.mark.as_ref().map(|path| std::fs::read(path).with_context(|| path.display().to_string()));
    let mark = mark.transpose()?;
    let opener = args.with.opener(&args.from, w)?;
    let contents = match &config.database {
        Database::File(path) if *path == config.data.join(DATABASE) => {
            tokio::task::block_in_place(|| restore(&args.from, opener.as_ref(), &config.data))
                .map_err(|fault| fault_message(fault, w))?
        }
        Database::File(_) => bail!(w.t("restore-into-folder-only")),
        Database::Server { .. } => to_server(&config, &args.from, opener, w).await?,
    };
    if let Some(mark) = mark {
        let path = config.data.join(MARK);
        open::write_private(&path, &mark).with_context(|| path.display().to_string())?;
    }
    let folder = config.data.display().to_string();
    outln!("{}", w.with("restore-done", &[("folder", &folder), ("at", &contents.at)]));
    outln!("{}", w.t("restore-next"));
    Ok(0)
}

/// The folder gets its final name only after the rows are committed. If the restore is interrupted between the two, the
/// folder keeps its temporary name and the database isn't empty; another try is refused with that reason.
async fn to_server(config: &Config, from: &Path, opener: Option<Opener>, w: Localizer) -> anyhow::Result<Contents> {
    let Database::Server { migrate_url, .. } = &config.database else { bail!(w.t("restore-into-folder-only")) };
    let mut unpacked = tokio::task::block_in_place(|| unpack(from, opener.as_ref(), &config.data))
        .map_err(|fault| fault_message(fault, w))?;
    let file = unpacked.path(DATABASE);
    let bar = open::rows_bar();
    let filled = fill_server(migrate_url, &file, &|progress| open::show_rows(&bar, progress)).await;
    bar.finish_and_clear();
    // The rows may be in the database by now, so their keys are kept even if something fails from here on.
    let kept = matches!(filled, Ok(_) | Err(FillError::UnknownOutcome(_)));
    let part = if kept { unpacked.keep().display().to_string() } else { String::new() };
    let shown = filled.map_err(|error| match error {
        FillError::NotEmpty { database, table } => {
            anyhow!(w.with("restore-not-empty", &[("database", &database), ("table", &table)]))
        }
        FillError::NulCharacter { table, column } => {
            anyhow!(w.with("restore-nul-character", &[("table", &table), ("column", &column)]))
        }
        FillError::UnknownOutcome(error) | FillError::Other(error) => error,
    })?;
    outln!("{}", w.with("restore-into-server", &[("database", &shown), ("rows", &w.number(bar.position()))]));
    let folder = config.data.display().to_string();
    let settled = std::fs::remove_file(&file).map_err(anyhow::Error::from).and_then(|()| Ok(unpacked.settle()?));
    settled.with_context(|| w.with("restore-folder-left", &[("part", &part), ("folder", &folder)]))
}

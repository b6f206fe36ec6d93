//! Opens an installation for a command. Errors are in the terminal's language.

use super::terminal_words;
use crate::app::open::{self, OpenError};
use crate::app::{Resources, Services, database};
use crate::config::{Config, ConfigOptions};
use crate::domain::campaign::Campaign;
use crate::i18n::Localizer;
use crate::output::errln;
use crate::service::backup::RowProgress;
use crate::service::campaigns::CampaignRefusal;
use crate::service::data_folder::{self, Serving, ServingFault, Wrong};
pub use crate::service::data_folder::{make_private as make_private_folder, write_private};
use crate::web::AppState;
use anyhow::{Context, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};

/// Opens the installation, creating what doesn't exist yet, and starts its services.
pub async fn services(settings: ConfigOptions) -> anyhow::Result<Services> {
    open::services(private_config(settings)?).await.map_err(in_words)
}

/// As [`services`], to print or issue what names the address of the service: refused where it isn't the one that the
/// first lock fixed.
pub async fn to_print(settings: ConfigOptions) -> anyhow::Result<Services> {
    let state = services(settings).await?;
    let checked = state.campaigns.check_public_url().await;
    checked.map_err(|refusal| match refusal {
        CampaignRefusal::Store(error) => error.into(),
        refusal => anyhow!(refusal.words(terminal_words())),
    })?;
    Ok(state)
}

/// The campaign with this slug.
///
/// # Errors
/// When there is none; the error is a message.
pub async fn campaign(state: &Services, slug: &str, words: Localizer) -> anyhow::Result<Campaign> {
    let found = state.campaigns.by_slug(slug).await?;
    found.with_context(|| words.with("roster-no-such-campaign", &[("slug", slug)]))
}

/// Opens what the services of the installation are built on; starts nothing.
pub async fn resources(settings: ConfigOptions) -> anyhow::Result<Resources> {
    open::resources(private_config(settings)?).await.map_err(in_words)
}

/// As [`services`], to serve it: no other process can serve the folder until [`Serving`] is dropped.
pub async fn to_serve(settings: ConfigOptions) -> anyhow::Result<(AppState, Serving)> {
    let config = private_config(settings)?;
    let serving = Serving::take(&config).map_err(|fault| match fault {
        ServingFault::Taken { lock, process } => {
            let (folder, lock) = (config.data.display().to_string(), lock.display().to_string());
            let told = [("folder", folder.as_str()), ("lock", &lock), ("process", &process)];
            anyhow!(terminal_words().with("folder-served", &told))
        }
        fault => fault.into(),
    })?;
    Ok((AppState::new(open::services(config).await.map_err(in_words)?), serving))
}

/// Opens an existing installation to read it: creates nothing and serves nothing.
pub async fn existing_resources(settings: ConfigOptions) -> anyhow::Result<Resources> {
    let config = settings.resolve(Path::new("."))?;
    open::require_files(&config)?;
    require_private(&config)?;
    open::existing(config).await
}

/// Migrates the database's schema.
pub async fn migrated(settings: &ConfigOptions) -> anyhow::Result<()> {
    database::migrated(&settings.clone().resolve(Path::new("."))?.database).await
}

/// Resolves the settings, creates the data folder, and checks that no other user can reach it.
fn private_config(settings: ConfigOptions) -> anyhow::Result<Config> {
    let config = settings.resolve(Path::new("."))?;
    data_folder::make_private(&config.data)
        .with_context(|| format!("the data folder {} can't be made", config.data.display()))?;
    require_private(&config)?;
    Ok(config)
}

fn in_words(error: OpenError) -> anyhow::Error {
    match error {
        OpenError::KeyringMissing { keyring, found, passphrase } => {
            let [keyring, found, passphrase] = [keyring, found, passphrase].map(|path| path.display().to_string());
            let told = [("keyring", keyring.as_str()), ("found", &found), ("passphrase", &passphrase)];
            anyhow!(terminal_words().with("folder-keyring-missing", &told))
        }
        OpenError::Other(error) => error,
    }
}

/// Refuses an installation that other users of this machine can reach. The error names the command that fixes it.
pub fn require_private(config: &Config) -> anyhow::Result<()> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let exposed = data_folder::exposed(config, credentials.as_deref())?;
    if exposed.is_empty() {
        return Ok(());
    }
    let w = terminal_words();
    let mut told = vec![w.t("folder-exposed")];
    for one in &exposed {
        let path = one.path.display().to_string();
        let line = match one.wrong {
            Wrong::Mode(mode) => w.with("folder-exposed-mode", &[("path", &path), ("mode", &format!("{mode:04o}"))]),
            Wrong::Owner(owner) => w.with("folder-exposed-owner", &[("path", &path), ("owner", &owner.to_string())]),
        };
        told.push(format!("  {line}"));
    }
    if config.permissive {
        errln!("{}", told.join("\n"));
        return Ok(());
    }
    told.extend([w.t("folder-mend"), format!("  {}", data_folder::mending(&exposed)), w.t("folder-permissive")]);
    bail!(told.join("\n"))
}

/// Shows progress reported by a backup or restore.
pub fn show_rows(bar: &ProgressBar, progress: RowProgress) {
    match progress {
        RowProgress::Total(rows) => bar.set_length(rows),
        RowProgress::Done(rows) => bar.inc(rows),
    }
}

/// A progress bar of rows; hidden if the output isn't a terminal.
pub fn rows_bar() -> ProgressBar {
    ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}").expect("a fixed template"),
    )
}

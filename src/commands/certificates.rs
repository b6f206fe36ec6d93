//! `ikrar certificates`: every certificate of a campaign in one ZIP file.

use super::{file_hash, open};
use crate::config::ConfigOptions;
use crate::domain::audit::{ACTOR_COMMAND_LINE, AuditEvent};
use crate::i18n::Localizer;
use crate::output::errln;
use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::path::{Path, PathBuf};

/// How many faults are printed one by one; the rest are only counted.
const FAULTS_SHOWN_MAX: usize = 20;

#[derive(Args)]
pub struct Arguments {
    /// The campaign's slug
    #[arg(long, value_name = "SLUG")]
    campaign: String,
    /// Where to write the ZIP file; it appears there only when it is whole
    #[arg(long, value_name = "FILE.zip")]
    out: PathBuf,
}

pub async fn run(settings: ConfigOptions, arguments: Arguments) -> anyhow::Result<u8> {
    let words = Localizer::default();
    let state = open::to_print(settings).await?;
    let campaign = open::campaign(&state, &arguments.campaign, words).await?;
    let people = state.certificates.count(campaign.id).await?;
    if people == 0 {
        bail!(words.t("certificates-nobody-signed"));
    }
    let bar = ProgressBar::new(people).with_style(
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}").expect("a fixed template"),
    );
    let part = part_of(&arguments.out);
    let file = File::create(&part).with_context(|| format!("{} can't be written", part.display()));
    let progress = |signers| bar.inc(signers);
    let written = match file {
        Ok(file) => state.certificates.archive(&campaign, file, &progress).await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    bar.finish_and_clear();
    let faults = match written {
        Ok(faults) => faults,
        Err(error) => {
            // A file left behind only takes space, so failing to remove it doesn't change the error.
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
    };
    let event = AuditEvent::CertificatesExported { people, sha256: file_hash::of_file(&part)? };
    state.accounts.record(Some(campaign.id), ACTOR_COMMAND_LINE, event).await?;
    std::fs::rename(&part, &arguments.out).with_context(|| format!("{} can't be written", arguments.out.display()))?;
    for fault in faults.iter().take(FAULTS_SHOWN_MAX) {
        errln!("{fault}");
    }
    if !faults.is_empty() {
        errln!("{}", words.with("certificates-faults", &[("count", &words.number(faults.len() as u64))]));
        return Ok(1);
    }
    let (count, path) = (words.number(people), arguments.out.display().to_string());
    errln!("{}", words.with("certificates-written", &[("count", &count), ("path", &path)]));
    Ok(0)
}

/// `FILE.zip.part`, in the same folder, so that the last step is a rename.
fn part_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    out.with_file_name(name)
}

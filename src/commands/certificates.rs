//! `ikrar certificates`: the certificates of a campaign, an institution or a unit in one ZIP file.

use super::open;
use crate::config::ConfigOptions;
use crate::domain::account::Scope;
use crate::domain::audit::{ACTOR_COMMAND_LINE, AuditEvent};
use crate::domain::campaign::Campaign;
use crate::domain::certificate_copy::CertificateCopy;
use crate::i18n::Localizer;
use crate::output::errln;
use crate::service::certificates::{ArchivePlan, Archived, Certificates, PlanError, SelectionError};
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
    /// Only the people of this institution
    #[arg(long, value_name = "CODE")]
    institution: Option<String>,
    /// Only the people of this unit and below it
    #[arg(long, value_name = "NAME")]
    unit: Option<String>,
    /// Copies for personnel files, with the whole number of each signer instead of its last four digits
    #[arg(long)]
    whole_numbers: bool,
    /// Where to write the ZIP file; it appears there only when it is whole
    #[arg(long, value_name = "FILE.zip")]
    out: PathBuf,
}

pub async fn run(settings: ConfigOptions, arguments: Arguments) -> anyhow::Result<u8> {
    let words = Localizer::default();
    let state = open::to_print(settings).await?;
    let campaign = open::campaign(&state, &arguments.campaign, words).await?;
    let Arguments { institution, unit, out, whole_numbers, .. } = arguments;
    let copy = if whole_numbers { CertificateCopy::Own } else { CertificateCopy::Public };
    let chosen = (institution.as_deref(), unit.as_deref());
    let plan = match state.certificates.archive_plan(&campaign, &Scope::All, chosen, copy).await {
        Err(PlanError::NoOwnCopies) => bail!(words.t("certificates-no-own-copies")),
        Err(PlanError::Selection(SelectionError::NoSuchInstitution)) => bail!(words.t("list-no-such-institution")),
        Err(PlanError::Selection(SelectionError::NoSuchUnit)) => bail!(words.t("list-no-such-unit")),
        plan => plan?,
    };
    if plan.people() == 0 {
        bail!(words.t(if chosen == (None, None) {
            "certificates-nobody-signed"
        } else {
            "certificates-nobody-selected"
        }));
    }
    let part = part_of(&out);
    let archived = match written(&state.certificates, &campaign, &plan, &part, words).await {
        Ok(archived) => archived,
        Err(error) => {
            // A file left behind only takes space, so failing to remove it doesn't change the error.
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
    };
    let people = plan.people();
    let event = AuditEvent::CertificatesExported {
        institution,
        unit,
        copy: Some(copy.as_str().into()),
        participant: None,
        people,
        sha256: archived.sha256,
    };
    state.accounts.record(Some(campaign.id), ACTOR_COMMAND_LINE, event).await?;
    std::fs::rename(&part, &out).with_context(|| format!("{} can't be written", out.display()))?;
    for fault in archived.faults.iter().take(FAULTS_SHOWN_MAX) {
        errln!("{fault}");
    }
    if !archived.faults.is_empty() {
        errln!("{}", words.with("certificates-faults", &[("count", &words.number(archived.faults.len() as u64))]));
        return Ok(1);
    }
    let (count, path) = (words.number(people), out.display().to_string());
    errln!("{}", words.with("certificates-written", &[("count", &count), ("path", &path)]));
    Ok(0)
}

/// Writes the archive and syncs it.
async fn written(
    certificates: &Certificates,
    campaign: &Campaign,
    plan: &ArchivePlan,
    path: &Path,
    words: Localizer,
) -> anyhow::Result<Archived<File>> {
    let file = File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
    let bar = ProgressBar::new(plan.people()).with_style(
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}").expect("a fixed template"),
    );
    let progress = |signers| bar.inc(signers);
    let archived = certificates.archive(campaign, plan, file, words, &progress).await;
    bar.finish_and_clear();
    let archived = archived?;
    archived.out.sync_all().with_context(|| format!("{} can't be written", path.display()))?;
    Ok(archived)
}

/// `FILE.zip.part`, in the same folder, so that the last step is a rename.
fn part_of(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    out.with_file_name(name)
}

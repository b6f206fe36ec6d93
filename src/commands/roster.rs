//! `ikrar roster`: the roster in the shape that an import reads, and a template to fill in.

use super::{file_hash, open, terminal_words};
use crate::config::ConfigOptions;
use crate::domain::audit::{ACTOR_COMMAND_LINE, AuditEvent};
use crate::i18n::Localizer;
use crate::output::errln;
use crate::service::roster_file::{
    ROSTER_LIST, RosterExportError, write_roster_csv, write_roster_template, write_roster_xlsx,
};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use std::io::Cursor;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct RosterArgs {
    #[command(subcommand)]
    command: RosterCommand,
}

#[derive(Subcommand)]
enum RosterCommand {
    /// Write everybody on the roster, in the shape that `ikrar import` reads
    Export(ExportedRoster),
    /// Write a workbook to fill in, with its columns explained
    Template(WrittenTemplate),
}

#[derive(Args)]
struct ExportedRoster {
    /// Slug of the campaign
    #[arg(long)]
    campaign: String,
    /// Only the people of this institution
    #[arg(long, value_name = "CODE")]
    institution: Option<String>,
    /// Where to write; its ending says what: .csv or .xlsx
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Args)]
struct WrittenTemplate {
    /// Where to write
    #[arg(long, value_name = "FILE.xlsx")]
    out: PathBuf,
}

pub async fn run(settings: ConfigOptions, args: RosterArgs) -> anyhow::Result<u8> {
    match args.command {
        RosterCommand::Export(export) => write_export(settings, export).await,
        RosterCommand::Template(template) => write_template(&template),
    }
}

async fn write_export(settings: ConfigOptions, export: ExportedRoster) -> anyhow::Result<u8> {
    let words = Localizer::default();
    let is_workbook = match ending(&export.out).as_str() {
        "csv" => false,
        "xlsx" => true,
        _ => bail!("--out must end in .csv or .xlsx"),
    };
    let state = open::services(settings).await?;
    let campaign = open::campaign(&state, &export.campaign, words).await?;
    let lines = match state.roster_exports.lines(campaign.id, export.institution.as_deref()).await {
        Err(RosterExportError::NoSuchInstitution) => bail!(words.t("list-no-such-institution")),
        lines => lines?,
    };
    if lines.is_empty() {
        bail!(words.t("roster-export-nobody"));
    }
    let mut file = Cursor::new(vec![]);
    if is_workbook {
        write_roster_xlsx(&lines, words, &mut file)?;
    } else {
        write_roster_csv(&lines, words, &mut file)?;
    }
    let bytes = file.into_inner();
    let people = lines.len() as u64;
    // First the trail, then the file: nothing leaves unrecorded.
    let event = AuditEvent::ListExported {
        list: ROSTER_LIST.into(),
        institution: export.institution,
        unit: None,
        people,
        sha256: file_hash::of_bytes(&bytes),
    };
    state.accounts.record(Some(campaign.id), ACTOR_COMMAND_LINE, event).await?;
    write(&export.out, &bytes)?;
    let told = [("people", &*words.number(people)), ("path", &export.out.display().to_string())];
    errln!("{}", words.with("roster-export-written", &told));
    Ok(0)
}

fn write_template(template: &WrittenTemplate) -> anyhow::Result<u8> {
    if ending(&template.out) != "xlsx" {
        bail!("--out must end in .xlsx");
    }
    let words = terminal_words();
    let mut file = Cursor::new(vec![]);
    write_roster_template(words, &mut file)?;
    write(&template.out, &file.into_inner())?;
    errln!("{}", words.with("roster-template-written", &[("path", &template.out.display().to_string())]));
    Ok(0)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    open::write_private(path, bytes).with_context(|| format!("{} can't be written", path.display()))
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

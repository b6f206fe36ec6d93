//! `ikrar codes`: access codes as a list or as printable slips.

use super::{file_hash, open};
use crate::app::Services;
use crate::certificate::slips::{FILE_PEOPLE_MAX, SlipFault};
use crate::config::ConfigOptions;
use crate::domain::account::Scope;
use crate::domain::audit::{ACTOR_COMMAND_LINE, AuditEvent};
use crate::domain::campaign::Campaign;
use crate::domain::disclosure::Disclosure;
use crate::i18n::Localizer;
use crate::output::errln;
use crate::service::code_lists::{
    Columns, ListError, Selection, SelectionError, slip_parts, write_csv, write_slips, write_xlsx,
};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use std::io::Cursor;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Codes {
    /// Slug of the campaign
    #[arg(long)]
    campaign: String,
    /// Only the people of this institution
    #[arg(long, value_name = "CODE")]
    institution: Option<String>,
    /// Only the people of this unit and below it
    #[arg(long, value_name = "NAME")]
    unit: Option<String>,
    /// Only people who were added after the lock or admitted anew
    #[arg(long)]
    added: bool,
    /// Where to write; its ending says what: .csv or .xlsx for a list, .pdf for slips to cut, numbered files when they
    /// are many
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub async fn run(settings: ConfigOptions, codes: Codes) -> anyhow::Result<u8> {
    let words = Localizer::default();
    // Only slips name the address.
    let is_printed = ending(&codes.out) == "pdf";
    let state = if is_printed { open::to_print(settings).await? } else { open::services(settings).await? };
    let campaign = open::campaign(&state, &codes.campaign, words).await?;
    let selection = Selection { institution: codes.institution, unit: codes.unit, signed: None, added: codes.added };
    let lines = match state.code_lists.lines(&campaign, &Scope::All, &selection).await {
        Err(ListError::Selection(SelectionError::NoSuchInstitution)) => bail!(words.t("list-no-such-institution")),
        Err(ListError::Selection(SelectionError::NoSuchUnit)) => bail!(words.t("list-no-such-unit")),
        lines => lines?,
    };
    let export = CodesExport { state: &state, campaign: &campaign, selection: &selection, words };
    let codes_shown = Columns::Codes(Disclosure::to_the_operator());
    match ending(&codes.out).as_str() {
        "csv" => {
            let list = table(|out| write_csv(&lines, &codes_shown, words, out))?;
            export.keep(&codes.out, &list, lines.len()).await?;
        }
        "xlsx" => {
            let list = table(|out| write_xlsx(&lines, &codes_shown, words, out))?;
            export.keep(&codes.out, &list, lines.len()).await?;
        }
        "pdf" => {
            let (parts, disclosure) = (slip_parts(&lines), Disclosure::to_the_operator());
            for (number, part) in (1..).zip(&parts) {
                let path = if parts.len() == 1 { codes.out.clone() } else { numbered(&codes.out, number) };
                let slips = write_slips(part, &campaign, &state.config.public_url, words, &disclosure);
                export.keep(&path, &slips.map_err(|fault| anyhow!(fault_message(&fault, words)))?, part.len()).await?;
            }
        }
        _ => bail!("--out must end in .csv, .xlsx or .pdf"),
    }
    Ok(0)
}

/// What all files of one run have in common.
struct CodesExport<'a> {
    state: &'a Services,
    campaign: &'a Campaign,
    selection: &'a Selection,
    words: Localizer,
}

impl CodesExport<'_> {
    /// Writes a file after recording it in the audit trail, so that no exported codes are unrecorded.
    async fn keep(&self, path: &Path, bytes: &[u8], people: usize) -> anyhow::Result<()> {
        let event = AuditEvent::CodesExported {
            institution: self.selection.institution.clone(),
            unit: self.selection.unit.clone(),
            format: ending(path),
            people: people as u64,
            sha256: file_hash::of_bytes(bytes),
        };
        self.state.accounts.record(Some(self.campaign.id), ACTOR_COMMAND_LINE, event).await?;
        let shown = path.display().to_string();
        open::write_private(path, bytes).with_context(|| format!("{shown} can't be written"))?;
        let people = self.words.number(people as u64);
        errln!("{}", self.words.with("list-written", &[("people", &people), ("path", &shown)]));
        Ok(())
    }
}

fn table<E>(write: impl FnOnce(&mut Cursor<Vec<u8>>) -> Result<(), E>) -> Result<Vec<u8>, E> {
    let mut out = Cursor::new(Vec::new());
    write(&mut out)?;
    Ok(out.into_inner())
}

/// `slips-02.pdf`, in the folder of `out`.
fn numbered(out: &Path, number: u32) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-{number:02}.{}", ending(out)))
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn fault_message(fault: &SlipFault, words: Localizer) -> String {
    match fault {
        SlipFault::TooMany { people } => {
            let (people, most) = (words.number(*people as u64), words.number(FILE_PEOPLE_MAX as u64));
            words.with("slip-too-many", &[("people", &people), ("most", &most)])
        }
        SlipFault::Zip => fault.to_string(),
        SlipFault::Qr => words.t("slip-address-too-long"),
    }
}

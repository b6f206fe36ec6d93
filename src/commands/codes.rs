//! `ikrar codes`: access codes as a list or as printable slips.

use super::open;
use crate::certificate::slips::{FILE_PEOPLE_MAX, SlipFault};
use crate::config::Settings;
use crate::i18n::Words;
use crate::service::code_lists::{Columns, ListError, Selection, lines, write_csv, write_slips, write_xlsx};
use anyhow::{Context, anyhow, bail};
use clap::Args;
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
    /// Where to write; its ending says what: .csv or .xlsx for a list, .pdf for slips to cut
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub async fn run(settings: Settings, codes: Codes) -> anyhow::Result<u8> {
    let words = Words::default();
    let state = open::platform(settings).await?;
    let campaign = state
        .store
        .campaign_by_slug(&codes.campaign)
        .await?
        .with_context(|| words.with("roster-no-such-campaign", &[("slug", &codes.campaign)]))?;
    let secret = state.keyring.open_secret(&campaign.id.0, &campaign.sealed_secret)?;
    let selection = Selection { institution: codes.institution, unit: codes.unit, signed: None };
    let lines = match lines(&state.store, campaign.id, &secret, &selection).await {
        Err(ListError::NoSuchInstitution) => bail!(words.t("list-no-such-institution")),
        Err(ListError::NoSuchUnit) => bail!(words.t("list-no-such-unit")),
        lines => lines?,
    };
    let mut list = std::io::Cursor::new(Vec::new());
    match ending(&codes.out).as_str() {
        "csv" => write_csv(&lines, Columns::Codes, words, &mut list)?,
        "xlsx" => write_xlsx(&lines, Columns::Codes, words, &mut list)?,
        "pdf" => {
            let slips = write_slips(&lines, &campaign, &state.config.public_url, words);
            list.get_mut().extend(slips.map_err(|fault| anyhow!(told(&fault, words)))?);
        }
        _ => bail!("--out must end in .csv, .xlsx or .pdf"),
    }
    open::write_private(&codes.out, list.get_ref())
        .with_context(|| format!("{} can't be written", codes.out.display()))?;
    let (people, path) = (words.number(lines.len() as u64), codes.out.display().to_string());
    eprintln!("{}", words.with("list-written", &[("people", &people), ("path", &path)]));
    Ok(0)
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn told(fault: &SlipFault, words: Words) -> String {
    match fault {
        SlipFault::TooMany { people } => {
            let (people, most) = (words.number(*people as u64), words.number(FILE_PEOPLE_MAX as u64));
            words.with("slip-too-many", &[("people", &people), ("most", &most)])
        }
        SlipFault::Qr => words.t("slip-address-too-long"),
    }
}

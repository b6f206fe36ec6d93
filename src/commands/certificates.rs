//! `ikrar certificates`: every certificate of a campaign in one ZIP file.

use super::{file_hash, open};
use crate::app::Services;
use crate::certificate::certificate;
use crate::config::Settings;
use crate::domain::audit::{ACTOR_COMMAND_LINE, Event};
use crate::domain::campaign::Campaign;
use crate::domain::file_name;
use crate::domain::ids::Serial;
use crate::domain::text::PledgeText;
use crate::i18n::Words;
use crate::output::errln;
use crate::service::certificates::{input, text};
use crate::store::pledges::Signer;
use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Signers read and rendered at a time: bounds the memory.
const BATCH_SIGNERS: u32 = 512;
/// Faults that are printed one by one; the rest is counted.
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

pub async fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<u8> {
    let words = Words::default();
    let state = open::platform(settings).await?;
    let campaign = state
        .store
        .campaign_by_slug(&arguments.campaign)
        .await?
        .with_context(|| words.with("roster-no-such-campaign", &[("slug", &arguments.campaign)]))?;
    let people = state.store.count_pledges(campaign.id).await?;
    if people == 0 {
        bail!(words.t("certificates-nobody-signed"));
    }
    let bar = ProgressBar::new(people).with_style(
        ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}").expect("a fixed template"),
    );
    let part = part_of(&arguments.out);
    let written = write(&state, &campaign, &part, &bar).await;
    bar.finish_and_clear();
    let faults = match written {
        Ok(faults) => faults,
        Err(error) => {
            // What is left behind would only take room; that it can't be removed adds nothing to the error.
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
    };
    let event = Event::CertificatesExported { people, sha256: file_hash::of_file(&part)? };
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

/// Returns the serials that couldn't be made, each with its reason.
async fn write(state: &Services, campaign: &Campaign, path: &Path, bar: &ProgressBar) -> anyhow::Result<Vec<String>> {
    let file = File::create(path).with_context(|| format!("{} can't be written", path.display()))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut texts: HashMap<[u8; 32], PledgeText> = HashMap::new();
    let mut faults = Vec::new();
    let mut after = None;
    loop {
        let signers = state.store.signers_after(campaign.id, after, BATCH_SIGNERS).await?;
        let Some(last) = signers.last() else { break };
        after = Some(last.participant.id);
        for pledge in signers.iter().filter_map(|signer| signer.pledge.as_ref()) {
            if let Entry::Vacant(vacant) = texts.entry(pledge.text_hash) {
                vacant.insert(text(state.store.as_ref(), &pledge.text_hash).await?);
            }
        }
        let rendered = tokio::task::block_in_place(|| {
            rendered(&signers, |signer| one(campaign, &texts, signer, &state.config.public_url))
        });
        bar.inc(u64::try_from(signers.len()).unwrap_or_default());
        for one in rendered {
            match one {
                Ok((name, bytes)) => {
                    zip.start_file(name, options)?;
                    zip.write_all(&bytes)?;
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    let file = zip.finish()?.into_inner().map_err(|error| error.into_error())?;
    file.sync_all()?;
    Ok(faults)
}

type Rendered = Result<(String, Vec<u8>), String>;

/// The signer's certificate under `INSTITUTION/SERIAL.pdf`.
fn one(campaign: &Campaign, texts: &HashMap<[u8; 32], PledgeText>, signer: &Signer, public_url: &str) -> Rendered {
    let pledge = signer.pledge.as_ref().ok_or("a signer without a pledge")?;
    let text = texts.get(&pledge.text_hash).ok_or("a pledge without its text")?;
    let serial = Serial::of(pledge.id);
    let bytes = certificate(&input(campaign, text, signer, pledge, public_url))
        .map_err(|fault| format!("{serial}: {fault}"))?;
    Ok((file_name::entry(&signer.participant.institution, &format!("{serial}.pdf")), bytes))
}

/// On all cores, in the order of the signers.
fn rendered(signers: &[Signer], one: impl Fn(&Signer) -> Rendered + Sync) -> Vec<Rendered> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = signers.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> = signers
            .chunks(share)
            .map(|signers| scope.spawn(move || signers.iter().map(one).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("rendering never panics, whatever the input"))
            .collect()
    })
}

//! The certificates of all signers of a campaign, in one ZIP archive.

use super::editions::PreparedEdition;
use super::{Certificates, CertificatesError};
use crate::domain::campaign::Campaign;
use crate::domain::edition::FIRST_EDITION;
use crate::domain::file_name;
use crate::domain::ids::Serial;
use crate::store::StoreError;
use crate::store::pledges::Signer;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Signers read and rendered at a time; this bounds the memory.
const BATCH_SIGNERS: u32 = 512;

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The edition can't be made.
    #[error(transparent)]
    Edition(#[from] CertificatesError),
    /// The file can't be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The archive can't be written.
    #[error(transparent)]
    Zip(#[from] zip::result::ZipError),
}

impl Certificates {
    /// Writes the certificates of all signers to `file`, as `INSTITUTION/SERIAL.pdf`, and syncs it. `progress` gets the
    /// number of signers done at each step. Returns the serials that can't be printed, each with the reason.
    ///
    /// # Errors
    /// See [`ArchiveError`]; the file is then incomplete.
    pub async fn archive(
        &self,
        campaign: &Campaign,
        file: File,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<String>, ArchiveError> {
        let mut zip = ZipWriter::new(BufWriter::new(file));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let mut editions: HashMap<[u8; 32], PreparedEdition> = HashMap::new();
        let mut faults = Vec::new();
        let mut after = None;
        loop {
            let signers = self.store.signers_after(campaign.id, after, BATCH_SIGNERS).await?;
            let Some(last) = signers.last() else { break };
            after = Some(last.participant.id);
            for pledge in signers.iter().filter_map(|signer| signer.pledge.as_ref()) {
                if let Entry::Vacant(vacant) = editions.entry(pledge.text_hash) {
                    let from = (self.store.as_ref(), self.keyring.as_ref());
                    vacant.insert(self.editions.get(from, campaign.id, FIRST_EDITION, pledge.text_hash).await?);
                }
            }
            let rendered = tokio::task::block_in_place(|| {
                rendered(&signers, |signer| one(campaign, &editions, signer, &self.public_url))
            });
            progress(u64::try_from(signers.len()).unwrap_or_default());
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
}

type Rendered = Result<(String, Vec<u8>), String>;

/// The signer's certificate under `INSTITUTION/SERIAL.pdf`.
fn one(
    campaign: &Campaign,
    editions: &HashMap<[u8; 32], PreparedEdition>,
    signer: &Signer,
    public_url: &str,
) -> Rendered {
    let pledge = signer.pledge.as_ref().ok_or("a signer without a pledge")?;
    let edition = editions.get(&pledge.text_hash).ok_or("a pledge without its text")?;
    let serial = Serial::of(pledge.id);
    let bytes = edition
        .parts(campaign, signer, pledge, public_url)
        .certificate()
        .map_err(|fault| format!("{serial}: {fault}"))?;
    Ok((file_name::entry(&signer.participant.institution, &format!("{serial}.pdf")), bytes))
}

/// Renders on all cores and keeps the order of the signers.
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

//! Writes the entries of an archive.

use super::forward_sink::{AbandonGuard, ForwardSink};
use super::manifest::CertificateManifest;
use super::{ArchiveError, Archived, Rendered};
use crate::domain::file_name;
use crate::domain::ids::Serial;
use crate::domain::time::Zone;
use crate::i18n::Localizer;
use data_encoding::HEXLOWER;
use std::io::{self, Write};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MANIFEST_NAME: &str = "manifest.csv";

pub struct ArchiveWriter<W: Write> {
    /// Dropped before `zip`.
    guard: AbandonGuard,
    zip: ZipWriter<ForwardSink<W>>,
    manifest: CertificateManifest,
    faults: Vec<String>,
}

impl<W: Write> ArchiveWriter<W> {
    pub fn new(out: W, zone: Zone, words: Localizer) -> io::Result<Self> {
        let manifest = CertificateManifest::new(zone, words)?;
        let (sink, guard) = ForwardSink::new(out);
        Ok(Self { guard, zip: ZipWriter::new(sink), manifest, faults: Vec::new() })
    }

    /// Files beside the certificates: names and contents.
    pub fn add_texts(mut self, files: &[(String, String)]) -> Result<Self, ArchiveError> {
        for (name, content) in files {
            self.add(name, content.as_bytes())?;
        }
        Ok(self)
    }

    fn add(&mut self, name: &str, content: &[u8]) -> Result<(), ArchiveError> {
        self.zip.start_file(name, options(CompressionMethod::Stored))?;
        Ok(self.zip.write_all(content)?)
    }

    pub fn add_certificates(mut self, certificates: Vec<Rendered>) -> Result<Self, ArchiveError> {
        for (row, bytes) in certificates {
            match &row.fault {
                None => self.add(&row.file, &bytes)?,
                Some(fault) => self.faults.push(format!("{}: {fault}", row.serial)),
            }
            self.manifest.add(&row)?;
        }
        Ok(self)
    }

    pub fn finish(self) -> Result<Archived<W>, ArchiveError> {
        let Self { guard, mut zip, manifest, faults } = self;
        if let Err(error) = add_manifest(&mut zip, manifest) {
            // Before `zip`, which would write an archive's end.
            drop(guard);
            return Err(error);
        }
        let (out, hash) = zip.finish()?.finish()?;
        Ok(Archived { out, sha256: HEXLOWER.encode(&hash), faults })
    }
}

fn add_manifest<W: Write>(
    zip: &mut ZipWriter<ForwardSink<W>>,
    manifest: CertificateManifest,
) -> Result<(), ArchiveError> {
    zip.start_file(MANIFEST_NAME, options(CompressionMethod::Deflated))?;
    io::copy(&mut manifest.finish()?, zip)?;
    Ok(())
}

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

/// Most characters of a name in a file's name.
const NAME_CHARS_MAX: usize = 50;

/// `INSTITUTION/SERIAL-NAME.pdf`: the serial tells files apart, the name is for who looks for a person's.
pub fn entry_name(institution: &str, serial: Serial, name: &str) -> String {
    let plain: String = name.nfkd().filter(|c| !is_combining_mark(*c)).take(NAME_CHARS_MAX).collect();
    let words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    file_name::entry(institution, &format!("{serial}-{}.pdf", words.join("_")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PledgeId;

    #[test]
    fn an_entry_s_name_has_the_serial_whole_and_as_much_of_the_name_as_fits() {
        let serial = Serial::of(PledgeId([7; 16]));
        let name = |name: &str| entry_name("16.71", serial, name);
        assert_eq!(name("Dr. H. Šárka O'Neil, S.E., M.Si."), format!("16.71/{serial}-Dr_H_Sarka_O_Neil_S_E_M_Si.pdf"));
        assert_eq!(name("../../etc/passwd"), format!("16.71/{serial}-etc_passwd.pdf"));
        let long = name(&"Muhammad ".repeat(30));
        assert!(long.contains(&serial.to_string()) && long.ends_with(".pdf"), "{long}");
    }
}

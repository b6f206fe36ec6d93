//! `manifest.csv`: one row for each certificate of an archive.

use crate::domain::formula_guard::guarded;
use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::Localizer;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{self, Read, Write};

/// A row.
pub struct ManifestRow {
    /// The certificate's entry in the archive; empty where it can't be printed.
    pub file: String,
    pub serial: String,
    pub name: String,
    pub institution_code: String,
    pub institution: String,
    /// The path of the unit; empty without one.
    pub unit: String,
    pub signed_at: UnixMillis,
    pub is_revoked: bool,
    /// Of the certificate.
    pub sha256: [u8; 32],
    /// Why it can't be printed.
    pub fault: Option<String>,
}

const HEADINGS: [&str; 10] =
    ["file", "serial", "name", "institution-code", "institution", "unit", "signed-at", "status", "sha256", "remark"];

/// A manifest that grows. It is kept compressed, some 70 bytes for each certificate.
pub struct CertificateManifest {
    rows: csv::Writer<DeflateEncoder<Vec<u8>>>,
    zone: Zone,
    words: Localizer,
}

impl CertificateManifest {
    /// Begins with a byte order mark, so that spreadsheets read names correctly.
    pub fn new(zone: Zone, words: Localizer) -> io::Result<Self> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all("\u{FEFF}".as_bytes())?;
        let mut rows = csv::Writer::from_writer(packed);
        rows.write_record(HEADINGS.map(|heading| words.t(&format!("certificates-manifest-{heading}"))))?;
        Ok(Self { rows, zone, words })
    }

    pub fn add(&mut self, row: &ManifestRow) -> io::Result<()> {
        let status = if row.is_revoked { "certificates-manifest-revoked" } else { "certificates-manifest-valid" };
        let sha256 = if row.fault.is_none() { HEXLOWER.encode(&row.sha256) } else { String::new() };
        let cells: [&str; 10] = [
            &row.file,
            &row.serial,
            &row.name,
            &row.institution_code,
            &row.institution,
            &row.unit,
            &self.zone.sortable(row.signed_at),
            &self.words.t(status),
            &sha256,
            row.fault.as_deref().unwrap_or_default(),
        ];
        Ok(self.rows.write_record(cells.map(|cell| guarded(cell).into_owned()))?)
    }

    /// The whole file.
    pub fn finish(self) -> io::Result<impl Read> {
        let packed = self.rows.into_inner().map_err(|error| error.into_error())?.finish()?;
        Ok(DeflateDecoder::new(io::Cursor::new(packed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_column_has_a_heading() {
        check_built_keys("certificates-manifest-{}", HEADINGS);
    }

    #[test]
    fn a_row_is_read_back_and_no_cell_is_a_formula() {
        let row = ManifestRow {
            file: "16/A.pdf".into(),
            serial: "A".into(),
            name: "=SUM(A1), \"S.E.\"".into(),
            institution_code: "16".into(),
            institution: "Kota; Palembang".into(),
            unit: "Dinas A / Bidang B".into(),
            signed_at: UnixMillis(1_700_000_000_000),
            is_revoked: true,
            sha256: [1; 32],
            fault: None,
        };
        let mut manifest = CertificateManifest::new(Zone::Wib, Localizer::default()).unwrap();
        manifest.add(&row).unwrap();
        manifest.add(&ManifestRow { file: String::new(), fault: Some("too long".into()), ..row }).unwrap();
        let mut written = String::new();
        manifest.finish().unwrap().read_to_string(&mut written).unwrap();
        let mut read = csv::Reader::from_reader(written.strip_prefix('\u{FEFF}').unwrap().as_bytes());
        let rows: Vec<csv::StringRecord> = read.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), &rows[0][2], &rows[0][4]), (2, "'=SUM(A1), \"S.E.\"", "Kota; Palembang"));
        assert_eq!((&rows[0][7], &rows[0][8]), ("dicabut", "01".repeat(32).as_str()));
        assert_eq!((&rows[1][0], &rows[1][8], &rows[1][9]), ("", "", "too long"));
    }
}

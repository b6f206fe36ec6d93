//! Workbooks with one sheet for each office, whose name says which it is.

use super::cell_text::tidy;
use super::header::Header;
use super::unit_names::UNIT_COLUMNS;
use crate::domain::institution::folded;
use std::collections::HashSet;
use std::sync::Arc;

/// Names of sheets that say nothing of an office, besides numbers and a copy's `(2)`.
const NO_OFFICE: &str = "|sheet|lembar|lembar kerja|worksheet|table|tabel|daftar|data|page|halaman|rekap|peserta|pegawai|\
    daftar peserta|daftar pegawai|data pegawai|nominatif|daftar nominatif|pns|cpns|pppk|p3k|asn|cpns pns|non asn|\
    non pns|thl|tkk|honorer|pppk paruh waktu|paruh waktu|penuh waktu|guru|struktural|fungsional|pelaksana|i|ii|iii|iv|\
    gol i|gol ii|gol iii|gol iv|golongan i|golongan ii|golongan iii|golongan iv|laki laki|perempuan|ok|fix|final|revisi";

/// The unit that a sheet's name stands for; `None` for a name such as `Sheet1` or `PNS`.
pub fn unit_of_sheet(name: &str) -> Option<String> {
    let folded = folded(name);
    let bare = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    (!NO_OFFICE.split('|').any(|none| none == bare)).then(|| tidy(name).into_owned())
}

/// The sheets of one file that hold people.
#[derive(Default)]
pub struct SheetUnits {
    sheets: Vec<(Arc<str>, u32)>,
    has_unit_column: bool,
}

impl SheetUnits {
    /// Notes a sheet with the row of its header.
    pub fn add(&mut self, sheet: Arc<str>, row: u32, header: &Header) {
        self.has_unit_column |= UNIT_COLUMNS.iter().any(|field| header.of(*field).is_some());
        self.sheets.push((sheet, row));
    }

    /// The sheets, if there are several, each name stands for a unit of its own, and no sheet has a column of units.
    pub fn offices(&self) -> &[(Arc<str>, u32)] {
        let units: HashSet<_> = self.sheets.iter().filter_map(|(sheet, _)| unit_of_sheet(sheet)).collect();
        let are_offices = !self.has_unit_column && units.len() >= 2 && units.len() == self.sheets.len();
        if are_offices { &self.sheets } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_offices_are_told_from_those_that_a_spreadsheet_gives() {
        for name in
            ["Sheet1", "Sheet 2", "Lembar1", "Sheet1 (2)", "1", "PNS", "PPPK", "Non-ASN", "Gol. III", "", "DATA"]
        {
            assert_eq!(unit_of_sheet(name), None, "{name}");
        }
        for name in ["Dinas Kesehatan", "SMPN 1", "DISDIK", "Kec. Tanjung Raja", "Datar Luas"] {
            assert_eq!(unit_of_sheet(name).as_deref(), Some(name));
        }
    }
}

//! Rows that aren't people: signatures below a table, totals, headings of groups, tables of units.
//!
//! A row with a name and a number of six digits or more is a person, whatever its words are. Of the others, one that is
//! recognised by its words is left out and told; a name that nothing else in its row makes a person is left to the one
//! who imports (see [`Numberless`]).

use super::field::Field;
use super::header::Header;
use super::row_values::{DIGITS_OF_A_NUMBER, RowValues, is_error_value, is_nobody};
use crate::domain::institution::folded;

/// What becomes of people whose row has no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numberless {
    /// They get a participant number if their row has a position, a kind of employment or a unit. In a sheet that has
    /// none of these columns, an institution is enough. The others are told as no participants.
    #[default]
    ByRow,
    /// All of them get a participant number.
    Participants,
    /// None of them is a participant.
    Skip,
}

/// Filled cells from which a row below a signature is part of the table again.
const CELLS_OF_A_PERSON: usize = 3;
/// Longest text that is compared with the words of a note, in bytes.
const NOTE_BYTES_MAX: usize = 400;

/// First words of what is written below a table. From here on rows belong to the signature until the table goes on.
const CLOSING: &str = "\
    mengetahui|diketahui|menyetujui|disetujui|mengesahkan|disahkan|ditetapkan|ditandatangani|tertanda|ttd|\
    tanda tangan|dibuat oleh|dibuat di|yang membuat|pembuat daftar|tembusan|catatan|kepala|plt|plh|bupati|\
    wakil bupati|wali kota|walikota|wakil wali kota|wakil walikota|gubernur|wakil gubernur|sekretaris|camat|\
    lurah|kasubbag|kasubag|kabag|kabid|direktur|inspektur|pejabat|pengelola kepegawaian|operator";
/// Who signs for another, after *a.n.* or *u.b.*
const FOR_ANOTHER: &str = "a n|an|u b|ub|pj";
/// First words of totals.
const TOTALS: &str = "jumlah|jml|total|subtotal|sub total|grand total|rekap|rekapitulasi";
/// First words of totals and of headings within a table.
const HEADING: &str = "\
    jumlah|jml|total|subtotal|sub total|grand total|rekap|rekapitulasi|dinas|badan|sekretariat|kecamatan|\
    kelurahan|desa|bidang|bagian|seksi|subbagian|sub bagian|subbag|sub bag|subbidang|sub bidang|subseksi|\
    sub seksi|upt|uptd|puskesmas|pustu|rsud|rumah sakit|sd|sdn|smp|smpn|sma|sman|smk|smkn|kantor|\
    inspektorat|satuan|satpol|balai|laboratorium|pemerintah|pemkab|pemkot|pemprov|kabupaten|kota|provinsi|\
    instansi|perangkat daerah|opd|skpd|unit kerja|golongan|eselon|daftar|lampiran|halaman|non asn|\
    tenaga honorer|tenaga kontrak|pegawai";
/// First words of what stands in the place of a name where there is nobody, or where the row above is meant.
const NOBODY: &str = "\
    kosong|lowong|vacant|belum ada|belum terisi|belum diisi|belum definitif|tidak ada|tdk ada|formasi|jabatan kosong|\
    jabatan lowong|dijabat|dirangkap|dst|dan seterusnya|dan lain lain|idem|sda|s d a";
/// Headings that are whole texts.
const GROUP: &str = "\
    pns|cpns|pppk|p3k|asn|non asn|non pns|pppk paruh waktu|honorer|thl|phl|guru|staf|struktural|fungsional|\
    pelaksana|perangkat desa|kepala desa|nama|no|nomor|unit";
const MONTHS: &str = "januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember";

#[derive(Clone, Copy, PartialEq, Eq)]
enum NoteKind {
    Closing,
    Heading,
}

/// Follows the rows of one sheet.
#[derive(Default)]
pub struct TableRows {
    is_below_table: bool,
    lists_units: bool,
    /// People on this sheet, and those with a number.
    people: u64,
    people_with_number: u64,
}

impl TableRows {
    pub fn of(header: &Header) -> Self {
        let has = |field: &Field| header.of(*field).is_some();
        let of_people = [
            Field::Identifier,
            Field::Number,
            Field::FrontTitle,
            Field::BackTitle,
            Field::Unit,
            Field::SubUnit,
            Field::Rank,
            Field::Grade,
            Field::Position,
            Field::Employment,
        ];
        Self { lists_units: has(&Field::UnitId) && !of_people.iter().any(has), ..Self::default() }
    }

    /// Counts a person.
    pub fn count(&mut self, values: &RowValues<'_>) {
        self.people += 1;
        self.people_with_number += u64::from(values.has(Field::Identifier) || values.has(Field::Number));
    }

    /// How many people there are, if none of them has a number; 0 otherwise.
    pub fn all_without_number(&self) -> u64 {
        if self.people_with_number == 0 { self.people } else { 0 }
    }

    /// Whether a row that can't be a person may name the unit or institution of the rows below it: it has no name, and
    /// is neither a total nor below the table.
    pub fn heads_a_block(&self, values: &RowValues<'_>) -> bool {
        let is_total = |(_, text): (Field, &str)| after_one_of(TOTALS, &folded(text)).is_some();
        !self.is_below_table && !values.is_filled(Field::Name) && !values.kept().any(is_total)
    }

    /// Whether the row can't be a person.
    pub fn excludes(&mut self, values: &RowValues<'_>) -> bool {
        let has_number = values.has(Field::Identifier) || values.has(Field::Number);
        let digits = if has_number { values.number_digits() } else { 0 };
        let has_name = values.is_filled(Field::Name);
        if digits >= DIGITS_OF_A_NUMBER && has_name {
            self.is_below_table = false;
            return false;
        }
        if values.kept().any(|(_, text)| is_error_value(text)) {
            return false;
        }
        let mut filled = values.kept().peekable();
        let name = values.text(Field::Name);
        let told = if has_name { note(&name) } else { filled.peek().and_then(|(_, text)| note(text)) };
        match told {
            Some(NoteKind::Closing) => {
                self.is_below_table = true;
                return true;
            }
            Some(NoteKind::Heading) => return true,
            None => {}
        }
        let cells = filled.count();
        if self.is_below_table && cells < CELLS_OF_A_PERSON.min(values.columns_known()) {
            return true;
        }
        self.is_below_table &= cells < CELLS_OF_A_PERSON;
        if !has_name && !values.has(Field::Number) {
            // A row of counts, such as a total whose word is in a column that isn't read.
            return values.kept().all(|(_, text)| is_count(text));
        }
        if has_number || !has_name {
            return false;
        }
        self.lists_units || is_nobody(&name) || repeats_its_unit(&name, values)
    }
}

/// Whether a name that has no number is a person by what else its row says. `has_unit` tells of a unit or parent unit.
pub fn is_person_by_row(values: &RowValues<'_>, has_unit: bool) -> bool {
    let has = |field: Field| values.is_filled(field) && values.has(field);
    let telling = [Field::Position, Field::Employment, Field::SubUnit, Field::Unit, Field::ParentUnit];
    has_unit
        || has(Field::Position)
        || has(Field::Employment)
        || (!telling.iter().any(|field| values.knows(*field))
            && (has(Field::Institution) || has(Field::InstitutionCode)))
}

fn repeats_its_unit(name: &str, values: &RowValues<'_>) -> bool {
    let name = folded(name);
    [Field::SubUnit, Field::Unit, Field::ParentUnit, Field::Institution]
        .iter()
        .any(|field| folded(&values.text(*field)) == name)
}

fn is_count(text: &str) -> bool {
    let digits = text.trim().replace(['.', ','], "");
    (1..=7).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a text is, if it isn't a name.
fn note(text: &str) -> Option<NoteKind> {
    if text.len() > NOTE_BYTES_MAX {
        return None;
    }
    let folded = folded(text);
    if folded.is_empty() {
        // Dots or a line to sign on.
        return (!text.trim().is_empty()).then_some(NoteKind::Heading);
    }
    let signs = after_one_of(FOR_ANOTHER, &folded).map_or(folded.as_str(), str::trim_start);
    if after_one_of(CLOSING, signs).is_some() || is_place_and_date(text, &folded) || is_number_below_a_name(&folded) {
        return Some(NoteKind::Closing);
    }
    let is_group = one_of(GROUP).any(|group| group == folded) || is_number_of_people(&folded);
    let is_nobody = after_one_of(NOBODY, &folded).is_some() || folded.chars().all(|c| c == 'x');
    (after_one_of(HEADING, &folded).is_some() || is_group || is_nobody).then_some(NoteKind::Heading)
}

fn one_of(list: &str) -> impl Iterator<Item = &str> {
    list.split('|')
}

/// What follows the first words of a text, if these are on the list.
fn after_one_of<'a>(list: &str, text: &'a str) -> Option<&'a str> {
    one_of(list).filter_map(|words| text.strip_prefix(words)).find(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// `Palembang, 5 Juli 2027`, also with the day or month left open.
fn is_place_and_date(text: &str, folded: &str) -> bool {
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut words = folded.rsplit(' ');
    words.next().is_some_and(|year| year.len() == 4 && is_number(year))
        && words.clone().all(|word| (is_number(word) && word.len() <= 2) || word.chars().all(char::is_alphabetic))
        && (words.any(|word| one_of(MONTHS).any(|month| month == word)) || text.contains(','))
}

/// `45 orang`, as it stands in a total whose word is in a column that isn't read.
fn is_number_of_people(folded: &str) -> bool {
    let number = folded.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    number.len() < folded.len() && after_one_of("orang|org|pegawai|peserta|jiwa|pns|pppk|asn", number).is_some()
}

/// `NIP. 19680101 199003 1 001`, as it is written below the name of who signs.
fn is_number_below_a_name(folded: &str) -> bool {
    folded.strip_prefix("nip").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_from_names() {
        for text in [
            "Mengetahui,",
            "MENGETAHUI :",
            "Kepala BKPSDM",
            "a.n. Bupati Lahat",
            "Plt. Kepala Dinas Sosial",
            "Palembang, 5 Juli 2027",
            "Indralaya,     Januari 2027",
            "NIP. 19680101 199003 1 001",
            "NIP 196801011990031001",
            "NIP.",
            "JUMLAH",
            "Jumlah PNS : 45",
            "Total",
            "DINAS KESEHATAN",
            "PNS",
            "Golongan III",
            "(..............)",
            "_________",
            "Bidang Promosi",
            "45 orang",
            "1.204 Pegawai",
            "(Formasi kosong)",
            "Belum ada pejabat",
            "Lowong / pensiun",
            "Dijabat Plt.",
            "dst.",
            "s.d.a",
            "xxx",
        ] {
            assert!(note(text).is_some(), "{text}");
        }
        for text in [
            "Siti Aminah",
            "A. N. Putra",
            "An Nisa Fitri",
            "Bulan Sari",
            "Guru Prasad",
            "Desi Kepala",
            "Kotana",
            "H. Jumlahari",
            "Mei Linda",
            "Ub. Rahman",
            "Badania",
            "Agustus Wijaya",
            "Pegawati",
            "Nipah Sari",
            "Juli 2027x",
            "Formasia",
            "Xaverius",
            "Idema Sari",
        ] {
            assert!(note(text).is_none(), "{text}");
        }
    }
}

//! Finds the header of a sheet among its first rows: one row, or two that are joined column by column, such as `Unit`
//! above `Induk` and `Kerja`.

use super::cell::{Cell, RawRow};
use super::column_choices::{ColumnChoices, HeadingKeys};
use super::fault::HeaderPlace;
use super::field::{ColumnSource, Field};
use super::header::{Candidates, HEADER_ROWS_MAX, Header, NAMES_OF_A_FIELD_MAX, field_of, headings};
use super::heading_words;

/// Most digits in a cell of a header's second row, as in `(18 digit)`.
const DIGITS_MAX: usize = 2;
/// Most digits of a heading, as in `Gaji 2026`.
const DIGITS_OF_A_LABEL_MAX: usize = 5;

/// Words of a heading above others that say no more than that the columns are about the person.
const ABOUT_THE_PERSON: &[&str] = &[
    "APARATUR",
    "ASN",
    "BIODATA",
    "CPNS",
    "DAFTAR",
    "DATA",
    "DAN",
    "DESA",
    "DIRI",
    "IDENTITAS",
    "KEPEGAWAIAN",
    "LENGKAP",
    "NAMA",
    "NEGARA",
    "NIP",
    "NOMOR",
    "NON",
    "ORANG",
    "P3K",
    "PEGAWAI",
    "PERANGKAT",
    "PESERTA",
    "PNS",
    "PPPK",
    "PRIBADI",
    "SIPIL",
    "YANG",
];
/// Words of a heading above others that say that the columns are about somebody else, or about earlier times.
const ABOUT_OTHERS: &[&str] = &[
    "ANAK",
    "ATASAN",
    "AYAH",
    "BENDAHARA",
    "IBU",
    "ISTRI",
    "KELUARGA",
    "LAMA",
    "OPERATOR",
    "ORTU",
    "PASANGAN",
    "PEJABAT",
    "PENANGGUNG",
    "PENANGGUNGJAWAB",
    "PENILAI",
    "PIMPINAN",
    "SEBELUMNYA",
    "SUAMI",
    "VERIFIKATOR",
    "WALI",
];
/// First words of a heading below another that make it a detail, such as *TMT* below *Jabatan*.
const DETAILS: &[&str] = &[
    "BLN",
    "BULAN",
    "HARI",
    "ID",
    "JENIS",
    "JML",
    "JUMLAH",
    "KELAS",
    "KETERANGAN",
    "KODE",
    "MASA",
    "NILAI",
    "NO",
    "NOMOR",
    "REMARKS",
    "SK",
    "TAHUN",
    "TANGGAL",
    "TGL",
    "THN",
    "TMT",
    "URUT",
];

/// A header, and the rows that it takes on its sheet.
pub struct HeaderRows {
    pub header: Header,
    /// Its first and last row.
    pub rows: (u32, u32),
    /// The first column right of its cells.
    pub beside: u32,
    /// The row of the first person where there is no header, since people say what the columns hold.
    pub begins_with: Option<u32>,
    /// The cells of its last row.
    headings: Vec<(u32, String)>,
}

/// Looks at the rows of a sheet from the top.
#[derive(Default)]
pub struct HeaderSearch {
    rows: u32,
    /// The row before, with its filled cells.
    before: Option<(u32, Vec<(u32, String)>)>,
}

impl HeaderSearch {
    /// Whether no header is looked for any further.
    pub fn is_over(&self) -> bool {
        self.rows >= HEADER_ROWS_MAX
    }

    /// The header that the next row is, by itself or together with the row above.
    pub fn find(&mut self, raw: &RawRow<'_>, choices: &ColumnChoices) -> Option<HeaderRows> {
        if self.is_over() {
            return None;
        }
        self.rows += 1;
        let own = headings(raw.cells);
        let are_headings = are_headings(raw.cells);
        let alone = alone(&own, choices, field_of);
        let beside = end(raw.cells.last().map(|(column, _)| *column));
        let above = self.before.take().filter(|(row, cells)| row + 1 == raw.row && !cells.is_empty());
        let pair = above.as_ref().filter(|_| are_headings).and_then(|(_, above)| joined(above, &own, choices));
        let known = |header: &Option<Header>| header.as_ref().map_or(0, Header::columns_known);
        if known(&pair) > known(&alone)
            && let Some(header) = pair
        {
            let beside = beside.max(end(header.headings.last().map(|(column, _)| *column)));
            return Some(HeaderRows { header, rows: (raw.row - 1, raw.row), beside, begins_with: None, headings: own });
        }
        if let Some(header) = alone.filter(|header| header.is_by_headings() || !is_data(raw.cells)) {
            return Some(HeaderRows { header, rows: (raw.row, raw.row), beside, begins_with: None, headings: own });
        }
        if choices.names(Field::Name) && is_data(raw.cells) {
            let blank = own.iter().map(|(column, _)| (*column, String::new())).collect::<Vec<_>>();
            if let Some(header) = self::alone(&blank, choices, |_| None) {
                let rows = (raw.row.saturating_sub(1), raw.row.saturating_sub(1));
                return Some(HeaderRows { header, rows, beside, begins_with: Some(raw.row), headings: vec![] });
            }
        }
        self.before = Some((raw.row, own));
        None
    }
}

impl HeaderRows {
    /// Where the header stands, if `first` is its first row.
    pub fn place(&self, first: u32) -> HeaderPlace {
        let header = &self.header;
        let columns = header.columns().iter();
        let said = columns.clone().map(|known| (known.column, known.source)).chain(header.not_kept.iter().copied());
        let remarks = header.headings.iter().filter(|(_, heading)| heading_words::says_remarks_of_check(heading));
        HeaderPlace {
            first,
            rows: if self.begins_with.is_some() { 0 } else { self.rows.1 - self.rows.0 + 1 },
            beside: self.beside,
            columns: columns.map(|known| (known.field, known.column)).collect(),
            said_last: said.filter(|(_, source)| *source == ColumnSource::Said).map(|(column, _)| column).max(),
            remarks: remarks.map(|(column, _)| *column).collect(),
        }
    }

    /// The header together with the row below it, if that is its second row and not a person's or a header of its own.
    pub fn going_on(&self, raw: &RawRow<'_>, choices: &ColumnChoices) -> Option<Self> {
        if self.begins_with.is_some()
            || self.rows.0 != self.rows.1
            || raw.row != self.rows.1 + 1
            || !are_headings(raw.cells)
        {
            return None;
        }
        let below = headings(raw.cells);
        let above = |column: u32| {
            let at = self.headings.binary_search_by_key(&column, |(column, _)| *column).ok()?;
            Some(self.headings[at].1.as_str())
        };
        let mut says_more = false;
        let mut spans = false;
        let mut spans_from = None;
        for (column, text) in &below {
            let own = field_of(text).map(|found| found.0);
            if let Some(above) = above(*column) {
                let field = field_of(above).map(|found| found.0);
                if field.is_some() && field == own {
                    return None;
                }
                let is_named = both(above, text).is_some() || own.is_some();
                let is_of_person = matches!(field, Some(Field::Name | Field::Identifier | Field::Number));
                if is_of_person && !is_named {
                    return None;
                }
                says_more |= is_named;
                spans_from = Some(*column);
            } else if spans_from.is_some_and(|before| before + 1 == *column) {
                spans = true;
                spans_from = Some(*column);
            } else {
                says_more |= own.is_some();
                spans_from = None;
            }
        }
        let header = (says_more || spans).then(|| joined(&self.headings, &below, choices)).flatten()?;
        let is_more = header.columns_known() >= self.header.columns_known();
        let beside = self.beside.max(end(raw.cells.last().map(|(column, _)| *column)));
        is_more.then_some(Self { header, rows: (self.rows.0, raw.row), beside, begins_with: None, headings: below })
    }
}

fn end(last: Option<u32>) -> u32 {
    last.map_or(0, |last| last + 1)
}

/// Whether the cells may be those of a header: text without numbers.
pub fn are_headings(cells: &[(u32, Cell)]) -> bool {
    let mut filled = cells.iter().filter(|(_, cell)| !cell.is_blank()).peekable();
    filled.peek().is_some()
        && filled.all(|(_, cell)| {
            let digits = cell.shown().bytes().filter(u8::is_ascii_digit).count();
            matches!(cell, Cell::Text(text) if digits <= DIGITS_MAX && text.chars().any(char::is_alphabetic))
        })
}

/// Whether one of the cells is a number or holds one of a person.
fn is_data(cells: &[(u32, Cell)]) -> bool {
    let mut filled = cells.iter().filter(|(_, cell)| !cell.is_blank());
    filled.any(|(_, cell)| {
        let text = cell.shown().trim();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        matches!(cell, Cell::Number(_)) || digits == text.len() || digits > DIGITS_OF_A_LABEL_MAX
    })
}

/// The header of two rows. A heading spans the columns right of it that are filled below and empty above.
fn joined(above: &[(u32, String)], below: &[(u32, String)], choices: &ColumnChoices) -> Option<Header> {
    let columns = columns(above, below);
    let found: Vec<_> = columns.iter().map(|column| (column, read_as(column))).collect();
    let of_names = |(column, found): &(&JoinedColumn, Option<(Field, usize)>)| {
        found.filter(|(field, _)| *field == Field::Name).map(|(_, preference)| (preference, column.group()))
    };
    let name = found.iter().filter_map(of_names).min_by_key(|(preference, _)| *preference);
    let group_of_name = name.and_then(|(_, group)| group);
    let read = found.into_iter().map(|(column, found)| {
        // The number below a heading that nobody knows is the person's only where the name stands there, too.
        let is_others = |(field, preference): &(Field, usize)| {
            let is_number = matches!(field, Field::Identifier | Field::Number);
            is_number && *preference >= 2 * NAMES_OF_A_FIELD_MAX && column.group() != group_of_name
        };
        (column.at, column.label(), found.filter(|found| !is_others(found)))
    });
    decided(read, choices)
}

/// The header of one row. `read` reads a heading.
fn alone(
    row: &[(u32, String)],
    choices: &ColumnChoices,
    read: impl Fn(&str) -> Option<(Field, usize)>,
) -> Option<Header> {
    decided(row.iter().map(|(column, heading)| (*column, heading.clone(), read(heading))), choices)
}

/// What a row may be if it is the header of a table, whether or not it is one.
pub fn likely_header(row: &[(u32, String)], choices: &ColumnChoices) -> Header {
    let (candidates, header) =
        decide(row.iter().map(|(column, heading)| (*column, heading.clone(), field_of(heading))), choices);
    Header { not_kept: header.not_kept, ..candidates.all(header.headings) }
}

/// The header of these columns, with their headings and what these name.
fn decided(columns: impl Iterator<Item = HeadedColumn>, choices: &ColumnChoices) -> Option<Header> {
    let (candidates, header) = decide(columns, choices);
    candidates.header(header.headings).map(|found| Header { not_kept: header.not_kept, ..found })
}

/// A column, its heading, and what the heading names.
type HeadedColumn = (u32, String, Option<(Field, usize)>);

/// The candidates of these columns, with headings and columns that aren't kept. What people say comes first.
fn decide(columns: impl Iterator<Item = HeadedColumn>, choices: &ColumnChoices) -> (Candidates, Header) {
    let mut candidates = Candidates::default();
    let mut header = Header::default();
    let mut keys = HeadingKeys::default();
    for (column, heading, found) in columns {
        let choice = if choices.is_empty() { None } else { choices.of(column, &keys.next(&heading)) };
        match (choice, found) {
            (Some((Some(field), source)), _) => candidates.choose(field, source, column, &heading),
            (Some((None, source)), _) => header.not_kept.push((column, source)),
            (None, Some(found)) => candidates.add(found, column, &heading),
            (None, None) => {}
        }
        header.headings.push((column, heading));
    }
    if candidates.len() >= 2 {
        let headings = &header.headings;
        let has_heading = |column: u32| headings.binary_search_by_key(&column, |(column, _)| *column).is_ok();
        for (column, field) in choices.unheaded(has_heading) {
            match field {
                Some(field) => candidates.choose(field, ColumnSource::Said, column, ""),
                None => header.not_kept.push((column, ColumnSource::Said)),
            }
        }
    }
    (candidates, header)
}

/// A column with what stands above and below.
struct JoinedColumn {
    at: u32,
    /// The column that the upper heading stands in, and the heading.
    above: Option<(u32, String)>,
    below: String,
}

impl JoinedColumn {
    /// The column of the upper heading.
    fn group(&self) -> Option<u32> {
        self.above.as_ref().map(|(at, _)| *at)
    }

    fn label(&self) -> String {
        match &self.above {
            Some((_, above)) if self.below.is_empty() => above.clone(),
            Some((_, above)) => format!("{above} {}", self.below),
            None => self.below.clone(),
        }
    }
}

fn columns(above: &[(u32, String)], below: &[(u32, String)]) -> Vec<JoinedColumn> {
    let mut all: Vec<u32> = above.iter().chain(below).map(|(column, _)| *column).collect();
    all.sort_unstable();
    all.dedup();
    let text = |row: &[(u32, String)], column: u32| {
        row.binary_search_by_key(&column, |(column, _)| *column).ok().map(|at| row[at].1.clone())
    };
    // The upper heading that goes on to the right, and the last column that it reaches.
    let mut span: Option<((u32, String), u32)> = None;
    let mut columns = vec![];
    for at in all {
        let below = text(below, at).unwrap_or_default();
        let own = text(above, at).map(|text| (at, text));
        let spanning = span.take().filter(|(_, last)| last + 1 == at && !below.is_empty()).map(|(heading, _)| heading);
        let above = own.or(spanning);
        span = above.clone().filter(|_| !below.is_empty()).map(|heading| (heading, at));
        columns.push(JoinedColumn { at, above, below });
    }
    columns
}

/// What two headings name together, in either order: `Unit Kerja`, `Nama Jabatan`.
fn both(above: &str, below: &str) -> Option<(Field, usize)> {
    field_of(&format!("{above} {below}")).or_else(|| field_of(&format!("{below} {above}")))
}

fn read_as(column: &JoinedColumn) -> Option<(Field, usize)> {
    let below = column.below.as_str();
    let Some((_, above)) = &column.above else { return field_of(below) };
    if below.is_empty() {
        return field_of(above);
    }
    let words = heading_words::words(above);
    let is_among = |list: &[&str], word: &String| list.contains(&word.as_str());
    if words.iter().any(|word| is_among(ABOUT_OTHERS, word)) {
        return None;
    }
    if let Some(found) = both(above, below) {
        return Some(found);
    }
    let (upper, lower) = (field_of(above), field_of(below));
    let is_about_person = words.iter().all(|word| is_among(ABOUT_THE_PERSON, word));
    let is_detail = heading_words::words(below).first().is_some_and(|word| is_among(DETAILS, word));
    let later = |times: usize| move |(field, preference)| (field, preference + times * NAMES_OF_A_FIELD_MAX);
    match (upper, lower) {
        (_, Some(lower)) if is_about_person => Some(lower),
        // The name of a unit or position, not of a person.
        (Some(upper), Some((Field::Name, _))) if !is_of_person(upper.0) => Some(later(1)(upper)),
        (_, Some(lower)) => Some(later(2)(lower)),
        (Some(upper), None) if !is_detail && !is_of_person(upper.0) => Some(later(1)(upper)),
        _ => None,
    }
}

fn is_of_person(field: Field) -> bool {
    matches!(field, Field::Name | Field::Identifier | Field::Number)
}

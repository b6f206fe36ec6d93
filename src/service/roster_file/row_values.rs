//! The cells of one row by field, tidied and checked one by one.

use super::cell::{Cell, RawRow};
use super::cell_text::{self, tidy};
use super::fault::FaultKind;
use super::field::Field;
use super::header::{Column, Header, is_label};
use super::titles::with_titles;
use crate::domain::characters::without_invisible;
use crate::domain::formula_guard::unguarded;
use crate::domain::identifier::{Identifier, IdentifierFault, begins_with_a_birth_date};
use crate::domain::participant::{LABEL_CHARS_MAX, SHORT_LABEL_CHARS_MAX, SHOWN_NAME_BYTES_MAX, SHOWN_NAME_CHARS_MAX};
use std::borrow::Cow;

/// Digits from which the number of a row speaks for a person, whatever its words are.
pub const DIGITS_OF_A_NUMBER: usize = 6;
/// Digits of an Indonesian identity card number (NIK).
const NIK_DIGITS: usize = 16;
/// Most digits that a spreadsheet keeps of a number.
const EXACT_DIGITS_MAX: usize = 15;

/// Signs that are in no name. Some programs write `?` for each letter that they can't.
const NO_NAME: &str = "@|:?*#={}[]<>\\~^_%$!+";
/// What stands for an empty cell, besides marks and zeros.
const NOTHING: &str =
    "tidak ada|tdk ada|belum ada|nihil|kosong|lowong|belum terisi|n/a|na|null|none|nil|blank|undefined|vacant";
/// Bytes of the longest of them.
const NOTHING_BYTES_MAX: usize = 12;
/// Values of a spreadsheet that stand for an error.
const ERROR_VALUES: &str = "#N/A|#NA|#REF!|#VALUE!|#NAME?|#DIV/0!|#NULL!|#NUM!|#SPILL!|#CALC!|#FIELD!|#BLOCKED!|\
    #CONNECT!|#GETTING_DATA|#UNKNOWN!|#BUSY!";

/// The kind of a row.
pub enum RowKind {
    Blank,
    /// Column numbers such as `(1) (2) (3)` or `a b c` below the header, or remarks in brackets about the columns.
    ColumnNumbers,
    SecondHeader,
    Person,
}

/// The cells of a row, accessed through the header of its sheet.
pub struct RowValues<'a> {
    header: &'a Header,
    cells: &'a [(u32, Cell)],
    /// The column and the cell of each field, in the order of the fields.
    known: [Option<(&'a Column, &'a Cell)>; Field::ALL.len()],
    is_hidden: bool,
}

/// A fault: its column, the value of the cell, and what is wrong.
pub type CellFault<'a> = (Option<&'a Column>, String, FaultKind);

impl<'a> RowValues<'a> {
    pub fn new(header: &'a Header, row: &'a RawRow<'_>) -> Self {
        let mut known = [None; Field::ALL.len()];
        for (at, cell) in row.cells {
            if let Some(column) = header.at(*at) {
                known[column.field as usize] = Some((column, cell));
            }
        }
        Self { header, cells: row.cells, known, is_hidden: row.is_hidden }
    }

    pub fn kind(&self, rows_below_header: u32) -> RowKind {
        let filled =
            || self.cells.iter().filter(|(column, cell)| self.header.at(*column).is_some() && !cell.is_blank());
        let count = filled().count();
        // Looking for labels is the longest work of these, and most rows have a number.
        let are_labels = || {
            // `NIP. ........` is a line to write on, below a signature.
            let is_heading = |cell: &Cell| is_label(cell) && !is_error_value(cell.shown()) && !is_line(cell.shown());
            let labels = filled().filter(|(_, cell)| is_heading(cell)).count();
            labels >= 2 || labels == count
        };
        if count == 0 {
            RowKind::Blank
        } else if rows_below_header <= 2 && are_column_numbers(filled().map(|(_, cell)| cell.shown()), count) {
            RowKind::ColumnNumbers
        } else if self.number_digits() < DIGITS_OF_A_NUMBER && are_labels() {
            RowKind::SecondHeader
        } else {
            RowKind::Person
        }
    }

    /// Whether the cell of this field holds something that doesn't stand for nothing.
    pub fn has(&self, field: Field) -> bool {
        self.cell(field).is_some_and(|(_, cell)| !stands_for_nothing(cell))
    }

    /// Whether a spreadsheet doesn't show the row.
    pub fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    /// Whether the sheet has a column of this field.
    pub fn knows(&self, field: Field) -> bool {
        self.header.of(field).is_some()
    }

    /// Number of columns that are read.
    pub fn columns_known(&self) -> usize {
        self.header.columns_known()
    }

    /// Whether the cell of this field shows anything.
    pub fn is_filled(&self, field: Field) -> bool {
        self.cell(field).is_some_and(|(_, cell)| !cell.is_blank())
    }

    /// What the filled cells of known columns show, from left to right.
    pub fn kept(&self) -> impl Iterator<Item = (Field, &'a str)> + use<'a> {
        let (header, cells) = (self.header, self.cells);
        let filled = cells.iter().filter(|(_, cell)| !cell.is_blank());
        filled.filter_map(|(column, cell)| header.at(*column).map(|known| (known.field, cell.shown())))
    }

    /// How many digits the cell has from which the number is read.
    pub fn number_digits(&self) -> usize {
        let of = |field: Field| self.cell(field).filter(|(_, cell)| !stands_for_nothing(cell));
        of(Field::Identifier)
            .or_else(|| of(Field::Number))
            .map_or(0, |(_, cell)| cell.shown().bytes().filter(u8::is_ascii_digit).count())
    }

    /// The text of the first cell in the row.
    pub fn first(&self) -> String {
        self.cells.first().map(|(_, cell)| cell.shown().to_owned()).unwrap_or_default()
    }

    fn cell(&self, field: Field) -> Option<(&'a Column, &'a Cell)> {
        self.known[field as usize]
    }

    /// What the cell of a field shows; empty if there is none.
    pub fn shown_in(&self, field: Field) -> &'a str {
        self.cell(field).map_or("", |(_, cell)| cell.shown())
    }

    /// The text of a field with white space collapsed and invisible characters removed; empty if there is none.
    pub fn text(&self, field: Field) -> Cow<'a, str> {
        self.cell(field).map(|(_, cell)| tidy(unguarded(cell.shown()))).unwrap_or_default()
    }

    /// As [`Self::text`]; empty if the text stands for nothing, too.
    pub fn optional(&self, field: Field) -> String {
        Some(self.text(field)).filter(|text| !stands_empty(text)).map(Cow::into_owned).unwrap_or_default()
    }

    /// A fault of this field's cell.
    pub fn fault(&self, field: Field, kind: FaultKind) -> CellFault<'a> {
        let value = self.cell(field).map(|(_, cell)| cell.shown().to_owned()).unwrap_or_default();
        (self.header.of(field), value, kind)
    }

    /// Adds the faults that do not depend on the field: formulas, error values, damaged cells, broken
    /// characters, excess length.
    pub fn cell_faults(&self, faults: &mut Vec<CellFault<'a>>) {
        for (at, cell) in self.cells {
            let Some(column) = self.header.at(*at) else { continue };
            if !column.field.is_kept() {
                continue;
            }
            let kind = match cell {
                Cell::Formula(_) => FaultKind::Formula,
                Cell::Error(_) => FaultKind::CellError,
                Cell::Text(text) if is_error_value(text) => FaultKind::CellError,
                Cell::Damaged(_) => FaultKind::BrokenText,
                Cell::Text(text) if is_broken(text) => FaultKind::BrokenText,
                Cell::Text(text) => match text_fault(column.field, unguarded(text)) {
                    Some(kind) => kind,
                    None => continue,
                },
                Cell::Number(_) => continue,
            };
            faults.push((Some(column), kind.shown(cell.shown()), kind));
        }
    }

    /// The identifier; `None` if the row has no number.
    pub fn identifier(&self, institution: &str) -> Result<Option<Identifier>, CellFault<'a>> {
        if let Some((_, cell)) = self.cell(Field::Identifier)
            && !stands_for_nothing(cell)
        {
            return national(cell).map(Some).map_err(|kind| self.fault(Field::Identifier, kind));
        }
        match self.cell(Field::Number) {
            Some((_, cell)) if !stands_for_nothing(cell) => {
                local(cell, institution).map(Some).map_err(|kind| self.fault(Field::Number, kind))
            }
            _ => Ok(None),
        }
    }

    /// The name with its titles, each added only if the name does not contain it already.
    pub fn shown_name(&self) -> Result<String, CellFault<'a>> {
        let name = self.text(Field::Name);
        if is_nobody(&name) && !name.chars().any(char::is_numeric) {
            return Err(self.fault(Field::Name, FaultKind::NameMissing));
        }
        if name.chars().any(char::is_numeric) {
            return Err(self.fault(Field::Name, FaultKind::NameHasDigits));
        }
        if let Some(sign) = name.chars().find(|c| NO_NAME.contains(*c)) {
            return Err(self.fault(Field::Name, FaultKind::NameHasSign { sign }));
        }
        let (mut front, mut back) = (self.text(Field::FrontTitle), self.text(Field::BackTitle));
        for titles in [&mut front, &mut back] {
            if stands_empty(titles) {
                *titles = Cow::default();
            }
        }
        let shown = with_titles(&front, &name, &back);
        if shown.chars().count() > SHOWN_NAME_CHARS_MAX {
            return Err(self.fault(Field::Name, FaultKind::TooLong { limit: SHOWN_NAME_CHARS_MAX }));
        }
        if shown.len() > SHOWN_NAME_BYTES_MAX {
            return Err(self.fault(Field::Name, FaultKind::NameBytes { bytes: shown.len() }));
        }
        Ok(shown)
    }

    /// Rank and grade, as in `Penata (III/c)`, or the one that is given.
    pub fn rank(&self) -> String {
        let (rank, grade) = (self.text(Field::Rank), self.text(Field::Grade));
        match (stands_empty(&rank), stands_empty(&grade)) {
            (true, true) => String::new(),
            (true, false) => grade.into_owned(),
            (false, true) => rank.into_owned(),
            (false, false) if rank.contains(&*grade) => rank.into_owned(),
            (false, false) => format!("{rank} ({grade})"),
        }
    }
}

/// Letters of the longest Roman numeral up to 22, `XVIII`.
const ROMAN_LETTERS_MAX: usize = 5;

/// Whether texts number or letter the columns, also in Roman numerals, or are all in brackets. One letter by itself may
/// be a name.
fn are_column_numbers<'a>(mut texts: impl Iterator<Item = &'a str>, count: usize) -> bool {
    texts.all(|text| {
        let text = text.trim();
        let bare = text.trim_matches(['(', ')', '[', ']', '.', '-', ' ']);
        let letter = bare.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = bare.len() - letter.len();
        let is_number = (1..=2).contains(&digits) && letter.is_empty();
        let is_lettered =
            count >= 2 && digits <= 2 && letter.len() == 1 && letter.bytes().all(|c| c.is_ascii_alphabetic());
        let is_roman = count >= 2
            && (1..=ROMAN_LETTERS_MAX).contains(&bare.len())
            && bare.bytes().all(|c| matches!(c.to_ascii_uppercase(), b'I' | b'V' | b'X'));
        is_number
            || is_lettered
            || is_roman
            || (count >= 2 && text.len() > 2 && text.starts_with('(') && text.ends_with(')'))
    })
}

/// What refuses a text cell of this field. Numbers have rules of their own, and may be longer by what nobody sees.
fn text_fault(field: Field, text: &str) -> Option<FaultKind> {
    let limit = match field {
        Field::Identifier | Field::Number => {
            let is_too_long = text.len() > SHORT_LABEL_CHARS_MAX && tidy(text).chars().count() > SHORT_LABEL_CHARS_MAX;
            if cell_text::is_formula(text) {
                return Some(FaultKind::Formula);
            }
            return is_too_long.then_some(FaultKind::TooLong { limit: SHORT_LABEL_CHARS_MAX });
        }
        // Not printed: a word that isn't known is told.
        Field::Employment | Field::CivilStatus => return cell_text::is_formula(text).then_some(FaultKind::Formula),
        Field::SubUnit | Field::Unit | Field::ParentUnit | Field::Institution | Field::Position => LABEL_CHARS_MAX,
        Field::Name => SHOWN_NAME_CHARS_MAX,
        _ => SHORT_LABEL_CHARS_MAX,
    };
    cell_text::fault(text, limit)
}

fn national(cell: &Cell) -> Result<Identifier, FaultKind> {
    let text = &*without_invisible(cell.shown());
    if matches!(cell, Cell::Number(_)) || is_scientific(text) {
        return Err(FaultKind::NumericIdentifier);
    }
    if let Some(kind) = other_than_a_number(text) {
        return Err(kind);
    }
    Identifier::parse(text).map_err(|fault| match fault {
        IdentifierFault::Length if digits(text) == Some(NIK_DIGITS) => FaultKind::LooksLikeNik,
        fault => FaultKind::Identifier(fault),
    })
}

/// A participant number, either `ISSUER-NUMBER` or one issued by the institution of the row.
fn local(cell: &Cell, institution: &str) -> Result<Identifier, FaultKind> {
    let text = tidy(&without_invisible(cell.shown())).replace(' ', "");
    let text = text.trim_start_matches('\'');
    if is_scientific(text) || (matches!(cell, Cell::Number(_)) && digits(text).is_none_or(|n| n > EXACT_DIGITS_MAX)) {
        return Err(FaultKind::NumericIdentifier);
    }
    if let Some(kind) = other_than_a_number(text) {
        return Err(kind);
    }
    match digits(text) {
        Some(NIK_DIGITS) => Err(FaultKind::LooksLikeNik),
        // A NIP or NI PPPK in the column for participant numbers.
        Some(18) => Identifier::parse(text).map_err(FaultKind::Identifier),
        // One with a digit missing, or one too many.
        Some(17 | 19) if begins_with_a_birth_date(text) => Err(FaultKind::Identifier(IdentifierFault::Length)),
        _ => match text.split_once('-') {
            Some((issuer, number)) if issuer.eq_ignore_ascii_case(institution) => Identifier::number(issuer, number),
            _ => Identifier::number(institution, text),
        }
        .map_err(|_| FaultKind::ParticipantNumber),
    }
}

/// What a text is that stands where a number belongs: a word, or a date such as `01-01-1980` or `1980-01-01`.
fn other_than_a_number(text: &str) -> Option<FaultKind> {
    let text = text.trim();
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Some(FaultKind::NumberIsWord);
    }
    if text.len() > "01-01-1980".len() {
        return None;
    }
    let mut parts = text.split(['-', '/']).map(|part| part.parse::<u16>().unwrap_or(u16::MAX));
    let (one, month, other) = (parts.next()?, parts.next()?, parts.next()?);
    let is_date = |day: u16, year: u16| (1..=31).contains(&day) && (1900..=2100).contains(&year);
    let is_date = parts.next().is_none() && (1..=12).contains(&month) && (is_date(one, other) || is_date(other, one));
    is_date.then_some(FaultKind::NumberIsDate)
}

/// The number of digits; `None` if there are other characters.
fn digits(text: &str) -> Option<usize> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').collect();
    bare.bytes().all(|byte| byte.is_ascii_digit()).then_some(bare.len())
}

/// Whether the text is in scientific notation such as `1.97001E+17`, as a spreadsheet shows a long number and saves it
/// to CSV.
fn is_scientific(text: &str) -> bool {
    text.trim().split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        !mantissa.is_empty()
            && mantissa.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
            && !exponent.is_empty()
            && exponent.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a cell stands for an empty one, such as `-` or 0.
pub fn stands_for_nothing(cell: &Cell) -> bool {
    matches!(cell, Cell::Text(text) if stands_empty(&tidy(text)))
        || matches!(cell, Cell::Number(number) if number.parse::<f64>().is_ok_and(|number| number == 0.0))
}

/// Whether a text stands for an empty cell, such as `-` or `nihil`.
pub fn stands_empty(text: &str) -> bool {
    if text.chars().all(|c| matches!(c, '-' | '\u{2013}' | '\u{2014}' | '.' | '0' | '\'' | ' ')) {
        return true;
    }
    let bare = text.trim_matches(['(', ')', '[', ']', '<', '>', ' ']);
    bare.len() <= NOTHING_BYTES_MAX && NOTHING.split('|').any(|nothing| bare.eq_ignore_ascii_case(nothing))
}

/// Whether a name stands for nobody: it stands for an empty cell, or has no letter.
pub fn is_nobody(name: &str) -> bool {
    stands_empty(name) || !name.chars().any(char::is_alphabetic)
}

/// Whether a text is what a spreadsheet shows in place of a value, such as `#N/A`, as CSV files keep it.
pub fn is_error_value(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('#')
        && (ERROR_VALUES.split('|').any(|value| text.eq_ignore_ascii_case(value))
            || (text.len() > 3 && text.bytes().all(|byte| byte == b'#')))
}

/// Whether a text has a line to write on, of dots or underscores.
fn is_line(text: &str) -> bool {
    text.contains("...") || text.contains("___") || text.contains('…')
}

fn is_broken(text: &str) -> bool {
    let is_broken = |c| c == '\u{FFFD}' || matches!(c, '\u{0}'..='\u{8}' | '\u{E}'..='\u{1F}' | '\u{7F}'..='\u{9F}');
    !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.chars().any(is_broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::roster_file::header::find_header;

    fn row(cells: &str) -> Vec<(u32, Cell)> {
        (0..).zip(cells.split(';')).map(|(column, cell)| (column, Cell::Text(cell.into()))).collect()
    }

    #[test]
    fn labels_are_a_second_header_only_in_a_row_without_a_number() {
        let header = find_header(&row("NIP;NAMA;UNIT KERJA")).unwrap();
        for (cells, is_header) in [
            ("NIP;NAMA;UNIT KERJA", true),
            ("12345;NAMA;UNIT KERJA", true),
            ("-;NAMA;Dinas Sosial", false),
            ("198001012005012001;NAMA;UNIT KERJA", false),
        ] {
            let row = row(cells);
            let raw = RawRow { row: 9, is_hidden: false, cells: &row };
            assert_eq!(matches!(RowValues::new(&header, &raw).kind(8), RowKind::SecondHeader), is_header, "{cells}");
        }
    }

    #[test]
    fn words_for_nothing_are_known_up_to_the_longest() {
        assert_eq!(NOTHING.split('|').map(str::len).max(), Some(NOTHING_BYTES_MAX));
        for text in ["", " - ", "00", "(Belum Terisi)", "[NIHIL]", "< n/a >"] {
            assert!(stands_empty(text), "{text}");
        }
        for text in ["belum terisi semua", "nil 1", "1", "Na'im"] {
            assert!(!stands_empty(text), "{text}");
        }
    }
}

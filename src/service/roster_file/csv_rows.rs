//! Rows of a CSV file (RFC 4180, separated by `,` `;` `|` or tab). Lines end in CR LF, LF or CR, also mixed.

use super::RosterFileError;
use super::budget::Budget;
use super::cell::{COLUMNS_MAX, Cell, ColumnNeed, PROGRESS_EVERY_ROWS, RawRow, RowSink};
use super::column_choices::ColumnChoices;
use super::csv_quotes::reader;
use super::csv_records::{TextShape, each_record};
use super::header::HEADER_ROWS_MAX;
use super::header_rows::HeaderSearch;
use super::text_encoding;
use super::xml::unescaped;
use csv::ByteRecord;
use encoding_rs::{Encoding, UTF_8};
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;

/// Bytes at the start of a file that are examined to find its separator.
const SAMPLE_BYTES_MAX: u64 = 256 * 1024;
const SEPARATORS: [u8; 4] = *b";,\t|";

/// Passes the rows to the sink, as one sheet without a name.
pub fn read(mut file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    let encoding = text_encoding::detect(&file, budget)?;
    file.seek(SeekFrom::Start(0))?;
    let mut sample = Vec::new();
    (&file).take(SAMPLE_BYTES_MAX).read_to_end(&mut sample)?;
    file.seek(SeekFrom::Start(0))?;
    let total = file.metadata()?.len();
    let shape = shape(&sample, encoding);
    sink.sheet("");
    let mut cells = Vec::new();
    each_record(file, shape, |record| {
        budget.step(1 + record.cells.len() as u64)?;
        if let Some(fault) = record.fault.take() {
            return Err(fault);
        }
        fill(&mut cells, &record.cells, encoding, |column| sink.need(column) != ColumnNeed::Unneeded);
        cells.iter().try_for_each(|(_, cell)| budget.text(cell.shown().len()))?;
        let row = record.row;
        if row.is_multiple_of(PROGRESS_EVERY_ROWS) && sink.progress(record.read, total).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        Ok(sink.row(RawRow { row, is_hidden: false, cells: &cells }))
    })
}

/// The separator that yields the most known column names near the top, and the number of columns of that row.
fn shape(sample: &[u8], encoding: &'static Encoding) -> TextShape {
    let found = |separator: u8| {
        let mut reader = reader(sample, separator);
        let (mut record, mut cells) = (ByteRecord::new(), Vec::new());
        let mut best = (0, 0);
        // Without a known name, the separator that yields the same number of cells in the most rows.
        let mut lengths: HashMap<usize, usize> = HashMap::new();
        let mut search = HeaderSearch::default();
        for row in 1..=HEADER_ROWS_MAX {
            if !reader.read_byte_record(&mut record).unwrap_or(false) {
                break;
            }
            fill(&mut cells, &record, encoding, |_| true);
            if let Some(found) =
                search.find(&RawRow { row, is_hidden: false, cells: &cells }, &ColumnChoices::default())
            {
                best = best.max((found.header.columns_known(), record.len()));
            }
            *lengths.entry(record.len()).or_default() += 1;
        }
        let same = lengths.into_iter().filter(|(cells, _)| *cells > 1).map(|(_, rows)| rows).max().unwrap_or(0);
        (best, if best.0 == 0 { same } else { 0 })
    };
    let all = SEPARATORS.into_iter().rev().map(|separator| (found(separator), separator));
    let known = |(((known, _), same), _): &(((usize, usize), usize), u8)| (*known, *same);
    let (((_, columns), _), separator) = all.max_by_key(known).expect("there are separators");
    TextShape { separator, columns }
}

/// Makes the filled cells of a row of the record's fields, of those columns that are wanted.
fn fill(cells: &mut Vec<(u32, Cell)>, record: &ByteRecord, encoding: &'static Encoding, wants: impl Fn(u32) -> bool) {
    cells.clear();
    for (column, field) in (0u32..).zip(record) {
        let column = column.min(COLUMNS_MAX);
        let is_taken = column == COLUMNS_MAX && cells.last().is_some_and(|(last, _)| *last == column);
        if !field.is_empty() && !is_taken && wants(column) {
            let text = if encoding == UTF_8 {
                String::from_utf8_lossy(field)
            } else {
                encoding.decode_without_bom_handling(field).0
            };
            cells.push((column, Cell::Text(unescaped(unguarded(&text).to_owned()))));
        }
    }
}

/// Removes the guard `="1970…"`, which exports write so that a spreadsheet does not read a number as numeric.
fn unguarded(text: &str) -> &str {
    let text = text.trim_start_matches('\u{FEFF}');
    text.strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::roster_file::budget::STEPS_MAX;
    use crate::service::roster_file::cell::Merged;
    use std::io::Write;
    use std::ops::ControlFlow;

    #[derive(Default)]
    struct Kept(Vec<(u32, Vec<String>)>);

    impl RowSink for Kept {
        fn sheet(&mut self, _: &str) {}
        fn need(&self, _: u32) -> ColumnNeed {
            ColumnNeed::Needed
        }
        fn row(&mut self, row: RawRow<'_>) -> ControlFlow<()> {
            self.0.push((row.row, row.cells.iter().map(|(_, cell)| cell.shown().to_owned()).collect()));
            ControlFlow::Continue(())
        }
        fn merged(&mut self, _: Merged) {}
        fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }

    fn rows(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let mut kept = Kept::default();
        read(File::open(file.path()).unwrap(), &mut kept, &Budget::for_test(STEPS_MAX)).unwrap();
        kept.0
    }

    #[test]
    fn separators_are_found_by_the_header() {
        for separator in [",", ";", "\t", "|"] {
            let text =
                format!("Daftar, per 1; Juli\nNIP{separator}Nama{separator}OPD\n1{separator}\"A, B; C\"{separator}D\n");
            assert_eq!(rows(text.as_bytes())[2].1, ["1", "A, B; C", "D"], "separated by {separator:?}");
        }
    }

    fn numbers(bytes: &[u8]) -> Vec<u32> {
        rows(bytes).into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_does() {
        for end in ["\n", "\r\n", "\r"] {
            for inner in ["\n", "\r\n", "\r"] {
                for (mark, last) in [("", ""), ("", end), ("\u{FEFF}", ""), ("\u{FEFF}", end)] {
                    let text = ["NIP;Nama", "", &format!("1;\"A{inner}B\""), "2;C"].join(end);
                    let numbered = numbers(format!("{mark}{text}{last}").as_bytes());
                    assert_eq!(numbered, [1, 3, 4], "ends {end:?}, in quotes {inner:?}, last {last:?}, mark {mark:?}");
                }
            }
        }
    }

    #[test]
    fn rows_of_mixed_line_ends_are_numbered_as_a_spreadsheet_does() {
        assert_eq!(numbers(b"NIP;Nama\r\n1;A\n2;B\r3;C\r\n4;D\r5;E\n6;F"), [1, 2, 3, 4, 5, 6, 7]);
        // Blank lines between, of each kind. LF CR is two line ends.
        assert_eq!(numbers(b"\rNIP;Nama\r\r\n1;A\n\r2;B\n\n\n3;C\r\r\r4;D\r\n\r\n"), [2, 4, 6, 9, 12]);
        // Line ends in quotes belong to their record.
        assert_eq!(numbers(b"NIP;Nama\r1;\"A\rB\r\nC\nD\"\r\n\r\n2;\"\r\"\n3;C"), [1, 2, 4, 5]);
        assert_eq!(rows(b"1;\"A\rB\r\nC\nD\"\r")[0].1[1], "A\nB\nC\nD");
    }

    #[test]
    fn a_row_that_the_end_of_the_file_ends_has_its_own_number() {
        for last in ["2;B", "2;\"B\"", "2;\"B\n\"", "2;\"B\r\n\"", "2;\"B\r\"", "2;\"\r\r\"", "2;B\""] {
            assert_eq!(numbers(format!("NIP;Nama\r\n1;A\r\n{last}").as_bytes()), [1, 2, 3], "{last:?}");
        }
    }

    /// The reader fetches blocks; CR LF on the edge of two is one line end.
    #[test]
    fn a_line_end_across_two_blocks_is_one() {
        for length in 8 * 1024 - 12..8 * 1024 + 4 {
            let text = format!("NIP;Nama\r\n1;{}\r\n2;B\r\n", "a".repeat(length));
            assert_eq!(numbers(text.as_bytes()), [1, 2, 3], "{length}");
        }
    }

    #[test]
    fn guards_and_other_encodings_are_read() {
        assert_eq!(rows(b"NIP,Nama\n=\"0042\",Andr\xE9\n")[1].1, ["0042", "André"]);
    }
}

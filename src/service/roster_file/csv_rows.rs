//! Rows of a CSV file (RFC 4180, separated by `,` `;` or tab). Lines end in CR LF, LF or CR, also mixed.

use super::RosterFileError;
use super::budget::{Budget, TOKEN_BYTES_MAX};
use super::cell::{COLUMNS_MAX, Cell, ColumnNeed, PROGRESS_EVERY_ROWS, RawRow, RowSink};
use super::header::{HEADER_ROWS_MAX, find_header};
use super::line_feeds::LineFeeds;
use super::text_encoding;
use super::xml::unescaped;
use csv::{ByteRecord, Reader, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Bytes at the start of a file that are examined to find its separator.
const SAMPLE_BYTES_MAX: u64 = 256 * 1024;
const SEPARATORS: [u8; 3] = *b";,\t";

/// Passes the rows to the sink, as one sheet without a name.
pub fn read(mut file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    let encoding = text_encoding::detect(&file, budget)?;
    file.seek(SeekFrom::Start(0))?;
    let mut sample = Vec::new();
    (&file).take(SAMPLE_BYTES_MAX).read_to_end(&mut sample)?;
    file.seek(SeekFrom::Start(0))?;
    let total = file.metadata()?.len();
    let mut again = file.try_clone()?;
    let separator = separator(&sample, encoding);
    let mut reader = reader(LineFeeds::new(budget.count(file)), separator);
    sink.sheet("");
    let mut rows = Rows { encoding, record: ByteRecord::new(), inner_lines: 0, cells: Vec::new() };
    loop {
        budget.token_done();
        let begins = reader.position().byte();
        let more = reader.read_byte_record(&mut rows.record).map_err(|error| {
            if budget.is_token_too_long() {
                endless_row(&mut again, begins, separator)
            } else {
                budget.told(error.into())
            }
        })?;
        if !more {
            return Ok(());
        }
        budget.step(1 + rows.record.len() as u64)?;
        let line = reader.position().line();
        // The line on which the record ends. A line end has carried the reader to the next line, the file's end hasn't.
        let last_line = if reader.get_ref().is_at_end() { line } else { line - 1 };
        let row = rows.take(last_line, |column| sink.need(column) != ColumnNeed::Unneeded);
        rows.cells.iter().try_for_each(|(_, cell)| budget.text(cell.shown().len()))?;
        if row.is_multiple_of(PROGRESS_EVERY_ROWS) && sink.progress(budget.inflated(), total).is_break() {
            return Ok(());
        }
        if sink.row(RawRow { row, cells: &rows.cells }).is_break() {
            return Ok(());
        }
    }
}

/// Why the row that begins at this byte, counted with one byte for each line end, exceeds the limit: a quotation mark
/// that is not closed and so swallows the lines after it, or its length alone.
fn endless_row(file: &mut File, begins: u64, separator: u8) -> RosterFileError {
    match row_at(file, begins) {
        Ok(row) if takes_lines_in(&row, separator) => RosterFileError::QuoteNotClosed,
        Ok(_) => RosterFileError::RowTooLong,
        Err(error) => error.into(),
    }
}

fn row_at(file: &mut File, begins: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut lines = LineFeeds::new(file);
    io::copy(&mut lines.by_ref().take(begins), &mut io::sink())?;
    let mut row = Vec::new();
    lines.take(TOKEN_BYTES_MAX).read_to_end(&mut row)?;
    Ok(row)
}

/// Whether a quotation mark is still open at the end of these bytes, so that the following bytes belong to the cell,
/// line ends included. The reader itself decides, because a mark within a cell opens nothing (RFC 4180, section 2).
fn takes_lines_in(row: &[u8], separator: u8) -> bool {
    let mut reader = reader(row.chain(&b"\n-\n"[..]), separator);
    let mut record = ByteRecord::new();
    let is_first = reader.read_byte_record(&mut record).unwrap_or(false);
    is_first && !reader.read_byte_record(&mut record).unwrap_or(false)
}

fn reader<R: Read>(from: R, separator: u8) -> Reader<R> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(from)
}

/// The separator that yields the most known column names near the top.
fn separator(sample: &[u8], encoding: &'static Encoding) -> u8 {
    let found = |separator: u8| {
        let mut reader = reader(sample, separator);
        let mut rows = Rows { encoding, record: ByteRecord::new(), inner_lines: 0, cells: Vec::new() };
        let mut best = 0;
        for _ in 0..HEADER_ROWS_MAX {
            if !reader.read_byte_record(&mut rows.record).unwrap_or(false) {
                break;
            }
            rows.take(0, |_| true);
            if let Some(header) = find_header(&rows.cells) {
                best = best.max(header.columns_known());
            }
        }
        best
    };
    SEPARATORS.into_iter().rev().max_by_key(|separator| found(*separator)).expect("there are separators")
}

struct Rows {
    encoding: &'static Encoding,
    record: ByteRecord,
    /// Line ends within cells so far. A spreadsheet does not count them as rows.
    inner_lines: u64,
    cells: Vec<(u32, Cell)>,
}

impl Rows {
    /// Turns the record into cells and returns its row number. `last_line` is the line on which it ends.
    fn take(&mut self, last_line: u64, wants: impl Fn(u32) -> bool) -> u32 {
        self.cells.clear();
        for (column, field) in (0u32..).zip(&self.record) {
            self.inner_lines += field.iter().filter(|byte| **byte == b'\n').count() as u64;
            if !field.is_empty() && column < COLUMNS_MAX && wants(column) {
                let text = if self.encoding == UTF_8 {
                    String::from_utf8_lossy(field)
                } else {
                    self.encoding.decode_without_bom_handling(field).0
                };
                self.cells.push((column, Cell::Text(unescaped(unguarded(&text).to_owned()))));
            }
        }
        u32::try_from(last_line.saturating_sub(self.inner_lines)).unwrap_or(u32::MAX)
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
        for separator in [",", ";", "\t"] {
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
        for open in ["2;B", "2;\"B", "2;\"B\n", "2;\"B\r\n", "2;\"B\r", "2;\"\r\r"] {
            assert_eq!(numbers(format!("NIP;Nama\r\n1;A\r\n{open}").as_bytes()), [1, 2, 3], "{open:?}");
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
    fn only_a_row_with_a_quotation_mark_left_open_is_told_to_close_it() {
        let endless = usize::try_from(TOKEN_BYTES_MAX).unwrap() + (64 << 10);
        let refused = |begins: &str, goes_on: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            // The rows before it contain quotation marks, too.
            write!(file, "NIP;Nama\n1;\"Siti \"\"S\"\"\"\n{begins}").unwrap();
            file.write_all(goes_on.repeat(endless / goes_on.len()).as_bytes()).unwrap();
            let budget = Budget::for_test(STEPS_MAX);
            read(File::open(file.path()).unwrap(), &mut Kept::default(), &budget).unwrap_err().key()
        };
        for (begins, goes_on) in [("2;\"Budi", "\n3;Tono"), ("2;\"", " "), ("2;\"Budi \"\"B\"\"", "\r\n")] {
            assert_eq!(refused(begins, goes_on), "quote-not-closed", "{begins:?}");
        }
        // Within a cell a mark opens nothing.
        for (begins, goes_on) in [("2;Budi \"B", "x"), ("2;\"Budi\" B\"", "x"), ("2;5\" \"a\" \"", "y;")] {
            assert_eq!(refused(begins, goes_on), "row-too-long", "{begins:?}");
        }
        for (begins, goes_on) in [("2;Budi\" B;\"", "\n3;Tono"), ("2;5\";\"x", "\n")] {
            assert_eq!(refused(begins, goes_on), "quote-not-closed", "{begins:?}");
        }
        for (begins, goes_on) in [("2;", "Budi;"), ("2;", "x"), ("2;\"Budi\";", "x"), ("", "\"x\";"), ("", "\0")] {
            assert_eq!(refused(begins, goes_on), "row-too-long", "{begins:?} {goes_on:?}");
        }
    }

    #[test]
    fn guards_and_other_encodings_are_read() {
        assert_eq!(rows(b"NIP,Nama\n=\"0042\",Andr\xE9\n")[1].1, ["0042", "André"]);
    }
}

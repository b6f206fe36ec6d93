//! Quotation marks of a CSV file that aren't closed where they should be, so that a cell takes in the rows below it.
//!
//! Line ends within quotation marks are allowed (RFC 4180, section 2), so the reader sees nothing wrong. A cell that is
//! still open when the file ends, one that holds a further row, and a mark without a partner give it away.

use super::RosterFileError;
use super::budget::TOKEN_BYTES_MAX;
use super::line_feeds::{LineFeeds, line_feeds};
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A file from the beginning of one of its rows, as far as a row may go.
pub struct Tail {
    bytes: Vec<u8>,
    /// The line on which it begins, from 1.
    line: u64,
}

impl Tail {
    /// The row that begins at this byte, counted with one byte for each line end.
    pub fn at(file: &mut File, begins: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(0))?;
        let mut lines = LineFeeds::new(file);
        let mut above = LinesAbove(0);
        io::copy(&mut lines.by_ref().take(begins), &mut above)?;
        let mut bytes = Vec::new();
        lines.take(TOKEN_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(Self { bytes, line: above.0 + 1 })
    }

    /// Whether a quotation mark is still open at the end of these bytes, so that the following bytes belong to the
    /// cell, line ends included.
    pub fn is_open(&self, separator: u8) -> bool {
        self.open_cell(separator).is_some()
    }

    /// Why a row that begins here and exceeds the limit is refused: a quotation mark that isn't closed, or its length.
    pub fn too_long(&self, separator: u8) -> RosterFileError {
        match self.open_cell(separator) {
            Some(line) => RosterFileError::QuoteNotClosed { line },
            None => RosterFileError::RowTooLong,
        }
    }

    /// The line on which the cell begins that is open at the end. The reader itself decides, because a mark within a
    /// cell opens nothing.
    fn open_cell(&self, separator: u8) -> Option<u64> {
        let mut reader = reader(self.bytes.chain(&b"\n-\n"[..]), separator);
        let mut record = ByteRecord::new();
        let is_first = reader.read_byte_record(&mut record).unwrap_or(false);
        let last = line_feeds(record.iter().next_back().unwrap_or_default());
        let takes_all = is_first && !reader.read_byte_record(&mut record).unwrap_or(false);
        takes_all.then(|| self.line + (line_feeds(&self.bytes) + 2).saturating_sub(last))
    }
}

/// A reader of the rows, which may have any number of cells.
pub fn reader<R: Read>(from: R, separator: u8) -> Reader<R> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(from)
}

/// Counts the lines that are written to it.
struct LinesAbove(u64);

impl io::Write for LinesAbove {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += line_feeds(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How many lines of the row a cell has taken in that belong to rows below, from the line on which it begins to the end
/// of the row; `None` if none has. `is_cut` says that the end of the file ends the last cell, `columns` how many the
/// header has, or 0.
pub fn lines_taken_in(record: &ByteRecord, is_cut: bool, separator: u8, columns: usize) -> Option<u64> {
    if is_cut {
        return Some(line_feeds(record.iter().next_back().unwrap_or_default()));
    }
    if !record.as_slice().contains(&b'\n') {
        return None;
    }
    let mut lines = 0;
    let (mut longest, mut is_parted) = (None, false);
    for cell in record.iter().rev() {
        let inside = line_feeds(cell);
        lines += inside;
        if inside > 0 {
            longest = Some(lines);
            is_parted |= holds_a_row(cell, separator, columns);
        }
    }
    // A mark that was to open a cell further down has closed this one, and its partner is left over.
    let is_uneven = || record.iter().flatten().filter(|byte| **byte == b'"').count() % 2 == 1;
    longest.filter(|_| is_parted || is_uneven())
}

/// Whether a line of the cell, below its first, is parted like a row.
fn holds_a_row(cell: &[u8], separator: u8, columns: usize) -> bool {
    let parts = |line: &[u8]| {
        let is_between = |(at, byte): &(usize, &u8)| {
            // Commas of an address are followed by a space.
            **byte == separator && (separator != b',' || line.get(at + 1) != Some(&b' '))
        };
        line.iter().enumerate().filter(is_between).count() + 1
    };
    columns > 1 && cell.split(|byte| *byte == b'\n').skip(1).any(|line| parts(line) >= columns)
}

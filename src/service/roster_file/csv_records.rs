//! The records of a text file. They are read on a thread of their own, some ahead of those that are being checked.

use super::RosterFileError;
use super::budget::TOKEN_BYTES_MAX;
use super::csv_quotes::{Tail, lines_taken_in, reader};
use super::line_feeds::{LineFeeds, line_feeds};
use csv::{ByteRecord, Reader};
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Batches that may wait for the check before the reading thread blocks.
const BATCHES_WAITING_MAX: usize = 3;
/// Bytes of cells from which a batch is handed over.
const BATCH_BYTES: usize = 64 * 1024;
/// Records from which a batch is handed over.
const BATCH_RECORDS: usize = 256;

/// A record with its place.
#[derive(Default)]
pub struct TextRecord {
    pub cells: ByteRecord,
    /// The row number that a spreadsheet shows. Line ends within cells don't count.
    pub row: u32,
    /// Bytes of the file that were read so far.
    pub read: u64,
    /// Why the file is refused at this record.
    pub fault: Option<RosterFileError>,
}

/// Records in their order. Those beyond `filled` are of an earlier use.
#[derive(Default)]
struct RecordBatch {
    records: Vec<TextRecord>,
    filled: usize,
    bytes: usize,
    is_last: bool,
}

/// How a text file is parted.
#[derive(Clone, Copy)]
pub struct TextShape {
    pub separator: u8,
    /// How many columns the header has, or 0.
    pub columns: usize,
}

/// Passes the records to `take` until it returns `Break` or an error, or the file ends.
pub fn each_record(
    file: File,
    shape: TextShape,
    mut take: impl FnMut(&mut TextRecord) -> Result<ControlFlow<()>, RosterFileError>,
) -> Result<(), RosterFileError> {
    let again = file.try_clone()?;
    let (batches, waiting) = sync_channel(BATCHES_WAITING_MAX);
    let (spent, reusable) = sync_channel(BATCHES_WAITING_MAX + 2);
    thread::scope(|scope| {
        // The thread has the priority of the one that starts it. It ends when nobody takes its batches any more.
        let waiting: Receiver<RecordBatch> = waiting;
        scope.spawn(move || RecordReader::new(file, again, shape).run(&batches, &reusable));
        loop {
            let mut batch = waiting.recv().map_err(|_| RosterFileError::Damaged)?;
            for record in &mut batch.records[..batch.filled] {
                if take(record)?.is_break() {
                    return Ok(());
                }
            }
            if batch.is_last {
                return Ok(());
            }
            // One that grew beyond the usual isn't kept.
            if batch.bytes <= 2 * BATCH_BYTES {
                let _ = spent.try_send(batch);
            }
        }
    })
}

/// The side of the reading thread.
struct RecordReader {
    lines: Reader<LineFeeds<RecordBytes>>,
    /// The same file, for a look back.
    again: File,
    shape: TextShape,
    /// Line ends within cells so far.
    inner_lines: u64,
}

impl RecordReader {
    fn new(file: File, again: File, shape: TextShape) -> Self {
        let bytes = RecordBytes { file, read: 0, of_record: 0 };
        Self { lines: reader(LineFeeds::new(bytes), shape.separator), again, shape, inner_lines: 0 }
    }

    fn run(mut self, batches: &SyncSender<RecordBatch>, reusable: &Receiver<RecordBatch>) {
        loop {
            let mut batch = reusable.try_recv().unwrap_or_default();
            (batch.filled, batch.bytes) = (0, 0);
            while !batch.is_last && batch.filled < BATCH_RECORDS && batch.bytes < BATCH_BYTES {
                if batch.filled == batch.records.len() {
                    batch.records.push(TextRecord::default());
                }
                let record = &mut batch.records[batch.filled];
                let has_record = self.next(record);
                batch.bytes += record.cells.as_slice().len();
                batch.filled += usize::from(has_record);
                batch.is_last = !has_record || record.fault.is_some();
            }
            let is_last = batch.is_last;
            if batches.send(batch).is_err() || is_last {
                return;
            }
        }
    }

    /// Reads the next record, or why there is none. Returns `false` at the end of the file.
    fn next(&mut self, into: &mut TextRecord) -> bool {
        self.lines.get_mut().get_mut().of_record = 0;
        let begins = self.lines.position().byte();
        into.fault = None;
        match self.lines.read_byte_record(&mut into.cells) {
            Ok(false) => return false,
            Ok(true) => into.fault = self.place(into, begins).err(),
            Err(error) => into.fault = Some(self.told(error, begins)),
        }
        true
    }

    fn told(&mut self, error: csv::Error, begins: u64) -> RosterFileError {
        if self.lines.get_ref().get_ref().is_too_long() {
            Tail::at(&mut self.again, begins).map_or_else(Into::into, |row| row.too_long(self.shape.separator))
        } else {
            error.into()
        }
    }

    /// Finds the place of a record that began at this byte.
    fn place(&mut self, of: &mut TextRecord, begins: u64) -> Result<(), RosterFileError> {
        let TextShape { separator, columns } = self.shape;
        let line = self.lines.position().line();
        let is_at_end = self.lines.get_ref().is_at_end();
        // The line on which the record ends. A line end has carried the reader to the next line, the file's end hasn't.
        let last_line = if is_at_end { line } else { line - 1 };
        let is_cut = is_at_end && Tail::at(&mut self.again, begins)?.is_open(separator);
        if let Some(lines) = lines_taken_in(&of.cells, is_cut, separator, columns) {
            return Err(RosterFileError::QuoteNotClosed { line: last_line.saturating_sub(lines).max(1) });
        }
        self.inner_lines += line_feeds(of.cells.as_slice());
        of.row = u32::try_from(last_line.saturating_sub(self.inner_lines)).unwrap_or(u32::MAX);
        of.read = self.lines.get_ref().get_ref().read;
        Ok(())
    }
}

/// The bytes of a file. It fails where a record is longer than [`TOKEN_BYTES_MAX`].
struct RecordBytes {
    file: File,
    read: u64,
    of_record: u64,
}

impl RecordBytes {
    fn is_too_long(&self) -> bool {
        self.of_record > TOKEN_BYTES_MAX
    }
}

impl Read for RecordBytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.read += read as u64;
        self.of_record += read as u64;
        if self.is_too_long() { Err(io::Error::other(RosterFileError::RowTooLong)) } else { Ok(read) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};
    use std::time::Duration;

    const SHAPE: TextShape = TextShape { separator: b';', columns: 2 };

    fn file(text: &str) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        file
    }

    /// The reading waits for a check that takes its time, and ends with one that stops.
    #[test]
    fn records_are_read_a_few_batches_ahead() {
        let text = format!("1;{}\n", "a".repeat(BATCH_BYTES)).repeat(40);
        let mut records = 0;
        let read = each_record(file(&text), SHAPE, |record| {
            records += 1;
            thread::sleep(Duration::from_millis(2));
            let ahead = BATCHES_WAITING_MAX as u64 + 2;
            assert!(record.read <= (records + ahead) * (BATCH_BYTES as u64 + 8 * 1024), "{} {records}", record.read);
            Ok(if records == 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        assert!(read.is_ok() && records == 20);
    }

    #[test]
    fn records_come_in_order_and_a_fault_after_those_before_it() {
        let rows: String = (0..3_000).map(|row| format!("{row};Siti\n")).collect();
        let mut seen = vec![];
        let refused = each_record(file(&(rows.clone() + "x;\"Siti\n1;2\n")), SHAPE, |record| {
            if let Some(fault) = record.fault.take() {
                return Err(fault);
            }
            seen.push((record.row, record.cells.get(0).unwrap().to_vec()));
            Ok(ControlFlow::Continue(()))
        });
        assert!(matches!(refused, Err(RosterFileError::QuoteNotClosed { line: 3_001 })), "{refused:?}");
        let expected: Vec<_> = (0..3_000u32).map(|row| (row + 1, row.to_string().into_bytes())).collect();
        assert!(seen == expected);
    }
}

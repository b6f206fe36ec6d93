//! The strings that a workbook's cells refer to by index. They are in memory while the limit for all readers together
//! allows, and on disk beyond it.
//!
//! Each string has an entry of eight bytes with the offset and length of its text. Entries and texts are stored in
//! blocks. When memory runs out, they move to two files of the same layout. The files are unlinked as soon as they are
//! open, so that nothing remains of them however the process ends.

use super::RosterFileError;
use super::budget::Budget;
use super::scratch_file::unnamed;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

/// Most bytes of text in the shared strings of a workbook, those on disk included.
pub const SHARED_STRINGS_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Most shared strings in a workbook.
pub const SHARED_STRINGS_MAX: u64 = 60_000_000;
/// Longest text of one cell, in bytes: the most characters a spreadsheet takes, at four bytes each. The rest is cut
/// off.
pub const CELL_BYTES_MAX: usize = 4 * 32_767;
/// Bytes of a block. A string does not cross the end of a block.
const BLOCK_BYTES: usize = 256 * 1024;
const ENTRY_BYTES: usize = 8;
/// The lower 20 bits of an entry are the length, the upper ones the offset.
const LENGTH_BITS: u32 = 20;
/// Strings cached from disk, by index modulo this number; units and ranks recur often.
const RECENT_SLOTS: usize = 4_096;
const RECENT_BYTES_MAX: usize = 256;

/// Collects strings in order.
pub struct Collecting<'a> {
    budget: &'a Budget,
    /// The string that is being read.
    text: String,
    strings: SharedStrings,
    bytes: u64,
    writing: Option<Writing>,
}

struct Writing {
    texts: BufWriter<File>,
    entries: BufWriter<File>,
}

/// All strings of a workbook.
#[derive(Default)]
pub struct SharedStrings {
    count: u64,
    end: u64,
    texts: Vec<Vec<u8>>,
    entries: Vec<Vec<u64>>,
    spilled: Option<Spilled>,
}

struct Spilled {
    texts: File,
    entries: File,
    recent: Vec<Option<(u64, Box<str>)>>,
}

impl<'a> Collecting<'a> {
    pub fn new(budget: &'a Budget) -> Self {
        Self { budget, text: String::new(), strings: SharedStrings::default(), bytes: 0, writing: None }
    }

    /// Appends a run to the string that is being read.
    pub fn append(&mut self, run: &str) -> Result<(), RosterFileError> {
        append(&mut self.text, run);
        self.budget.text(run.len())
    }

    /// Completes the string.
    pub fn push(&mut self) -> Result<(), RosterFileError> {
        self.bytes += self.text.len() as u64;
        if self.bytes > SHARED_STRINGS_BYTES_MAX || self.strings.count >= SHARED_STRINGS_MAX {
            return Err(RosterFileError::TooManyStrings);
        }
        self.budget.step(1)?;
        let (block, room) = (BLOCK_BYTES as u64, BLOCK_BYTES as u64 - self.strings.end % BLOCK_BYTES as u64);
        let length = self.text.len() as u64;
        let start = if length > room { self.strings.end.next_multiple_of(block) } else { self.strings.end };
        if self.writing.is_none() && !self.fits(start, length) {
            self.spill()?;
        }
        let entry = start << LENGTH_BITS | length;
        match &mut self.writing {
            Some(writing) => {
                writing.texts.write_all(&ZEROS[..usize::try_from(start - self.strings.end).unwrap_or(0)])?;
                writing.texts.write_all(self.text.as_bytes())?;
                writing.entries.write_all(&entry.to_le_bytes())?;
            }
            None => {
                if let Some(texts) = self.strings.texts.last_mut() {
                    texts.extend_from_slice(self.text.as_bytes());
                }
                if let Some(entries) = self.strings.entries.last_mut() {
                    entries.push(entry);
                }
            }
        }
        self.strings.end = start + length;
        self.strings.count += 1;
        self.text.clear();
        Ok(())
    }

    /// Ends the collection after the last string.
    pub fn finish(mut self) -> Result<SharedStrings, RosterFileError> {
        if let Some(writing) = self.writing.take() {
            let texts = writing.texts.into_inner().map_err(io::IntoInnerError::into_error)?;
            let entries = writing.entries.into_inner().map_err(io::IntoInnerError::into_error)?;
            let recent = std::iter::repeat_with(|| None).take(RECENT_SLOTS).collect();
            self.strings.spilled = Some(Spilled { texts, entries, recent });
        }
        Ok(self.strings)
    }

    /// Makes room in memory for the next string. Returns `false` if the readers hold as much as they may.
    fn fits(&mut self, start: u64, length: u64) -> bool {
        let strings = &mut self.strings;
        let needs_texts = (start + length) > (strings.texts.len() * BLOCK_BYTES) as u64;
        let needs_entries = strings.count >= (strings.entries.len() * (BLOCK_BYTES / ENTRY_BYTES)) as u64;
        let bytes = (usize::from(needs_texts) + usize::from(needs_entries)) * BLOCK_BYTES;
        if bytes > 0 && !self.budget.hold_strings(bytes) {
            return false;
        }
        if needs_texts {
            strings.texts.push(Vec::with_capacity(BLOCK_BYTES));
        }
        if needs_entries {
            strings.entries.push(Vec::with_capacity(BLOCK_BYTES / ENTRY_BYTES));
        }
        true
    }

    /// Writes all strings to disk. Later strings go there directly.
    fn spill(&mut self) -> Result<(), RosterFileError> {
        let mut texts = BufWriter::new(unnamed(self.budget.scratch())?);
        let mut entries = BufWriter::new(unnamed(self.budget.scratch())?);
        for (at, block) in self.strings.texts.iter().enumerate() {
            texts.seek(SeekFrom::Start((at * BLOCK_BYTES) as u64))?;
            texts.write_all(block)?;
        }
        for entry in self.strings.entries.iter().flatten() {
            entries.write_all(&entry.to_le_bytes())?;
        }
        self.strings.texts = Vec::new();
        self.strings.entries = Vec::new();
        self.budget.strings_gone();
        self.writing = Some(Writing { texts, entries });
        Ok(())
    }
}

static ZEROS: [u8; BLOCK_BYTES] = [0; BLOCK_BYTES];

impl SharedStrings {
    /// The string of this index; `None` if there is none.
    pub fn get(&mut self, index: u64) -> Result<Option<String>, RosterFileError> {
        if index >= self.count {
            return Ok(None);
        }
        let Some(spilled) = &mut self.spilled else { return Ok(self.in_memory(index).map(str::to_owned)) };
        let slot = usize::try_from(index).unwrap_or(0) % RECENT_SLOTS;
        if let Some((of, text)) = &spilled.recent[slot]
            && *of == index
        {
            return Ok(Some(text.to_string()));
        }
        let mut entry = [0; ENTRY_BYTES];
        spilled.entries.read_exact_at(&mut entry, index * ENTRY_BYTES as u64)?;
        let (start, length) = split(u64::from_le_bytes(entry));
        let mut text = vec![0; length];
        spilled.texts.read_exact_at(&mut text, start)?;
        let text = String::from_utf8(text).map_err(|_| RosterFileError::Damaged)?;
        if text.len() <= RECENT_BYTES_MAX {
            spilled.recent[slot] = Some((index, text.as_str().into()));
        }
        Ok(Some(text))
    }

    /// Whether the workbook has no strings at all.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn in_memory(&self, index: u64) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        let per_block = BLOCK_BYTES / ENTRY_BYTES;
        let (start, length) = split(*self.entries.get(index / per_block)?.get(index % per_block)?);
        if length == 0 {
            return Some("");
        }
        let start = usize::try_from(start).ok()?;
        let block = self.texts.get(start / BLOCK_BYTES)?;
        std::str::from_utf8(block.get(start % BLOCK_BYTES..start % BLOCK_BYTES + length)?).ok()
    }
}

fn split(entry: u64) -> (u64, usize) {
    (entry >> LENGTH_BITS, usize::try_from(entry & ((1 << LENGTH_BITS) - 1)).unwrap_or(0))
}

/// Appends to the text of a cell up to [`CELL_BYTES_MAX`] bytes, in whole characters.
pub fn append(text: &mut String, run: &str) {
    let room = CELL_BYTES_MAX.saturating_sub(text.len());
    text.push_str(&run[..run.floor_char_boundary(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::roster_file::budget::STEPS_MAX;
    use proptest::prelude::*;

    fn collected(texts: &[String], budget: &Budget) -> SharedStrings {
        let mut collecting = Collecting::new(budget);
        for text in texts {
            collecting.append(text).unwrap();
            collecting.push().unwrap();
        }
        collecting.finish().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// The same strings come back from memory and from disk.
        #[test]
        fn a_string_reads_back_as_it_was(
            texts in prop::collection::vec(prop_oneof![".{0,40}", Just("é".repeat(60_000)), Just(String::new())], 1..200),
            blocks in 0usize..12,
        ) {
            let budget = Budget::with_pools(STEPS_MAX, blocks * BLOCK_BYTES, 0);
            let mut strings = collected(&texts, &budget);
            for (index, text) in (0u64..).zip(&texts) {
                let got = strings.get(index).unwrap();
                prop_assert_eq!(got.as_ref(), Some(text));
            }
            prop_assert_eq!(strings.get(texts.len() as u64).unwrap(), None);
        }
    }

    /// The memory held is what the pool counts, and it is given back.
    #[test]
    fn strings_beyond_the_budget_go_to_the_disk() {
        let budget = Budget::with_pools(STEPS_MAX, 8 * BLOCK_BYTES, 0);
        let texts: Vec<String> = (0..40_000).map(|number| format!("{number:0100}")).collect();
        let mut strings = collected(&texts, &budget);
        assert!(strings.spilled.is_some() && strings.texts.is_empty() && strings.entries.is_empty());
        assert!(budget.hold_strings(8 * BLOCK_BYTES), "nothing is held in memory any more");
        assert_eq!(strings.get(39_999).unwrap().unwrap(), texts[39_999]);
        assert_eq!(strings.get(7).unwrap().unwrap(), texts[7]);
        let left = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let own = format!(".scratch-{}-", std::process::id());
        assert_eq!(left.filter(|file| file.file_name().to_string_lossy().starts_with(&own)).count(), 0);
    }

    #[test]
    fn a_text_longer_than_a_cell_is_cut_off_at_a_character() {
        let budget = Budget::for_test(STEPS_MAX);
        let mut strings = collected(&["€".repeat(60_000)], &budget);
        let text = strings.get(0).unwrap().unwrap();
        assert!(text.len() <= CELL_BYTES_MAX && text.len() > CELL_BYTES_MAX - 4);
    }
}

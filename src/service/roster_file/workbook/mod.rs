//! XLSX (ECMA-376 part 1, SpreadsheetML): the list of sheets and the shared strings.
//!
//! The parts are parsed in one pass that counts the limits while unpacking and decodes only the wanted columns. See
//! `sheet.rs` for the rows. In scope: values, the presence of formulas, merged areas. Out of scope: styles, dates,
//! charts.

use crate::service::roster_file::RosterFileError;
use crate::service::roster_file::budget::{Budget, CountedReader};
use crate::service::roster_file::cell::RowSink;
use crate::service::roster_file::container::ZIP_ENTRIES_MAX;
use crate::service::roster_file::shared_strings::{Collecting, SharedStrings};
use crate::service::roster_file::sheet;
use crate::service::roster_file::xml::{attribute, resolve};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::rc::Rc;
use zip::ZipArchive;
use zip::read::ZipFile;

/// Most relations to worksheets that a workbook may name. A legitimate workbook has far fewer.
pub const RELATIONS_MAX: usize = 4_096;
/// Longest name of a sheet or part, in bytes. The names of a spreadsheet are much shorter.
const NAME_BYTES_MAX: usize = 1_024;
/// Bytes that the file reader fetches at once.
const BUFFER_BYTES: u64 = 64 * 1024;
/// Most bytes that may be read to find the parts of a container, whose directory is at its end.
const DIRECTORY_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most sheets that are read.
pub const SHEETS_MAX: usize = 60;

type WorkbookArchive = ZipArchive<BufReader<Directory>>;
type Xml<'a> = Reader<BufReader<CountedReader<ZipFile<'a, BufReader<Directory>>>>>;

/// Passes the rows of every visible sheet to the sink.
pub fn read(file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    read_parts(file, sink, budget).map_err(|error| budget.told(error))
}

fn read_parts(file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    let mut archive = archive(file)?;
    let sheets = sheets(&mut archive, budget)?;
    let mut strings = shared_strings(&mut archive, budget)?;
    let mut total = budget.inflated();
    for (_, part) in &sheets {
        total = total.saturating_add(archive.by_name(part).map_or(0, |entry| entry.size()));
    }
    for (name, part) in sheets {
        sink.sheet(&name);
        let mut xml = open(&mut archive, &part, budget)?.ok_or(RosterFileError::Damaged)?;
        if sheet::read(&mut xml, budget, &mut strings, total, sink)? == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}

/// The file, with a limit on the bytes read for its directory. A container of a million empty parts would fill the
/// memory with their names.
pub(super) struct Directory {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Directory {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        let left = self.left.get().checked_sub(read as u64).ok_or_else(|| io::Error::other("too long a directory"))?;
        self.left.set(left);
        Ok(read)
    }
}

impl Seek for Directory {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

fn archive(file: File) -> Result<WorkbookArchive, RosterFileError> {
    let left = Rc::new(Cell::new(DIRECTORY_BYTES_MAX));
    let directory = Directory { file, left: left.clone() };
    let archive = ZipArchive::new(BufReader::with_capacity(64 * 1024, directory));
    let archive = archive.map_err(|_| match left.get() {
        left if left < BUFFER_BYTES => RosterFileError::TooManyEntries,
        _ => RosterFileError::Damaged,
    })?;
    if archive.len() > ZIP_ENTRIES_MAX {
        return Err(RosterFileError::TooManyEntries);
    }
    left.set(u64::MAX);
    Ok(archive)
}

/// Names and parts of the visible worksheets, in the order of the workbook.
fn sheets(archive: &mut WorkbookArchive, budget: &Budget) -> Result<Vec<(String, String)>, RosterFileError> {
    let mut targets = HashMap::new();
    let mut listed = Vec::new();
    let mut relations = open(archive, "xl/_rels/workbook.xml.rels", budget)?.ok_or(RosterFileError::NotAWorkbook)?;
    each_element(&mut relations, budget, |element| {
        if element.local_name().as_ref() == "Relationship"
            && attribute(element, "Type").is_some_and(|kind| kind.ends_with("/worksheet"))
            && let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target"))
            && id.len().max(target.len()) <= NAME_BYTES_MAX
        {
            if targets.len() >= RELATIONS_MAX {
                return Err(RosterFileError::TooManyRelations);
            }
            // The first relation of an id counts.
            targets.entry(id).or_insert(target);
        }
        Ok(())
    })?;
    drop(relations);
    let mut workbook = open(archive, "xl/workbook.xml", budget)?.ok_or(RosterFileError::NotAWorkbook)?;
    each_element(&mut workbook, budget, |element| {
        if element.local_name().as_ref() == "sheet"
            && attribute(element, "state").is_none_or(|state| state == "visible")
            && let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "id"))
            && let Some(target) = targets.get(&id)
        {
            if listed.len() >= SHEETS_MAX || name.len() > NAME_BYTES_MAX {
                return Err(RosterFileError::TooManyEntries);
            }
            let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            listed.push((name, part));
        }
        Ok(())
    })?;
    if listed.is_empty() { Err(RosterFileError::NotAWorkbook) } else { Ok(listed) }
}

fn shared_strings(archive: &mut WorkbookArchive, budget: &Budget) -> Result<SharedStrings, RosterFileError> {
    let mut strings = Collecting::new(budget);
    let Some(mut xml) = open(archive, "xl/sharedStrings.xml", budget)? else { return strings.finish() };
    let mut buffer = Vec::new();
    // Phonetic runs (rPh) repeat the text in another script and are not part of it.
    let (mut in_text, mut in_phonetic) = (false, false);
    loop {
        buffer.clear();
        budget.token_done();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => in_text = !in_phonetic,
                "rPh" => in_phonetic = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "t" => in_text = false,
                "rPh" => in_phonetic = false,
                "si" => strings.push()?,
                _ => {}
            },
            Event::Empty(element) if element.local_name().as_ref() == "si" => strings.push()?,
            Event::Text(text) if in_text => strings.append(&text.xml10_content())?,
            Event::CData(text) if in_text => strings.append(&text.xml10_content())?,
            Event::GeneralRef(reference) if in_text => {
                let character = resolve(&reference).ok_or(RosterFileError::Damaged)?;
                strings.append(character.encode_utf8(&mut [0; 4]))?;
            }
            Event::Eof => return strings.finish(),
            _ => {}
        }
    }
}

fn open<'a>(archive: &'a mut WorkbookArchive, part: &str, budget: &Budget) -> Result<Option<Xml<'a>>, RosterFileError> {
    // Some writers use another case, such as `xl/SharedStrings.xml`.
    let other_case = || {
        let names: Vec<_> = archive.file_names().collect();
        names.iter().position(|name| name.as_ref().is_ok_and(|name| name.eq_ignore_ascii_case(part)))
    };
    let Some(index) = archive.index_for_name(part).or_else(other_case) else { return Ok(None) };
    let entry = archive.by_index(index).map_err(|_| RosterFileError::Damaged)?;
    let mut xml = Reader::from_reader(BufReader::with_capacity(64 * 1024, budget.count(entry)));
    xml.config_mut().check_end_names = false;
    Ok(Some(xml))
}

fn each_element(
    xml: &mut Xml<'_>,
    budget: &Budget,
    mut each: impl FnMut(&BytesStart<'_>) -> Result<(), RosterFileError>,
) -> Result<(), RosterFileError> {
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        budget.token_done();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) | Event::Empty(element) => {
                budget.step(1)?;
                each(&element)?;
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;

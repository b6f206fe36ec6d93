//! XLSX (ECMA-376 part 1, SpreadsheetML): the list of sheets and the shared strings.
//!
//! Read by hand in one pass with the limits counted while inflating, and only the wanted columns decoded; see
//! `sheet.rs` for the rows. In scope: values, formulas as such, merged areas. Out of scope: styles, dates, charts.

use super::RosterFileError;
use super::cell::RowSink;
use super::container::{Budget, Counted, ZIP_ENTRIES_MAX};
use super::sheet;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use zip::ZipArchive;
use zip::read::ZipFile;

/// Most bytes of text in a workbook's shared strings; they are held in memory.
pub const SHARED_STRINGS_BYTES_MAX: usize = 512 * 1024 * 1024;
/// Most shared strings in a workbook.
pub const SHARED_STRINGS_MAX: usize = 60_000_000;
/// Most sheets that are read.
pub const SHEETS_MAX: usize = 60;

pub(super) type Xml<'a> = Reader<BufReader<Counted<ZipFile<'a, BufReader<File>>>>>;

/// Hands every visible sheet's rows to the sink.
pub fn read(file: File, sink: &mut dyn RowSink) -> Result<(), RosterFileError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| RosterFileError::Damaged)?;
    if archive.len() > ZIP_ENTRIES_MAX {
        return Err(RosterFileError::TooManyEntries);
    }
    let budget = Budget::default();
    let told = |error: RosterFileError| if budget.is_exceeded() { RosterFileError::InflatesTooLarge } else { error };
    let sheets = sheets(&mut archive, &budget).map_err(told)?;
    let strings = shared_strings(&mut archive, &budget).map_err(told)?;
    let mut total = budget.inflated();
    for (_, part) in &sheets {
        total += archive.by_name(part).map_or(0, |entry| entry.size());
    }
    for (name, part) in sheets {
        sink.sheet(&name);
        let mut xml = open(&mut archive, &part, &budget)?.ok_or(RosterFileError::Damaged)?;
        if sheet::read(&mut xml, &budget, &strings, total, sink).map_err(told)? == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}

/// The strings that cells refer to by number, in one piece of memory.
#[derive(Default)]
pub struct SharedStrings {
    text: String,
    ends: Vec<usize>,
}

impl SharedStrings {
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.text[start..end])
    }
}

/// Names and parts of the visible worksheets, in the workbook's order.
fn sheets(
    archive: &mut ZipArchive<BufReader<File>>,
    budget: &Budget,
) -> Result<Vec<(String, String)>, RosterFileError> {
    let mut targets = Vec::new();
    let mut listed = Vec::new();
    let mut relations = open(archive, "xl/_rels/workbook.xml.rels", budget)?.ok_or(RosterFileError::NotAWorkbook)?;
    each_element(&mut relations, budget, |element| {
        if element.local_name().as_ref() == "Relationship"
            && attribute(element, "Type").is_some_and(|kind| kind.ends_with("/worksheet"))
            && let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target"))
        {
            targets.push((id, target));
        }
    })?;
    drop(relations);
    let mut workbook = open(archive, "xl/workbook.xml", budget)?.ok_or(RosterFileError::NotAWorkbook)?;
    each_element(&mut workbook, budget, |element| {
        if element.local_name().as_ref() == "sheet"
            && attribute(element, "state").is_none_or(|state| state == "visible")
            && let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "id"))
            && let Some((_, target)) = targets.iter().find(|(known, _)| *known == id)
        {
            let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            listed.push((name, part));
        }
    })?;
    listed.truncate(SHEETS_MAX);
    if listed.is_empty() { Err(RosterFileError::NotAWorkbook) } else { Ok(listed) }
}

fn shared_strings(
    archive: &mut ZipArchive<BufReader<File>>,
    budget: &Budget,
) -> Result<SharedStrings, RosterFileError> {
    let mut strings = SharedStrings::default();
    let Some(mut xml) = open(archive, "xl/sharedStrings.xml", budget)? else { return Ok(strings) };
    let mut buffer = Vec::new();
    // Phonetic runs (rPh) repeat the text in another script and don't belong to it.
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
                "si" => strings.ends.push(strings.text.len()),
                _ => {}
            },
            Event::Empty(element) if element.local_name().as_ref() == "si" => strings.ends.push(strings.text.len()),
            Event::Text(text) if in_text => strings.text.push_str(&text.xml10_content()),
            Event::CData(text) if in_text => strings.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) if in_text => resolve(&reference, &mut strings.text)?,
            Event::Eof => return Ok(strings),
            _ => {}
        }
        if strings.text.len() > SHARED_STRINGS_BYTES_MAX || strings.ends.len() > SHARED_STRINGS_MAX {
            return Err(RosterFileError::InflatesTooLarge);
        }
    }
}

fn open<'a>(
    archive: &'a mut ZipArchive<BufReader<File>>,
    part: &str,
    budget: &Budget,
) -> Result<Option<Xml<'a>>, RosterFileError> {
    // Some writers differ in case, e.g. `xl/SharedStrings.xml`.
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
    mut each: impl FnMut(&BytesStart<'_>),
) -> Result<(), RosterFileError> {
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        budget.token_done();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) | Event::Empty(element) => each(&element),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// An attribute by its local name, with entities resolved.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    quick_xml::escape::unescape(&found.value).ok().map(|value| value.into_owned())
}

/// Appends what `&amp;` or `&#10;` stands for. Entities of a document type are never expanded.
pub(super) fn resolve(reference: &BytesRef<'_>, into: &mut String) -> Result<(), RosterFileError> {
    match reference.resolve_char_ref()? {
        Some(character) => into.push(character),
        None => into.push_str(match &*reference.xml10_content() {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            _ => return Err(RosterFileError::Damaged),
        }),
    }
    Ok(())
}

#[cfg(test)]
mod tests;

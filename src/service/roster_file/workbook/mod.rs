//! XLSX (ECMA-376 part 1, SpreadsheetML): the list of sheets and the shared strings.
//!
//! The parts are parsed in one pass that counts the limits while unpacking and decodes only the wanted columns. See
//! `sheet.rs` for the rows. In scope: values, the presence of formulas, merged areas. Out of scope: styles, dates,
//! charts.

mod package;

use crate::service::roster_file::RosterFileError;
use crate::service::roster_file::budget::Budget;
use crate::service::roster_file::cell::{ColumnNeed, Merged, RawRow, RowSink};
use crate::service::roster_file::fault::shortened;
use crate::service::roster_file::foreign_format::ForeignFormat;
use crate::service::roster_file::shared_strings::{Collecting, SharedStrings};
use crate::service::roster_file::sheet;
use crate::service::roster_file::unread_sheet::{HIDDEN_ROWS_MAX, UnreadReason, UnreadSheet};
use crate::service::roster_file::xml::{attribute, resolve};
use package::{NAME_BYTES_MAX, Package, PartReader, RelationTarget, each_element};
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;
use std::fs::File;
use std::ops::ControlFlow;

/// Most relations to worksheets that a workbook may name. A legitimate workbook has far fewer.
pub const RELATIONS_MAX: usize = 4_096;
/// Most sheets of a workbook.
pub const SHEETS_MAX: usize = 1_000;
/// Cells of a hidden sheet that are read.
const HIDDEN_CELLS_MAX: usize = 1_000_000;
/// Where the workbook is unless the container says otherwise.
const MAIN_PART: &str = "xl/workbook.xml";

/// Passes the rows of every visible sheet to the sink.
pub fn read(file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    read_parts(file, sink, budget).map_err(|error| budget.told(error))
}

fn read_parts(file: File, sink: &mut dyn RowSink, budget: &Budget) -> Result<(), RosterFileError> {
    let mut package = Package::open(file)?;
    let contents = contents(&mut package, budget)?;
    let mut strings = shared_strings(&mut package, &contents.strings, budget)?;
    let mut total = budget.inflated();
    for sheet in &contents.sheets {
        total = total.saturating_add(package.claimed_bytes(&sheet.part));
    }
    for ListedSheet { name, part } in contents.sheets {
        sink.sheet(&name);
        let flow = package.parsed(&part, budget, |xml| sheet::read(xml, budget, &mut strings, total, sink))?;
        if flow.ok_or(RosterFileError::Damaged)?.is_break() {
            return Ok(());
        }
    }
    for (ListedSheet { name, part }, reason) in contents.hidden {
        let mut rows = HiddenRows { seen: UnreadSheet::new(&name, reason), cells: 0 };
        // A hidden sheet that is damaged is told as far as it can be read.
        package.parsed(&part, budget, |xml| {
            let _: Result<_, RosterFileError> = sheet::read(xml, budget, &mut strings, total, &mut rows);
            budget.step(0)
        })?;
        if rows.seen.rows > 0 {
            sink.hidden_sheet(rows.seen);
        }
    }
    Ok(())
}

/// Counts the rows of a hidden sheet.
struct HiddenRows {
    seen: UnreadSheet,
    cells: usize,
}

impl RowSink for HiddenRows {
    fn sheet(&mut self, _: &str) {}
    fn need(&self, _: u32) -> ColumnNeed {
        ColumnNeed::IfRoom
    }
    fn row(&mut self, row: RawRow<'_>) -> ControlFlow<()> {
        if self.seen.rows >= HIDDEN_ROWS_MAX || self.cells >= HIDDEN_CELLS_MAX {
            self.seen.has_more = true;
            return ControlFlow::Break(());
        }
        self.seen.see(row.filled().map(shortened));
        self.cells += row.cells.len();
        ControlFlow::Continue(())
    }
    fn merged(&mut self, _: Merged) {}
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What a workbook consists of.
struct WorkbookContents {
    /// The visible worksheets, in the order of the workbook.
    sheets: Vec<ListedSheet>,
    hidden: Vec<(ListedSheet, UnreadReason)>,
    /// The part of the shared strings.
    strings: String,
}

struct ListedSheet {
    name: String,
    part: String,
}

/// The part of the workbook itself.
fn main_part(package: &mut Package, budget: &Budget) -> Result<String, RosterFileError> {
    let mut target = None;
    let named = package.relations("", budget, |kind, _, to| {
        if kind == "officeDocument" {
            target.get_or_insert(to);
        }
        Ok(())
    });
    // A container whose own relations are damaged is read if its workbook is where it usually is.
    if !package.has(MAIN_PART) {
        named?;
    }
    let part = target.map(|target| target.part(package)).filter(|part| package.has(part));
    match part {
        Some(part) if part.ends_with(".bin") => Err(RosterFileError::Foreign(ForeignFormat::BinaryWorkbook)),
        Some(part) => Ok(part),
        None if package.has(MAIN_PART) => Ok(MAIN_PART.to_owned()),
        None => Err(RosterFileError::NotAWorkbook),
    }
}

fn contents(package: &mut Package, budget: &Budget) -> Result<WorkbookContents, RosterFileError> {
    let main = main_part(package, budget)?;
    let mut targets = HashMap::new();
    let mut strings = None;
    let has_relations = package.relations(&main, budget, |kind, id, target| {
        match kind {
            "worksheet" if targets.len() >= RELATIONS_MAX => return Err(RosterFileError::TooManyRelations),
            // The first relation of an id counts.
            "worksheet" => {
                targets.entry(id).or_insert(target);
            }
            "sharedStrings" => {
                strings.get_or_insert(target);
            }
            _ => {}
        }
        Ok(())
    })?;
    if !has_relations {
        return Err(RosterFileError::NotAWorkbook);
    }
    let mut listed = Vec::new();
    let mut hidden = Vec::new();
    let each_sheet = |element: &BytesStart<'_>| {
        if element.local_name().as_ref() == "sheet"
            && let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "id"))
            && let Some(target) = targets.get(&id)
        {
            if listed.len() + hidden.len() >= SHEETS_MAX {
                return Err(RosterFileError::TooManySheets);
            }
            if name.len() > NAME_BYTES_MAX {
                return Err(RosterFileError::Damaged);
            }
            match attribute(element, "state").as_deref() {
                None | Some("visible") => listed.push((name, target)),
                Some("veryHidden") => hidden.push((name, target, UnreadReason::VeryHidden)),
                Some(_) => hidden.push((name, target, UnreadReason::Hidden)),
            }
        }
        Ok(())
    };
    let read = package.parsed(&main, budget, |xml| each_element(xml, budget, each_sheet))?;
    read.ok_or(RosterFileError::NotAWorkbook)?;
    if listed.is_empty() {
        return Err(if hidden.is_empty() { RosterFileError::NotAWorkbook } else { RosterFileError::NoVisibleSheet });
    }
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = format!("{folder}/sharedStrings.xml");
    let strings = strings.map(|target| target.part(package)).filter(|part| package.has(part));
    let sheet = |name, target: &RelationTarget| ListedSheet { name, part: target.part(package) };
    Ok(WorkbookContents {
        sheets: listed.into_iter().map(|(name, target)| sheet(name, target)).collect(),
        hidden: hidden.into_iter().map(|(name, target, reason)| (sheet(name, target), reason)).collect(),
        strings: strings.unwrap_or_else(|| beside.trim_start_matches('/').to_owned()),
    })
}

fn shared_strings(package: &mut Package, part: &str, budget: &Budget) -> Result<SharedStrings, RosterFileError> {
    let collected = package.parsed(part, budget, |xml| collect_strings(xml, budget))?;
    collected.map_or_else(|| Collecting::new(budget).finish(), Ok)
}

fn collect_strings(xml: &mut PartReader, budget: &Budget) -> Result<SharedStrings, RosterFileError> {
    let mut strings = Collecting::new(budget);
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

#[cfg(test)]
mod tests;

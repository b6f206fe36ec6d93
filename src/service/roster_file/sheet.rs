//! The rows of one worksheet (ECMA-376 part 1, 18.3), streamed.

use super::RosterFileError;
use super::budget::{Budget, TOKEN_BYTES_MAX};
use super::cell::{
    COLUMNS_MAX, Cell, ColumnNeed, Merged, PROGRESS_EVERY_ROWS, RawRow, RowSink, SHEET_ROWS_MAX, parse_reference,
};
use super::plain_cell::plain_cell;
use super::shared_strings::{SharedStrings, append};
use super::xml::{attribute, resolve, unescaped};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;
use std::ops::ControlFlow;

/// Most cells of one row that are read.
const ROW_CELLS_MAX: usize = 16_384;
/// Most bytes of text in the needed cells of one row, and in its other cells, since one long shared string may be in
/// each of them.
const ROW_BYTES_MAX: usize = TOKEN_BYTES_MAX as usize;
/// Stands for what can't be read.
const UNREADABLE: char = '\u{FFFD}';

/// Reads to the end of the sheet, or until the sink returns `Break`.
pub(super) fn read(
    xml: &mut Reader<impl BufRead>,
    budget: &Budget,
    strings: &mut SharedStrings,
    total: u64,
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, RosterFileError> {
    let (mut buffer, mut inner) = (Vec::new(), Vec::new());
    let mut place = SheetState::new(strings, budget);
    let mut complete = false;
    loop {
        buffer.clear();
        budget.token_done();
        place.take_plain_cells(xml, sink)?;
        let event = xml.read_event_into(&mut buffer)?;
        place.is_between = matches!(event, Event::Start(_) | Event::End(_) | Event::Empty(_));
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => {
                    budget.step(1)?;
                    place.begin_row(&element);
                }
                "c" => place.take_cell(&element, xml, sink, &mut inner)?,
                "col" => hidden_columns(&element, budget, sink)?,
                _ => {}
            },
            Event::Empty(element) => match element.local_name().as_ref() {
                "col" => hidden_columns(&element, budget, sink)?,
                "row" => {
                    budget.step(1)?;
                    place.begin_row(&element);
                }
                "c" => {
                    budget.step(1)?;
                    place.open_cell(&element);
                    place.column += 1;
                }
                "mergeCell" => {
                    budget.step(1)?;
                    if let Some(area) = attribute(&element, "ref").as_deref().and_then(merged) {
                        sink.merged(area);
                    }
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "row" => {
                // The XML reader lets an end tag without a start tag pass. It ends the first row.
                place.row = place.row.max(1);
                place.sort_cells();
                if sink.row(RawRow { row: place.row, is_hidden: place.is_hidden, cells: &place.cells }).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                place.clear_cells();
                if place.row.is_multiple_of(PROGRESS_EVERY_ROWS) && sink.progress(budget.inflated(), total).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Event::End(element) if element.local_name().as_ref() == "worksheet" => complete = true,
            Event::Eof if complete => return Ok(ControlFlow::Continue(())),
            Event::Eof => return Err(RosterFileError::Damaged),
            _ => {}
        }
    }
}

struct SheetState<'a> {
    strings: &'a mut SharedStrings,
    budget: &'a Budget,
    row: u32,
    is_hidden: bool,
    column: u32,
    /// An element has ended or begun, and no text stands before the next one.
    is_between: bool,
    cells: Vec<(u32, Cell)>,
    /// Whether the cells of the row go from left to right.
    is_sorted: bool,
    /// Bytes of text in the needed cells of the row.
    bytes: usize,
    /// Bytes of text in its other cells.
    spare_bytes: usize,
}

/// The type of a cell from its `t` attribute.
#[derive(Clone, Copy)]
enum CellType {
    Shared,
    Text,
    Number,
    Error,
}

impl CellType {
    fn of(attribute: &str) -> Self {
        match attribute {
            "s" => Self::Shared,
            "e" => Self::Error,
            "n" => Self::Number,
            _ => Self::Text,
        }
    }
}

impl<'a> SheetState<'a> {
    fn new(strings: &'a mut SharedStrings, budget: &'a Budget) -> Self {
        Self {
            strings,
            budget,
            row: 0,
            is_hidden: false,
            column: 0,
            is_between: false,
            cells: vec![],
            is_sorted: true,
            bytes: 0,
            spare_bytes: 0,
        }
    }

    fn clear_cells(&mut self) {
        self.cells.clear();
        (self.is_sorted, self.bytes, self.spare_bytes) = (true, 0, 0);
    }

    /// Puts the cells of the row in order. Where a column has several, the first one counts.
    fn sort_cells(&mut self) {
        if !self.is_sorted {
            self.cells.sort_by_key(|(column, _)| *column);
            self.cells.dedup_by_key(|(column, _)| *column);
        }
    }

    /// Starts a row. Rows are numbered from 1; a row without a valid number follows the previous one.
    fn begin_row(&mut self, element: &BytesStart<'_>) {
        let mut number = None;
        self.is_hidden = false;
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => number = attribute.value.parse().ok(),
                "hidden" => self.is_hidden = is_true(&attribute.value),
                _ => {}
            }
        }
        let number = number.filter(|row| (1..=SHEET_ROWS_MAX).contains(row));
        self.row = number.unwrap_or(self.row.saturating_add(1));
        self.column = 0;
        self.clear_cells();
    }

    fn open_cell(&mut self, element: &BytesStart<'_>) -> CellType {
        let mut kind = CellType::Number;
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => self.go_to(&attribute.value),
                "t" => kind = CellType::of(&attribute.value),
                _ => {}
            }
        }
        kind
    }

    /// Goes to the column of a reference, if it is one.
    fn go_to(&mut self, reference: &str) {
        if let Some((_, column)) = parse_reference(reference) {
            self.column = column;
        }
    }

    fn need(&self, sink: &dyn RowSink) -> ColumnNeed {
        if self.column <= COLUMNS_MAX { sink.need(self.column) } else { ColumnNeed::Unneeded }
    }

    fn take_cell(
        &mut self,
        element: &BytesStart<'_>,
        xml: &mut Reader<impl BufRead>,
        sink: &dyn RowSink,
        buffer: &mut Vec<u8>,
    ) -> Result<(), RosterFileError> {
        self.budget.step(1)?;
        let kind = self.open_cell(element);
        let need = self.need(sink);
        let content = content(xml, self.budget, need != ColumnNeed::Unneeded, buffer)?;
        self.keep(kind, content, need)?;
        self.column += 1;
        Ok(())
    }

    /// Takes the cells that come next and are plain, as far as they are in the reader's buffer.
    fn take_plain_cells(&mut self, xml: &mut Reader<impl BufRead>, sink: &dyn RowSink) -> Result<(), RosterFileError> {
        if !self.is_between {
            return Ok(());
        }
        let mut stream = xml.stream();
        // If this fails, the next event fails, too.
        let Ok(bytes) = stream.fill_buf() else { return Ok(()) };
        let mut taken = 0;
        while let Some(cell) = plain_cell(&bytes[taken..]) {
            self.budget.step(1)?;
            cell.reference.into_iter().for_each(|reference| self.go_to(reference));
            let kind = cell.kind.map_or(CellType::Number, CellType::of);
            let need = self.need(sink);
            if need != ColumnNeed::Unneeded {
                let mut content = Content::default();
                append(&mut content.value, cell.text);
                self.keep(kind, content, need)?;
            }
            self.column += 1;
            taken += cell.length;
        }
        stream.consume(taken);
        Ok(())
    }

    fn keep(&mut self, kind: CellType, content: Content, need: ColumnNeed) -> Result<(), RosterFileError> {
        // A formula whose result is the empty text shows nothing. One without a result was never computed.
        let shows_nothing = !content.formula || matches!(kind, CellType::Text);
        let is_empty = content.value.is_empty() && shows_nothing;
        if is_empty || need == ColumnNeed::Unneeded {
            return Ok(());
        }
        let (shown, is_damaged) = match kind {
            CellType::Shared => match self.shared(&content.value)? {
                Some(shown) => (unescaped(shown), content.damaged),
                None if self.strings.is_empty() && need == ColumnNeed::Needed => return Err(RosterFileError::Damaged),
                None => (UNREADABLE.into(), true),
            },
            CellType::Text => (unescaped(content.value), content.damaged),
            CellType::Number | CellType::Error => (content.value, content.damaged),
        };
        if !self.has_room(shown.len(), need)? {
            return Ok(());
        }
        let cell = match kind {
            _ if is_damaged => Cell::Damaged(shown),
            _ if content.formula => Cell::Formula(shown),
            CellType::Error => Cell::Error(shown),
            CellType::Number if shown.parse().is_ok_and(f64::is_finite) => Cell::Number(shown),
            CellType::Number | CellType::Shared | CellType::Text => Cell::Text(shown),
        };
        if self.cells.len() < ROW_CELLS_MAX {
            self.is_sorted &= self.cells.last().is_none_or(|(last, _)| *last < self.column);
            self.cells.push((self.column, cell));
        }
        Ok(())
    }

    /// The shared string with this index; `None` if there is none.
    fn shared(&mut self, index: &str) -> Result<Option<String>, RosterFileError> {
        match index.trim().parse() {
            Ok(index) => self.strings.get(index),
            Err(_) => Ok(None),
        }
    }

    /// Counts the text of a cell. Returns `false` for one that the sink can do without and that exceeds a limit.
    fn has_room(&mut self, bytes: usize, need: ColumnNeed) -> Result<bool, RosterFileError> {
        if need == ColumnNeed::Needed {
            self.budget.text(bytes)?;
            self.bytes += bytes;
            return if self.bytes > ROW_BYTES_MAX { Err(RosterFileError::RowTooLong) } else { Ok(true) };
        }
        let fits = self.spare_bytes + bytes <= ROW_BYTES_MAX && self.budget.has_steps_for_text(bytes);
        if fits {
            self.spare_bytes += bytes;
        }
        Ok(fits)
    }
}

#[derive(Default)]
struct Content {
    value: String,
    formula: bool,
    /// A part of the value can't be read.
    damaged: bool,
}

/// The content between `<c>` and `</c>`: the text of `v` or of the runs in `is`, and whether there is an `f`.
fn content(
    xml: &mut Reader<impl BufRead>,
    budget: &Budget,
    wanted: bool,
    buffer: &mut Vec<u8>,
) -> Result<Content, RosterFileError> {
    let mut content = Content::default();
    let (mut taking, mut phonetic) = (false, false);
    loop {
        buffer.clear();
        budget.token_done();
        match xml.read_event_into(buffer)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "v" | "t" => taking = wanted && !phonetic,
                "f" => content.formula = true,
                "rPh" => phonetic = true,
                _ => {}
            },
            Event::Empty(element) if element.local_name().as_ref() == "f" => content.formula = true,
            Event::End(element) => match element.local_name().as_ref() {
                "c" => return Ok(content),
                "v" | "t" => taking = false,
                "rPh" => phonetic = false,
                _ => {}
            },
            Event::Text(text) if taking => append(&mut content.value, &text.xml10_content()),
            Event::CData(text) if taking => append(&mut content.value, &text.xml10_content()),
            Event::GeneralRef(reference) if taking => {
                let character = resolve(&reference);
                content.damaged |= character.is_none();
                append(&mut content.value, character.unwrap_or(UNREADABLE).encode_utf8(&mut [0; 4]));
            }
            Event::Eof => return Err(RosterFileError::Damaged),
            _ => {}
        }
    }
}

/// A boolean of XML Schema.
fn is_true(value: &str) -> bool {
    matches!(value.trim(), "1" | "true")
}

/// Passes the columns of a `col` that isn't shown to the sink.
fn hidden_columns(element: &BytesStart<'_>, budget: &Budget, sink: &mut dyn RowSink) -> Result<(), RosterFileError> {
    budget.step(1)?;
    let number = |name: &str| attribute(element, name).and_then(|value| value.parse::<u32>().ok());
    let is_hidden = attribute(element, "hidden").is_some_and(|value| is_true(&value));
    let has_no_width = attribute(element, "width").and_then(|width| width.parse::<f64>().ok()) == Some(0.0);
    if (is_hidden || has_no_width)
        && let (Some(first @ 1..), Some(last)) = (number("min"), number("max"))
        && first <= last
    {
        sink.hidden_columns((first - 1, last - 1));
    }
    Ok(())
}

fn merged(reference: &str) -> Option<Merged> {
    let (from, to) = reference.split_once(':')?;
    let (from, to) = (parse_reference(from)?, parse_reference(to)?);
    Some(Merged { rows: (from.0, to.0), columns: (from.1, to.1) })
}

//! The rows of one worksheet (ECMA-376 part 1, 18.3), streamed.

use super::RosterFileError;
use super::budget::{Budget, TOKEN_BYTES_MAX};
use super::cell::{Cell, Merged, PROGRESS_EVERY_ROWS, RawRow, RowSink, parse_reference};
use super::shared_strings::{SharedStrings, append};
use super::xml::{attribute, resolve};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;
use std::ops::ControlFlow;

/// Most cells of one row that are read.
pub(super) const ROW_CELLS_MAX: usize = 16_384;
/// Most bytes of text in one row, since one long shared string may be in each of its cells.
const ROW_BYTES_MAX: usize = TOKEN_BYTES_MAX as usize;

/// Reads to the end of the sheet, or until the sink returns `Break`.
pub(super) fn read(
    xml: &mut Reader<impl BufRead>,
    budget: &Budget,
    strings: &mut SharedStrings,
    total: u64,
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, RosterFileError> {
    let (mut buffer, mut inner) = (Vec::new(), Vec::new());
    let mut place = SheetState { strings, budget, row: 0, column: 0, cells: Vec::new(), bytes: 0 };
    let mut complete = false;
    loop {
        buffer.clear();
        budget.token_done();
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => {
                    budget.step(1)?;
                    place.begin_row(&element);
                }
                "c" => {
                    budget.step(1)?;
                    let open = place.open_cell(&element);
                    let wanted = sink.wants(place.column);
                    let content = content(xml, budget, wanted, &mut inner)?;
                    if wanted {
                        place.keep(open, content)?;
                    }
                    place.column += 1;
                }
                _ => {}
            },
            Event::Empty(element) => match element.local_name().as_ref() {
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
                if sink.row(RawRow { row: place.row, cells: &place.cells }).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                place.cells.clear();
                place.bytes = 0;
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
    column: u32,
    cells: Vec<(u32, Cell)>,
    /// Bytes of text in the cells of the row.
    bytes: usize,
}

/// The type of a cell from its `t` attribute.
#[derive(Clone, Copy)]
enum CellType {
    Shared,
    Text,
    Number,
    Error,
}

impl SheetState<'_> {
    /// Starts a row. Rows are numbered from 1; a row without a valid number follows the previous one.
    fn begin_row(&mut self, element: &BytesStart<'_>) {
        self.row = attribute(element, "r")
            .and_then(|row| row.parse().ok())
            .filter(|row| *row > 0)
            .unwrap_or(self.row.saturating_add(1));
        self.column = 0;
        self.cells.clear();
        self.bytes = 0;
    }

    fn open_cell(&mut self, element: &BytesStart<'_>) -> CellType {
        let mut kind = CellType::Number;
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => {
                    if let Some((_, column)) = parse_reference(&attribute.value) {
                        self.column = column;
                    }
                }
                "t" => {
                    kind = match &*attribute.value {
                        "s" => CellType::Shared,
                        "e" => CellType::Error,
                        "n" => CellType::Number,
                        _ => CellType::Text,
                    };
                }
                _ => {}
            }
        }
        kind
    }

    fn keep(&mut self, kind: CellType, content: Content) -> Result<(), RosterFileError> {
        if content.value.is_empty() && !content.formula {
            return Ok(());
        }
        let shown = match kind {
            CellType::Shared => {
                let index: u64 = content.value.trim().parse().map_err(|_| RosterFileError::Damaged)?;
                self.strings.get(index)?.ok_or(RosterFileError::Damaged)?
            }
            _ => content.value,
        };
        self.budget.text(shown.len())?;
        self.bytes += shown.len();
        if self.bytes > ROW_BYTES_MAX {
            return Err(RosterFileError::RowTooLong);
        }
        let cell = match kind {
            _ if content.formula => Cell::Formula(shown),
            CellType::Error => Cell::Error(shown),
            CellType::Number => Cell::Number(shown),
            CellType::Shared | CellType::Text => Cell::Text(shown),
        };
        if self.cells.len() < ROW_CELLS_MAX {
            self.cells.push((self.column, cell));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Content {
    value: String,
    formula: bool,
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
                let mut resolved = String::new();
                resolve(&reference, &mut resolved)?;
                append(&mut content.value, &resolved);
            }
            Event::Eof => return Err(RosterFileError::Damaged),
            _ => {}
        }
    }
}

fn merged(reference: &str) -> Option<Merged> {
    let (from, to) = reference.split_once(':')?;
    let (from, to) = (parse_reference(from)?, parse_reference(to)?);
    Some(Merged { rows: (from.0, to.0), columns: (from.1, to.1) })
}

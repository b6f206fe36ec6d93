//! Content that flows over pages: paragraphs, tables whose headings are repeated, and what stays together.

use super::words;
use crate::certificate::CertificateFault;
use crate::certificate::colors::{HAIRLINE_COLOR, TEXT_COLOR};
use crate::certificate::draw::{PAGE_HEIGHT, Rect, mm};
use crate::certificate::fonts::{Cut, Face, Fonts};
use crate::certificate::letterhead::PrintedLetterhead;
use crate::certificate::page::{Drawing, PageMark, PrintedPage, TextLine};
use crate::certificate::printable::printed_text;
use crate::certificate::structure::{ElementId, Structure, StructureType};
use crate::certificate::tagged::{LEFT, TaggedBlock, WIDTH, centred_lines, paragraph, push_lines};
use crate::certificate::wrap::{self, TextStyle};

/// The running text.
pub const TEXT: TextStyle = TextStyle::new(Face::Sans, 10.0, TEXT_COLOR);
/// Headings and sums.
pub const BOLD: TextStyle = TextStyle::new(Face::SansBold, 10.0, TEXT_COLOR);
/// From one line of running text to the next, in points.
pub const LEADING: f32 = 14.0;
const TOP: f32 = mm(20.0);
const BOTTOM: f32 = PAGE_HEIGHT - mm(22.0);
/// Size of a table's text, and from one of its lines to the next.
const CELL: f32 = 9.0;
const CELL_LEADING: f32 = 11.5;
/// Space above and below the lines of a row, and beside a cell's text.
const PADDING: f32 = 2.4;
const BESIDE: f32 = 3.0;
const THIN: f32 = 0.5;
const THICK: f32 = 1.1;

/// The pages as they fill.
pub struct Flow {
    /// What the marks belong to.
    pub structure: Structure,
    /// The smallest cut that has all characters so far.
    pub cut: Cut,
    done: Vec<PrintedPage>,
    now: PrintedPage,
    y: f32,
}

/// A column of a table.
pub struct TableColumn<'a> {
    /// Empty for none.
    pub heading: &'a str,
    /// In points.
    pub width: f32,
    /// How its cells are set.
    pub kind: TableCells,
}

/// How cells are set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TableCells {
    /// Text, from the left.
    Text,
    /// What the row is about: its heading.
    Name,
    /// A number, from the right.
    Figure,
}

/// A table.
pub struct Table<'a> {
    /// Together as wide as the text.
    pub columns: &'a [TableColumn<'a>],
    /// Cells by column.
    pub rows: Vec<Vec<String>>,
    /// The sums; `None` without them.
    pub total: Option<Vec<String>>,
}

impl Flow {
    /// An empty first page.
    pub fn new() -> Self {
        let now = PrintedPage { marks: Vec::new() };
        Self { structure: Structure::default(), cut: Cut::Basic, done: Vec::new(), now, y: TOP }
    }

    /// The pages.
    pub fn finish(mut self) -> (Vec<PrintedPage>, Structure, Cut) {
        self.done.push(self.now);
        (self.done, self.structure, self.cut)
    }

    /// The text as it is printed: a mark stands for what the fonts lack.
    pub fn printed(&mut self, text: &str) -> String {
        let printed = printed_text(text).text;
        self.cut = self.cut.max(Fonts::get().cut_for(&printed));
        printed
    }

    /// Moves down.
    pub fn space(&mut self, points: f32) {
        if self.y > TOP {
            self.y += points;
        }
    }

    /// Begins another page if there is no room for so much; says whether it did.
    pub fn need(&mut self, height: f32) -> bool {
        let is_full = self.y + height > BOTTOM && self.y > TOP;
        if is_full {
            self.done.push(std::mem::replace(&mut self.now, PrintedPage { marks: Vec::new() }));
            self.y = TOP;
        }
        is_full
    }

    /// Places blocks one below the other, each on one page.
    pub fn blocks(&mut self, blocks: Vec<TaggedBlock>) {
        for block in blocks {
            self.need(block.height);
            self.now.marks.extend(block.ops.into_iter().map(|mark| mark.moved(LEFT, self.y)));
            self.y += block.height;
        }
    }

    /// A letterhead.
    ///
    /// # Errors
    /// `TooLong` when a line doesn't fit.
    pub fn letterhead(&mut self, letterhead: &PrintedLetterhead) -> Result<(), CertificateFault> {
        letterhead.lines.iter().for_each(|line| self.cut = self.cut.max(Fonts::get().cut_for(line)));
        let block = letterhead.block(&mut self.structure)?;
        self.blocks(vec![block]);
        Ok(())
    }

    /// A paragraph of running text.
    pub fn paragraph(&mut self, style: &TextStyle, leading: f32, text: &str) {
        let element = self.structure.add(StructureType::P);
        let text = self.printed(text);
        self.blocks(paragraph(element, &text, (style, 0.0, leading), WIDTH));
    }

    /// Lines in the middle of the page.
    pub fn centred(&mut self, kind: StructureType, style: &TextStyle, leading: f32, text: &str) {
        let element = self.structure.add(kind);
        let text = self.printed(text);
        self.blocks(vec![centred_lines(element, wrap::even_lines(&text, style, WIDTH), style, leading)]);
    }

    /// The heading of a section; `below` points of what follows stay on its page.
    pub fn heading(&mut self, text: &str, below: f32) {
        self.space(13.0);
        self.need(LEADING + 4.0 + below);
        let element = self.structure.add(StructureType::H2);
        let mut block = TaggedBlock::default();
        push_lines(&mut block, element, [text.to_string()], (&BOLD.sized(11.0), 0.0, LEADING), false);
        self.blocks(vec![block]);
        self.space(4.0);
    }

    /// A line across the text.
    pub fn rule(&mut self, thickness: f32) {
        let rect = Rect::new(LEFT, self.y, WIDTH, thickness);
        self.now.marks.push(PageMark::new(None, Drawing::FilledRect { rect, color: TEXT_COLOR }));
        self.y += thickness;
    }

    /// A figure of a symbol beside text, together on one page.
    pub fn symbol_beside(&mut self, side: f32, alternative: String, text: &str) {
        self.space(6.0);
        self.need(side);
        let text = self.printed(text);
        let element = self.structure.add_figure(alternative);
        let rect = Rect::new(LEFT, self.y, side, side);
        self.now.marks.push(PageMark::new(Some(element), Drawing::Symbol { rect }));
        let (element, x) = (self.structure.add(StructureType::P), side + mm(6.0));
        let style = TEXT.sized(8.5);
        let mut block = TaggedBlock::default();
        push_lines(&mut block, element, wrap::lines(&text, &style, WIDTH - x), (&style, x, 11.5), false);
        self.now.marks.extend(block.ops.into_iter().map(|mark| mark.moved(LEFT, self.y)));
        self.y += side.max(block.height);
    }

    /// A table; its headings stand on each of its pages.
    pub fn table(&mut self, table: &Table<'_>) {
        let whole = self.structure.add(StructureType::Table);
        let has_headings = table.columns.iter().any(|column| !column.heading.is_empty());
        if has_headings {
            self.need(3.0 * (CELL_LEADING + 2.0 * PADDING));
            self.headings(table.columns, Some(whole));
        } else {
            self.line(THIN);
        }
        for row in &table.rows {
            self.row((whole, table.columns), row, CELL_STYLE, has_headings);
            self.line(THIN);
        }
        if let Some(total) = &table.total {
            self.row((whole, table.columns), total, CELL_BOLD, has_headings);
            self.line(THICK);
        }
    }

    /// The row of headings; repeated ones, without a table, are passed over by a screen reader.
    fn headings(&mut self, columns: &[TableColumn<'_>], of: Option<ElementId>) {
        self.line(THICK);
        let row = of.map(|table| self.structure.add_to(table, StructureType::TR));
        let (style, baseline) = (CELL_BOLD.sized(8.5), self.y + PADDING + CELL_LEADING - 3.0);
        let mut x = LEFT;
        for column in columns {
            let element = row.map(|row| self.structure.add_to(row, StructureType::ColumnTH));
            if !column.heading.is_empty() {
                let at = cell_left(x, column, &style, column.heading);
                self.text(element, (&style, at, baseline), column.heading, false);
            }
            x += column.width;
        }
        self.y += CELL_LEADING + 2.0 * PADDING;
        self.line(THICK);
    }

    fn row(
        &mut self,
        (table, columns): (ElementId, &[TableColumn<'_>]),
        cells: &[String],
        style: TextStyle,
        has_headings: bool,
    ) {
        let lines: Vec<Vec<String>> = columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| {
                let printed = self.printed(cell);
                wrap::lines(&printed, &style, column.width - 2.0 * BESIDE)
            })
            .collect();
        let height = lines.iter().map(Vec::len).max().unwrap_or(1).max(1) as f32 * CELL_LEADING + 2.0 * PADDING;
        if self.need(height + THIN) && has_headings {
            self.headings(columns, None);
        }
        let row = self.structure.add_to(table, StructureType::TR);
        let mut x = LEFT;
        for (column, lines) in columns.iter().zip(lines) {
            let kind = if column.kind == TableCells::Name { StructureType::TH } else { StructureType::TD };
            let element = self.structure.add_to(row, kind);
            let count = lines.len();
            for (down, text) in lines.into_iter().enumerate() {
                let y = self.y + PADDING + CELL_LEADING * (down + 1) as f32 - 3.0;
                let at = cell_left(x, column, &style, &text);
                self.text(Some(element), (&style, at, y), &text, down + 1 < count);
            }
            x += column.width;
        }
        self.y += height;
    }

    fn line(&mut self, thickness: f32) {
        let color = if thickness > THIN { TEXT_COLOR } else { HAIRLINE_COLOR };
        let rect = Rect::new(LEFT, self.y, WIDTH, thickness);
        self.now.marks.push(PageMark::new(None, Drawing::FilledRect { rect, color }));
        self.y += thickness;
    }

    fn text(&mut self, element: Option<ElementId>, (style, x, y): (&TextStyle, f32, f32), text: &str, continues: bool) {
        let line = TextLine { style: *style, x, y, text: text.into(), continues };
        self.now.marks.push(PageMark::new(element, Drawing::Text(line)));
    }

    /// Places to sign by hand, two beside each other: position, room, name and NIP.
    pub fn places_to_sign(&mut self, positions: &[String]) {
        for pair in positions.chunks(2) {
            let width = WIDTH / 2.0 - mm(5.0);
            let printed: Vec<Vec<String>> = pair
                .iter()
                .map(|position| {
                    let printed = self.printed(position);
                    wrap::lines(&printed, &TEXT, width)
                })
                .collect();
            let highest = printed.iter().map(Vec::len).max().unwrap_or(1) as f32 * LEADING;
            self.space(8.0);
            self.need(highest + ROOM_TO_SIGN + 2.0 * LEADING);
            for (at, lines) in printed.into_iter().enumerate() {
                let x = if at == 0 { 0.0 } else { WIDTH / 2.0 + mm(5.0) };
                let mut block = TaggedBlock::default();
                push_lines(&mut block, self.structure.add(StructureType::P), lines, (&TEXT, x, LEADING), false);
                block.height = highest + ROOM_TO_SIGN;
                for text in [words::SIGN_HERE, words::SIGN_NIP] {
                    let element = self.structure.add(StructureType::P);
                    push_lines(&mut block, element, [text.to_string()], (&TEXT, x, LEADING), false);
                }
                self.now.marks.extend(block.ops.into_iter().map(|mark| mark.moved(LEFT, self.y)));
            }
            self.y += highest + ROOM_TO_SIGN + 2.0 * LEADING;
        }
    }
}

/// Height of the place where a person signs.
const ROOM_TO_SIGN: f32 = mm(20.0);
const CELL_STYLE: TextStyle = TEXT.sized(CELL);
const CELL_BOLD: TextStyle = BOLD.sized(CELL);

/// Where a cell's text begins; `x` is the column's left end.
fn cell_left(x: f32, column: &TableColumn<'_>, style: &TextStyle, text: &str) -> f32 {
    match column.kind {
        TableCells::Text | TableCells::Name => x + BESIDE,
        TableCells::Figure => x + column.width - BESIDE - style.width(text),
    }
}

//! A page's content stream (ISO 32000-1, 7.8.2), in which each mark stands within its element's marked content.

use super::objects::{push_decimal, push_escaped, push_number, put};
use crate::certificate::draw::{PAGE_HEIGHT, Rect, stroke_lines};
use crate::certificate::fonts::{Cut, Fonts};
use crate::certificate::page::{Drawing, PageMark, PrintedPage, TextLine};
use crate::certificate::structure::{ElementId, Structure};
use crate::certificate::wrap::{Color, TextStyle};
use crate::domain::pledge::Strokes;

/// The name of the QR symbol's image in the page's resources.
pub const SYMBOL_NAME: &str = "QR";
/// The name of the emblem's image.
pub const EMBLEM_NAME: &str = "Emblem";

/// A page's content, and what its marked content belongs to.
pub struct PageContent {
    /// The operators in reading order. Each run leaves the graphics state as it was, so that the next can be written
    /// without knowing it.
    pub runs: Vec<Run>,
    /// The element of each marked-content sequence; its place is the sequence's id (MCID).
    pub sequences: Vec<ElementId>,
    /// Where each figure stands.
    pub figures: Vec<(ElementId, Rect)>,
}

/// Operators of marks that follow each other.
#[derive(Default)]
pub struct Run {
    /// Whether they are the certificate's own. The others are the same on all certificates of a template that are as
    /// long.
    pub is_own: bool,
    /// The operators.
    pub bytes: Vec<u8>,
    /// Entries of the stream's dictionary besides its length; empty for bytes as they are.
    pub entries: &'static str,
}

struct ContentWriter<'a> {
    runs: Vec<Run>,
    is_own: bool,
    bytes: Vec<u8>,
    sequences: Vec<ElementId>,
    figures: Vec<(ElementId, Rect)>,
    structure: &'a Structure,
    cut: Cut,
    /// What the open sequence belongs to; `Some(None)` is decoration.
    open: Option<Option<ElementId>>,
    fill: Option<Color>,
    font: Option<TextStyle>,
}

/// Writes a page with the fonts of a cut that has its characters.
pub fn content(page: &PrintedPage, structure: &Structure, cut: Cut) -> PageContent {
    let mut writer = ContentWriter::new(structure, cut);
    for mark in &page.marks {
        if mark.is_own != writer.is_own {
            writer.end_run();
            writer.is_own = mark.is_own;
        }
        writer.mark(mark);
    }
    writer.end_run();
    PageContent { runs: writer.runs, sequences: writer.sequences, figures: writer.figures }
}

/// Nearly all runs are shorter.
const RUN_EXPECTED: usize = 4 * 1024;

impl<'a> ContentWriter<'a> {
    fn new(structure: &'a Structure, cut: Cut) -> Self {
        let (runs, bytes, sequences, figures) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { runs, is_own: false, bytes, sequences, figures, structure, cut, open: None, fill: None, font: None }
    }

    fn end_run(&mut self) {
        self.close();
        if !self.bytes.is_empty() {
            self.bytes.extend_from_slice(b"Q\n");
            self.runs.push(Run { is_own: self.is_own, bytes: std::mem::take(&mut self.bytes), entries: "" });
        }
        (self.fill, self.font) = (None, None);
    }

    fn mark(&mut self, mark: &PageMark) {
        if self.bytes.is_empty() {
            self.bytes.reserve(RUN_EXPECTED);
            self.bytes.extend_from_slice(b"q\n");
        }
        self.open(mark.element);
        match &mark.drawing {
            Drawing::Text(line) => self.text(line),
            Drawing::FilledRect { rect, color } => {
                self.fill(*color);
                self.rect(*rect);
                self.bytes.extend_from_slice(b" re f\n");
            }
            Drawing::Frame { rect, line, color } => {
                self.stroke(*color, *line);
                self.rect(*rect);
                self.bytes.extend_from_slice(b" re S Q\n");
            }
            Drawing::Strokes { strokes, rect, color } => {
                self.figure(mark.element, *rect);
                self.strokes(strokes, *rect, *color);
            }
            Drawing::Emblem { rect } => {
                self.figure(mark.element, *rect);
                self.image(*rect, EMBLEM_NAME);
            }
            Drawing::Symbol { rect } => {
                self.figure(mark.element, *rect);
                self.image(*rect, SYMBOL_NAME);
            }
        }
    }

    /// Begins the marked content of an element, unless it is open.
    fn open(&mut self, element: Option<ElementId>) {
        if self.open == Some(element) {
            return;
        }
        self.close();
        self.open = Some(element);
        match element {
            None => self.bytes.extend_from_slice(b"/Artifact BMC\n"),
            Some(element) => {
                let structure_type = self.structure.elements()[element.index()].structure_type;
                put(&mut self.bytes, format_args!("/{}<</MCID ", structure_type.name()));
                push_number(&mut self.bytes, self.sequences.len());
                self.bytes.extend_from_slice(b">>BDC\n");
                self.sequences.push(element);
            }
        }
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.bytes.extend_from_slice(b"EMC\n");
        }
    }

    fn text(&mut self, line: &TextLine) {
        self.fill(line.style.color);
        self.bytes.extend_from_slice(b"BT ");
        let (style, fonts, cut) = (&line.style, Fonts::get(), self.cut);
        self.font(style);
        self.bytes.extend_from_slice(b"1 0 0 1 ");
        self.point(line.x, line.y);
        self.bytes.extend_from_slice(b" Tm ");
        let glyphs = fonts.glyphs(cut, style.face);
        self.bytes.push(b'(');
        for character in line.text.chars().chain(line.continues.then_some(' ')) {
            push_escaped(&mut self.bytes, &glyphs.of(character).to_be_bytes());
        }
        self.bytes.extend_from_slice(b")Tj ET\n");
    }

    /// Sets face, size and tracking, where they differ from those of the text before.
    fn font(&mut self, style: &TextStyle) {
        let before = self.font.replace(*style);
        if before.is_none_or(|before| (before.face, before.size) != (style.face, style.size)) {
            put(&mut self.bytes, format_args!("/{} ", style.face.resource()));
            push_decimal(&mut self.bytes, style.size, 2);
            self.bytes.extend_from_slice(b" Tf ");
        }
        if before.map_or(0.0, |before| before.tracking) != style.tracking {
            push_decimal(&mut self.bytes, style.tracking, 2);
            self.bytes.extend_from_slice(b" Tc ");
        }
    }

    fn strokes(&mut self, strokes: &Strokes, area: Rect, color: Color) {
        self.stroke(color, 1.1);
        self.bytes.extend_from_slice(b"1 J 1 j\n");
        for line in stroke_lines(strokes, area) {
            for (place, (x, y)) in line.into_iter().enumerate() {
                push_decimal(&mut self.bytes, x, 2);
                self.bytes.push(b' ');
                push_decimal(&mut self.bytes, y, 2);
                self.bytes.extend_from_slice(if place == 0 { b" m\n" } else { b" l\n" });
            }
        }
        self.bytes.extend_from_slice(b"S Q\n");
    }

    /// The image fills the unit square (ISO 32000-1, 8.9.3).
    fn image(&mut self, rect: Rect, name: &str) {
        let bytes = &mut self.bytes;
        bytes.extend_from_slice(b"q ");
        push_decimal(bytes, rect.width, 4);
        bytes.extend_from_slice(b" 0 0 ");
        push_decimal(bytes, rect.height, 4);
        bytes.push(b' ');
        push_decimal(bytes, rect.x, 2);
        bytes.push(b' ');
        push_decimal(bytes, PAGE_HEIGHT - rect.y - rect.height, 2);
        put(bytes, format_args!(" cm /{name} Do Q\n"));
    }

    fn figure(&mut self, element: Option<ElementId>, rect: Rect) {
        self.figures.extend(element.map(|element| (element, rect)));
    }

    fn fill(&mut self, color: Color) {
        if self.fill != Some(color) {
            self.fill = Some(color);
            self.color(color);
            self.bytes.extend_from_slice(b" rg\n");
        }
    }

    /// Saves the graphics state and sets how lines are drawn.
    fn stroke(&mut self, color: Color, line: f32) {
        self.bytes.extend_from_slice(b"q ");
        self.color(color);
        self.bytes.extend_from_slice(b" RG ");
        push_decimal(&mut self.bytes, line, 2);
        self.bytes.extend_from_slice(b" w ");
    }

    fn color(&mut self, Color(red, green, blue): Color) {
        for (place, part) in [red, green, blue].into_iter().enumerate() {
            if place > 0 {
                self.bytes.push(b' ');
            }
            push_decimal(&mut self.bytes, f32::from(part) / 255.0, 4);
        }
    }

    fn point(&mut self, x: f32, y: f32) {
        push_decimal(&mut self.bytes, x, 2);
        self.bytes.push(b' ');
        push_decimal(&mut self.bytes, PAGE_HEIGHT - y, 2);
    }

    /// The four operands of a rectangle.
    fn rect(&mut self, rect: Rect) {
        self.point(rect.x, rect.y + rect.height);
        for side in [rect.width, rect.height] {
            self.bytes.push(b' ');
            push_decimal(&mut self.bytes, side, 2);
        }
    }
}

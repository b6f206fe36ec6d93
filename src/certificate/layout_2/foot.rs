//! The verification band at the foot of the last page: the QR code, the address to check it at, the serial, and the
//! note.

use super::words;
use crate::certificate::colors::{ACCENT_COLOR, GREY_COLOR, HAIRLINE_COLOR, TEXT_COLOR};
use crate::certificate::draw::{Rect, mm};
use crate::certificate::fonts::Face;
use crate::certificate::page::{Drawing, PageMark, PrintedPage, TextLine};
use crate::certificate::structure::{ElementId, Structure, StructureType};
use crate::certificate::tagged::{LEFT, WIDTH, line};
use crate::certificate::wrap::{self, TextStyle};
use crate::certificate::{CertificateFault, CertificateTemplate};

/// Longest side of a QR module in millimetres; a larger one reads no better.
const MODULE_MM_MAX: f32 = 0.7;
/// Shortest side of a QR module in millimetres that phones read.
const MODULE_MM_MIN: f32 = 0.5;
/// Longest side of the QR code, without its quiet zone.
const CODE_MM: f32 = 41.0;

const NOTE: TextStyle = TextStyle::new(Face::Sans, 7.5, GREY_COLOR);
const NOTE_LEADING: f32 = 10.2;
const ADDRESS: TextStyle = TextStyle::new(Face::SansBold, 13.0, TEXT_COLOR);
const ADDRESS_SIZES: [f32; 5] = [13.0, 12.0, 10.5, 9.0, 8.0];
/// The lines that there is room for above the note, also at the largest size.
const ADDRESS_LINES_MAX: usize = 2;
/// Those that a longer address than the program starts with may take.
const ADDRESS_LINES_LONG_MAX: usize = 4;
const COLUMN: f32 = mm(CODE_MM + 9.0);
const HOW: TextStyle = TextStyle::new(Face::Sans, 9.0, TEXT_COLOR);

/// What the foot of all certificates of a template has in common.
pub struct Foot {
    how: Vec<String>,
    address: (TextStyle, Vec<String>),
    verify_address: String,
    note: Vec<String>,
    /// The note with the remark on characters that couldn't be printed.
    note_on_marks: Vec<String>,
}

impl Foot {
    /// # Errors
    /// If the address is too long.
    pub fn new(template: &CertificateTemplate) -> Result<Self, CertificateFault> {
        let fitted = |sizes: &[f32], lines_max| {
            wrap::fitted(&template.verify_address, &ADDRESS, sizes, WIDTH - COLUMN, lines_max)
        };
        let address = fitted(&ADDRESS_SIZES, ADDRESS_LINES_MAX)
            .or_else(|| fitted(&ADDRESS_SIZES, ADDRESS_LINES_LONG_MAX))
            .ok_or(CertificateFault::TooLong { part: "address" })?;
        let note = wrap::lines(&words::footer(&template.organizer, &template.verify_address), &NOTE, WIDTH);
        let note_on_marks = note.iter().cloned().chain(wrap::lines(words::HAS_MARKS, &NOTE, WIDTH)).collect();
        let how = wrap::lines(words::CHECK_HOW, &HOW, WIDTH - COLUMN);
        Ok(Self { how, address, verify_address: template.verify_address.clone(), note, note_on_marks })
    }

    /// Where the foot begins when it ends at `bottom`.
    pub fn top(&self, bottom: f32, has_marks: bool) -> f32 {
        self.note_top(bottom, has_marks) - mm(4.5) - mm(CODE_MM) - mm(5.5)
    }

    /// Draws the foot; `modules` is the width of the QR symbol.
    ///
    /// # Errors
    /// If the modules would be too small.
    pub fn draw(
        &self,
        (page, structure): (&mut PrintedPage, &mut Structure),
        bottom: f32,
        serial: &str,
        modules: usize,
        has_marks: bool,
    ) -> Result<(), CertificateFault> {
        let top = self.top(bottom, has_marks);
        let hairline = Rect::new(LEFT, top, WIDTH, 0.5);
        page.marks.push(PageMark::new(None, Drawing::FilledRect { rect: hairline, color: HAIRLINE_COLOR }));
        let top = top + mm(5.5);
        let side = module(modules) * modules as f32;
        if module(modules) < mm(MODULE_MM_MIN) {
            return Err(CertificateFault::Qr);
        }
        self.draw_column((page, structure), LEFT + COLUMN, top, serial);
        let element = structure.add_figure(words::symbol_alternative(&self.verify_address, serial));
        let rect = Rect::new(LEFT, top, side, side);
        page.marks.push(PageMark::new(Some(element), Drawing::Symbol { rect }).own());
        let element = structure.add(StructureType::P);
        let first = self.note_top(bottom, has_marks) + NOTE_LEADING - 2.6;
        push_below(page, element, &NOTE, (LEFT, first), NOTE_LEADING, self.note(has_marks));
        Ok(())
    }

    fn draw_column(&self, (page, structure): (&mut PrintedPage, &mut Structure), x: f32, top: f32, serial: &str) {
        let label = TextStyle::new(Face::Sans, 8.0, GREY_COLOR);
        let heading = TextStyle::new(Face::SansBold, 8.5, ACCENT_COLOR).tracked(0.9);
        let mut y = top + 6.5;
        page.marks.push(line(Some(structure.add(StructureType::H2)), &heading, x, y, words::CHECK));
        push_below(page, structure.add(StructureType::P), &HOW, (x, y + 15.5), 12.5, &self.how);
        y += 3.0 + 12.5 * self.how.len() as f32 + 19.0;
        page.marks.push(line(Some(structure.add(StructureType::P)), &label, x, y, words::ADDRESS));
        let (style, lines) = &self.address;
        let leading = style.size * 1.2;
        push_below(page, structure.add(StructureType::P), style, (x, y + leading), leading, lines);
        y += leading * lines.len() as f32 + 18.0;
        page.marks.push(line(Some(structure.add(StructureType::P)), &label, x, y, words::SERIAL));
        let style = TextStyle::new(Face::SansBold, 15.0, ACCENT_COLOR).tracked(0.6);
        page.marks.push(line(Some(structure.add(StructureType::P)), &style, x, y + 17.5, serial).own());
    }

    fn note(&self, has_marks: bool) -> &[String] {
        if has_marks { &self.note_on_marks } else { &self.note }
    }

    fn note_top(&self, bottom: f32, has_marks: bool) -> f32 {
        bottom - self.note(has_marks).len() as f32 * NOTE_LEADING
    }
}

/// The lines of one element, `leading` points apart, the first on the baseline `y`.
fn push_below(
    page: &mut PrintedPage,
    element: ElementId,
    style: &TextStyle,
    (x, y): (f32, f32),
    leading: f32,
    lines: &[String],
) {
    for (at, text) in lines.iter().enumerate() {
        let continues = at + 1 < lines.len();
        let line = TextLine { style: *style, x, y: y + leading * at as f32, text: text.clone(), continues };
        page.marks.push(PageMark::new(Some(element), Drawing::Text(line)));
    }
}

/// A module's side in points, for a code that is `width` modules wide.
fn module(width: usize) -> f32 {
    mm((CODE_MM / width as f32).min(MODULE_MM_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::symbol::VERSION_MAX;

    #[test]
    fn the_largest_code_is_legible() {
        let largest = 17 + 4 * usize::try_from(VERSION_MAX).unwrap();
        assert!(module(largest) >= mm(MODULE_MM_MIN));
        assert_eq!(module(57), mm(MODULE_MM_MAX));
    }
}

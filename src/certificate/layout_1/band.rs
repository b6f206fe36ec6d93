//! The verification band at the foot of the last page: the QR code, the address to check it at, the serial, and the
//! note.

use super::{LEFT, WIDTH, words};
use crate::certificate::colors::{ACCENT_COLOR, GREY_COLOR, HAIRLINE_COLOR, TEXT_COLOR};
use crate::certificate::draw::{Canvas, Rect, mm};
use crate::certificate::fonts::Face;
use crate::certificate::wrap::{self, TextStyle};
use crate::certificate::{CertificateFault, CertificateInput};
use crate::credential::symbol::Symbol;

/// Longest side of a QR module in millimetres; a larger one reads no better.
pub const MODULE_MM_MAX: f32 = 0.7;
/// Shortest side of a QR module in millimetres that phones read.
pub const MODULE_MM_MIN: f32 = 0.5;
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

pub struct Band {
    code: Symbol,
    serial: String,
    how: Vec<String>,
    address: (TextStyle, Vec<String>),
    note: Vec<String>,
}

impl Band {
    /// `has_marks` adds the remark on characters that couldn't be printed.
    pub fn new(input: &CertificateInput, serial: &str, has_marks: bool) -> Result<Self, CertificateFault> {
        let code = Symbol::encode(&input.qr_text).map_err(|_| CertificateFault::Qr)?;
        if module(code.width()) < mm(MODULE_MM_MIN) {
            return Err(CertificateFault::Qr);
        }
        let fitted =
            |sizes: &[f32], lines_max| wrap::fitted(&input.verify_address, &ADDRESS, sizes, WIDTH - COLUMN, lines_max);
        let address = fitted(&ADDRESS_SIZES, ADDRESS_LINES_MAX)
            .or_else(|| fitted(&ADDRESS_SIZES, ADDRESS_LINES_LONG_MAX))
            .ok_or(CertificateFault::TooLong { part: "address" })?;
        let mut note = wrap::lines(&words::footer(&input.organizer, &input.verify_address), &NOTE, WIDTH);
        if has_marks {
            note.extend(wrap::lines(words::HAS_MARKS, &NOTE, WIDTH));
        }
        Ok(Self {
            code,
            serial: serial.into(),
            how: wrap::lines(words::CHECK_HOW, &HOW, WIDTH - COLUMN),
            address,
            note,
        })
    }

    /// Where the band begins when it ends at `bottom`.
    pub fn top(&self, bottom: f32) -> f32 {
        self.note_top(bottom) - mm(4.5) - mm(CODE_MM) - mm(5.5)
    }

    pub fn draw(&self, canvas: &mut Canvas, bottom: f32) {
        let top = self.top(bottom);
        canvas.fill_rect(Rect::new(LEFT, top, WIDTH, 0.5), HAIRLINE_COLOR);
        let top = top + mm(5.5);
        let module = module(self.code.width());
        canvas.qr(&self.code, LEFT, top, module);
        self.draw_column(canvas, LEFT + COLUMN, top);
        let mut y = self.note_top(bottom);
        for line in &self.note {
            y += NOTE_LEADING;
            canvas.text(&NOTE, LEFT, y - 2.6, line);
        }
    }

    fn draw_column(&self, canvas: &mut Canvas, x: f32, top: f32) {
        let label = TextStyle::new(Face::Sans, 8.0, GREY_COLOR);
        let mut y = top + 6.5;
        canvas.text(&TextStyle::new(Face::SansBold, 8.5, ACCENT_COLOR).tracked(0.9), x, y, words::CHECK);
        y += 3.0;
        for line in &self.how {
            y += 12.5;
            canvas.text(&HOW, x, y, line);
        }
        y += 19.0;
        canvas.text(&label, x, y, words::ADDRESS);
        let (style, lines) = &self.address;
        for line in lines {
            y += style.size * 1.2;
            canvas.text(style, x, y, line);
        }
        y += 18.0;
        canvas.text(&label, x, y, words::SERIAL);
        y += 17.5;
        canvas.text(&TextStyle::new(Face::SansBold, 15.0, ACCENT_COLOR).tracked(0.6), x, y, &self.serial);
    }

    fn note_top(&self, bottom: f32) -> f32 {
        let lines = self.note.len() as f32;
        bottom - lines * NOTE_LEADING
    }
}

const HOW: TextStyle = TextStyle::new(Face::Sans, 9.0, TEXT_COLOR);

/// A module's side in points, for a code that is `width` modules wide.
pub fn module(width: usize) -> f32 {
    let width = width as f32;
    mm((CODE_MM / width).min(MODULE_MM_MAX))
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

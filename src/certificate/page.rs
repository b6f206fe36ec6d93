//! A laid-out page as data: what is drawn where, and which element of the document's structure it belongs to.
//!
//! Positions are points from the page's top left; a text's `y` is its baseline.

use super::draw::Rect;
use super::structure::ElementId;
use super::wrap::{Color, TextStyle};
use crate::domain::pledge::Strokes;

/// The drawings of one page, in reading order.
#[derive(Default)]
pub struct PrintedPage {
    /// In the order in which they are drawn and read.
    pub marks: Vec<PageMark>,
}

/// One drawing.
pub struct PageMark {
    /// What it belongs to; `None` for decoration, which a screen reader passes over.
    pub element: Option<ElementId>,
    /// What is drawn.
    pub drawing: Drawing,
    /// Whether it is a certificate's own. The others are the same on all certificates of a template that are as long.
    pub is_own: bool,
}

/// What a mark draws.
pub enum Drawing {
    /// A line of text.
    Text(TextLine),
    /// A filled rectangle.
    FilledRect {
        /// Its place.
        rect: Rect,
        /// The fill colour.
        color: Color,
    },
    /// The outline of a rectangle.
    Frame {
        /// The middle of the line.
        rect: Rect,
        /// Width of the line in points.
        line: f32,
        /// The line colour.
        color: Color,
    },
    /// A drawn signature.
    Strokes {
        /// As the signer drew it.
        strokes: Strokes,
        /// Where it must fit.
        rect: Rect,
        /// The line colour.
        color: Color,
    },
    /// The document's emblem.
    Emblem {
        /// Its place, in the picture's proportions.
        rect: Rect,
    },
    /// The document's QR symbol, without its quiet zone.
    Symbol {
        /// Its place, a square.
        rect: Rect,
    },
}

/// One line of text, already broken, in printable characters.
pub struct TextLine {
    /// Typeface, size and colour.
    pub style: TextStyle,
    /// The left end.
    pub x: f32,
    /// The baseline.
    pub y: f32,
    /// The line, without a space at its end.
    pub text: String,
    /// Whether the sentence goes on in the next line: a space is written there, so that copied and spoken words stay
    /// apart.
    pub continues: bool,
}

impl PageMark {
    /// A drawing that all certificates of a template have.
    pub fn new(element: Option<ElementId>, drawing: Drawing) -> Self {
        Self { element, drawing, is_own: false }
    }

    /// The same drawing as a certificate's own.
    pub fn own(self) -> Self {
        Self { is_own: true, ..self }
    }

    /// The same drawing, moved right by `x` and down by `y` points.
    pub fn moved(mut self, x: f32, y: f32) -> Self {
        match &mut self.drawing {
            Drawing::Text(line) => {
                line.x += x;
                line.y += y;
            }
            Drawing::FilledRect { rect, .. }
            | Drawing::Frame { rect, .. }
            | Drawing::Strokes { rect, .. }
            | Drawing::Emblem { rect }
            | Drawing::Symbol { rect } => {
                rect.x += x;
                rect.y += y;
            }
        }
        self
    }
}

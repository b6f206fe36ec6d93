//! One page's content stream: text, bars, frames, strokes and QR codes.
//!
//! Positions are points from the page's top left; a text's `y` is its baseline.

use super::fonts::{Cut, Fonts};
use super::wrap::{Color, TextStyle};
use crate::credential::symbol::Symbol;
use crate::domain::pledge::{STROKE_COORDINATE_MAX, Strokes};
use std::fmt::Write;

/// A4 width in points.
pub const PAGE_WIDTH: f32 = 595.276;
/// A4 height in points.
pub const PAGE_HEIGHT: f32 = 841.89;

/// Converts millimetres to points.
pub const fn mm(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// A rectangle on a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Points from the page's left edge.
    pub x: f32,
    /// Points from the page's top edge.
    pub y: f32,
    /// In points.
    pub width: f32,
    /// In points.
    pub height: f32,
}

impl Rect {
    /// A rectangle from its left, top, width and height, in points.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// The rectangle made smaller by `by` points on every side.
    pub const fn inset(self, by: f32) -> Self {
        Self::new(self.x + by, self.y + by, self.width - 2.0 * by, self.height - 2.0 * by)
    }
}

/// A page as it is being drawn.
#[derive(Default)]
pub struct Canvas {
    content: String,
    fill: Option<Color>,
    /// Whether a text has a character that only the extended cuts of the fonts hold.
    pub(super) needs_extended: bool,
}

impl Canvas {
    /// Draws one line of text whose first glyph begins at `x`. The text has passed `printable`.
    pub fn text(&mut self, style: &TextStyle, x: f32, y: f32, text: &str) {
        if text.is_empty() {
            return;
        }
        self.fill(style.color);
        let fonts = Fonts::get();
        self.needs_extended |= fonts.cut_for(text) == Cut::Extended;
        let face = fonts.glyphs(Cut::Extended, style.face);
        let glyphs = text.chars().fold(String::with_capacity(text.len() * 4), |mut glyphs, character| {
            push(&mut glyphs, format_args!("{:04X}", face.of(character)));
            glyphs
        });
        let (face, size, tracking, y) = (
            style.face.resource(),
            two_decimals(style.size),
            two_decimals(style.tracking),
            two_decimals(PAGE_HEIGHT - y),
        );
        let x = two_decimals(x);
        self.put(format_args!("BT /{face} {size} Tf {tracking} Tc 1 0 0 1 {x} {y} Tm <{glyphs}> Tj ET\n"));
    }

    /// Draws one line of text centred on `x`.
    pub fn text_centred(&mut self, style: &TextStyle, x: f32, y: f32, text: &str) {
        // The tracking after the last letter is invisible.
        self.text(style, x - (style.width(text) - style.tracking) / 2.0, y, text);
    }

    /// Draws one line of text that ends at `x`.
    pub fn text_right(&mut self, style: &TextStyle, x: f32, y: f32, text: &str) {
        self.text(style, x - style.width(text) + style.tracking, y, text);
    }

    /// A filled rectangle.
    pub fn fill_rect(&mut self, area: Rect, color: Color) {
        self.fill(color);
        let (x, y) = (two_decimals(area.x), two_decimals(PAGE_HEIGHT - area.y - area.height));
        self.put(format_args!("{x} {y} {} {} re f\n", two_decimals(area.width), two_decimals(area.height)));
    }

    /// The outline of a rectangle.
    pub fn stroke_rect(&mut self, area: Rect, line: f32, color: Color) {
        let (x, y) = (two_decimals(area.x), two_decimals(PAGE_HEIGHT - area.y - area.height));
        let (width, height, line, color) =
            (two_decimals(area.width), two_decimals(area.height), two_decimals(line), color_operands(color));
        self.put(format_args!("q {color} RG {line} w {x} {y} {width} {height} re S Q\n"));
    }

    /// A dashed line to cut along.
    pub fn dashed_line(&mut self, from: (f32, f32), to: (f32, f32), color: Color) {
        let (x, y, to_x, to_y) = (
            two_decimals(from.0),
            two_decimals(PAGE_HEIGHT - from.1),
            two_decimals(to.0),
            two_decimals(PAGE_HEIGHT - to.1),
        );
        let color = color_operands(color);
        self.put(format_args!("q {color} RG 0.4 w [2.5 2.5] 0 d {x} {y} m {to_x} {to_y} l S Q\n"));
    }

    /// A drawn signature in its own proportions: as large as the area allows, from its left edge, centred vertically.
    pub fn strokes(&mut self, strokes: &Strokes, area: Rect, color: Color) {
        let color = color_operands(color);
        self.put(format_args!("q {color} RG 1.1 w 1 J 1 j\n"));
        for line in stroke_lines(strokes, area) {
            for (place, (x, y)) in line.into_iter().enumerate() {
                let (x, y) = (two_decimals(x), two_decimals(y));
                self.put(format_args!("{x} {y} {}\n", if place == 0 { "m" } else { "l" }));
            }
        }
        self.put(format_args!("S Q\n"));
    }

    /// A QR code whose modules begin at `x`, `y` and have a side of `module` points; the caller leaves the quiet zone
    /// white.
    pub fn qr(&mut self, symbol: &Symbol, x: f32, y: f32, module: f32) {
        let (x, y, module) = (two_decimals(x), two_decimals(PAGE_HEIGHT - y), four_decimals(module));
        // One module is one unit, and y points down, so that neighbouring rows meet exactly and the numbers stay short.
        self.put(format_args!("q 0 0 0 rg {module} 0 0 -{module} {x} {y} cm\n"));
        for (column, row, wide) in symbol.bars() {
            self.put(format_args!("{column} {row} {wide} 1 re\n"));
        }
        self.put(format_args!("f Q\n"));
    }

    pub(super) fn into_content(self) -> Vec<u8> {
        self.content.into_bytes()
    }

    fn fill(&mut self, color: Color) {
        if self.fill != Some(color) {
            self.fill = Some(color);
            let color = color_operands(color);
            self.put(format_args!("{color} rg\n"));
        }
    }

    fn put(&mut self, operators: std::fmt::Arguments<'_>) {
        push(&mut self.content, operators);
    }
}

/// A signature's field is this many times wider than high.
pub const STROKES_ASPECT: f32 = 2.5;
/// A small signature is enlarged at most this many times relative to one that fills the field's width.
const STROKES_ENLARGED_MAX: f32 = 2.0;

/// The lines of a drawn signature in its own proportions: as large as the area allows, from the area's left edge,
/// centred vertically. Unlike the area, the points are from the page's bottom left. A dot is a line to its own
/// start: round caps make it visible.
pub(super) fn stroke_lines(strokes: &Strokes, area: Rect) -> Vec<Vec<(f32, f32)>> {
    let ([left, top], [width, height]) = extent(strokes);
    let unit = (area.width / width).min(area.height / height);
    let unit = unit.min(STROKES_ENLARGED_MAX * area.width / f32::from(STROKE_COORDINATE_MAX));
    let over = area.y + (area.height - height * unit) / 2.0;
    let place = |&[x, y]: &[u16; 2]| {
        let (x, y) = ((f32::from(x) - left) * unit, (f32::from(y) - top) * unit);
        (area.x + x, PAGE_HEIGHT - over - y)
    };
    let line = |stroke: &Vec<[u16; 2]>| {
        let first = stroke.first()?;
        let rest = if stroke.len() == 1 { &stroke[..] } else { &stroke[1..] };
        Some(std::iter::once(first).chain(rest).map(place).collect())
    };
    strokes.as_slices().iter().filter_map(line).collect()
}

/// Left and top, width and height of what was drawn; a width or height is at least one unit.
fn extent(strokes: &Strokes) -> ([f32; 2], [f32; 2]) {
    let axis = |at: usize| {
        let along = || strokes.as_slices().iter().flatten().map(|point| point[at]);
        let (least, most) = (along().min().unwrap_or_default(), along().max().unwrap_or_default());
        (f32::from(least), f32::from(most - least).max(1.0))
    };
    let ((left, width), (top, height)) = (axis(0), axis(1));
    ([left, top], [width, height])
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a string never fails");
}

/// A number with at most two decimals: a hundredth of a point is finer than any printer.
fn two_decimals(number: f32) -> String {
    short(format!("{number:.2}"))
}

fn four_decimals(number: f32) -> String {
    short(format!("{number:.4}"))
}

fn short(mut number: String) -> String {
    number.truncate(number.trim_end_matches('0').trim_end_matches('.').len());
    if number == "-0" { "0".into() } else { number }
}

fn color_operands(Color(red, green, blue): Color) -> String {
    [red, green, blue].map(|part| four_decimals(f32::from(part) / 255.0)).join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::fonts::Face;
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [two_decimals(1.0), two_decimals(0.256), two_decimals(-0.001), two_decimals(10.5)],
            ["1", "0.26", "0", "10.5"]
        );
    }

    #[test]
    fn a_signature_keeps_its_shape_within_its_area() {
        let area = Rect::new(100.0, 0.0, 125.0, 50.0);
        let drawn = |points: Vec<[u16; 2]>| {
            let mut canvas = Canvas::default();
            canvas.strokes(&Strokes::new(vec![points]).unwrap(), area, Color(0, 0, 0));
            let content = String::from_utf8(canvas.into_content()).unwrap();
            let corner = |line: &str| {
                let numbers: Vec<f32> = line.split(' ').filter_map(|part| part.parse().ok()).collect();
                (numbers[0] - area.x, PAGE_HEIGHT - numbers[1])
            };
            let corners = content.lines().filter(|line| line.ends_with(" m") || line.ends_with(" l")).map(corner);
            corners.collect::<Vec<_>>()
        };
        // One as wide as the field gets the area's width; one that is too high gets the area's height.
        assert_eq!(drawn(vec![[0, 0], [1000, 200]]), [(0.0, 12.5), (125.0, 37.5)]);
        assert_eq!(drawn(vec![[100, 100], [300, 900]]), [(0.0, 0.0), (12.5, 50.0)]);
        // A small one is enlarged up to the limit. A dot stays a dot.
        assert_eq!(drawn(vec![[500, 500], [540, 520]]), [(0.0, 22.5), (10.0, 27.5)]);
        assert_eq!(drawn(vec![[1000, 1000]]).len(), 2);
    }

    #[test]
    fn a_colour_is_set_once() {
        let mut canvas = Canvas::default();
        let style = TextStyle::new(Face::Sans, 10.0, Color(0, 0, 0));
        canvas.text(&style, 0.0, PAGE_HEIGHT, "A");
        canvas.text(&style, 0.0, PAGE_HEIGHT, "B");
        let content = String::from_utf8(canvas.into_content()).unwrap();
        assert_eq!(content.matches("rg").count(), 1);
        assert!(content.contains("/Sans 10 Tf 0 Tc 1 0 0 1 0 0 Tm <"));
    }
}

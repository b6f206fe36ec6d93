//! What a symbol of a version looks like under each mask before any data is in it: found out once for each version.
//!
//! A mask turns modules over whatever they hold, so a symbol is this pattern with the modules turned over that its data
//! makes dark. The encoder would go through all modules for each mask of each symbol instead.

use super::VERSION_MAX;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version};
use std::sync::OnceLock;

pub(super) const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

static KNOWN: [OnceLock<Patterns>; VERSION_MAX as usize] = [const { OnceLock::new() }; VERSION_MAX as usize];

/// Modules, a row or a column in each integer: the lowest bit is the leftmost or topmost, 1 is dark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Modules {
    pub rows: Vec<u128>,
    pub columns: Vec<u128>,
}

/// A version's patterns, at level M.
pub(super) struct Patterns {
    /// Without data and mask.
    blank: Vec<u128>,
    masked: [Modules; 8],
}

impl Patterns {
    /// Those of a version from 1 to [`VERSION_MAX`]; `None` for any other.
    pub fn of(version: Version) -> Option<&'static Self> {
        let Version::Normal(number) = version else { return None };
        let known = KNOWN.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        Some(known.get_or_init(|| Self::made(version)))
    }

    fn made(version: Version) -> Self {
        let width = usize::try_from(version.width()).expect("a version from 1 on has a width");
        // More than any version has room for; the encoder stops at the end.
        let nothing = [0; 4096];
        let blank = drawn(version, &nothing, &[]);
        let masked = MASKS.map(|mask| {
            let mut canvas = blank.clone();
            canvas.apply_mask(mask);
            let rows = rows(width, canvas);
            Modules { columns: columns(&rows), rows }
        });
        Self { blank: rows(width, blank), masked }
    }

    /// The symbol of this data under each mask.
    pub fn with(&self, version: Version, data: &[u8], correction: &[u8]) -> impl Iterator<Item = Modules> {
        let drawn = rows(self.blank.len(), drawn(version, data, correction));
        let turned = turned(&drawn, &self.blank);
        let turned_columns = columns(&turned);
        self.masked.iter().map(move |masked| Modules {
            rows: self::turned(&masked.rows, &turned),
            columns: self::turned(&masked.columns, &turned_columns),
        })
    }
}

fn drawn(version: Version, data: &[u8], correction: &[u8]) -> Canvas {
    let mut canvas = Canvas::new(version, EcLevel::M);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(data, correction);
    canvas
}

fn turned(lines: &[u128], over: &[u128]) -> Vec<u128> {
    lines.iter().zip(over).map(|(line, over)| line ^ over).collect()
}

fn rows(width: usize, canvas: Canvas) -> Vec<u128> {
    rows_of(width, &canvas.into_colors())
}

pub(super) fn rows_of(width: usize, colors: &[Color]) -> Vec<u128> {
    let row = |colors: &[Color]| colors.iter().rev().fold(0, |row, &color| row << 1 | u128::from(color == Color::Dark));
    colors.chunks(width).map(row).collect()
}

pub(super) fn columns(rows: &[u128]) -> Vec<u128> {
    let column = |x: usize| rows.iter().rev().fold(0, |column, row| column << 1 | (row >> x & 1));
    (0..rows.len()).map(column).collect()
}

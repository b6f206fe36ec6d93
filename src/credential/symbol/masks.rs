//! The empty symbol of each version under each mask, and the position of each data bit: computed once per version.
//!
//! A mask inverts modules whatever they hold, so a symbol is the masked empty pattern with the modules of its dark data
//! bits inverted. `qrcode` would draw all modules again for each mask of each symbol.

use super::VERSION_MAX;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version};
use std::collections::BTreeMap;
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

/// More than any version up to [`VERSION_MAX`] has room for; the encoder stops at the end.
const CODEWORDS_MAX: usize = 1_024;

static KNOWN: [OnceLock<Patterns>; VERSION_MAX as usize] = [const { OnceLock::new() }; VERSION_MAX as usize];

/// Modules, a row or a column in each integer: the lowest bit is the leftmost or topmost, 1 is dark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Modules {
    pub rows: Vec<u128>,
    pub columns: Vec<u128>,
}

/// A version's patterns, at level M.
pub(super) struct Patterns {
    masked: [Modules; 8],
    /// Column and row of each bit of the codewords, the highest bit of a codeword first.
    places: Vec<(u8, u8)>,
}

impl Patterns {
    /// The patterns of a version from 1 to [`VERSION_MAX`]; `None` for any other.
    pub fn of(version: Version) -> Option<&'static Self> {
        let Version::Normal(number) = version else { return None };
        let known = KNOWN.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        Some(known.get_or_init(|| Self::made(version)))
    }

    fn made(version: Version) -> Self {
        let width = usize::try_from(version.width()).expect("a version from 1 on has a width");
        let blank = drawn(version, &[0; CODEWORDS_MAX]);
        let masked = MASKS.map(|mask| {
            let mut canvas = blank.clone();
            canvas.apply_mask(mask);
            let rows = rows(width, canvas);
            Modules { columns: columns(&rows), rows }
        });
        Self { masked, places: places(version, &rows(width, blank)) }
    }

    /// The symbol of this data under each mask.
    pub fn with(&self, data: &[u8], correction: &[u8]) -> impl Iterator<Item = Modules> {
        let width = self.masked[0].rows.len();
        let (mut rows, mut columns) = (vec![0; width], vec![0; width]);
        for (codeword, places) in data.iter().chain(correction).zip(self.places.chunks(8)) {
            for (bit, &(column, row)) in places.iter().enumerate() {
                let dark = u128::from(codeword << bit >> 7);
                rows[usize::from(row)] |= dark << column;
                columns[usize::from(column)] |= dark << row;
            }
        }
        self.masked.iter().map(move |masked| Modules {
            rows: xor_rows(&masked.rows, &rows),
            columns: xor_rows(&masked.columns, &columns),
        })
    }
}

/// Finds the place of each bit. The encoder draws the numbers of all bits, counted from 1, one binary digit per symbol;
/// the digits that a module shows are the number of its bit.
fn places(version: Version, blank: &[u128]) -> Vec<(u8, u8)> {
    let digits = (8 * CODEWORDS_MAX).ilog2() + 1;
    let drawn: Vec<Vec<u128>> = (0..digits)
        .map(|digit| {
            let codeword = |at: usize| (1..=8).fold(0, |bits, bit| bits << 1 | ((8 * at + bit) >> digit & 1) as u8);
            let codewords: Vec<u8> = (0..CODEWORDS_MAX).map(codeword).collect();
            xor_rows(&rows(blank.len(), drawn(version, &codewords)), blank)
        })
        .collect();
    let modules = (0..blank.len()).flat_map(|row| (0..blank.len()).map(move |column| (column, row)));
    let numbered = modules.filter_map(|(column, row)| {
        let number = drawn.iter().rev().fold(0, |number: usize, rows| number << 1 | (rows[row] >> column & 1) as usize);
        (number > 0).then_some((number, (u8::try_from(column).ok()?, u8::try_from(row).ok()?)))
    });
    let numbered: BTreeMap<usize, (u8, u8)> = numbered.collect();
    numbered.into_values().collect()
}

fn drawn(version: Version, codewords: &[u8]) -> Canvas {
    let mut canvas = Canvas::new(version, EcLevel::M);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(codewords, &[]);
    canvas
}

fn xor_rows(lines: &[u128], over: &[u128]) -> Vec<u128> {
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

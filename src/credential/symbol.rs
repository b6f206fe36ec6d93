//! The QR code symbol (ISO/IEC 18004, level M): a matrix of modules that a PDF or a page draws.
//!
//! The `qrcode` crate encodes; its own choice of the mask takes 40 times as long as everything else, so the penalties
//! (section 7.8.3 of the standard) are counted here, a row of modules at a time in one integer.

use qrcode::bits::encode_auto;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version, ec};

/// The largest symbol that the certificate has room for: 77 modules a side.
pub const VERSION_MAX: i16 = 15;
/// Light modules that must surround the symbol.
pub const QUIET_ZONE_MODULES: usize = 4;

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The text needs a symbol larger than [`VERSION_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for the QR code")]
pub struct TooLong;

/// A square of dark and light modules, without its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    width: usize,
    /// One row of modules each, from the top; the lowest bit is the leftmost module, 1 is dark.
    rows: Vec<u128>,
}

impl Symbol {
    /// The smallest symbol that holds the text.
    pub fn encode(text: &str) -> Result<Self, TooLong> {
        let bits = encode_auto(text.as_bytes(), EcLevel::M).map_err(|_| TooLong)?;
        let version = bits.version();
        if !matches!(version, Version::Normal(number) if number <= VERSION_MAX) {
            return Err(TooLong);
        }
        let (data, correction) =
            ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).map_err(|_| TooLong)?;
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        let width = usize::try_from(version.width()).map_err(|_| TooLong)?;
        let masked = MASKS.map(|mask| {
            let mut canvas = canvas.clone();
            canvas.apply_mask(mask);
            Self::from_colors(width, &canvas.into_colors())
        });
        masked.into_iter().min_by_key(Self::penalty).ok_or(TooLong)
    }

    fn from_colors(width: usize, colors: &[Color]) -> Self {
        let row =
            |colors: &[Color]| colors.iter().rev().fold(0, |row, &color| row << 1 | u128::from(color == Color::Dark));
        Self { width, rows: colors.chunks(width).map(row).collect() }
    }

    /// Modules a side: 17 + 4 × version.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the module in this column and row, from the top left, is dark. Outside the symbol all is light.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.width && self.rows.get(row).is_some_and(|modules| modules >> column & 1 == 1)
    }

    /// The dark modules as horizontal bars one module high: (column, row, modules wide).
    pub fn bars(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.rows.iter().enumerate().flat_map(|(row, &modules)| {
            let mut left = modules;
            std::iter::from_fn(move || {
                let column = (left != 0).then(|| left.trailing_zeros() as usize)?;
                let wide = (left >> column).trailing_ones() as usize;
                left &= !(((1 << wide) - 1) << column);
                Some((column, row, wide))
            })
        })
    }

    /// The dark modules as the `d` of an SVG path, in a view box of `0 0 side side` where the side is the width and
    /// twice the quiet zone.
    pub fn svg_path(&self) -> String {
        let quiet = QUIET_ZONE_MODULES;
        self.bars().map(|(x, y, wide)| format!("M{} {}h{wide}v1h-{wide}z", x + quiet, y + quiet)).collect()
    }

    /// The side of the view box of [`Self::svg_path`].
    pub fn svg_side(&self) -> usize {
        self.width + 2 * QUIET_ZONE_MODULES
    }

    /// The penalty of the standard: the lower, the easier a symbol is to read.
    fn penalty(&self) -> u32 {
        let columns = self.columns();
        let lines = |lines: &[u128]| -> u32 { lines.iter().map(|&line| self.line_penalty(line)).sum() };
        lines(&self.rows) + lines(&columns) + self.block_penalty() + self.balance_penalty()
    }

    fn columns(&self) -> Vec<u128> {
        let column = |x: usize| self.rows.iter().rev().fold(0, |column, row| column << 1 | (row >> x & 1));
        (0..self.width).map(column).collect()
    }

    /// Runs of five or more modules of one colour (3, and 1 for each further), and what looks like a finder pattern
    /// with four light modules beside it (40).
    fn line_penalty(&self, line: u128) -> u32 {
        // Bit i: modules i to i + 4 are of one colour.
        let same = !(line ^ line >> 1) & mask(self.width - 1);
        let fives = same & same >> 1 & same >> 2 & same >> 3;
        let runs = fives & !(fives << 1);
        let matches = |pattern: u128| -> u32 {
            let mut found = mask(self.width - 10);
            for place in 0..11 {
                let modules = line >> place;
                found &= if pattern >> place & 1 == 1 { modules } else { !modules };
            }
            found.count_ones()
        };
        fives.count_ones() + 2 * runs.count_ones() + 40 * (matches(0b000_0101_1101) + matches(0b101_1101_0000))
    }

    /// Squares of two by two modules of one colour: 3 each.
    fn block_penalty(&self) -> u32 {
        let pairs = mask(self.width - 1);
        let blocks = self.rows.windows(2).map(|two| {
            let (above, below) = (two[0], two[1]);
            let unequal = above ^ above >> 1 | below ^ below >> 1 | above ^ below;
            (!unequal & pairs).count_ones()
        });
        3 * blocks.sum::<u32>()
    }

    /// 10 for each whole 5 % that the share of dark modules is away from a half.
    fn balance_penalty(&self) -> u32 {
        let dark: u32 = self.rows.iter().map(|row| row.count_ones()).sum();
        let modules = u32::try_from(self.width * self.width).expect("at most 77 modules a side");
        10 * (20 * dark).abs_diff(10 * modules) / modules
    }
}

/// The lowest `bits` bits set.
fn mask(bits: usize) -> u128 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use qrcode::QrCode;

    #[test]
    fn a_credential_s_text_takes_a_symbol_of_version_eleven_or_less() {
        let text = format!("https://ikrar.sumselprov.go.id/v#{}", "7".repeat(super::super::qr::digits_len(190)));
        let symbol = Symbol::encode(&text).unwrap();
        assert!(symbol.width() <= 17 + 4 * 11, "{} modules", symbol.width());
    }

    #[test]
    fn the_longest_credential_fits_and_a_longer_text_is_refused() {
        let digits = "8".repeat(super::super::qr::DIGITS_MAX);
        let symbol = Symbol::encode(&format!("https://ikrar.sumselprov.go.id/v#{digits}")).unwrap();
        assert!(symbol.width() <= 77);
        assert_eq!(Symbol::encode(&"x".repeat(500)), Err(TooLong));
    }

    #[test]
    fn the_three_finder_patterns_stand_in_their_corners() {
        let symbol = Symbol::encode("halo").unwrap();
        let last = symbol.width() - 1;
        for (column, row) in [(0, 0), (last, 0), (0, last)] {
            assert!(symbol.is_dark(column, row));
        }
        assert!(!symbol.is_dark(last + 1, 0) && !symbol.is_dark(0, last + 1));
        assert!(symbol.svg_path().starts_with("M4 4h7v1h-7z"));
    }

    proptest! {
        /// All but the mask is the encoder's; and the mask is never a worse one than its own choice by our count.
        #[test]
        fn the_mask_is_at_least_as_good_as_the_encoder_s(digits in "[0-9]{100,500}") {
            let text = format!("https://ikrar.example.go.id/v#{digits}");
            let ours = Symbol::encode(&text).unwrap();
            let theirs = QrCode::new(&text).unwrap();
            let theirs = Symbol::from_colors(theirs.width(), &theirs.into_colors());
            prop_assert_eq!(ours.width(), theirs.width());
            prop_assert!(ours.penalty() <= theirs.penalty());
        }

        #[test]
        fn bars_cover_the_dark_modules_and_nothing_else(text in "[a-z0-9]{1,60}") {
            let symbol = Symbol::encode(&text).unwrap();
            let mut covered = vec![0u128; symbol.width()];
            for (column, row, wide) in symbol.bars() {
                prop_assert!(wide > 0);
                covered[row] |= mask(wide) << column;
            }
            prop_assert_eq!(covered, symbol.rows);
        }
    }
}

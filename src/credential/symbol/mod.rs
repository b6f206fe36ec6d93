//! The QR code symbol (ISO/IEC 18004, level M): a matrix of modules that a PDF or a page draws.
//!
//! The `qrcode` crate encodes. Choosing the mask is hand-written: for a version 10 symbol, `qrcode` takes 1.6-3.9 ms,
//! 97 % of it in `Canvas::apply_best_mask`, which draws and scores the symbol under each mask. With the mask chosen
//! here it takes 0.04 ms. The penalties (section 7.8.3 of the standard) are counted for a whole row in one integer;
//! tests compare the symbol with the crate's.

mod masks;
mod png;

use masks::{Modules, Patterns};
use qrcode::bits::encode_auto;
use qrcode::{EcLevel, Version, ec};

/// The largest symbol that the certificate has room for: 77 modules a side.
pub const VERSION_MAX: i16 = 15;
/// Light modules that must surround the symbol.
pub const QUIET_ZONE_MODULES: usize = 4;

/// Pixels of a module's side in a bitmap.
pub const PIXELS_PER_MODULE: usize = 4;

/// The text needs a symbol larger than [`VERSION_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for the QR code")]
pub struct SymbolTooLong;

/// A square of dark and light modules, without its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// One row of modules in each integer, from the top; the lowest bit is the leftmost module, 1 is dark.
    rows: Vec<u128>,
}

impl Symbol {
    /// The smallest symbol that holds the text.
    pub fn encode(text: &str) -> Result<Self, SymbolTooLong> {
        let bits = encode_auto(text.as_bytes(), EcLevel::M).map_err(|_| SymbolTooLong)?;
        let version = bits.version();
        if !matches!(version, Version::Normal(number) if number <= VERSION_MAX) {
            return Err(SymbolTooLong);
        }
        let (data, correction) =
            ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).map_err(|_| SymbolTooLong)?;
        let patterns = Patterns::of(version).ok_or(SymbolTooLong)?;
        let best = patterns.with(&data, &correction).min_by_key(penalty).ok_or(SymbolTooLong)?;
        Ok(Self { rows: best.rows })
    }

    /// Modules a side: 17 + 4 × version.
    pub fn width(&self) -> usize {
        self.rows.len()
    }

    /// Whether the module in this column and row, from the top left, is dark. Outside the symbol every module is light.
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.width() && self.rows.get(row).is_some_and(|modules| modules >> column & 1 == 1)
    }

    /// A bitmap with four pixels for a module's side: each row from the left in as many bytes as it needs, the highest
    /// bit first, 1 is dark.
    pub fn bitmap(&self) -> Vec<u8> {
        // By the two lowest bits: the left and the right module of a byte.
        const BYTES: [u8; 4] = [0x00, 0xF0, 0x0F, 0xFF];
        let bytes = self.width().div_ceil(2);
        let mut bitmap = Vec::with_capacity(self.width() * PIXELS_PER_MODULE * bytes);
        for &modules in &self.rows {
            let row = bitmap.len();
            bitmap.extend((0..bytes).map(|at| BYTES[(modules >> (2 * at) & 3) as usize]));
            for _ in 1..PIXELS_PER_MODULE {
                bitmap.extend_from_within(row..row + bytes);
            }
        }
        bitmap
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
}

/// The penalty of the standard: the lower, the easier a symbol is to read.
fn penalty(modules: &Modules) -> u32 {
    let Modules { rows, columns } = modules;
    let lines: u32 = rows.iter().chain(columns).map(|&line| line_penalty(line, rows.len())).sum();
    lines + block_penalty(rows) + balance_penalty(rows)
}

/// Penalty of a row or column: 3 for five modules of one colour in a run and 1 for each further one; 40 for each
/// pattern that looks like a finder with four light modules beside it.
fn line_penalty(line: u128, width: usize) -> u32 {
    // Bit i: modules i to i + 4 are of one colour.
    let same = !(line ^ line >> 1) & mask(width - 1);
    let fives = same & same >> 1 & same >> 2 & same >> 3;
    let runs = fives & !(fives << 1);
    // Bit i: modules i to i + 6 are a finder's 1011101; modules i to i + 3 are light.
    let finder = line & !(line >> 1) & line >> 2 & line >> 3 & line >> 4 & !(line >> 5) & line >> 6;
    let light = !line & !(line >> 1) & !(line >> 2) & !(line >> 3);
    let (before, after) = (light & finder >> 4, finder & light >> 7);
    let found = (before & mask(width - 10)).count_ones() + (after & mask(width - 10)).count_ones();
    fives.count_ones() + 2 * runs.count_ones() + 40 * found
}

/// Squares of two by two modules of one colour: 3 each.
fn block_penalty(rows: &[u128]) -> u32 {
    let pairs = mask(rows.len() - 1);
    let blocks = rows.windows(2).map(|two| {
        let (above, below) = (two[0], two[1]);
        let unequal = above ^ above >> 1 | below ^ below >> 1 | above ^ below;
        (!unequal & pairs).count_ones()
    });
    3 * blocks.sum::<u32>()
}

/// 10 for each whole 5 % that the share of dark modules is away from a half.
fn balance_penalty(rows: &[u128]) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
    let modules = u32::try_from(rows.len() * rows.len()).expect("at most 77 modules a side");
    10 * (20 * dark).abs_diff(10 * modules) / modules
}

/// The lowest `bits` bits set.
fn mask(bits: usize) -> u128 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use masks::columns;
    use proptest::prelude::*;
    use qrcode::QrCode;
    use qrcode::canvas::{Canvas, MaskPattern};

    #[test]
    fn a_credential_s_text_takes_a_symbol_of_version_eleven_or_less() {
        let text = format!("https://ikrar.sumselprov.go.id/v#{}", "7".repeat(super::super::qr::digits_len(190)));
        let symbol = Symbol::encode(&text).unwrap();
        assert!(symbol.width() <= 17 + 4 * 11, "{} modules", symbol.width());
    }

    #[test]
    fn the_longest_credential_at_the_longest_address_fits_and_a_longer_text_is_refused() {
        let digits = "8".repeat(super::super::qr::DIGITS_MAX);
        let address = format!("https://{}.example", "a".repeat(crate::config::PUBLIC_URL_BYTES_MAX - 16));
        let symbol = Symbol::encode(&format!("{address}/v#{digits}")).unwrap();
        assert!(symbol.width() <= 77);
        assert_eq!(Symbol::encode(&"x".repeat(500)), Err(SymbolTooLong));
    }

    #[test]
    fn the_three_finder_patterns_stand_in_their_corners() {
        let symbol = Symbol::encode("halo").unwrap();
        let last = symbol.width() - 1;
        for (column, row) in [(0, 0), (last, 0), (0, last)] {
            assert!(symbol.is_dark(column, row));
        }
        assert!(!symbol.is_dark(last + 1, 0) && !symbol.is_dark(0, last + 1));
    }

    /// A certificate's bytes never change, and its QR code is among them: however the mask is chosen, the symbol has to
    /// stay the same.
    #[test]
    fn the_symbol_is_the_encoder_s_own_under_its_first_best_mask() {
        for digits in [1, 40, 170, 300, 480, 600] {
            let text = format!("https://ikrar.example.go.id/v#{}", "1703643300".repeat(60).split_at(digits).0);
            let bits = encode_auto(text.as_bytes(), EcLevel::M).unwrap();
            let version = bits.version();
            let (data, correction) = ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).unwrap();
            let under = |mask: MaskPattern| {
                let mut canvas = Canvas::new(version, EcLevel::M);
                canvas.draw_all_functional_patterns();
                canvas.draw_data(&data, &correction);
                canvas.apply_mask(mask);
                let rows = masks::rows_of(usize::try_from(version.width()).unwrap(), &canvas.into_colors());
                Modules { columns: columns(&rows), rows }
            };
            let expected: Vec<Modules> = masks::MASKS.map(under).into();
            assert!(Patterns::of(version).unwrap().with(&data, &correction).eq(expected.iter().cloned()));
            let best = expected.iter().min_by_key(|modules| penalty(modules)).unwrap();
            assert!(Symbol::encode(&text).unwrap().rows == best.rows);
        }
    }

    /// Counted module by module, as the standard defines it.
    #[test]
    fn the_penalty_of_a_line_is_the_standard_s() {
        let text = "https://ikrar.example.go.id/v#9471083325710004217766";
        let symbol = Symbol::encode(text).unwrap();
        for line in symbol.rows.iter().chain(&columns(&symbol.rows)) {
            let width = symbol.width();
            let dark: Vec<bool> = (0..width).map(|place| line >> place & 1 == 1).collect();
            let runs: u32 = dark
                .chunk_by(|a, b| a == b)
                .map(|run| run.len() as u32)
                .filter(|&run| run >= 5)
                .map(|run| run - 2)
                .sum();
            let finder = [true, false, true, true, true, false, true];
            let light = [false; 4];
            let patterns = [[&finder[..], &light].concat(), [&light[..], &finder].concat()];
            let found = dark.windows(11).map(|some| patterns.iter().filter(|one| *one == some).count() as u32);
            assert_eq!(line_penalty(*line, width), runs + 40 * found.sum::<u32>());
        }
    }

    proptest! {
        /// Everything but the mask is the encoder's. By the count here, the mask is never worse than the encoder's
        /// choice.
        #[test]
        fn the_mask_is_at_least_as_good_as_the_encoder_s(digits in "[0-9]{100,500}") {
            let text = format!("https://ikrar.example.go.id/v#{digits}");
            let ours = Symbol::encode(&text).unwrap();
            let theirs = QrCode::new(&text).unwrap();
            let theirs = masks::rows_of(theirs.width(), &theirs.into_colors());
            prop_assert_eq!(ours.width(), theirs.len());
            let [ours, theirs] = [ours.rows, theirs].map(|rows| penalty(&Modules { columns: columns(&rows), rows }));
            prop_assert!(ours <= theirs);
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

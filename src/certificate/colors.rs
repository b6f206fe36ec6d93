//! The colours of print: those of the web where both have one.

use super::wrap::Color;

/// The web's `--accent`: titles, frames and drawn signatures.
pub const ACCENT_COLOR: Color = Color(0x0F, 0x4C, 0x5C);
/// Body text; the web's `--ink`.
pub const TEXT_COLOR: Color = Color(0x16, 0x24, 0x2B);
/// Labels and secondary text; the web's `--ink-soft`.
pub const GREY_COLOR: Color = Color(0x4D, 0x5C, 0x65);
/// Hairlines.
pub const HAIRLINE_COLOR: Color = Color(0xB9, 0xC7, 0xCC);
/// For what must not be missed: synthetic data, secrets. The web's `--warn`.
pub const WARNING_COLOR: Color = Color(0x8A, 0x5A, 0x00);
/// Background of the label on synthetic data; the web's `--warn-soft`.
pub const WARNING_SOFT: Color = Color(0xFD, 0xF3, 0xDF);

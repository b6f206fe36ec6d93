//! Breaks a text into lines of a width; nothing is cut off.

use super::fonts::{Face, Fonts};

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextStyle {
    /// The typeface.
    pub face: Face,
    /// Font size in points.
    pub size: f32,
    /// Extra space after each letter, in points.
    pub tracking: f32,
    /// Fill colour of the glyphs.
    pub color: Color,
}

/// Red, green, blue, each 0-255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl TextStyle {
    /// A style without tracking.
    pub const fn new(face: Face, size: f32, color: Color) -> Self {
        Self { face, size, tracking: 0.0, color }
    }

    /// The same style with this tracking, in points.
    pub const fn tracked(self, tracking: f32) -> Self {
        Self { tracking, ..self }
    }

    /// The same style in this size, in points.
    pub const fn sized(self, size: f32) -> Self {
        Self { size, ..self }
    }

    /// The same style in this colour.
    pub const fn colored(self, color: Color) -> Self {
        Self { color, ..self }
    }

    /// Width in points, with the tracking after the last letter.
    pub fn width(&self, text: &str) -> f32 {
        self.points(self.extent(text))
    }

    fn extent(&self, text: &str) -> Extent {
        text.chars().fold(Extent::default(), |extent, character| self.longer(extent, character))
    }

    fn longer(&self, extent: Extent, character: char) -> Extent {
        let advance = Fonts::get().advance(self.face, character);
        Extent { thousandths: extent.thousandths + advance, characters: extent.characters + 1 }
    }

    fn points(&self, extent: Extent) -> f32 {
        // Whole numbers are exact in an f32 up to 2^24; a page's text stays far below.
        extent.thousandths as f32 * self.size / 1000.0 + self.tracking * extent.characters as f32
    }
}

/// How long a text is, in whole numbers, so that parts add up to exactly the whole.
#[derive(Clone, Copy, Default)]
struct Extent {
    thousandths: i64,
    characters: usize,
}

impl std::ops::Add for Extent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { thousandths: self.thousandths + other.thousandths, characters: self.characters + other.characters }
    }
}

/// Breaks at spaces (not at no-break spaces), and inside a word only where the word alone is wider than the line.
pub fn lines(text: &str, style: &TextStyle, width: f32) -> Vec<String> {
    let space = style.extent(" ");
    let mut lines = Vec::new();
    let (mut line, mut taken) = (String::new(), Extent::default());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let extent = style.extent(word);
        if !line.is_empty() && style.points(taken + space + extent) <= width {
            line.push(' ');
            line.push_str(word);
            taken = taken + space + extent;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        taken = Extent::default();
        for character in word.chars() {
            let longer = style.longer(taken, character);
            if style.points(longer) > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                taken = style.longer(Extent::default(), character);
            } else {
                taken = longer;
            }
            line.push(character);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// As many lines as [`lines`] makes, as even in length as possible: for centred text.
pub fn even_lines(text: &str, style: &TextStyle, width: f32) -> Vec<String> {
    let widest = lines(text, style, width);
    if widest.len() < 2 {
        return widest;
    }
    let (mut low, mut high) = (0.0, width);
    for _ in 0..12 {
        let middle = (low + high) / 2.0;
        if lines(text, style, middle).len() <= widest.len() { high = middle } else { low = middle }
    }
    lines(text, style, high)
}

/// The largest of the sizes at which the text takes at most `lines_max` lines; `None` if it takes more even at the
/// last.
pub fn fitted(
    text: &str,
    style: &TextStyle,
    sizes: &[f32],
    width: f32,
    lines_max: usize,
) -> Option<(TextStyle, Vec<String>)> {
    sizes.iter().find_map(|&size| {
        let style = style.sized(size);
        (lines(text, &style, width).len() <= lines_max).then(|| (style, even_lines(text, &style, width)))
    })
}

/// The largest of the sizes at which the text takes at most `lines_max` lines; if it takes more even at the last, it is
/// set in those. For left-aligned text.
pub fn fitted_or_smallest(
    text: &str,
    style: &TextStyle,
    sizes: &[f32],
    width: f32,
    lines_max: usize,
) -> (TextStyle, Vec<String>) {
    let last = sizes.last().copied().unwrap_or(style.size);
    for &size in sizes {
        let style = style.sized(size);
        let lines = lines(text, &style, width);
        if lines.len() <= lines_max || size == last {
            return (style, lines);
        }
    }
    (*style, lines(text, style, width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STYLE: TextStyle = TextStyle::new(Face::Sans, 10.0, Color(0, 0, 0));

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_sticks_out(text in "[A-Za-z ]{0,200}", width in 12f32..300.0) {
            let broken = lines(&text, &STYLE, width);
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&broken.concat()), letters(&text));
            prop_assert!(broken.iter().all(|line| STYLE.width(line) <= width));
            prop_assert!(even_lines(&text, &STYLE, width).len() <= broken.len());
        }
    }

    #[test]
    fn widths_add_up() {
        assert_eq!(STYLE.width("00"), 11.6);
        assert_eq!(STYLE.tracked(1.0).width("00"), 13.6);
    }

    #[test]
    fn a_long_name_shrinks_before_it_wraps_further() {
        let (style, lines) = fitted(&"W".repeat(30), &STYLE, &[20.0, 10.0], 330.0, 1).unwrap();
        assert_eq!((style.size, lines.len()), (10.0, 1));
        assert!(fitted(&"W".repeat(300), &STYLE, &[20.0, 10.0], 300.0, 2).is_none());
    }
}

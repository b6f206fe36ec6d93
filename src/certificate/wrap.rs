//! Lines: a text broken to a width, never cut.

use super::fonts::{Face, Fonts};

/// How a text is set. Sizes and tracking in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    pub face: Face,
    pub size: f32,
    pub tracking: f32,
    pub ink: Ink,
}

/// Red, green, blue, each 0-255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

impl Style {
    pub const fn new(face: Face, size: f32, ink: Ink) -> Self {
        Self { face, size, tracking: 0.0, ink }
    }

    pub const fn tracked(self, tracking: f32) -> Self {
        Self { tracking, ..self }
    }

    pub const fn sized(self, size: f32) -> Self {
        Self { size, ..self }
    }

    pub const fn inked(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    pub fn width(&self, text: &str) -> f32 {
        Fonts::get().width(self.face, self.size, self.tracking, text)
    }
}

/// Breaks at spaces (not at no-break spaces), and inside a word only where the word alone is wider than the line.
pub fn lines(text: &str, style: &Style, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if style.width(&longer) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            line.push(character);
            if style.width(&line) > width && line.chars().nth(1).is_some() {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The same number of lines, as even in length as they can be: for centred text.
pub fn even_lines(text: &str, style: &Style, width: f32) -> Vec<String> {
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

/// The largest of the sizes at which the text takes at most `lines_max` lines; `None` where even the last doesn't.
pub fn fitted(text: &str, style: &Style, sizes: &[f32], width: f32, lines_max: usize) -> Option<(Style, Vec<String>)> {
    sizes.iter().find_map(|&size| {
        let style = style.sized(size);
        let lines = even_lines(text, &style, width);
        (lines.len() <= lines_max).then_some((style, lines))
    })
}

/// As [`fitted`], but where even the last size needs more lines, it takes them.
pub fn squeezed(text: &str, style: &Style, sizes: &[f32], width: f32, lines_max: usize) -> (Style, Vec<String>) {
    fitted(text, style, sizes, width, lines_max).unwrap_or_else(|| {
        let style = style.sized(sizes.last().copied().unwrap_or(style.size));
        (style, lines(text, &style, width))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STYLE: Style = Style::new(Face::Sans, 10.0, Ink(0, 0, 0));

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
    fn a_long_name_shrinks_before_it_wraps_further() {
        let (style, lines) = fitted(&"W".repeat(30), &STYLE, &[20.0, 10.0], 330.0, 1).unwrap();
        assert_eq!((style.size, lines.len()), (10.0, 1));
        assert!(fitted(&"W".repeat(300), &STYLE, &[20.0, 10.0], 300.0, 2).is_none());
    }
}

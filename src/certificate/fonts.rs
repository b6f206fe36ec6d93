//! The three faces: what they hold, how wide a text is, and the font objects every file begins with.
//!
//! Each face comes in two cuts that number the glyphs alike: the plain one, which nearly every file embeds, and an
//! extended one for files that need a further character. So a rare character makes no other file larger.

use super::font_objects::FontObjects;
use std::sync::OnceLock;

/// A typeface of the certificate, embedded in every file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// For titles.
    Serif,
    /// For body text.
    Sans,
    /// For names, labels and numbers.
    SansBold,
}

/// What every file begins with, made once per process.
pub struct Fonts {
    /// Glyph and advance by character, for each face in its extended cut.
    glyphs: [Vec<(u16, u16)>; 3],
    /// Whether all plain cuts hold a character.
    plain: Vec<bool>,
    pub(super) objects: FontObjects,
}

/// What the faces hold: a line for each character that one of them has, with its code point in hexadecimal, `plain` if
/// all plain cuts have it, and glyph and advance in the order of [`Face`]. `font_files_tests.rs` makes it from the
/// faces, and fails if it isn't theirs.
const GLYPHS: &str = include_str!("../../assets/fonts/glyphs.txt");

impl Face {
    /// Its name in page resources.
    pub(super) fn resource(self) -> &'static str {
        match self {
            Self::Serif => "Serif",
            Self::Sans => "Sans",
            Self::SansBold => "Bold",
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Serif => 0,
            Self::Sans => 1,
            Self::SansBold => 2,
        }
    }
}

impl Fonts {
    /// The fonts, loaded on first use.
    pub fn get() -> &'static Self {
        static FONTS: OnceLock<Fonts> = OnceLock::new();
        FONTS.get_or_init(Self::load)
    }

    /// A character's advance in thousandths of the font size, a whole number as in the PDF. 0 for a character that the
    /// face lacks; `printable` lets none through.
    pub fn advance(&self, face: Face, character: char) -> i64 {
        self.glyphs[face.index()].get(character as usize).map_or(0, |&(_, advance)| i64::from(advance))
    }

    /// The glyph of a character that `printable` let through; 0 is the empty box.
    pub(super) fn glyph(&self, face: Face, character: char) -> u16 {
        self.glyphs[face.index()].get(character as usize).map_or(0, |&(glyph, _)| glyph)
    }

    /// Whether every face has the character.
    pub(super) fn has_glyph(&self, character: char) -> bool {
        self.glyphs.iter().all(|face| face.get(character as usize).is_some_and(|&(glyph, _)| glyph != 0))
    }

    /// Whether a file with this text needs the extended cuts.
    pub(super) fn needs_extended(&self, text: &str) -> bool {
        !text.is_ascii() && text.chars().any(|c| !self.plain.get(c as usize).copied().unwrap_or(false))
    }

    fn load() -> Self {
        let mut fonts = Self { glyphs: [const { Vec::new() }; 3], plain: Vec::new(), objects: FontObjects::load() };
        for line in GLYPHS.lines() {
            fonts.add(line).expect("the table is compiled in and tested");
        }
        fonts
    }

    /// Takes in a character's line of the table. All characters that are kept lie below U+2600, so a flat table is
    /// small.
    fn add(&mut self, line: &str) -> Option<()> {
        let mut columns = line.split(' ');
        let character = usize::from_str_radix(columns.next()?, 16).ok()?;
        self.plain.resize(character + 1, false);
        self.plain[character] = columns.next()? == "plain";
        for face in &mut self.glyphs {
            face.resize(character + 1, (0, 0));
            face[character] = (columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,;:'\"()[]/-–—‘’“”„…•&%+@#*!?°§©€\
        ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŪūŮůŰűŲųŹźŻżŽžȘșȚț";

    #[test]
    fn latin_extended_additional_is_held_as_far_as_the_sources_have_it() {
        let lacking: String = ('\u{1E00}'..='\u{1EFF}').filter(|c| !Fonts::get().has_glyph(*c)).collect();
        assert_eq!(lacking, "\u{1E9C}\u{1E9D}\u{1E9F}\u{1EFA}\u{1EFB}\u{1EFC}\u{1EFD}\u{1EFE}\u{1EFF}");
        assert!(!Fonts::get().needs_extended("Prof. Šárka Ðuro – “é”") && Fonts::get().needs_extended("Ḥasan"));
    }

    #[test]
    fn every_needed_character_is_in_every_face() {
        for character in NEEDED.chars() {
            assert!(Fonts::get().has_glyph(character), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn advances_are_those_of_the_font() {
        assert_eq!(Fonts::get().advance(Face::Sans, '0'), 580);
        assert_eq!(Fonts::get().advance(Face::Sans, '名'), 0);
    }
}

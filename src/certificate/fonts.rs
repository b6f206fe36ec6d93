//! The three faces: what they hold, how wide a text is, and the font objects every file begins with.
//!
//! `printpdf` lays out the fonts once (Type 0, widths, ToUnicode); each file starts from a copy of that.
//!
//! Each face comes in two cuts that number the glyphs alike: the plain one, which nearly every file embeds, and an
//! extended one for files that need a further character. So a rare character makes no other file larger.

use lopdf::{Document, ObjectId};
use printpdf::{
    FontId, Mm, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, TextItem,
};
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
    /// Only the font objects, compressed.
    pub(super) base: Document,
    /// The font objects of the extended cuts, under the same ids as in `base`.
    pub(super) extended: Document,
    /// The font resource dictionary within `base`.
    pub(super) resources: ObjectId,
}

const FACES: [(Face, &str); 3] =
    [(Face::Serif, "Ikrar-Serif"), (Face::Sans, "Ikrar-Sans"), (Face::SansBold, "Ikrar-Sans-Bold")];

/// The plain cuts, in the order of [`FACES`].
const PLAIN: [&[u8]; 3] = [
    include_bytes!("../../assets/fonts/ikrar-serif.ttf"),
    include_bytes!("../../assets/fonts/ikrar-sans.ttf"),
    include_bytes!("../../assets/fonts/ikrar-sans-bold.ttf"),
];

/// The extended cuts, in the order of [`FACES`].
const EXTENDED: [&[u8]; 3] = [
    include_bytes!("../../assets/fonts/ikrar-serif-extended.ttf"),
    include_bytes!("../../assets/fonts/ikrar-sans-extended.ttf"),
    include_bytes!("../../assets/fonts/ikrar-sans-bold-extended.ttf"),
];

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
        let (plain, extended) = (parsed(PLAIN), parsed(EXTENDED));
        let (base, resources) = font_objects(&plain);
        let (extended_objects, _) = font_objects(&extended);
        let held = plain.map(|font| glyphs(&font));
        let longest = held.iter().map(Vec::len).max().unwrap_or(0);
        let has = |face: &Vec<(u16, u16)>, at: usize| face.get(at).is_some_and(|&(glyph, _)| glyph != 0);
        Self {
            glyphs: extended.map(|font| glyphs(&font)),
            plain: (0..longest).map(|at| held.iter().all(|face| has(face, at))).collect(),
            base,
            extended: extended_objects,
            resources,
        }
    }
}

fn parsed(files: [&'static [u8]; 3]) -> [ParsedFont; 3] {
    let mut names = FACES.iter().map(|(_, name)| *name);
    files.map(|bytes| {
        let mut font = ParsedFont::from_bytes(bytes, 0, &mut Vec::new()).expect("the fonts are compiled in and tested");
        font.font_name = names.next().map(Into::into);
        font
    })
}

/// A document that holds only the objects of these fonts, and the id of its font resource dictionary.
fn font_objects(fonts: &[ParsedFont; 3]) -> (Document, ObjectId) {
    let mut template = PdfDocument::new("");
    let mut ops = vec![Op::StartTextSection];
    for ((face, _), font) in FACES.iter().zip(fonts) {
        let id = FontId(face.resource().into());
        template.resources.fonts.map.insert(id.clone(), PdfFont::new(font.clone()));
        ops.push(Op::SetFont { font: PdfFontHandle::External(id), size: Pt(1.0) });
        // From the highest character down: where two share a glyph, copied text has the plainer one.
        let all = font.codepoint_to_glyph.keys().rev().filter_map(|&c| char::from_u32(c)).collect();
        ops.push(Op::ShowText { items: vec![TextItem::Text(all)] });
    }
    ops.push(Op::EndTextSection);
    template.pages.push(PdfPage::new(Mm(210.0), Mm(297.0), ops));
    let mut objects = printpdf::to_lopdf_doc(&template, &PdfSaveOptions::default(), &mut Vec::new());
    let resources = font_resources(&objects).expect("the template has one page with fonts");
    objects.trailer.remove(b"Info");
    objects.trailer.set("Root", resources);
    objects.prune_objects();
    objects.renumber_objects();
    objects.compress();
    let resources = objects.trailer.get(b"Root").and_then(lopdf::Object::as_reference).expect("set above");
    (objects, resources)
}

/// Glyph and advance by character. All characters that are kept lie below U+2600, so a flat table is small.
fn glyphs(font: &ParsedFont) -> Vec<(u16, u16)> {
    let last = font.codepoint_to_glyph.keys().next_back().copied().unwrap_or(0);
    let mut glyphs = vec![(0, 0); last as usize + 1];
    for (&character, &glyph) in &font.codepoint_to_glyph {
        let units = font.glyph_widths.get(&glyph).copied().unwrap_or(0);
        let advance = u32::from(units) * 1000 / u32::from(font.units_per_em);
        glyphs[character as usize] = (glyph, u16::try_from(advance).unwrap_or(u16::MAX));
    }
    glyphs
}

/// The reference to the font dictionary of the only page.
fn font_resources(document: &Document) -> Option<ObjectId> {
    let page = document.get_pages().into_values().next()?;
    let page = document.get_dictionary(page).ok()?;
    let resources = document.get_dictionary(page.get(b"Resources").ok()?.as_reference().ok()?).ok()?;
    resources.get(b"Font").ok()?.as_reference().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use sha2::{Digest, Sha256};

    const NEEDED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,;:'\"()[]/-–—‘’“”„…•&%+@#*!?°§©€\
        ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĀāĂăĄąĆćČčĎďĐđĒēĖėĘęĚěĞğĢģĪīĮįİıĶķĹĺĽľŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŢţŤťŪūŮůŰűŲųŹźŻżŽžȘșȚț";

    #[test]
    fn the_files_are_the_ones_that_were_checked_in() {
        let sums = include_str!("../../assets/fonts/SHA256SUMS");
        let names = ["ikrar-serif", "ikrar-sans", "ikrar-sans-bold"];
        for (name, bytes) in names.iter().zip(PLAIN) {
            assert_listed(sums, &format!("{name}.ttf"), bytes);
        }
        for (name, bytes) in names.iter().zip(EXTENDED) {
            assert_listed(sums, &format!("{name}-extended.ttf"), bytes);
        }
    }

    fn assert_listed(sums: &str, name: &str, bytes: &[u8]) {
        let line = format!("{}  {name}", HEXLOWER.encode(&Sha256::digest(bytes)));
        assert!(sums.lines().any(|known| known == line), "{name} differs from SHA256SUMS");
        assert!(bytes.len() <= 60 * 1024);
    }

    #[test]
    fn both_cuts_number_the_glyphs_and_the_objects_alike() {
        let fonts = Fonts::get();
        let plain = parsed(PLAIN).map(|font| glyphs(&font));
        for (plain, extended) in plain.iter().zip(&fonts.glyphs) {
            for (at, known) in plain.iter().enumerate().filter(|(_, (glyph, _))| *glyph != 0) {
                assert_eq!(extended[at], *known, "U+{at:04X}");
            }
        }
        assert!(fonts.base.objects.keys().eq(fonts.extended.objects.keys()));
        assert_eq!(font_objects(&parsed(EXTENDED)).1, fonts.resources);
    }

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

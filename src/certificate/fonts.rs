//! The three faces: what they hold, how wide a text is, and the font objects every file begins with.
//!
//! `printpdf` lays out the fonts once (Type 0, widths, ToUnicode); each file starts from a copy of that.
//!
//! Each face comes in three cuts, and a file embeds the smallest that has its characters, so a rare character makes no
//! other file larger. The plain and the extended cut number the glyphs alike, so that layout 1 can exchange them; the
//! basic cut has numbers of its own. A character is equally wide in all of them.

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

/// How many characters the three faces have in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Basic Latin and common punctuation: nearly every Indonesian name and text.
    Basic,
    /// Latin-1 and Latin Extended-A besides.
    Plain,
    /// All that can be printed.
    Extended,
}

/// The three faces in one cut.
pub(super) struct FontCut {
    /// Glyph and advance by character, for each face.
    glyphs: [Vec<(u16, u16)>; 3],
    /// Only the font objects; the streams of the plain and the extended cut are compressed.
    pub(super) objects: Document,
    /// The font resource dictionary within `objects`.
    pub(super) resources: ObjectId,
}

/// What every file begins with, made once per process.
pub struct Fonts {
    /// In the order of [`Cut`].
    cuts: [FontCut; 3],
    /// The smallest cut that has a character in every face.
    smallest: Vec<Cut>,
}

const FACES: [(Face, &str); 3] =
    [(Face::Serif, "Ikrar-Serif"), (Face::Sans, "Ikrar-Sans"), (Face::SansBold, "Ikrar-Sans-Bold")];

/// The basic cuts, in the order of [`FACES`].
const BASIC: [&[u8]; 3] = [
    include_bytes!("../../assets/fonts/ikrar-serif-basic.ttf"),
    include_bytes!("../../assets/fonts/ikrar-sans-basic.ttf"),
    include_bytes!("../../assets/fonts/ikrar-sans-bold-basic.ttf"),
];

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
        self.cut(Cut::Extended).glyphs[face.index()]
            .get(character as usize)
            .map_or(0, |&(_, advance)| i64::from(advance))
    }

    /// The glyphs of a face in this cut.
    pub(super) fn glyphs(&self, cut: Cut, face: Face) -> Glyphs<'_> {
        Glyphs(&self.cut(cut).glyphs[face.index()])
    }

    /// Whether every face has the character.
    pub(super) fn has_glyph(&self, character: char) -> bool {
        self.cut(Cut::Extended).has(character)
    }

    /// The faces in this cut.
    pub(super) fn cut(&self, cut: Cut) -> &FontCut {
        &self.cuts[cut as usize]
    }

    /// The smallest cut that has all characters of the text.
    pub(super) fn cut_for(&self, text: &str) -> Cut {
        if text.is_ascii() {
            return Cut::Basic;
        }
        let cuts = text.chars().map(|c| self.smallest.get(c as usize).copied().unwrap_or(Cut::Extended));
        cuts.max().unwrap_or(Cut::Basic)
    }

    fn load() -> Self {
        let mut cuts = [BASIC, PLAIN, EXTENDED].map(FontCut::of);
        // The basic cut is compressed where a file's beginning is made, and better.
        cuts[1..].iter_mut().for_each(|cut| cut.objects.compress());
        let longest = cuts[2].glyphs.iter().map(Vec::len).max().unwrap_or(0);
        let smallest = |at: usize| {
            let character = u32::try_from(at).ok().and_then(char::from_u32).unwrap_or_default();
            let has = |cut: Cut| cuts[cut as usize].has(character);
            [Cut::Basic, Cut::Plain].into_iter().find(|cut| has(*cut)).unwrap_or(Cut::Extended)
        };
        let smallest = (0..longest).map(smallest).collect();
        Self { cuts, smallest }
    }
}

/// The glyphs of one face, by character.
#[derive(Clone, Copy)]
pub(super) struct Glyphs<'a>(&'a [(u16, u16)]);

impl Glyphs<'_> {
    /// The glyph of a character that the face has; 0 is the empty box.
    pub(super) fn of(self, character: char) -> u16 {
        self.0.get(character as usize).map_or(0, |&(glyph, _)| glyph)
    }
}

impl FontCut {
    fn of(files: [&'static [u8]; 3]) -> Self {
        let fonts = parsed(files);
        let (objects, resources) = font_objects(&fonts);
        Self { glyphs: fonts.map(|font| glyphs(&font)), objects, resources }
    }

    /// Glyph and advance of a character; `None` if the face lacks it.
    fn at(&self, face: Face, character: char) -> Option<(u16, u16)> {
        self.glyphs[face.index()].get(character as usize).copied().filter(|&(glyph, _)| glyph != 0)
    }

    /// Whether every face has the character.
    fn has(&self, character: char) -> bool {
        [Face::Serif, Face::Sans, Face::SansBold].into_iter().all(|face| self.at(face, character).is_some())
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
        for (name, bytes) in names.iter().zip(BASIC) {
            assert_listed(sums, &format!("{name}-basic.ttf"), bytes);
        }
    }

    fn assert_listed(sums: &str, name: &str, bytes: &[u8]) {
        let line = format!("{}  {name}", HEXLOWER.encode(&Sha256::digest(bytes)));
        assert!(sums.lines().any(|known| known == line), "{name} differs from SHA256SUMS");
        assert!(bytes.len() <= 60 * 1024);
    }

    #[test]
    fn the_plain_and_the_extended_cut_number_the_glyphs_and_the_objects_alike() {
        let fonts = Fonts::get();
        let (plain, extended) = (fonts.cut(Cut::Plain), fonts.cut(Cut::Extended));
        for (plain, extended) in plain.glyphs.iter().zip(&extended.glyphs) {
            for (at, known) in plain.iter().enumerate().filter(|(_, (glyph, _))| *glyph != 0) {
                assert_eq!(extended[at], *known, "U+{at:04X}");
            }
        }
        assert!(plain.objects.objects.keys().eq(extended.objects.objects.keys()));
        assert_eq!(plain.resources, extended.resources);
    }

    #[test]
    fn a_character_is_equally_wide_in_every_cut() {
        let fonts = Fonts::get();
        for (basic, extended) in fonts.cut(Cut::Basic).glyphs.iter().zip(&fonts.cut(Cut::Extended).glyphs) {
            for (at, (_, advance)) in basic.iter().enumerate().filter(|(_, (glyph, _))| *glyph != 0) {
                assert_eq!(extended[at].1, *advance, "U+{at:04X}");
            }
        }
        let needed = |text: &str| fonts.cut_for(text);
        assert_eq!(needed("Dr. H. Budi Santoso, S.E. – “M.Si.” ••••"), Cut::Basic);
        assert_eq!(needed("Šárka"), Cut::Plain);
        assert_eq!([needed("Ḥasan"), needed("□"), needed("名")], [Cut::Extended; 3]);
    }

    #[test]
    fn latin_extended_additional_is_held_as_far_as_the_sources_have_it() {
        let lacking: String = ('\u{1E00}'..='\u{1EFF}').filter(|c| !Fonts::get().has_glyph(*c)).collect();
        assert_eq!(lacking, "\u{1E9C}\u{1E9D}\u{1E9F}\u{1EFA}\u{1EFB}\u{1EFC}\u{1EFD}\u{1EFE}\u{1EFF}");
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

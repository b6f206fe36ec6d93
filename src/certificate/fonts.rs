//! The three faces: what they hold, how wide a text is, and the font objects every file begins with.
//!
//! `printpdf` lays out the fonts once (Type 0, widths, ToUnicode); each file starts from a copy of that.

use super::CertificateFault;
use lopdf::{Document, ObjectId};
use printpdf::{
    FontId, Mm, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, TextItem,
};
use std::borrow::Cow;
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;

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
    /// Glyph and advance by character, for each face.
    glyphs: [Vec<(u16, u16)>; 3],
    /// Only the font objects, compressed.
    pub(super) base: Document,
    /// The font resource dictionary within `base`.
    pub(super) resources: ObjectId,
}

const FACES: [(Face, &str, &[u8]); 3] = [
    (Face::Serif, "Ikrar-Serif", include_bytes!("../../assets/fonts/ikrar-serif.ttf")),
    (Face::Sans, "Ikrar-Sans", include_bytes!("../../assets/fonts/ikrar-sans.ttf")),
    (Face::SansBold, "Ikrar-Sans-Bold", include_bytes!("../../assets/fonts/ikrar-sans-bold.ttf")),
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
    /// face lacks; [`printable`] has refused it before.
    pub fn advance(&self, face: Face, character: char) -> i64 {
        self.glyphs[face.index()].get(character as usize).map_or(0, |&(_, advance)| i64::from(advance))
    }

    /// The glyph of a character that [`printable`] let through; 0 is the empty box.
    pub(super) fn glyph(&self, face: Face, character: char) -> u16 {
        self.glyphs[face.index()].get(character as usize).map_or(0, |&(glyph, _)| glyph)
    }

    fn holds(&self, character: char) -> bool {
        self.glyphs.iter().all(|face| face.get(character as usize).is_some_and(|&(glyph, _)| glyph != 0))
    }

    fn load() -> Self {
        let faces = FACES.map(|(_, name, bytes)| {
            let mut font =
                ParsedFont::from_bytes(bytes, 0, &mut Vec::new()).expect("the fonts are compiled in and tested");
            font.font_name = Some(name.into());
            font
        });
        let mut template = PdfDocument::new("");
        let mut ops = vec![Op::StartTextSection];
        for ((face, ..), font) in FACES.iter().zip(&faces) {
            let id = FontId(face.resource().into());
            template.resources.fonts.map.insert(id.clone(), PdfFont::new(font.clone()));
            ops.push(Op::SetFont { font: PdfFontHandle::External(id), size: Pt(1.0) });
            // From the highest character down: where two share a glyph, copied text has the plainer one.
            let all = font.codepoint_to_glyph.keys().rev().filter_map(|&c| char::from_u32(c)).collect();
            ops.push(Op::ShowText { items: vec![TextItem::Text(all)] });
        }
        ops.push(Op::EndTextSection);
        template.pages.push(PdfPage::new(Mm(210.0), Mm(297.0), ops));
        let mut base = printpdf::to_lopdf_doc(&template, &PdfSaveOptions::default(), &mut Vec::new());
        let resources = font_resources(&base).expect("the template has one page with fonts");
        base.trailer.remove(b"Info");
        base.trailer.set("Root", resources);
        base.prune_objects();
        base.renumber_objects();
        base.compress();
        let resources = base.trailer.get(b"Root").and_then(lopdf::Object::as_reference).expect("set above");
        Self { glyphs: faces.map(|font| glyphs(&font)), base, resources }
    }
}

/// Glyph and advance by character. All characters that are kept lie below U+2100, so a flat table is small.
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

/// The text as it can be printed: composed (NFC), with white space collapsed, characters that the fonts lack replaced
/// by similar ones, and diacritics that they lack dropped. `Err` is the first character that has no replacement.
pub fn printable(text: &str) -> Result<String, char> {
    let fonts = Fonts::get();
    let mut printed = String::with_capacity(text.len());
    for character in text.nfc() {
        if character.is_whitespace() && character != '\u{A0}' {
            if !printed.is_empty() && !printed.ends_with(' ') {
                printed.push(' ');
            }
        } else if fonts.holds(character) {
            printed.push(character);
        } else {
            printed.push_str(&replacement(character).ok_or(character)?);
        }
    }
    printed.truncate(printed.trim_end_matches(' ').len());
    Ok(printed)
}

pub(super) fn printable_part(part: &'static str, text: &str) -> Result<String, CertificateFault> {
    printable(text).map_err(|character| CertificateFault::Character { part, character })
}

fn replacement(character: char) -> Option<Cow<'static, str>> {
    let plain = match character {
        // Characters without a width, and marks that couldn't be composed with their letter.
        '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' | '\u{300}'..='\u{36F}' => "",
        '\u{2010}' | '\u{2011}' | '\u{2043}' => "-",
        '\u{2012}' | '\u{2212}' => "\u{2013}",
        '\u{2015}' => "\u{2014}",
        // Apostrophes, and the letters for hamza and ain in romanised Arabic names.
        '\u{2032}' | '\u{2BC}' | '\u{2BE}' | '\u{2B9}' => "\u{2019}",
        '\u{2BB}' | '\u{2BF}' | '\u{201B}' => "\u{2018}",
        '\u{2033}' => "\u{201D}",
        '\u{25CF}' | '\u{2219}' | '\u{00B7}' => "\u{2022}",
        _ => {
            let fonts = Fonts::get();
            let bare: String = std::iter::once(character).nfkd().filter(|&c| fonts.holds(c)).collect();
            return (!bare.is_empty()).then_some(Cow::Owned(bare));
        }
    };
    Some(Cow::Borrowed(plain))
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
        for (name, bytes) in
            [("ikrar-serif.ttf", FACES[0].2), ("ikrar-sans.ttf", FACES[1].2), ("ikrar-sans-bold.ttf", FACES[2].2)]
        {
            let line = format!("{}  {name}", HEXLOWER.encode(&Sha256::digest(bytes)));
            assert!(sums.lines().any(|known| known == line), "{name} differs from SHA256SUMS");
            assert!(bytes.len() <= 60 * 1024);
        }
    }

    #[test]
    fn every_needed_character_is_in_every_face() {
        for character in NEEDED.chars() {
            assert!(Fonts::get().holds(character), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn what_the_fonts_lack_is_mapped_or_refused() {
        assert_eq!(
            printable("  Nur\u{A0}Ḥidāyat \u{2BF}Umar\n\t, S.E.\u{200B} "),
            Ok("Nur\u{A0}Hidāyat \u{2018}Umar , S.E.".into())
        );
        assert_eq!(printable("e\u{301}"), Ok("é".into()));
        assert_eq!(printable("名"), Err('名'));
        assert_eq!(printable("a🎉"), Err('🎉'));
    }

    #[test]
    fn advances_are_those_of_the_font() {
        assert_eq!(Fonts::get().advance(Face::Sans, '0'), 580);
        assert_eq!(Fonts::get().advance(Face::Sans, '名'), 0);
    }
}

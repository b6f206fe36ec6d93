//! The files that the program takes its fonts from are those of the faces: `printpdf` lays the faces out again. With
//! `IKRAR_FONTS_OUT=FOLDER` the test writes them there.

use super::fonts::{Face, Fonts};
use data_encoding::HEXLOWER;
use lopdf::Document;
use printpdf::{
    FontId, Mm, Op, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Pt, TextItem,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Name of its file, and its name within a PDF.
const FACES: [(Face, &str, &str); 3] = [
    (Face::Serif, "ikrar-serif", "Ikrar-Serif"),
    (Face::Sans, "ikrar-sans", "Ikrar-Sans"),
    (Face::SansBold, "ikrar-sans-bold", "Ikrar-Sans-Bold"),
];

const PLAIN: &str = ".ttf";
const EXTENDED: &str = "-extended.ttf";

#[test]
fn the_faces_are_the_ones_that_were_checked_in() {
    let sums = String::from_utf8(asset("SHA256SUMS")).unwrap();
    for (_, file, _) in FACES {
        for name in [format!("{file}{PLAIN}"), format!("{file}{EXTENDED}")] {
            let bytes = asset(&name);
            let line = format!("{}  {name}", HEXLOWER.encode(&Sha256::digest(&bytes)));
            assert!(sums.lines().any(|known| known == line), "{name} differs from SHA256SUMS");
            assert!(bytes.len() <= 60 * 1024);
        }
    }
}

#[test]
fn the_files_are_those_of_the_faces() {
    let (plain, extended) = (faces(PLAIN), faces(EXTENDED));
    let made = [("plain.pdf", font_objects(&plain)), ("extended.pdf", font_objects(&extended))];
    let table = table(&plain, &extended);
    if let Some(folder) = std::env::var_os("IKRAR_FONTS_OUT") {
        for (name, bytes) in &made {
            std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
        }
        std::fs::write(Path::new(&folder).join("glyphs.txt"), &table).unwrap();
    }
    for (name, bytes) in made {
        // Another release of the compressor may make other bytes of the same.
        assert!(inflated(&asset(name)) == inflated(&bytes), "{name} isn't that of the faces");
    }
    assert!(asset("glyphs.txt") == table.into_bytes(), "glyphs.txt isn't that of the faces");
}

#[test]
fn both_cuts_number_the_glyphs_alike() {
    for (plain, extended) in faces(PLAIN).iter().zip(&faces(EXTENDED)) {
        for &character in plain.codepoint_to_glyph.keys() {
            assert_eq!(glyph(plain, character), glyph(extended, character), "U+{character:04X}");
        }
    }
}

/// A face's resource name is the one in the font resource dictionary, and its glyphs have the widths of the table.
#[test]
fn the_table_has_the_widths_of_the_font_objects() {
    let document = Document::load_mem(&asset("extended.pdf")).unwrap();
    let resources = document.get_dictionary(document.trailer.get(b"Root").unwrap().as_reference().unwrap()).unwrap();
    for (face, ..) in FACES {
        let font = resources.get(face.resource().as_bytes()).unwrap().as_reference().unwrap();
        let font = document.get_dictionary(font).unwrap();
        let descendant = font.get(b"DescendantFonts").unwrap().as_array().unwrap()[0].as_dict().unwrap();
        let widths = descendant.get(b"W").unwrap().as_array().unwrap();
        let width_of = |glyph: u16| {
            widths.chunks(2).find_map(|run| {
                let (first, run) = (run[0].as_i64().unwrap(), run[1].as_array().unwrap());
                run.get(usize::try_from(i64::from(glyph) - first).ok()?).map(|width| width.as_i64().unwrap())
            })
        };
        for character in "AÉabcḤḥ0123–".chars() {
            let fonts = Fonts::get();
            assert_eq!(width_of(fonts.glyph(face, character)), Some(fonts.advance(face, character)), "{character}");
        }
    }
}

fn asset(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts").join(name)).unwrap()
}

fn faces(ending: &str) -> [ParsedFont; 3] {
    FACES.map(|(_, file, name)| {
        let mut font = ParsedFont::from_bytes(&asset(&format!("{file}{ending}")), 0, &mut Vec::new()).unwrap();
        font.font_name = Some(name.into());
        font
    })
}

/// A file that holds only the objects of these fonts; its root is their resource dictionary.
fn font_objects(fonts: &[ParsedFont; 3]) -> Vec<u8> {
    let mut template = PdfDocument::new("");
    let mut ops = vec![Op::StartTextSection];
    for ((face, ..), font) in FACES.iter().zip(fonts) {
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
    objects.trailer.remove(b"ID");
    objects.trailer.set("Root", resources);
    objects.prune_objects();
    objects.renumber_objects();
    objects.compress();
    let mut bytes = Vec::new();
    objects.save_to(&mut bytes).unwrap();
    bytes
}

/// The reference to the font dictionary of the only page.
fn font_resources(document: &Document) -> Option<lopdf::ObjectId> {
    let page = document.get_pages().into_values().next()?;
    let page = document.get_dictionary(page).ok()?;
    let resources = document.get_dictionary(page.get(b"Resources").ok()?.as_reference().ok()?).ok()?;
    resources.get(b"Font").ok()?.as_reference().ok()
}

/// The table that `Fonts` reads.
fn table(plain: &[ParsedFont; 3], extended: &[ParsedFont; 3]) -> String {
    let characters: BTreeSet<u32> = extended.iter().flat_map(|font| font.codepoint_to_glyph.keys().copied()).collect();
    let mut table = String::new();
    for character in characters {
        let is_plain = plain.iter().all(|font| glyph(font, character).0 != 0);
        write!(table, "{character:04X} {}", if is_plain { "plain" } else { "extended" }).unwrap();
        for (glyph, advance) in extended.iter().map(|font| glyph(font, character)) {
            write!(table, " {glyph} {advance}").unwrap();
        }
        table.push('\n');
    }
    table
}

/// Glyph and advance of a character in thousandths of the font size; 0 and 0 if the face lacks it.
fn glyph(font: &ParsedFont, character: u32) -> (u16, u32) {
    let Some(&glyph) = font.codepoint_to_glyph.get(&character) else { return (0, 0) };
    let units = font.glyph_widths.get(&glyph).copied().unwrap_or(0);
    (glyph, u32::from(units) * 1000 / u32::from(font.units_per_em))
}

fn inflated(file: &[u8]) -> Vec<u8> {
    let mut document = Document::load_mem(file).unwrap();
    document.decompress();
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

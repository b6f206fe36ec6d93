//! A letterhead as it is laid out: the emblem on the left, the lines in the middle, a double rule below.

use super::CertificateFault;
use super::colors::{ACCENT_COLOR, GREY_COLOR, TEXT_COLOR};
use super::draw::{Rect, mm};
use super::emblem::Emblem;
use super::fonts::Face;
use super::page::{Drawing, PageMark};
use super::printable::printed_text;
use super::structure::{Structure, StructureType};
use super::tagged::{TaggedBlock, WIDTH, centred_lines};
use super::wrap::{self, TextStyle};

/// Longest side of an emblem in print.
const EMBLEM_SIDE: f32 = mm(20.0);
const BESIDE_EMBLEM: f32 = mm(3.0);
/// Lines that one line of a letterhead may take at its smallest size.
const LINES_MAX: usize = 2;
const SIZES: [f32; 4] = [1.0, 0.9, 0.8, 0.7];
const THICK: f32 = 1.4;
const THIN: f32 = 0.5;

/// What stands at the head of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintedLetterhead {
    /// From the top, in printable characters.
    pub lines: Vec<String>,
    /// The office's emblem.
    pub emblem: Option<Emblem>,
}

impl PrintedLetterhead {
    /// From what is kept. A picture that can't be read is left out.
    pub fn new(lines: &[String], emblem: Option<&[u8]>) -> Self {
        let lines = lines.iter().map(|line| printed_text(line).text).collect();
        Self { lines, emblem: emblem.and_then(Emblem::of_kept) }
    }

    /// The block at the top of the first page.
    ///
    /// # Errors
    /// `TooLong` if a line doesn't fit beside the emblem.
    pub fn block(&self, structure: &mut Structure) -> Result<TaggedBlock, CertificateFault> {
        let mut block = TaggedBlock::default();
        let mut emblem_height = 0.0;
        if let Some(emblem) = &self.emblem {
            let (width, height) = (emblem.width as f32, emblem.height as f32);
            let scale = EMBLEM_SIDE / width.max(height);
            let rect = Rect::new((EMBLEM_SIDE - width * scale) / 2.0, 0.0, width * scale, height * scale);
            emblem_height = rect.height;
            let name = self.lines.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
            let element = structure.add_figure(format!("Lambang {name}"));
            block.ops.push(PageMark::new(Some(element), Drawing::Emblem { rect }));
        }
        let room = if self.emblem.is_some() { WIDTH - 2.0 * (EMBLEM_SIDE + BESIDE_EMBLEM) } else { WIDTH };
        let mut text = TaggedBlock::default();
        for (at, line) in self.lines.iter().enumerate() {
            let style = self.style(at);
            let sizes = SIZES.map(|share| share * style.size);
            let (style, lines) = wrap::fitted(line, &style, &sizes, room, LINES_MAX)
                .ok_or(CertificateFault::TooLong { part: "letterhead" })?;
            let placed = centred_lines(structure.add(StructureType::P), lines, &style, style.size * 1.22);
            text.ops.extend(placed.ops.into_iter().map(|mark| mark.moved(0.0, text.height)));
            text.height += placed.height;
        }
        // Whichever is lower stands in the middle of the other.
        let height = text.height.max(emblem_height);
        let (text_down, emblem_down) = ((height - text.height) / 2.0, (height - emblem_height) / 2.0);
        block.ops = block.ops.into_iter().map(|mark| mark.moved(0.0, emblem_down)).collect();
        block.ops.extend(text.ops.into_iter().map(|mark| mark.moved(0.0, text_down)));
        block.height = height + 5.0;
        for thickness in [THICK, THIN] {
            let rect = Rect::new(0.0, block.height, WIDTH, thickness);
            block.ops.push(PageMark::new(None, Drawing::FilledRect { rect, color: TEXT_COLOR }));
            block.height += thickness + 1.4;
        }
        Ok(block)
    }

    /// As offices write theirs: whose office it is, its name, and below it where it is.
    fn style(&self, at: usize) -> TextStyle {
        let name = usize::from(self.lines.len() > 1);
        match at {
            _ if at == name => TextStyle::new(Face::SansBold, 13.5, ACCENT_COLOR).tracked(0.4),
            0 => TextStyle::new(Face::Sans, 11.5, TEXT_COLOR).tracked(0.4),
            _ => TextStyle::new(Face::Sans, 8.5, GREY_COLOR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::emblem::tests::picture;
    use crate::certificate::pades::Seal;
    use crate::certificate::samples::sample;
    use crate::certificate::splice::SealedTemplate;
    use crate::domain::letterhead::{LETTERHEAD_LINE_CHARS_MAX, LETTERHEAD_LINES_MAX};
    use crate::domain::time::UnixMillis;
    use lopdf::Document;
    use std::path::Path;
    use std::sync::Arc;

    fn letterhead(lines: &[&str], emblem: Option<(u32, u32)>) -> PrintedLetterhead {
        let emblem = emblem.map(|(width, height)| Emblem::of_upload(&picture(width, height)).unwrap());
        PrintedLetterhead { lines: lines.iter().map(ToString::to_string).collect(), emblem }
    }

    fn sealed(letterhead: PrintedLetterhead) -> Vec<u8> {
        let (template, text, pledge) = sample("integrity-pact").parts();
        let edition = (1, UnixMillis(1_800_000_000_000));
        let seal = Arc::new(Seal::for_tests());
        let template = SealedTemplate::with_letterhead(&template, Some(letterhead), &text, edition, seal).unwrap();
        template.certificate(&pledge).unwrap()
    }

    #[test]
    fn a_letterhead_and_its_emblem_stand_at_the_head_of_a_certificate() {
        let office =
            ["PEMERINTAH PROVINSI CONTOH", "BADAN KEPEGAWAIAN DAERAH", "Jalan Contoh Nomor 1, Palembang 30114"];
        let longest: String =
            "Jalan Kapten A. Rivai Nomor 1, ".chars().cycle().take(LETTERHEAD_LINE_CHARS_MAX).collect();
        let all_long = [longest.as_str(); LETTERHEAD_LINES_MAX];
        let out = std::env::var_os("IKRAR_SAMPLES_OUT");
        for (name, lines, emblem) in [
            ("office", &office[..], Some((400, 500))),
            ("wide", &office[..2], Some((800, 200))),
            ("no-emblem", &office[1..], None),
            ("one-line", &office[1..2], Some((48, 48))),
            ("longest", &all_long[..], Some((300, 300))),
        ] {
            let pdf = sealed(letterhead(lines, emblem));
            if let Some(folder) = &out {
                std::fs::write(Path::new(folder).join(format!("{name}.letterhead.pdf")), &pdf).unwrap();
            }
            let document = Document::load_mem(&pdf).unwrap();
            let pages: Vec<u32> = document.get_pages().into_keys().collect();
            let text: String = document.extract_text(&pages).unwrap().split_whitespace().collect();
            for line in lines {
                assert!(text.contains(&line.split_whitespace().collect::<String>()), "{name}: {line}");
            }
            assert_eq!(pdf.windows(8).any(|window| window == b"/Emblem "), emblem.is_some(), "{name}");
            assert!(pdf.len() < 110 * 1024, "{name} has {} bytes", pdf.len());
        }
    }

    #[test]
    fn a_line_that_doesn_t_fit_beside_the_emblem_is_a_fault() {
        let wide = "W".repeat(LETTERHEAD_LINE_CHARS_MAX);
        let block = letterhead(&[&wide], Some((100, 100))).block(&mut Structure::default());
        assert!(matches!(block, Err(CertificateFault::TooLong { part: "letterhead" })));
    }

    #[test]
    fn the_emblem_stays_within_its_place_whatever_its_sides() {
        for sides in [(48, 48), (800, 200), (200, 800)] {
            let block = letterhead(&["KOP"], Some(sides)).block(&mut Structure::default()).unwrap();
            let drawn = block.ops.iter().find_map(|mark| match mark.drawing {
                Drawing::Emblem { rect } => Some(rect),
                _ => None,
            });
            let rect = drawn.unwrap();
            assert!(rect.x >= -0.01 && rect.x + rect.width <= EMBLEM_SIDE + 0.01 && rect.y >= 0.0, "{rect:?}");
            assert!(rect.y + rect.height <= block.height, "{rect:?}");
        }
    }
}

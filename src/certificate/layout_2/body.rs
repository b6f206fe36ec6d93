//! The content that flows over pages: letterhead, title, signer, clauses, and the signature.

use super::checked::{CheckedText, TextPart};
use super::words;
use crate::certificate::colors::{ACCENT_COLOR, GREY_COLOR, HAIRLINE_COLOR, TEXT_COLOR};
use crate::certificate::draw::{Rect, STROKES_ASPECT, mm};
use crate::certificate::fonts::Face;
use crate::certificate::letterhead::PrintedLetterhead;
use crate::certificate::page::{Drawing, PageMark};
use crate::certificate::printable::printed_text;
use crate::certificate::structure::{ElementId, Structure, StructureType};
use crate::certificate::tagged::{
    TaggedBlock, WIDTH, centred_lines, heading, line, own, own_if, paragraph, paragraph_of, push_lines, spaced,
};
use crate::certificate::wrap::{self, Color, TextStyle};
use crate::certificate::{CertificateFault, CertificatePledge, CertificateTemplate};
use crate::domain::campaign::CampaignKind;

/// Size of the running text at which gaps have their full height, in points.
const BODY_SIZE_FULL: f32 = 11.0;
/// Below this size of the running text, in points, the title and the name get smaller too.
const BODY_SIZE_ROOMY: f32 = 10.0;
/// Sizes tried for the name, and the lines it may take.
const NAME_SIZES: [f32; 6] = [27.0, 24.0, 21.0, 18.0, 15.0, 12.0];
const NAME_LINES_MAX: usize = 2;
/// At the smallest size even 120 of the widest letters fit.
const NAME_LINES_LONG_MAX: usize = 4;
const CLOSING_BLOCKS_KEPT_MAX: usize = 4;
const FIELD_LINES_MAX: usize = 6;
const SIGNATURE_WIDTH: f32 = mm(46.0);
const TABLE_COLUMN: f32 = mm(40.0);
const TABLE_INDENT: f32 = mm(4.0);

/// What the body is made of.
pub struct Body<'a> {
    /// Checked.
    pub template: &'a CertificateTemplate,
    /// Instead of the organizer's name alone.
    pub letterhead: Option<&'a PrintedLetterhead>,
    /// Filled.
    pub text: &'a CheckedText,
    /// Checked.
    pub pledge: &'a CertificatePledge,
    /// Size of the running text, in points.
    pub size: f32,
}

/// Blocks in order.
type Blocks = Result<Vec<TaggedBlock>, CertificateFault>;

impl Body<'_> {
    /// The blocks in order, and how many of the last stay together with the foot of the page.
    pub fn blocks(&self, structure: &mut Structure) -> Result<(Vec<TaggedBlock>, usize), CertificateFault> {
        let mut blocks = self.letterhead(structure)?;
        blocks.extend(self.title(structure)?);
        match self.text.kind {
            CampaignKind::NeutralityPledge => blocks.extend(self.signer(structure)?),
            CampaignKind::IntegrityPact => blocks.extend(self.signer_table(structure)),
        }
        blocks.extend(self.clauses(structure));
        let set = (&self.running(), 0.0, self.size * 1.42);
        let closing = self.part(&self.text.closing, structure.add(StructureType::P), set, WIDTH);
        // Keeps the signature on the page of the closing sentence, or of its last lines if it is long.
        let kept = closing.len().min(CLOSING_BLOCKS_KEPT_MAX) + 1;
        blocks.extend(spaced(closing, self.size * 0.9, 0.4));
        blocks.push(self.signature(structure));
        // In smaller print the gaps shrink with the square of its size: one tight page is better than two.
        let scale = self.size / BODY_SIZE_FULL;
        let gap_scale = scale * scale;
        blocks.iter_mut().for_each(|block| block.gap *= gap_scale);
        Ok((blocks, kept))
    }

    fn is_roomy(&self) -> bool {
        self.size >= BODY_SIZE_ROOMY
    }

    fn running(&self) -> TextStyle {
        TextStyle::new(Face::Sans, self.size, TEXT_COLOR)
    }

    fn letterhead(&self, structure: &mut Structure) -> Blocks {
        if let Some(letterhead) = self.letterhead {
            let mut blocks = vec![letterhead.block(structure)?];
            blocks.extend(self.event(structure)?);
            return Ok(blocks);
        }
        let organizer = TextStyle::new(Face::SansBold, 13.0, ACCENT_COLOR).tracked(1.1);
        let sizes = (&[12.5, 11.0, 9.5, 8.0][..], FIELD_LINES_MAX);
        // An upper case may be one that the fonts lack, such as that of `ẖ`.
        let name = printed_text(&self.template.organizer.to_uppercase()).text;
        let mut blocks = vec![heading(structure.add(StructureType::P), ("organizer", &name), &organizer, sizes)?];
        blocks.extend(self.event(structure)?);
        blocks.push(rule(Rect::new(0.0, 0.0, WIDTH, 0.5), HAIRLINE_COLOR, 9.0));
        Ok(blocks)
    }

    fn event(&self, structure: &mut Structure) -> Result<Option<TaggedBlock>, CertificateFault> {
        if self.template.event.is_empty() {
            return Ok(None);
        }
        let event = TextStyle::new(Face::Sans, 10.0, GREY_COLOR);
        let sizes = (&[10.0, 9.0, 8.0][..], FIELD_LINES_MAX);
        let element = structure.add(StructureType::P);
        let mut block = heading(element, ("event", &self.template.event), &event, sizes)?;
        block.gap = if self.letterhead.is_some() { 6.0 } else { 2.0 };
        Ok(Some(block))
    }

    fn title(&self, structure: &mut Structure) -> Blocks {
        let words = words::title(self.text.kind);
        let style = TextStyle::new(Face::Serif, 31.0, ACCENT_COLOR).tracked(2.2);
        let sizes: &[f32] = if self.is_roomy() { &[31.0, 26.0] } else { &[26.0] };
        let mut first = heading(structure.add(StructureType::H1), ("title", words), &style, (sizes, 1))?;
        (first.gap, first.stretch) = (11.0, 1.0);
        let mut blocks = vec![first];
        let title = &self.text.title;
        if !words.to_lowercase().contains(&title.text.to_lowercase()) {
            let style = TextStyle::new(Face::Serif, 16.0, TEXT_COLOR);
            let lines = wrap::even_lines(&title.text, &style, WIDTH * 0.9);
            let block = centred_lines(structure.add(StructureType::P), lines, &style, 20.0);
            blocks.extend(own_if(title.is_own, vec![block]));
        }
        blocks.push(rule(Rect::new((WIDTH - mm(16.0)) / 2.0, 0.0, mm(16.0), 1.4), ACCENT_COLOR, 8.0));
        Ok(blocks)
    }

    /// The pledge names its signer in the middle of the page.
    fn signer(&self, structure: &mut Structure) -> Blocks {
        let plain = TextStyle::new(Face::Sans, 9.5, GREY_COLOR);
        let one_line = (&[9.5][..], 1);
        let mut before = heading(structure.add(StructureType::P), ("name", words::SIGNED_BY), &plain, one_line)?;
        (before.gap, before.stretch) = (10.0, 1.0);
        let serif = TextStyle::new(Face::Serif, 27.0, TEXT_COLOR);
        let (element, name) = (structure.add(StructureType::P), ("name", self.pledge.name.as_str()));
        let largest = usize::from(!self.is_roomy());
        let mut name = heading(element, name, &serif, (&NAME_SIZES[largest..5], NAME_LINES_MAX))
            .or_else(|_| heading(element, name, &serif, (&NAME_SIZES[5..], NAME_LINES_LONG_MAX)))?;
        name.gap = 1.0;
        let number = words::number_line(&self.pledge.identifier);
        let mut number = heading(structure.add(StructureType::P), ("identifier", &number), &plain, one_line)?;
        number.gap = 1.0;
        let mut blocks = vec![before, own(name), own(number)];
        let bold = TextStyle::new(Face::SansBold, 10.5, TEXT_COLOR);
        let sizes = (&[10.5, 9.5, 8.5][..], FIELD_LINES_MAX);
        let (unit, institution) = (&self.pledge.unit, &self.pledge.institution);
        for (part, text, style) in [("unit", unit, plain.sized(10.5)), ("institution", institution, bold)] {
            if !text.is_empty() {
                let style = style.colored(TEXT_COLOR);
                let mut block = heading(structure.add(StructureType::P), (part, text), &style, sizes)?;
                block.gap = if part == "unit" || unit.is_empty() { 5.0 } else { 0.0 };
                blocks.push(own(block));
            }
        }
        let mut after = heading(structure.add(StructureType::P), ("name", words::PLEDGES), &plain, one_line)?;
        (after.gap, after.stretch) = (8.0, 0.6);
        blocks.push(after);
        Ok(blocks)
    }

    /// The pact names its signer in a table, as is usual for such documents. Empty rows are left out.
    fn signer_table(&self, structure: &mut Structure) -> Vec<TaggedBlock> {
        let (plain, leading) = (self.running(), self.size * 1.4);
        let opening = paragraph(structure.add(StructureType::P), words::UNDERSIGNED, (&plain, 0.0, leading), WIDTH);
        let mut blocks = spaced(opening, 10.0, 1.0);
        let number = words::number(&self.pledge.identifier);
        let rows = [
            (words::NAME, &self.pledge.name),
            (words::NUMBER, &number),
            (words::RANK, &self.pledge.rank),
            (words::POSITION, &self.pledge.position),
            (words::UNIT, &self.pledge.unit),
            (words::INSTITUTION, &self.pledge.institution),
        ];
        let table = structure.add(StructureType::Table);
        for (at, (label, value)) in rows.into_iter().filter(|(_, value)| !value.is_empty()).enumerate() {
            let row = structure.add_to(table, StructureType::TR);
            let (head, cell) = (structure.add_to(row, StructureType::TH), structure.add_to(row, StructureType::TD));
            let face = if label == words::NAME { Face::SansBold } else { Face::Sans };
            let set = (&TextStyle { face, ..plain }, TABLE_COLUMN, leading);
            let mut value = paragraph(cell, value, set, WIDTH - TABLE_COLUMN);
            let label = (head, label, TextStyle { color: GREY_COLOR, ..plain });
            before_first(&mut value, label, TABLE_INDENT, leading);
            blocks.extend(spaced(own_if(true, value), if at == 0 { 6.0 } else { 2.0 }, 0.0));
        }
        let declares = paragraph(structure.add(StructureType::P), words::DECLARES, (&plain, 0.0, leading), WIDTH);
        blocks.extend(spaced(declares, 8.0, 0.0));
        blocks
    }

    /// A paragraph of the text.
    fn part(&self, part: &TextPart, element: ElementId, set: (&TextStyle, f32, f32), width: f32) -> Vec<TaggedBlock> {
        own_if(part.is_own, paragraph_of(element, part.lines(set.0, width), set))
    }

    fn clauses(&self, structure: &mut Structure) -> Vec<TaggedBlock> {
        let (style, size) = (self.running(), self.size);
        let leading = size * 1.42;
        let mut blocks = Vec::new();
        let basis = &self.text.legal_basis;
        if !basis.text.is_empty() {
            let small = TextStyle::new(Face::Sans, size - 1.0, GREY_COLOR);
            let set = (&small, 0.0, (size - 1.0) * 1.4);
            blocks.extend(spaced(self.part(basis, structure.add(StructureType::P), set, WIDTH), 8.0, 0.0));
        }
        let indent = size * 2.0;
        let list = structure.add(StructureType::L);
        for (number, clause) in (1..).zip(&self.text.clauses) {
            let item = structure.add_to(list, StructureType::LI);
            let (label, body) =
                (structure.add_to(item, StructureType::Lbl), structure.add_to(item, StructureType::LBody));
            let mut clause = self.part(clause, body, (&style, indent, leading), WIDTH - indent);
            let bold = TextStyle { face: Face::SansBold, color: ACCENT_COLOR, ..style };
            before_first(&mut clause, (label, &format!("{number}."), bold), 0.0, leading);
            blocks.extend(spaced(clause, if number == 1 { 9.0 } else { size * 0.45 }, 0.25));
        }
        blocks
    }

    /// Place, date and signature, right.
    fn signature(&self, structure: &mut Structure) -> TaggedBlock {
        let plain = TextStyle::new(Face::Sans, 9.5, TEXT_COLOR);
        let bold = TextStyle { face: Face::SansBold, ..plain };
        let column = (WIDTH - mm(10.0)) / 2.0;
        let right = WIDTH - column;
        let mut block = TaggedBlock { gap: 12.0, stretch: 1.2, ..TaggedBlock::default() };
        let when = self.template.zone.indonesian(self.pledge.signed_at);
        let place = &self.template.place;
        let when = if place.is_empty() { when } else { format!("{place}, {when}") };
        let dated = (structure.add(StructureType::P), wrap::lines(&when, &plain, column));
        push_lines(&mut block, dated.0, dated.1, (&plain, right, 13.0), false);
        let signer = structure.add(StructureType::P);
        push_lines(&mut block, signer, [words::SIGNER.to_string()], (&plain, right, 13.0), false);
        match &self.pledge.strokes {
            Some(strokes) => {
                let height = SIGNATURE_WIDTH / STROKES_ASPECT;
                let rect = Rect::new(right, block.height + 2.0, SIGNATURE_WIDTH, height);
                let element = structure.add_figure(words::signature_alternative(&self.pledge.name));
                let drawing = Drawing::Strokes { strokes: strokes.clone(), rect, color: ACCENT_COLOR };
                block.ops.push(PageMark::new(Some(element), drawing));
                block.height += height + 4.0;
            }
            None => {
                block.height += 9.0;
                let small = TextStyle { color: ACCENT_COLOR, ..plain.sized(8.5) };
                let words = [words::SIGNED_ELECTRONICALLY.to_string()];
                push_lines(&mut block, structure.add(StructureType::P), words, (&small, right, 12.0), false);
                block.height += 7.0;
            }
        }
        let name = wrap::lines(&self.pledge.name, &bold, column);
        push_lines(&mut block, structure.add(StructureType::P), name, (&bold, right, 12.5), false);
        own(block)
    }
}

/// A decorative bar, `gap` below what stands above.
fn rule(rect: Rect, color: Color, gap: f32) -> TaggedBlock {
    let ops = vec![PageMark::new(None, Drawing::FilledRect { rect, color })];
    TaggedBlock { gap, height: rect.height, ops, stretch: 0.0 }
}

/// Puts a label beside the first line, to be read before it.
fn before_first(
    blocks: &mut [TaggedBlock],
    (element, label, style): (ElementId, &str, TextStyle),
    x: f32,
    leading: f32,
) {
    if let Some(first) = blocks.first_mut() {
        let y = leading - (leading - style.size) / 2.0 - style.size * 0.22;
        first.ops.insert(0, line(Some(element), &style, x, y, label));
    }
}

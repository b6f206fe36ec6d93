//! The content that flows over pages: letterhead, title, signer, clauses, and the signature with the officials beside
//! it.

use super::{WIDTH, heading, words};
use crate::certificate::colors::{ACCENT_COLOR, GREY_COLOR, HAIRLINE_COLOR, TEXT_COLOR};
use crate::certificate::draw::{Rect, STROKES_ASPECT, mm};
use crate::certificate::fonts::Face;
use crate::certificate::pagination::{Anchor, Block, DrawOp, paragraph};
use crate::certificate::printable::printed_text;
use crate::certificate::wrap::{self, TextStyle};
use crate::certificate::{CertificateFault, CertificateInput};
use crate::domain::campaign::{CampaignKind, Official};
use crate::domain::text::{PledgeText, substitute};

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

/// Where the officials stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OfficialsPlace {
    /// Left of the signature, in one block with it.
    Beside,
    /// Above the signature across the page, each in a block of their own. For more text than one block may hold.
    Above,
}

/// The blocks in order, and how many of the last stay together with the foot of the page.
pub fn blocks(
    input: &CertificateInput,
    size: f32,
    officials: OfficialsPlace,
) -> Result<(Vec<Block>, usize), CertificateFault> {
    let roomy = size >= BODY_SIZE_ROOMY;
    let mut blocks = letterhead(input)?;
    blocks.extend(title(input, roomy)?);
    match input.text.kind {
        CampaignKind::NeutralityPledge => blocks.extend(person(input, roomy)?),
        CampaignKind::IntegrityPact => blocks.extend(table(input, size)),
    }
    blocks.extend(clauses(input, size));
    let closing =
        paragraph(&input.text.closing, &TextStyle::new(Face::Sans, size, TEXT_COLOR), 0.0, WIDTH, size * 1.42);
    // Keeps the signature on the page of the closing sentence, or of its last lines if it is long.
    let mut kept = closing.len().min(CLOSING_BLOCKS_KEPT_MAX) + 1;
    blocks.extend(spaced(closing, size * 0.9, 0.4));
    if officials == OfficialsPlace::Above {
        blocks.extend(input.officials.iter().enumerate().map(|(at, official)| official_block(official, at == 0)));
        kept = 1;
    }
    blocks.push(signature(input, officials));
    // In smaller print the gaps shrink with the square of its size: one tight page is better than two.
    let gap_scale = (size / BODY_SIZE_FULL).powi(2);
    blocks.iter_mut().for_each(|block| block.gap *= gap_scale);
    Ok((blocks, kept))
}

/// The text with the person's placeholders filled for print; an empty value becomes a dash.
pub fn filled(input: &CertificateInput) -> PledgeText {
    let value = |word: &str| {
        let value = match word {
            "nama" => input.name.clone(),
            "nip" => words::masked(&input.identifier_last4),
            "pangkat" => input.rank.clone(),
            "jabatan" => input.position.clone(),
            "instansi" => input.institution.clone(),
            "unit" => input.unit.clone(),
            _ => return None,
        };
        Some(if value.is_empty() { "–".into() } else { value })
    };
    // A brace that is no placeholder stays as it was agreed to.
    let fill = |text: &str| substitute(text, value).unwrap_or_else(|_| text.into());
    let mut text = input.text.clone();
    for part in [&mut text.title, &mut text.legal_basis, &mut text.closing] {
        *part = fill(part);
    }
    for clause in &mut text.clauses {
        clause.text = fill(&clause.text);
    }
    text
}

fn letterhead(input: &CertificateInput) -> Result<Vec<Block>, CertificateFault> {
    let organizer = TextStyle::new(Face::SansBold, 13.0, ACCENT_COLOR).tracked(1.1);
    let event = TextStyle::new(Face::Sans, 10.0, GREY_COLOR);
    let sizes = (&[12.5, 11.0, 9.5, 8.0][..], FIELD_LINES_MAX);
    // An upper case may be one that the fonts lack, such as that of `ẖ`.
    let name = printed_text(&input.organizer.to_uppercase()).text;
    let mut blocks = vec![heading("organizer", &name, &organizer, sizes)?];
    if !input.event.is_empty() {
        let mut block = heading("event", &input.event, &event, (&[10.0, 9.0, 8.0], FIELD_LINES_MAX))?;
        block.gap = 2.0;
        blocks.push(block);
    }
    let rule = Rect::new(0.0, 0.0, WIDTH, 0.5);
    let ops = vec![DrawOp::FilledRect { rect: rule, color: HAIRLINE_COLOR }];
    blocks.push(Block { gap: 9.0, height: 0.5, ops, stretch: 0.0 });
    Ok(blocks)
}

fn title(input: &CertificateInput, roomy: bool) -> Result<Vec<Block>, CertificateFault> {
    let words = words::title(input.text.kind);
    let style = TextStyle::new(Face::Serif, 31.0, ACCENT_COLOR).tracked(2.2);
    let mut first = heading("title", words, &style, (if roomy { &[31.0, 26.0] } else { &[26.0] }, 1))?;
    (first.gap, first.stretch) = (11.0, 1.0);
    let mut blocks = vec![first];
    if !words.to_lowercase().contains(&input.text.title.to_lowercase()) {
        let style = TextStyle::new(Face::Serif, 16.0, TEXT_COLOR);
        for line in wrap::even_lines(&input.text.title, &style, WIDTH * 0.9) {
            let mut block = Block::default();
            block.lines([line], &style, WIDTH / 2.0, 20.0, Anchor::Middle);
            blocks.push(block);
        }
    }
    let area = Rect::new((WIDTH - mm(16.0)) / 2.0, 0.0, mm(16.0), 1.4);
    blocks.push(Block {
        gap: 8.0,
        height: 1.4,
        ops: vec![DrawOp::FilledRect { rect: area, color: ACCENT_COLOR }],
        stretch: 0.0,
    });
    Ok(blocks)
}

/// The pledge names its signer in the middle of the page.
fn person(input: &CertificateInput, roomy: bool) -> Result<Vec<Block>, CertificateFault> {
    let plain = TextStyle::new(Face::Sans, 9.5, GREY_COLOR);
    let mut before = heading("name", words::SIGNED_BY, &plain, (&[9.5], 1))?;
    (before.gap, before.stretch) = (10.0, 1.0);
    let serif = TextStyle::new(Face::Serif, 27.0, TEXT_COLOR);
    let mut name = heading("name", &input.name, &serif, (&NAME_SIZES[usize::from(!roomy)..5], NAME_LINES_MAX))
        .or_else(|_| heading("name", &input.name, &serif, (&NAME_SIZES[5..], NAME_LINES_LONG_MAX)))?;
    name.gap = 1.0;
    let mut blocks = vec![before, name];
    let number = format!("{} {}", words::NUMBER_ENDING, input.identifier_last4);
    let mut number = heading("identifier", &number, &plain, (&[9.5], 1))?;
    number.gap = 1.0;
    blocks.push(number);
    let bold = TextStyle::new(Face::SansBold, 10.5, TEXT_COLOR);
    let sizes = (&[10.5, 9.5, 8.5][..], FIELD_LINES_MAX);
    for (part, text, style) in [("unit", &input.unit, plain.sized(10.5)), ("institution", &input.institution, bold)] {
        if !text.is_empty() {
            let mut block = heading(part, text, &TextStyle { color: TEXT_COLOR, ..style }, sizes)?;
            block.gap = if part == "unit" || input.unit.is_empty() { 5.0 } else { 0.0 };
            blocks.push(block);
        }
    }
    let mut after = heading("name", words::PLEDGES, &plain, (&[9.5], 1))?;
    (after.gap, after.stretch) = (8.0, 0.6);
    blocks.push(after);
    Ok(blocks)
}

/// The pact names its signer in a table, as is usual for such documents.
fn table(input: &CertificateInput, size: f32) -> Vec<Block> {
    let plain = TextStyle::new(Face::Sans, size, TEXT_COLOR);
    let mut blocks = paragraph(words::UNDERSIGNED, &plain, 0.0, WIDTH, size * 1.4);
    if let Some(first) = blocks.first_mut() {
        (first.gap, first.stretch) = (10.0, 1.0);
    }
    let number = words::masked(&input.identifier_last4);
    let rows = [
        (words::NAME, &input.name),
        (words::NUMBER, &number),
        (words::RANK, &input.rank),
        (words::POSITION, &input.position),
        (words::UNIT, &input.unit),
        (words::INSTITUTION, &input.institution),
    ];
    for (at, (label, value)) in rows.into_iter().filter(|(_, value)| !value.is_empty()).enumerate() {
        let face = if label == words::NAME { Face::SansBold } else { Face::Sans };
        let mut row = paragraph(value, &TextStyle { face, ..plain }, TABLE_COLUMN, WIDTH - TABLE_COLUMN, size * 1.4);
        if let Some(first) = row.first_mut() {
            first.gap = if at == 0 { 6.0 } else { 2.0 };
            let mut labelled = Block::default();
            let grey = TextStyle { color: GREY_COLOR, ..plain };
            labelled.lines([label.to_string()], &grey, mm(4.0), size * 1.4, Anchor::Left);
            first.ops.append(&mut labelled.ops);
        }
        blocks.extend(row);
    }
    let mut after = paragraph(words::DECLARES, &plain, 0.0, WIDTH, size * 1.4);
    if let Some(first) = after.first_mut() {
        first.gap = 8.0;
    }
    blocks.extend(after);
    blocks
}

fn clauses(input: &CertificateInput, size: f32) -> Vec<Block> {
    let style = TextStyle::new(Face::Sans, size, TEXT_COLOR);
    let leading = size * 1.42;
    let mut blocks = Vec::new();
    if !input.text.legal_basis.is_empty() {
        let basis = format!("{} {}", words::LEGAL_BASIS, input.text.legal_basis);
        let small = TextStyle::new(Face::Sans, size - 1.0, GREY_COLOR);
        blocks.extend(spaced(paragraph(&basis, &small, 0.0, WIDTH, (size - 1.0) * 1.4), 8.0, 0.0));
    }
    let indent = size * 2.0;
    for (number, clause) in (1..).zip(&input.text.clauses) {
        let mut clause = paragraph(&clause.text, &style, indent, WIDTH - indent, leading);
        if let Some(first) = clause.first_mut() {
            let mut numbered = Block::default();
            let bold = TextStyle { face: Face::SansBold, color: ACCENT_COLOR, ..style };
            numbered.lines([format!("{number}.")], &bold, 0.0, leading, Anchor::Left);
            first.ops.append(&mut numbered.ops);
        }
        blocks.extend(spaced(clause, if number == 1 { 9.0 } else { size * 0.45 }, 0.25));
    }
    blocks
}

fn spaced(mut blocks: Vec<Block>, gap: f32, stretch: f32) -> Vec<Block> {
    if let Some(first) = blocks.first_mut() {
        (first.gap, first.stretch) = (gap, stretch);
    }
    blocks
}

/// An official across the page. The first has the words above that all of them stand under.
fn official_block(official: &Official, is_first: bool) -> Block {
    let plain = TextStyle::new(Face::Sans, 9.5, TEXT_COLOR);
    let mut block = Block { gap: if is_first { 12.0 } else { 5.0 }, ..Block::default() };
    if is_first {
        block.lines([words::KNOWN_TO.to_string()], &plain, 0.0, 13.0, Anchor::Left);
    }
    official_lines(&mut block, official, WIDTH);
    block
}

fn official_lines(block: &mut Block, official: &Official, width: f32) {
    let bold = TextStyle::new(Face::SansBold, 9.5, TEXT_COLOR);
    let grey = TextStyle { color: GREY_COLOR, face: Face::Sans, ..bold };
    block.lines(wrap::lines(&official.position, &grey, width), &grey, 0.0, 12.5, Anchor::Left);
    block.lines(wrap::lines(&official.name, &bold, width), &bold, 0.0, 12.5, Anchor::Left);
}

/// Officials left, unless they stand above; place, date and signature right.
fn signature(input: &CertificateInput, place: OfficialsPlace) -> Block {
    let plain = TextStyle::new(Face::Sans, 9.5, TEXT_COLOR);
    let bold = TextStyle { face: Face::SansBold, ..plain };
    let column = (WIDTH - mm(10.0)) / 2.0;
    let right = WIDTH - column;
    let mut officials = Block::default();
    if place == OfficialsPlace::Beside && !input.officials.is_empty() {
        officials.lines([words::KNOWN_TO.to_string()], &plain, 0.0, 13.0, Anchor::Left);
        for official in &input.officials {
            officials.height += 5.0;
            official_lines(&mut officials, official, column);
        }
    }
    let mut signed = Block::default();
    let when = input.zone.indonesian(input.signed_at);
    let when = if input.place.is_empty() { when } else { format!("{}, {when}", input.place) };
    signed.lines(wrap::lines(&when, &plain, column), &plain, right, 13.0, Anchor::Left);
    signed.lines([words::SIGNER.to_string()], &plain, right, 13.0, Anchor::Left);
    match &input.strokes {
        Some(strokes) => {
            let height = SIGNATURE_WIDTH / STROKES_ASPECT;
            let area = Rect::new(right, signed.height + 2.0, SIGNATURE_WIDTH, height);
            signed.ops.push(DrawOp::Strokes { strokes: strokes.clone(), rect: area, color: ACCENT_COLOR });
            signed.height += height + 4.0;
        }
        None => {
            signed.height += 9.0;
            let small = TextStyle { color: ACCENT_COLOR, ..plain.sized(8.5) };
            signed.lines([words::SIGNED_ELECTRONICALLY.to_string()], &small, right, 12.0, Anchor::Left);
            signed.height += 7.0;
        }
    }
    signed.lines(wrap::lines(&input.name, &bold, column), &bold, right, 12.5, Anchor::Left);
    signed.height = signed.height.max(officials.height);
    signed.ops.append(&mut officials.ops);
    Block { gap: 12.0, stretch: 1.2, ..signed }
}

//! Blocks whose lines belong to elements of the document's structure.

use super::CertificateFault;
use super::draw::{PAGE_WIDTH, mm};
use super::page::{Drawing, PageMark, TextLine};
use super::pagination::{Block, without_widows};
use super::structure::ElementId;
use super::wrap::{self, TextStyle};

/// Left margin of the text, in points.
pub const LEFT: f32 = mm(23.5);
/// Width of the text, in points.
pub const WIDTH: f32 = PAGE_WIDTH - 2.0 * LEFT;

/// A block of marks; positions are relative to its top left.
pub type TaggedBlock = Block<PageMark>;

/// A line of text at a place of its own.
pub fn line(element: Option<ElementId>, style: &TextStyle, x: f32, y: f32, text: &str) -> PageMark {
    let line = TextLine { style: *style, x, y, text: text.into(), continues: false };
    PageMark::new(element, Drawing::Text(line))
}

/// A line of text centred on `x`.
pub fn centred(element: Option<ElementId>, style: &TextStyle, x: f32, y: f32, text: &str) -> PageMark {
    // The tracking after the last letter is invisible.
    line(element, style, x - (style.width(text) - style.tracking) / 2.0, y, text)
}

/// Appends lines of one element below the existing ones, `leading` points apart. `goes_on` says that the element has
/// further lines in another block.
pub fn push_lines(
    block: &mut TaggedBlock,
    element: ElementId,
    lines: impl IntoIterator<Item = String>,
    (style, x, leading): (&TextStyle, f32, f32),
    goes_on: bool,
) {
    let mut lines = lines.into_iter().peekable();
    while let Some(text) = lines.next() {
        block.height += leading;
        // The baseline, with the rest of the leading below it.
        let y = block.height - (leading - style.size) / 2.0 - style.size * 0.22;
        let continues = goes_on || lines.peek().is_some();
        let line = TextLine { style: *style, x, y, text, continues };
        block.ops.push(PageMark::new(Some(element), Drawing::Text(line)));
    }
}

/// A paragraph as blocks without widows and orphans.
pub fn paragraph(element: ElementId, text: &str, set: (&TextStyle, f32, f32), width: f32) -> Vec<TaggedBlock> {
    paragraph_of(element, wrap::lines(text, set.0, width), set)
}

/// A paragraph of these lines as blocks without widows and orphans.
pub fn paragraph_of(element: ElementId, lines: Vec<String>, set: (&TextStyle, f32, f32)) -> Vec<TaggedBlock> {
    let together = without_widows(lines);
    let count = together.len();
    let blocks = together.into_iter().enumerate().map(|(at, lines)| {
        let mut block = TaggedBlock::default();
        push_lines(&mut block, element, lines, set, at + 1 < count);
        block
    });
    blocks.collect()
}

/// A centred heading at the first of `sizes` at which it takes at most `lines_max` lines.
///
/// # Errors
/// `TooLong` with this part if it takes more lines at the last size.
pub fn heading(
    element: ElementId,
    (part, text): (&'static str, &str),
    style: &TextStyle,
    (sizes, lines_max): (&[f32], usize),
) -> Result<TaggedBlock, CertificateFault> {
    let (style, lines) =
        wrap::fitted(text, style, sizes, WIDTH, lines_max).ok_or(CertificateFault::TooLong { part })?;
    Ok(centred_lines(element, lines, &style, style.size * 1.28))
}

/// Lines of one element, each in the middle of the text's width.
pub fn centred_lines(element: ElementId, lines: Vec<String>, style: &TextStyle, leading: f32) -> TaggedBlock {
    let mut block = TaggedBlock::default();
    push_lines(&mut block, element, lines, (style, 0.0, leading), false);
    for mark in &mut block.ops {
        if let Drawing::Text(line) = &mut mark.drawing {
            line.x = (WIDTH - style.width(&line.text) + style.tracking) / 2.0;
        }
    }
    block
}

/// The blocks with this gap above the first of them.
pub fn spaced(mut blocks: Vec<TaggedBlock>, gap: f32, stretch: f32) -> Vec<TaggedBlock> {
    if let Some(first) = blocks.first_mut() {
        (first.gap, first.stretch) = (gap, stretch);
    }
    blocks
}

/// The block as a certificate's own.
pub fn own(block: TaggedBlock) -> TaggedBlock {
    TaggedBlock { ops: block.ops.into_iter().map(PageMark::own).collect(), ..block }
}

/// The blocks as a certificate's own if `is_own`.
pub fn own_if(is_own: bool, blocks: Vec<TaggedBlock>) -> Vec<TaggedBlock> {
    if is_own { blocks.into_iter().map(own).collect() } else { blocks }
}

//! Pagination: blocks of text and drawing, and where the next page begins.

use super::draw::{Canvas, Rect};
use super::wrap::{self, Color, TextStyle};
use crate::domain::pledge::Strokes;

/// One drawing operation of a block; positions are relative to the block's top left.
pub enum DrawOp {
    /// One line of text.
    Text {
        /// Typeface, size and colour.
        style: TextStyle,
        /// The point that `anchor` names, in points from the block's left.
        x: f32,
        /// The baseline, in points from the block's top.
        y: f32,
        /// One line, already broken, in printable characters.
        text: String,
        /// Which point of the line `x` is.
        anchor: Anchor,
    },
    /// A filled rectangle.
    FilledRect {
        /// Relative to the block's top left.
        rect: Rect,
        /// The fill colour.
        color: Color,
    },
    /// A drawn signature.
    Strokes {
        /// As the signer drew it.
        strokes: Strokes,
        /// Where it must fit, relative to the block's top left.
        rect: Rect,
        /// The line colour.
        color: Color,
    },
}

/// Which point of a text `x` names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// `x` is the left end of the text.
    Left,
    /// `x` is the middle of the text.
    Middle,
}

/// Lines and drawings that stay on one page together. `D` is a drawing operation.
pub struct Block<D = DrawOp> {
    /// Space above in points; none at the top of a page.
    pub gap: f32,
    /// Its share of a single page's free space, added to the space above.
    pub stretch: f32,
    /// Height in points, without the gap above.
    pub height: f32,
    /// What is drawn, in this order.
    pub ops: Vec<D>,
}

impl<D> Default for Block<D> {
    fn default() -> Self {
        Self { gap: 0.0, stretch: 0.0, height: 0.0, ops: Vec::new() }
    }
}

/// A block with its position on a page.
pub struct PlacedBlock<D = DrawOp> {
    /// Top of the block, in points from the page's top.
    pub y: f32,
    /// The block itself; `y` already includes its gap.
    pub block: Block<D>,
}

/// The part of each page that blocks may fill.
pub struct PageArea {
    /// Where the first block of a page begins, in points from the page's top.
    pub top: f32,
    /// Where the last block of a page must end at the latest, except on the last page.
    pub bottom: f32,
    /// The same on the last page, which has the verification band below it.
    pub last_bottom: f32,
    /// At most this much of a single page's free space is spread over the gaps.
    pub spread_max: f32,
}

impl Block {
    /// Draws the block with its top left corner at `left`, `top`.
    pub fn draw(&self, canvas: &mut Canvas, left: f32, top: f32) {
        for op in &self.ops {
            match op {
                DrawOp::Text { style, x, y, text, anchor: Anchor::Left } => canvas.text(style, left + x, top + y, text),
                DrawOp::Text { style, x, y, text, anchor: Anchor::Middle } => {
                    canvas.text_centred(style, left + x, top + y, text)
                }
                DrawOp::FilledRect { rect, color } => {
                    canvas.fill_rect(Rect { x: left + rect.x, y: top + rect.y, ..*rect }, *color);
                }
                DrawOp::Strokes { strokes, rect, color } => {
                    canvas.strokes(strokes, Rect { x: left + rect.x, y: top + rect.y, ..*rect }, *color);
                }
            }
        }
    }

    /// Appends lines below the existing ones, `leading` points apart.
    pub fn lines(
        &mut self,
        lines: impl IntoIterator<Item = String>,
        style: &TextStyle,
        x: f32,
        leading: f32,
        anchor: Anchor,
    ) {
        for text in lines {
            self.height += leading;
            // The baseline, with the rest of the leading below it.
            let y = self.height - (leading - style.size) / 2.0 - style.size * 0.22;
            self.ops.push(DrawOp::Text { style: *style, x, y, text, anchor });
        }
    }
}

/// A paragraph as blocks without widows and orphans.
pub fn paragraph(text: &str, style: &TextStyle, x: f32, width: f32, leading: f32) -> Vec<Block> {
    let together = without_widows(wrap::lines(text, style, width)).into_iter().map(|lines| {
        let mut block = Block::default();
        block.lines(lines, style, x, leading, Anchor::Left);
        block
    });
    together.collect()
}

/// The lines that stay together: the first two, the last two, and each of those between alone.
pub fn without_widows(mut lines: Vec<String>) -> Vec<Vec<String>> {
    let last = if lines.len() > 3 { lines.split_off(lines.len() - 2) } else { Vec::new() };
    let first_lines = if last.is_empty() { lines.len() } else { 2.min(lines.len()) };
    let rest = lines.split_off(first_lines);
    let together = [lines].into_iter().chain(rest.into_iter().map(|line| vec![line])).chain([last]);
    together.filter(|lines| !lines.is_empty()).collect()
}

/// Breaks blocks into pages. The last `kept` blocks stay together on the last page. `None` if a block is higher than a
/// page, or the kept ones are higher than the last page.
pub fn pages<D>(blocks: Vec<Block<D>>, kept: usize, area: &PageArea) -> Option<Vec<Vec<PlacedBlock<D>>>> {
    let mut pages: Vec<Vec<PlacedBlock<D>>> = vec![Vec::new()];
    let mut y = area.top;
    let first_kept = blocks.len().saturating_sub(kept);
    let mut kept_fit = false;
    let ends: Vec<f32> = blocks.iter().map(|block| block.gap + block.height).collect();
    for (at, block) in blocks.into_iter().enumerate() {
        let page = pages.last()?;
        let gap = if page.is_empty() { 0.0 } else { block.gap };
        let fits = if at < first_kept {
            y + gap + block.height <= area.bottom
        } else if at == first_kept {
            let rest: f32 = ends[at + 1..].iter().sum();
            kept_fit = true;
            y + gap + block.height + rest <= area.last_bottom
        } else {
            kept_fit
        };
        let top = if fits { y + gap } else { area.top };
        if !fits && !page.is_empty() {
            pages.push(Vec::new());
        }
        y = top + block.height;
        if y > if at < first_kept { area.bottom } else { area.last_bottom } {
            return None;
        }
        pages.last_mut()?.push(PlacedBlock { y: top, block });
    }
    if let [page] = pages.as_mut_slice() {
        spread(page, area.last_bottom - y, area.spread_max);
    }
    Some(pages)
}

fn spread<D>(page: &mut [PlacedBlock<D>], free: f32, spread_max: f32) {
    let shares: f32 = page.iter().map(|placed| placed.block.stretch).sum();
    if shares == 0.0 {
        return;
    }
    let share = free.clamp(0.0, spread_max) / shares;
    let mut down = 0.0;
    for placed in page {
        down += placed.block.stretch * share;
        placed.y += down;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: PageArea = PageArea { top: 0.0, bottom: 100.0, last_bottom: 60.0, spread_max: 20.0 };

    fn block(height: f32) -> Block {
        Block { height, stretch: 1.0, ..Block::default() }
    }

    #[test]
    fn the_kept_blocks_move_to_a_page_where_they_fit() {
        let pages = pages(vec![block(50.0), block(10.0), block(30.0)], 2, &AREA).unwrap();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(pages[1][1].y, 10.0);
    }

    #[test]
    fn a_single_page_spreads_its_free_space() {
        let pages = pages(vec![block(10.0), block(10.0)], 1, &AREA).unwrap();
        assert_eq!((pages[0][0].y, pages[0][1].y), (10.0, 30.0));
    }

    #[test]
    fn what_is_higher_than_a_page_is_none() {
        assert!(pages(vec![block(101.0), block(1.0)], 1, &AREA).is_none());
        assert!(pages(vec![block(61.0)], 1, &AREA).is_none());
    }
}

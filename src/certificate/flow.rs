//! What is on a page, and where the next page begins.

use super::draw::{Canvas, Rect};
use super::wrap::{self, Color, TextStyle};
use crate::domain::pledge::Strokes;

/// Something drawn within a piece, at a place relative to the piece's top left.
pub enum DrawOp {
    Text { style: TextStyle, x: f32, y: f32, text: String, to: Anchor },
    Bar { area: Rect, ink: Color },
    Strokes { strokes: Strokes, area: Rect, ink: Color },
}

/// Which point of a text `x` names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Middle,
}

/// What is never torn apart.
#[derive(Default)]
pub struct Block {
    /// Space above; none at the top of a page.
    pub gap: f32,
    /// Its share of what a single page leaves free, as further space above.
    pub stretch: f32,
    pub height: f32,
    pub marks: Vec<DrawOp>,
}

/// A piece and the height at which it stands.
pub struct PlacedBlock {
    pub y: f32,
    pub piece: Block,
}

/// The part of a page that flows: from `top` to `bottom`, on the last page only to `last_bottom`.
pub struct PageArea {
    pub top: f32,
    pub bottom: f32,
    pub last_bottom: f32,
    /// At most this much of a single page's free space is spread over the gaps.
    pub spread_max: f32,
}

impl Block {
    pub fn draw(&self, canvas: &mut Canvas, left: f32, top: f32) {
        for mark in &self.marks {
            match mark {
                DrawOp::Text { style, x, y, text, to: Anchor::Left } => canvas.text(style, left + x, top + y, text),
                DrawOp::Text { style, x, y, text, to: Anchor::Middle } => {
                    canvas.text_centred(style, left + x, top + y, text)
                }
                DrawOp::Bar { area, ink } => {
                    canvas.bar(Rect { x: left + area.x, y: top + area.y, ..*area }, *ink);
                }
                DrawOp::Strokes { strokes, area, ink } => {
                    canvas.strokes(strokes, Rect { x: left + area.x, y: top + area.y, ..*area }, *ink);
                }
            }
        }
    }

    /// Adds lines below what is there, `leading` apart.
    pub fn lines(
        &mut self,
        lines: impl IntoIterator<Item = String>,
        style: &TextStyle,
        x: f32,
        leading: f32,
        to: Anchor,
    ) {
        for text in lines {
            self.height += leading;
            // The baseline lies where the letters' feet are, with the leading's rest below.
            let y = self.height - (leading - style.size) / 2.0 - style.size * 0.22;
            self.marks.push(DrawOp::Text { style: *style, x, y, text, to });
        }
    }
}

/// A paragraph as pieces that leave no line alone at either end of a page.
pub fn paragraph(text: &str, style: &TextStyle, x: f32, width: f32, leading: f32) -> Vec<Block> {
    let mut lines = wrap::lines(text, style, width);
    let last = if lines.len() > 3 { lines.split_off(lines.len() - 2) } else { Vec::new() };
    let first_lines = if last.is_empty() { lines.len() } else { 2.min(lines.len()) };
    let rest = lines.split_off(first_lines);
    let mut pieces = Vec::new();
    for lines in [lines].into_iter().chain(rest.into_iter().map(|line| vec![line])).chain([last]) {
        if !lines.is_empty() {
            let mut piece = Block::default();
            piece.lines(lines, style, x, leading, Anchor::Left);
            pieces.push(piece);
        }
    }
    pieces
}

/// Breaks pieces into pages. The last `kept` pieces stand together on the last page.
/// `None` where a piece is higher than a page, or the kept ones are higher than the last page.
pub fn pages(pieces: Vec<Block>, kept: usize, room: &PageArea) -> Option<Vec<Vec<PlacedBlock>>> {
    let mut pages: Vec<Vec<PlacedBlock>> = vec![Vec::new()];
    let mut y = room.top;
    let first_kept = pieces.len().saturating_sub(kept);
    let mut kept_fit = false;
    let ends: Vec<f32> = pieces.iter().map(|piece| piece.gap + piece.height).collect();
    for (at, piece) in pieces.into_iter().enumerate() {
        let page = pages.last()?;
        let gap = if page.is_empty() { 0.0 } else { piece.gap };
        let fits = if at < first_kept {
            y + gap + piece.height <= room.bottom
        } else if at == first_kept {
            let rest: f32 = ends[at + 1..].iter().sum();
            kept_fit = true;
            y + gap + piece.height + rest <= room.last_bottom
        } else {
            kept_fit
        };
        let top = if fits { y + gap } else { room.top };
        if !fits && !page.is_empty() {
            pages.push(Vec::new());
        }
        y = top + piece.height;
        if y > if at < first_kept { room.bottom } else { room.last_bottom } {
            return None;
        }
        pages.last_mut()?.push(PlacedBlock { y: top, piece });
    }
    if let [page] = pages.as_mut_slice() {
        spread(page, room.last_bottom - y, room.spread_max);
    }
    Some(pages)
}

fn spread(page: &mut [PlacedBlock], free: f32, spread_max: f32) {
    let shares: f32 = page.iter().map(|placed| placed.piece.stretch).sum();
    if shares == 0.0 {
        return;
    }
    let share = free.clamp(0.0, spread_max) / shares;
    let mut down = 0.0;
    for placed in page {
        down += placed.piece.stretch * share;
        placed.y += down;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: PageArea = PageArea { top: 0.0, bottom: 100.0, last_bottom: 60.0, spread_max: 20.0 };

    fn piece(height: f32) -> Block {
        Block { height, stretch: 1.0, ..Block::default() }
    }

    #[test]
    fn the_kept_pieces_move_to_a_page_where_they_fit() {
        let pages = pages(vec![piece(50.0), piece(10.0), piece(30.0)], 2, &ROOM).unwrap();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(pages[1][1].y, 10.0);
    }

    #[test]
    fn a_single_page_spreads_its_free_space() {
        let pages = pages(vec![piece(10.0), piece(10.0)], 1, &ROOM).unwrap();
        assert_eq!((pages[0][0].y, pages[0][1].y), (10.0, 30.0));
    }

    #[test]
    fn what_is_higher_than_a_page_is_none() {
        assert!(pages(vec![piece(101.0), piece(1.0)], 1, &ROOM).is_none());
        assert!(pages(vec![piece(61.0)], 1, &ROOM).is_none());
    }
}

//! Layout 1 of the certificate: A4, on one page if the text fits, else on several; neither sealed nor tagged.
//!
//! It never changes any more: the campaigns that were locked with it keep its bytes.

mod band;
mod body;
mod words;

use super::colors::{ACCENT_COLOR, GREY_COLOR, WARNING_COLOR, WARNING_SOFT};
use super::draw::{Canvas, PAGE_HEIGHT, PAGE_WIDTH, Rect, mm};
use super::file::{Attachment, DocumentInfo, PdfFile};
use super::fonts::Face;
use super::input::{FIELD_CHARS_MAX, OFFICIALS_MAX};
use super::pagination::{self, Block, PageArea};
use super::printable::printed_text;
use super::wrap::TextStyle;
use super::{CertificateFault, CertificateInput};
use crate::domain::ids::Serial;
use crate::domain::participant::SHOWN_NAME_CHARS_MAX;
use band::Band;
use body::OfficialsPlace;
use sha2::{Digest, Sha256};

/// Left margin of the text, in points.
pub const LEFT: f32 = mm(23.5);
/// Width of the text, in points.
pub const WIDTH: f32 = PAGE_WIDTH - 2.0 * LEFT;
const TOP: f32 = mm(17.5);
const BOTTOM: f32 = PAGE_HEIGHT - mm(17.0);
/// Sizes of the running text in points, tried from the largest until everything fits one page.
const BODY_SIZES: [f32; 6] = [11.0, 10.5, 10.0, 9.5, 9.0, 8.5];
/// Size of the running text on several pages, where small print gains nothing.
const BODY_SIZE_LONG: f32 = 10.0;

/// Renders a certificate. The same input gives the same bytes.
pub fn certificate(input: &CertificateInput) -> Result<Vec<u8>, CertificateFault> {
    let (checked, has_marks) = checked(input)?;
    let input = &checked;
    let serial = Serial::of(input.pledge_id).to_string();
    let band = Band::new(input, &serial, has_marks)?;
    let area = PageArea { top: TOP, bottom: BOTTOM, last_bottom: band.top(BOTTOM) - mm(5.0), spread_max: mm(48.0) };
    let pages = paged(input, &area)?;
    let mut file = PdfFile::new();
    let count = pages.len();
    for (number, page) in (1..).zip(&pages) {
        let mut canvas = Canvas::default();
        stationery(&mut canvas, input.synthetic);
        for placed in page {
            placed.block.draw(&mut canvas, LEFT, placed.y);
        }
        if number == count {
            band.draw(&mut canvas, BOTTOM);
        }
        if count > 1 {
            let style = TextStyle::new(Face::Sans, 7.5, GREY_COLOR);
            canvas.text_centred(&style, PAGE_WIDTH / 2.0, PAGE_HEIGHT - mm(12.9), &words::page(&serial, number, count));
        }
        file.page(canvas);
    }
    Ok(file.finish(&document_info(input), Some(&attachment(input))))
}

/// The pages at the largest size that needs only one, else at the size for several.
fn paged(input: &CertificateInput, area: &PageArea) -> Result<Vec<Vec<pagination::PlacedBlock>>, CertificateFault> {
    for size in BODY_SIZES {
        let (blocks, kept) = body::blocks(input, size, OfficialsPlace::Beside)?;
        match pagination::pages(blocks, kept, area) {
            Some(pages) if pages.len() == 1 => return Ok(pages),
            _ => {}
        }
    }
    // Everything but the officials beside the signature flows line by line.
    for officials in [OfficialsPlace::Beside, OfficialsPlace::Above] {
        let (blocks, kept) = body::blocks(input, BODY_SIZE_LONG, officials)?;
        if let Some(pages) = pagination::pages(blocks, kept, area) {
            return Ok(pages);
        }
    }
    Err(CertificateFault::TooLong { part: "officials" })
}

/// The frame, and the label on synthetic data.
fn stationery(canvas: &mut Canvas, synthetic: bool) {
    let sheet = Rect::new(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT);
    canvas.stroke_rect(sheet.inset(mm(9.0)), 1.1, ACCENT_COLOR);
    canvas.stroke_rect(sheet.inset(mm(10.5)), 0.35, ACCENT_COLOR);
    if synthetic {
        let style = TextStyle::new(Face::SansBold, 7.5, WARNING_COLOR).tracked(0.8);
        let width = style.width(words::SYNTHETIC) + mm(6.0);
        let label = Rect::new((PAGE_WIDTH - width) / 2.0, mm(6.4), width, mm(5.4));
        canvas.fill_rect(label, WARNING_SOFT);
        canvas.stroke_rect(label, 0.6, style.color);
        canvas.text_centred(&style, PAGE_WIDTH / 2.0, mm(10.05), words::SYNTHETIC);
    }
}

fn document_info(input: &CertificateInput) -> DocumentInfo {
    let mut digest = Sha256::new();
    digest.update(b"ikrar/certificate");
    digest.update(input.pledge_id.as_bytes());
    digest.update(input.edition.to_be_bytes());
    let digest = digest.finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    DocumentInfo {
        title: format!("{} – {}", input.text.title, input.name),
        author: input.organizer.clone(),
        at: Some(input.signed_at),
        id,
    }
}

fn attachment(input: &CertificateInput) -> Attachment<'_> {
    Attachment { bytes: &input.credential, media_type: "application/cose", description: words::ATTACHED }
}

/// The input with every text checked for length and made printable, and whether a mark stands for a character.
fn checked(input: &CertificateInput) -> Result<(CertificateInput, bool), CertificateFault> {
    let mut checked = input.clone();
    let mut has_marks = false;
    let mut print = |text: &mut String| {
        let as_printed = printed_text(text);
        has_marks |= as_printed.has_marks;
        *text = as_printed.text;
    };
    let fields: [(&'static str, &mut String, usize); 10] = [
        ("organizer", &mut checked.organizer, FIELD_CHARS_MAX),
        ("event", &mut checked.event, FIELD_CHARS_MAX),
        ("name", &mut checked.name, SHOWN_NAME_CHARS_MAX),
        ("identifier", &mut checked.identifier_last4, 4),
        ("institution", &mut checked.institution, FIELD_CHARS_MAX),
        ("unit", &mut checked.unit, FIELD_CHARS_MAX),
        ("rank", &mut checked.rank, FIELD_CHARS_MAX),
        ("position", &mut checked.position, FIELD_CHARS_MAX),
        ("place", &mut checked.place, FIELD_CHARS_MAX),
        ("address", &mut checked.verify_address, FIELD_CHARS_MAX),
    ];
    for (part, text, chars_max) in fields {
        if text.chars().count() > chars_max {
            return Err(CertificateFault::TooLong { part });
        }
        print(text);
    }
    if checked.officials.len() > OFFICIALS_MAX {
        return Err(CertificateFault::TooLong { part: "officials" });
    }
    for text in checked.officials.iter_mut().flat_map(|official| [&mut official.name, &mut official.position]) {
        if text.chars().count() > FIELD_CHARS_MAX {
            return Err(CertificateFault::TooLong { part: "officials" });
        }
        print(text);
    }
    let mut text = body::filled(&checked);
    [&mut text.title, &mut text.legal_basis, &mut text.closing].into_iter().for_each(&mut print);
    text.clauses.iter_mut().for_each(|clause| print(&mut clause.text));
    checked.text = text;
    Ok((checked, has_marks))
}

/// A heading at the first of `sizes` at which it takes at most `lines_max` lines.
fn heading(
    part: &'static str,
    text: &str,
    style: &TextStyle,
    (sizes, lines_max): (&[f32], usize),
) -> Result<Block, CertificateFault> {
    let (style, lines) =
        super::wrap::fitted(text, style, sizes, WIDTH, lines_max).ok_or(CertificateFault::TooLong { part })?;
    let mut block = Block::default();
    block.lines(lines, &style, WIDTH / 2.0, style.size * 1.28, pagination::Anchor::Middle);
    Ok(block)
}

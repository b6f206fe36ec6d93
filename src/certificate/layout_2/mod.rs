//! Layout 2 of the certificate: A4, on one page if the text fits, else on several; tagged, so that it can be read
//! aloud.
//!
//! Lays out only: `splice` writes the file. Nobody but the signer is named on it, since nobody else did anything.

mod body;
mod checked;
mod foot;
pub mod words;

pub use checked::CheckedText;

use super::colors::{ACCENT_COLOR, GREY_COLOR, WARNING_COLOR, WARNING_SOFT};
use super::draw::{PAGE_HEIGHT, PAGE_WIDTH, Rect, mm};
use super::emblem::Emblem;
use super::fonts::{Cut, Face, Fonts};
use super::letterhead::PrintedLetterhead;
use super::page::{Drawing, PageMark, PrintedPage};
use super::pagination::{self, PageArea, PlacedBlock};
use super::structure::{ElementId, Structure, StructureType};
use super::tagged::{LEFT, centred};
use super::wrap::TextStyle;
use super::{CertificateFault, CertificatePledge, CertificateTemplate};
use crate::credential::symbol::Symbol;
use crate::domain::ids::Serial;
use crate::domain::text::PledgeText;
use body::Body;
use foot::Foot;

/// Its number, as an edition names it.
pub const LAYOUT: u32 = 2;

const TOP: f32 = mm(17.5);
const BOTTOM: f32 = PAGE_HEIGHT - mm(17.0);
/// Sizes of the running text in points, tried from the largest until everything fits one page.
const BODY_SIZES: [f32; 6] = [11.0, 10.5, 10.0, 9.5, 9.0, 8.5];
/// Size of the running text on several pages, where small print gains nothing.
const BODY_SIZE_LONG: f32 = 10.0;

/// The layout of all certificates of a template and a text.
pub struct Layout2 {
    template: CertificateTemplate,
    letterhead: Option<PrintedLetterhead>,
    text: CheckedText,
    foot: Foot,
    /// Whether a mark stands for a character of the template.
    has_marks: bool,
    /// The smallest cut that has the template's and the text's characters.
    cut: Cut,
}

/// A laid-out certificate.
pub struct LaidOut {
    /// Its pages, at least one.
    pub pages: Vec<PrintedPage>,
    /// What their marks belong to.
    pub structure: Structure,
    /// The QR symbol, on the last page.
    pub symbol: Symbol,
    /// The cut that has all its characters.
    pub cut: Cut,
    /// `TEXT – NAME`, as it is printed.
    pub title: String,
}

impl Layout2 {
    /// # Errors
    /// If a part of the template is too long.
    pub fn new(template: &CertificateTemplate, text: &PledgeText) -> Result<Self, CertificateFault> {
        Self::with_letterhead(template, None, text)
    }

    /// As [`Self::new`], with a letterhead instead of the organizer's name alone.
    ///
    /// # Errors
    /// If a part of the template or a line of the letterhead is too long.
    pub fn with_letterhead(
        template: &CertificateTemplate,
        letterhead: Option<PrintedLetterhead>,
        text: &PledgeText,
    ) -> Result<Self, CertificateFault> {
        let (template, template_has_marks) = checked::template(template)?;
        let text = CheckedText::new(text);
        let has_marks = template_has_marks || text.has_marks;
        let foot = Foot::new(&template)?;
        let fonts = Fonts::get();
        let parts = [&template.organizer, &template.event, &template.place, &template.verify_address];
        let lines = letterhead.iter().flat_map(|letterhead| &letterhead.lines);
        let parts = parts.into_iter().chain(text.parts().map(|part| &part.text)).chain(lines);
        if let Some(letterhead) = &letterhead {
            letterhead.block(&mut Structure::default())?;
        }
        let cut = parts.map(|part| fonts.cut_for(part)).max();
        // Lower-case letters may be in a smaller cut than their upper case.
        let cut = cut.unwrap_or(Cut::Basic).max(fonts.cut_for(&template.organizer.to_uppercase()));
        Ok(Self { template, letterhead, text, foot, has_marks, cut })
    }

    /// The organizer, as it is printed.
    pub fn organizer(&self) -> &str {
        &self.template.organizer
    }

    /// The emblem of its letterhead.
    pub fn emblem(&self) -> Option<&Emblem> {
        self.letterhead.as_ref()?.emblem.as_ref()
    }

    /// Lays out the certificate of one pledge.
    ///
    /// # Errors
    /// If a part of the pledge is too long.
    pub fn lay_out(&self, pledge: &CertificatePledge) -> Result<LaidOut, CertificateFault> {
        let (pledge, pledge_has_marks) = checked::pledge(pledge)?;
        let has_marks = self.has_marks || pledge_has_marks;
        let text = self.text.filled(&pledge);
        let symbol = Symbol::encode(&pledge.qr_text).map_err(|_| CertificateFault::Qr)?;
        let serial = Serial::of(pledge.id).to_string();
        let foot_top = self.foot.top(BOTTOM, has_marks);
        let area = PageArea { top: TOP, bottom: BOTTOM, last_bottom: foot_top - mm(5.0), spread_max: mm(48.0) };
        let (placed, mut structure, label) = self.paged(&text, &pledge, &area)?;
        let count = placed.len();
        let mut pages = Vec::with_capacity(count);
        for (number, blocks) in (1..).zip(placed) {
            let mut page = PrintedPage { marks: Vec::with_capacity(80) };
            self.stationery(&mut page, label.filter(|_| number == 1));
            for placed in blocks {
                page.marks.extend(placed.block.ops.into_iter().map(|mark| mark.moved(LEFT, placed.y)));
            }
            if number == count {
                self.foot.draw((&mut page, &mut structure), BOTTOM, &serial, symbol.width(), has_marks)?;
            }
            if count > 1 {
                let style = TextStyle::new(Face::Sans, 7.5, GREY_COLOR);
                let (y, words) = (PAGE_HEIGHT - mm(12.9), words::page(&serial, number, count));
                page.marks.push(centred(None, &style, PAGE_WIDTH / 2.0, y, &words).own());
            }
            pages.push(page);
        }
        let title = format!("{} – {}", text.title.text, pledge.name);
        Ok(LaidOut { pages, structure, symbol, cut: self.cut_for(&pledge, has_marks), title })
    }

    /// The pages at the largest size that needs only one, else at the size for several; and the element of the label on
    /// synthetic data.
    fn paged(
        &self,
        text: &CheckedText,
        pledge: &CertificatePledge,
        area: &PageArea,
    ) -> Result<Paged, CertificateFault> {
        let tries = BODY_SIZES.into_iter().map(|size| (size, 1)).chain([(BODY_SIZE_LONG, usize::MAX)]);
        for (size, pages_max) in tries {
            let mut structure = Structure::default();
            let label = self.template.synthetic.then(|| structure.add(StructureType::P));
            let letterhead = self.letterhead.as_ref();
            let body = Body { template: &self.template, letterhead, text, pledge, size };
            let (blocks, kept) = body.blocks(&mut structure)?;
            match pagination::pages(blocks, kept, area) {
                Some(pages) if pages.len() <= pages_max => return Ok((pages, structure, label)),
                _ => {}
            }
        }
        // A block alone is higher than a page: only a name or unit far beyond the limits makes one.
        Err(CertificateFault::TooLong { part: "text" })
    }

    /// The frame, and the label on synthetic data.
    fn stationery(&self, page: &mut PrintedPage, label: Option<ElementId>) {
        let sheet = Rect::new(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT);
        let frame = |rect, line, color| PageMark::new(None, Drawing::Frame { rect, line, color });
        page.marks.push(frame(sheet.inset(mm(9.0)), 1.1, ACCENT_COLOR));
        page.marks.push(frame(sheet.inset(mm(10.5)), 0.35, ACCENT_COLOR));
        if self.template.synthetic {
            let style = TextStyle::new(Face::SansBold, 7.5, WARNING_COLOR).tracked(0.8);
            let width = style.width(words::SYNTHETIC) + mm(6.0);
            let rect = Rect::new((PAGE_WIDTH - width) / 2.0, mm(6.4), width, mm(5.4));
            page.marks.push(PageMark::new(None, Drawing::FilledRect { rect, color: WARNING_SOFT }));
            page.marks.push(frame(rect, 0.6, style.color));
            page.marks.push(centred(label, &style, PAGE_WIDTH / 2.0, mm(10.05), words::SYNTHETIC));
        }
    }

    fn cut_for(&self, pledge: &CertificatePledge, has_marks: bool) -> Cut {
        if has_marks {
            return Cut::Extended;
        }
        let fields = [&pledge.name, &pledge.institution, &pledge.unit, &pledge.rank, &pledge.position];
        fields.into_iter().map(|field| Fonts::get().cut_for(field)).fold(self.cut, Cut::max)
    }
}

/// Pages of blocks, the structure that they belong to, and the element of the label on synthetic data.
type Paged = (Vec<Vec<PlacedBlock<PageMark>>>, Structure, Option<ElementId>);

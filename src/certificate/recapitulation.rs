//! The recapitulation of a campaign (*rekapitulasi*): how many are to sign, have and haven't, by institution or agency
//! and by kind of employment, on A4 with space for a signature. Official order, no ranking; it names no person.
//!
//! Everything is legible in black and white.

use super::colors::{GREY_COLOR, TEXT_COLOR, WARNING_COLOR};
use super::draw::{Canvas, PAGE_HEIGHT, PAGE_WIDTH, Rect, mm};
use super::file::{DocumentInfo, PdfFile};
use super::fonts::Face;
use super::printable::printed_text;
use super::wrap::{self, TextStyle};
use crate::i18n::Localizer;

const LEFT: f32 = mm(20.0);
const RIGHT: f32 = PAGE_WIDTH - mm(20.0);
const WIDTH: f32 = RIGHT - LEFT;
const TOP: f32 = mm(20.0);
const BOTTOM: f32 = PAGE_HEIGHT - mm(20.0);
/// Width of the column of row numbers.
const NUMBER: f32 = mm(11.0);
/// Width of each column of numbers.
const FIGURE: f32 = mm(20.0);
const FIGURES: usize = 4;
const NAME: f32 = WIDTH - NUMBER - FIGURE * 4.0;
const LINE: f32 = 12.0;
/// Space above and below the lines of a row.
const PADDING: f32 = 2.2;
/// Height of the place to sign with one line of place and date, to the last line.
const SIGNATURE: f32 = mm(42.0);
/// Space above a line below the total.
const ABOVE_LINE: f32 = 4.0;
const ABOVE_SIGNATURE: f32 = 18.0;
const THIN: f32 = 0.5;
const THICK: f32 = 1.2;
const TEXT: TextStyle = TextStyle::new(Face::Sans, 9.5, TEXT_COLOR);
const BOLD: TextStyle = TextStyle::new(Face::SansBold, 9.5, TEXT_COLOR);

/// How many are to sign, and how many have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecapitulationRow {
    /// The institution, agency or kind of employment.
    pub name: String,
    /// Who is to sign (*sasaran*).
    pub target: u64,
    /// Who has.
    pub signed: u64,
}

impl RecapitulationRow {
    /// Who hasn't.
    pub fn waiting(&self) -> u64 {
        self.target.saturating_sub(self.signed)
    }
}

/// What the rows of a recapitulation are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecapitulationLevel {
    /// Institutions.
    Institutions,
    /// Agencies of one institution.
    Agencies,
    /// Units of one agency, or of one of its units.
    Units,
}

/// What is printed.
#[derive(Clone, Debug)]
pub struct Recapitulation {
    /// The body that holds the campaign, for the letterhead.
    pub organizer: String,
    /// The campaign's title.
    pub title: String,
    /// The institution of which something is listed, with the unit where it is a part; `None`: institutions are listed.
    pub institution: Option<String>,
    /// What the rows are.
    pub level: RecapitulationLevel,
    /// The time of the numbers, as people read it.
    pub as_of: String,
    /// Whether the numbers can still change.
    pub is_provisional: bool,
    /// Prints "data sintetis".
    pub synthetic: bool,
    /// Institutions, agencies of one, or units of one agency, in official order.
    pub rows: Vec<RecapitulationRow>,
    /// Kinds of employment; may be empty.
    pub kinds: Vec<RecapitulationRow>,
    /// All rows together.
    pub total: RecapitulationRow,
    /// Revoked pledges, which count as not signed.
    pub revoked: u64,
    /// How the target came about, in one sentence; `None` if it is the number of the lock.
    pub target_sum: Option<String>,
    /// `Palembang, 30 November 2026`, above the place to sign.
    pub place_and_date: String,
}

impl Recapitulation {
    /// The lines above the tables, as a workbook has them.
    pub fn head(&self, words: Localizer) -> Vec<String> {
        let synthetic = self.synthetic.then(|| words.t("slip-synthetic"));
        let lines = [self.organizer.clone(), words.t("recapitulation-title"), self.title.clone()];
        let as_of = [self.as_of(words)];
        synthetic.into_iter().chain(lines).chain(self.institution.clone()).chain(as_of).collect()
    }

    /// The heading of the column of names.
    pub fn heading(&self, words: Localizer) -> String {
        words.t(match self.level {
            RecapitulationLevel::Institutions => "recapitulation-institution",
            RecapitulationLevel::Agencies => "recapitulation-agency",
            RecapitulationLevel::Units => "recapitulation-unit",
        })
    }

    /// The lines below the total.
    pub fn below_total(&self, words: Localizer) -> Vec<String> {
        let revoked = || words.with("recapitulation-revoked", &[("count", &words.number(self.revoked))]);
        (self.revoked > 0).then(revoked).into_iter().chain(self.target_sum.clone()).collect()
    }

    fn as_of(&self, words: Localizer) -> String {
        let key = if self.is_provisional { "recapitulation-as-of-provisional" } else { "recapitulation-as-of" };
        words.with(key, &[("at", &self.as_of)])
    }
}

/// The pages as they are drawn.
struct Pages {
    done: Vec<Canvas>,
    now: Canvas,
    y: f32,
    /// The line at the top of every page but the first.
    running_head: String,
}

impl Pages {
    /// Begins another page if there is no room for so much.
    fn need(&mut self, height: f32) -> bool {
        if self.y + height <= BOTTOM {
            return false;
        }
        self.done.push(std::mem::take(&mut self.now));
        let style = TEXT.sized(8.0).colored(GREY_COLOR);
        self.y = TOP;
        let head = std::mem::take(&mut self.running_head);
        self.paragraph(&style, &head);
        self.running_head = head;
        self.y += LINE;
        true
    }

    fn centred(&mut self, style: &TextStyle, leading: f32, text: &str) {
        for line in wrap::lines(&printed_text(text).text, style, WIDTH) {
            self.y += leading;
            self.now.text_centred(style, PAGE_WIDTH / 2.0, self.y, &line);
        }
    }

    fn paragraph(&mut self, style: &TextStyle, text: &str) {
        for line in wrap::lines(&printed_text(text).text, style, WIDTH) {
            self.need(LINE);
            self.y += LINE;
            self.now.text(style, LEFT, self.y, &line);
        }
    }

    fn rule(&mut self, thickness: f32) {
        self.now.fill_rect(Rect::new(LEFT, self.y, WIDTH, thickness), TEXT_COLOR);
        self.y += thickness;
    }
}

/// The file. A mark stands for each character that the fonts lack.
pub fn recapitulation(what: &Recapitulation, words: Localizer) -> Vec<u8> {
    let running_head = format!("{} – {} – {}", words.t("recapitulation-title"), what.title, what.as_of(words));
    let mut pages = Pages { done: vec![], now: Canvas::default(), y: TOP, running_head };
    head(&mut pages, what, words);
    let heading = what.heading(words);
    table(&mut pages, &heading, &what.rows, words);
    total(&mut pages, &heading, what, words);
    if !what.kinds.is_empty() {
        pages.y += 14.0;
        // The heading and the first row stay together.
        pages.need(4.0 * (LINE + 2.0 * PADDING));
        table(&mut pages, &words.t("recapitulation-kind"), &what.kinds, words);
    }
    signature(&mut pages, what, words);
    pages.done.push(pages.now);
    let count = pages.done.len();
    let mut file = PdfFile::new();
    for (number, mut canvas) in (1usize..).zip(pages.done) {
        let (page, pages) = (number.to_string(), count.to_string());
        let foot = words.with("recapitulation-page", &[("page", &page), ("pages", &pages)]);
        canvas.text_right(&TEXT.sized(8.0).colored(GREY_COLOR), RIGHT, PAGE_HEIGHT - mm(12.0), &foot);
        file.page(canvas);
    }
    let title = words.t("recapitulation-title");
    file.finish(&DocumentInfo { title, author: printed_text(&what.organizer).text, at: None, id: [0; 16] }, None)
}

fn head(pages: &mut Pages, what: &Recapitulation, words: Localizer) {
    if what.synthetic {
        pages.centred(&BOLD.sized(8.0).colored(WARNING_COLOR), 10.0, &words.t("slip-synthetic"));
    }
    pages.centred(&BOLD.sized(13.0), 17.0, &what.organizer.to_uppercase());
    pages.y += 7.0;
    pages.rule(THICK);
    pages.y += 1.5;
    pages.rule(THIN);
    pages.y += 10.0;
    pages.centred(&BOLD.sized(12.0), 16.0, &words.t("recapitulation-title").to_uppercase());
    pages.centred(&TEXT.sized(11.0), 15.0, &what.title);
    if let Some(institution) = &what.institution {
        pages.centred(&BOLD.sized(11.0), 15.0, institution);
    }
    pages.centred(&TEXT, 15.0, &what.as_of(words));
    pages.y += 12.0;
}

fn table(pages: &mut Pages, heading: &str, rows: &[RecapitulationRow], words: Localizer) {
    headings(pages, heading, words);
    for (number, row) in (1usize..).zip(rows) {
        let lines = wrap::lines(&printed_text(&row.name).text, &TEXT, NAME - 6.0);
        if pages.need(height(&lines)) {
            headings(pages, heading, words);
        }
        line(pages, &TEXT, &number.to_string(), &lines, row, words);
        pages.rule(THIN);
    }
}

/// The total and the lines below it, on one page.
fn total(pages: &mut Pages, heading: &str, what: &Recapitulation, words: Localizer) {
    let below = what.below_total(words);
    let lines = |text: &String| wrap::lines(&printed_text(text).text, &TEXT, WIDTH).len() as f32;
    let below_height: f32 = below.iter().map(|text| ABOVE_LINE + lines(text) * LINE).sum();
    if pages.need(height(&[]) + THICK + below_height) {
        headings(pages, heading, words);
    }
    total_row(pages, &what.total, words);
    for text in below {
        pages.y += ABOVE_LINE;
        pages.paragraph(&TEXT, &text);
    }
}

fn total_row(pages: &mut Pages, total: &RecapitulationRow, words: Localizer) {
    let lines = wrap::lines(&printed_text(&total.name).text, &BOLD, NAME - 6.0);
    line(pages, &BOLD, "", &lines, total, words);
    pages.rule(THICK);
}

fn headings(pages: &mut Pages, heading: &str, words: Localizer) {
    pages.rule(THICK);
    let baseline = pages.y + LINE + PADDING - 2.0;
    pages.now.text(&BOLD.sized(8.5), LEFT + 2.0, baseline, &words.t("recapitulation-number"));
    pages.now.text(&BOLD.sized(8.5), LEFT + NUMBER, baseline, heading);
    for (place, text) in (1usize..).zip(figure_headings(words)) {
        pages.now.text_right(&BOLD.sized(8.5), figure(place), baseline, &text);
    }
    pages.y += LINE + 2.0 * PADDING;
    pages.rule(THICK);
}

/// The headings of the columns of numbers.
pub fn figure_headings(words: Localizer) -> [String; FIGURES] {
    [
        words.t("recapitulation-target"),
        words.t("recapitulation-signed"),
        words.t("recapitulation-waiting"),
        words.t("recapitulation-percent"),
    ]
}

fn line(
    pages: &mut Pages,
    style: &TextStyle,
    number: &str,
    lines: &[String],
    row: &RecapitulationRow,
    words: Localizer,
) {
    let baseline = pages.y + PADDING + LINE - 3.0;
    pages.now.text(style, LEFT + 2.0, baseline, number);
    for (down, text) in (0u16..).zip(lines) {
        pages.now.text(style, LEFT + NUMBER, baseline + f32::from(down) * LINE, text);
    }
    let figures = [
        words.number(row.target),
        words.number(row.signed),
        words.number(row.waiting()),
        format!("{}%", words.percent(row.signed, row.target)),
    ];
    for (place, text) in (1usize..).zip(figures) {
        pages.now.text_right(style, figure(place), baseline, &text);
    }
    pages.y += height(lines);
}

fn height(lines: &[String]) -> f32 {
    lines.len().max(1) as f32 * LINE + 2.0 * PADDING
}

/// The right end of a column of numbers, from 1.
fn figure(place: usize) -> f32 {
    RIGHT - 2.0 - (FIGURES - place) as f32 * FIGURE
}

/// Place and date, the position, room to sign, name and NIP: lines to fill in by hand. On a page of its own, the total
/// that is signed stands above it.
fn signature(pages: &mut Pages, what: &Recapitulation, words: Localizer) {
    let x = LEFT + WIDTH * 0.56;
    let place_and_date = wrap::lines(&printed_text(&what.place_and_date).text, &TEXT, RIGHT - x);
    let dated = place_and_date.len() as f32 * LINE;
    let height = dated + SIGNATURE - LINE;
    pages.y += ABOVE_SIGNATURE;
    if pages.need(height) {
        headings(pages, &what.heading(words), words);
        total_row(pages, &what.total, words);
        pages.y += ABOVE_SIGNATURE;
    }
    let mut put = |down: f32, text: &str| pages.now.text(&TEXT, x, pages.y + down, text);
    for (number, text) in (1u16..).zip(&place_and_date) {
        put(f32::from(number) * LINE, text);
    }
    put(dated + LINE + 2.0, &words.t("recapitulation-position"));
    put(height - 2.0 * LINE, &words.t("recapitulation-name"));
    put(height - LINE + 2.0, &words.t("recapitulation-nip"));
    pages.y += height;
}

#[cfg(test)]
mod tests;

//! Access-code slips: for each unit a cover with the handover list, then ten slips on each A4 page, with lines to cut
//! along.
//!
//! No time is printed, and the QR code holds the access code but no identifier. The words come from the messages, in
//! Indonesian or English: unlike a certificate, a slip is thrown away after use.

mod cover;
mod slip;

use super::colors::HAIRLINE_COLOR;
use super::draw::{Canvas, PAGE_HEIGHT, PAGE_WIDTH};
use super::file::{DocumentInfo, PdfFile};
use super::printable::printed_text;
use crate::domain::access_code::AccessCode;
use crate::domain::disclosure::Disclosure;
use crate::i18n::Localizer;

/// Most people in one file, which keeps it below some 15 MB and its memory below some 60 MB. More people are printed by
/// institution or unit, or in several files.
pub const FILE_PEOPLE_MAX: usize = 5_000;
const COLUMNS: usize = 2;
const ROWS: usize = 5;
const SLIPS_PER_PAGE: usize = COLUMNS * ROWS;
pub(super) const SLIP_WIDTH: f32 = PAGE_WIDTH / 2.0;
pub(super) const SLIP_HEIGHT: f32 = PAGE_HEIGHT / 5.0;

/// What every slip of a file shares.
pub struct SlipCampaign {
    /// The body that holds the campaign, printed on the cover.
    pub organizer: String,
    /// The campaign's title.
    pub title: String,
    /// Prints "data sintetis" on every slip and cover.
    pub synthetic: bool,
    /// The address to type by hand: `HOST/k/SLUG`.
    pub address: String,
    /// What the QR code opens, before the code is appended: `PUBLIC_URL/k/SLUG/sign#`.
    pub sign_link: String,
}

/// The people of one unit, in the order of the handover list.
pub struct SlipUnit {
    /// The institution's name.
    pub institution: String,
    /// Empty for people without a unit.
    pub name: String,
    /// The help contact of its people.
    pub help_contact: String,
    /// The people who get a slip, in this order.
    pub people: Vec<SlipHolder>,
}

/// The person whom a slip is for.
pub struct SlipHolder {
    /// The shown name; a mark stands for each character that can't be printed.
    pub name: String,
    /// As it is typed at sign-in.
    pub identifier: String,
    /// The access code, printed and in the QR symbol.
    pub code: AccessCode,
}

/// Why slips can't be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlipFault {
    /// More than [`FILE_PEOPLE_MAX`] people.
    #[error("{people} people are too many for one file; {FILE_PEOPLE_MAX} fit")]
    TooMany {
        /// How many people there are.
        people: usize,
    },
    /// The sign-in link is too long for the slip's QR code, because the host name is.
    #[error("the address is too long for a QR code on a slip")]
    Qr,
    /// The archive of several files couldn't be written.
    #[error("several files of slips can't be put into one")]
    Zip,
}

/// One file with a cover and slips for each unit. A mark stands for each character that the fonts lack: everyone must
/// get a slip, and a slip signs nothing.
pub fn slips(
    event: &SlipCampaign,
    units: &[SlipUnit],
    words: Localizer,
    disclosure: &Disclosure,
) -> Result<Vec<u8>, SlipFault> {
    let people = units.iter().map(|unit| unit.people.len()).sum();
    if people > FILE_PEOPLE_MAX {
        return Err(SlipFault::TooMany { people });
    }
    let mut file = PdfFile::new();
    for unit in units.iter().filter(|unit| !unit.people.is_empty()) {
        cover::draw(&mut file, event, unit, words);
        for page in unit.people.chunks(SLIPS_PER_PAGE) {
            let mut canvas = Canvas::default();
            for (place, person) in page.iter().enumerate() {
                let (column, row) = (place % COLUMNS, place / COLUMNS);
                let (x, y) = (column as f32 * SLIP_WIDTH, row as f32 * SLIP_HEIGHT);
                let code = person.code.shown(disclosure);
                slip::draw(&mut canvas, (x, y), event, unit, (person, &code), words)?;
            }
            cut_lines(&mut canvas);
            file.page(canvas);
        }
    }
    let title = words.t("slip-file-title");
    Ok(file.finish(&DocumentInfo { title, author: replace_unprintable(&event.organizer), at: None, id: [0; 16] }, None))
}

fn cut_lines(canvas: &mut Canvas) {
    canvas.dashed_line((SLIP_WIDTH, 0.0), (SLIP_WIDTH, PAGE_HEIGHT), HAIRLINE_COLOR);
    for row in 1u8..5 {
        let y = f32::from(row) * SLIP_HEIGHT;
        canvas.dashed_line((0.0, y), (PAGE_WIDTH, y), HAIRLINE_COLOR);
    }
}

/// The text as it is printed, with a mark for each character that can't be.
pub(super) fn replace_unprintable(text: &str) -> String {
    printed_text(text).text
}

#[cfg(test)]
mod tests;

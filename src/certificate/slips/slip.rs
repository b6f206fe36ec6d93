//! One slip: the person, the address, and the access code to type or to scan.

use super::{SLIP_HEIGHT, SLIP_WIDTH, SlipCampaign, SlipFault, SlipHolder, SlipUnit, replace_unprintable};
use crate::certificate::colors::{ACCENT_COLOR, GREY_COLOR, TEXT_COLOR, WARNING_COLOR};
use crate::certificate::draw::{Canvas, Rect, mm};
use crate::certificate::fonts::Face;
use crate::certificate::wrap::{self, TextStyle};
use crate::credential::symbol::Symbol;
use crate::domain::unit::shortened_path;
use crate::i18n::Localizer;

const PADDING: f32 = mm(5.5);
/// Longest side of a QR module, in millimetres.
const MODULE_MM_MAX: f32 = 0.7;
/// Shortest side of a QR module, in millimetres: a worn camera reads it, and a symbol of version 8 fits.
const MODULE_MM_MIN: f32 = 0.5;
const CODE_MM: f32 = 25.5;
/// Between the text and the symbol, quiet zone included.
const GAP: f32 = mm(5.0);
const COLUMN: f32 = SLIP_WIDTH - 2.0 * PADDING - mm(CODE_MM) - GAP;
const WIDTH: f32 = SLIP_WIDTH - 2.0 * PADDING;
const SMALL: TextStyle = TextStyle::new(Face::Sans, 7.5, GREY_COLOR);
/// Sizes tried on two lines, then on three.
const NAME_SIZES: [f32; 3] = [11.0, 10.0, 8.5];
const NAME_SIZES_LONG: [f32; 4] = [8.5, 7.5, 6.5, 5.5];
/// Of the unit or institution.
const PLACE_SIZES: [f32; 3] = [7.0, 6.0, 5.0];
const PLACE_LINES_MAX: usize = 2;
const BOLD: TextStyle = TextStyle::new(Face::SansBold, 9.5, TEXT_COLOR);

/// Draws a slip with its top left corner at `x`, `y`.
pub fn draw(
    canvas: &mut Canvas,
    (x, y): (f32, f32),
    event: &SlipCampaign,
    unit: &SlipUnit,
    (person, code): (&SlipHolder, &str),
    words: Localizer,
) -> Result<(), SlipFault> {
    let symbol = Symbol::encode(&format!("{}{code}", event.sign_link)).map_err(|_| SlipFault::Qr)?;
    let module = (CODE_MM / symbol.width() as f32).min(MODULE_MM_MAX);
    if module < MODULE_MM_MIN {
        return Err(SlipFault::Qr);
    }
    let (left, top) = (x + PADDING, y + PADDING);
    head(canvas, (left, top), event, words);
    canvas.qr(&symbol, left + COLUMN + GAP, top + 20.0, mm(module));
    let end = draw_holder(canvas, (left, top + 17.0), unit, person);
    draw_sign_in(canvas, (left, end.max(top + 58.0)), (&event.address, code), words);
    let help = words.with("slip-help", &[("contact", &replace_unprintable(&unit.help_contact))]);
    let (style, lines) = wrap::fitted_or_smallest(&help, &SMALL, &[7.5, 6.5, 5.5], WIDTH, 2);
    let mut baseline = y + SLIP_HEIGHT - mm(4.0);
    for line in lines.iter().rev() {
        canvas.text(&style, left, baseline, line);
        baseline -= style.size * 1.15;
    }
    Ok(())
}

fn head(canvas: &mut Canvas, (x, y): (f32, f32), event: &SlipCampaign, words: Localizer) {
    let style = TextStyle::new(Face::SansBold, 8.0, ACCENT_COLOR);
    let mark = if event.synthetic { words.t("slip-synthetic") } else { String::new() };
    let mark_style = TextStyle::new(Face::SansBold, 6.0, WARNING_COLOR);
    let room = WIDTH - mark_style.width(&mark) - 6.0;
    let (style, lines) =
        wrap::fitted_or_smallest(&replace_unprintable(&event.title), &style, &[8.0, 7.0, 6.0], room, 1);
    let (style, lines) = if lines.len() == 1 {
        (style, lines)
    } else {
        wrap::fitted_or_smallest(&replace_unprintable(&event.title), &style, &[5.5, 4.0], room, 2)
    };
    let mut baseline = y + 8.0;
    for line in lines.iter().rev() {
        canvas.text(&style, x, baseline, line);
        baseline -= style.size * 1.1;
    }
    canvas.text_right(&mark_style, x + WIDTH, y + 8.0, &mark);
    canvas.fill_rect(Rect::new(x, y + 12.0, WIDTH, 0.8), ACCENT_COLOR);
}

/// Draws name, identifier and unit, and returns the y where they end.
fn draw_holder(canvas: &mut Canvas, (x, mut y): (f32, f32), unit: &SlipUnit, person: &SlipHolder) -> f32 {
    let mut put = |text: &str, style: &TextStyle, sizes: &[f32], lines_max: usize| {
        let (style, lines) = wrap::fitted_or_smallest(&replace_unprintable(text), style, sizes, COLUMN, lines_max);
        for line in &lines {
            y += style.size * 1.17;
            canvas.text(&style, x, y, line);
        }
    };
    let fits = wrap::fitted(&replace_unprintable(&person.name), &BOLD, &NAME_SIZES, COLUMN, 2).is_some();
    let (sizes, lines_max) = if fits { (&NAME_SIZES[..], 2) } else { (&NAME_SIZES_LONG[..], 3) };
    put(&person.name, &BOLD, sizes, lines_max);
    put(&person.identifier, &SMALL.colored(TEXT_COLOR), &[9.5, 8.0, 6.5], 1);
    let place = if unit.name.is_empty() { unit.institution.clone() } else { fitting_path(&unit.name) };
    put(&place, &SMALL, &PLACE_SIZES, PLACE_LINES_MAX);
    y
}

/// The path of a unit, shortened until it has room on a slip.
fn fitting_path(path: &str) -> String {
    let chars = path.chars().count();
    let shortened =
        std::iter::successors(Some(chars), |room| room.checked_sub(10)).map(|room| shortened_path(path, room));
    let fits = |path: &String| {
        wrap::fitted(&replace_unprintable(path), &SMALL, &PLACE_SIZES, COLUMN, PLACE_LINES_MAX).is_some()
    };
    shortened.into_iter().find(fits).unwrap_or_default()
}

fn draw_sign_in(canvas: &mut Canvas, (x, y): (f32, f32), (address, code): (&str, &str), words: Localizer) {
    let mut y = y + 12.5;
    canvas.text(&SMALL, x, y, &words.t("slip-open"));
    let (style, lines) = wrap::fitted_or_smallest(address, &BOLD, &[9.5, 8.5, 7.5, 6.5, 5.5], COLUMN, 1);
    for line in &lines {
        y += style.size * 1.2;
        canvas.text(&style, x, y, line);
    }
    y += 12.5;
    let label = words.t("slip-code");
    canvas.text(&SMALL, x, y, &label);
    canvas.text(
        &TextStyle::new(Face::SansBold, 7.5, WARNING_COLOR),
        x + SMALL.width(&label) + 5.0,
        y,
        &words.t("slip-secret"),
    );
    canvas.text(&TextStyle::new(Face::SansBold, 17.0, ACCENT_COLOR).tracked(0.9), x, y + 17.0, code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_keeps_agency_and_unit_on_a_slip() {
        let path =
            "Dinas Pendidikan dan Kebudayaan / Bidang Pembinaan Sekolah Menengah Pertama / SMP Negeri 1 Indralaya";
        assert_eq!(fitting_path(path), path);
        let long = path.replace("Bidang", "Bidang Pengembangan, Pengelolaan, Pemantauan, Pengawasan, dan Evaluasi");
        assert_eq!(fitting_path(&long), "Dinas Pendidikan dan Kebudayaan / … / SMP Negeri 1 Indralaya");
        assert!(wrap::fitted(&fitting_path(&"W".repeat(200)), &SMALL, &PLACE_SIZES, COLUMN, 2).is_some());
        assert_eq!(fitting_path(""), "");
    }
}

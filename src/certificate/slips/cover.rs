//! The cover of a unit's slips: how many there are, and a list on which each person signs for theirs.

use super::{SlipCampaign, SlipUnit, replace_unprintable};
use crate::certificate::colors::{ACCENT_COLOR, GREY_COLOR, HAIRLINE_COLOR, TEXT_COLOR, WARNING_COLOR};
use crate::certificate::draw::{Canvas, PAGE_HEIGHT, PAGE_WIDTH, Rect, mm};
use crate::certificate::file::PdfFile;
use crate::certificate::fonts::Face;
use crate::certificate::wrap::{self, TextStyle};
use crate::i18n::Localizer;

const LEFT: f32 = mm(20.0);
const WIDTH: f32 = PAGE_WIDTH - 2.0 * LEFT;
const ROW: f32 = mm(8.0);
const NUMBER: f32 = mm(12.0);
const NAME: f32 = mm(92.0);
const COUNT: f32 = mm(16.0);
const BOTTOM: f32 = PAGE_HEIGHT - mm(20.0);
const NAME_SIZES: [f32; 4] = [9.5, 8.0, 6.5, 5.0];
const TEXT: TextStyle = TextStyle::new(Face::Sans, 9.5, TEXT_COLOR);
const LABEL: TextStyle = TextStyle::new(Face::SansBold, 8.0, GREY_COLOR);

pub fn draw(file: &mut PdfFile, event: &SlipCampaign, unit: &SlipUnit, words: Localizer) {
    let mut canvas = Canvas::default();
    let mut y = head(&mut canvas, event, unit, words);
    y = columns(&mut canvas, y, words);
    for (number, person) in (1usize..).zip(&unit.people) {
        if y + ROW > BOTTOM {
            file.page(std::mem::take(&mut canvas));
            y = columns(&mut canvas, mm(20.0), words);
        }
        row(&mut canvas, y, number, &person.name);
        y += ROW;
    }
    foot(&mut canvas, words);
    file.page(canvas);
}

/// Draws the head, and returns the y where the list begins.
fn head(canvas: &mut Canvas, event: &SlipCampaign, unit: &SlipUnit, words: Localizer) -> f32 {
    let mut y = mm(22.0);
    let mut put = |style: TextStyle, leading: f32, text: &str| {
        for line in wrap::lines(&replace_unprintable(text), &style, WIDTH) {
            canvas.text(&style, LEFT, y, &line);
            y += leading;
        }
    };
    if event.synthetic {
        put(TextStyle::new(Face::SansBold, 8.0, WARNING_COLOR), 14.0, &words.t("slip-synthetic"));
    }
    put(TextStyle::new(Face::SansBold, 9.5, ACCENT_COLOR).tracked(0.6), 24.0, &event.organizer);
    put(TextStyle::new(Face::Serif, 21.0, ACCENT_COLOR), 24.0, &words.t("slip-cover-title"));
    put(TEXT, 14.0, &event.title);
    put(TextStyle::new(Face::SansBold, 11.5, TEXT_COLOR), 16.0, &unit.institution);
    put(TEXT.sized(10.5), 15.0, &unit.name);
    let count = words.number(u64::try_from(unit.people.len()).unwrap_or(u64::MAX));
    put(TEXT, 15.0, &words.with("slip-cover-count", &[("count", &count)]));
    put(TEXT.sized(9.0), 12.5, &words.t("slip-cover-how"));
    y + 6.0
}

fn columns(canvas: &mut Canvas, y: f32, words: Localizer) -> f32 {
    for (x, key) in [
        (0.0, "slip-cover-no"),
        (NUMBER, "slip-cover-name"),
        (NAME + NUMBER, "slip-cover-slips"),
        (NAME + NUMBER + COUNT, "slip-cover-signature"),
    ] {
        canvas.text(&LABEL, LEFT + x, y + 9.0, &words.t(key));
    }
    canvas.fill_rect(Rect::new(LEFT, y + 14.0, WIDTH, 1.0), ACCENT_COLOR);
    y + 15.0
}

fn row(canvas: &mut Canvas, y: f32, number: usize, name: &str) {
    let baseline = y + ROW - 8.0;
    canvas.text(&TEXT.sized(8.5), LEFT, baseline, &number.to_string());
    let room = NAME - mm(4.0);
    let name = replace_unprintable(name);
    let (style, lines) = wrap::fitted_or_smallest(&name, &TEXT, &NAME_SIZES, room, 2);
    let up = (lines.len() as f32 - 1.0) * style.size / 2.0;
    let mut at = baseline - up;
    for line in lines {
        canvas.text(&style, LEFT + NUMBER, at, &line);
        at += style.size * 1.05;
    }
    canvas.text(&TEXT, LEFT + NUMBER + NAME + 6.0, baseline, "1");
    canvas.fill_rect(Rect::new(LEFT, y + ROW - 0.4, WIDTH, 0.4), HAIRLINE_COLOR);
}

fn foot(canvas: &mut Canvas, words: Localizer) {
    canvas.text(
        &TextStyle::new(Face::SansBold, 8.0, GREY_COLOR),
        LEFT,
        PAGE_HEIGHT - mm(13.0),
        &words.t("slip-secret"),
    );
}

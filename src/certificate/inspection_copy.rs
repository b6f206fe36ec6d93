//! A certificate's pages as SVG images, to be laid beside a print: what a stranger sees who has scanned its code.
//!
//! It isn't the certificate. It says so across each page, and a drawn signature is replaced by words, so that nobody
//! takes one from here. The same faces as in the certificate are named by class; the page that shows the image loads
//! them.

use super::colors::{GREY_COLOR, WARNING_COLOR};
use super::draw::{PAGE_HEIGHT, PAGE_WIDTH, Rect};
use super::emblem::Emblem;
use super::fonts::Face;
use super::layout_2::LaidOut;
use super::page::{Drawing, PrintedPage, TextLine};
use super::wrap::{Color, TextStyle};
use crate::credential::symbol::{QUIET_ZONE_MODULES, Symbol};
use data_encoding::BASE64;
use quick_xml::escape::escape;
use std::fmt::Write;

/// Stands across each page of what strangers see.
pub const COPY_MARK: &str = "SALINAN PEMERIKSAAN";
/// Stands across each page of a preview.
pub const SAMPLE_MARK: &str = "CONTOH";
/// Stands where the certificate has a drawn signature.
pub const NOT_SHOWN: &str = "(tanda tangan ada pada piagam aslinya)";

const MARK_STYLE: TextStyle = TextStyle::new(Face::SansBold, 52.0, WARNING_COLOR);
const NOT_SHOWN_STYLE: TextStyle = TextStyle::new(Face::Sans, 7.0, GREY_COLOR);
/// How far apart the marks stand on a page, in points.
const MARK_EVERY: f32 = 280.0;

/// The pages as SVG documents, without a signature and with a mark across each.
pub fn inspection_copy(certificate: &LaidOut, emblem: Option<&Emblem>, mark: &str) -> Vec<String> {
    certificate.pages.iter().map(|page| svg(page, &certificate.symbol, emblem, mark)).collect()
}

fn svg(page: &PrintedPage, symbol: &Symbol, emblem: Option<&Emblem>, across: &str) -> String {
    let mut svg = String::with_capacity(32 * 1024);
    put(&mut svg, format_args!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PAGE_WIDTH} {PAGE_HEIGHT}">"#));
    put(&mut svg, format_args!(r##"<rect width="{PAGE_WIDTH}" height="{PAGE_HEIGHT}" fill="#fff"/>"##));
    for mark in &page.marks {
        match &mark.drawing {
            Drawing::Text(line) => text(&mut svg, line),
            Drawing::FilledRect { rect, color } => {
                put(&mut svg, format_args!(r#"<rect {} fill="{}"/>"#, sides(*rect), hex(*color)));
            }
            Drawing::Frame { rect, line, color } => {
                let (sides, color) = (sides(*rect), hex(*color));
                put(&mut svg, format_args!(r#"<rect {sides} fill="none" stroke="{color}" stroke-width="{line}"/>"#));
            }
            Drawing::Strokes { rect, .. } => not_shown(&mut svg, *rect),
            Drawing::Emblem { rect } => emblem.into_iter().for_each(|emblem| picture(&mut svg, emblem, *rect)),
            Drawing::Symbol { rect } => qr(&mut svg, symbol, *rect),
        }
    }
    marks(&mut svg, across);
    svg.push_str("</svg>");
    svg
}

fn text(svg: &mut String, line: &TextLine) {
    let (TextLine { style, x, y, text, .. }, tracking) = (line, line.style.tracking);
    let (class, size, color) = (class(style.face), style.size, hex(style.color));
    put(svg, format_args!(r#"<text class="{class}" x="{x:.2}" y="{y:.2}" font-size="{size}" fill="{color}""#));
    if tracking != 0.0 {
        put(svg, format_args!(r#" letter-spacing="{tracking}""#));
    }
    put(svg, format_args!(">{}</text>\n", escape(text.as_str())));
}

fn not_shown(svg: &mut String, rect: Rect) {
    let y = rect.y + rect.height / 2.0;
    let text_line = TextLine { style: NOT_SHOWN_STYLE, x: rect.x, y, text: NOT_SHOWN.into(), continues: false };
    text(svg, &text_line);
}

/// The picture has a quiet zone, which stands around the symbol's place.
fn qr(svg: &mut String, symbol: &Symbol, rect: Rect) {
    let module = rect.width / symbol.width() as f32;
    let quiet = QUIET_ZONE_MODULES as f32 * module;
    let sides = sides(rect.inset(-quiet));
    let png = BASE64.encode(&symbol.png());
    put(svg, format_args!(r#"<image class="copy__qr" {sides} href="data:image/png;base64,{png}"/>"#));
}

fn picture(svg: &mut String, emblem: &Emblem, rect: Rect) {
    let (sides, png) = (sides(rect), BASE64.encode(&emblem.png()));
    put(svg, format_args!(r#"<image {sides} href="data:image/png;base64,{png}"/>"#));
}

fn marks(svg: &mut String, mark: &str) {
    let (x, width) = (PAGE_WIDTH / 2.0, MARK_STYLE.width(mark));
    let (class, size, color) = (class(MARK_STYLE.face), MARK_STYLE.size, hex(MARK_STYLE.color));
    put(svg, format_args!(r#"<g class="{class} copy__mark" font-size="{size}" fill="{color}">"#));
    let mut y = MARK_EVERY / 2.0;
    while y < PAGE_HEIGHT {
        let left = x - width / 2.0;
        put(svg, format_args!(r#"<text x="{left:.2}" y="{y:.2}" transform="rotate(-24 {x:.2} {y:.2})">{mark}</text>"#));
        y += MARK_EVERY;
    }
    svg.push_str("</g>");
}

fn class(face: Face) -> &'static str {
    match face {
        Face::Serif => "copy__serif",
        Face::Sans => "copy__sans",
        Face::SansBold => "copy__bold",
    }
}

fn sides(Rect { x, y, width, height }: Rect) -> String {
    format!(r#"x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}""#)
}

fn hex(Color(red, green, blue): Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn put(svg: &mut String, what: std::fmt::Arguments<'_>) {
    svg.write_fmt(what).expect("writing to a string never fails");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::CertificateInput;
    use crate::certificate::layout_2::Layout2;
    use crate::certificate::printable::printed_text;
    use crate::certificate::samples::{sample, samples};
    use quick_xml::escape::unescape;
    use quick_xml::events::Event;

    fn copy(input: CertificateInput) -> Vec<String> {
        let (template, text, pledge) = input.parts();
        inspection_copy(&Layout2::new(&template, &text).unwrap().lay_out(&pledge).unwrap(), None, COPY_MARK)
    }

    /// What stands between the tags; panics unless the page is well-formed.
    fn text_of(page: &str) -> String {
        let mut reader = quick_xml::Reader::from_str(page);
        let mut text = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Text(piece) => text.push_str(&piece.xml10_content()),
                Event::GeneralRef(entity) => {
                    text.push_str(&unescape(&format!("&{};", entity.xml10_content())).unwrap())
                }
                Event::Eof => return text,
                _ => {}
            }
        }
    }

    fn squeezed(text: &str) -> String {
        text.split_whitespace().collect()
    }

    #[test]
    fn every_sample_s_pages_are_well_formed_marked_and_say_what_the_certificate_says() {
        for (name, input) in samples() {
            let name_printed = squeezed(&printed_text(&input.name).text);
            let has_strokes = input.strokes.is_some();
            let pages = copy(input);
            for page in &pages {
                assert!(page.matches(COPY_MARK).count() >= 3, "{name}");
                assert!(!page.contains("<path") && !page.contains("<polyline"), "{name} draws lines");
            }
            let all = pages.concat();
            let read: String = pages.iter().map(|page| squeezed(&text_of(page))).collect();
            assert!(read.contains(&name_printed), "{name} lacks {name_printed}");
            assert_eq!(all.contains(NOT_SHOWN), has_strokes, "{name}");
            assert_eq!(all.matches("<image").count(), 1, "{name}");
        }
    }

    #[test]
    fn a_name_is_never_markup() {
        let page = copy(CertificateInput { name: "A <svg onload='x'> & \"B\"".into(), ..sample("four-clauses") });
        assert!(!page.concat().contains("<svg onload"));
        assert!(page.concat().contains("&lt;svg onload"));
    }
}

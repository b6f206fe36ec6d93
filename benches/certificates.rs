//! How many certificates a core makes a second: sealed ones, and plain pages of the same lines by `printpdf`.
//!
//! ```text
//! cargo bench --bench certificates                    figures, in turns
//! cargo bench --bench certificates -- --page FILE     also writes the page as JSON, for benches/peers/peers.py
//! ```
//! A sealed certificate is everything that a request for it takes besides the database: layout, QR symbol, structure,
//! metadata, attachments, hash and signature. The plain page gets its lines laid out and has no symbol's modules
//! chosen, no attachment and no seal.
#![allow(clippy::unwrap_used, reason = "a fault here ends the measurement")]
#![allow(clippy::disallowed_methods, reason = "what is measured is the time that it takes")]

use ikrar::certificate::draw::PAGE_HEIGHT;
use ikrar::certificate::fonts::Face;
use ikrar::certificate::layout_2::{LaidOut, Layout2};
use ikrar::certificate::pades::{Seal, make_authority, make_seal};
use ikrar::certificate::page::Drawing;
use ikrar::certificate::splice::SealedTemplate;
use ikrar::certificate::wrap::Color;
use ikrar::certificate::{CertificateInput, CertificatePledge, CertificateTemplate};
use ikrar::domain::certificate_copy::PrintedIdentifier;
use ikrar::domain::ids::PledgeId;
use ikrar::domain::text::PledgeText;
use ikrar::domain::time::UnixMillis;
use printpdf::{
    FontId, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage, PdfSaveOptions, Point, Pt,
    Rect, Rgb, TextItem,
};
use serde_json::json;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
/// How long one of the two is measured in a round.
const ROUND_TIME: Duration = Duration::from_secs(2);
/// Different certificates, so that nothing but a template's common part can be kept.
const PLEDGES: u64 = 2_000;
const FACES: [(Face, &str, &[u8]); 3] = [
    (Face::Serif, "serif", include_bytes!("../assets/fonts/ikrar-serif-basic.ttf")),
    (Face::Sans, "sans", include_bytes!("../assets/fonts/ikrar-sans-basic.ttf")),
    (Face::SansBold, "bold", include_bytes!("../assets/fonts/ikrar-sans-bold-basic.ttf")),
];

fn main() {
    let (template, text, pledges) = sample();
    let layout = Layout2::new(&template, &text).unwrap();
    let pages: Vec<LaidOut> = pledges.iter().map(|pledge| layout.lay_out(pledge).unwrap()).collect();
    let sealed = SealedTemplate::new(&template, &text, (1, UnixMillis(0)), Arc::new(seal())).unwrap();
    if let Some(path) = std::env::args().skip_while(|word| word != "--page").nth(1) {
        std::fs::write(Path::new(&path), page_json(&pages[0], &pledges[0])).unwrap();
    }
    let fonts = FACES.map(|(_, _, bytes)| ParsedFont::from_bytes(bytes, 0, &mut Vec::new()).unwrap());
    let (mut ours, mut plain, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let one = per_second(|at| sealed.certificate(&pledges[at]).unwrap());
        let other = per_second(|at| plain_page(&pages[at], &fonts));
        ours.push(one);
        plain.push(other);
        ratios.push(one / other);
    }
    let bytes = sealed.certificate(&pledges[0]).unwrap().len();
    println!("sealed certificates     {:8.0} a second on one core, {bytes} bytes", median(ours));
    println!("plain pages, printpdf   {:8.0} a second on one core", median(plain));
    println!("ratio                   {:8.1}", median(ratios));
}

/// How often `make` is done in a second, one after the other.
fn per_second(mut make: impl FnMut(usize) -> Vec<u8>) -> f64 {
    let (began, mut made) = (Instant::now(), 0_usize);
    while began.elapsed() < ROUND_TIME {
        black_box(make(made % PLEDGES as usize));
        made += 1;
    }
    made as f64 / began.elapsed().as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn sample() -> (CertificateTemplate, PledgeText, Vec<CertificatePledge>) {
    let input: CertificateInput =
        serde_json::from_str(include_str!("../tests/vectors/certificates/four-clauses.json")).unwrap();
    let template = CertificateTemplate {
        organizer: input.organizer,
        event: input.event,
        synthetic: input.synthetic,
        place: input.place,
        zone: input.zone,
        verify_address: input.verify_address,
        letterheads: Vec::new(),
    };
    let link = input.qr_text.split_once('#').unwrap().0;
    let pledge = |number: u64| {
        // Other bytes at the end of the credential, which are its signature, and other digits for them.
        let mut credential = input.credential.clone();
        let end = credential.len();
        credential[end - 8..].copy_from_slice(&number.to_be_bytes());
        let mut id = input.pledge_id.0;
        id[8..].copy_from_slice(&number.to_be_bytes());
        CertificatePledge {
            id: PledgeId(id),
            signed_at: UnixMillis(input.signed_at.0 + i64::try_from(number).unwrap() * 1_000),
            name: format!("{} {}", input.name, ["A", "Budi", "Citra Dewi", "D."][number as usize % 4]),
            identifier: PrintedIdentifier::Ending(format!("{:04}", number % 10_000)),
            institution: input.institution.clone(),
            unit: input.unit.clone(),
            rank: input.rank.clone(),
            position: input.position.clone(),
            strokes: None,
            qr_text: format!("{link}#{}", ikrar::credential::qr::digits(&credential)),
            credential,
        }
    };
    (template, input.text, (0..PLEDGES).map(pledge).collect())
}

fn seal() -> Seal {
    let authority = make_authority("ikrar.example", 1_800_000_000_000, [1; 16]).unwrap();
    let seal = make_seal(&authority.pkcs8, "ikrar.example", 1_800_000_000_000, [2; 16]).unwrap();
    Seal::new(&seal.pkcs8, &(seal.certificate_pem + &authority.certificate_pem)).unwrap()
}

/// The same lines, bars and modules with `printpdf` alone.
fn plain_page(certificate: &LaidOut, fonts: &[ParsedFont; 3]) -> Vec<u8> {
    let mut document = PdfDocument::new(&certificate.title);
    for ((_, name, _), font) in FACES.iter().zip(fonts) {
        document.resources.fonts.map.insert(FontId((*name).into()), PdfFont::new(font.clone()));
    }
    let mut pages = Vec::new();
    for page in &certificate.pages {
        let mut ops = Vec::new();
        for mark in &page.marks {
            match &mark.drawing {
                Drawing::Text(line) => {
                    let (_, name, _) = FACES.iter().find(|(face, ..)| *face == line.style.face).unwrap();
                    let font = PdfFontHandle::External(FontId((*name).into()));
                    ops.push(Op::StartTextSection);
                    ops.push(Op::SetFillColor { col: color(line.style.color) });
                    ops.push(Op::SetFont { font, size: Pt(line.style.size) });
                    ops.push(Op::SetTextCursor { pos: Point { x: Pt(line.x), y: Pt(PAGE_HEIGHT - line.y) } });
                    ops.push(Op::ShowText { items: vec![TextItem::Text(line.text.clone())] });
                    ops.push(Op::EndTextSection);
                }
                Drawing::FilledRect { rect, color: fill } => {
                    ops.push(Op::SetFillColor { col: color(*fill) });
                    ops.push(bar(rect.x, rect.y, rect.width, rect.height, PaintMode::Fill));
                }
                Drawing::Frame { rect, .. } => {
                    ops.push(bar(rect.x, rect.y, rect.width, rect.height, PaintMode::Stroke))
                }
                Drawing::Emblem { .. } => {}
                Drawing::Symbol { rect } => {
                    let module = rect.width / certificate.symbol.width() as f32;
                    ops.push(Op::SetFillColor { col: color(Color(0, 0, 0)) });
                    for (column, row, wide) in certificate.symbol.bars() {
                        let (x, y) = (rect.x + column as f32 * module, rect.y + row as f32 * module);
                        ops.push(bar(x, y, wide as f32 * module, module, PaintMode::Fill));
                    }
                }
                Drawing::Strokes { .. } => {}
            }
        }
        pages.push(PdfPage::new(Mm(210.0), Mm(297.0), ops));
    }
    let options = PdfSaveOptions { subset_fonts: false, ..PdfSaveOptions::default() };
    document.with_pages(pages).save(&options, &mut Vec::new())
}

fn bar(x: f32, y: f32, width: f32, height: f32, mode: PaintMode) -> Op {
    let (x, y, width, height) = (Pt(x), Pt(PAGE_HEIGHT - y - height), Pt(width), Pt(height));
    Op::DrawRectangle { rectangle: Rect { x, y, width, height, mode: Some(mode), winding_order: None } }
}

fn color(Color(red, green, blue): Color) -> printpdf::Color {
    let [r, g, b] = [red, green, blue].map(|part| f32::from(part) / 255.0);
    printpdf::Color::Rgb(Rgb { r, g, b, icc_profile: None })
}

/// The page's lines and rectangles for other programs: points from the top left.
fn page_json(certificate: &LaidOut, pledge: &CertificatePledge) -> String {
    let marks = certificate.pages[0].marks.iter().filter_map(|mark| match &mark.drawing {
        Drawing::Text(line) => {
            let (_, face, _) = FACES.iter().find(|(face, ..)| *face == line.style.face)?;
            let mut color = String::from("#");
            let Color(red, green, blue) = line.style.color;
            write!(color, "{red:02x}{green:02x}{blue:02x}").ok()?;
            Some(json!({"text": line.text, "x": line.x, "y": line.y, "face": face, "size": line.style.size, "color": color}))
        }
        Drawing::Symbol { rect } => Some(json!({"symbol": pledge.qr_text, "x": rect.x, "y": rect.y, "side": rect.width})),
        _ => None,
    });
    serde_json::to_string_pretty(&marks.collect::<Vec<_>>()).unwrap()
}

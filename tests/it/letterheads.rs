//! Letterheads: of all institutions or of one, checked before they are kept, and fixed once the event is locked.

use crate::support::{Answer, TestPlatform, start};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::campaign::CampaignState;
use lopdf::Document;

const PATH: &str = "/console/k/uji/letterhead";
const OFFICE: &str = "PEMERINTAH PROVINSI CONTOH\nBADAN KEPEGAWAIAN DAERAH\nJalan Contoh 1";

/// A draft with people, and the cookie of an organizer.
async fn draft() -> (TestPlatform, String) {
    let platform = TestPlatform::locked(9).await;
    platform.unlock().await;
    let cookie = platform.account("bkd", Role::Organizer, &["*"]).await;
    (platform, cookie)
}

/// A PNG of these sides.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    let pixels = (0..width * height).flat_map(|at| [u8::try_from(at % 251).unwrap(), 60, 90]);
    writer.write_image_data(&pixels.collect::<Vec<u8>>()).unwrap();
    writer.finish().unwrap();
    file
}

/// Sends the form of the page; `emblem` is a file, and `remove` its box.
async fn save(
    platform: &TestPlatform,
    cookie: &str,
    (institution, lines): (&str, &str),
    emblem: Option<&[u8]>,
    remove: bool,
) -> Answer {
    let mut body = Vec::new();
    let mut part = |name: &str, rest: &str, content: &[u8]| {
        body.extend_from_slice(
            format!("--garis\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    };
    part("institution", "", institution.as_bytes());
    part("lines", "", lines.as_bytes());
    part("emblem", "; filename=\"lambang.png\"", emblem.unwrap_or_default());
    if remove {
        part("remove", "", b"yes");
    }
    body.extend_from_slice(b"--garis--\r\n");
    let request = Request::post(PATH)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=garis")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie);
    platform.send(request.body(Body::from(body)).unwrap()).await
}

fn text_of(pdf: &[u8]) -> String {
    let document = Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    document.extract_text(&pages).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn certificates_have_the_letterhead_of_their_institution_and_keep_their_bytes() {
    let (mut platform, cookie) = draft().await;
    let saved = save(&platform, &cookie, ("", OFFICE), Some(&picture(300, 300)), false).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (StatusCode::SEE_OTHER, "/console/k/uji/letterhead?institution=&done=letterhead")
    );
    let city = save(&platform, &cookie, ("16.71", "PEMERINTAH KOTA CONTOH"), None, false).await;
    assert_eq!(city.status, StatusCode::SEE_OTHER);
    platform.lock().await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    let (province, city) = (&platform.people[0].clone(), &platform.people[2].clone());
    let of_province = format!("/c/{}.pdf", platform.sign(province).await.pledge.id);
    let of_city = format!("/c/{}.pdf", platform.sign(city).await.pledge.id);
    let issued = [platform.get(&of_province).await.body, platform.get(&of_city).await.body];
    let texts = issued.each_ref().map(|pdf| text_of(pdf));
    assert!(texts[0].contains("BADAN KEPEGAWAIAN DAERAH Jalan Contoh 1") && !texts[0].contains("KOTA CONTOH"));
    assert!(texts[1].contains("PEMERINTAH KOTA CONTOH") && !texts[1].contains("BADAN KEPEGAWAIAN"));
    let has_emblem = |pdf: &[u8]| pdf.windows(8).any(|window| window == b"/Emblem ");
    assert!(has_emblem(&issued[0]) && !has_emblem(&issued[1]));

    // The event is locked: what was issued can't change.
    let late = save(&platform, &cookie, ("", "LAIN"), None, false).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!platform.page(PATH, &cookie).await.text().contains("name=\"lines\""));
    // Another node has nothing prepared, and an archive prepares its own.
    let state = platform.state.clone();
    let parts = (platform.clock.clone(), state.entropy.clone(), platform.store.clone(), platform.keyring.clone());
    let other = start((*state.config).clone(), parts.0, parts.1, parts.2, parts.3).await.unwrap();
    platform.router = ikrar::web::router(other);
    assert!(platform.get(&of_city).await.body == issued[1] && platform.get(&of_province).await.body == issued[0]);
    let archive = platform.post_form("/console/k/uji/certificates", &cookie, &[("institution", "")]).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(archive.body.as_ref())).unwrap();
    let mut found = 0;
    for at in 0..zip.len() {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_index(at).unwrap(), &mut content).unwrap();
        found += usize::from(issued.iter().any(|pdf| **pdf == content[..]));
    }
    assert_eq!(found, 2);
    let copy = platform.get(&of_province.replace(".pdf", ".html")).await;
    assert!(copy.text().contains("BADAN KEPEGAWAIAN DAERAH") && copy.text().contains("data:image/png;base64,"));
}

#[tokio::test]
async fn a_preview_shows_the_letterhead_and_minutes_have_it_too() {
    let (platform, cookie) = draft().await;
    assert!(platform.page(PATH, &cookie).await.text().contains("<svg"), "also without one");
    save(&platform, &cookie, ("", OFFICE), Some(&picture(60, 60)), false).await;
    let page = platform.page(PATH, &cookie).await;
    let svg = &page.text()[page.text().find("<svg").unwrap()..];
    assert!(
        svg.contains("BADAN KEPEGAWAIAN DAERAH") && svg.contains(">CONTOH<") && svg.contains("Nama Penanda Tangan")
    );
    let of_city = platform.page(&format!("{PATH}?institution=16.71"), &cookie).await;
    assert!(
        of_city.text().contains("memakai kop surat untuk semua instansi") && of_city.text().contains("Kota Contoh")
    );
    // The emblem stays until it is taken away.
    save(&platform, &cookie, ("", "SATU BARIS"), None, false).await;
    assert!(platform.store.letterheads(platform.campaign).await.unwrap()[0].emblem.is_some());
    save(&platform, &cookie, ("", "SATU BARIS"), None, true).await;
    assert!(platform.store.letterheads(platform.campaign).await.unwrap()[0].emblem.is_none());
    platform.lock().await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    platform.change(CampaignState::Open, CampaignState::Closing).await;
    platform.change(CampaignState::Closing, CampaignState::Closed).await;
    platform.post_form("/console/k/uji/minutes", &cookie, &[]).await;
    assert!(text_of(&platform.page("/console/k/uji/minutes/1", &cookie).await.body).contains("SATU BARIS"));
}

#[tokio::test]
async fn what_cannot_be_printed_is_refused_and_what_was_typed_stays() {
    let (platform, cookie) = draft().await;
    let long = "x".repeat(121);
    let wide = format!("A\n{}", "W".repeat(120));
    for (lines, emblem, told) in [
        ("A\n\u{4E00}", None, "Baris ke-2 memuat karakter"),
        (long.as_str(), None, "Baris ke-1 terlalu panjang"),
        ("a\nb\nc\nd\ne\nf", None, "paling banyak 5 baris"),
        ("", Some(picture(60, 60)), "lambang saja tidak cukup"),
        ("A", Some(b"GIF89a".to_vec()), "bukan PNG"),
        ("A", Some(picture(20, 60)), "48 sampai 2.000 piksel"),
        (&wide, Some(picture(60, 60)), "tidak muat di samping lambang"),
    ] {
        let refused = save(&platform, &cookie, ("", lines), emblem.as_deref(), false).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.text().contains(told), "{told}");
        assert!(refused.text().contains(lines.lines().next().unwrap_or_default()), "{told}: what was typed stays");
    }
    let long = vec![0; 257 * 1024];
    assert_eq!(save(&platform, &cookie, ("", "A"), Some(&long), false).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(save(&platform, &cookie, ("99", "A"), None, false).await.status, StatusCode::NOT_FOUND);
    assert_eq!(platform.store.letterheads(platform.campaign).await.unwrap(), []);
    let saved = |lines: Vec<ikrar::domain::audit::AuditEntry>| {
        lines.iter().filter(|line| matches!(line.event, AuditEvent::LetterheadSaved { .. })).count()
    };
    assert_eq!(saved(platform.store.audit_page(Some(platform.campaign), None, 50).await.unwrap()), 0);
    let operator = platform.account("petugas", Role::Operator, &["16"]).await;
    assert_eq!(save(&platform, &operator, ("", "A"), None, false).await.status, StatusCode::FORBIDDEN);
    // Script in a line is text in the preview.
    save(&platform, &cookie, ("", "<script>alert(1)</script>"), None, false).await;
    let page = platform.page(PATH, &cookie).await;
    assert!(page.text().contains("&lt;script&gt;alert(1)") && !page.text().contains("<script>alert(1)"));
    assert_eq!(saved(platform.store.audit_page(Some(platform.campaign), None, 50).await.unwrap()), 1);
}

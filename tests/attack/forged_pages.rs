//! Pages that nobody vouches for around a genuine credential: none is green, valid or exit 0, wherever it is asked for.

use crate::support::{Answer, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use ikrar::domain::pledge::Pledge;
use lopdf::{Dictionary, Document, IncrementalDocument, Object, SaveOptions, Stream};
use serde_json::{Value, json};
use std::process::Command;

const FORGED: &str = "FORGED: Presiden Palsu";
/// Single bits that are turned, one in each copy.
const FLIPS: usize = 300;
/// Each start of the program costs more than a check; so only some of the copies go there.
const FLIPS_PER_RUN: usize = 20;

struct Signed {
    platform: TestPlatform,
    pledge: Pledge,
    pdf: Vec<u8>,
}

impl Signed {
    async fn new() -> Self {
        let platform = TestPlatform::open(3).await;
        let pledge = platform.sign(&platform.people[0]).await.pledge;
        let pdf = certificate(&platform, &pledge).await;
        std::fs::write(platform.folder().join("jwks.json"), platform.get("/.well-known/jwks.json").await.body).unwrap();
        Self { platform, pledge, pdf }
    }

    async fn by_api(&self, kind: &str, body: &[u8]) -> Value {
        let request = Request::post("/api/v1/verify").header(header::CONTENT_TYPE, kind);
        let answer = self.platform.send(request.body(Body::from(body.to_vec())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    async fn by_page(&self, file: &[u8]) -> Answer {
        let head = b"--garis\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b\"\r\n\r\n";
        let request = Request::post("/v")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=garis")
            .header("sec-fetch-site", "same-origin");
        let body = [head, file, b"\r\n--garis--\r\n"].concat();
        self.platform.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Exit code, JSON, and what a person reads.
    fn by_command(&self, file: &[u8], status: Option<&Value>) -> (i32, Value, String) {
        let path = self.platform.folder().join("file");
        std::fs::write(&path, file).unwrap();
        let run = |json: bool| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
            command.arg("verify").arg(&path).arg("--data").arg(self.platform.folder()).env("LANG", "id_ID.UTF-8");
            if let Some(status) = status {
                let saved = self.platform.folder().join("status.json");
                std::fs::write(&saved, status.to_string()).unwrap();
                command.arg("--status").arg(saved);
            }
            let ended = if json { command.arg("--json").output() } else { command.output() }.unwrap();
            (ended.status.code().unwrap(), String::from_utf8(ended.stdout).unwrap())
        };
        let ((code, json), (again, words)) = (run(true), run(false));
        assert_eq!(code, again);
        (code, serde_json::from_str(&json).unwrap_or_default(), words)
    }

    /// Whatever the file comes to, nobody may take it for vouched for.
    async fn assert_not_green(&self, name: &str, file: &[u8]) {
        let kind = if file.starts_with(b"{") { "application/json" } else { "application/pdf" };
        let report = self.by_api(kind, file).await;
        assert_ne!(report["verdict"], "valid", "{name}");
        assert!(!self.by_page(file).await.text().contains("notice--ok"), "{name} is green");
    }

    /// The data is genuine, and all three say that the page isn't vouched for, and why.
    async fn assert_data_only(&self, name: &str, page: &str, file: &[u8]) {
        self.assert_not_green(name, file).await;
        let kind = if file.starts_with(b"{") { "application/json" } else { "application/pdf" };
        let report = self.by_api(kind, file).await;
        assert_eq!((&report["verdict"], &report["page"]), (&json!("data_only"), &json!(page)), "{name}");
        assert_eq!(report["claims"]["name"], "Peserta Uji 1", "{name}");
        let page = self.by_page(file).await;
        assert!(page.text().contains("Data ikrar asli. Cocokkan tulisan pada berkas ini."), "{name}");
        assert!(page.text().contains("notice--warn") && !page.text().contains(FORGED), "{name}");
        let (code, told, words) = self.by_command(file, None);
        assert_eq!((code, &told["verdict"]), (5, &json!("data_only")), "{name}");
        assert!(words.starts_with("Data ikrar asli. Cocokkan tulisan pada berkas ini.\n"), "{name}: {words}");
    }
}

async fn certificate(platform: &TestPlatform, pledge: &Pledge) -> Vec<u8> {
    platform.get(&format!("/c/{}.pdf", pledge.id)).await.body.to_vec()
}

fn forged_content() -> Vec<u8> {
    format!("BT /F1 24 Tf 72 720 Td ({FORGED}) Tj ET").into_bytes()
}

/// The certificate with every page's content replaced.
fn page_replaced(pdf: &[u8]) -> Vec<u8> {
    let mut document = Document::load_mem(pdf).unwrap();
    let pages: Vec<_> = document.get_pages().into_values().collect();
    for page in pages {
        document.change_page_content(page, forged_content()).unwrap();
    }
    let mut bytes = Vec::new();
    document.save_with_options(&mut bytes, SaveOptions::default()).unwrap();
    bytes
}

/// Someone else's document, into which the genuine attachment was put.
fn attachment_moved(credential: &[u8]) -> Vec<u8> {
    let stream = |number: usize, content: &[u8]| {
        let head = format!("{number} 0 obj<</Length {}>>stream\n", content.len());
        [head.as_bytes(), content, b"\nendstream endobj\n"].concat()
    };
    [
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(ikrar.cose) 5 0 R]>>>>>>endobj\n\
          2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
          3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n"
            .to_vec(),
        stream(4, &forged_content()),
        b"5 0 obj<</Type/Filespec/UF(ikrar.cose)/F(ikrar.cose)/EF<</F 6 0 R>>>>endobj\n".to_vec(),
        stream(6, credential),
        b"trailer<</Root 1 0 R>>\n%%EOF\n".to_vec(),
    ]
    .concat()
}

/// The genuine bytes, and behind them an update that puts other content on each page.
fn page_updated(pdf: &[u8]) -> Vec<u8> {
    let document = Document::load_mem(pdf).unwrap();
    let pages: Vec<_> = document.get_pages().into_values().collect();
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), document);
    for page in pages {
        update.opt_clone_object_to_new_document(page).unwrap();
        let content = update.new_document.add_object(Stream::new(Dictionary::new(), forged_content()));
        let page = update.new_document.get_object_mut(page).unwrap().as_dict_mut().unwrap();
        page.set("Contents", Object::Reference(content));
    }
    let mut bytes = Vec::new();
    update.save_to(&mut bytes).unwrap();
    assert!(bytes.starts_with(pdf) && bytes.len() > pdf.len());
    bytes
}

/// A second file specification behind the genuine bytes.
fn second_attachment(pdf: &[u8], credential: &[u8]) -> Vec<u8> {
    let head = format!(
        "\n900 0 obj<</Type/Filespec/UF(ikrar.cose)/EF<</F 901 0 R>>>>endobj\n901 0 obj<</Length {}>>stream\n",
        credential.len()
    );
    [pdf, head.as_bytes(), credential, b"\nendstream endobj\n%%EOF"].concat()
}

#[tokio::test]
async fn a_page_that_was_replaced_is_never_green() {
    let signed = Signed::new().await;
    let issued = signed.by_api("application/pdf", &signed.pdf).await;
    assert_eq!((&issued["verdict"], &issued["page"]), (&json!("valid"), &json!("sealed")));
    assert!(signed.by_page(&signed.pdf).await.text().contains("notice--ok"));
    assert_eq!(signed.by_command(&signed.pdf, None).0, 0);
    signed.assert_data_only("a replaced page", "unsealed", &page_replaced(&signed.pdf)).await;
    signed.assert_data_only("a moved attachment", "unsealed", &attachment_moved(&signed.pledge.credential)).await;
    signed.assert_data_only("an incremental update", "extended", &page_updated(&signed.pdf)).await;
    let more = [&signed.pdf, b"%".as_slice(), FORGED.as_bytes()].concat();
    signed.assert_data_only("a few bytes more", "extended", &more).await;
    let before = [b"%".as_slice(), &signed.pdf].concat();
    signed.assert_data_only("a byte before it", "unsealed", &before).await;
}

#[tokio::test]
async fn a_receipt_with_words_of_its_own_is_never_green() {
    let signed = Signed::new().await;
    let credential = BASE64URL_NOPAD.encode(&signed.pledge.credential);
    for (field, value) in [("name", FORGED), ("certificate_url", "https://palsu.example/c/x.pdf")] {
        let receipt = json!({ "credential": credential, field: value }).to_string();
        signed.assert_data_only(field, "unsealed", receipt.as_bytes()).await;
    }
}

#[tokio::test]
async fn two_attachments_are_never_green() {
    let signed = Signed::new().await;
    let twice = second_attachment(&signed.pdf, &signed.pledge.credential);
    signed.assert_data_only("the same credential twice", "extended", &twice).await;
    let other = signed.platform.sign(&signed.platform.people[1]).await.pledge;
    let both = second_attachment(&signed.pdf, &other.credential);
    // What was added behind the sealed revision isn't looked at.
    signed.assert_data_only("two people's credentials", "extended", &both).await;
}

#[tokio::test]
async fn no_flipped_bit_outside_the_credential_is_green() {
    let signed = Signed::new().await;
    let credential = &signed.pledge.credential;
    let carried = signed.pdf.windows(credential.len()).position(|window| window == credential);
    let carried = carried.map_or(0..0, |at| at..at + credential.len());
    // Places spread over the whole file, the same in each run.
    let places = (0..).map(|n: usize| n.wrapping_mul(2_654_435_761) % (signed.pdf.len() * 8));
    for (n, bit) in places.filter(|bit| !carried.contains(&(bit / 8))).take(FLIPS).enumerate() {
        let mut flipped = signed.pdf.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        signed.assert_not_green(&format!("bit {bit}"), &flipped).await;
        if n % FLIPS_PER_RUN == 0 {
            let (code, told, _) = signed.by_command(&flipped, None);
            assert!(matches!(code, 1 | 5), "bit {bit}: exit {code}, {told}");
        }
    }
}

#[tokio::test]
async fn a_revoked_or_replaced_pledge_stays_so_in_a_forged_page() {
    let signed = Signed::new().await;
    let forged = page_replaced(&signed.pdf);
    let id = signed.pledge.id.to_string();
    for (word, verdict, exit) in [
        ("revoked", "revoked", 3),
        ("replaced", "replaced", 5),
        ("unknown", "not_in_log", 1),
        ("valid", "data_only", 5),
    ] {
        let (code, told, words) = signed.by_command(&forged, Some(&json!({"pledge_id": id, "status": word})));
        assert_eq!((code, told["verdict"].as_str().unwrap()), (exit, verdict), "{words}");
    }
    signed.platform.revoke(signed.pledge.id, "uji", signed.platform.line()).await.unwrap();
    assert_eq!(signed.by_api("application/pdf", &forged).await["verdict"], "revoked");
    assert!(signed.by_page(&forged).await.text().contains("notice--bad"));
}

//! The parser of the text of QR codes.

use super::FuzzBody;
use super::credential::{ISSUER, holds, vector};
use ikrar::credential::cwt::DecodeFault;
use ikrar::credential::qr::{self, TEXT_BYTES_MAX};

pub const QR_TEXT: FuzzBody = FuzzBody {
    name: "qr_text",
    input_bytes_max: TEXT_BYTES_MAX + 16,
    run,
    seeds,
    dictionary: &["/v#", "https://", "\u{2003}", "72057594037927935", "72057594037927936", "255", "256", "00000", "\n"],
};

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // Digits have only one encoding.
    if let Ok(bytes) = qr::bytes(&text) {
        assert_eq!(qr::digits(&bytes), text);
        assert_eq!(qr::digits_len(bytes.len()), text.len());
    }
    assert_eq!(qr::bytes(&qr::digits(data)).as_deref(), Ok(data));
    let read = qr::read(&text);
    if text.len() > TEXT_BYTES_MAX {
        assert_eq!(read, Err(DecodeFault::Foreign));
        return;
    }
    if let Ok(read) = &read {
        holds(read, read.bytes());
        assert!(text.len() >= qr::digits_len(read.bytes().len()));
    }
    // White space anywhere is ignored.
    let wrapped: String = text.chars().flat_map(|c| [c, '\n']).collect();
    if wrapped.len() <= TEXT_BYTES_MAX {
        assert_eq!(qr::read(&wrapped), read);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let text = qr::text(ISSUER, &vector());
    let digits = text.rsplit('#').next().unwrap();
    [text.as_str(), digits, &text[..text.len() - 20], &text.replace("/v#", "/v#\n 0"), "https://ikrar.example.go.id/"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

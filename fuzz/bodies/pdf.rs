//! The parser of submitted PDFs.

use super::FuzzBody;
use flate2::{Compression, write::ZlibEncoder};
use ikrar::certificate::read::{CREDENTIAL_BYTES_MAX, ReadFault, attached_credential};
use std::io::Write;

pub const PDF: FuzzBody = FuzzBody {
    name: "pdf",
    input_bytes_max: 16 * 1024,
    run,
    seeds,
    dictionary: &[
        "%PDF-1.7\n",
        "%%EOF",
        " obj",
        "endobj",
        "stream\n",
        "endstream",
        "trailer",
        "<<",
        ">>",
        "/Type",
        "/Filespec",
        "/EF",
        "/F ",
        "/UF",
        "(ikrar.cose)",
        "/ObjStm",
        "/XRef",
        "/Encrypt",
        "/N ",
        "/First ",
        "/Length ",
        "/Filter",
        "/FlateDecode",
        "/Fl",
        " 0 R",
        "[",
        "]",
        "\\050",
        "#2F",
        "null",
        "<FEFF",
    ],
};

const SPECIFICATION: &str = "1 0 obj<</Type/Filespec/F(ikrar.cose)/UF(ikrar.cose)/EF<</F 2 0 R/UF 2 0 R>>>>endobj\n";

fn run(data: &[u8]) {
    let read = attached_credential(data);
    if let Ok(credential) = &read {
        assert!(credential.len() <= CREDENTIAL_BYTES_MAX);
        assert!(credential.len() <= data.len() || data.windows(2).any(|window| window == b"Fl"));
    }
    // An attachment is read back byte by byte, even if it looks like PDF syntax.
    let attached = attached_credential(&attaching(data));
    let expected = if data.len() > CREDENTIAL_BYTES_MAX { Err(ReadFault::TooLarge) } else { Ok(data.to_vec()) };
    assert_eq!(attached, expected);
    // The same bytes as the content of an object stream: mutations of the compressed bytes would rarely reach it.
    if let [count, first, content @ ..] = data {
        let head = format!("/Type/ObjStm/N {count}/First {first}");
        let packed = attached_credential(&pdf(&[stream(9, &head, content), stream(2, "", b"credential")]));
        assert!(!matches!(packed, Err(ReadFault::NotPdf | ReadFault::Truncated | ReadFault::Encrypted)), "{packed:?}");
        if let Ok(credential) = packed {
            assert_eq!(credential, b"credential");
        }
    }
}

fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    [b"%PDF-1.7\n", objects.concat().as_slice(), b"trailer<</Root 3 0 R>>\n%%EOF\n"].concat()
}

fn attaching(bytes: &[u8]) -> Vec<u8> {
    let head = format!("2 0 obj<</Length {}>>stream\n", bytes.len());
    pdf(&[SPECIFICATION.into(), [head.as_bytes(), bytes, b"\nendstream endobj\n"].concat()])
}

/// An object whose content is deflated.
fn stream(number: u32, entries: &str, content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    let deflated = encoder.finish().unwrap();
    let head = format!("{number} 0 obj<<{entries}/Filter/FlateDecode/Length {}>>stream\n", deflated.len());
    [head.as_bytes(), &deflated, b"\nendstream endobj\n"].concat()
}

fn seeds() -> Vec<Vec<u8>> {
    let packed = "4 0 <</Type/Filespec/UF(ikrar.cose)/EF<</F 2 0 R>>>>";
    vec![
        attaching(b"credential"),
        pdf(&[SPECIFICATION.into(), stream(2, "/Type/EmbeddedFile", b"credential")]),
        pdf(&[stream(9, "/Type/ObjStm/N 1/First 4", packed.as_bytes()), stream(2, "", b"credential")]),
        // The length is in another object, the name is UTF-16, the filters are an array, and the file has an appended
        // update.
        b"%PDF-1.7\n5 0 obj 3 endobj\n2 0 obj<</Length 5 0 R/Filter[]>>stream\r\nabc\r\nendstream endobj\n1 0 obj<</F<FEFF0069006B007200610072002E0063006F00730065>/EF 6 0 R>>endobj\n6 0 obj<</F 2 0 R>>endobj\n%%EOF\n2 0 obj<</Length 4>>stream\nabcd\nendstream endobj\nxref\n%%EOF".to_vec(),
        b"%PDF-1.7\n1 0 obj[1 -2.5 (a\\(b\\051\\n) <4 1> /N#20 null true]endobj\n7 0 obj<</Type/XRef/Encrypt 1 0 R/Length 0>>stream\n\nendstream endobj\ntrailer<</Encrypt 1 0 R>>\n%%EOF".to_vec(),
        // As the content of an object stream.
        [b"\x01\x04".as_slice(), packed.as_bytes()].concat(),
    ]
}

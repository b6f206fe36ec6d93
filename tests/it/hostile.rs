//! Files that were made to keep whoever reads them busy: each is answered in time, by the page, the interface and the
//! command line.

use crate::support::{Answer, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use ikrar::verification::{EXAMINE_TIME_MAX, INPUT_BYTES_MAX};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;
use tokio::time::Instant;

/// What a busy machine may add to the limit.
const SLACK: Duration = Duration::from_secs(8);
/// How often somebody comes back; each time they wait for a place as long as the limit.
const TRIES_MAX: usize = 10;
const OBJECTS: usize = 4_990;

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn stream(number: usize, entries: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("{number} 0 obj<<{entries}/Length {}>>stream\n", content.len());
    [head.as_bytes(), content, b"\nendstream endobj\n"].concat()
}

fn pdf(parts: &[Vec<u8>]) -> Vec<u8> {
    [b"%PDF-1.7\n".to_vec(), parts.concat(), b"%%EOF".to_vec()].concat()
}

/// Every stream says that it ends where a desert of white space begins.
fn desert() -> Vec<u8> {
    const HEAD_BYTES: usize = 60;
    let begin = OBJECTS * HEAD_BYTES;
    let mut text = String::new();
    for number in 1..=OBJECTS {
        let dictionary = format!("{number:05} 0 obj<</Length ");
        let content_at = number * HEAD_BYTES - 20;
        let _ = write!(text, "{:<40}", format!("{dictionary}{:07}>>stream\n", begin - content_at));
        text.push_str("endstream endobj   \n");
    }
    let room = INPUT_BYTES_MAX - text.len() - 100;
    pdf(&[text.into_bytes(), vec![b' '; room]])
}

/// One object of a stream, pointed to under thousands of numbers.
fn many_names_for_one() -> Vec<u8> {
    let mut head = String::new();
    for number in 0..OBJECTS {
        let _ = write!(head, "{} 0 ", number + 10);
    }
    let body = format!("[{}]", "/a".repeat(16_000));
    let content = deflated(format!("{head}{body}").as_bytes());
    pdf(&[stream(1, &format!("/Type/ObjStm/N {OBJECTS}/First {}/Filter/FlateDecode", head.len()), &content)])
}

/// An attachment that inflates to nothing at great length, named by thousands of specifications.
fn nothing_at_length() -> Vec<u8> {
    let specification =
        |number: usize| format!("{} 0 obj<</UF(ikrar.cose)/EF<</F 1 0 R>>>>endobj\n", number + 10).into_bytes();
    let specifications: Vec<u8> = (0..OBJECTS).flat_map(specification).collect();
    let empty_blocks = [0, 0, 0, 0xFF, 0xFF].repeat((INPUT_BYTES_MAX - specifications.len()) / 5 - 100);
    let content = [&[0x78, 0x01], empty_blocks.as_slice(), &[1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1]].concat();
    pdf(&[stream(1, "/Filter/FlateDecode", &content), specifications])
}

/// Streams whose length stands in one endless object.
fn long_length() -> Vec<u8> {
    let lengths: Vec<u8> = (2..OBJECTS)
        .flat_map(|number| format!("{number} 0 obj<</Length 1 0 R>>stream\nendstream endobj\n").into_bytes())
        .collect();
    let names = b"/a".repeat((INPUT_BYTES_MAX - lengths.len()) / 2 - 100);
    pdf(&[b"1 0 obj[".to_vec(), names, b"]endobj\n".to_vec(), lengths])
}

fn bomb() -> Vec<u8> {
    let content = deflated(&vec![b' '; 64 << 20]);
    pdf(&[stream(1, "/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &content)])
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let deep = [b"%PDF-1.7\n1 0 obj ".as_slice(), &b"<</F[".repeat(400_000)].concat();
    let files = vec![
        ("desert", desert()),
        ("many names for one", many_names_for_one()),
        ("nothing at length", nothing_at_length()),
        ("long length", long_length()),
        ("bomb", bomb()),
        ("deep", deep),
    ];
    assert!(files.iter().all(|(_, bytes)| bytes.len() <= INPUT_BYTES_MAX));
    files
}

async fn by_api(platform: &TestPlatform, bytes: Vec<u8>) -> Answer {
    let request = Request::post("/api/v1/verify").header(header::CONTENT_TYPE, "application/pdf");
    platform.send(request.body(Body::from(bytes)).unwrap()).await
}

async fn by_page(platform: &TestPlatform, bytes: &[u8]) -> Answer {
    let head = b"--garis\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b\"\r\n\r\n";
    let request = Request::post("/v")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=garis")
        .header("sec-fetch-site", "same-origin");
    platform.send(request.body(Body::from([head, bytes, b"\r\n--garis--\r\n"].concat())).unwrap()).await
}

/// What is answered in time. On a busy machine the file before may have been given up while its thread still works, and
/// until that ends there is no place: then who asks is told to come back, in time as well.
async fn in_time(name: &str, ask: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..TRIES_MAX {
        let asked = Instant::now();
        let answer = ask().await;
        assert!(asked.elapsed() < EXAMINE_TIME_MAX + SLACK, "{name} took {:?}", asked.elapsed());
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    }
    panic!("{name} never got a place");
}

#[tokio::test]
async fn each_is_answered_in_time_by_the_interface_and_the_page() {
    let platform = TestPlatform::open(2).await;
    for (name, bytes) in files() {
        let answer = in_time(name, async || by_api(&platform, bytes.clone()).await).await;
        match answer.status {
            StatusCode::OK => assert_eq!(answer.json()["verdict"], "not_a_certificate", "{name}"),
            status => assert_eq!((status.as_u16(), answer.code().as_str()), (413, "too_large"), "{name}"),
        }
        let answer = in_time(name, async || by_page(&platform, &bytes).await).await;
        assert!(matches!(answer.status.as_u16(), 200 | 413), "{name}: {}", answer.status);
        assert!(!answer.text().contains("notice--ok"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_them_leaves_room_for_signing_and_for_honest_files() {
    let platform = std::sync::Arc::new(TestPlatform::open(3).await);
    let pledge = platform.sign(&platform.people[0]).await.pledge;
    let honest = platform.get(&format!("/c/{}.pdf", pledge.id)).await.body.to_vec();
    let mut crowd = tokio::task::JoinSet::new();
    for (_, bytes) in files().into_iter().cycle().take(36) {
        let platform = platform.clone();
        crowd.spawn(async move { by_api(&platform, bytes).await });
    }
    let asked = Instant::now();
    platform.sign(&platform.people[1]).await;
    assert!(asked.elapsed() < EXAMINE_TIME_MAX + SLACK, "signing waited {:?}", asked.elapsed());
    for answer in crowd.join_all().await {
        match answer.status {
            StatusCode::OK => assert_eq!(answer.json()["verdict"], "not_a_certificate"),
            StatusCode::SERVICE_UNAVAILABLE => {
                assert_eq!(answer.code(), "busy");
                assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
            }
            status => assert_eq!((status.as_u16(), answer.code().as_str()), (413, "too_large")),
        }
    }
    // Who was told to come back does, and what was given up has ended by then.
    for _ in 0..TRIES_MAX {
        let answer = by_api(&platform, honest.clone()).await;
        if answer.status == StatusCode::OK {
            assert_eq!(answer.json()["verdict"], "valid");
            return;
        }
        assert!(matches!(answer.status.as_u16(), 413 | 503), "{}", answer.status);
    }
    panic!("there never was a place for an honest file");
}

#[tokio::test]
async fn the_command_line_gives_each_up_in_time() {
    let platform = TestPlatform::open(2).await;
    let trust = platform.folder().join("jwks.json");
    std::fs::write(&trust, platform.get("/.well-known/jwks.json").await.body).unwrap();
    for (name, bytes) in files() {
        let path = platform.folder().join("file.pdf");
        std::fs::write(&path, bytes).unwrap();
        let asked = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
        let ended = command.arg("verify").arg(&path).arg("--trust").arg(&trust).output().unwrap();
        assert!(asked.elapsed() < EXAMINE_TIME_MAX + SLACK, "{name} took {:?}", asked.elapsed());
        // Not valid, or given up.
        assert!(matches!(ended.status.code(), Some(1 | 4)), "{name}: {:?}", ended.status);
        assert!(!String::from_utf8(ended.stderr).unwrap().contains("panicked"), "{name}");
    }
}

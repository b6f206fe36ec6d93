//! The parsers of signed notes, verifier keys and checkpoints.

use super::FuzzBody;
use data_encoding::BASE64;
use ikrar::tlog::checkpoint::Checkpoint;
use ikrar::tlog::note::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, Note, VerifierKey, valid_key_name};
use std::sync::LazyLock;

pub const NOTE: FuzzBody = FuzzBody {
    name: "note",
    input_bytes_max: 4 * 1024,
    run,
    seeds,
    dictionary: &[
        "\n\n\u{2014} ",
        "\u{2014} ",
        "\n",
        "+",
        "=",
        "AAAAAAA=",
        "18446744073709551615",
        "\u{2028}",
        "\u{85}",
    ],
};

static VECTOR: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../tests/vectors/checkpoint.json")).unwrap());
static VERIFIER: LazyLock<VerifierKey> =
    LazyLock::new(|| VerifierKey::parse(VECTOR["vkey"].as_str().unwrap()).unwrap());

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(note) = Note::parse(text) {
        note_holds(&note, text);
    }
    if let Some(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text);
        assert!(valid_key_name(key.name()));
    }
    if let Some(checkpoint) = Checkpoint::parse(text) {
        checkpoint_holds(&checkpoint, text);
    }
}

fn note_holds(note: &Note, text: &str) {
    assert!(text.len() <= NOTE_BYTES_MAX && (1..=NOTE_SIGNATURES_MAX).contains(&note.signatures.len()));
    let lines = note.signatures.iter().map(|signature| {
        assert!(valid_key_name(&signature.name));
        format!("\u{2014} {} {}\n", signature.name, BASE64.encode(&[&signature.key_id[..], &signature.bytes].concat()))
    });
    assert_eq!(format!("{}\n{}", note.text, lines.collect::<String>()), text, "a note is written in one way");
    if let Ok(held) = note.verify(std::slice::from_ref(&VERIFIER)) {
        assert_eq!(held, [&*VERIFIER]);
        assert!(VECTOR["note"].as_str().unwrap().starts_with(&note.text), "a text that the key never signed");
    }
    if let Some(checkpoint) = Checkpoint::parse(&note.text) {
        checkpoint_holds(&checkpoint, &note.text);
    }
}

/// Everything but extensions is written back unchanged.
fn checkpoint_holds(checkpoint: &Checkpoint, text: &str) {
    let body = checkpoint.body();
    assert!(text.starts_with(&body));
    assert!(text[body.len()..].split_inclusive('\n').all(|line| line.len() > 1 && line.ends_with('\n')));
    assert_eq!(Checkpoint::parse(&body).as_ref(), Some(checkpoint));
}

fn seeds() -> Vec<Vec<u8>> {
    let (note, key) = (VECTOR["note"].as_str().unwrap(), VECTOR["vkey"].as_str().unwrap());
    let other = "\u{2014} witness.example AAAAAAAA\n";
    [
        note,
        key,
        &format!("{note}{other}"),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nextension\n",
        "one\n\ntwo\n\n\u{2014} a AAAAAAA=\n\u{2014} b AAAAAAAA\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

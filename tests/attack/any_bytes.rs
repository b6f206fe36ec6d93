//! Any bytes for everything that reads a stranger's: the bodies of the fuzz targets, on a fixed number of mutations of
//! their seeds, and on every input that once found something.

#[path = "../../fuzz/bodies/mod.rs"]
mod bodies;

use bodies::FuzzBody;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Inputs for each body: a few seconds of all together.
const MUTATIONS: usize = 2_000;
const CHANGES_MAX: usize = 6;
const PIECE_BYTES_MAX: usize = 40;

/// Inputs that once found something, by the name of the body.
fn found(body: &FuzzBody) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attack/found").join(body.name);
    let Ok(entries) = fs::read_dir(folder) else { return vec![] };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[track_caller]
fn holds(body: &FuzzBody, input: &[u8], what: &str) {
    let held = catch_unwind(|| (body.run)(input));
    assert!(held.is_ok(), "{}: {what}: {}", body.name, input.escape_ascii());
}

/// A seed with some of it changed, cut out, doubled, replaced by a word of the format or by a piece of another seed.
fn mutated(seeds: &[Vec<u8>], words: &[&str], random: &mut StdRng) -> Vec<u8> {
    let any = |seeds: &[Vec<u8>], random: &mut StdRng| seeds[random.random_range(0..seeds.len())].clone();
    let piece = |bytes: &[u8], random: &mut StdRng| {
        let from = random.random_range(0..=bytes.len());
        let to = (from + random.random_range(0..=PIECE_BYTES_MAX)).min(bytes.len());
        (from, to)
    };
    let mut bytes = any(seeds, random);
    for _ in 0..random.random_range(1..=CHANGES_MAX) {
        let (from, to) = piece(&bytes, random);
        match random.random_range(0..6) {
            0 => bytes.iter_mut().skip(from).take(1).for_each(|byte| *byte ^= 1 << random.random_range(0..8)),
            1 => bytes.iter_mut().skip(from).take(1).for_each(|byte| *byte = random.random()),
            2 => drop(bytes.drain(from..to)),
            3 => {
                let doubled = bytes[from..to].to_vec();
                drop(bytes.splice(from..from, doubled));
            }
            4 => {
                let word = words[random.random_range(0..words.len())].bytes();
                let replaced = if random.random() { from } else { to };
                drop(bytes.splice(from..replaced, word));
            }
            _ => {
                let other = any(seeds, random);
                let (begin, end) = piece(&other, random);
                drop(bytes.splice(from..to, other[begin..end].to_vec()));
            }
        }
    }
    bytes
}

/// The same inputs each time: what fails here fails again.
#[track_caller]
fn any_bytes(body: &FuzzBody) {
    let seeds = (body.seeds)();
    seeds.iter().for_each(|seed| holds(body, seed, "a seed"));
    let mut random = StdRng::seed_from_u64(20_270_131);
    for number in 0..MUTATIONS {
        let mut input = mutated(&seeds, body.dictionary, &mut random);
        input.truncate(body.input_bytes_max);
        holds(body, &input, &format!("mutation {number}"));
    }
}

#[test]
fn what_once_found_something_finds_nothing_any_more() {
    for body in bodies::BODIES {
        for path in found(body) {
            holds(body, &fs::read(&path).unwrap(), &path.file_name().unwrap().to_string_lossy());
        }
    }
}

#[test]
fn any_pdf_is_read_or_refused() {
    any_bytes(&bodies::PDF);
}

#[test]
fn any_bytes_behind_a_sealed_certificate_are_told_apart_from_it() {
    any_bytes(&bodies::SEALED);
}

#[test]
fn any_workbook_is_read_or_refused_and_can_be_annotated() {
    any_bytes(&bodies::ROSTER_XLSX);
}

#[test]
fn any_text_file_is_read_or_refused_and_can_be_annotated() {
    any_bytes(&bodies::ROSTER_CSV);
}

#[test]
fn a_credential_is_written_in_one_way_and_shown_whatever_it_says() {
    any_bytes(&bodies::CREDENTIAL);
}

#[test]
fn a_qr_text_is_written_in_one_way() {
    any_bytes(&bodies::QR_TEXT);
}

#[test]
fn notes_and_checkpoints_are_written_in_one_way() {
    any_bytes(&bodies::NOTE);
}

#[test]
fn a_claim_in_front_of_a_forwarded_address_changes_nothing() {
    any_bytes(&bodies::FORWARDED_FOR);
}

#[test]
fn a_session_token_opens_exactly_where_it_was_issued() {
    any_bytes(&bodies::SESSION);
}

//! A name with its titles, where the cell of the name may hold some of them already.
//!
//! Titles are compared without dots, spaces and case. `Dr.` and `dr.` are two titles, which one person may have.

use crate::domain::participant::shown_name;

/// The shown name. A title of a title column that the name holds is left out, and empty places between commas, too.
pub fn with_titles(front: &str, name: &str, back: &str) -> String {
    let name = without_repeated_titles(name);
    shown_name(&missing_front(front, &name), &name, &missing_back(back, &name))
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `Dr.H.` as `Dr.` and `H.`
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().flat_map(|word| word.split_inclusive('.')).filter(|piece| *piece != ".")
}

fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_matches('.'), other.trim_matches('.'));
    one.to_lowercase() == other.to_lowercase() && !matches!((one, other), ("Dr", "dr") | ("dr", "Dr"))
}

/// The front titles that don't stand at the beginning of the name.
fn missing_front(front: &str, name: &str) -> String {
    if front.is_empty() {
        return String::new();
    }
    let mut left: Vec<&str> = pieces(front).collect();
    let count = left.len();
    let words = name.split_whitespace().count();
    // The last word is the name itself.
    for word in name.split_whitespace().take(words.saturating_sub(1)) {
        if !word.ends_with('.') && !left.iter().any(|title| is_same(title, word)) {
            break;
        }
        for piece in pieces(word) {
            if let Some(at) = left.iter().rposition(|title| is_same(title, piece)) {
                left.remove(at);
            }
        }
    }
    if left.len() == count { front.to_owned() } else { left.join(" ") }
}

/// The back titles that the name doesn't have, each once.
fn missing_back(back: &str, name: &str) -> String {
    if back.is_empty() {
        return String::new();
    }
    let mut has: Vec<String> = match name.split_once(',') {
        Some((_, titles)) => titles.split([',', ' ']).map(bare).filter(|word| !word.is_empty()).collect(),
        None => {
            let words: Vec<&str> = name.split_whitespace().skip(1).collect();
            let titles = words.iter().rev().take_while(|word| word.contains('.')).count();
            words[words.len() - titles..].iter().map(|word| bare(word)).collect()
        }
    };
    let (mut missing, mut is_whole) = (vec![], true);
    for title in back.split(',').map(str::trim) {
        let wanted = bare(title);
        if wanted.is_empty() || holds(&has, &wanted) {
            is_whole = false;
        } else {
            has.extend(title.split_whitespace().map(bare));
            missing.push(title);
        }
    }
    if is_whole { back.to_owned() } else { missing.join(", ") }
}

/// Whether words in a row make this title, as `S.` and `E.` make `S.E.`
fn holds(words: &[String], title: &str) -> bool {
    (0..words.len()).any(|from| {
        let mut rest = title;
        for word in &words[from..] {
            match rest.strip_prefix(word.as_str()) {
                Some("") => return true,
                Some(after) => rest = after,
                None => return false,
            }
        }
        false
    })
}

/// The name without empty places between commas, and without a title that stands twice behind it.
fn without_repeated_titles(name: &str) -> String {
    if !name.contains(',') {
        return name.to_owned();
    }
    let mut kept: Vec<&str> = vec![];
    let mut is_whole = true;
    for part in name.split(',').map(str::trim) {
        let of = bare(part);
        if part.is_empty() || (of.chars().count() > 1 && kept.iter().skip(1).any(|title| bare(title) == of)) {
            is_whole = false;
        } else {
            kept.push(part);
        }
    }
    if is_whole { name.to_owned() } else { kept.join(", ") }
}

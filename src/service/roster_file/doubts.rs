//! What makes a person doubtful without being a fault: a second number, and a legal standing that ends service.

use super::field::Field;
use super::row_values::RowValues;
use crate::domain::identifier::Identifier;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Bytes that a remembered person takes in memory, with the unused capacity of the hash table.
pub const PERSON_BYTES: usize = 40;

/// Beginnings of a *kedudukan hukum* of which nobody signs.
const NOT_SERVING: &str = "meninggal|wafat|almarhum|pensiun|diberhentikan|berhenti|pemberhentian|mencapai bup|tidak aktif|\
    non aktif|nonaktif|hilang|pindah instansi|mutasi keluar|bup|pegawai dinyatakan hilang";

/// Civil servants of a file by birth date and name, with the kind of number.
#[derive(Default)]
pub struct TwoNumbers {
    kinds: HashMap<u64, u8>,
}

impl TwoNumbers {
    /// Remembers a person with a NIP or NI PPPK. Returns whether the name and birth date came before with the other
    /// kind of number.
    pub fn meets(&mut self, identifier: &Identifier, values: &RowValues<'_>) -> bool {
        let Some(birth) = identifier.digits().get(..8).filter(|_| identifier.issuer().is_empty()) else { return false };
        let mut hasher = DefaultHasher::new();
        birth.hash(&mut hasher);
        let name = values.shown_in(Field::Name);
        let bare = name.split(',').next().unwrap_or_default();
        for word in bare.split_whitespace().filter(|word| !word.ends_with('.')) {
            word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).for_each(|c| c.hash(&mut hasher));
        }
        *self.kinds.entry(hasher.finish()).or_insert(identifier.kind()) != identifier.kind()
    }
}

/// The legal standing of a person, if it is one that ends service.
pub fn ended_service(values: &RowValues<'_>) -> Option<String> {
    if !values.is_filled(Field::LegalStanding) {
        return None;
    }
    let standing = values.text(Field::LegalStanding);
    let folded = standing.to_lowercase();
    NOT_SERVING.split('|').any(|beginning| folded.starts_with(beginning)).then(|| standing.into_owned())
}

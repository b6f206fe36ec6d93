//! One digest over the parts of a locked roster that neither a log nor a credential covers: names of people who haven't
//! signed, units, locations, ranks, positions and kinds of employment.
use super::participant::Participant;
use super::unit::Unit;
use sha2::{Digest, Sha256};

const PERSON: &[u8] = b"ikrar/roster-person/v1\0";
const EMPLOYED: &[u8] = b"ikrar/roster-person/v2\0";
const UNIT: &[u8] = b"ikrar/roster-unit/v1\0";
const ROSTER: &[u8] = b"ikrar/roster-rows/v1\0";

/// Takes rows in any order and keeps 32 bytes of each.
#[derive(Default)]
pub struct RosterDigest(Vec<[u8; 32]>);

impl RosterDigest {
    /// Adds a person's row: SHA-256 over (numbers big-endian) `ikrar/roster-person/v1` and a zero byte ‖ id 16 ‖ name ‖
    /// institution ‖ unit ‖ location ‖ rank ‖ position. A text is its length in bytes, u64, and its UTF-8 bytes; a unit
    /// is 1 byte, 0 where there is none and else 1 and its number u32. If the kind of employment is filled in, the row
    /// begins with `ikrar/roster-person/v2` instead and ends with the kind's code, 1 byte; so rows from before kinds
    /// were kept have the hash that they had.
    pub fn person(&mut self, person: &Participant) {
        let mut row = Sha256::new_with_prefix(if person.employment.is_some() { EMPLOYED } else { PERSON });
        row.update(person.id.as_bytes());
        text(&mut row, &person.shown_name);
        text(&mut row, &person.institution);
        number(&mut row, person.unit);
        for words in [&person.location, &person.rank, &person.position] {
            text(&mut row, words);
        }
        if let Some(kind) = person.employment {
            row.update([kind.code()]);
        }
        self.0.push(row.finalize().into());
    }

    /// Adds a unit's row, encoded as in [`Self::person`]: `ikrar/roster-unit/v1` and a zero byte ‖ institution ‖ number
    /// u32 ‖ unit above it ‖ name.
    pub fn unit(&mut self, unit: &Unit) {
        let mut row = Sha256::new_with_prefix(UNIT);
        text(&mut row, &unit.institution);
        row.update(unit.id.to_be_bytes());
        number(&mut row, unit.parent);
        text(&mut row, &unit.name);
        self.0.push(row.finalize().into());
    }

    /// SHA-256 over `ikrar/roster-rows/v1` and a zero byte ‖ the hash of each row, sorted by their bytes: databases
    /// list rows in different orders.
    pub fn finish(mut self) -> [u8; 32] {
        self.0.sort_unstable();
        let mut all = Sha256::new_with_prefix(ROSTER);
        self.0.iter().for_each(|row| all.update(row));
        all.finalize().into()
    }
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

fn number(hash: &mut Sha256, number: Option<u32>) {
    match number {
        None => hash.update([0]),
        Some(number) => {
            hash.update([1]);
            hash.update(number.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::employment::EmploymentKind;
    use crate::domain::identifier::Identifier;
    use crate::domain::ids::ParticipantId;
    use data_encoding::HEXLOWER;

    fn digest(employment: Option<EmploymentKind>) -> String {
        let mut digest = RosterDigest::default();
        digest.person(&Participant {
            id: ParticipantId([7; 16]),
            identifier: Identifier::Nip("197001011995031001".into()),
            shown_name: "Siti Aminah".into(),
            institution: "16".into(),
            unit: Some(3),
            location: "Palembang".into(),
            rank: "III/a".into(),
            position: "Guru".into(),
            employment,
        });
        HEXLOWER.encode(&digest.finish())
    }

    /// A roster that was locked before kinds were kept is compared with the digest of that time.
    #[test]
    fn a_row_without_a_kind_has_the_hash_that_it_had_before_there_were_kinds() {
        assert_eq!(digest(None), "92cab7b392ee9169852c11b466f0f0678f4f81e60fc8420828e2128da0839283");
        let mut kinds: Vec<String> = EmploymentKind::ALL.map(|kind| digest(Some(kind))).to_vec();
        kinds.push(digest(None));
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), EmploymentKind::ALL.len() + 1, "each kind has a digest of its own");
    }
}

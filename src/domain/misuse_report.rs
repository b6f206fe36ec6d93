//! Reports "that wasn't me": the number under which a person asks for a report's state, and what they are told.

use super::ids::{CROCKFORD, check_value, checked_values};
use crate::every_variant::every_variant;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use std::fmt;

/// 16 random bytes, or what is derived from the form that was sent; see `Keyring::report_id`.
pub type ReportId = [u8; 16];

/// 16 bytes that all reports of one campaign share that claim the same person's number; see `Keyring::claim_mark`. It
/// differs from the participant id, which the roster's rows have, so that a copy of the database doesn't say whom a
/// report concerns.
pub type ClaimMark = [u8; 16];

/// Separates the names of reports in the audit trail from other hashes.
const TRAIL_NAME_LABEL: &[u8] = b"ikrar/report-in-trail/v1\0";

/// A report's name in the audit trail, base64url: the id's hash, so that whoever reads the trail learns no report's
/// number.
pub fn trail_name(id: &ReportId) -> String {
    let hash = Sha256::new().chain_update(TRAIL_NAME_LABEL).chain_update(id).finalize();
    BASE64URL_NOPAD.encode(&hash[..16])
}

/// Bits of a report's id in its number.
const NUMBER_BITS: u32 = 55;
/// Characters of a number before its check character, five bits each.
const NUMBER_VALUES: usize = 11;
/// Characters between two hyphens. Groups of three are read out most easily, and no code, serial number or request id
/// is written in them.
const GROUP_CHARS: usize = 3;

/// A report's number: the first 55 bits of its id as 11 Crockford characters and a check character, shown
/// `XXX-XXX-XXX-XXX`.
///
/// It opens nothing but the state of the report. Of ten thousand reports, 2^41 guesses find one; the throttle on
/// look-ups makes that centuries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReportNumber([u8; NUMBER_VALUES]);

impl ReportNumber {
    /// The number of a report.
    pub fn of(id: &ReportId) -> Self {
        let bits = u128::from_be_bytes(*id) >> (128 - NUMBER_BITS);
        let mut values = [0; NUMBER_VALUES];
        for (place, value) in values.iter_mut().enumerate() {
            *value = u8::try_from((bits >> (5 * (NUMBER_VALUES - 1 - place))) & 31).expect("five bits fit a byte");
        }
        Self(values)
    }

    /// Reads a typed number: ignores case, spaces and hyphens, forgives O, I and L. `None` when the length or the check
    /// character is wrong.
    pub fn parse(typed: &str) -> Option<Self> {
        checked_values(typed).map(Self)
    }

    /// The lowest and the highest id with this number.
    pub fn range(&self) -> (ReportId, ReportId) {
        let bits = self.0.iter().fold(0u128, |bits, &value| (bits << 5) | u128::from(value));
        let low = bits << (128 - NUMBER_BITS);
        (low.to_be_bytes(), (low | ((1u128 << (128 - NUMBER_BITS)) - 1)).to_be_bytes())
    }
}

impl fmt::Display for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = [check_value(&self.0)];
        for (place, &value) in self.0.iter().chain(&check).enumerate() {
            if place > 0 && place.is_multiple_of(GROUP_CHARS) {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(CROCKFORD[usize::from(value)]))?;
        }
        Ok(())
    }
}

/// Hidden: who reads it in a log could ask for the report's state.
impl fmt::Debug for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReportNumber(…)")
    }
}

/// What whoever holds a report's number reads of its result. Nobody knows who holds it, so it is one of a few fixed
/// sentences, and none of them says anything about a person that the help desk hasn't chosen to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOutcome {
    /// The result was told to the person, or will be asked for at the help desk.
    AskHelpDesk,
    /// The pledge was revoked, and the person can sign.
    Revoked,
    /// The help desk told the person what it found.
    Told,
    /// The report couldn't be confirmed: nobody could be reached, or it wasn't as reported.
    Unconfirmed,
}

impl ReportOutcome {
    /// Every outcome, in the order in which the help desk chooses.
    pub const ALL: [Self; 4] = every_variant!(ReportOutcome: AskHelpDesk, Revoked, Told, Unconfirmed);

    /// As stored, from 1.
    pub fn code(self) -> u8 {
        match self {
            Self::AskHelpDesk => 1,
            Self::Revoked => 2,
            Self::Told => 3,
            Self::Unconfirmed => 4,
        }
    }

    /// Of a stored code. What isn't known here, such as the missing one of an older report, is
    /// [`Self::AskHelpDesk`].
    pub fn from_code(code: i64) -> Self {
        Self::ALL.into_iter().find(|outcome| i64::from(outcome.code()) == code).unwrap_or(Self::AskHelpDesk)
    }

    /// As forms, messages and the audit trail have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AskHelpDesk => "ask",
            Self::Revoked => "revoked",
            Self::Told => "told",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    /// Of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_report_s_name_in_the_trail_is_its_own_and_has_nothing_of_its_number() {
        let decoded = |id: &ReportId| ReportId::try_from(BASE64URL_NOPAD.decode(trail_name(id).as_bytes()).unwrap());
        let (one, other) = ([1; 16], [2; 16]);
        assert_eq!(trail_name(&one), trail_name(&one));
        assert_ne!(trail_name(&one), trail_name(&other));
        assert_ne!(ReportNumber::of(&decoded(&one).unwrap()), ReportNumber::of(&one));
    }

    proptest! {
        #[test]
        fn a_number_reads_back_and_its_range_holds_the_report(id: [u8; 16]) {
            let number = ReportNumber::of(&id);
            prop_assert_eq!(number.to_string().len(), 15);
            prop_assert_eq!(ReportNumber::parse(&number.to_string().to_lowercase().replace('-', " ")), Some(number));
            let (low, high) = number.range();
            prop_assert!(low <= id && id <= high);
            prop_assert_eq!((ReportNumber::of(&low), ReportNumber::of(&high)), (number, number));
        }

        #[test]
        fn one_wrong_character_of_a_number_is_noticed(id: [u8; 16], place in 0usize..11, shift in 1u8..32) {
            let number = ReportNumber::of(&id);
            let mut wrong = number;
            wrong.0[place] = (wrong.0[place] + shift) % 32;
            prop_assert_ne!(check_value(&wrong.0), check_value(&number.0));
        }
    }

    #[test]
    fn an_outcome_is_stored_and_named_by_itself_and_an_older_report_has_the_first() {
        for outcome in ReportOutcome::ALL {
            assert_eq!(ReportOutcome::from_code(i64::from(outcome.code())), outcome);
            assert_eq!(ReportOutcome::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!(ReportOutcome::from_code(0), ReportOutcome::AskHelpDesk);
        assert_eq!(ReportOutcome::parse("lain"), None);
        assert_eq!(format!("{:?}", ReportNumber::of(&[7; 16])), "ReportNumber(…)");
    }
}

//! The numbers that identify people: NIP, NI PPPK, and participant numbers with their issuing institution.
//!
//! Neither national number has a check digit, so only structure can be checked.

use super::characters::{only_formats, turns_direction};
use jiff::civil::Date;

/// Longest issuing institution code, in characters.
pub const ISSUER_CHARS_MAX: usize = 16;
/// Longest participant number after the issuer, in characters.
pub const NUMBER_CHARS_MAX: usize = 32;

/// A person's number. `Debug` isn't derived: numbers must not reach a log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Identifier {
    /// A civil servant's number: birth `YYYYMMDD`, appointment `YYYYMM`, sex 1 or 2, serial 001-999.
    Nip(String),
    /// A contract civil servant's number: birth `YYYYMMDD`, year `YYYY`, contract code from 21 up, sex, serial.
    NiPppk(String),
    /// A number given by an institution to staff who have neither, written `ISSUER-NUMBER`.
    Number {
        /// The institution's code, in upper case.
        issuer: String,
        /// The number without its issuer, in upper case.
        number: String,
    },
}

/// Why a text isn't an identifier. Each needs a different correction by the signer or the roster's keeper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierFault {
    /// Nothing was typed.
    #[error("empty")]
    Empty,
    /// All digits, but not 18 of them.
    #[error("a NIP or NI PPPK has 18 digits")]
    Length,
    /// The first eight digits aren't a date.
    #[error("the birth date within the number doesn't exist")]
    BirthDate,
    /// Digits 9-14 are neither a month of appointment nor a year and contract code.
    #[error("the appointment month or contract code within the number doesn't exist")]
    Appointment,
    /// The sex digit is neither 1 nor 2.
    #[error("the sex digit within the number is neither 1 nor 2")]
    Sex,
    /// The serial is 000: a spreadsheet has rounded the number.
    #[error("the serial within the number is 000, as a spreadsheet leaves it when it keeps only 15 digits")]
    SerialZero,
    /// Neither a national number nor `ISSUER-NUMBER`.
    #[error("neither 18 digits nor a participant number of the form ISSUER-NUMBER")]
    Form,
}

impl Identifier {
    /// Reads what a person typed or a roster holds. Ignores white space of every kind, a leading apostrophe, dots and
    /// hyphens within an 18-digit number, and case within a participant number; also invisible characters, which pages
    /// and chats add around a number that is copied.
    pub fn parse(typed: &str) -> Result<Self, IdentifierFault> {
        let bare: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '\u{2018}' | '\u{2019}'))
            .filter(|c| !only_formats(*c) && !turns_direction(*c))
            .collect();
        if bare.is_empty() {
            return Err(IdentifierFault::Empty);
        }
        let digits: String = bare.chars().filter(|c| !matches!(c, '.' | '-' | '/')).collect();
        if digits.len() == 18 && digits.bytes().all(|b| b.is_ascii_digit()) {
            return national(digits).or_else(|fault| with_issuer(&bare).ok_or(fault));
        }
        match bare.split_once('-') {
            Some((issuer, number)) => Self::number(issuer, number),
            None if bare.bytes().all(|b| b.is_ascii_digit()) => Err(IdentifierFault::Length),
            None => Err(IdentifierFault::Form),
        }
    }

    /// A participant number. The issuer is an institution code (letters, digits, dots); the number holds letters,
    /// digits, dots, slashes and hyphens. Both are kept in upper case.
    pub fn number(issuer: &str, number: &str) -> Result<Self, IdentifierFault> {
        let issuer = issuer.to_ascii_uppercase();
        let number = number.to_ascii_uppercase();
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'.';
        let good = !issuer.is_empty()
            && !number.is_empty()
            && issuer.len() <= ISSUER_CHARS_MAX
            && number.len() <= NUMBER_CHARS_MAX
            && issuer.bytes().all(plain)
            && number.bytes().all(|c| plain(c) || matches!(c, b'/' | b'-'));
        if good { Ok(Self::Number { issuer, number }) } else { Err(IdentifierFault::Form) }
    }

    /// The kind as one byte, as it enters the participant id: 1 NIP, 2 NI PPPK, 3 participant number.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Nip(_) => 1,
            Self::NiPppk(_) => 2,
            Self::Number { .. } => 3,
        }
    }

    /// The issuing institution's code; empty for the national numbers.
    pub fn issuer(&self) -> &str {
        match self {
            Self::Nip(_) | Self::NiPppk(_) => "",
            Self::Number { issuer, .. } => issuer,
        }
    }

    /// The number without its issuer.
    pub fn digits(&self) -> &str {
        match self {
            Self::Nip(number) | Self::NiPppk(number) | Self::Number { number, .. } => number,
        }
    }

    /// As printed on a slip and typed at sign-in.
    pub fn shown(&self) -> String {
        match self {
            Self::Nip(number) | Self::NiPppk(number) => number.clone(),
            Self::Number { issuer, number } => format!("{issuer}-{number}"),
        }
    }

    /// The last four characters of the number: all that is ever shown in public.
    pub fn last4(&self) -> String {
        let number = self.digits();
        let skip = number.chars().count().saturating_sub(4);
        number.chars().skip(skip).collect()
    }

    /// Builds an identifier from the stored kind byte, issuer and number.
    pub fn from_stored(kind: u8, issuer: String, number: String) -> Option<Self> {
        match kind {
            1 => Some(Self::Nip(number)),
            2 => Some(Self::NiPppk(number)),
            3 => Some(Self::Number { issuer, number }),
            _ => None,
        }
    }
}

/// Whether digits begin as a NIP or NI PPPK does: with the birth date of somebody who may be at work.
pub fn begins_with_a_birth_date(digits: &str) -> bool {
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<i16>().ok()).unwrap_or(-1);
    let two = |from: usize| i8::try_from(part(from, from + 2)).unwrap_or(-1);
    (1940..=2015).contains(&part(0, 4)) && Date::new(part(0, 4), two(4), two(6)).is_ok()
}

/// Only the kind: a number holds a birth date and stays out of logs.
impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifier(kind {}, …)", self.kind())
    }
}

/// A participant number that has 18 digits together with its issuer. Nobody separates a NIP before its eighth digit.
fn with_issuer(bare: &str) -> Option<Identifier> {
    let (issuer, number) = bare.split_once('-')?;
    let begins_with_a_date = issuer.len() >= 8 && issuer.bytes().take(8).all(|byte| byte.is_ascii_digit());
    if begins_with_a_date { None } else { Identifier::number(issuer, number).ok() }
}

fn national(digits: String) -> Result<Identifier, IdentifierFault> {
    let part = |from: usize, to: usize| digits[from..to].parse::<i16>().unwrap_or(-1);
    let two = |from: usize| i8::try_from(part(from, from + 2)).unwrap_or(-1);
    let birth = Date::new(part(0, 4), two(4), two(6)).map_err(|_| IdentifierFault::BirthDate)?;
    if !(1920..=2100).contains(&birth.year()) {
        return Err(IdentifierFault::BirthDate);
    }
    let year = part(8, 12);
    if !(birth.year()..=2100).contains(&year) {
        return Err(IdentifierFault::Appointment);
    }
    if !matches!(digits.as_bytes()[14], b'1' | b'2') {
        return Err(IdentifierFault::Sex);
    }
    if &digits[15..] == "000" {
        return Err(IdentifierFault::SerialZero);
    }
    match two(12) {
        1..=12 => Ok(Identifier::Nip(digits)),
        21..=99 => Ok(Identifier::NiPppk(digits)),
        _ => Err(IdentifierFault::Appointment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("197001011995031001", 1)]
    #[case(" '1970 0101 199503 1 001 ", 1)]
    #[case("19700101.199503.1.001", 1)]
    #[case("\u{202A}1970\u{AD}0101\u{200B}1995\u{2060}03\u{FEFF}1\u{200D}001\u{202C}\u{2069}\u{200E}", 1)]
    #[case("16.71\u{AD}-\u{2066}000123\u{2069}", 3)]
    #[case("198802292022211003", 2)]
    #[case("16.71-000123", 3)]
    #[case("dinkes-thl/0042", 3)]
    #[case("16.71-00000000000123", 3)]
    #[case("16.71.01.2001-00000012", 3)]
    fn reads_what_people_write(#[case] typed: &str, #[case] kind: u8) {
        assert_eq!(Identifier::parse(typed).unwrap().kind(), kind);
    }

    #[rstest]
    #[case("", IdentifierFault::Empty)]
    #[case("19700101199503100", IdentifierFault::Length)]
    #[case("1970010119950310011", IdentifierFault::Length)]
    #[case("197002301995031001", IdentifierFault::BirthDate)]
    #[case("198702292022211003", IdentifierFault::BirthDate)]
    #[case("197001011995131001", IdentifierFault::Appointment)]
    #[case("197001011995033001", IdentifierFault::Sex)]
    #[case("197001011995031000", IdentifierFault::SerialZero)]
    #[case("abcdefghijklmnopqr", IdentifierFault::Form)]
    #[case("19700230-199503-1-001", IdentifierFault::BirthDate)]
    fn refuses_with_the_reason(#[case] typed: &str, #[case] fault: IdentifierFault) {
        assert_eq!(Identifier::parse(typed), Err(fault));
    }

    #[test]
    fn only_the_last_four_are_shown() {
        assert_eq!(Identifier::parse("197001011995031001").unwrap().last4(), "1001");
        assert_eq!(Identifier::parse("16.71-42").unwrap().last4(), "42");
    }

    #[test]
    fn what_is_shown_reads_back() {
        for typed in ["197001011995031001", "16.71-THL/0042"] {
            let identifier = Identifier::parse(typed).unwrap();
            assert_eq!(Identifier::parse(&identifier.shown()), Ok(identifier));
        }
    }
}

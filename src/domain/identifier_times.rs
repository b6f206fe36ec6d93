//! The times within a NIP or NI PPPK that no civil servant can have.
//!
//! Only what is recorded anew is judged by them: whoever is on a roster signs in with the number as it is.

use super::identifier::Identifier;
use jiff::civil::Date;

/// Youngest age of appointment, in years.
const APPOINTED_AGE_MIN: i32 = 15;
/// Months that an appointment may lie ahead: candidates have their number before they begin.
const APPOINTED_AHEAD_MONTHS_MAX: i32 = 12;

/// What is impossible about a number's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpossibleTime {
    /// The birth date lies ahead.
    Birth,
    /// The appointment, or the year of the contract, lies more than a year ahead.
    AppointmentAhead,
    /// The appointment, or the contract, is before the 15th birthday.
    AppointmentTooYoung,
}

/// The first impossible time in a national number. Without `today`, only the times within the number are compared.
pub fn impossible_time(identifier: &Identifier, today: Option<Date>) -> Option<ImpossibleTime> {
    let digits = identifier.digits();
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<i32>().ok());
    let months = |year: i32, month: i32| year * 12 + month - 1;
    let born = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    // The contract code of an NI PPPK stands in place of a month: the contract may begin in any of the year.
    let (first, last) = match identifier {
        Identifier::Nip(_) => (months(part(8, 12)?, part(12, 14)?), months(part(8, 12)?, part(12, 14)?)),
        Identifier::NiPppk(_) => (months(part(8, 12)?, 1), months(part(8, 12)?, 12)),
        Identifier::Number { .. } => return None,
    };
    if let Some(today) = today {
        let (year, month, day) = (i32::from(today.year()), i32::from(today.month()), i32::from(today.day()));
        if born > (year, month, day) {
            return Some(ImpossibleTime::Birth);
        }
        if first > months(year, month) + APPOINTED_AHEAD_MONTHS_MAX {
            return Some(ImpossibleTime::AppointmentAhead);
        }
    }
    (last < months(born.0 + APPOINTED_AGE_MIN, born.1)).then_some(ImpossibleTime::AppointmentTooYoung)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("198001012005012001", None)]
    #[case("196003011975031001", None)]
    #[case("200301012027061001", None)]
    #[case("200501012027211003", None)]
    #[case("209001012099012001", Some(ImpossibleTime::Birth))]
    #[case("202701022027011001", Some(ImpossibleTime::Birth))]
    #[case("198001012099012001", Some(ImpossibleTime::AppointmentAhead))]
    #[case("198001012028021001", Some(ImpossibleTime::AppointmentAhead))]
    #[case("198001012029211001", Some(ImpossibleTime::AppointmentAhead))]
    #[case("198001011980012001", Some(ImpossibleTime::AppointmentTooYoung))]
    #[case("198001011994122001", Some(ImpossibleTime::AppointmentTooYoung))]
    #[case("198001011994212001", Some(ImpossibleTime::AppointmentTooYoung))]
    fn times_that_nobody_can_have_are_named(#[case] number: &str, #[case] found: Option<ImpossibleTime>) {
        let number = Identifier::parse(number).unwrap();
        assert_eq!(impossible_time(&number, Some(jiff::civil::date(2027, 1, 1))), found);
    }
}

//! A duration as an argument: `90s`, `5m`, `1h`; a bare number is seconds.

use std::time::Duration;

/// The longest duration: a run's campaign closes automatically after two hours.
pub const SPAN_MAX: Duration = Duration::from_secs(3_600);

/// Parses a duration up to [`SPAN_MAX`].
pub fn parse(typed: &str) -> Result<Duration, String> {
    let unknown = || format!("{typed}: write 90s, 5m or 1h");
    let (digits, secs) = match typed.char_indices().last() {
        Some((end, 's')) => (&typed[..end], 1),
        Some((end, 'm')) => (&typed[..end], 60),
        Some((end, 'h')) => (&typed[..end], 3_600),
        _ => (typed, 1),
    };
    let number: u64 = digits.parse().map_err(|_| unknown())?;
    let span = number.checked_mul(secs).map(Duration::from_secs).ok_or_else(unknown)?;
    if span > SPAN_MAX { Err(format!("{typed}: at most 1h")) } else { Ok(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_minutes_and_hours_are_read_up_to_the_limit() {
        for (typed, secs) in [("90s", 90), ("5m", 300), ("1h", 3_600), ("45", 45), ("0", 0)] {
            assert_eq!(parse(typed), Ok(Duration::from_secs(secs)), "{typed}");
        }
        for wrong in ["", "s", "1.5m", "-1s", "5 m", "2h", "3601", "99999999999999999999s", "5000000000000000h"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! Instants as the ledger keeps them: milliseconds since the Unix epoch, UTC.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// RFC 3339 in UTC with exactly three decimals, `2027-01-31T02:15:00.123Z`.
    /// An instant outside the years 0-9999 is clamped to the nearest one that can be written.
    pub fn rfc3339(self) -> String {
        format!("{:.3}", self.timestamp())
    }

    /// Reads RFC 3339 with any offset; fractions of a millisecond are cut off.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let instant: Timestamp = text.trim().parse().ok()?;
        Some(Self(instant.as_millisecond()))
    }

    /// Later by this many seconds, saturating.
    pub fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// The same instant for formatting; one outside jiff's range becomes the nearest end of it.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

/// The three Indonesian time zones; none has daylight saving.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Zone {
    /// Western Indonesia, UTC+7.
    #[default]
    Wib,
    /// Central Indonesia, UTC+8.
    Wita,
    /// Eastern Indonesia, UTC+9.
    Wit,
}

impl Zone {
    /// Hours east of UTC.
    pub fn offset_hours(self) -> i8 {
        match self {
            Self::Wib => 7,
            Self::Wita => 8,
            Self::Wit => 9,
        }
    }

    /// `WIB`, `WITA` or `WIT`, as printed after a time.
    pub fn abbreviation(self) -> &'static str {
        match self {
            Self::Wib => "WIB",
            Self::Wita => "WITA",
            Self::Wit => "WIT",
        }
    }

    /// Reads what [`Self::abbreviation`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "WIB" => Some(Self::Wib),
            "WITA" => Some(Self::Wita),
            "WIT" => Some(Self::Wit),
            _ => None,
        }
    }

    fn tz(self) -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(self.offset_hours()))
    }

    /// The civil date and time of an instant in this zone.
    pub fn civil(self, at: UnixMillis) -> jiff::civil::DateTime {
        at.timestamp().to_zoned(self.tz()).datetime()
    }

    /// A form that sorts by time, for lists and the command line: `2023-12-27 09:15:00 WIB`.
    pub fn sortable(self, at: UnixMillis) -> String {
        format!("{} {}", self.civil(at).strftime("%Y-%m-%d %H:%M:%S"), self.abbreviation())
    }

    /// As Indonesian documents write it: `27 Desember 2023 pukul 09.15 WIB`.
    pub fn indonesian(self, at: UnixMillis) -> String {
        let civil = self.civil(at);
        let (hour, minute) = (civil.hour(), civil.minute());
        format!("{} pukul {hour:02}.{minute:02} {}", self.indonesian_date(at), self.abbreviation())
    }

    /// `27 Desember 2023`.
    pub fn indonesian_date(self, at: UnixMillis) -> String {
        let civil = self.civil(at);
        let month = usize::try_from(civil.month() - 1).expect("months begin at 1");
        format!("{} {} {}", civil.day(), INDONESIAN_MONTHS[month], civil.year())
    }

    /// The instant of a civil date and time in this zone, as an HTML `datetime-local` field
    /// (`2027-01-31T09:15`) gives it.
    pub fn instant(self, civil: &str) -> Option<UnixMillis> {
        let civil: jiff::civil::DateTime = civil.trim().parse().ok()?;
        let zoned = civil.to_zoned(self.tz()).ok()?;
        Some(UnixMillis(zoned.timestamp().as_millisecond()))
    }
}

/// The months' names, from January on.
pub const INDONESIAN_MONTHS: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_always_written() {
        assert_eq!(UnixMillis(0).rfc3339(), "1970-01-01T00:00:00.000Z");
        assert_eq!(UnixMillis(1_703_643_300_120).rfc3339(), "2023-12-27T02:15:00.120Z");
    }

    #[test]
    fn a_civil_time_and_its_instant_agree_in_every_zone() {
        for zone in [Zone::Wib, Zone::Wita, Zone::Wit] {
            let at = zone.instant("2023-12-27T09:15").unwrap();
            assert_eq!(zone.civil(at).to_string(), "2023-12-27T09:15:00");
        }
        assert_eq!(Zone::Wib.instant("2023-12-27T09:15").unwrap().rfc3339(), "2023-12-27T02:15:00.000Z");
    }

    #[test]
    fn dates_are_written_the_indonesian_way() {
        let at = UnixMillis::parse_rfc3339("2023-12-27T02:15:00Z").unwrap();
        assert_eq!(Zone::Wib.indonesian(at), "27 Desember 2023 pukul 09.15 WIB");
        assert_eq!(Zone::Wit.indonesian(at), "27 Desember 2023 pukul 11.15 WIT");
        let new_year = UnixMillis::parse_rfc3339("2026-12-31T17:05:00Z").unwrap();
        assert_eq!(Zone::Wib.indonesian(new_year), "1 Januari 2027 pukul 00.05 WIB");
    }
}

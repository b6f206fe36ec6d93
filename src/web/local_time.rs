//! Instants written for people, in the campaign's time zone.

use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::Localizer;

/// `27 Desember 2023 pukul 09.15 WIB`, `27 December 2023 at 09:15 WIB`.
pub fn moment(w: Localizer, zone: Zone, at: UnixMillis) -> String {
    written(w, zone, at, "when-moment")
}

/// With seconds, as on a receipt: `27 Des 2023, 09.15.42 WIB`.
pub fn exact(w: Localizer, zone: Zone, at: UnixMillis) -> String {
    written(w, zone, at, "when-exact")
}

/// `27 Desember 2023`
pub fn date(w: Localizer, zone: Zone, at: UnixMillis) -> String {
    written(w, zone, at, "when-date")
}

fn written(w: Localizer, zone: Zone, at: UnixMillis, key: &str) -> String {
    let civil = zone.civil(at);
    let month = w.t(&format!("when-month-{}", civil.month()));
    let short: String = month.chars().take(3).collect();
    w.with(
        key,
        &[
            ("day", &civil.day().to_string()),
            ("month", &month),
            ("short", &short),
            ("year", &civil.year().to_string()),
            ("hour", &format!("{:02}", civil.hour())),
            ("minute", &format!("{:02}", civil.minute())),
            ("second", &format!("{:02}", civil.second())),
            ("zone", zone.abbreviation()),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::i18n::check_built_keys;

    #[test]
    fn both_languages_write_the_same_instant() {
        let at = UnixMillis::parse_rfc3339("2023-12-27T02:15:42Z").unwrap();
        assert_eq!(moment(Localizer(Lang::Id), Zone::Wib, at), "27 Desember 2023 pukul 09.15 WIB");
        assert_eq!(moment(Localizer(Lang::En), Zone::Wit, at), "27 December 2023 at 11:15 WIT");
        assert_eq!(exact(Localizer(Lang::Id), Zone::Wita, at), "27 Des 2023, 10.15.42 WITA");
    }

    #[test]
    fn every_month_has_a_name() {
        check_built_keys("when-month-{}", (1..=12).map(|month| month.to_string()));
    }
}

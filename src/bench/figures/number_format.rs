//! Numbers as the language writes them.

use crate::i18n::{Lang, Localizer};

/// Rounded to a whole number, with thousands separators.
pub fn whole(value: f64, words: Localizer) -> String {
    // Printed and parsed, because a cast would truncate silently; NaN becomes 0.
    words.number(format!("{:.0}", value.max(0.0)).parse::<u64>().unwrap_or_default())
}

/// With `places` decimals after the language's decimal mark.
pub fn decimal(value: f64, places: usize, words: Localizer) -> String {
    let text = format!("{value:.places$}");
    match words.0 {
        Lang::Id => text.replace('.', ","),
        Lang::En => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_the_language_does() {
        assert_eq!(whole(18_075.4, Localizer(Lang::Id)), "18.075");
        assert_eq!(whole(18_075.6, Localizer(Lang::En)), "18,076");
        assert_eq!(decimal(0.8149, 2, Localizer(Lang::Id)), "0,81");
        assert_eq!(decimal(52.0, 1, Localizer(Lang::En)), "52.0");
        assert_eq!(whole(f64::NAN, Localizer(Lang::En)), "0");
    }
}

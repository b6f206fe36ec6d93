//! Formats fractions and percentages as the language writes them. For whole numbers see [`Localizer::number`].

use super::{Lang, Localizer};

impl Localizer {
    /// Rounded to a whole number, with thousands separators; NaN and negative values become 0.
    pub fn rounded(&self, value: f64) -> String {
        // Printed and parsed, because a cast would truncate silently.
        self.number(format!("{:.0}", value.max(0.0)).parse::<u64>().unwrap_or_default())
    }

    /// With `places` decimals after the language's decimal mark.
    pub fn decimal(&self, value: f64, places: usize) -> String {
        format!("{value:.places$}").replace('.', self.decimal_mark())
    }

    /// A share in percent, without the sign: one decimal, truncated and never rounded up, so `99,9` until all have
    /// signed and then `100` (test: a_percentage_is_never_rounded_up). `0,0` if `whole` is 0.
    pub fn percent(&self, part: u64, whole: u64) -> String {
        let tenths = (u128::from(part) * 1000).checked_div(u128::from(whole)).unwrap_or(0);
        if tenths >= 1000 {
            return "100".into();
        }
        format!("{}{}{}", tenths / 10, self.decimal_mark(), tenths % 10)
    }

    fn decimal_mark(&self) -> &'static str {
        match self.0 {
            Lang::Id => ",",
            Lang::En => ".",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_the_language_does() {
        let [id, en] = [Localizer(Lang::Id), Localizer(Lang::En)];
        assert_eq!(id.rounded(18_075.4), "18.075");
        assert_eq!(en.rounded(18_075.6), "18,076");
        assert_eq!(id.decimal(0.8149, 2), "0,81");
        assert_eq!(en.decimal(52.0, 1), "52.0");
        assert_eq!(en.rounded(f64::NAN), "0");
    }

    #[test]
    fn a_percentage_is_never_rounded_up() {
        let w = Localizer(Lang::Id);
        assert_eq!(w.percent(180_750, 180_751), "99,9");
        assert_eq!(w.percent(180_751, 180_751), "100");
        assert_eq!(w.percent(u64::MAX - 1, u64::MAX), "99,9");
        assert_eq!(w.percent(0, 0), "0,0");
        assert_eq!(Localizer(Lang::En).percent(1, 3), "33.3");
    }
}

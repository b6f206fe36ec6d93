//! The words for kinds of employment, which rosters, lists and tables share.

use super::Localizer;

impl Localizer {
    /// The word for the kind of employment of this name, as a roster that is imported may have it.
    pub fn employment(self, name: &str) -> String {
        self.t(&format!("employment-{name}"))
    }
}

#[cfg(test)]
mod tests {
    use crate::i18n::check_built_keys;

    /// The names of the kinds, and of those that aren't filled in (test: every_kind_of_employment_has_a_word).
    const NAMES: [&str; 9] =
        ["pns", "cpns", "pppk", "pppk-part-time", "non-asn", "village-head", "village-staff", "other", "unset"];

    #[test]
    fn every_name_has_a_word() {
        check_built_keys("employment-{}", NAMES);
    }
}

//! The language that an `Accept-Language` header asks for (RFC 9110, section 12.5.4).
//!
//! Tags are matched by fluent-langneg. Weights are handled here: the library uses only the order of the ranges, and
//! accepts a range whose weight is zero.

use super::Lang;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use fluent_templates::LanguageIdentifier;
use std::cmp::Reverse;

/// How many ranges of a header are read. Browsers send no more than a dozen.
const RANGES_MAX: usize = 32;
/// The weight of a range that gives none, in thousandths.
const FULL_WEIGHT: u16 = 1000;

/// A language range and its weight.
struct WeightedRange {
    /// `None` stands for `*`, every language that no other range names.
    tag: Option<LanguageIdentifier>,
    /// In thousandths; zero refuses the language.
    weight: u16,
}

impl WeightedRange {
    /// `None` if the text isn't a range or its weight isn't valid.
    fn parse(text: &str) -> Option<Self> {
        let (tag, weight) = text.split_once(';').unwrap_or((text, ""));
        let tag = match tag.trim() {
            "*" => None,
            tag => Some(tag.parse().ok()?),
        };
        let weight = match weight.trim() {
            "" => FULL_WEIGHT,
            weight => {
                let (name, value) = weight.split_once('=')?;
                let value = value.trim().parse::<f32>().ok().filter(|value| (0.0..=1.0).contains(value))?;
                if !name.trim().eq_ignore_ascii_case("q") {
                    return None;
                }
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1")]
                let thousandths = (value * f32::from(FULL_WEIGHT)).round() as u16;
                thousandths
            }
        };
        Some(Self { tag, weight })
    }

    fn names(&self, lang: &LanguageIdentifier) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.language == lang.language)
    }
}

impl Lang {
    /// The language that an `Accept-Language` header prefers; Indonesian if it accepts neither. Ranges beyond the first
    /// 32 are ignored.
    pub fn from_accept_language(header: &str) -> Self {
        let mut ranges = header.split(',').take(RANGES_MAX).filter_map(WeightedRange::parse);
        let Some(first) = ranges.next() else { return Self::default() };
        // A browser lists its preferred range first. This usual case allocates nothing.
        match [Self::Id, Self::En].into_iter().find(|lang| first.names(lang.id())) {
            Some(lang) if first.weight == FULL_WEIGHT => lang,
            _ => weighed(std::iter::once(first).chain(ranges).collect()),
        }
    }
}

/// The preferred language of ranges in any order and with any weights.
fn weighed(mut ranges: Vec<WeightedRange>) -> Lang {
    let known = [Lang::Id.id(), Lang::En.id()];
    let is_refused = |lang: &LanguageIdentifier| ranges.iter().any(|range| range.weight == 0 && range.names(lang));
    let accepted: Vec<&LanguageIdentifier> = known.into_iter().filter(|lang| !is_refused(lang)).collect();
    let unnamed: Vec<LanguageIdentifier> =
        known.into_iter().filter(|lang| !ranges.iter().any(|range| range.names(lang))).cloned().collect();
    ranges.retain(|range| range.weight > 0);
    ranges.sort_by_key(|range| Reverse(range.weight));
    let wanted: Vec<LanguageIdentifier> =
        ranges.into_iter().flat_map(|range| range.tag.map_or_else(|| unnamed.clone(), |tag| vec![tag])).collect();
    let default = accepted.first();
    let found = negotiate_languages(&wanted, &accepted, default, NegotiationStrategy::Lookup);
    if found.first().is_some_and(|lang| **lang == Lang::En.id()) { Lang::En } else { Lang::Id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_picks_the_language_it_wants_most() {
        let cases = [
            ("id", Lang::Id),
            ("en", Lang::En),
            ("EN-us", Lang::En),
            ("id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7", Lang::Id),
            ("en-US,en;q=0.5", Lang::En),
            ("fr;q=0.9, en-GB;q=0.8", Lang::En),
            ("en;q=0.5, id;q=0.9", Lang::Id),
            ("id;q=0.5, en;q=0.9", Lang::En),
            ("en;q=0.5, id;q=0.5", Lang::En),
            ("en; Q=0.4 , id; q = 0.3", Lang::En),
            ("de", Lang::Id),
        ];
        for (header, lang) in cases {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }

    #[test]
    fn a_weight_of_zero_refuses_and_a_star_stands_for_the_rest() {
        let cases = [
            ("en;q=0", Lang::Id),
            ("id;q=0", Lang::En),
            ("id;q=0, en;q=0", Lang::Id),
            ("id;q=0.000, *", Lang::En),
            ("*", Lang::Id),
            ("*;q=0", Lang::Id),
            ("fr, *;q=0.5, en;q=0.3", Lang::Id),
            ("*;q=0.8, id;q=0.5", Lang::En),
            ("en, *;q=0.1", Lang::En),
        ];
        for (header, lang) in cases {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }

    #[test]
    fn a_hostile_header_is_no_wish() {
        let many = "fr,".repeat(20_000) + "en";
        let long = "e".repeat(1 << 20);
        let odd =
            ["", ",", ";;;", "en;q=", "en;q=2", "en;q=-1", "en;q=NaN", "en;q=inf", "english", "enm", "é", "en;x=1"];
        for header in odd.into_iter().chain([many.as_str(), long.as_str()]) {
            assert_eq!(Lang::from_accept_language(header), Lang::Id, "{}", &header[..header.len().min(16)]);
        }
        let within = "fr,".repeat(RANGES_MAX - 1) + "en";
        assert_eq!(Lang::from_accept_language(&within), Lang::En);
    }
}

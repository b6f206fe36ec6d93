//! The text that people see, in Indonesian first and English second.
//!
//! All messages are in `messages/<language>/*.ftl` (Fluent). Tests check that both languages have the same keys, that
//! each key in the sources has a message, whether it is written out or built from values, and that each message is
//! used. Deliberately absent: types of other modules, and when a message is shown.

mod accept_language;
mod employment;
mod format;
#[cfg(test)]
mod message_keys_tests;

#[cfg(test)]
pub use message_keys_tests::{check_built_keys, keys_passed_to};

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

static_loader! {
    static MESSAGES = {
        locales: "./messages",
        fallback_language: "id",
        // The page's own markup separates names from the text, so Fluent's invisible isolation marks aren't needed.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static INDONESIAN: LanguageIdentifier = langid!("id");
static ENGLISH: LanguageIdentifier = langid!("en");

/// A cache of the messages without arguments, for each language: a page has dozens of them. A message is added on first
/// use, so the message files bound its size.
static FIXED: LazyLock<[RwLock<HashMap<String, String>>; 2]> = LazyLock::new(Default::default);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    #[default]
    Id,
    En,
}

impl Lang {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "id" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The language of a terminal, from the value of `LC_ALL`, `LC_MESSAGES` or `LANG`; Indonesian unless it says
    /// English.
    pub fn from_locale(locale: &str) -> Self {
        if locale.starts_with("en") { Self::En } else { Self::Id }
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::Id => &INDONESIAN,
            Self::En => &ENGLISH,
        }
    }

    /// BCP 47.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }
}

/// A whole number, or a reference to one as templates pass it.
pub trait WholeNumber {
    fn whole(self) -> u64;
}

impl WholeNumber for u64 {
    fn whole(self) -> u64 {
        self
    }
}

impl WholeNumber for u32 {
    fn whole(self) -> u64 {
        self.into()
    }
}

impl WholeNumber for usize {
    fn whole(self) -> u64 {
        u64::try_from(self).unwrap_or(u64::MAX)
    }
}

impl<T: WholeNumber + Copy> WholeNumber for &T {
    fn whole(self) -> u64 {
        (*self).whole()
    }
}

/// Looks up messages and formats numbers in one language.
#[derive(Clone, Copy, Debug, Default)]
pub struct Localizer(pub Lang);

impl Localizer {
    /// The message of a key without arguments.
    pub fn t(&self, key: &str) -> String {
        let fixed = &FIXED[self.0 as usize];
        if let Some(message) = fixed.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return message.clone();
        }
        let Some(message) = MESSAGES.try_lookup(self.0.id(), key) else { return MESSAGES.lookup(self.0.id(), key) };
        fixed.write().unwrap_or_else(PoisonError::into_inner).insert(key.into(), message.clone());
        message
    }

    /// The message of a key with its arguments filled in. Askama templates pass arguments without `&`, which Askama
    /// adds.
    pub fn with(&self, key: &str, args: &[(&'static str, &str)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> =
            args.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(*value))).collect();
        MESSAGES.lookup_with_args(self.0.id(), key, &args)
    }

    /// The language's code, for the `lang` attribute.
    pub fn lang(&self) -> &'static str {
        self.0.as_str()
    }

    /// A whole number with thousands separators: `180.751` in Indonesian, `180,751` in English.
    pub fn number(&self, number: impl WholeNumber) -> String {
        let digits = number.whole().to_string();
        let apart = match self.0 {
            Lang::Id => '.',
            Lang::En => ',',
        };
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(apart);
            }
            grouped.push(digit);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_the_language_writes_them() {
        assert_eq!(Localizer(Lang::Id).number(180_751u32), "180.751");
        assert_eq!(Localizer(Lang::En).number(1_807_510u32), "1,807,510");
        assert_eq!(Localizer(Lang::Id).number(7u32), "7");
    }
}

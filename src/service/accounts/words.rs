//! Refusals as text that says what to do.

use super::{AccountRefusal, ChangeRefusal, ConsoleSignInRefusal, FactorRefusal, GIVEN_DAYS, PasswordFault};
use crate::domain::account::Role;
use crate::i18n::Localizer;

/// The name of a role in the language of `w`.
pub fn role_words(role: Role, w: Localizer) -> String {
    w.t(&format!("account-role-{}", role.as_str()))
}

impl ConsoleSignInRefusal {
    /// The refusal in the language of `w`, with what the person can do about it.
    pub fn words(&self, w: Localizer) -> String {
        match self {
            Self::Wrong => w.t("account-refusal-wrong"),
            Self::Expired => w.with("account-refusal-expired", &[("days", &GIVEN_DAYS.to_string())]),
            Self::TooMany => w.t("account-refusal-too-many"),
            Self::CodeNeeded { .. } => w.t("account-refusal-code-needed"),
            Self::Busy { .. } => w.t("account-refusal-busy"),
            Self::Store(_) => w.t("account-refusal-store"),
        }
    }
}

impl ChangeRefusal {
    /// The refusal in the language of `w`, with what the person can do about it.
    pub fn words(&self, w: Localizer) -> String {
        match self {
            Self::SignIn(ConsoleSignInRefusal::Wrong) => w.t("account-refusal-old-password"),
            Self::SignIn(ConsoleSignInRefusal::TooMany) => w.t("account-refusal-too-many-here"),
            Self::SignIn(refusal) => refusal.words(w),
            Self::Password(PasswordFault::Short) => w.t("account-refusal-short"),
            Self::Password(PasswordFault::Long) => w.t("account-refusal-long"),
            Self::Password(PasswordFault::Named) => w.t("account-refusal-named"),
            Self::Password(PasswordFault::Common) => w.t("account-refusal-common"),
            Self::Same => w.t("account-refusal-same"),
            Self::Store(_) => w.t("account-refusal-store"),
        }
    }
}

impl AccountRefusal {
    /// The refusal in the language of `w`, with what the organizer can do about it.
    pub fn words(&self, w: Localizer) -> String {
        match self {
            Self::Login => w.t("account-refusal-login"),
            Self::Name => w.t("account-refusal-name"),
            Self::Scope => w.t("account-refusal-scope"),
            Self::NoNode(code) => w.with("account-no-node", &[("code", code)]),
            Self::Taken => w.t("account-refusal-taken"),
            Self::Unknown => w.t("account-refusal-unknown"),
            Self::LastOrganizer => w.t("account-refusal-last-organizer"),
            Self::Full => w.t("account-refusal-full"),
            Self::Busy { .. } => w.t("account-refusal-busy"),
            Self::Store(_) => w.t("account-refusal-store"),
        }
    }
}

impl FactorRefusal {
    /// The refusal in the language of `w`, with what the person can do about it.
    pub fn words(&self, w: Localizer) -> String {
        match self {
            Self::Wrong => w.t("account-refusal-code-wrong"),
            Self::TooMany => w.t("account-refusal-code-too-many"),
            Self::Late => w.t("account-refusal-code-late"),
            Self::None => w.t("account-refusal-no-factor"),
            Self::Required => w.t("account-refusal-factor-required"),
            Self::Reason => w.t("campaign-refusal-reason"),
            Self::Keyring(_) | Self::Store(_) => w.t("account-refusal-store"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_role_has_words() {
        check_built_keys("account-role-{}", Role::ALL.map(Role::as_str));
    }
}

//! Console accounts: who may do what.

use super::registry::is_at_or_below;
use super::time::UnixMillis;
use crate::every_variant::every_variant;
use serde::{Deserialize, Serialize};

/// Shortest password, in characters. BSSN asks for eight; this is longer, because the console gives out access codes.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password that can be chosen, in characters of any script.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Longest password that is checked, in bytes. This includes passwords chosen when 256 characters were allowed.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Longest login, in characters.
pub const LOGIN_CHARS_MAX: usize = 40;
/// Longest display name, in characters.
pub const DISPLAY_NAME_CHARS_MAX: usize = 120;

/// What an account may do in the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The province's HR agency: everything, in all institutions.
    Organizer,
    /// Rosters, slips, help desk and lists of people who haven't signed, of one or more institutions.
    Operator,
    /// Numbers only.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = every_variant!(Role: Organizer, Operator, Viewer);

    /// As stored and as written in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organizer => "organizer",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// The part of the registry an account sees. What of a campaign that is, is
/// [`VisibleInstitutions`](super::visible_institutions::VisibleInstitutions).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every institution of every campaign.
    All,
    /// Codes of nodes, whose people it sees with those below them; an empty list sees nothing.
    Nodes(Vec<String>),
}

impl Scope {
    /// Whether the node with this code is in scope.
    pub fn includes(&self, node: &str) -> bool {
        match self {
            Self::All => true,
            Self::Nodes(nodes) => nodes.iter().any(|above| is_at_or_below(node, above)),
        }
    }

    /// Codes of nodes, `*` for all, as lists and the audit trail show them.
    pub fn codes(&self) -> Vec<String> {
        match self {
            Self::All => vec!["*".into()],
            Self::Nodes(nodes) => nodes.clone(),
        }
    }
}

/// An account of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What the person signs in with; see [`is_login`].
    pub login: String,
    /// Shown in the console and the audit trail's pages.
    pub display_name: String,
    /// What the account may do.
    pub role: Role,
    /// Whose people it may see and manage.
    pub scope: Scope,
    /// The password must be changed and until then opens only the page for that: another person set it, or it is too
    /// easy to guess.
    pub must_change_password: bool,
    /// When a password set by another person expires; `None`: the owner chose it.
    pub one_time_until: Option<UnixMillis>,
    /// A disabled account can't sign in and has no sessions.
    pub disabled: bool,
    /// When the account was added.
    pub created_at: UnixMillis,
}

/// A login is 2-40 of `a-z 0-9 . _ - @`, beginning with a letter or digit.
pub fn is_login(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    (2..=LOGIN_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|c| plain(c) || b"._-@".contains(&c))
        && text.bytes().next().is_some_and(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins() {
        assert!(is_login("admin") && is_login("bkd.palembang@sumsel"));
        assert!(!is_login("a") && !is_login("Admin") && !is_login("system/clock") && !is_login(".x"));
    }

    #[test]
    fn an_empty_scope_sees_nothing() {
        assert!(Scope::All.includes("16"));
        assert!(!Scope::Nodes(vec![]).includes("16"));
        let scope = Scope::Nodes(vec!["16.71".into()]);
        assert!(scope.includes("16.71") && scope.includes("16.71/2") && !scope.includes("16") && !scope.includes(""));
    }
}

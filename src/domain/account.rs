//! Console accounts: who may do what.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The province's HR agency: everything, in all institutions.
    Organizer,
    /// One or more institutions' rosters, slips, help desk, chase lists.
    Operator,
    /// Numbers only.
    Viewer,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organizer => "organizer",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Organizer, Self::Operator, Self::Viewer].into_iter().find(|role| role.as_str() == text)
    }
}

/// The institutions an account sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    /// Institution codes; an empty list sees nothing.
    Institutions(Vec<String>),
}

impl Scope {
    pub fn holds(&self, institution: &str) -> bool {
        match self {
            Self::All => true,
            Self::Institutions(codes) => codes.iter().any(|code| code == institution),
        }
    }
}

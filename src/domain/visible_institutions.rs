//! What an account sees of one campaign: its scope names nodes of the registry, and this the institutions of the
//! campaign that are at or below them.

/// The institutions of one campaign that an account sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisibleInstitutions {
    /// Everything.
    All,
    /// The institutions with these codes, within this campaign.
    Codes(Vec<String>),
}

impl VisibleInstitutions {
    /// Whether the institution with this code is seen.
    pub fn includes(&self, institution: &str) -> bool {
        match self {
            Self::All => true,
            Self::Codes(codes) => codes.iter().any(|code| code == institution),
        }
    }
}

//! What an account sees of one campaign: its scope names nodes of the registry, and this the institutions of the
//! campaign that are at or below them.

/// What an account sees of one campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    All,
    /// The institutions with these codes, within this campaign.
    Institutions(Vec<String>),
}

impl Sight {
    /// Whether the institution with this code is seen.
    pub fn includes(&self, institution: &str) -> bool {
        match self {
            Self::All => true,
            Self::Institutions(codes) => codes.iter().any(|code| code == institution),
        }
    }
}

//! What is fixed for the whole installation, by name.

use super::StoreError;
use async_trait::async_trait;

/// The scheme, host and port that links, QR codes and log origins were made with; fixed once a campaign was locked.
pub const PUBLIC_URL: &str = "public_url";

/// The mark of the keyring that everything here was made with; fixed when the database is first opened.
pub const KEYRING: &str = "keyring";

/// Set in a database that holds a demo.
pub const DEMO: &str = "demo";

#[async_trait]
pub trait InstallationStore: Send + Sync {
    async fn pinned(&self, name: &'static str) -> Result<Option<String>, StoreError>;
    /// Fixes a value where none is fixed yet, and answers what holds now.
    async fn pin(&self, name: &'static str, value: &str) -> Result<String, StoreError>;
}

//! What is fixed for the whole installation, by name.

use super::StoreError;
use async_trait::async_trait;

/// The scheme, host and port that links, QR codes and log origins were made with; fixed once a campaign was locked.
pub const PUBLIC_URL: &str = "public_url";

#[async_trait]
pub trait InstallationStore: Send + Sync {
    async fn fixed(&self, name: &'static str) -> Result<Option<String>, StoreError>;
    /// Fixes a value where none is fixed yet, and answers what holds now.
    async fn fix(&self, name: &'static str, value: &str) -> Result<String, StoreError>;
}

//! Values pinned for the whole installation, by name.

use super::StoreError;
use async_trait::async_trait;

/// The scheme, host and port in links, QR codes and log origins; pinned once a campaign was locked.
pub const PUBLIC_URL: &str = "public_url";

/// Fingerprint of the keyring that this installation uses; pinned when the database is first opened.
pub const KEYRING: &str = "keyring";

/// Set in a database that holds a demo.
pub const DEMO: &str = "demo";

/// Values that are written once and then hold for the life of the installation.
#[async_trait]
pub trait InstallationStore: Send + Sync {
    /// The pinned value; `None` while none is pinned.
    async fn pinned(&self, name: &'static str) -> Result<Option<String>, StoreError>;
    /// Pins a value where none is pinned yet, and returns the one that holds now.
    async fn pin(&self, name: &'static str, value: &str) -> Result<String, StoreError>;
}

//! `ikrar migrate`: migrates the database's schema, over a direct connection instead of a pooler.

use super::open;
use crate::config::ConfigOptions;

pub async fn run(settings: &ConfigOptions) -> anyhow::Result<u8> {
    open::migrated(settings).await?;
    Ok(0)
}

//! `ikrar migrate`: brings the database's schema up to date, directly and not through a pooler.

use super::open;
use crate::config::ConfigOptions;

pub async fn run(settings: &ConfigOptions) -> anyhow::Result<u8> {
    open::migrated(settings).await?;
    Ok(0)
}

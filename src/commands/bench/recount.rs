//! After the load: is what was answered true?

use crate::commands::demo::EVENT_SLUG;
use crate::credential::cwt::Credential;
use crate::credential::jwks::Jwks;
use crate::store::campaigns::CampaignStore;
use crate::store::pledges::{Log, PledgeStore};
use crate::store::sqlite::Sqlite;
use crate::tlog::merkle::{Frontier, leaf_hash};
use anyhow::{Context, ensure};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use std::collections::HashSet;
use std::path::Path;

/// Leaves read at once.
const LEAVES_READ_MAX: u32 = 10_000;

#[derive(Deserialize)]
struct Receipt {
    pledge_id: String,
    log_index: u64,
    credential: String,
}

/// Every receipt verifies with the published keys, and no pledge or place in the log was given twice.
pub(super) fn receipts(receipts: &[Vec<u8>], jwks: &[u8]) -> anyhow::Result<()> {
    let jwks = Jwks::parse(jwks)?;
    let (mut pledges, mut places) = (HashSet::new(), HashSet::new());
    for receipt in receipts {
        let receipt: Receipt = serde_json::from_slice(receipt)?;
        let credential = Credential::decode(&BASE64URL_NOPAD.decode(receipt.credential.as_bytes())?)?;
        ensure!(jwks.keys().any(|(_, key)| credential.is_signed_by(&key)), "a receipt's signature doesn't verify");
        ensure!(pledges.insert(receipt.pledge_id), "a pledge id was given twice");
        ensure!(places.insert(receipt.log_index), "a place in the log was given twice");
    }
    Ok(())
}

/// As many pledges, leaves and counted as expected, no leaf twice, and a root that is the leaves'.
pub(super) async fn database(data: &Path, expected: u64) -> anyhow::Result<()> {
    let store = Sqlite::open(&data.join("ikrar.sqlite")).await?;
    let campaign = store.campaign_by_slug(EVENT_SLUG).await?.context("the event is gone")?.id;
    let head = store.log_head(campaign, Log::Pledges).await?.context("the log has no head")?;
    let pledges = store.count_pledges(campaign).await?;
    let counted: u64 = store.group_counts(campaign).await?.iter().map(|group| group.signed).sum();
    ensure!(
        head.size == expected && pledges == expected && counted == expected,
        "{expected} signed, but there are {pledges} pledges, {} leaves and {counted} counted",
        head.size
    );
    let (mut frontier, mut seen) = (Frontier::new(), HashSet::new());
    while frontier.size() < expected {
        let leaves = store.leaves(campaign, Log::Pledges, frontier.size(), LEAVES_READ_MAX).await?;
        ensure!(!leaves.is_empty(), "the log is shorter than its head says");
        for leaf in leaves {
            frontier.append(leaf_hash(&leaf));
            ensure!(seen.insert(leaf), "a leaf stands twice in the log");
        }
    }
    ensure!(frontier.root() == head.root, "the root isn't the root of the leaves");
    store.close().await;
    Ok(())
}

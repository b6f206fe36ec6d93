//! Checks after the load whether every receipt is genuine and the database holds every signing exactly once.

use crate::bench::figures::parallel_map;
use crate::credential::cwt::Credential;
use crate::credential::jwks::Jwks;
use crate::domain::ids::CampaignId;
use crate::store::SharedStore;
use crate::store::pledges::LogKind;
use crate::tlog::merkle::{Frontier, leaf_hash};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// Leaves per query.
const LEAVES_READ_MAX: u32 = 10_000;

/// The result of the checks. A run is sound only if every person is found once, everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SoundnessChecks {
    /// Receipts whose credential is signed by one of the published keys.
    pub receipts_verified: u64,
    /// Pledge rows in the database.
    pub pledges: u64,
    /// Leaves of the pledge log.
    pub leaves: u64,
    /// The sum of all reporting groups, as the screens show them.
    pub counted: u64,
    /// Pledge ids and log indexes in more than one receipt, and leaves that occur twice in the log.
    pub duplicates: u64,
    /// Whether the stored root equals the root recomputed from the leaves.
    pub root_rederived: bool,
}

impl SoundnessChecks {
    pub fn are_sound(&self, people: usize) -> bool {
        let everywhere = [self.receipts_verified, self.pledges, self.leaves, self.counted];
        let all = u64::try_from(people).is_ok_and(|people| everywhere.iter().all(|found| *found == people));
        all && self.duplicates == 0 && self.root_rederived
    }
}

/// A summary of the receipts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReceiptSummary {
    /// Receipts whose credential is signed by one of the published keys.
    pub verified: u64,
    /// Pledge ids and log indexes in more than one receipt.
    pub duplicates: u64,
    /// Batches they were committed in; each batch has its own log size.
    pub batches: u64,
    /// Verified receipts by the id of the signing key.
    pub signed_by: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Receipt {
    pledge_id: String,
    log_index: u64,
    signed_count: u64,
    credential: String,
}

/// Verifies every receipt against the published keys, on all cores.
pub fn verify_receipts<'a>(bodies: impl Iterator<Item = &'a [u8]>, jwks: &[u8]) -> anyhow::Result<ReceiptSummary> {
    let (jwks, bodies) = (Jwks::parse(jwks)?, bodies.collect::<Vec<_>>());
    let (mut pledges, mut places, mut batches) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut found = ReceiptSummary::default();
    for (receipt, kid) in parallel_map::map(&bodies, |body| read(body, &jwks))?.into_iter().flatten() {
        found.verified += u64::from(kid.is_some());
        if let Some(kid) = kid {
            *found.signed_by.entry(kid).or_default() += 1;
        }
        found.duplicates +=
            u64::from(!pledges.insert(receipt.pledge_id)) + u64::from(!places.insert(receipt.log_index));
        batches.insert(receipt.signed_count);
    }
    found.batches = u64::try_from(batches.len())?;
    Ok(found)
}

/// The receipt, and the id of the key that signed its credential. `None` if the body isn't a receipt.
fn read(body: &[u8], jwks: &Jwks) -> Option<(Receipt, Option<String>)> {
    let receipt: Receipt = serde_json::from_slice(body).ok()?;
    let bytes = BASE64URL_NOPAD.decode(receipt.credential.as_bytes()).ok();
    let kid = bytes.and_then(|bytes| verified_credential(&bytes, jwks)).map(|credential| credential.kid);
    Some((receipt, kid))
}

/// The credential, if it is signed by one of the published keys.
pub fn verified_credential(bytes: &[u8], jwks: &Jwks) -> Option<Credential> {
    let credential = Credential::decode(bytes).ok()?;
    jwks.keys().any(|(_, key)| credential.is_signed_by(&key)).then_some(credential)
}

/// Counts what the database holds and combines it with the receipts.
pub async fn check_database(
    store: &SharedStore,
    campaign: CampaignId,
    receipts: &ReceiptSummary,
) -> anyhow::Result<SoundnessChecks> {
    let pledges = store.count_pledges(campaign).await?;
    let counted = store.group_counts(campaign).await?.iter().map(|group| group.signed).sum();
    let mut checks = SoundnessChecks {
        receipts_verified: receipts.verified,
        duplicates: receipts.duplicates,
        pledges,
        counted,
        ..SoundnessChecks::default()
    };
    let (mut frontier, mut seen) = (Frontier::new(), HashSet::new());
    loop {
        let leaves = store.leaves(campaign, LogKind::Pledges, frontier.size(), LEAVES_READ_MAX).await?;
        if leaves.is_empty() {
            break;
        }
        for leaf in leaves {
            frontier.append(leaf_hash(&leaf));
            checks.duplicates += u64::from(!seen.insert(leaf));
        }
    }
    checks.leaves = frontier.size();
    let head = store.log_head(campaign, LogKind::Pledges).await?;
    checks.root_rederived = head.is_some_and(|head| head.size == frontier.size() && head.root == frontier.root());
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missing_anywhere_or_one_twice_is_not_sound() {
        let sound = || SoundnessChecks {
            receipts_verified: 3,
            pledges: 3,
            leaves: 3,
            counted: 3,
            duplicates: 0,
            root_rederived: true,
        };
        assert!(sound().are_sound(3) && !sound().are_sound(4));
        assert!(!SoundnessChecks { receipts_verified: 2, ..sound() }.are_sound(3));
        assert!(!SoundnessChecks { pledges: 2, ..sound() }.are_sound(3));
        assert!(!SoundnessChecks { leaves: 4, ..sound() }.are_sound(3));
        assert!(!SoundnessChecks { counted: 2, ..sound() }.are_sound(3));
        assert!(!SoundnessChecks { duplicates: 1, ..sound() }.are_sound(3));
        assert!(!SoundnessChecks { root_rederived: false, ..sound() }.are_sound(3));
    }
}

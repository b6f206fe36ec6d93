//! Checks pledges against their log, credentials and people, and the groups' numbers and revocations against the
//! pledges.

use super::{DifferenceKind, IndexBitmap, Lowest, ROWS_READ_MAX, Recount, RecountFault, RecountProgress, stored};
use crate::credential::cwt::{Claims, Credential};
use crate::domain::campaign::Campaign;
use crate::domain::ids::PledgeId;
use crate::domain::leaf::pledge_leaf;
use crate::domain::time::UnixMillis;
use crate::keyring::Keys;
use crate::store::pledges::LogKind;
use crate::store::recount::{RecountGroup, RecountHead, RecountPledge, RecountSigner};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const LOG: LogKind = LogKind::Pledges;

impl Recount {
    /// Checks the pledges and returns how many the log holds.
    pub(super) async fn pledges(
        &self,
        campaign: &Campaign,
        head: &RecountHead,
        groups: &[RecountGroup],
        progress: RecountProgress<'_>,
    ) -> Result<u64, RecountFault> {
        let counted = groups.first().map_or(0, |group| group.log_size);
        let mut places = IndexBitmap::new(head.size);
        let mut lowest = Lowest::default();
        let mut ids: HashSet<PledgeId> = HashSet::new();
        let mut signed: HashMap<u32, u64> = HashMap::new();
        let mut after = None;
        loop {
            let page = self.store.recount_pledges(campaign.id, after, ROWS_READ_MAX).await.map_err(stored(LOG))?;
            let Some(last) = page.last() else { break };
            after = Some(last.participant);
            progress(page.len() as u64);
            for (pledge, mut differs) in self.examined(campaign, page).await {
                if pledge.log_index < head.size && pledge.signed_count > head.size {
                    differs = differs.or(Some(DifferenceKind::SignedCount));
                }
                let group = pledge.signer.as_ref().map(|signer| signer.group);
                if let Some(group) = group.filter(|_| pledge.log_index < counted) {
                    *signed.entry(group).or_default() += 1;
                }
                let kind = if !ids.insert(pledge.pledge) || pledge.pledge.campaign_tag() != campaign.id.tag() {
                    Some(DifferenceKind::PledgeId)
                } else if places.take(pledge.log_index) {
                    differs
                } else {
                    Some(DifferenceKind::PledgeTwice)
                };
                if let Some(kind) = kind {
                    lowest.note(kind, LOG, pledge.log_index);
                }
            }
        }
        if let Some(index) = places.first_free() {
            lowest.note(DifferenceKind::PledgeMissing, LOG, index);
        }
        lowest.settled()?;
        if head.pledges != head.size {
            return Err(RecountFault::of(DifferenceKind::PledgeBeyond, LOG));
        }
        for group in groups {
            if signed.remove(&group.index).unwrap_or_default() != group.signed {
                return Err(RecountFault::at(DifferenceKind::Signed, LOG, group.index.into()));
            }
        }
        Ok(head.size)
    }

    /// Each pledge with what differs in it, examined on all cores: checking a signature takes longer than reading its
    /// row.
    async fn examined(
        &self,
        campaign: &Campaign,
        page: Vec<RecountPledge>,
    ) -> Vec<(RecountPledge, Option<DifferenceKind>)> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = page.len().div_ceil(cores).max(1);
        let mut rest = page.into_iter();
        let keys = self.keyring.keys();
        let mut parts = vec![];
        loop {
            let part: Vec<RecountPledge> = rest.by_ref().take(share).collect();
            if part.is_empty() {
                break;
            }
            let (campaign, keys): (Campaign, Arc<Keys>) = (campaign.clone(), keys.clone());
            parts.push(tokio::task::spawn_blocking(move || {
                let examined = part.into_iter().map(|pledge| {
                    let differs = differs(&campaign, &keys, &pledge);
                    (pledge, differs)
                });
                examined.collect::<Vec<_>>()
            }));
        }
        let mut examined = vec![];
        for part in parts {
            examined.extend(part.await.expect("looking at a row never panics, whatever it holds"));
        }
        examined
    }
}

/// Checks that each group's number of revoked pledges matches its revocation rows and that every revocation has a
/// pledge. Returns how many there are. `noticed` of them have a notice; one that an earlier program wrote gets it when
/// the service starts.
pub(super) fn revocations(groups: &[RecountGroup], noticed: u64) -> Result<u64, RecountFault> {
    for group in groups {
        if group.revoked != group.revocations {
            return Err(RecountFault::at(DifferenceKind::Revoked, LOG, group.index.into()));
        }
    }
    let of_pledges: u64 = groups.iter().map(|group| group.revocations).sum();
    let all = groups.first().map_or(0, |group| group.all_revocations);
    if noticed > all {
        return Err(RecountFault::of(DifferenceKind::NoticeOrder, LogKind::Notices));
    }
    if of_pledges == all { Ok(all) } else { Err(RecountFault::of(DifferenceKind::RevocationOfNothing, LOG)) }
}

/// What is wrong with one pledge, taken by itself.
fn differs(campaign: &Campaign, keys: &Keys, pledge: &RecountPledge) -> Option<DifferenceKind> {
    let Some(signer) = &pledge.signer else { return Some(DifferenceKind::PledgeOfNobody) };
    if campaign.text_hash != Some(pledge.text_hash) {
        return Some(DifferenceKind::Text);
    }
    let (text, credential, salt) = (&pledge.text_hash, &pledge.credential, &pledge.salt);
    let derived = pledge_leaf(campaign.id, signer.group, signer.slot, text, credential, salt);
    if pledge.leaf.as_ref() != Some(&derived) {
        return Some(DifferenceKind::PledgeLeaf);
    }
    if pledge.signed_count <= pledge.log_index {
        return Some(DifferenceKind::SignedCount);
    }
    let Ok(credential) = Credential::decode(&pledge.credential) else { return Some(DifferenceKind::CredentialBytes) };
    // The key's state today doesn't matter: the records hold this credential.
    if !keys.signed_with(&credential.kid).is_some_and(|key| credential.is_signed_by(&key.public())) {
        return Some(DifferenceKind::CredentialSignature);
    }
    let said = claims(campaign, pledge, signer);
    if said.as_ref() != Some(&credential.claims) {
        return Some(DifferenceKind::CredentialClaims);
    }
    (!pledge.drawing_readable).then_some(DifferenceKind::Drawing)
}

/// The claims that the credential must hold. `None` when the row's method is unknown.
fn claims(campaign: &Campaign, pledge: &RecountPledge, signer: &RecountSigner) -> Option<Claims> {
    Some(Claims {
        pledge: pledge.pledge,
        // A credential keeps whole seconds.
        signed_at: UnixMillis(pledge.signed_at.0.div_euclid(1_000) * 1_000),
        kind: campaign.kind,
        shown_name: signer.shown_name.clone(),
        last4: signer.last4.clone(),
        institution: signer.institution.clone(),
        text_hash: pledge.text_hash[..16].try_into().ok()?,
        status_index: signer.slot,
        method: pledge.method?,
    })
}

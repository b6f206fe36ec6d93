//! Signs the pledges of a batch, on all cores: from what a participant agreed to, to the credential and the log's leaf.
//!
//! Deliberately absent: the store, and who waits for an answer.

use super::{AdmittedPledge, PledgeTerms};
use crate::credential::cwt::Claims;
use crate::domain::ids::PledgeId;
use crate::domain::leaf::pledge_leaf;
use crate::domain::notice::RosterStanding;
use crate::domain::participant::RosterEntry;
use crate::domain::pledge::Method;
use crate::domain::time::UnixMillis;
use crate::keyring::RoleKey;
use crate::store::pledges::{BatchEntry, SigningFacts};
use std::sync::Arc;

/// Fewer pledges than this are signed on the spot; handing them to other cores would cost more.
const SPREAD_PLEDGES_MIN: usize = 32;

/// What signing one pledge needs, owned so that it can move to another core.
pub(super) struct PledgeDraft {
    pub facts: SigningFacts,
    pub terms: Arc<PledgeTerms>,
    pub signed_at: UnixMillis,
    pub method: Method,
    pub strokes: Option<Vec<u8>>,
    /// The log's approximate size when this was drafted.
    pub log_size: u64,
    pub random: [u8; 44],
}

/// Builds and signs the credentials, on all cores if there are many.
pub(super) async fn sign_all(drafts: Vec<PledgeDraft>, key: &Arc<RoleKey>, cores: usize) -> Vec<BatchEntry> {
    if drafts.len() < SPREAD_PLEDGES_MIN {
        return drafts.into_iter().filter_map(|draft| entry(draft, key)).collect();
    }
    let share = drafts.len().div_ceil(cores);
    let mut drafts = drafts.into_iter();
    let mut signing = vec![];
    loop {
        let part: Vec<PledgeDraft> = drafts.by_ref().take(share).collect();
        if part.is_empty() {
            break;
        }
        let key = key.clone();
        signing.push(tokio::task::spawn_blocking(move || {
            part.into_iter().filter_map(|draft| entry(draft, &key)).collect::<Vec<_>>()
        }));
    }
    let mut entries = vec![];
    for part in signing {
        // A part that panicked leaves its pledges unanswered; they get an internal error.
        entries.extend(part.await.unwrap_or_default());
    }
    entries
}

/// The commit checks whether the code is still in force and the row still the same.
pub(super) fn facts_of(admitted: &AdmittedPledge, placed: RosterEntry) -> SigningFacts {
    SigningFacts {
        participant: admitted.participant,
        shown_name: placed.shown_name,
        last4: placed.last4,
        institution: placed.institution,
        slot: placed.slot,
        group: placed.group,
        code_version: admitted.code_version,
        place_version: placed.place_version,
        standing: RosterStanding::Listed,
        pledge: None,
    }
}

/// Signs a draft's credential and builds its leaf. `None` if the name is too long for a credential, which an import
/// refuses.
fn entry(draft: PledgeDraft, key: &RoleKey) -> Option<BatchEntry> {
    let PledgeDraft { facts, terms, signed_at, method, strokes, log_size, random } = draft;
    let (id, salt) = random.split_at(12);
    let (id, salt): ([u8; 12], [u8; 32]) = (id.try_into().ok()?, salt.try_into().ok()?);
    let pledge = PledgeId::new(terms.campaign, log_size, id);
    let claims = Claims {
        pledge,
        signed_at,
        kind: terms.kind,
        shown_name: facts.shown_name,
        last4: facts.last4,
        institution: facts.institution,
        text_hash: terms.text_hash[..16].try_into().ok()?,
        status_index: facts.slot,
        method,
    };
    let credential = claims.issue(&key.kid, |message| key.sign(message)).ok()?;
    let leaf = pledge_leaf(terms.campaign, facts.group, facts.slot, &terms.text_hash, &credential, &salt);
    Some(BatchEntry {
        participant: facts.participant,
        code_version: facts.code_version,
        place_version: facts.place_version,
        pledge,
        signed_at,
        group: facts.group,
        method,
        credential,
        salt,
        strokes,
        leaf,
    })
}

//! Pledges waiting for a batch, and how they are answered.

use super::{AdmittedPledge, CommittedPledge, PledgeRefusal, PledgeReply};
use crate::domain::ids::ParticipantId;
use std::collections::HashMap;

/// One person's pledge in progress, with all who wait for it: a second tap waits for the first.
pub(super) struct WaitingPledge {
    pub admitted: AdmittedPledge,
    pub replies: Vec<PledgeReply>,
}

/// Puts a pledge into the first batch that can judge it by its own session. Sessions of one person with different code
/// versions go into separate batches, because only one version is in force.
pub(super) fn join(
    batches: &mut Vec<HashMap<ParticipantId, WaitingPledge>>,
    admitted: AdmittedPledge,
    reply: PledgeReply,
) {
    let (participant, code_version) = (admitted.participant, admitted.code_version);
    let suits = |batch: &HashMap<ParticipantId, WaitingPledge>| {
        batch.get(&participant).is_none_or(|one| one.admitted.code_version == code_version)
    };
    let place = batches.iter().position(suits).unwrap_or(batches.len());
    if place == batches.len() {
        batches.push(HashMap::new());
    }
    let one = batches[place].entry(participant).or_insert_with(|| WaitingPledge { admitted, replies: vec![] });
    one.replies.push(reply);
}

/// Sends one person's reply to all waiters; only the first gets it as new.
pub(super) fn answer(
    waiting: &mut HashMap<ParticipantId, WaitingPledge>,
    participant: ParticipantId,
    reply: Result<CommittedPledge, PledgeRefusal>,
) {
    let Some(one) = waiting.remove(&participant) else { return };
    let mut reply = reply;
    for waiter in one.replies {
        let _ = waiter.send(reply.clone());
        if let Ok(signed) = &mut reply {
            signed.repeated = true;
        }
    }
}

pub(super) fn answer_all(waiting: HashMap<ParticipantId, WaitingPledge>, refused: PledgeRefusal) {
    for waiter in waiting.into_values().flat_map(|one| one.replies) {
        let _ = waiter.send(Err(refused));
    }
}

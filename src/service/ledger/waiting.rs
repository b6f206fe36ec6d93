//! Who waits for a batch, and how they are answered.

use super::{Admitted, Refused, Reply, Signed};
use crate::domain::ids::ParticipantId;
use std::collections::HashMap;

/// One person's pledge in the making, with all who wait for it: a second tap waits for the first.
pub(super) struct Waiting {
    pub admitted: Admitted,
    pub replies: Vec<Reply>,
}

/// Sends one person's reply to all who wait for it; only the first learns that it is new.
pub(super) fn answer(
    waiting: &mut HashMap<ParticipantId, Waiting>,
    participant: ParticipantId,
    reply: Result<Signed, Refused>,
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

pub(super) fn answer_all(waiting: HashMap<ParticipantId, Waiting>, refused: Refused) {
    for waiter in waiting.into_values().flat_map(|one| one.replies) {
        let _ = waiter.send(Err(refused));
    }
}

//! `--simulate`: people who haven't signed yet sign automatically, through the same service as everybody else.

use super::event::SEED;
use crate::app::Services;
use crate::clock::Entropy;
use crate::domain::campaign::Campaign;
use crate::domain::ids::ParticipantId;
use crate::domain::pledge::Method;
use crate::service::signing::{SignRefusal, SignRequest};
use anyhow::Context;
use futures_util::future::join_all;
use rand::seq::SliceRandom;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, sleep};

const TICKS_PER_SEC: u32 = 10;
/// How long to wait while nobody can sign: the campaign is paused, the queue is full, or the disk is full.
const PAUSE: Duration = Duration::from_secs(1);

struct UnsignedPerson {
    participant: ParticipantId,
    code_version: u32,
}

/// Lets `per_second` people sign per second, in the same order each time, until everyone has signed or the campaign
/// ends.
pub(super) async fn run_simulation(state: Services, event: Campaign, per_second: u32) {
    match not_signed(&state, &event).await {
        Ok(waiting) => sign_at_rate(&state, &event, waiting, per_second).await,
        Err(error) => tracing::error!(%error, "the simulation couldn't read the roster"),
    }
}

async fn sign_at_rate(state: &Services, event: &Campaign, mut waiting: Vec<UnsignedPerson>, per_second: u32) {
    let mut ticks = interval(Duration::from_secs(1) / TICKS_PER_SEC);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut owed = 0;
    while !waiting.is_empty() {
        ticks.tick().await;
        owed += per_second;
        let due = usize::try_from(owed / TICKS_PER_SEC).unwrap_or(usize::MAX).min(waiting.len());
        owed %= TICKS_PER_SEC;
        let turn = waiting.split_off(waiting.len() - due);
        match sign_all(state, event, turn).await {
            SigningRound::Ended => return,
            SigningRound::Retry(refused) if refused.is_empty() => {}
            SigningRound::Retry(refused) => {
                waiting.extend(refused);
                sleep(PAUSE).await;
            }
        }
    }
}

async fn not_signed(state: &Services, event: &Campaign) -> anyhow::Result<Vec<UnsignedPerson>> {
    let active = state.signing.campaign(&event.slug).context("the event was just made")?;
    let people = state.synthetic.people(event, &active.secret).await?;
    let not_signed = people.into_iter().filter(|person| !person.has_signed);
    let mut waiting: Vec<_> = not_signed
        .map(|person| UnsignedPerson { participant: person.participant.id, code_version: person.code_version })
        .collect();
    Entropy::seeded(SEED).with(|rng| waiting.shuffle(rng));
    Ok(waiting)
}

enum SigningRound {
    /// These people couldn't sign yet.
    Retry(Vec<UnsignedPerson>),
    /// The campaign accepts no more pledges.
    Ended,
}

async fn sign_all(state: &Services, event: &Campaign, turn: Vec<UnsignedPerson>) -> SigningRound {
    // Read again each time, because text or state may have changed.
    let Some(active) = state.signing.campaign_by_id(event.id) else { return SigningRound::Ended };
    let (Some(text_hash), Some(text)) = (active.campaign.text_hash, &active.text) else {
        return SigningRound::Retry(turn);
    };
    let agreed: Vec<String> = text.clauses.iter().map(|clause| clause.id.clone()).collect();
    let answers = join_all(turn.iter().map(|person| {
        state.signing.sign(SignRequest {
            campaign: event.id,
            participant: person.participant,
            code_version: person.code_version,
            text_hash,
            agreed: agreed.clone(),
            strokes: None,
            method: Method::OwnDevice,
            name_typed: true,
            placed: None,
        })
    }))
    .await;
    if answers.iter().any(|answer| matches!(answer, Err(SignRefusal::Closed | SignRefusal::Cancelled))) {
        return SigningRound::Ended;
    }
    // A person whose code was reissued in the meantime has to sign by hand.
    let again =
        |answer: &Result<_, SignRefusal>| matches!(answer, Err(refusal) if *refusal != SignRefusal::SessionInvalid);
    SigningRound::Retry(
        turn.into_iter().zip(answers).filter(|(_, answer)| again(answer)).map(|(person, _)| person).collect(),
    )
}

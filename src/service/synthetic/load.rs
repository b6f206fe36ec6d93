//! Stores synthetic people directly as the roster of a campaign, without a file.

use super::{People, people, places};
use crate::domain::audit::AuditEntry;
use crate::domain::identifier::Identifier;
use crate::domain::ids::CampaignId;
use crate::domain::participant::Participant;
use crate::keyring::CampaignSecret;
use crate::store::rosters::{Activation, CHUNK_ROWS_MAX, RosterId};
use crate::store::{SharedStore, StoreError};
use tokio::sync::mpsc;

/// Chunks that may wait for the store before the generating thread blocks.
const CHUNKS_WAITING_MAX: usize = 4;

/// Why a synthetic roster was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The campaign has institutions already, is not a draft, or changed while loading. Also when the generating thread
    /// panicked.
    #[error("the campaign has a roster already, or is no draft")]
    NotEmpty,
    /// The database fails.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::NotEmpty,
            error => Self::Store(error),
        }
    }
}

/// Gives a draft without institutions the institutions of South Sumatra and `count` people derived from `seed`. People
/// without a number get a participant number, as in an import.
pub async fn load(
    store: &SharedStore,
    campaign: CampaignId,
    secret: &CampaignSecret,
    roster: RosterId,
    audit: &AuditEntry,
    (count, seed): (usize, u64),
) -> Result<(), LoadError> {
    if !store.institution_rosters(campaign).await?.is_empty() {
        return Err(LoadError::NotEmpty);
    }
    store.begin_roster(campaign, roster, None, audit.at, "synthetic").await?;
    let institutions = places::institutions();
    let made = people(count, seed);
    let mut offsets = vec![0u32];
    for institution in 0..institutions.len() {
        let offset = *offsets.last().expect("there is a first");
        let mut units = made.units(institution).to_vec();
        for unit in &mut units {
            unit.id += offset;
            unit.parent = unit.parent.map(|parent| parent + offset);
        }
        store.stage_units(campaign, roster, &units).await?;
        offsets.push(offset + u32::try_from(units.len()).map_err(|_| LoadError::NotEmpty)?);
    }
    let (chunks, mut waiting) = mpsc::channel(CHUNKS_WAITING_MAX);
    let secret = secret.clone();
    let making = tokio::task::spawn_blocking(move || make(made, &offsets, &secret, &chunks));
    while let Some(chunk) = waiting.recv().await {
        store.stage_people(campaign, roster, &chunk).await?;
    }
    drop(waiting);
    let next = making.await.map_err(|_| LoadError::NotEmpty)?;
    let activation = Activation {
        roster,
        before: vec![],
        switched: institutions.iter().map(|institution| institution.code.clone()).collect(),
        next_numbers: institutions.iter().map(|institution| institution.code.clone()).zip(next).collect(),
        created: institutions,
        same_institutions: vec![],
        renames: vec![],
        taken_over: vec![],
        people: count as u64,
        columns: vec![],
    };
    Ok(store.activate_roster(campaign, &activation, audit).await?)
}

/// Generates the people, and returns the next free participant number of each institution.
fn make(people: People, offsets: &[u32], secret: &CampaignSecret, chunks: &mpsc::Sender<Vec<Participant>>) -> Vec<u64> {
    let mut next = vec![1u64; places::PLACES.len()];
    let mut chunk = Vec::with_capacity(CHUNK_ROWS_MAX);
    for person in people {
        let code = places::PLACES[person.institution].0;
        let shown_name = person.shown_name();
        let identifier = person.identifier.or_else(|| {
            let number = &mut next[person.institution];
            *number += 1;
            Identifier::number(code, &format!("{:06}", *number - 1)).ok()
        });
        let Some(identifier) = identifier else { continue };
        let unit = u32::try_from(person.unit + 1).ok().map(|unit| unit + offsets[person.institution]);
        chunk.push(Participant {
            id: secret.participant_id(&identifier),
            identifier,
            shown_name,
            institution: code.into(),
            unit,
            location: person.location.into(),
            rank: person.rank.into(),
            position: person.position.into(),
            employment: Some(person.employment),
        });
        if chunk.len() == CHUNK_ROWS_MAX && chunks.blocking_send(std::mem::take(&mut chunk)).is_err() {
            return next;
        }
    }
    // A closed channel means that the store failed. The receiver reports that error.
    drop(chunks.blocking_send(chunk));
    next
}

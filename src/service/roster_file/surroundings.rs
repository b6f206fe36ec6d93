//! What checking a file needs besides the file: the identities of people, the roster in force, and where people go.

use super::kept_values::{PersonBefore, UnitBefore};
use super::unit_tree::UnitTree;
use crate::domain::identifier::Identifier;
use crate::domain::ids::ParticipantId;
use crate::domain::participant::Participant;
use std::ops::ControlFlow;

/// What the checker needs from its caller.
pub trait Surroundings {
    /// The participant id within the campaign.
    fn identify(&self, identifier: &Identifier) -> ParticipantId;
    /// What the roster in force says of a person who wasn't handed over yet.
    fn before(&self, _person: ParticipantId) -> Option<PersonBefore<'_>> {
        None
    }
    /// The unit of an institution that the roster in force has under this path.
    fn unit_of_path(&mut self, _institution: &str, _path: &str) -> Option<UnitBefore<'_>> {
        None
    }
    /// Receives a person who was read. `Break` cancels.
    fn person(&mut self, person: Participant, units: &UnitTree) -> ControlFlow<()>;
    /// Receives the progress from time to time. `Break` cancels.
    fn progress(&mut self, rows: u64, faults: u64, part_done: f64) -> ControlFlow<()>;
}

//! One line of the audit trail: an event, when and where it happened and who did it; and the ids that order a trail.

use super::event::AuditEvent;
use crate::domain::ids::CampaignId;
use crate::domain::time::UnixMillis;

/// The actor when the clock, not a person, opened or closed a campaign. Logins have no slash.
pub const ACTOR_CLOCK: &str = "system/clock";
/// The actor on the command line; the operating system knows its user.
pub const ACTOR_COMMAND_LINE: &str = "system/cli";

/// The actor of events that the service counted.
pub const ACTOR_SERVICE: &str = "system/service";

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Orders the trail.
    pub id: AuditEntryId,
    /// `None`: it concerns the installation.
    pub campaign: Option<CampaignId>,
    /// When it happened, by the clock of the node that wrote it.
    pub at: UnixMillis,
    /// A login, [`ACTOR_CLOCK`], [`ACTOR_COMMAND_LINE`] or [`ACTOR_SERVICE`].
    pub actor: String,
    /// What was done.
    pub event: AuditEvent,
}

/// Sorts by time: 6 bytes of milliseconds since the epoch, big-endian, then 10 random bytes. If the trail already holds
/// a later id, the store uses [`Self::after`], so that a trail keeps the order in which it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditEntryId(pub [u8; 16]);

impl AuditEntryId {
    /// `random` comes from the node's generator.
    pub fn new(at: UnixMillis, random: [u8; 10]) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&at.0.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&random);
        Self(bytes)
    }

    /// An id that sorts shortly after `newest`: larger by 1 plus this id's last 4 random bytes, so that two ids written
    /// at once still differ.
    pub fn after(self, newest: Self) -> Self {
        let [.., a, b, c, d] = self.0;
        let step = 1 + u128::from(u32::from_be_bytes([a, b, c, d]));
        Self(u128::from_be_bytes(newest.0).saturating_add(step).to_be_bytes())
    }
}

impl AuditEntry {
    /// A line for the installation's trail (`None`) or a campaign's.
    pub fn new(campaign: Option<CampaignId>, at: UnixMillis, random: [u8; 10], actor: &str, event: AuditEvent) -> Self {
        Self { id: AuditEntryId::new(at, random), campaign, at, actor: actor.into(), event }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_can_follow_a_later_one() {
        let newest = AuditEntryId::new(UnixMillis(1_703_643_300_120), [255; 10]);
        let follower = AuditEntryId::new(UnixMillis(1_703_643_300_119), [9; 10]).after(newest);
        let another = AuditEntryId::new(UnixMillis(1_703_643_300_119), [8; 10]).after(newest);
        assert!(newest < another && another < follower);
    }

    #[test]
    fn ids_sort_by_time() {
        let early = AuditEntryId::new(UnixMillis(1_703_643_300_119), [255; 10]);
        assert!(early < AuditEntryId::new(UnixMillis(1_703_643_300_120), [0; 10]));
    }
}

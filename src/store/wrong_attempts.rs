//! Wrong attempts, as the nodes of a shared database tell each other of them: how many, and in which bucket of a
//! throttle.
//!
//! A bucket is chosen by a hash under the keyring's key, so it names nobody, and it is the same at every node.

use super::StoreError;
use crate::domain::time::UnixMillis;
use crate::every_variant::every_variant;
use async_trait::async_trait;
use tokio::sync::mpsc;

/// Tallies told at once; what is more waits for the next telling.
pub const BUCKET_COUNTS_MAX: usize = 4_096;
/// Tellings of one node that are kept. The next one takes the place of the oldest.
pub const REPORTS_KEPT: u64 = 64;
/// Attempts that wait to be told. Beyond it an attempt is counted at its own node only.
const WAITING_MAX: usize = 16_384;

/// What a throttle stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ThrottleKind {
    /// A signer's access code.
    AccessCode,
    /// A console account's password.
    Password,
    /// The same, as it counts for the account: tried by one of its known devices or open sessions, by this one, by
    /// anybody else, and by anybody else of one site.
    KnownDevices,
    KnownDevice,
    Strangers,
    StrangersOfASite,
}

impl ThrottleKind {
    pub const ALL: [Self; 6] =
        every_variant!(ThrottleKind: AccessCode, Password, KnownDevices, KnownDevice, Strangers, StrangersOfASite);

    pub fn number(self) -> u8 {
        match self {
            Self::AccessCode => 1,
            Self::Password => 2,
            Self::KnownDevices => 3,
            Self::KnownDevice => 4,
            Self::Strangers => 5,
            Self::StrangersOfASite => 6,
        }
    }

    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|throttle| throttle.number() == number)
    }
}

/// Wrong attempts in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketCount {
    pub throttle: ThrottleKind,
    pub bucket: u16,
    pub wrong: u16,
}

/// What one node tells at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptReport {
    /// Drawn when the node starts.
    pub node: [u8; 16],
    /// Counts the node's tellings, from 0.
    pub number: u64,
    /// By the database's clock, where it has one of its own.
    pub at: UnixMillis,
    pub counts: Vec<BucketCount>,
}

#[async_trait]
pub trait WrongAttemptStore: Send + Sync {
    /// Keeps a telling, and forgets those of all nodes that were told up to `forget`.
    async fn report_attempts(&self, telling: &AttemptReport, forget: UnixMillis) -> Result<(), StoreError>;
    /// What the other nodes told after `since`, each node's in the order of its numbers.
    async fn attempt_reports(&self, node: [u8; 16], since: UnixMillis) -> Result<Vec<AttemptReport>, StoreError>;
}

/// Where a throttle says that an attempt was wrong. It never waits; on a database that nobody shares it does nothing.
#[derive(Clone, Default)]
pub struct AttemptSender(Option<mpsc::Sender<(ThrottleKind, u16)>>);

impl AttemptSender {
    /// And who hears it.
    pub fn channel() -> (Self, mpsc::Receiver<(ThrottleKind, u16)>) {
        let (told, heard) = mpsc::channel(WAITING_MAX);
        (Self(Some(told)), heard)
    }

    pub fn wrong(&self, throttle: ThrottleKind, bucket: u16) {
        if let Some(told) = &self.0 {
            // Full: it is counted here, which slows whoever tries on here.
            let _ = told.try_send((throttle, bucket));
        }
    }
}

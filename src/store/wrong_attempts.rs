//! Counts of wrong attempts, shared between the nodes of one database: how many, and in which bucket of a throttle.
//!
//! A bucket is chosen by a hash under the keyring's key: it identifies nobody, and it is the same on every node.

use super::StoreError;
use crate::domain::time::UnixMillis;
use crate::every_variant::every_variant;
use async_trait::async_trait;

/// Most counts in one report. The rest wait for the next report.
pub const BUCKET_COUNTS_MAX: usize = 4_096;
/// Reports that are kept of one node. A new one replaces the oldest.
pub const REPORTS_KEPT: u64 = 64;

/// What a throttle protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ThrottleKind {
    /// A signer's access code.
    AccessCode,
    /// A console account's password.
    Password,
    /// A console account's password, tried from any device that has signed in to it, or from an open session.
    KnownDevices,
    /// A console account's password, tried from one such device.
    KnownDevice,
    /// A console account's password, tried from any device unknown to it.
    Strangers,
    /// A console account's password, tried from devices unknown to it at one network address block.
    StrangersOfASite,
}

impl ThrottleKind {
    /// Every kind, in the order of [`Self::number`].
    pub const ALL: [Self; 6] =
        every_variant!(ThrottleKind: AccessCode, Password, KnownDevices, KnownDevice, Strangers, StrangersOfASite);

    /// The number that is stored for it, from 1. A number isn't given to another kind later.
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

    /// Reads what [`Self::number`] writes; `None` for the number of a later release's kind.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|throttle| throttle.number() == number)
    }
}

/// Wrong attempts in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketCount {
    /// The throttle that counts them.
    pub throttle: ThrottleKind,
    /// Index of the bucket in the throttle's table.
    pub bucket: u16,
    /// Number of wrong attempts since the node's report before.
    pub wrong: u16,
}

/// A node's report of the wrong attempts since its last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptReport {
    /// Drawn when the node starts.
    pub node: [u8; 16],
    /// Counts the node's reports, from 0.
    pub number: u64,
    /// By the database's clock, where it has one of its own.
    pub at: UnixMillis,
    /// At most [`BUCKET_COUNTS_MAX`], one for each bucket.
    pub counts: Vec<BucketCount>,
}

/// Reports of wrong attempts, exchanged through the database.
#[async_trait]
pub trait WrongAttemptStore: Send + Sync {
    /// Stores a report, and deletes those of all nodes that were made up to `forget`.
    async fn report_attempts(&self, report: &AttemptReport, forget: UnixMillis) -> Result<(), StoreError>;
    /// Reports that other nodes made after `since`, each node's in the order of their numbers.
    async fn attempt_reports(&self, node: [u8; 16], since: UnixMillis) -> Result<Vec<AttemptReport>, StoreError>;
}

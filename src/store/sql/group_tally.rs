//! Pledges by reporting group in one row of `group_tally`: a number of four bytes for each group, big-endian.
//!
//! The number of a group is this one and `reporting_group.signed`, where an earlier program and PostgreSQL count.

use super::Row;
use crate::store::StoreError;
use sqlx::Row as _;
use std::ops::Range;

const NUMBER_BYTES: usize = 4;

/// A campaign's numbers, by the index of the group.
pub(super) struct SignedByGroup(Vec<u8>);

impl SignedByGroup {
    /// The column `tally` of the first of several rows; all zero without one.
    pub fn of_first(rows: &[Row]) -> Result<Self, StoreError> {
        let tally = rows.first().map(|row| row.try_get::<Option<Vec<u8>>, _>("tally")).transpose()?.flatten();
        Ok(Self(tally.unwrap_or_default()))
    }

    /// Pledges of a group.
    pub fn signed(&self, group: u32) -> u64 {
        let bytes = self.0.get(place(group)).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, |bytes| u64::from(u32::from_be_bytes(bytes)))
    }
}

/// Where a group's number is.
pub(super) fn place(group: u32) -> Range<usize> {
    let at = (group as usize).saturating_mul(NUMBER_BYTES);
    at..at.saturating_add(NUMBER_BYTES)
}

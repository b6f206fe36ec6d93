//! Columns as the program's types. A value that doesn't fit is `StoreError::Corrupt`.

use super::Row;
use crate::domain::employment::EmploymentKind;
use crate::domain::notice::RosterStanding;
use crate::domain::participant::Participant;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use sqlx::Row as _;

/// A fixed-size BLOB column.
pub(super) fn bytes_column<const N: usize>(row: &Row, column: &'static str) -> Result<[u8; N], StoreError> {
    row.try_get::<&[u8], _>(column)?.try_into().map_err(|_| StoreError::Corrupt(column))
}

/// A BIGINT column that is never negative.
pub(super) fn u64_column(row: &Row, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Corrupt(column))
}

/// A BIGINT column that fits 32 bits.
pub(super) fn u32_column(row: &Row, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::Corrupt(column))
}

/// A nullable BIGINT column that fits 32 bits.
pub(super) fn optional_u32_column(row: &Row, column: &'static str) -> Result<Option<u32>, StoreError> {
    let number: Option<i64> = row.try_get(column)?;
    number.map(u32::try_from).transpose().map_err(|_| StoreError::Corrupt(column))
}

/// A nullable BIGINT column of Unix milliseconds.
pub(super) fn time_column(row: &Row, column: &'static str) -> Result<Option<UnixMillis>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(UnixMillis))
}

/// The kind of employment; 0 where it isn't filled in.
pub(super) fn employment_column(row: &Row) -> Result<Option<EmploymentKind>, StoreError> {
    const COLUMN: &str = "employment";
    match u8::try_from(row.try_get::<i64, _>(COLUMN)?) {
        Ok(0) => Ok(None),
        code => code.ok().and_then(EmploymentKind::from_code).map(Some).ok_or(StoreError::Corrupt(COLUMN)),
    }
}

/// Whether the person counts and may sign.
pub(super) fn standing_column(row: &Row) -> Result<RosterStanding, StoreError> {
    const COLUMN: &str = "standing";
    let code = u8::try_from(row.try_get::<i64, _>(COLUMN)?).ok();
    code.and_then(RosterStanding::from_code).ok_or(StoreError::Corrupt(COLUMN))
}

/// What [`employment_column`] reads.
pub(super) fn employment_code(person: &Participant) -> i64 {
    person.employment.map_or(0, |kind| i64::from(kind.code()))
}

//! Reports of wrong attempts that nodes exchange.

use super::columns::{bytes_column, u64_column};
use super::write_result::commit;
use super::{Database, Row};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::wrong_attempts::{
    AttemptReport, BUCKET_COUNTS_MAX, BucketCount, REPORTS_KEPT, ThrottleKind, WrongAttemptStore,
};
use async_trait::async_trait;
use sqlx::Row as _;

/// One count in the `tallies` column: throttle u8, bucket u16, wrong attempts u16, big-endian.
const BUCKET_COUNT_BYTES: usize = 1 + 2 + 2;
/// Most reports in one read; all nodes together make fewer in a second.
const REPORTS_READ_MAX: i64 = 4_096;

#[async_trait]
impl WrongAttemptStore for Database {
    async fn report_attempts(&self, report: &AttemptReport, forget: UnixMillis) -> Result<(), StoreError> {
        let number = i64::try_from(report.number).map_err(|_| StoreError::Corrupt("number"))?;
        let place = i64::try_from(report.number % REPORTS_KEPT).map_err(|_| StoreError::Corrupt("place"))?;
        let counts = bytes(&report.counts);
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("DELETE FROM wrong_tally WHERE told_at <= $1").bind(forget.0).execute(&mut *tx).await?;
            sqlx::query(
                "INSERT INTO wrong_tally (node, place, number, told_at, tallies) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (node, place) DO UPDATE SET number = excluded.number, told_at = excluded.told_at, \
                 tallies = excluded.tallies",
            )
            .bind(report.node.as_slice())
            .bind(place)
            .bind(number)
            .bind(report.at.0)
            .bind(counts.as_slice())
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn attempt_reports(&self, node: [u8; 16], since: UnixMillis) -> Result<Vec<AttemptReport>, StoreError> {
        let rows = sqlx::query(
            "SELECT node, number, told_at, tallies FROM wrong_tally WHERE told_at > $1 AND node <> $2 \
             ORDER BY node, number LIMIT $3",
        )
        .bind(since.0)
        .bind(node.as_slice())
        .bind(REPORTS_READ_MAX)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(report).collect()
    }
}

fn report(row: &Row) -> Result<AttemptReport, StoreError> {
    let packed: &[u8] = row.try_get("tallies")?;
    if !packed.len().is_multiple_of(BUCKET_COUNT_BYTES) || packed.len() > BUCKET_COUNTS_MAX * BUCKET_COUNT_BYTES {
        return Err(StoreError::Corrupt("tallies"));
    }
    Ok(AttemptReport {
        node: bytes_column(row, "node")?,
        number: u64_column(row, "number")?,
        at: UnixMillis(row.try_get("told_at")?),
        counts: counts(packed),
    })
}

fn counts(packed: &[u8]) -> Vec<BucketCount> {
    // A newer program on the same database may have throttles that this one doesn't know; they are skipped.
    let count = |count: &[u8]| {
        Some(BucketCount {
            throttle: ThrottleKind::from_number(count[0])?,
            bucket: u16::from_be_bytes([count[1], count[2]]),
            wrong: u16::from_be_bytes([count[3], count[4]]),
        })
    };
    packed.chunks_exact(BUCKET_COUNT_BYTES).filter_map(count).collect()
}

fn bytes(counts: &[BucketCount]) -> Vec<u8> {
    let count = |count: &BucketCount| {
        let (bucket, wrong) = (count.bucket.to_be_bytes(), count.wrong.to_be_bytes());
        [count.throttle.number(), bucket[0], bucket[1], wrong[0], wrong[1]]
    };
    counts.iter().take(BUCKET_COUNTS_MAX).flat_map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_that_only_a_newer_program_has_is_skipped() {
        let known = ThrottleKind::ALL.map(|throttle| BucketCount { throttle, bucket: 258, wrong: 3 });
        let mut packed = vec![99, 0, 0, 0, 1];
        packed.extend(bytes(&known));
        assert_eq!(counts(&packed), known);
    }
}

//! What nodes tell each other of wrong attempts.

use super::{Database, Row, blob, commit, count};
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::attempts::{AttemptStore, Gate, TALLIES_MAX, TELLINGS_KEPT, Tally, Telling};
use async_trait::async_trait;
use sqlx::Row as _;

/// Gate, bucket, attempts.
const TALLY_BYTES: usize = 1 + 2 + 2;
/// Tellings read at once; more than any number of nodes tells in a second.
const TELLINGS_READ_MAX: i64 = 4_096;

#[async_trait]
impl AttemptStore for Database {
    async fn tell_attempts(&self, telling: &Telling, forget: UnixMillis) -> Result<(), StoreError> {
        let number = i64::try_from(telling.number).map_err(|_| StoreError::Corrupt("number"))?;
        let place = i64::try_from(telling.number % TELLINGS_KEPT).map_err(|_| StoreError::Corrupt("place"))?;
        let tallies = bytes(&telling.tallies);
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query("DELETE FROM wrong_tally WHERE told_at <= $1").bind(forget.0).execute(&mut *tx).await?;
            sqlx::query(
                "INSERT INTO wrong_tally (node, place, number, told_at, tallies) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (node, place) DO UPDATE SET number = excluded.number, told_at = excluded.told_at, \
                 tallies = excluded.tallies",
            )
            .bind(telling.node.as_slice())
            .bind(place)
            .bind(number)
            .bind(telling.at.0)
            .bind(tallies.as_slice())
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn attempts_told(&self, node: [u8; 16], since: UnixMillis) -> Result<Vec<Telling>, StoreError> {
        let rows = sqlx::query(
            "SELECT node, number, told_at, tallies FROM wrong_tally WHERE told_at > $1 AND node <> $2 \
             ORDER BY node, number LIMIT $3",
        )
        .bind(since.0)
        .bind(node.as_slice())
        .bind(TELLINGS_READ_MAX)
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(telling).collect()
    }
}

fn telling(row: &Row) -> Result<Telling, StoreError> {
    let told: &[u8] = row.try_get("tallies")?;
    if !told.len().is_multiple_of(TALLY_BYTES) || told.len() > TALLIES_MAX * TALLY_BYTES {
        return Err(StoreError::Corrupt("tallies"));
    }
    Ok(Telling {
        node: blob(row, "node")?,
        number: count(row, "number")?,
        at: UnixMillis(row.try_get("told_at")?),
        tallies: tallies(told),
    })
}

fn tallies(told: &[u8]) -> Vec<Tally> {
    // A newer program on the same database may have gates that aren't known here.
    let tally = |tally: &[u8]| {
        Some(Tally {
            gate: Gate::from_number(tally[0])?,
            bucket: u16::from_be_bytes([tally[1], tally[2]]),
            wrong: u16::from_be_bytes([tally[3], tally[4]]),
        })
    };
    told.chunks_exact(TALLY_BYTES).filter_map(tally).collect()
}

fn bytes(tallies: &[Tally]) -> Vec<u8> {
    let tally = |tally: &Tally| {
        let (bucket, wrong) = (tally.bucket.to_be_bytes(), tally.wrong.to_be_bytes());
        [tally.gate.number(), bucket[0], bucket[1], wrong[0], wrong[1]]
    };
    tallies.iter().take(TALLIES_MAX).flat_map(tally).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_a_newer_program_has_is_passed_over() {
        let known = Gate::ALL.map(|gate| Tally { gate, bucket: 258, wrong: 3 });
        let mut told = vec![99, 0, 0, 0, 1];
        told.extend(bytes(&known));
        assert_eq!(tallies(&told), known);
    }
}

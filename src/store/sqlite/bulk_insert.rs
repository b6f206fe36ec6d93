//! Bulk inserts in a few fixed sizes, so that the prepared statements stay cached.
//!
//! The placeholders are bare `?`: SQLite stores `$1`, `$2`, … as names, and looking up each name for its binding would
//! cost a long statement more than its rows.
//!
//! The statements use `OR FAIL`: a row that fails doesn't undo the rows before it, since the caller then rolls back the
//! whole transaction. To be able to undo a single statement, SQLite would copy every page before the statement changes
//! it.

/// Rows per statement, largest first. They add up to any number, with each size below the largest used at most once.
/// Each further statement is a round trip to the database's thread, which costs more than its rows.
const SIZES: [usize; 10] = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1];

/// The same statement for each size: a head, then `(?, ?, …), (?, …)`, then a tail.
pub(super) struct BulkInsert {
    texts: [String; SIZES.len()],
}

impl BulkInsert {
    /// `columns` is the number of values that are bound for each row.
    pub(super) fn new(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", placeholders(columns));
        Self { texts: SIZES.map(|size| format!("{head} {} {tail}", vec![row.as_str(); size].join(", "))) }
    }

    /// Splits rows into pieces, each with its statement.
    pub(super) fn pieces<'r, R>(&'static self, mut rows: &'r [R]) -> impl Iterator<Item = (&'static str, &'r [R])> {
        std::iter::from_fn(move || {
            let at = SIZES.iter().position(|size| *size <= rows.len())?;
            let (piece, rest) = rows.split_at(SIZES[at]);
            rows = rest;
            Some((self.texts[at].as_str(), piece))
        })
    }
}

/// As many placeholders: `?, ?, …`.
pub(super) fn placeholders(number: usize) -> String {
    vec!["?"; number].join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    static INSERT: LazyLock<BulkInsert> = LazyLock::new(|| BulkInsert::new("INSERT INTO t VALUES", 2, ""));

    #[test]
    fn pieces_make_up_any_number_of_rows() {
        assert_eq!(INSERT.pieces(&[()]).next().map(|(text, _)| text), Some("INSERT INTO t VALUES (?, ?) "));
        for count in [0, 1, 15, 16, 127, 128, 300, 1_100] {
            let rows = vec![(); count];
            assert_eq!(INSERT.pieces(&rows).map(|(_, piece)| piece.len()).sum::<usize>(), count);
        }
    }
}

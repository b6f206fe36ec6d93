//! Inserts of many rows at once, in a few fixed sizes so that the prepared statements stay warm.
//!
//! Their placeholders are bare `?`: SQLite keeps `$1`, `$2`, … as names, and looking every name up again for each
//! binding would cost a long statement more than its rows.
//!
//! They fail where they stand (`OR FAIL`) and don't undo what their own rows did before, since whoever runs them gives
//! up the whole transaction then. To be able to undo a statement, SQLite copies every page before that statement
//! changes it.

/// Rows per statement, largest first; together they make up any number, each below the largest at most once. A
/// statement more is a turn to the database's thread and back, which costs more than its rows.
const SIZES: [usize; 10] = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1];

/// The same statement for each size: a head, then `(?, ?, …), (?, …)`, then a tail.
pub(super) struct BulkInsert {
    texts: [String; SIZES.len()],
}

impl BulkInsert {
    /// With so many columns to be bound per row.
    pub(super) fn new(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", places(columns));
        Self { texts: SIZES.map(|size| format!("{head} {} {tail}", vec![row.as_str(); size].join(", "))) }
    }

    /// Cuts rows into pieces, each with its statement.
    pub(super) fn pieces<'r, R>(&'static self, mut rows: &'r [R]) -> impl Iterator<Item = (&'static str, &'r [R])> {
        std::iter::from_fn(move || {
            let at = SIZES.iter().position(|size| *size <= rows.len())?;
            let (piece, rest) = rows.split_at(SIZES[at]);
            rows = rest;
            Some((self.texts[at].as_str(), piece))
        })
    }
}

/// `?, ?, …`
pub(super) fn places(number: usize) -> String {
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

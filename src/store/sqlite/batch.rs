//! Inserts of many rows at once, in a few fixed sizes so that the prepared statements stay warm.

/// Rows per statement, largest first; together they make up any number.
const SIZES: [usize; 3] = [128, 16, 1];

/// The same statement for each size: a head, then `($1, $2, …), ($n, …)`, then a tail.
pub(super) struct Batch {
    texts: [String; 3],
}

impl Batch {
    /// `row` placeholders per row, numbered after the `fixed` first ones, which stand in every row before its own.
    pub(super) fn new(head: &str, fixed: usize, row: usize, tail: &str) -> Self {
        Self { texts: SIZES.map(|size| format!("{head} {} {tail}", values(size, fixed, row))) }
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

fn values(rows: usize, fixed: usize, row: usize) -> String {
    let mut text = String::new();
    for at in 0..rows {
        text.push_str(if at == 0 { "(" } else { ", (" });
        let own = fixed + at * row;
        let placeholders: Vec<String> =
            (1..=fixed).chain(own + 1..=own + row).map(|number| format!("${number}")).collect();
        text.push_str(&placeholders.join(", "));
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    static BATCH: LazyLock<Batch> = LazyLock::new(|| Batch::new("INSERT INTO t VALUES", 1, 2, ""));

    #[test]
    fn pieces_make_up_any_number_of_rows() {
        assert_eq!(values(2, 1, 2), "($1, $2, $3), ($1, $4, $5)");
        for count in [0, 1, 15, 16, 127, 128, 300] {
            let rows = vec![(); count];
            assert_eq!(BATCH.pieces(&rows).map(|(_, piece)| piece.len()).sum::<usize>(), count);
        }
    }
}

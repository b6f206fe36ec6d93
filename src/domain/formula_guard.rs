//! The apostrophe in front of a cell that a spreadsheet would take for a formula (OWASP, CSV injection).
//!
//! What is written with it is read back as it was.

use std::borrow::Cow;

const APOSTROPHE: char = '\'';

/// The cell for a CSV file. An apostrophe that would be taken off again gets another one.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if begins_a_formula(cell) { Cow::Owned(format!("{APOSTROPHE}{cell}")) } else { Cow::Borrowed(cell) }
}

/// The cell without the apostrophe that [`guarded`] put in front of it.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix(APOSTROPHE) {
        Some(rest) if begins_a_formula(rest) => rest,
        _ => cell,
    }
}

fn begins_a_formula(cell: &str) -> bool {
    cell.trim_start_matches(APOSTROPHE).starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for (cell, written) in
            [("=1+1", "'=1+1"), ("-5", "'-5"), ("@x", "'@x"), ("'-x", "''-x"), ("Budi", "Budi"), ("'Aisyah", "'Aisyah")]
        {
            assert_eq!(guarded(cell), written);
        }
    }

    proptest! {
        #[test]
        fn what_is_guarded_is_read_back_as_it_was(cell in "'{0,3}[=+@\\-]{0,2}\\PC{0,8}") {
            let written = guarded(&cell);
            prop_assert_eq!(unguarded(&written), &cell);
        }
    }
}

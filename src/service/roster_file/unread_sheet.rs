//! Sheets that are not read, and what a report tells of them: how many rows hold something, and the first ones.

/// Rows of a hidden sheet that are counted.
pub const HIDDEN_ROWS_MAX: u64 = 10_000;
/// Rows that are shown.
const FIRST_ROWS_MAX: usize = 3;
/// Cells of a row that are shown.
const FIRST_CELLS_MAX: usize = 5;

/// Why a sheet is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadReason {
    /// No header was found within its first 50 rows.
    NoHeader,
    /// It is hidden.
    Hidden,
    /// It is hidden so that a spreadsheet's menu doesn't list it.
    VeryHidden,
}

impl UnreadReason {
    /// The last part of the message key, such as `no-header`.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoHeader => "no-header",
            Self::Hidden => "hidden",
            Self::VeryHidden => "very-hidden",
        }
    }
}

/// A sheet that holds something and is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadSheet {
    /// The sheet's name; empty for a text file.
    pub sheet: String,
    /// Why it is not read.
    pub reason: UnreadReason,
    /// Rows that hold something.
    pub rows: u64,
    /// There are more rows, which weren't counted.
    pub has_more: bool,
    /// What the first cells of the first of them show.
    pub first: Vec<String>,
}

impl UnreadSheet {
    /// A sheet of which no row was seen yet.
    pub fn new(sheet: &str, reason: UnreadReason) -> Self {
        Self { sheet: sheet.to_owned(), reason, rows: 0, has_more: false, first: vec![] }
    }

    /// Counts a row by its filled cells, each shortened.
    pub fn see(&mut self, filled: impl Iterator<Item = String>) {
        let mut filled = filled.peekable();
        if filled.peek().is_none() {
            return;
        }
        self.rows += 1;
        if self.first.len() < FIRST_ROWS_MAX {
            let cells: Vec<String> = filled.take(FIRST_CELLS_MAX).collect();
            self.first.push(cells.join(" | "));
        }
    }
}

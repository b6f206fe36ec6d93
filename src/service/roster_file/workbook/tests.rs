//! An independent reader sees the same cells.

use super::*;
use crate::service::roster_file::budget::STEPS_MAX;
use crate::service::roster_file::cell::{Cell, ColumnNeed, Merged, RawRow};
use calamine::{Data, Reader as _, Xlsx};
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

#[derive(Default)]
struct Kept(Vec<(u32, u32, Cell)>);

impl RowSink for Kept {
    fn sheet(&mut self, _: &str) {}
    fn need(&self, _: u32) -> ColumnNeed {
        ColumnNeed::Needed
    }
    fn row(&mut self, row: RawRow<'_>) -> ControlFlow<()> {
        self.0.extend(row.cells.iter().map(|(column, cell)| (row.row - 1, *column, cell.clone())));
        ControlFlow::Continue(())
    }
    fn merged(&mut self, _: Merged) {}
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Text as people may type it, with entities and with white space at the ends.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9&<>\"' ]{1,12}", "[ -~é€ß]{1,8}", Just("x".into())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Covers inline strings (constant memory) and shared strings.
    #[test]
    fn cells_are_read_as_another_reader_does(
        cells in prop::collection::btree_map((0u32..30, 0u16..30), prop_oneof![text().prop_map(Ok), any::<i32>().prop_map(Err)], 1..60),
        inline in any::<bool>(),
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut workbook = Workbook::new();
        let sheet = if inline { workbook.add_worksheet_with_constant_memory().unwrap() } else { workbook.add_worksheet() };
        for ((row, column), value) in &cells {
            match value {
                Ok(text) => sheet.write_string(*row, *column, text).unwrap(),
                Err(number) => sheet.write_number(*row, *column, *number).unwrap(),
            };
        }
        workbook.save(file.path()).unwrap();
        let mut kept = Kept::default();
        read(file.reopen().unwrap(), &mut kept, &Budget::for_test(STEPS_MAX)).unwrap();
        let mut other: Xlsx<_> = calamine::open_workbook(file.path()).unwrap();
        let range = other.worksheet_range_at(0).unwrap().unwrap();
        let theirs: Vec<(u32, u32, String)> = range
            .used_cells()
            .map(|(row, column, data)| {
                let start = range.start().unwrap();
                let text = match data {
                    Data::Float(number) => format!("{number}"),
                    data => data.to_string(),
                };
                (start.0 + u32::try_from(row).unwrap(), start.1 + u32::try_from(column).unwrap(), text)
            })
            .collect();
        let ours: Vec<(u32, u32, String)> = kept.0.iter().map(|(row, column, cell)| (*row, *column, cell.shown().to_owned())).collect();
        prop_assert_eq!(ours, theirs);
    }
}

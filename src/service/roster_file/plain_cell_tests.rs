//! Plain cells are read as the XML reader reads them.

use super::budget::{Budget, STEPS_MAX};
use super::cell::{Cell, ColumnNeed, Merged, RawRow, RowSink};
use super::shared_strings::SharedStrings;
use super::sheet::read;
use proptest::prelude::*;
use quick_xml::Reader;
use std::io::BufReader;
use std::ops::ControlFlow;

/// Wants every second column.
#[derive(Default, PartialEq, Debug)]
struct Halved(Vec<(u32, Vec<(u32, Cell)>)>);

impl RowSink for Halved {
    fn sheet(&mut self, _: &str) {}
    fn need(&self, column: u32) -> ColumnNeed {
        if column.is_multiple_of(2) { ColumnNeed::Needed } else { ColumnNeed::Unneeded }
    }
    fn row(&mut self, row: RawRow<'_>) -> ControlFlow<()> {
        self.0.push((row.row, row.cells.to_vec()));
        ControlFlow::Continue(())
    }
    fn merged(&mut self, _: Merged) {}
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What is read of a sheet in blocks of this size. In blocks of one byte no cell is plain.
fn seen(sheet: &str, block: usize) -> (Halved, Option<String>) {
    let budget = Budget::for_test(STEPS_MAX);
    let mut xml = Reader::from_reader(BufReader::with_capacity(block, sheet.as_bytes()));
    xml.config_mut().check_end_names = false;
    let mut rows = Halved::default();
    let result = read(&mut xml, &budget, &mut SharedStrings::default(), 0, &mut rows);
    (rows, result.err().map(|error| error.to_string()))
}

/// Pieces of a cell, whole or broken.
fn content() -> impl Strategy<Value = String> {
    let usual = prop::sample::select(vec![
        "<v>12</v>",
        "<v></v>",
        "<is><t>Siti é</t></is>",
        "<is><t xml:space=\"preserve\"> Siti </t></is>",
        "<is><r><t>A</t></r><r><t>B</t></r></is>",
        "<f>A1</f><v>1</v>",
        "<f/>",
        "",
    ]);
    let broken = prop::sample::select(vec![
        "<v>",
        "</v>",
        "<is>",
        "</is>",
        "<t>",
        "</t>",
        "<rPh>",
        "</rPh>",
        "<v a=\"</c>\">",
        "<v a='>'>",
        "<c>",
        "</c>",
        "</x:c>",
        "<x:v>",
        "12",
        "&amp;",
        "&none;",
        "&",
        "\r\n",
        "<!-- </c> -->",
        "<![CDATA[</c>]]>",
        "<?x </c>?>",
        "<",
        ">",
    ]);
    prop_oneof![
        4 => usual.prop_map(str::to_owned),
        1 => prop::collection::vec(broken, 1..6).prop_map(|pieces| pieces.concat()),
    ]
}

fn opening() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<c>",
        "<c t=\"str\">",
        "<c r=\"C7\" s=\"1\" t=\"inlineStr\">",
        "<c t=\"n\" r=\"A1\">",
        "<c t=\"\">",
        "<c t=\"e\" t=\"str\">",
        "\n <c>",
        " <c r='B1' >",
        "<c r=\"A>1\">",
        "<c r=\"&amp;\">",
        "<c r=\"C1\"/><c>",
        "<x:c t=\"str\">",
        "<c r=\"\u{e9}\">",
        "<c",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_sheet_is_read_alike_in_blocks_of_any_size(
        rows in prop::collection::vec(prop::collection::vec((opening(), content()), 0..5), 1..4),
        block in 2usize..200,
    ) {
        let cell = |(opening, content): &(&str, String)| format!("{opening}{content}</c>");
        let row = |cells: &Vec<(&str, String)>| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
        let rows: String = rows.iter().map(row).collect();
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        let slowly = seen(&sheet, 1);
        prop_assert_eq!(&seen(&sheet, block), &slowly);
        prop_assert_eq!(&seen(&sheet, 1 << 16), &slowly);
    }
}

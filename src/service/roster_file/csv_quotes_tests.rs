//! Quotation marks that take rows in, and line ends that belong to a cell.

use super::RosterFileError;
use super::budget::{Budget, STEPS_MAX, TOKEN_BYTES_MAX};
use super::cell::{ColumnNeed, Merged, RawRow, RowSink};
use super::csv_rows::read;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;

struct AllRows;

impl RowSink for AllRows {
    fn sheet(&mut self, _: &str) {}
    fn need(&self, _: u32) -> ColumnNeed {
        ColumnNeed::Needed
    }
    fn row(&mut self, _: RawRow<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    fn merged(&mut self, _: Merged) {}
    fn progress(&mut self, _: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

fn refusal(bytes: &[u8]) -> Option<RosterFileError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    read(File::open(file.path()).unwrap(), &mut AllRows, &Budget::for_test(STEPS_MAX)).err()
}

fn open_line(text: &str) -> Option<u64> {
    match refusal(text.as_bytes())? {
        RosterFileError::QuoteNotClosed { line } => Some(line),
        other => panic!("{text:?}: {other:?}"),
    }
}

#[test]
fn a_quotation_mark_that_takes_rows_in_is_refused_with_its_line() {
    const HEAD: &str = "NIP;NAMA;UNIT KERJA;KETERANGAN\n";
    for (line, rows) in [
        // To the end of the file.
        (2, "N;Budi;Dinas;\"pensiun\nM;Siti;Dinas;\n"),
        (2, "N;Budi;Dinas;\"pensiun\nM;Siti;Dinas;"),
        (2, "N;Budi;Dinas;\"pensiun"),
        (2, "N;\"Budi;Dinas;pensiun"),
        (2, "N;\"Budi;Dinas;pensiun\n"),
        (3, "L;Ali;Dinas;\nN;\"Budi;Dinas;\n\n\nM;Siti;Dinas;\n"),
        (4, "L;Ali;\"Dinas\nSosial\";\nN;\"Budi;Dinas;\nM;Siti;Dinas;\n"),
        (3, "L;Ali;\"Dinas\";\n\"N;Budi;Dinas;\nM;Siti;Dinas;\n"),
        // To the next mark, which was to open a cell.
        (2, "N;Budi;Dinas;\"pensiun\nM;Siti;Dinas;\"aktif\"\nK;Ani;Dinas;\n"),
        (2, "N;\"Budi;Dinas;\nM;\"Siti\";Dinas;\n"),
        (2, "N;\"Budi;Dinas;\nM;Siti;Dinas;\nK;Ani;Dinas;\"\"\nL;\"Ali\";Dinas;\n"),
        (3, "L;Ali;Dinas;\nN;Budi;Dinas;\"pensiun\nM;Siti;Dinas;\nK;Ani;Dinas;pindah\"\nH;Eko;Dinas;\n"),
    ] {
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(open_line(&format!("{HEAD}{rows}").replace('\n', end)), Some(line), "{rows:?}, {end:?}");
        }
        let commas = format!("{HEAD}{rows}").replace(';', ",");
        assert_eq!(open_line(&commas), Some(line), "{commas:?}");
    }
    // The name's own comma makes up for the one that is swallowed.
    assert_eq!(open_line("NIP,NAMA,UNIT,X\nN,\"Budi,Dinas,\nM,\"Siti, S.Kom\",Dinas,\n"), Some(2));
    assert_eq!(open_line("NIP,NAMA,UNIT\nN,\"Budi,Dinas\nM,\"Siti, S.Kom\",Dinas\n"), Some(2));
}

#[test]
fn line_ends_that_belong_to_a_cell_are_read() {
    for rows in [
        "N;Budi;\"Jl. Merdeka 1\nRT 2; RW 3\nPalembang\";\n",
        "N;\"Budi\nSantoso\";Dinas;\"a\n\nb\n\"\n",
        "N;\"Budi \"\"Bud\"\"\nSantoso\";Dinas;\n",
        "N;Budi;5\" x;x\"\n",
        "N;Budi;Dinas;\"x\"",
        "N;Budi;Dinas;\"\"",
    ] {
        assert_eq!(open_line(&format!("NIP;NAMA;ALAMAT;KETERANGAN\n{rows}")), None, "{rows:?}");
    }
    let address = "NIP,NAMA,ALAMAT\nN,Budi,\"Jl. Merdeka, No. 1,\nKel. 20 Ilir, Kec. Ilir Timur, Kota Palembang\"\n";
    assert_eq!(open_line(address), None);
}

#[test]
fn only_a_row_with_a_quotation_mark_left_open_is_told_to_close_it() {
    let endless = usize::try_from(TOKEN_BYTES_MAX).unwrap() + (64 << 10);
    let refused = |begins: &str, goes_on: &str| {
        // The rows before it contain quotation marks, too.
        let file = format!("NIP;Nama\n1;\"Siti \"\"S\"\"\"\n{begins}{}", goes_on.repeat(endless / goes_on.len()));
        let refusal = refusal(file.as_bytes()).unwrap();
        if let RosterFileError::QuoteNotClosed { line } = refusal {
            assert_eq!(line, 3, "{begins:?}");
        }
        refusal.key()
    };
    for (begins, goes_on) in [("2;\"Budi", "\n3;Tono"), ("2;\"", " "), ("2;\"Budi \"\"B\"\"", "\r\n")] {
        assert_eq!(refused(begins, goes_on), "quote-not-closed", "{begins:?}");
    }
    // Within a cell a mark opens nothing.
    for (begins, goes_on) in [("2;Budi \"B", "x"), ("2;\"Budi\" B\"", "x"), ("2;5\" \"a\" \"", "y;")] {
        assert_eq!(refused(begins, goes_on), "row-too-long", "{begins:?}");
    }
    for (begins, goes_on) in [("2;Budi\" B;\"", "\n3;Tono"), ("2;5\";\"x", "\n")] {
        assert_eq!(refused(begins, goes_on), "quote-not-closed", "{begins:?}");
    }
    for (begins, goes_on) in [("2;", "Budi;"), ("2;", "x"), ("2;\"Budi\";", "x"), ("", "\"x\";"), ("", "\0")] {
        assert_eq!(refused(begins, goes_on), "row-too-long", "{begins:?} {goes_on:?}");
    }
}

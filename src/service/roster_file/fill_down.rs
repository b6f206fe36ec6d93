//! Values that are written once above blank cells: an institution or unit in the first row of its block, or in cells
//! that are merged.
//!
//! A filled cell ends what was carried of the levels below it, so that the unit of one office isn't taken for the next.

use super::cell::Cell;
use super::field::Field;
use super::header::Header;

/// The fields that are carried down, from the widest to the narrowest level. A level's fields go together; the code of
/// a unit goes with the narrowest one.
const LEVELS: [[Field; 2]; 4] = [
    [Field::InstitutionCode, Field::Institution],
    [Field::ParentUnit, Field::ParentUnit],
    [Field::Unit, Field::Unit],
    [Field::SubUnit, Field::SubUnit],
];

/// The last values of one sheet.
#[derive(Default)]
pub struct FillDown {
    levels: [CarriedLevel; LEVELS.len()],
}

#[derive(Default)]
struct CarriedLevel {
    columns: Vec<u32>,
    cells: Vec<(u32, Cell)>,
}

/// What a row lacks and the rows above it have.
#[derive(Default)]
pub struct FromAbove {
    cells: Vec<(u32, Cell)>,
    kind: Option<LackingCells>,
}

/// Which cells a row lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LackingCells {
    /// Those of the institution only.
    Institution,
    /// Those of a unit or parent unit, perhaps of the institution, too.
    Units,
}

impl FillDown {
    pub fn of(header: &Header) -> Self {
        let columns = |fields: [Field; 2]| {
            let mut columns: Vec<u32> =
                fields.into_iter().filter_map(|field| header.of(field)).map(|of| of.column).collect();
            columns.dedup();
            columns
        };
        let mut levels = LEVELS.map(|fields| CarriedLevel { columns: columns(fields), cells: vec![] });
        let coded = if header.of(Field::SubUnit).is_some() { LEVELS.len() - 1 } else { LEVELS.len() - 2 };
        levels[coded].columns.extend(columns([Field::UnitId, Field::UnitId]));
        Self { levels }
    }

    /// Whether cells of this field may take what stands above them.
    pub fn fills(field: Field) -> bool {
        field == Field::UnitId || LEVELS.iter().flatten().any(|filled| *filled == field)
    }

    /// Returns what the row lacks, and remembers what it has.
    pub fn pass(&mut self, row: &[(u32, Cell)]) -> FromAbove {
        let mut from_above = FromAbove::default();
        let mut is_same_above = true;
        for (at, level) in self.levels.iter_mut().enumerate() {
            let columns = &level.columns;
            let own = || row.iter().filter(|(column, cell)| columns.contains(column) && !cell.is_blank());
            if own().next().is_some() {
                let is_same = own().map(seen).eq(level.cells.iter().map(seen));
                if !is_same {
                    level.cells = own().cloned().collect();
                    is_same_above = false;
                }
            } else if is_same_above {
                if !level.cells.is_empty() {
                    from_above.kind = Some(if at > 0 { LackingCells::Units } else { LackingCells::Institution });
                    from_above.cells.extend(level.cells.iter().cloned());
                }
            } else {
                level.cells.clear();
            }
        }
        from_above
    }
}

fn seen((column, cell): &(u32, Cell)) -> (u32, &str) {
    (*column, cell.shown().trim())
}

impl FromAbove {
    /// `None` if the row lacks nothing.
    pub fn kind(&self) -> Option<LackingCells> {
        self.kind
    }

    /// The cells of a row with what it lacks, from left to right.
    pub fn with(self, row: &[(u32, Cell)]) -> Vec<(u32, Cell)> {
        let lacks = |column: &u32| self.cells.iter().any(|(filled, _)| filled == column);
        let mut cells: Vec<_> = row.iter().filter(|(column, _)| !lacks(column)).cloned().collect();
        cells.extend(self.cells);
        cells.sort_by_key(|(column, _)| *column);
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::roster_file::header::find_header;

    fn cells(row: &str) -> Vec<(u32, Cell)> {
        let filled = (0..).zip(row.split(';')).filter(|(_, cell)| !cell.is_empty());
        filled.map(|(column, cell)| (column, Cell::Text(cell.into()))).collect()
    }

    #[test]
    fn a_level_is_carried_until_one_above_it_changes() {
        let mut fill = FillDown::of(&find_header(&cells("NAMA;INSTANSI;OPD;UNIT KERJA;KODE UNIT")).unwrap());
        for (row, filled) in [
            ("A;Kab. Lahat;;;", "A;Kab. Lahat"),
            ("B;;;;", "B;Kab. Lahat"),
            ("C;;Dinas Sosial;Bidang A;7", "C;Kab. Lahat;Dinas Sosial;Bidang A;7"),
            ("D;;;;", "D;Kab. Lahat;Dinas Sosial;Bidang A;7"),
            ("E;;;Bidang B;", "E;Kab. Lahat;Dinas Sosial;Bidang B"),
            ("F;;;;", "F;Kab. Lahat;Dinas Sosial;Bidang B"),
            // The same value again ends nothing.
            ("G;Kab. Lahat ;Dinas Sosial;;", "G;Kab. Lahat ;Dinas Sosial;Bidang B"),
            ("H;;Dinas PU;;", "H;Kab. Lahat;Dinas PU"),
            ("I;;;;", "I;Kab. Lahat;Dinas PU"),
            ("J;Kab. Muara Enim;;;", "J;Kab. Muara Enim"),
            ("K;; ;;", "K;Kab. Muara Enim"),
            ("L;;;-;", "L;Kab. Muara Enim;-"),
        ] {
            let row = cells(row);
            let shown: Vec<_> = fill.pass(&row).with(&row).iter().map(|(_, cell)| cell.shown().to_owned()).collect();
            let shown: Vec<_> = shown.iter().map(String::as_str).filter(|cell| *cell != " ").collect();
            assert_eq!(shown.join(";"), filled);
        }
    }

    #[test]
    fn a_code_goes_with_the_narrowest_level() {
        let mut fill = FillDown::of(&find_header(&cells("NAMA;OPD;UNIT KERJA;SUB UNIT;KODE UNIT")).unwrap());
        for (row, filled) in [
            ("A;Dinas Sosial;Bidang A;Seksi 1;7", "A;Dinas Sosial;Bidang A;Seksi 1;7"),
            ("B;;;Seksi 2;8", "B;Dinas Sosial;Bidang A;Seksi 2;8"),
            ("C;;Bidang B;;", "C;Dinas Sosial;Bidang B"),
        ] {
            let row = cells(row);
            let shown: Vec<_> = fill.pass(&row).with(&row).iter().map(|(_, cell)| cell.shown().to_owned()).collect();
            assert_eq!(shown.join(";"), filled);
        }
    }
}

//! The meaning of columns: the header row and the names under which columns are known.

use super::cell::Cell;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Rows at the top of a sheet that are searched for the header.
pub const HEADER_ROWS_MAX: u32 = 50;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// NIP or NI PPPK, or a participant number with its issuer.
    Identifier,
    /// A participant number issued by the institution of the row.
    Number,
    Name,
    FrontTitle,
    BackTitle,
    Institution,
    InstitutionCode,
    ParentUnit,
    Unit,
    UnitId,
    Location,
    /// *Pangkat*.
    Rank,
    /// *Golongan*.
    Grade,
    Position,
}

/// The names of each field, folded (see [`folded`]), in order of preference. Where a sheet has several columns of one
/// field, as SIASN exports have for the institution, the first name in this list wins.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Identifier,
        &[
            "NIP BARU",
            "NIP",
            "NIP NI PPPK",
            "NIP NIPPPK",
            "NIP PPPK",
            "NIP NOMOR PESERTA",
            "NI PPPK",
            "NIPPPK",
            "NOMOR INDUK PEGAWAI",
            "IDENTIFIER",
        ],
    ),
    (
        Field::Number,
        &[
            "NOMOR PESERTA",
            "NO PESERTA",
            "NOMOR PEGAWAI",
            "NO PEGAWAI",
            "NOMOR INDUK",
            "NIPTT",
            "NRP",
            "ID PEGAWAI",
            "PARTICIPANT NUMBER",
        ],
    ),
    (
        Field::Name,
        &["NAMA", "NAMA LENGKAP", "NAMA PEGAWAI", "NAMA PESERTA", "NAMA ASN", "NAMA PNS", "NAME", "FULL NAME"],
    ),
    (Field::FrontTitle, &["GELAR DEPAN", "GELAR DPN"]),
    (Field::BackTitle, &["GELAR BELAKANG", "GELAR BLKG", "GELAR BLK"]),
    (
        Field::Institution,
        &[
            "INSTANSI KERJA NAMA",
            "INSTANSI KERJA",
            "NAMA INSTANSI",
            "INSTANSI",
            "INSTANSI INDUK NAMA",
            "INSTANSI INDUK",
            "PEMERINTAH DAERAH",
            "PEMDA",
            "INSTITUTION",
        ],
    ),
    (Field::InstitutionCode, &["KODE INSTANSI", "KODE PEMDA", "KODE WILAYAH", "INSTITUTION CODE"]),
    (
        Field::ParentUnit,
        &[
            "SATUAN KERJA KERJA NAMA",
            "SATUAN KERJA",
            "SATKER",
            "PERANGKAT DAERAH",
            "NAMA OPD",
            "OPD",
            "SKPD",
            "UNOR INDUK NAMA",
            "UNOR INDUK",
            "UNIT INDUK",
            "DINAS",
        ],
    ),
    (
        Field::Unit,
        &[
            "UNOR NAMA",
            "NAMA UNOR",
            "UNIT KERJA NAMA",
            "NAMA UNIT KERJA",
            "UNIT KERJA",
            "UNOR",
            "UNIT ORGANISASI",
            "SUB UNIT KERJA",
            "SUB UNIT",
            "TEMPAT TUGAS",
            "UNIT",
        ],
    ),
    (Field::UnitId, &["UNOR ID", "ID UNOR", "KODE UNOR", "KODE UNIT"]),
    (Field::Location, &["LOKASI KERJA NAMA", "LOKASI KERJA", "LOKASI", "KABUPATEN KOTA", "LOCATION"]),
    (
        Field::Rank,
        &["PANGKAT", "PANGKAT GOLONGAN", "PANGKAT GOL", "PANGKAT GOL RUANG", "PANGKAT GOLONGAN RUANG", "RANK"],
    ),
    (Field::Grade, &["GOL AKHIR NAMA", "GOL AKHIR", "GOLONGAN", "GOLONGAN RUANG", "GOL RUANG", "GOL"]),
    (Field::Position, &["JABATAN NAMA", "NAMA JABATAN", "JABATAN", "JABATAN TERAKHIR", "POSITION"]),
];

/// The columns of a sheet that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    columns: Vec<Column>,
    /// Two columns with the same name, so that the intended one is unknown.
    pub ambiguous: Option<(u32, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub field: Field,
    pub column: u32,
    /// The label as written in the file.
    pub label: String,
}

impl Header {
    /// Number of columns that are read.
    pub fn columns_known(&self) -> usize {
        self.columns.len()
    }

    /// For each column, whether it is read.
    pub fn columns_wanted(&self) -> Vec<bool> {
        let last = self.columns.iter().map(|column| column.column).max().unwrap_or(0);
        (0..=last).map(|column| self.at(column).is_some()).collect()
    }

    pub fn of(&self, field: Field) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == field)
    }

    /// The leftmost column in this range that is read.
    pub fn first_within(&self, columns: RangeInclusive<u32>) -> Option<u32> {
        self.columns.iter().map(|known| known.column).filter(|column| columns.contains(column)).min()
    }

    pub fn at(&self, column: u32) -> Option<&Column> {
        self.columns.iter().find(|known| known.column == column)
    }
}

/// Reads a row as a header. It must have a column for the name and at least one other known column.
pub fn find_header(cells: &[(u32, Cell)]) -> Option<Header> {
    let mut best: Vec<(usize, Column)> = Vec::new();
    let mut ambiguous = None;
    for (column, cell) in cells {
        let Some((field, preference)) = field_of(cell.shown()) else { continue };
        let found = Column { field, column: *column, label: cell.shown().trim().to_owned() };
        match best.iter_mut().find(|(_, known)| known.field == field) {
            None => best.push((preference, found)),
            Some((known, place)) if preference < *known => {
                *known = preference;
                *place = found;
                ambiguous = ambiguous.filter(|(_, _, of)| *of != field);
            }
            Some((known, place)) if preference == *known => ambiguous = Some((place.column, *column, field)),
            Some(_) => {}
        }
    }
    let named = best.iter().any(|(_, column)| column.field == Field::Name);
    (named && best.len() >= 2).then(|| Header {
        columns: best.into_iter().map(|(_, column)| column).collect(),
        ambiguous: ambiguous.map(|(first, second, _)| (first, second)),
    })
}

/// Whether a cell holds the name of a column rather than a person's data.
pub fn is_label(cell: &Cell) -> bool {
    field_of(cell.shown()).is_some()
}

fn field_of(label: &str) -> Option<(Field, usize)> {
    if label.len() > 80 {
        return None;
    }
    BY_NAME.get(folded(label).as_str()).copied()
}

/// Field and preference by name. A header may have thousands of columns, so each is one lookup.
static BY_NAME: LazyLock<HashMap<&str, (Field, usize)>> = LazyLock::new(|| {
    let mut by_name = HashMap::new();
    for (field, names) in NAMES {
        for (preference, name) in names.iter().enumerate() {
            by_name.entry(*name).or_insert((*field, preference));
        }
    }
    by_name
});

/// The label in upper case, with each run of other characters than letters and digits as one space: `Nip Baru *` and
/// `NIP_BARU` become `NIP BARU`.
fn folded(label: &str) -> String {
    let spaced: String = label.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(labels: &[&str]) -> Vec<(u32, Cell)> {
        (0..).zip(labels).map(|(column, label)| (column, Cell::Text((*label).into()))).collect()
    }

    #[test]
    fn the_preferred_column_of_several_is_read() {
        let header =
            find_header(&row(&["NIP LAMA", "NIP BARU", "NAMA", "INSTANSI INDUK NAMA", "INSTANSI KERJA NAMA"])).unwrap();
        assert_eq!(header.of(Field::Identifier).unwrap().column, 1);
        assert_eq!(header.of(Field::Institution).unwrap().column, 4);
        assert_eq!(header.ambiguous, None);
    }

    #[test]
    fn local_spellings_are_known() {
        let header =
            find_header(&row(&["No.", "Nama Lengkap", "NIP/NI PPPK", "Pangkat/Gol. Ruang", "Unit  Kerja"])).unwrap();
        for field in [Field::Name, Field::Identifier, Field::Rank, Field::Unit] {
            assert!(header.of(field).is_some(), "{field:?}");
        }
    }

    #[test]
    fn titles_and_people_are_no_header() {
        assert_eq!(find_header(&row(&["DAFTAR NAMA PEGAWAI"])), None);
        assert_eq!(find_header(&row(&["1", "Budi", "197001011995031001"])), None);
        assert_eq!(find_header(&row(&["Nama"])), None);
    }

    #[test]
    fn two_columns_of_one_name_are_told() {
        assert_eq!(find_header(&row(&["Nama", "NIP", "nama"])).unwrap().ambiguous, Some((0, 2)));
    }
}

//! The meaning of columns: the header row and the names under which columns are known.

use super::cell::Cell;
use super::fault::shortened;
use super::field::{ColumnSource, Field};
use super::heading_words;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Rows at the top of a sheet that are searched for the header.
pub const HEADER_ROWS_MAX: u32 = 50;

/// Most columns without a heading between two of one table, right of all that are read.
const GAP_MAX: u32 = 3;
/// Longest label that is looked up, in bytes.
const LABEL_BYTES_MAX: usize = 80;
/// Preferences that are kept for what people choose.
const CHOICES_FIRST: usize = 2;
/// More than any field has names.
pub const NAMES_OF_A_FIELD_MAX: usize = 100;

/// The names of each field, in order of preference. Where a sheet has several columns of one
/// field, as SIASN exports have for the institution, the first name in this list wins. Only letters and digits count.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Identifier,
        &[
            "NIP BARU",
            "NIP",
            "NIP NI PPPK",
            "NIP PPPK",
            "NIP NOMOR PESERTA",
            "NI PPPK",
            "NOMOR INDUK PEGAWAI",
            "IDENTIFIER",
            "NIP PARTICIPANT NUMBER",
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
            "NO INDUK",
            "NOMOR IDENTITAS",
            "NO IDENTITAS",
            "NIPTT",
            "NRP",
            "ID PEGAWAI",
            "NIPD",
            "NIAPD",
            "NOMOR INDUK PERANGKAT DESA",
            "PARTICIPANT NUMBER",
        ],
    ),
    (
        Field::Name,
        &["NAMA", "NAMA LENGKAP", "NAMA PEGAWAI", "NAMA PESERTA", "NAMA ASN", "NAMA PNS", "NAME", "FULL NAME"],
    ),
    (Field::FrontTitle, &["GELAR DEPAN", "GELAR DPN", "GLR DEPAN", "GLR DPN", "TITEL DEPAN"]),
    (
        Field::BackTitle,
        &["GELAR BELAKANG", "GELAR BLKG", "GELAR BLK", "GLR BELAKANG", "GLR BLKG", "GLR BLK", "TITEL BELAKANG"],
    ),
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
    (Field::InstitutionCode, &["KODE INSTANSI", "KODE PEMDA", "INSTITUTION CODE"]),
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
            "NAMA PERANGKAT DAERAH",
            "NAMA SKPD",
            "DINAS",
            "PARENT UNIT",
            "UNOR INDUK NAMA",
            "UNOR INDUK",
            "UNIT INDUK",
            "UNIT KERJA INDUK",
            "UNIT ORGANISASI INDUK",
            "NAMA UNOR INDUK",
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
            "TEMPAT TUGAS",
            "UNIT",
            "SATUAN ORGANISASI",
            "NAMA SEKOLAH",
            "ASAL SEKOLAH",
            "TEMPAT BERTUGAS",
            "UNIT TUGAS",
        ],
    ),
    (Field::SubUnit, &["SUB UNIT KERJA", "SUB UNIT", "NAMA SUB UNIT", "SUB UNOR", "SUB UNIT ORGANISASI"]),
    (Field::UnitId, &["UNOR ID", "ID UNOR", "KODE UNOR", "KODE UNIT", "UNIT CODE"]),
    (Field::Location, &["LOKASI KERJA NAMA", "LOKASI KERJA", "LOKASI", "KABUPATEN KOTA", "LOCATION", "KODE WILAYAH"]),
    (
        Field::Rank,
        &["PANGKAT", "PANGKAT GOLONGAN", "PANGKAT GOL", "PANGKAT GOL RUANG", "PANGKAT GOLONGAN RUANG", "RANK"],
    ),
    (Field::Grade, &["GOL AKHIR NAMA", "GOL AKHIR", "GOLONGAN", "GOLONGAN RUANG", "GOL RUANG", "GOL"]),
    (Field::Position, &["JABATAN NAMA", "NAMA JABATAN", "JABATAN", "JABATAN TERAKHIR", "POSITION"]),
    (
        Field::Employment,
        &[
            "JENIS PEGAWAI NAMA",
            "JENIS PEGAWAI",
            "JENIS KEPEGAWAIAN",
            "JENIS ASN",
            "STATUS KEPEGAWAIAN",
            "STATUS PEGAWAI",
            "STATUS ASN",
            "KATEGORI PEGAWAI",
            "JENIS TENAGA",
            "EMPLOYMENT",
        ],
    ),
    (Field::CivilStatus, &["STATUS CPNS PNS"]),
    (Field::LegalStanding, &["KEDUDUKAN HUKUM NAMA", "KEDUDUKAN HUKUM", "STATUS KEDUDUKAN HUKUM", "KEDUDUKAN PEGAWAI"]),
];

/// Names of the agency's column that say only that it stands above the unit. Beside an agency's own column it is the
/// level between: SIASN has the government or the agency, the unit above, and the unit.
const ABOVE_UNIT: [&str; 6] =
    ["UNOR INDUK NAMA", "UNOR INDUK", "UNIT INDUK", "UNIT KERJA INDUK", "UNIT ORGANISASI INDUK", "NAMA UNOR INDUK"];

/// The columns of a sheet that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub(super) columns: Vec<Column>,
    /// Every heading of the row, shortened, with its column.
    pub headings: Vec<(u32, String)>,
    /// Two columns with the same name, so that the intended one is unknown.
    pub ambiguous: Option<(u32, u32)>,
    /// Columns that somebody said aren't kept.
    pub not_kept: Vec<(u32, ColumnSource)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub field: Field,
    pub column: u32,
    /// The label as written in the file.
    pub label: String,
    /// Who decided what it is read as.
    pub source: ColumnSource,
}

impl Header {
    /// Number of columns that are read.
    pub fn columns_known(&self) -> usize {
        self.columns.len()
    }

    /// The rightmost column that has a heading or is read, that of remarks (see [`Self::remarks`]) aside.
    pub fn last(&self) -> u32 {
        let remarks = self.remarks();
        let headed = self.headings.iter().rev().map(|(column, _)| *column).find(|column| Some(*column) != remarks);
        let read = self.columns.iter().map(|known| known.column).max();
        headed.max(read).unwrap_or(0)
    }

    /// The first column right of the table: from the rightmost column that is read, headings go on with gaps of a few
    /// columns at most. A heading further right is a note.
    pub fn end(&self) -> u32 {
        let read = self.columns.iter().map(|known| known.column).max().unwrap_or(0);
        let remarks = self.remarks();
        let headed = self.headings.iter().map(|(column, _)| *column).filter(|column| Some(*column) != remarks);
        headed.fold(read, |last, column| if column > last && column - last <= GAP_MAX + 1 { column } else { last }) + 1
    }

    /// The column of remarks that a refused file's copy has right of cells beyond the header.
    pub fn remarks(&self) -> Option<u32> {
        let [.., (before, _), (last, heading)] = self.headings.as_slice() else { return None };
        (before + 1 < *last && heading_words::says_remarks(heading)).then_some(*last)
    }

    /// Whether headings name two of the columns, as those of a person's row don't.
    pub fn is_by_headings(&self) -> bool {
        self.columns.iter().filter(|known| known.source == ColumnSource::Heading).count() >= 2
    }

    /// The columns that are read.
    pub fn columns(&self) -> &[Column] {
        &self.columns
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

/// The columns that are found for each field so far.
#[derive(Default)]
pub struct Candidates {
    best: Vec<(usize, Column)>,
    /// The column of the unit above the unit, if its heading says no more.
    above_unit: Option<(usize, Column)>,
    ambiguous: Option<(u32, u32, Field)>,
}

impl Candidates {
    /// A column whose heading names a field. The smallest preference wins; two columns of the same one are ambiguous.
    pub fn add(&mut self, (field, preference): (Field, usize), column: u32, label: &str) {
        if field == Field::ParentUnit
            && is_above_unit(label)
            && self.above_unit.as_ref().is_none_or(|known| preference < known.0)
        {
            let (label, source) = (label.trim().to_owned(), ColumnSource::Heading);
            self.above_unit = Some((preference, Column { field, column, label, source }));
        }
        self.put(preference + CHOICES_FIRST, field, ColumnSource::Heading, column, label);
    }

    /// Makes room for the unit above the unit, where the agency has a column of its own: it becomes the unit, and the
    /// unit the sub-unit. Columns that were chosen stay what they are.
    fn part_levels(&mut self) {
        let is_chosen = |(_, known): &(usize, Column)| {
            known.source != ColumnSource::Heading && matches!(known.field, Field::ParentUnit | Field::Unit)
        };
        let has = |field: Field| self.best.iter().any(|(_, known)| known.field == field);
        let Some((_, above)) = self.above_unit.take() else { return };
        let is_agency = self.best.iter().any(|(_, known)| known.column == above.column);
        if is_agency || has(Field::SubUnit) || self.best.iter().any(is_chosen) {
            return;
        }
        if let Some((_, unit)) = self.best.iter_mut().find(|(_, known)| known.field == Field::Unit) {
            unit.field = Field::SubUnit;
        }
        self.best.push((0, Column { field: Field::Unit, ..above }));
    }

    /// A column that is said or remembered to hold a field. It comes before all headings.
    pub fn choose(&mut self, field: Field, source: ColumnSource, column: u32, label: &str) {
        self.put(usize::from(source == ColumnSource::Remembered), field, source, column, label);
    }

    fn put(&mut self, preference: usize, field: Field, source: ColumnSource, column: u32, label: &str) {
        let found = Column { field, column, label: label.trim().to_owned(), source };
        match self.best.iter_mut().find(|(_, known)| known.field == field) {
            None => self.best.push((preference, found)),
            Some((known, place)) if preference < *known => {
                *known = preference;
                *place = found;
                self.ambiguous = self.ambiguous.filter(|(_, _, of)| *of != field);
            }
            Some((known, place)) if preference == *known => {
                self.ambiguous = Some((place.column, column, field));
            }
            Some(_) => {}
        }
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.best.len()
    }

    /// The header, if there is a column for the name and at least one other.
    pub fn header(self, headings: Vec<(u32, String)>) -> Option<Header> {
        let named = self.best.iter().any(|(_, column)| column.field == Field::Name);
        (named && self.best.len() >= 2).then(|| self.all(headings))
    }

    /// As [`Self::header`], also where it is none.
    pub fn all(mut self, headings: Vec<(u32, String)>) -> Header {
        self.part_levels();
        Header {
            columns: self.best.into_iter().map(|(_, column)| column).collect(),
            headings,
            ambiguous: self.ambiguous.map(|(first, second, _)| (first, second)),
            not_kept: vec![],
        }
    }
}

/// Reads a row as a header. It must have a column for the name and at least one other known column.
#[cfg(test)]
pub fn find_header(cells: &[(u32, Cell)]) -> Option<Header> {
    let mut candidates = Candidates::default();
    for (column, cell) in cells {
        if let Some(found) = field_of(cell.shown()) {
            candidates.add(found, *column, cell.shown());
        }
    }
    candidates.header(headings(cells))
}

/// Whether a cell holds the name of a column rather than a person's data.
pub fn is_label(cell: &Cell) -> bool {
    field_of(cell.shown()).is_some()
}

/// The filled cells of a row, shortened.
pub fn headings(cells: &[(u32, Cell)]) -> Vec<(u32, String)> {
    let filled = cells.iter().filter(|(_, cell)| !cell.is_blank());
    filled.map(|(column, cell)| (*column, shortened(cell.shown().trim()))).collect()
}

/// What a label names, and how far down the list of its field it stands.
pub fn field_of(label: &str) -> Option<(Field, usize)> {
    if label.len() > LABEL_BYTES_MAX {
        return None;
    }
    let known = |label: &str| BY_NAME.get(heading_words::bare(label).as_str()).copied();
    known(label).or_else(|| {
        // Less preferred than every name that says no more than what the column is.
        let words = heading_words::words(label);
        let of_words = || {
            if heading_words::names_a_nip(&words) {
                Some((Field::Identifier, 0))
            } else {
                heading_words::names_a_person(&words).then_some((Field::Name, 0))
            }
        };
        let (field, preference) =
            of_words().or_else(|| known(heading_words::without_remark(label)?)).or_else(|| known_places(label))?;
        Some((field, preference + NAMES_OF_A_FIELD_MAX))
    })
}

/// A label of several names of places of work, such as `OPD/Unit Kerja`: the narrowest of them.
fn known_places(label: &str) -> Option<(Field, usize)> {
    let mut narrowest: Option<(Field, usize)> = None;
    for part in label.split(['/', '(', ')', ',', '&', '\n']).filter(|part| !heading_words::bare(part).is_empty()) {
        let found = BY_NAME.get(heading_words::bare(part).as_str()).copied()?;
        let is_narrower = match (found.0, narrowest.map(|known| known.0)) {
            (Field::Institution | Field::ParentUnit | Field::Unit | Field::SubUnit, None) => true,
            (Field::SubUnit, Some(Field::Unit | Field::ParentUnit | Field::Institution)) => true,
            (Field::Unit, Some(Field::ParentUnit | Field::Institution)) => true,
            (Field::ParentUnit, Some(Field::Institution)) => true,
            (Field::Institution | Field::ParentUnit | Field::Unit | Field::SubUnit, Some(_)) => false,
            _ => return None,
        };
        narrowest = if is_narrower { Some(found) } else { narrowest };
    }
    narrowest
}

/// Whether a label of the agency's column says only that it stands above the unit.
fn is_above_unit(label: &str) -> bool {
    let is_one = |label: &str| {
        let bare = heading_words::bare(label);
        ABOVE_UNIT.iter().any(|name| heading_words::bare(name) == bare)
    };
    is_one(label) || heading_words::without_remark(label).is_some_and(is_one)
}

/// Field and preference by name. A header may have thousands of columns, so each is one lookup.
static BY_NAME: LazyLock<HashMap<String, (Field, usize)>> = LazyLock::new(|| {
    let mut by_name = HashMap::new();
    for (field, names) in NAMES {
        for (preference, name) in names.iter().enumerate() {
            by_name.entry(heading_words::bare(name)).or_insert((*field, preference));
        }
    }
    by_name
});

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
    fn the_unit_above_the_unit_is_a_level_of_its_own_beside_the_agency() {
        let levels = |labels: &[&str]| {
            let header = find_header(&row(labels)).unwrap();
            [Field::ParentUnit, Field::Unit, Field::SubUnit].map(|field| header.of(field).map(|of| of.column))
        };
        let siasn = ["NAMA", "SATUAN KERJA KERJA NAMA", "UNOR NAMA", "UNOR INDUK NAMA"];
        assert_eq!(levels(&siasn), [Some(1), Some(3), Some(2)]);
        assert_eq!(levels(&["NAMA", "OPD", "Unit Kerja Induk"]), [Some(1), Some(2), None]);
        assert_eq!(levels(&["NAMA", "UNOR INDUK", "UNOR"]), [Some(1), Some(2), None]);
        assert_eq!(levels(&["NAMA", "OPD", "Unit Kerja", "Sub Unit"]), [Some(1), Some(2), Some(3)]);
        assert_eq!(levels(&["NAMA", "OPD", "Unit Induk", "Unit Kerja", "Sub Unit"]), [Some(1), Some(3), Some(4)]);
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
    fn a_heading_is_known_by_its_letters_and_digits() {
        for label in [
            "N.I.P.",
            "N I P",
            "n i p",
            "NIP ASN",
            "NIP PEGAWAI",
            "NIP/NRP",
            "NIP (18 digit)",
            "NIP (18 DIGIT, TANPA SPASI)",
            "N\u{200B}I\u{200C}P",
            "\u{FEFF}NIP",
            "N\u{AD}IP",
            "NIP\u{A0}",
            "NIP / NI. PPPK",
            "NIP.",
            "*NIP*",
            "NIP:",
            "No. NIP",
            "NIP/NIPPPK/NRP",
            "Nomor Induk Pegawai (NIP)",
            "N.I.P. Pegawai",
            "NIP/NI P3K",
            "NIP/NIK",
            "NIP PNS/PPPK",
            "N.I.P / N.R.P",
        ] {
            assert_eq!(field_of(label).map(|found| found.0), Some(Field::Identifier), "{label:?}");
        }
        for (label, field) in [
            ("No. Induk", Field::Number),
            ("NO.INDUK", Field::Number),
            ("Nomor Identitas", Field::Number),
            ("N a m a", Field::Name),
            ("Nama (beserta gelar)", Field::Name),
            ("UNITKERJA", Field::Unit),
            ("Unit-Kerja", Field::Unit),
        ] {
            assert_eq!(field_of(label).map(|found| found.0), Some(field), "{label:?}");
        }
        for label in
            ["NIP LAMA", "NIP ATASAN", "NIP (lama)", "Nama/NIP", "NIK", "NPWP", "Nama (istri)", "", "  ", "..."]
        {
            assert_eq!(field_of(label), None, "{label:?}");
        }
    }

    #[test]
    fn a_plain_name_is_preferred_to_one_with_words_around_it() {
        let header = find_header(&row(&["NIP ASN", "NAMA", "NIP", "NAMA (beserta gelar)"])).unwrap();
        assert_eq!((header.of(Field::Identifier).unwrap().column, header.of(Field::Name).unwrap().column), (2, 1));
        assert_eq!(find_header(&row(&["NIP ASN", "NAMA", "NIP PEGAWAI"])).unwrap().ambiguous, Some((0, 2)));
        assert!(NAMES.iter().all(|(_, names)| names.len() < NAMES_OF_A_FIELD_MAX));
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

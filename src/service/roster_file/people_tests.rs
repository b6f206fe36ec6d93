//! Who becomes a participant, and with which number: lists as offices have them, with what stands around the people.

use super::Limits;
use super::budget::Budget;
use super::cell::{Cell, RawRow, RowSink};
use super::checker::Checker;
use super::numbering::{KnownNumbers, numbered_before};
use super::surroundings::Surroundings;
use super::target::Target;
use super::unit_tree::UnitTree;
use crate::domain::identifier::Identifier;
use crate::domain::ids::ParticipantId;
use crate::domain::institution::Institution;
use crate::domain::participant::Participant;
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) const N: &str = "198001012005012001";
pub(super) const M: &str = "198001012005011002";

/// Takes the people of a file as `number|name|unit`, and the codes of their institutions.
#[derive(Default)]
pub(super) struct Taken(pub(super) Vec<String>, pub(super) Vec<String>);

impl Surroundings for Taken {
    fn identify(&self, identifier: &Identifier) -> ParticipantId {
        let hash = Sha256::digest(identifier.shown());
        ParticipantId(hash[..16].try_into().unwrap())
    }

    fn person(&mut self, person: Participant, units: &UnitTree) -> ControlFlow<()> {
        let number = person.identifier.shown();
        self.0.push(format!("{number}|{}|{}", person.shown_name, units.path(person.unit)));
        self.1.push(person.institution);
        ControlFlow::Continue(())
    }

    fn progress(&mut self, _: u64, _: u64, _: f64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

pub(super) fn institutions(list: &[(&str, &str)]) -> Vec<Institution> {
    let institution = |(position, (code, name)): (u32, &(&str, &str))| Institution {
        code: (*code).into(),
        name: (*name).into(),
        position,
        help_contact: String::new(),
    };
    (0..).zip(list).map(institution).collect()
}

/// Feeds rows of text, separated by `;` and `\n`, to a checker.
pub(super) fn feed<S: Surroundings>(checker: &mut Checker<'_, S>, text: &str) {
    checker.sheet("");
    for (row, line) in (1..).zip(text.lines()) {
        let cells: Vec<(u32, Cell)> = (0..)
            .zip(line.split(';'))
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| (column, Cell::Text(cell.to_owned())))
            .collect();
        if checker.row(RawRow { row, is_hidden: false, cells: &cells }).is_break() {
            break;
        }
    }
}

fn budget() -> Budget {
    Budget::new(Limits::new(Arc::default(), std::env::temp_dir()), 1_000_000)
}

pub(super) struct Found {
    /// People as `number|name|unit`.
    pub people: Vec<String>,
    /// The code of each person's institution.
    pub institutions: Vec<String>,
    /// Row and key of each fault.
    pub faults: Vec<(u32, &'static str)>,
}

/// Reads a file for an event that has only the city of Palembang, or has these institutions.
pub(super) fn found_for(list: &[(&str, &str)], text: &str) -> Found {
    let mut taken = Taken::default();
    let target = Target::new(institutions(list), None).unwrap();
    let mut checker = Checker::new(&mut taken, target, KnownNumbers::default(), budget());
    feed(&mut checker, text);
    let _ = checker.finish();
    let faults = checker.faults.kept().iter().map(|fault| (fault.row, fault.kind.key())).collect();
    Found { people: taken.0, institutions: taken.1, faults }
}

pub(super) fn found(text: &str) -> Found {
    found_for(&[("16.71", "Pemerintah Kota Palembang")], text)
}

/// The names of people, where no row has a fault.
fn names(text: &str) -> Vec<String> {
    let found = found(text);
    assert_eq!(found.faults, [], "{text}");
    found.people.iter().map(|person| person.split('|').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn a_signature_below_the_table_is_nobody() {
    let table = format!("NO;NAMA;NIP;JABATAN;UNIT KERJA\n1;Budi;{N};Guru;Dinas\n2;Siti;;Staf;Dinas\n");
    for below in [
        ";Mengetahui,\n;Kepala BKPSDM\n;\n;Drs. H. Ahmad, M.Si.\n;NIP. 196801011990031001",
        ";;;Palembang, 5 Juli 2027\n;;;Kepala BKPSDM,\n;;;\n;;;Drs. H. Ahmad, M.Si.\n;;;NIP. 196801011990031001",
        ";;Palembang, 5 Juli 2027\n;;Kepala Dinas\n;;Drs. H. Ahmad, M.Si.\n;;196801011990031001",
        ";Mengetahui;;Palembang, 5 Juli 2027\n;Sekretaris Daerah,;;a.n. Kepala BKPSDM\n;Drs. Ahmad;;Dra. Siti\n;NIP. 196801011990031001;;NIP. 196801011990032001",
        ";.......................\n;(____________)",
        ";Lubuk Linggau,          2027\n;Plt. Kepala,\n;ttd\n;Dra. Hj. Siti",
    ] {
        assert_eq!(names(&format!("{table}{below}")), ["Budi", "Siti"], "{below}");
    }
    // A table that goes on after the signature of its page.
    let next = format!("{table};Mengetahui,\n;Drs. Ahmad\n3;Dewi;{M};Guru;Dinas\n4;Tono;;Staf;Dinas");
    assert_eq!(names(&next), ["Budi", "Dewi", "Siti", "Tono"]);
}

#[test]
fn headings_totals_and_vacancies_are_nobody() {
    let rows = [
        "DINAS KESEHATAN",
        "PNS;;",
        "GOLONGAN III",
        "JUMLAH;45",
        "JUMLAH;45;;Dinas",
        "Total PNS : 45",
        ";;;45",
        "-;;Kepala Seksi;Dinas",
        "n/a;;Guru;Dinas",
        "NULL;;Guru;Dinas",
        "nihil;;;Dinas",
        "(kosong);;Guru;Dinas",
        "Dinas Sosial;;;Dinas Sosial",
        "Bidang Promosi;;;Dinas Kesehatan",
        "HONORER",
        "Kepala Dinas Kesehatan;;;x",
        "(Formasi kosong);;Kepala Seksi;Dinas",
        "Belum ada pejabat;;Kepala Seksi;Dinas",
        "Dijabat Plt.;;Kepala Seksi;Dinas",
        "dst.;;Guru;Dinas",
        "xxx;;Guru;Dinas",
        "NIP. ......................",
        ";145",
        ";1.204;;",
    ];
    for row in rows {
        let text = format!("NAMA;NIP;JABATAN;UNIT KERJA\nBudi;{N};Guru;Dinas\n{row}\nSiti;;Staf;Dinas");
        assert_eq!(names(&text), ["Budi", "Siti"], "{row}");
    }
}

#[test]
fn an_error_value_is_a_fault_of_its_cell() {
    for value in ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", " #n/a ", "########"] {
        for row in [format!("{value};{N};Guru;Dinas"), format!("Budi;{N};Guru;{value}"), format!("{value};;Guru;Dinas")]
        {
            let found = found(&format!("NAMA;NIP;JABATAN;UNIT KERJA\n{row}"));
            assert_eq!((found.people.len(), found.faults), (0, vec![(2, "cell-error")]), "{row}");
        }
    }
    let named = found(&format!("NAMA;NIP;UNIT KERJA\n-;{N};Dinas\nNULL;{M};Dinas"));
    assert_eq!(named.faults, [(2, "name-missing"), (3, "name-missing")]);
    let units = found(&format!("NAMA;NIP;UNIT KERJA\nBudi;{N};NULL\nSiti;{M};(kosong)"));
    assert_eq!(units.people, [format!("{N}|Budi|"), format!("{M}|Siti|")]);
}

#[test]
fn a_name_alone_is_a_person_by_position_employment_or_unit() {
    let list = "NAMA;NIP;JABATAN;JENIS PEGAWAI;UNIT KERJA";
    for row in ["Siti;;Guru", "Siti;;;PPPK", "Siti;;;;Dinas", "Siti;-;Guru;;-"] {
        assert_eq!(names(&format!("{list}\nBudi;{N};;;Dinas\n{row}")), ["Budi", "Siti"], "{row}");
    }
    for row in ["Siti", "Siti;;-;-;-", "Siti;;;;Kota Palembang", "H. Ahmad"] {
        assert_eq!(names(&format!("{list}\nBudi;{N};;;Dinas\n{row}")), ["Budi"], "{row}");
    }
    // Where a list has none of these columns, the institution of each row tells.
    assert_eq!(names("NAMA;NIP;INSTANSI\nSiti;;Kota Palembang\nMengetahui,;;\nH. Ahmad"), ["Siti"]);
}

/// SIASN lists one government with its agencies. Where the agency's column only repeats the government, the agency is
/// the unit above the unit.
#[test]
fn a_government_is_no_agency_of_itself_and_three_levels_are_read() {
    let city = "Pemerintah Kota Palembang";
    let siasn = "NIP BARU;NAMA;INSTANSI KERJA NAMA;SATUAN KERJA KERJA NAMA;UNOR INDUK NAMA;UNOR ID;UNOR NAMA";
    let units = |rows: &str| {
        let found = found(&format!("{siasn}\n{rows}"));
        assert_eq!(found.faults, []);
        found.people.iter().map(|person| person.rsplit('|').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        units(&format!(
            "{N};Budi;{city};{city};Dinas Pendidikan;7;SMP Negeri 1\n\
             {M};Siti;{city};Dinas Pendidikan;Sekretariat;8;Subbagian Umum\n"
        )),
        ["Dinas Pendidikan / SMP Negeri 1", "Dinas Pendidikan / Sekretariat / Subbagian Umum"]
    );
    assert_eq!(
        units(&format!(
            "{N};Budi;{city};Dinas Sosial;Dinas Sosial;9;Bidang A\n{M};Siti;{city};Dinas Sosial;{city};10;DINAS SOSIAL\n"
        )),
        ["Dinas Sosial / Bidang A", "Dinas Sosial"]
    );
    assert_eq!(units(&format!("{N};Budi;{city};{city};{city};1;{city}\n")), [""]);
}

#[test]
fn a_table_of_units_holds_nobody() {
    for text in [
        "KODE UNIT;NAMA;UNIT INDUK\n1;Dinas Sosial;\n2;Bagian Umum;Dinas Sosial\n3;Promosi;Dinas Sosial",
        "UNOR ID;NAMA;KABUPATEN KOTA\na1;Umum;Palembang",
    ] {
        let found = found(text);
        assert_eq!((found.people, found.faults), (vec![], vec![]), "{text}");
    }
}

#[test]
fn a_village_officials_number_is_one_of_the_regency() {
    let found = found("NAMA;NIPD;JABATAN;DESA\nSiti;1671.2001.05;Kaur Umum;Desa A");
    assert_eq!(found.people, ["16.71-1671.2001.05|Siti|"]);
}

#[test]
fn the_issuer_of_a_number_is_an_institution_of_the_event() {
    let list = [("16.10", "Pemerintah Kabupaten Ogan Ilir"), ("16.71", "Pemerintah Kota Palembang"), ("01", "BKN")];
    let of =
        |number: &str| found_for(&list, &format!("NAMA;NIP;INSTANSI;UNIT KERJA\nSiti;{number};Kota Palembang;Dinas"));
    for (number, key) in [
        ("01-01-1980", "number-is-a-date"),
        ("1/1/1980", "number-is-a-date"),
        ("1980-01-01", "number-is-a-date"),
        ("0812-3456789", "number-issuer"),
        ("99-0001", "number-issuer"),
        ("THL-007", "number-issuer"),
        ("THL-Dinkes", "number-is-a-word"),
        ("THL", "number-is-a-word"),
        ("honorer", "number-is-a-word"),
        ("proses", "number-is-a-word"),
        ("dalam proses", "number-is-a-word"),
        ("belum punya NIP", "number-is-a-word"),
    ] {
        let found = of(number);
        assert_eq!((found.people.len(), found.faults), (0, vec![(2, key)]), "{number}");
    }
    for (number, kept) in [
        ("16.71-000123", "16.71-000123"),
        ("16.10-42", "16.10-42"),
        ("Palembang-42", "16.71-42"),
        ("OganIlir-42", "16.10-42"),
    ] {
        assert_eq!(of(number).people, [format!("{kept}|Siti|Dinas")], "{number}");
    }
}

#[test]
fn a_column_of_participant_numbers_takes_no_words_and_dates() {
    for (number, key) in
        [("THL", "number-is-a-word"), ("proses", "number-is-a-word"), ("01-01-1980", "number-is-a-date")]
    {
        let found = found(&format!("NAMA;NOMOR PESERTA;UNIT KERJA\nSiti;{number};Dinas"));
        assert_eq!((found.people.len(), found.faults), (0, vec![(2, key)]), "{number}");
    }
    let found = found("NAMA;NOMOR PESERTA;UNIT KERJA\nSiti;THL-007;Dinas\nBudi;42;Dinas\nDewi;16.71-43;Dinas");
    assert_eq!(found.people, ["16.71-THL-007|Siti|Dinas", "16.71-42|Budi|Dinas", "16.71-43|Dewi|Dinas"]);
}

#[test]
fn a_sign_that_is_in_no_name_is_a_fault() {
    for name in ["budi@palembang.go.id", "Budi|Siti", "Budi: Siti", "Andr? Wijaya", "Budi *", "Budi_Santoso", ": Budi"]
    {
        let found = found(&format!("NAMA;NIP;UNIT KERJA\n{name};{N};Dinas"));
        assert_eq!((found.people.len(), found.faults), (0, vec![(2, "name-has-sign")]), "{name}");
    }
    for name in ["Budi (Ucok) S.", "R&D Ya'qub", "Siti `Aisyah", "Nur’aini", "A. / B.", "Budi \"Bud\" S", "Al-Amin"] {
        assert_eq!(names(&format!("NAMA;NIP;UNIT KERJA\n{name};{N};Dinas")), [name]);
    }
}

/// People of a file where the city of Palembang already has these: number, name, unit.
fn after(known: &[(&str, &str, &str)], text: &str) -> Vec<String> {
    let known: Vec<_> = known.iter().map(|(number, name, unit)| (*number, *name, *unit, "")).collect();
    after_with_positions(&known, text)
}

/// The same with the position of each.
fn after_with_positions(known: &[(&str, &str, &str, &str)], text: &str) -> Vec<String> {
    let mut taken = Taken::default();
    let target = Target::new(institutions(&[("16.71", "Pemerintah Kota Palembang")]), None).unwrap();
    let mut numbers = KnownNumbers::default();
    for (number, name, unit, position) in known {
        numbers.remember(&numbered_before("16.71", number, name, position), unit);
    }
    let mut checker = Checker::new(&mut taken, target, numbers, budget());
    feed(&mut checker, text);
    checker.finish().unwrap();
    taken.0
}

/// The roster in force is read in no particular order, and the file may be sorted otherwise.
#[test]
fn namesakes_of_one_unit_keep_their_numbers_by_what_they_are() {
    let (cook, guard) = (("000001", "Siti", "A", "Juru masak"), ("000002", "Siti", "A", "Penjaga"));
    let list = "NAMA;NIP;UNIT KERJA;JABATAN\n";
    for known in [[cook, guard], [guard, cook]] {
        for (rows, expected) in [
            ("Siti;;A;Juru masak\nSiti;;A;Penjaga", ["16.71-000001|Siti|A", "16.71-000002|Siti|A"].as_slice()),
            ("Siti;;A;Penjaga\nSiti;;A;Juru masak", &["16.71-000002|Siti|A", "16.71-000001|Siti|A"]),
            // One of the two is left.
            ("Siti;;A;Penjaga", &["16.71-000002|Siti|A"]),
            // One changed her position, and the other is who she was.
            ("Siti;;A;Staf\nSiti;;A;Juru masak", &["16.71-000002|Siti|A", "16.71-000001|Siti|A"]),
        ] {
            assert_eq!(after_with_positions(&known, &format!("{list}{rows}")), expected, "{rows}");
        }
    }
    let alike = [("000002", "Siti", "A", "Staf"), ("000001", "Siti", "A", "Staf")];
    let same = after_with_positions(&alike, &format!("{list}Siti;;A;Staf\nSiti;;A;Staf"));
    assert_eq!(same, ["16.71-000001|Siti|A", "16.71-000002|Siti|A"]);
}

#[test]
fn an_invented_number_never_changes_its_owner() {
    let two = [("000001", "Siti Aminah", "A"), ("000002", "Siti Aminah", "B")];
    let list = "NAMA;NIP;UNIT KERJA\n";
    // Which of the two came to C nobody can tell.
    assert_eq!(after(&two, &format!("{list}Siti Aminah;;C")), ["16.71-000003|Siti Aminah|C"]);
    // The other one is still where she was.
    assert_eq!(
        after(&two, &format!("{list}Siti Aminah;;C\nSITI AMINAH;;B")),
        ["16.71-000001|Siti Aminah|C", "16.71-000002|SITI AMINAH|B"]
    );
    // Nor can anybody tell which of two new ones is the one of before.
    assert_eq!(
        after(&two[..1], &format!("{list}Siti Aminah;;C\nSiti Aminah;;D")),
        ["16.71-000002|Siti Aminah|C", "16.71-000003|Siti Aminah|D"]
    );
    let same_unit = [("000001", "Siti Aminah", "A"), ("000002", "Siti Aminah", "A")];
    assert_eq!(after(&same_unit, &format!("{list}Siti Aminah;;A")), ["16.71-000003|Siti Aminah|A"]);
    assert_eq!(
        after(&same_unit, &format!("{list}Siti Aminah;;A\nSiti Aminah;;A")),
        ["16.71-000001|Siti Aminah|A", "16.71-000002|Siti Aminah|A"]
    );
}

#[test]
fn a_code_and_a_name_of_two_institutions_are_a_contradiction() {
    let list = [
        ("16.02", "Pemerintah Kabupaten Ogan Komering Ilir"),
        ("16.08", "Pemerintah Kabupaten Ogan Komering Ulu Timur"),
    ];
    let of = |list: &[(&str, &str)], code: &str, name: &str| {
        let row = format!("Siti;{N};{code};{name};Dinas");
        found_for(list, &format!("NAMA;NIP;KODE INSTANSI;INSTANSI;UNIT KERJA\n{row}")).faults
    };
    assert_eq!(of(&list, "16.08", "Ogan Komering Ilir"), [(2, "institution-contradiction")]);
    assert_eq!(of(&list, "16.08", "Kabupaten Ogan Ilir"), [(2, "institution-contradiction")]);
    assert_eq!(of(&list, "16.99", "Ogan Komering Ilir"), [(2, "institution-unknown")]);
    for name in ["OKU Timur", "Kab. Ogan Komering Ulu Timur", "Kab. Ogan Komring Ulu Timur", "", "-", "Dinas Sosial"] {
        assert_eq!(of(&list, "16.08", name), [], "{name}");
    }
    assert_eq!(of(&list, "-", "OKU Timur"), []);
    // The file itself says what a code means.
    let list = "NAMA;NIP;KODE INSTANSI;INSTANSI;UNIT KERJA";
    let new = found_for(&[], &format!("{list}\nSiti;{N};16.08;OKU Timur;A\nBudi;{M};16.08;Ogan Komering Ilir;A"));
    assert_eq!(new.faults, [(3, "institution-contradiction")]);
    let new = found_for(&[], &format!("{list}\nSiti;{N};16.02;Kab. OKI;A\nBudi;{M};16.08;Kabupaten OKI;A"));
    assert_eq!(new.faults, [(3, "institution-contradiction")]);
}

#[test]
fn the_code_of_a_place_is_no_institution() {
    let list = [("16", "Pemerintah Provinsi Sumatera Selatan"), ("16.71", "Pemerintah Kota Palembang")];
    let found = found_for(&list, &format!("NAMA;NIP;INSTANSI;KODE WILAYAH\nSiti;{N};Pemprov Sumatera Selatan;16.71"));
    assert_eq!((found.institutions, found.faults), (vec!["16".to_string()], vec![]));
}

/// It would be a participant number, and the person could sign with it and with the right one.
#[test]
fn a_nip_with_a_digit_too_few_or_too_many_is_no_participant_number() {
    for number in ["19800101200501200", "1980010120050120011", "1980 0101 200501 2 00"] {
        for heading in ["No. Induk", "NOMOR PESERTA", "NRP"] {
            let found = found(&format!("NAMA;{heading};JABATAN\nSiti;{number};Staf"));
            assert_eq!((found.faults, found.people.len()), (vec![(2, "identifier-length")], 0), "{heading} {number}");
        }
    }
    let others = found("NAMA;No. Induk\nSiti;12345678901234567\nBudi;9900112233445566778\nAni;198001012005");
    assert_eq!((others.faults, others.people.len()), (vec![], 3));
}

#[test]
fn a_title_in_the_name_and_in_its_column_appears_once() {
    for (front, name, back, shown) in [
        ("Dr. H.", "Dr.H. Budi", "", "Dr.H. Budi"),
        ("Dr. H.", "Dr. H. Budi", "", "Dr. H. Budi"),
        ("Dr. H.", "H. Budi", "", "Dr. H. Budi"),
        ("Dr.H.", "H. Budi", "", "Dr. H. Budi"),
        ("DR.", "Dr. Budi", "", "Dr. Budi"),
        ("Dr.", "dr. Budi", "", "Dr. dr. Budi"),
        ("H.", "Hasan", "", "H. Hasan"),
        ("Dr.", "Drajat", "", "Dr. Drajat"),
        ("", "Budi, S.E.", "S.E.", "Budi, S.E."),
        ("", "Budi, SE", "S.E.", "Budi, SE"),
        ("", "Budi S.E.", "S.E.", "Budi S.E."),
        ("", "Budi, S.E.", "S.E., M.Si.", "Budi, S.E., M.Si."),
        ("", "Budi, S. E., M. Si.", "S.E., M.Si.", "Budi, S. E., M. Si."),
        ("", "Budi, S.E., M.Si.", "M.Si", "Budi, S.E., M.Si."),
        ("", "Budi", "S.E., S.E.", "Budi, S.E."),
        ("", "Budi, S.E., S.E.", "", "Budi, S.E."),
        ("", "Budi,, S.E.", "", "Budi, S.E."),
        ("", "Budi,", ", S.E.,", "Budi, S.E."),
        ("", "Budi", "S.E.,, M.Si.", "Budi, S.E., M.Si."),
        ("", "Budi, S.M., S.E.", "M.S.", "Budi, S.M., S.E., M.S."),
        ("", "Budi Santoso", "S.Kom", "Budi Santoso, S.Kom"),
        ("", "A. A. Gde Agung", "", "A. A. Gde Agung"),
        ("Ir.", "Budi, M.T.", "M.T., IPM", "Ir. Budi, M.T., IPM"),
    ] {
        let found = found(&format!("GELAR DEPAN;NAMA;GELAR BELAKANG;NIP\n{front};{name};{back};{N}"));
        assert_eq!(found.people, [format!("{N}|{shown}|")], "{front} | {name} | {back}");
    }
}

#[test]
fn what_is_doubtful_is_told_with_its_rows_and_refuses_nothing() {
    let p = "198001012022211003";
    let text = format!(
        "NAMA;NIP;KEDUDUKAN HUKUM;UNIT KERJA\nBudi Santoso;{N};Aktif;A\nDr. BUDI  SANTOSO, S.E.;{p};Aktif;A\n\
         Siti;{M};Pensiun BUP;A\nDewi;;Meninggal Dunia;A"
    );
    let mut taken = Taken::default();
    let target = Target::new(institutions(&[("16.71", "Pemerintah Kota Palembang")]), None).unwrap();
    let mut checker = Checker::new(&mut taken, target, KnownNumbers::default(), budget());
    feed(&mut checker, &text);
    feed(&mut checker, "NAMA;NIP;UNIT KERJA\nTono;;A\nJoko;-;A");
    checker.finish().unwrap();
    let rows = |notes: &super::RowNotes| notes.first.iter().map(|note| note.row).collect::<Vec<_>>();
    let told = &checker.remarks;
    assert_eq!(rows(&told.two_numbers), [3]);
    assert_eq!(rows(&told.ended_service), [4, 5]);
    assert_eq!(told.ended_service.first[1].text, "Dewi, Meninggal Dunia");
    assert_eq!((rows(&told.empty_nip_columns), &*told.empty_nip_columns.first[0].text), (vec![1], "B (NIP)"));
    assert_eq!((told.numberless.count, rows(&told.numberless)), (3, vec![5, 2, 3]));
    assert_eq!((checker.people, checker.faults.total), (6, 0));
}

#[test]
fn a_number_with_an_impossible_time_is_a_fault() {
    for (number, key) in [
        ("209001012099012001", "born-ahead"),
        ("198001012099012001", "appointed-ahead"),
        ("198001011980012001", "appointed-too-young"),
    ] {
        let mut taken = Taken::default();
        let target = Target::new(institutions(&[("16.71", "Pemerintah Kota Palembang")]), None).unwrap();
        let mut checker = Checker::new(&mut taken, target, KnownNumbers::default(), budget());
        checker.today = Some(jiff::civil::date(2026, 11, 29));
        feed(&mut checker, &format!("NAMA;NIP\nSiti;{number}"));
        let _ = checker.finish();
        let faults: Vec<_> = checker.faults.kept().iter().map(|fault| fault.kind.key()).collect();
        assert_eq!((checker.people, faults), (0, vec![key]), "{number}");
    }
}

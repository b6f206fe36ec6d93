//! `ikrar generate-roster`: a file of synthetic people, to try out and measure an import.

use crate::domain::employment::EmploymentKind;
use crate::domain::unit::lineage;
use crate::service::synthetic::{self, SyntheticPerson};
use clap::{Args, ValueEnum};
use rust_xlsxwriter::Workbook;
use std::path::PathBuf;

/// The column names of SIASN.
const SIASN: &[&str] = &[
    "PNS ID",
    "NIP BARU",
    "NIP LAMA",
    "NAMA",
    "GELAR DEPAN",
    "GELAR BELAKANG",
    "TEMPAT LAHIR ID",
    "TEMPAT LAHIR NAMA",
    "TANGGAL LAHIR",
    "JENIS KELAMIN",
    "AGAMA ID",
    "AGAMA NAMA",
    "JENIS KAWIN ID",
    "JENIS KAWIN NAMA",
    "NIK",
    "NOMOR HP",
    "EMAIL",
    "EMAIL GOV",
    "ALAMAT",
    "NPWP NOMOR",
    "BPJS",
    "JENIS PEGAWAI ID",
    "JENIS PEGAWAI NAMA",
    "KEDUDUKAN HUKUM ID",
    "KEDUDUKAN HUKUM NAMA",
    "STATUS CPNS PNS",
    "KARTU ASN VIRTUAL",
    "NOMOR SK CPNS",
    "TANGGAL SK CPNS",
    "TMT CPNS",
    "NOMOR SK PNS",
    "TANGGAL SK PNS",
    "TMT PNS",
    "GOL AWAL ID",
    "GOL AWAL NAMA",
    "GOL AKHIR ID",
    "GOL AKHIR NAMA",
    "TMT GOLONGAN",
    "MK TAHUN",
    "MK BULAN",
    "JENIS JABATAN ID",
    "JENIS JABATAN NAMA",
    "JABATAN ID",
    "JABATAN NAMA",
    "TMT JABATAN",
    "TINGKAT PENDIDIKAN ID",
    "TINGKAT PENDIDIKAN NAMA",
    "PENDIDIKAN ID",
    "PENDIDIKAN NAMA",
    "TAHUN LULUS",
    "KPKN ID",
    "KPKN NAMA",
    "LOKASI KERJA ID",
    "LOKASI KERJA NAMA",
    "UNOR ID",
    "UNOR NAMA",
    "UNOR INDUK NAMA",
    "INSTANSI INDUK ID",
    "INSTANSI INDUK NAMA",
    "INSTANSI KERJA ID",
    "INSTANSI KERJA NAMA",
    "SATUAN KERJA INDUK ID",
    "SATUAN KERJA INDUK NAMA",
    "SATUAN KERJA KERJA ID",
    "SATUAN KERJA KERJA NAMA",
    "IS VALID NIK",
    "FLAG IKD",
    "NOMOR PESERTA",
    "TANGGAL UBAH",
];
const LOCAL: &[&str] = &[
    "NO",
    "NIP/NI PPPK",
    "NOMOR PESERTA",
    "NAMA LENGKAP",
    "PANGKAT/GOLONGAN",
    "JABATAN",
    "SUB UNIT KERJA",
    "UNIT KERJA",
    "OPD",
    "INSTANSI",
];

#[derive(Args)]
pub struct GenerateRoster {
    #[arg(long, default_value_t = 180_751)]
    participants: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_enum)]
    format: Format,
    #[arg(long, value_enum, default_value_t = ColumnLayout::Siasn)]
    shape: ColumnLayout,
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Xlsx,
    Csv,
}

#[derive(Clone, Copy, ValueEnum)]
enum ColumnLayout {
    /// 69 columns, as the national system exports them
    Siasn,
    /// A few columns below two title rows
    Local,
}

pub fn run(generate: &GenerateRoster) -> anyhow::Result<u8> {
    let mut out = RosterTable::new(generate.format, &generate.out)?;
    let labels = match generate.shape {
        ColumnLayout::Siasn => SIASN,
        ColumnLayout::Local => {
            out.row(&["DAFTAR PEGAWAI (DATA SINTETIS)".into()])?;
            out.row(&["Keadaan 1 Juli".into()])?;
            LOCAL
        }
    };
    out.row(&labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>())?;
    let institutions = synthetic::institutions();
    let mut people = synthetic::people(generate.participants, generate.seed);
    let mut number = 0u64;
    while let Some(person) = people.next() {
        number += 1;
        let units = people.units(person.institution);
        let id = units[person.unit].id;
        let levels = lineage(id, |id| units.get(id as usize - 1)).iter().map(|unit| unit.name.as_str()).collect();
        let place = UnitRow { institution: &institutions[person.institution].name, levels, id };
        let row: Vec<String> = labels.iter().map(|label| value(label, &person, &place, number)).collect();
        out.row(&row)?;
    }
    out.finish()?;
    Ok(0)
}

struct UnitRow<'a> {
    institution: &'a str,
    /// The names from the agency down.
    levels: Vec<&'a str>,
    id: u32,
}

impl UnitRow<'_> {
    fn own(&self) -> &str {
        self.levels.last().copied().unwrap_or_default()
    }

    /// The name above the own one; empty if there is none.
    fn above(&self) -> &str {
        self.levels.iter().rev().nth(1).copied().unwrap_or_default()
    }

    /// The agency, where the unit isn't one itself.
    fn agency(&self) -> &str {
        if self.levels.len() > 1 { self.levels[0] } else { "" }
    }
}

/// The value of a column. Columns that the import doesn't read get a value of the usual length.
fn value(label: &str, person: &SyntheticPerson, place: &UnitRow<'_>, number: u64) -> String {
    let national = || person.identifier.as_ref().filter(|known| known.issuer().is_empty());
    let local = || person.identifier.as_ref().filter(|known| !known.issuer().is_empty());
    match label {
        "NO" => number.to_string(),
        "NIP BARU" | "NIP/NI PPPK" => national().map(|known| known.shown()).unwrap_or_default(),
        "NOMOR PESERTA" => local().map(|known| known.digits().to_owned()).unwrap_or_default(),
        "NAMA" => person.name.clone(),
        "NAMA LENGKAP" => person.shown_name(),
        "GELAR DEPAN" => person.front_title.to_owned(),
        "GELAR BELAKANG" => person.back_title.clone(),
        "GOL AKHIR NAMA" | "PANGKAT/GOLONGAN" => person.rank.to_owned(),
        "JABATAN NAMA" | "JABATAN" => person.position.to_owned(),
        "JENIS PEGAWAI NAMA" => kind_of(person.employment).into(),
        "STATUS CPNS PNS" if person.employment == EmploymentKind::Pns => "P".into(),
        "LOKASI KERJA NAMA" => person.location.to_owned(),
        "UNOR NAMA" => place.own().to_owned(),
        "UNOR INDUK NAMA" => place.above().to_owned(),
        "UNIT KERJA" => place.levels.get(1).copied().unwrap_or_else(|| place.own()).to_owned(),
        "SUB UNIT KERJA" => place.levels.get(2).copied().unwrap_or_default().to_owned(),
        "UNOR ID" => format!("8ae4829{:025x}", u64::from(place.id)),
        "OPD" | "SATUAN KERJA KERJA NAMA" => place.agency().to_owned(),
        "INSTANSI" | "INSTANSI KERJA NAMA" | "INSTANSI INDUK NAMA" => place.institution.to_owned(),
        "PNS ID" => format!("a5eb03e2{number:024x}"),
        "NIK" => format!("9{number:015}"),
        "EMAIL" => format!("pegawai{number}@contoh.invalid"),
        label if label.ends_with(" ID") => format!("{number:08x}"),
        label if label.starts_with("TMT") || label.starts_with("TANGGAL") => "01-03-2015".into(),
        label if label.starts_with("NOMOR SK") => format!("800/{number}/BKD/2015"),
        _ => "-".into(),
    }
}

/// The words of SIASN.
fn kind_of(employment: EmploymentKind) -> &'static str {
    match employment {
        EmploymentKind::Pns => "PNS DAERAH OTONOM",
        EmploymentKind::Pppk => "PPPK",
        _ => "NON ASN",
    }
}

enum RosterTable {
    Xlsx { workbook: Box<Workbook>, row: u32, out: PathBuf },
    Csv(Box<csv::Writer<std::fs::File>>),
}

impl RosterTable {
    fn new(format: Format, out: &std::path::Path) -> anyhow::Result<Self> {
        Ok(match format {
            Format::Csv => {
                Self::Csv(Box::new(csv::WriterBuilder::new().delimiter(b';').flexible(true).from_path(out)?))
            }
            Format::Xlsx => {
                let mut workbook = Box::new(Workbook::new());
                workbook.add_worksheet_with_constant_memory()?;
                Self::Xlsx { workbook, row: 0, out: out.into() }
            }
        })
    }

    fn row(&mut self, cells: &[String]) -> anyhow::Result<()> {
        match self {
            Self::Csv(csv) => csv.write_record(cells)?,
            Self::Xlsx { workbook, row, .. } => {
                let sheet = workbook.worksheet_from_index(0)?;
                for (column, cell) in (0u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                    sheet.write_string(*row, column, cell)?;
                }
                *row += 1;
            }
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Csv(mut csv) => csv.flush()?,
            Self::Xlsx { mut workbook, out, .. } => workbook.save(out)?,
        }
        Ok(())
    }
}

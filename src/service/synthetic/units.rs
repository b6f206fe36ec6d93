//! Offices that every province, regency and city has, and the positions in them.

use super::numbers::Employment;
use super::places::PLACES;
use crate::domain::unit::Unit;
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::HashMap;

/// Average number of people in a unit.
const PEOPLE_PER_UNIT: usize = 9;

const AGENCIES: &[&str] = &[
    "Dinas Pendidikan",
    "Dinas Kesehatan",
    "Sekretariat Daerah",
    "Sekretariat DPRD",
    "Inspektorat",
    "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
    "Badan Perencanaan Pembangunan Daerah",
    "Badan Pengelolaan Keuangan dan Aset Daerah",
    "Badan Pendapatan Daerah",
    "Badan Kesatuan Bangsa dan Politik",
    "Badan Penanggulangan Bencana Daerah",
    "Dinas Pekerjaan Umum dan Tata Ruang",
    "Dinas Perumahan dan Kawasan Permukiman",
    "Dinas Sosial",
    "Dinas Tenaga Kerja dan Transmigrasi",
    "Dinas Pemberdayaan Perempuan dan Perlindungan Anak",
    "Dinas Ketahanan Pangan",
    "Dinas Lingkungan Hidup",
    "Dinas Kependudukan dan Pencatatan Sipil",
    "Dinas Pemberdayaan Masyarakat dan Desa",
    "Dinas Perhubungan",
    "Dinas Komunikasi dan Informatika",
    "Dinas Koperasi dan Usaha Kecil Menengah",
    "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu",
    "Dinas Kepemudaan dan Olahraga",
    "Dinas Perpustakaan dan Kearsipan",
    "Dinas Pariwisata dan Kebudayaan",
    "Dinas Pertanian",
    "Dinas Perikanan",
    "Dinas Perdagangan",
    "Dinas Perindustrian",
    "Satuan Polisi Pamong Praja",
    "Dinas Pemadam Kebakaran dan Penyelamatan",
    "Dinas Pengendalian Penduduk dan Keluarga Berencana",
    "Dinas Perkebunan",
    "Dinas Peternakan dan Kesehatan Hewan",
    "Dinas Pertanahan",
    "Badan Riset dan Inovasi Daerah",
    "Rumah Sakit Umum Daerah",
    "Bagian Pengadaan Barang dan Jasa",
];
/// How the names of units begin that stand below the secretariat of their agency.
const BELOW_SECRETARIAT: &str = "Sub Bagian";
const SECTIONS: &[&str] = &[
    "Sekretariat",
    "Sub Bagian Umum dan Kepegawaian",
    "Sub Bagian Keuangan",
    "Bidang Perencanaan dan Program",
    "Bidang Pelayanan",
    "Bidang Pengawasan dan Pengendalian",
    "Bidang Data dan Informasi",
];

/// The units of an institution: agencies, their sections and what is below these, and as many schools and clinics as
/// its size calls for. Ids begin at 1, and a parent precedes its units.
pub fn tree(institution: usize, people: usize) -> Vec<Unit> {
    let (code, _, _, place) = PLACES[institution];
    let wanted = (people / PEOPLE_PER_UNIT).max(2);
    let agencies = AGENCIES.len().min(wanted / 2).max(1);
    let place = place.trim_start_matches("Kab. ").trim_start_matches("Kota ");
    let mut units: Vec<Unit> = Vec::with_capacity(wanted);
    let mut add = |parent: Option<u32>, name: String| {
        let id = u32::try_from(units.len() + 1).expect("fewer units than fit 32 bits");
        units.push(Unit { id, institution: code.into(), parent, name });
        id
    };
    let parents: Vec<u32> = AGENCIES[..agencies].iter().map(|name| add(None, (*name).into())).collect();
    let mut left = wanted.saturating_sub(agencies);
    let mut secretariats: HashMap<u32, u32> = HashMap::new();
    // Sections take up to half of the rest, so that small institutions have schools and clinics too.
    for (section, parent) in
        SECTIONS.iter().flat_map(|section| parents.iter().map(move |parent| (section, parent))).take(left / 2)
    {
        left -= 1;
        let above = secretariats.get(parent).filter(|_| section.starts_with(BELOW_SECRETARIAT));
        let id = add(Some(*above.unwrap_or(parent)), (*section).into());
        secretariats.entry(*parent).or_insert(id);
    }
    let clinics = if agencies > 1 { left / 6 } else { 0 };
    for number in 1..=left - clinics {
        let school = match (institution, number % 10) {
            (0, 0..5) => "SMK",
            (0, _) => "SMA",
            (_, 0..2) => "SMP",
            _ => "SD",
        };
        add(Some(parents[0]), format!("{school} Negeri {number} {place}"));
    }
    for number in 1..=clinics {
        let clinic = if institution == 0 { "UPTD Laboratorium" } else { "UPTD Puskesmas" };
        add(Some(parents[1]), format!("{clinic} {number} {place}"));
    }
    units
}

/// Indexes of the units that contain no others.
pub fn staffed(tree: &[Unit]) -> Vec<usize> {
    let mut holds = vec![false; tree.len() + 1];
    tree.iter().filter_map(|unit| unit.parent).for_each(|parent| holds[parent as usize] = true);
    (0..tree.len()).filter(|at| !holds[at + 1]).collect()
}

pub fn position(rng: &mut StdRng, unit: &str, standing: Employment) -> &'static str {
    let among: &[&str] = match (unit.get(..3), standing) {
        (_, Employment::Contract | Employment::Unnumbered) => {
            &["Tenaga Administrasi", "Pengemudi", "Petugas Kebersihan", "Petugas Keamanan"]
        }
        (Some("SD " | "SMP" | "SMA" | "SMK"), _) => {
            &["Guru Ahli Pertama", "Guru Ahli Muda", "Guru Ahli Madya", "Pengelola Tata Usaha"]
        }
        (Some("UPT"), _) => &["Perawat Terampil", "Bidan Mahir", "Dokter Ahli Pertama", "Sanitarian", "Apoteker"],
        _ => &[
            "Pengelola Keuangan",
            "Analis Kebijakan Ahli Muda",
            "Pranata Komputer",
            "Pengadministrasi Umum",
            "Perencana Ahli Pertama",
            "Kepala Sub Bagian",
            "Arsiparis",
        ],
    };
    among[rng.random_range(0..among.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::lineage;

    #[test]
    fn trees_fit_their_sizes_and_parents_come_first() {
        for people in [1, 30, 300, 8_379, 30_600] {
            let units = tree(10, people);
            assert_eq!(units.len(), (people / PEOPLE_PER_UNIT).max(2));
            assert!(units.iter().all(|unit| unit.parent.is_none_or(|parent| parent < unit.id)));
            assert!(!staffed(&units).is_empty());
            let deepest = units.iter().map(|unit| lineage(unit.id, |id| units.get(id as usize - 1)).len()).max();
            assert_eq!(deepest == Some(3), people >= 8_379, "{people} people");
        }
    }
}

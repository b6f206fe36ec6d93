//! Names combined from parts of many traditions, and academic titles.

use super::numbers::Employment;
use rand::RngExt;
use rand::rngs::StdRng;

type Parts = &'static [&'static str];

const MUSLIM_MEN: Parts = &[
    "Muhammad", "Ahmad", "Abdul", "Ali", "Umar", "Hasan", "Husin", "Ibrahim", "Ismail", "Yusuf", "Zainal", "Rahmat",
    "Hidayat", "Fauzi", "Ridwan", "Syarif", "Arifin", "Anwar", "Iqbal", "Fadli", "Akbar", "Rizky", "Ilham", "Taufik",
];
const MUSLIM_WOMEN: Parts = &[
    "Siti",
    "Nur",
    "Aminah",
    "Fatimah",
    "Khadijah",
    "Aisyah",
    "Zahra",
    "Rahmawati",
    "Hidayah",
    "Latifah",
    "Hasanah",
    "Mardiah",
    "Rohaya",
    "Zubaidah",
    "Salmah",
    "Nurlaila",
    "Maryam",
    "Halimah",
    "Azizah",
    "Nurhayati",
];
const JAVANESE_MEN: Parts = &[
    "Sugeng", "Wahyudi", "Slamet", "Bambang", "Agus", "Joko", "Eko", "Dwi", "Tri", "Heru", "Sutrisno", "Suparman",
    "Widodo", "Prasetyo", "Nugroho", "Santoso", "Wibowo", "Setiawan", "Purnomo", "Hartono", "Kusuma", "Mulyono",
];
const JAVANESE_WOMEN: Parts = &[
    "Sri",
    "Endang",
    "Wahyuni",
    "Lestari",
    "Ningsih",
    "Retno",
    "Dewi",
    "Wulandari",
    "Sulastri",
    "Suryani",
    "Tri",
    "Rahayu",
    "Astuti",
    "Handayani",
    "Puji",
    "Yuliani",
    "Kartika",
    "Sulistyowati",
    "Ratna",
    "Indah",
];
const PALEMBANG_STYLES_MEN: Parts = &["Kgs.", "Ki Agus", "Kemas", "Masagus", "Raden", "M."];
const PALEMBANG_STYLES_WOMEN: Parts = &["Nyayu", "Nyimas", "Masayu", "Raden Ayu", "R.A."];
const PALEMBANG: Parts = &[
    "Herman", "Rusdi", "Yanto", "Apriadi", "Marzuki", "Romi", "Toha", "Zulkifli", "Effendi", "Darmawan", "Saidina",
    "Faridah", "Komariah", "Rosmala", "Yulia", "Maimunah", "Rodiah", "Emilia", "Fitriani", "Masnun", "Rusmini",
];
const MINANG_MEN: Parts =
    &["Syafril", "Yulizar", "Asril", "Zulhendri", "Afrizal", "Nofrizal", "Syahrul", "Erizal", "Hendri"];
const MINANG_WOMEN: Parts = &["Yusnidar", "Ernawati", "Desmiwati", "Elfira", "Rosnida", "Gusmawati", "Nelfi", "Yeni"];
const MINANG_CLANS: Parts = &["Chaniago", "Koto", "Piliang", "Tanjung", "Sikumbang", "Jambak", "Guci", "Melayu"];
const BATAK_MEN: Parts = &["Parlindungan", "Tigor", "Saut", "Binsar", "Hotman", "Poltak", "Jonner", "Marihot", "Togar"];
const BATAK_WOMEN: Parts = &["Tiur", "Rotua", "Lasma", "Duma", "Hotmaida", "Romauli", "Risma", "Tiarma", "Junita"];
const BATAK_CLANS: Parts = &[
    "Siregar",
    "Simanjuntak",
    "Marpaung",
    "Nasution",
    "Hutapea",
    "Lumban Tobing",
    "Panjaitan",
    "Situmorang",
    "Sihombing",
    "Harahap",
    "Ginting",
    "Sinaga",
];
const CHINESE_MEN: Parts = &["Hendra", "Budianto", "Steven", "Andreas", "Kevin", "Tjandra", "Yohanes", "Edwin"];
const CHINESE_WOMEN: Parts = &["Lina", "Meiliana", "Susanti", "Veronika", "Felicia", "Yenny", "Caroline", "Linda"];
const CHINESE_FAMILIES: Parts = &["Wijaya", "Halim", "Gunawan", "Tanuwijaya", "Lim", "Kurniawan", "Salim", "Chandra"];
const SINGLE_MEN: Parts = &["Suharto", "Sukirman", "Mursalin", "Jumadi", "Saparudin", "Tarmizi", "Hasanudin", "Paino"];
const SINGLE_WOMEN: Parts =
    &["Suparti", "Rusmiati", "Yuliana", "Marlina", "Sumarni", "Rosdiana", "Nurjanah", "Poniyem"];

/// A name without titles, of one to five words.
pub fn person(rng: &mut StdRng, woman: bool) -> String {
    let of = |women: Parts, men: Parts| if woman { women } else { men };
    let names: Vec<&str> = match rng.random_range(0..100u32) {
        0..34 => several(rng, of(MUSLIM_WOMEN, MUSLIM_MEN)),
        34..58 => several(rng, of(JAVANESE_WOMEN, JAVANESE_MEN)),
        58..72 => {
            vec![
                one(rng, of(PALEMBANG_STYLES_WOMEN, PALEMBANG_STYLES_MEN)),
                one(rng, of(MUSLIM_WOMEN, MUSLIM_MEN)),
                one(rng, PALEMBANG),
            ]
        }
        72..80 => vec![one(rng, of(MINANG_WOMEN, MINANG_MEN)), one(rng, MINANG_CLANS)],
        80..88 => {
            let mut names = vec![one(rng, of(BATAK_WOMEN, BATAK_MEN)), one(rng, BATAK_CLANS)];
            if rng.random_bool(0.2) {
                names.insert(1, one(rng, of(BATAK_WOMEN, BATAK_MEN)));
                // Married women carry two clans.
                names.push(if woman { "br. Manurung" } else { "Tua" });
            }
            names
        }
        88..92 => vec![one(rng, of(CHINESE_WOMEN, CHINESE_MEN)), one(rng, CHINESE_FAMILIES)],
        _ => vec![one(rng, of(SINGLE_WOMEN, SINGLE_MEN))],
    };
    let name = names.join(" ");
    // Real rosters often have names in capitals.
    if rng.random_bool(0.3) { name.to_uppercase() } else { name }
}

fn one(rng: &mut StdRng, parts: Parts) -> &'static str {
    parts[rng.random_range(0..parts.len())]
}

/// Two names, or three in a quarter of the cases.
fn several(rng: &mut StdRng, parts: Parts) -> Vec<&'static str> {
    let first = rng.random_range(0..parts.len());
    let step = rng.random_range(1..parts.len());
    let count = if rng.random_bool(0.25) { 3 } else { 2 };
    (0..count).map(|at| parts[(first + at * step + at * at) % parts.len()]).collect()
}

/// The highest academic degree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Degree {
    None,
    Diploma,
    Bachelor,
    Master,
    Doctor,
}

pub fn degree(rng: &mut StdRng, standing: Employment) -> Degree {
    match (standing, rng.random_range(0..1000u32)) {
        (Employment::Contract | Employment::Unnumbered, 0..700) => Degree::None,
        (_, 0..220) => Degree::None,
        (_, 220..360) => Degree::Diploma,
        (Employment::Pns, 830..990) => Degree::Master,
        (Employment::Pns, 990..) => Degree::Doctor,
        _ => Degree::Bachelor,
    }
}

pub fn front_title(rng: &mut StdRng, degree: Degree) -> &'static str {
    match (degree, rng.random_range(0..100u32)) {
        (Degree::Doctor, 0..30) => "Dr. H.",
        (Degree::Doctor, _) => "Dr.",
        (Degree::Master, 0..6) => "dr.",
        (Degree::Master | Degree::Bachelor, 6..14) => "Drs.",
        (Degree::None, _) => "",
        (_, 14..18) => "H.",
        (_, 18..20) => "Ir.",
        _ => "",
    }
}

const DIPLOMAS: Parts = &["A.Md.", "A.Md.Keb.", "A.Md.Kep.", "A.Ma.Pd."];
const BACHELORS: Parts =
    &["S.Pd.", "S.E.", "S.Sos.", "S.H.", "S.Kom.", "S.T.", "S.KM.", "S.IP.", "S.Pd.I.", "S.Pd.SD."];
const MASTERS: Parts = &["M.Si.", "M.Pd.", "M.M.", "M.Kes.", "M.H.", "M.T.", "M.A.P."];

pub fn back_title(rng: &mut StdRng, degree: Degree, woman: bool) -> String {
    match degree {
        Degree::None => String::new(),
        Degree::Diploma if !woman => "A.Md.".into(),
        Degree::Diploma => one(rng, DIPLOMAS).into(),
        Degree::Bachelor => one(rng, BACHELORS).into(),
        Degree::Master | Degree::Doctor => format!("{}, {}", one(rng, BACHELORS), one(rng, MASTERS)),
    }
}

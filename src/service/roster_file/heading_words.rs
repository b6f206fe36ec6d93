//! The words of a heading, as offices write them: with dots, spaces, invisible characters and remarks in brackets.

use crate::i18n::{Lang, Localizer};

/// Words that may stand beside NIP without changing what the column holds, besides numbers.
const BESIDE_NIP: &[&str] = &[
    "ANGKA",
    "ADA",
    "APARATUR",
    "ASN",
    "ATAU",
    "BAGI",
    "BARU",
    "CPNS",
    "DAN",
    "DIGIT",
    "DIISI",
    "HARUS",
    "INDUK",
    "JIKA",
    "KARAKTER",
    "KARYAWAN",
    "KEPEGAWAIAN",
    "LENGKAP",
    "MEMILIKI",
    "NEGARA",
    "NI",
    "NIK",
    "NIP",
    "NIPD",
    "NIPPPK",
    "NIPTT",
    "NO",
    "NOMOR",
    "NON",
    "NRP",
    "P3K",
    "PEGAWAI",
    "PESERTA",
    "PNS",
    "PPPK",
    "REG",
    "REGISTER",
    "REGISTRASI",
    "SEKARANG",
    "SIPIL",
    "SPASI",
    "TANPA",
    "TEKS",
    "TERBARU",
    "WAJIB",
    "YANG",
];
/// Words that may stand behind NAMA without changing whose name the column holds.
const BESIDE_NAME: &[&str] = &[
    "APARATUR",
    "ASN",
    "ATAU",
    "BESERTA",
    "BIDAN",
    "CPNS",
    "DAN",
    "DENGAN",
    "DOKTER",
    "DOSEN",
    "GELAR",
    "GURU",
    "HONORER",
    "KARYAWAN",
    "KARYAWATI",
    "KONTRAK",
    "LENGKAP",
    "NEGARA",
    "NEGERI",
    "NON",
    "P3K",
    "PEGAWAI",
    "PENDIDIK",
    "PERAWAT",
    "PERSONEL",
    "PERSONIL",
    "PESERTA",
    "PNS",
    "PPPK",
    "PTT",
    "SIPIL",
    "STAF",
    "TANPA",
    "TENAGA",
    "THL",
    "YANG",
    "BERSANGKUTAN",
];
/// Words of a remark in brackets that doesn't change what the column holds.
const REMARKS: &[&str] = &[
    "ASN",
    "BESERTA",
    "CPNS",
    "DAN",
    "DENGAN",
    "DIISI",
    "GELAR",
    "HARUS",
    "HURUF",
    "KAPITAL",
    "LENGKAP",
    "NON",
    "OPD",
    "OPSIONAL",
    "PEGAWAI",
    "PERANGKAT",
    "PNS",
    "PPPK",
    "DAERAH",
    "SAAT",
    "INI",
    "SEKARANG",
    "SESUAI",
    "SK",
    "TANPA",
    "TERAKHIR",
    "WAJIB",
];

/// The letters and digits of a label in upper case: `N.I.P.` and `n i p` are both `NIP`.
pub fn bare(label: &str) -> String {
    label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The words of a label in upper case. Letters that stand alone, as in `N.I.P.` and `n i p`, are one word; invisible
/// characters part nothing, and `N.I.P/N.R.P` is two words.
pub fn words(label: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    for part in label.split(|c: char| !c.is_alphanumeric() && !is_invisible(c) && !c.is_whitespace() && c != '.') {
        let mut after_letter = false;
        for word in part.split(|c: char| c.is_whitespace() || c == '.').map(bare) {
            let is_letter = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
            match words.last_mut() {
                _ if word.is_empty() => continue,
                Some(last) if is_letter && after_letter => last.push_str(&word),
                _ => words.push(word),
            }
            after_letter = is_letter;
        }
    }
    words
}

/// Whether the words name the number of a civil servant: NIP or NI PPPK, with no words beside it that could make it
/// somebody else's or an earlier one.
pub fn names_a_nip(words: &[String]) -> bool {
    let has = |word: &str| words.iter().any(|one| one == word);
    let names_it = has("NIP")
        || has("NIPPPK")
        || (has("NI") && (has("PPPK") || has("P3K")))
        || (has("INDUK") && ["PEGAWAI", "KEPEGAWAIAN", "ASN", "PNS", "PPPK", "P3K"].into_iter().any(has));
    names_it && words.iter().all(|word| BESIDE_NIP.contains(&word.as_str()) || word.parse::<u8>().is_ok())
}

/// Whether the words name a person: NAMA, and of whom or how, as in `Nama Guru dan Gelar`. Of villages only their
/// staff: `Nama Desa` is a place.
pub fn names_a_person(words: &[String]) -> bool {
    let [first, rest @ ..] = words else { return false };
    let (of_village, says_gelar) = (["PERANGKAT", "DESA"], ["GELAR"]);
    let is_of_village = rest.iter().map(String::as_str).eq(of_village);
    let is_title = rest.iter().map(String::as_str).eq(says_gelar);
    let are_known = || rest.iter().all(|word| BESIDE_NAME.contains(&word.as_str()));
    first == "NAMA" && !is_title && (is_of_village || are_known())
}

/// The label without a remark in brackets at its end; `None` if it has none, or one that may change its meaning.
pub fn without_remark(label: &str) -> Option<&str> {
    let (label, remark) = label.trim().strip_suffix(')')?.split_once('(')?;
    let words = words(remark);
    words.iter().all(|word| REMARKS.contains(&word.as_str())).then_some(label)
}

/// Whether a label is the one under which a refused file's copy has its remarks, in either language.
pub fn says_remarks(label: &str) -> bool {
    words(label).first().is_some_and(|word| matches!(word.as_str(), "KETERANGAN" | "REMARKS"))
}

/// Whether a heading is that of the column of remarks beside the numbers, in either language: alone or below another
/// heading, with remarks about the header behind a colon.
pub fn says_remarks_of_check(heading: &str) -> bool {
    let heading = bare(heading.split(':').next().unwrap_or_default());
    [Lang::Id, Lang::En].into_iter().any(|lang| heading.ends_with(&bare(&Localizer(lang).t("roster-remarks-heading"))))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_stand_alone_are_one_word() {
        assert_eq!(words("N.I.P. Pegawai"), ["NIP", "PEGAWAI"]);
        assert_eq!(words("N I P/ NI PPPK (18 digit)"), ["NIP", "NI", "PPPK", "18", "DIGIT"]);
        assert_eq!(words("N\u{200B}I\u{AD}P"), ["NIP"]);
        assert_eq!(words("N.I.P./N. R. P"), ["NIP", "NRP"]);
        assert_eq!(words(" - "), [""; 0]);
    }
}

//! The kind of employment that a cell says, as offices write it. Nothing is guessed: what names two kinds or only says
//! *ASN* is left open, and a word that isn't known is another kind.

use super::row_values::stands_empty;
use crate::domain::employment::EmploymentKind;
use crate::domain::institution::folded;
use std::collections::HashMap;

/// Most different texts that are remembered. A column of kinds has few.
const REMEMBERED_MAX: usize = 256;
/// Longest text that is remembered, in bytes.
const REMEMBERED_BYTES_MAX: usize = 60;

const PART_TIME: &str = "paruh waktu|part time|pppkpw|p3kpw|pppk pw|p3k pw";
const CANDIDATE: &str = "cpns|cpnsd|calon pns|calon pegawai negeri|calon pegawai negeri sipil";
const CONTRACT: &str = "pppk|p3k|perjanjian kerja|pppk penuh waktu";
const CIVIL_SERVANT: &str = "pns|pnsd|pnsp|pegawai negeri sipil|pegawai negeri|civil servant";
const NON_ASN: &str = "\
    non asn|nonasn|bukan asn|honorer|honor|honda|thl|thlt|phl|tkhl|harian lepas|tenaga harian|tenaga kontrak|kontrak|\
    pkwt|tkd|tks|tkk|sukarela|ptt|pttd|gtt|tidak tetap|ppnpn|pramubakti|outsourcing|alih daya|phd|pjlp|k2|thk2|thk ii|\
    tenaga pendukung|staff without civil service status";
const VILLAGE_HEAD: &str = "kepala desa|kades|village head";
const VILLAGE_STAFF: &str = "\
    perangkat desa|aparat desa|aparatur desa|aparatur pemerintah desa|pamong desa|staf desa|sekretaris desa|sekdes|\
    kaur|kepala urusan|kasi desa|kadus|kepala dusun|bendahara desa|village staff";
/// Words for the kinds that aren't listed.
const OTHER: &str = "lainnya|lain lain|lain|other|others";
/// What leaves open which kind of civil servant it is, where no other word says it.
const ASN: &str = "asn|aparatur sipil negara";
/// What leaves the kind open beside any other word: it says what somebody isn't, or was.
const OPEN: &str = "non pns|nonpns|bukan pns|pensiunan|pensiun|purna|mantan|eks|bekas";

/// What a cell says of a person's employment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmploymentSaid {
    /// Nothing.
    Nothing,
    /// A kind.
    Kind(EmploymentKind),
    /// Something that may be several kinds: the kind isn't filled in.
    Unclear,
    /// A word that isn't known: another kind.
    Unknown,
}

impl EmploymentSaid {
    /// The kind that is kept.
    pub fn kept(self) -> Option<EmploymentKind> {
        match self {
            Self::Nothing | Self::Unclear => None,
            Self::Kind(kind) => Some(kind),
            Self::Unknown => Some(EmploymentKind::Other),
        }
    }
}

/// Reads the cells of a file, whose texts repeat.
#[derive(Default)]
pub struct EmploymentReader {
    known: HashMap<String, EmploymentSaid>,
}

impl EmploymentReader {
    /// What the column of kinds says together with that of *STATUS CPNS PNS*, which tells candidates from civil
    /// servants. Either text may be empty.
    pub fn read(&mut self, kind: &str, status: &str) -> EmploymentSaid {
        let said = self.said(kind);
        match (said, is_candidate(status)) {
            (EmploymentSaid::Kind(EmploymentKind::Pns) | EmploymentSaid::Nothing, Some(true)) => {
                EmploymentSaid::Kind(EmploymentKind::Cpns)
            }
            (EmploymentSaid::Nothing, Some(false)) => EmploymentSaid::Kind(EmploymentKind::Pns),
            (said, _) => said,
        }
    }

    fn said(&mut self, text: &str) -> EmploymentSaid {
        if text.is_empty() {
            return EmploymentSaid::Nothing;
        }
        if let Some(said) = self.known.get(text) {
            return *said;
        }
        let said = said(text);
        if self.known.len() < REMEMBERED_MAX && text.len() <= REMEMBERED_BYTES_MAX {
            self.known.insert(text.to_owned(), said);
        }
        said
    }
}

fn said(text: &str) -> EmploymentSaid {
    if stands_empty(text) {
        return EmploymentSaid::Nothing;
    }
    let mut rest = format!(" {} ", folded(text));
    // Longer words first: a candidate's word holds a civil servant's.
    let mut takes = |words: &str| take_all(&mut rest, words);
    let not_asn = takes(NON_ASN);
    let is_open = takes(OPEN);
    let mut kinds = vec![];
    for (words, kind) in [
        (PART_TIME, EmploymentKind::PppkPartTime),
        (CANDIDATE, EmploymentKind::Cpns),
        (CONTRACT, EmploymentKind::Pppk),
        (CIVIL_SERVANT, EmploymentKind::Pns),
        (VILLAGE_HEAD, EmploymentKind::VillageHead),
        (VILLAGE_STAFF, EmploymentKind::VillageStaff),
    ] {
        if takes(words) {
            kinds.push(kind);
        }
    }
    if kinds.contains(&EmploymentKind::PppkPartTime) {
        kinds.retain(|kind| *kind != EmploymentKind::Pppk);
    }
    if not_asn {
        kinds.push(EmploymentKind::NonAsn);
    }
    match kinds.as_slice() {
        [kind] if !is_open => EmploymentSaid::Kind(*kind),
        [] if !is_open && !takes(ASN) => {
            let is_listed = OTHER.split('|').any(|word| rest.trim() == word);
            if is_listed { EmploymentSaid::Kind(EmploymentKind::Other) } else { EmploymentSaid::Unknown }
        }
        _ => EmploymentSaid::Unclear,
    }
}

/// Takes these words out of a text whose words stand between spaces. Whether there were any.
fn take_all(text: &mut String, words: &str) -> bool {
    let mut has_any = false;
    for word in words.split('|') {
        let word = format!(" {word} ");
        while let Some(at) = text.find(&word) {
            text.replace_range(at..at + word.len(), " ");
            has_any = true;
        }
    }
    has_any
}

/// What *STATUS CPNS PNS* says: SIASN writes `C` and `P`.
fn is_candidate(status: &str) -> Option<bool> {
    match folded(status).as_str() {
        "c" | "cpns" => Some(true),
        "p" | "pns" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EmploymentKind::{Cpns, NonAsn, Other, Pns, Pppk, PppkPartTime, VillageHead, VillageStaff};

    fn read(kind: &str, status: &str) -> EmploymentSaid {
        EmploymentReader::default().read(kind, status)
    }

    #[test]
    fn a_kind_is_known_as_offices_write_it() {
        for (text, kind) in [
            ("PNS", Pns),
            ("PNS DAERAH OTONOM", Pns),
            ("PNS Pusat DPK", Pns),
            ("Pegawai Negeri Sipil", Pns),
            ("ASN (PNS)", Pns),
            ("CPNS", Cpns),
            ("Calon PNS", Cpns),
            ("CALON PEGAWAI NEGERI SIPIL", Cpns),
            ("PPPK", Pppk),
            ("P3K", Pppk),
            ("ASN PPPK", Pppk),
            ("PPPK Guru", Pppk),
            ("Pegawai Pemerintah dengan Perjanjian Kerja (PPPK)", Pppk),
            ("PPPK PARUH WAKTU", PppkPartTime),
            ("P3K-PW", PppkPartTime),
            ("PPPK Paruh-Waktu", PppkPartTime),
            ("Honorer", NonAsn),
            ("THL", NonAsn),
            ("Tenaga Kontrak", NonAsn),
            ("Non ASN", NonAsn),
            ("NON-ASN", NonAsn),
            ("PHD", NonAsn),
            ("Pegawai Harian Lepas", NonAsn),
            ("Non ASN (THL)", NonAsn),
            ("Guru Tidak Tetap", NonAsn),
            ("Kades", VillageHead),
            ("Kepala Desa", VillageHead),
            ("Kaur", VillageStaff),
            ("Kaur Keuangan", VillageStaff),
            ("Perangkat Desa", VillageStaff),
            ("Sekretaris Desa", VillageStaff),
            ("Lainnya", Other),
        ] {
            assert_eq!(read(text, ""), EmploymentSaid::Kind(kind), "{text}");
            assert_eq!(read(text, "-"), EmploymentSaid::Kind(kind), "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for text in ["", "-", "0", "nihil", "NULL"] {
            assert_eq!(read(text, ""), EmploymentSaid::Nothing, "{text}");
        }
        for text in [
            "ASN",
            "Aparatur Sipil Negara",
            "Non PNS",
            "PNS/PPPK",
            "PNS dan CPNS",
            "Pensiunan PNS",
            "PPPK (eks honorer)",
        ] {
            assert_eq!(read(text, ""), EmploymentSaid::Unclear, "{text}");
            assert_eq!(read(text, "").kept(), None);
        }
        for text in ["TNI", "Anggota BPD", "Magang", "Struktural"] {
            assert_eq!(read(text, ""), EmploymentSaid::Unknown, "{text}");
            assert_eq!(read(text, "").kept(), Some(Other));
        }
    }

    #[test]
    fn the_status_tells_candidates_from_civil_servants() {
        for (kind, status, expected) in [
            ("PNS DAERAH OTONOM", "C", Cpns),
            ("PNS DAERAH OTONOM", "CPNS", Cpns),
            ("PNS DAERAH OTONOM", "P", Pns),
            ("", "CPNS", Cpns),
            ("", "PNS", Pns),
            ("PPPK", "P", Pppk),
            ("Honorer", "CPNS", NonAsn),
        ] {
            assert_eq!(read(kind, status), EmploymentSaid::Kind(expected), "{kind} {status}");
        }
    }
}

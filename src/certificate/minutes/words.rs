//! The fixed words of minutes, which are in Indonesian whatever the language of the page.

use crate::domain::campaign::CampaignKind;
use crate::domain::time::INDONESIAN_MONTHS;
use crate::i18n::{Lang, Localizer};

/// The document's title.
pub const TITLE: &str = "BERITA ACARA";
/// Labels the number that the office gives.
pub const LETTER_NUMBER: &str = "NOMOR";
/// Stands for a number that is filled in by hand.
pub const DOTS: &str = "........................................";
/// Heads the totals.
pub const TOTALS: &str = "Jumlah";
/// Labels the people of the lock, as the constants below label the other totals.
pub const LOCKED: &str = "Sasaran awal";
/// Labels the people added after the lock.
pub const ADDED: &str = "Peserta susulan";
/// Labels the people excused after the lock.
pub const EXCUSED: &str = "Dikecualikan";
/// Labels the people who were to sign.
pub const TARGET: &str = "Sasaran akhir (awal + susulan − dikecualikan)";
/// Labels the people who have signed.
pub const SIGNED: &str = "Telah menandatangani";
/// Labels the people who haven't.
pub const WAITING: &str = "Belum menandatangani";
/// Labels the revoked pledges.
pub const REVOKED: &str = "Ikrar yang dicabut, tidak dihitung di atas";
/// Labels the time of the first pledge.
pub const FIRST: &str = "Tanda tangan pertama";
/// Labels the time of the last pledge.
pub const LAST: &str = "Tanda tangan terakhir";
/// Heads the table of institutions, and the column of their names.
pub const INSTITUTIONS: &str = "Menurut instansi";
/// Heads the table of places.
pub const LOCATIONS: &str = "Menurut lokasi";
/// The heading of the column of places.
pub const LOCATION: &str = "Lokasi";
/// Stands for people of whom no place is known.
pub const NO_LOCATION: &str = "Tidak diisi";
/// Heads the table of kinds of employment.
pub const EMPLOYMENT: &str = "Menurut status kepegawaian";
/// The headings of the tables' columns; the second is the caller's.
pub const COLUMNS: [&str; 6] = ["No", "", "Sasaran", "Menandatangani", "Belum", "Persen"];
/// The heading of the column of institutions.
pub const INSTITUTION: &str = "Instansi";
/// The heading of the column of kinds of employment.
pub const KIND: &str = "Status";
/// Names the row of sums.
pub const SUM: &str = "Jumlah";
/// Heads the text.
pub const TEXT: &str = "Naskah";
/// Labels the text's hash.
pub const TEXT_HASH: &str = "SHA-256 naskah";
/// Heads the log.
pub const LOG: &str = "Catatan ikrar";
/// Says what the log is.
pub const LOG_MEANS: &str = "Setiap ikrar tercatat dalam catatan yang hanya dapat bertambah: ikrar yang dihapus, diubah, \
     atau disisipkan kemudian mengubah sidik catatan di bawah ini. Jumlah entrinya sama dengan jumlah ikrar yang \
     ditandatangani, termasuk yang dicabut.";
/// Labels the log's name.
pub const ORIGIN: &str = "Nama catatan";
/// Labels the log's size.
pub const SIZE: &str = "Jumlah entri";
/// Labels the log's root hash.
pub const ROOT: &str = "Sidik catatan";
/// Heads the reports.
pub const REPORTS: &str = "Laporan \u{201C}bukan saya\u{201D}";
/// Says that there are none.
pub const NO_REPORTS: &str =
    "Tidak ada laporan tentang tanda tangan oleh orang lain yang belum diselesaikan ketika berita acara ini dibuat.";
/// Closes the document.
pub const CLOSING: &str = "Demikian berita acara ini dibuat dengan sebenarnya untuk dipergunakan sebagaimana mestinya.";
/// Stands below a position, where its holder signs.
pub const SIGN_HERE: &str = "(........................................)";
/// Stands below it.
pub const SIGN_NIP: &str = "NIP";
/// Marks minutes of synthetic data.
pub const SYNTHETIC: &str = "DATA SINTETIS – CONTOH";
/// Describes the attached data.
pub const DATA_ATTACHED: &str = "Seluruh isi berita acara sebagai data (JSON)";
/// Describes the attached table.
pub const TABLE_ATTACHED: &str = "Rekapitulasi menurut instansi (CSV)";

/// Names the days of the week, from Monday on.
const DAYS: [&str; 7] = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"];

/// `hari ini, Senin, tanggal dua puluh tujuh, bulan Desember, tahun dua ribu dua puluh tiga`
pub fn day_in_words(date: jiff::civil::Date) -> String {
    let place = |of: i8| usize::try_from(of - 1).unwrap_or_default();
    let count = |of: i16| in_words(u64::try_from(of).unwrap_or_default());
    let day = DAYS.get(place(date.weekday().to_monday_one_offset())).copied().unwrap_or_default();
    let month = INDONESIAN_MONTHS.get(place(date.month())).copied().unwrap_or_default();
    let (number, year) = (count(date.day().into()), count(date.year()));
    format!("hari ini, {day}, tanggal {number}, bulan {month}, tahun {year}")
}

/// What was signed, as a sentence names it.
pub fn what(kind: CampaignKind) -> &'static str {
    match kind {
        CampaignKind::NeutralityPledge => "ikrar",
        CampaignKind::IntegrityPact => "pakta integritas",
    }
}

/// The sentence of open reports.
pub fn open_reports(count: u64) -> String {
    format!(
        "Ketika berita acara ini dibuat ada {} laporan tentang tanda tangan oleh orang lain yang belum diselesaikan. Ikrar \
         yang dilaporkan masih terhitung di atas.",
        figure(count)
    )
}

/// The note at the end. The law distinguishes certified electronic signatures from others (PP 71/2019, article 60); the
/// note says that this one isn't certified.
pub fn note(organizer: &str, address: &str) -> String {
    format!(
        "Diterbitkan secara elektronik oleh {organizer}. Berkas PDF ini memuat tanda tangan digital penyelenggara, yang \
         tidak tersertifikasi; seluruh isinya (berita-acara.json) dan rekapitulasinya (rekapitulasi.csv) terlampir di \
         dalamnya. Jumlahnya dapat dicocokkan dengan yang diumumkan di {address}."
    )
}

/// Says that these minutes replace earlier ones.
pub fn replaces(edition: u32, reason: &str) -> String {
    format!("Edisi {edition}, menggantikan edisi {}: {reason}", edition - 1)
}

/// The foot of each page; `number` counts from 1.
pub fn page(title: &str, edition: u32, number: usize, count: usize) -> String {
    format!("Berita acara {title}  •  Edisi {edition}  •  Halaman {number} dari {count}")
}

/// What is read instead of the QR symbol.
pub fn symbol_alternative(address: &str) -> String {
    format!("Kode QR ke halaman kegiatan, {address}")
}

/// `180.751 (seratus delapan puluh ribu tujuh ratus lima puluh satu)`
pub fn figure(count: u64) -> String {
    format!("{} ({})", Localizer(Lang::Id).number(count), in_words(count))
}

const ONES: [&str; 12] =
    ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"];
/// Each thousand times the one before, from a thousand on.
const POWERS: [&str; 6] = ["ribu", "juta", "miliar", "triliun", "kuadriliun", "kuintiliun"];

/// A number in Indonesian words.
pub fn in_words(number: u64) -> String {
    if number == 0 {
        return ONES[0].into();
    }
    let mut parts = Vec::new();
    let (mut left, mut power) = (number, 0);
    while left > 0 {
        let part = left % 1000;
        let words = match (part, power) {
            (0, _) => None,
            // "Seribu", but "satu juta".
            (1, 1) => Some("seribu".into()),
            (part, 0) => Some(below_thousand(part)),
            (part, power) => Some(format!("{} {}", below_thousand(part), POWERS[power - 1])),
        };
        parts.extend(words);
        (left, power) = (left / 1000, power + 1);
    }
    parts.reverse();
    parts.join(" ")
}

/// From 1 to 999.
fn below_thousand(number: u64) -> String {
    let one = |number: u64| usize::try_from(number).ok().and_then(|at| ONES.get(at)).copied().unwrap_or_default();
    let and = |words: String, rest: u64| if rest == 0 { words } else { format!("{words} {}", below_thousand(rest)) };
    match number {
        0..=11 => one(number).into(),
        12..=19 => format!("{} belas", one(number - 10)),
        20..=99 => and(format!("{} puluh", one(number / 10)), number % 10),
        100..=199 => and("seratus".into(), number - 100),
        _ => and(format!("{} ratus", one(number / 100)), number % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_say_them() {
        for (number, words) in [
            (0, "nol"),
            (1, "satu"),
            (10, "sepuluh"),
            (11, "sebelas"),
            (12, "dua belas"),
            (20, "dua puluh"),
            (21, "dua puluh satu"),
            (100, "seratus"),
            (111, "seratus sebelas"),
            (200, "dua ratus"),
            (999, "sembilan ratus sembilan puluh sembilan"),
            (1_000, "seribu"),
            (1_001, "seribu satu"),
            (2_023, "dua ribu dua puluh tiga"),
            (11_000, "sebelas ribu"),
            (101_000, "seratus satu ribu"),
            (180_751, "seratus delapan puluh ribu tujuh ratus lima puluh satu"),
            (1_000_000, "satu juta"),
            (1_001_000, "satu juta seribu"),
            (3_000_000_014, "tiga miliar empat belas"),
        ] {
            assert_eq!(in_words(number), words, "{number}");
        }
        assert!(in_words(u64::MAX).starts_with("delapan belas kuintiliun empat ratus empat puluh enam kuadriliun"));
        assert_eq!(figure(4_300), "4.300 (empat ribu tiga ratus)");
    }

    #[test]
    fn a_day_is_written_out() {
        let day = jiff::civil::date(2023, 12, 27);
        assert_eq!(
            day_in_words(day),
            "hari ini, Rabu, tanggal dua puluh tujuh, bulan Desember, tahun dua ribu dua puluh tiga"
        );
        assert!(day_in_words(jiff::civil::date(2029, 1, 1)).contains("Senin, tanggal satu, bulan Januari"));
    }
}

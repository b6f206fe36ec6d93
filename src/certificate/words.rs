//! The fixed words of edition 1.
//!
//! They stand here and not among the messages because a certificate's bytes never change: a message may be reworded
//! any day, an edition may not. Certificates are in Indonesian, whatever language the page was in.

use crate::domain::campaign::CampaignKind;

pub const SYNTHETIC: &str = "DATA SINTETIS – CONTOH";
pub const SIGNED_BY: &str = "Ditandatangani secara elektronik oleh";
pub const NUMBER_ENDING: &str = "NIP/nomor peserta berakhiran";
pub const PLEDGES: &str = "menyatakan ikrar sebagai berikut:";
pub const UNDERSIGNED: &str = "Saya yang bertanda tangan di bawah ini:";
pub const DECLARES: &str = "menyatakan dengan sebenarnya bahwa:";
pub const LEGAL_BASIS: &str = "Dasar:";
pub const KNOWN_TO: &str = "Mengetahui,";
pub const SIGNER: &str = "Yang menyatakan,";
pub const SIGNED_ELECTRONICALLY: &str = "ditandatangani secara elektronik";
pub const CHECK: &str = "PERIKSA KEASLIAN";
pub const CHECK_HOW: &str = "Pindai kode QR ini dengan kamera ponsel, atau buka alamat berikut lalu ketik nomornya.";
pub const ADDRESS: &str = "Alamat";
pub const SERIAL: &str = "Nomor seri";
pub const ATTACHED: &str = "Bukti digital yang ditandatangani penyelenggara";

/// The rows of an integrity pact's table.
pub const NAME: &str = "Nama";
pub const NUMBER: &str = "NIP/nomor peserta";
pub const RANK: &str = "Pangkat/golongan";
pub const POSITION: &str = "Jabatan";
pub const UNIT: &str = "Unit kerja";
pub const INSTITUTION: &str = "Instansi";

pub fn title(kind: CampaignKind) -> &'static str {
    match kind {
        CampaignKind::NeutralityPledge => "PIAGAM IKRAR",
        CampaignKind::IntegrityPact => "LEMBAR PAKTA INTEGRITAS",
    }
}

/// Law tells certified electronic signatures from others (PP 71/2019, article 60); this one is said to be another.
pub fn footer(organizer: &str, address: &str) -> String {
    format!(
        "Diterbitkan secara elektronik oleh {organizer}. Keasliannya dapat diperiksa melalui kode QR atau di {address}. \
         Dokumen ini tidak memuat tanda tangan elektronik tersertifikasi. Bukti digitalnya terlampir di dalam berkas PDF \
         ini (ikrar.cose)."
    )
}

pub fn page(serial: &str, number: usize, count: usize) -> String {
    format!("Nomor seri {serial}  •  Halaman {number} dari {count}")
}

/// Hidden digits, and the last four.
pub fn masked(last4: &str) -> String {
    format!("•••• {last4}")
}

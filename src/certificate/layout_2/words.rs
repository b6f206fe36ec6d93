//! The fixed words of layout 2.
//!
//! They are here and not among the messages, because a certificate's bytes never change: a message may be reworded any
//! day, a layout may not. Certificates are in Indonesian, whatever the language of the page.

use crate::domain::campaign::CampaignKind;
use crate::domain::certificate_copy::PrintedIdentifier;

/// Marks a certificate of synthetic data.
pub const SYNTHETIC: &str = "DATA SINTETIS – CONTOH";
/// Stands above the signer's name.
pub const SIGNED_BY: &str = "Ditandatangani secara elektronik oleh";
/// Stands before the last four characters of the identifier.
pub const NUMBER_ENDING: &str = "NIP/nomor peserta berakhiran";
/// Leads from the signer to the clauses of a pledge.
pub const PLEDGES: &str = "menyatakan ikrar sebagai berikut:";
/// Opens an integrity pact.
pub const UNDERSIGNED: &str = "Saya yang bertanda tangan di bawah ini:";
/// Leads from the signer's particulars to the clauses of a pact.
pub const DECLARES: &str = "menyatakan dengan sebenarnya bahwa:";
/// Stands before the legal basis.
pub const LEGAL_BASIS: &str = "Dasar:";
/// Heads the signer's signature.
pub const SIGNER: &str = "Yang menyatakan,";
/// Stands where a signature would be drawn when there is none.
pub const SIGNED_ELECTRONICALLY: &str = "ditandatangani secara elektronik";
/// Heads the verification band.
pub const CHECK: &str = "PERIKSA KEASLIAN";
/// Says how to verify.
pub const CHECK_HOW: &str = "Pindai kode QR ini dengan kamera ponsel, atau buka alamat berikut lalu ketik nomornya.";
/// Labels the address to type.
pub const ADDRESS: &str = "Alamat";
/// Labels the serial.
pub const SERIAL: &str = "Nomor seri";
/// The remark on a certificate whose roster or text was locked with characters that can't be printed.
pub const HAS_MARKS: &str =
    "Tanda □ menggantikan karakter yang tidak dapat dicetak; ejaan lengkapnya tersimpan pada penyelenggara.";
/// Describes the attached credential.
pub const CREDENTIAL_ATTACHED: &str = "Bukti digital yang ditandatangani penyelenggara (COSE)";
/// Describes the attached text.
pub const TEXT_ATTACHED: &str = "Naskah lengkap yang disetujui penanda tangan (JSON)";
/// What a reader of the file says of the seal.
pub const SEAL: &str = "Tanda tangan digital penyelenggara, tidak tersertifikasi";

/// Labels the name in an integrity pact's table, as the constants below label its other rows.
pub const NAME: &str = "Nama";
/// Labels the masked identifier.
pub const NUMBER: &str = "NIP/nomor peserta";
/// Labels the rank.
pub const RANK: &str = "Pangkat/golongan";
/// Labels the position.
pub const POSITION: &str = "Jabatan";
/// Labels the unit.
pub const UNIT: &str = "Unit kerja";
/// Labels the institution.
pub const INSTITUTION: &str = "Instansi";

/// The document's title, by kind of campaign.
pub fn title(kind: CampaignKind) -> &'static str {
    match kind {
        CampaignKind::NeutralityPledge => "PIAGAM IKRAR",
        CampaignKind::IntegrityPact => "LEMBAR PAKTA INTEGRITAS",
    }
}

/// The note at the foot of the last page. The law distinguishes certified electronic signatures from others (PP
/// 71/2019, article 60); the note says that this one isn't certified.
pub fn footer(organizer: &str, address: &str) -> String {
    format!(
        "Diterbitkan secara elektronik oleh {organizer}. Keasliannya dapat diperiksa melalui kode QR atau di {address}. \
         Berkas PDF ini memuat tanda tangan digital penyelenggara, yang tidak tersertifikasi; naskah lengkap \
         (naskah.json) dan bukti digital penandatanganannya (ikrar.cose) terlampir di dalamnya."
    )
}

/// The foot of each page; `number` counts from 1.
pub fn page(serial: &str, number: usize, count: usize) -> String {
    format!("Nomor seri {serial}  •  Halaman {number} dari {count}")
}

/// The signer's number; what a copy doesn't show of it is hidden.
pub fn number(identifier: &PrintedIdentifier) -> String {
    match identifier {
        PrintedIdentifier::Ending(last4) => format!("•••• {last4}"),
        PrintedIdentifier::Whole(number) => number.clone(),
    }
}

/// The signer's number in a line of its own.
pub fn number_line(identifier: &PrintedIdentifier) -> String {
    match identifier {
        PrintedIdentifier::Ending(last4) => format!("{NUMBER_ENDING} {last4}"),
        PrintedIdentifier::Whole(number) => format!("{NUMBER} {number}"),
    }
}

/// What is read instead of the QR symbol.
pub fn symbol_alternative(address: &str, serial: &str) -> String {
    format!("Kode QR untuk memeriksa keaslian dokumen ini di {address}; nomor seri {serial}")
}

/// What is read instead of a drawn signature.
pub fn signature_alternative(name: &str) -> String {
    format!("Gambar tanda tangan {name}")
}

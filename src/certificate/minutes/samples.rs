//! Minutes for tests: few rows, and as many and as awkward ones as there may be.

use super::*;

/// Minutes of so many institutions.
pub fn minutes(institutions: usize) -> Minutes {
    let institutions: Vec<MinutesRow> = (1..=institutions).map(row).collect();
    let sum = |of: fn(&MinutesRow) -> u64| institutions.iter().map(of).sum();
    let (target, signed): (u64, u64) = (sum(|row| row.target), sum(|row| row.signed));
    let kind = |name: &str, target, signed| MinutesRow { code: String::new(), name: name.into(), target, signed };
    Minutes {
        v: 1,
        edition: 2,
        reason: "nomor surat diperbaiki".into(),
        letter_number: "800/123/BKD.IV/2029".into(),
        made_at: UnixMillis(1_864_620_000_000),
        zone: Zone::Wib,
        place: "Palembang".into(),
        organizer: "Badan Kepegawaian Daerah Provinsi Contoh".into(),
        title: "Ikrar Netralitas ASN Provinsi Contoh Tahun 2029".into(),
        kind: CampaignKind::NeutralityPledge,
        synthetic: true,
        address: "https://ikrar.contoh.go.id/k/contoh".into(),
        opened_at: Some(UnixMillis(1_864_605_600_000)),
        closed_at: Some(UnixMillis(1_864_609_200_000)),
        totals: MinutesTotals {
            locked: target - 3,
            added: 5,
            excused: 2,
            target,
            signed,
            revoked: 1,
            first_signed_at: Some(UnixMillis(1_864_605_601_000)),
            last_signed_at: Some(UnixMillis(1_864_609_199_000)),
        },
        employment: vec![kind("PNS", target - 100, signed - 90), kind("PPPK", 100, 90)],
        locations: vec![kind("Palembang", target - 10, signed - 5), kind("", 10, 5)],
        institutions,
        text: MinutesText {
            title: "Ikrar Netralitas".into(),
            clauses: (0..4)
                .map(|at| format!("Butir {at}: {}", "menjaga dan menegakkan netralitas ".repeat(5)))
                .collect(),
            sha256: "0123456789abcdef".repeat(4),
        },
        log: MinutesLog {
            origin: "ikrar.contoh.go.id/log/contoh".into(),
            size: signed + 1,
            root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=".into(),
            checkpoint: "ikrar.contoh.go.id/log/contoh\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".into(),
        },
        open_reports: 2,
        positions: vec![
            "Kepala Badan Kepegawaian Daerah Provinsi Contoh,".into(),
            "Ketua Badan Pengawas Pemilihan Umum Provinsi Contoh,".into(),
            "Inspektur,".into(),
        ],
    }
}

fn row(at: usize) -> MinutesRow {
    MinutesRow {
        code: format!("16.{at:02}"),
        name: match at % 4 {
            0 => format!("Pemerintah Kabupaten Contoh {at}"),
            1 => format!("=Dinas Perumahan Rakyat, Kawasan Permukiman, dan Pertanahan Provinsi Contoh {at}"),
            2 => format!("Badan “Ṣirāṭ” {at}"),
            _ => format!("RSUD {at}"),
        },
        target: 1_000 + at as u64,
        signed: 990 + at as u64,
    }
}

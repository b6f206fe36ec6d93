//! The settings of a synthetic campaign.

use crate::domain::campaign::{CampaignSettings, Official};
use crate::domain::reporting_group::GroupLevel;
use crate::domain::time::Zone;

/// Settings with invented officials and contacts. They mark the campaign as synthetic.
pub fn campaign_settings() -> CampaignSettings {
    CampaignSettings {
        title: "Ikrar Netralitas ASN Serentak se-Sumatera Selatan (Contoh)".into(),
        organizer: "Pemerintah Provinsi Sumatera Selatan".into(),
        place: "Palembang".into(),
        occasion: "Pemilihan Umum".into(),
        year: "2029".into(),
        zone: Zone::Wib,
        officials: vec![
            official("Nama Pejabat Contoh, S.H., M.Si.", "Sekretaris Daerah (contoh)"),
            official("Nama Ketua Contoh, S.Sos.", "Ketua Bawaslu Provinsi (contoh)"),
        ],
        help_contact: "Helpdesk contoh, 0711-000000".into(),
        signature_required: false,
        synthetic: true,
        group_level: GroupLevel::Automatic,
    }
}

fn official(name: &str, position: &str) -> Official {
    Official { name: name.into(), position: position.into() }
}

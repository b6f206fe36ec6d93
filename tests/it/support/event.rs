//! The campaign `uji`, from its text to its locked roster.

use super::{OPENS_AT, PUBLIC_URL, Person};
use ikrar::clock::{Clock, Entropy, FixedClock};
use ikrar::domain::audit::{AuditEntry, AuditEvent};
use ikrar::domain::campaign::{Campaign, CampaignKind, CampaignSettings, CampaignState};
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::employment::EmploymentKind;
use ikrar::domain::identifier::Identifier;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::institution::Institution;
use ikrar::domain::participant::Participant;
use ikrar::domain::reporting_group::{CombinedNames, GroupLevel};
use ikrar::domain::text::{Clause, PledgeText};
use ikrar::domain::time::Zone;
use ikrar::keyring::{CampaignSecret, Keyring};
use ikrar::service::keys::SealKeys;
use ikrar::service::roster_lock::RosterLocker;
use ikrar::store::SharedStore;
use ikrar::store::rosters::{Activation, RosterVersion};
use std::sync::Arc;

/// The text that the test campaign is about.
fn text() -> PledgeText {
    PledgeText {
        v: 1,
        kind: CampaignKind::NeutralityPledge,
        locale: "id".into(),
        title: "Ikrar Netralitas {tahun}".into(),
        legal_basis: String::new(),
        clauses: ["Menjaga netralitas pada {kegiatan}.", "Menolak pemberian dalam bentuk apa pun."]
            .into_iter()
            .zip(1..)
            .map(|(text, id): (&str, u32)| Clause { id: id.to_string(), text: text.into() })
            .collect(),
        closing: "Demikian ikrar ini dibuat dengan penuh tanggung jawab.".into(),
    }
}

fn settings() -> CampaignSettings {
    CampaignSettings {
        title: "Uji Ikrar".into(),
        organizer: "Pemerintah Provinsi Contoh".into(),
        place: "Palembang".into(),
        occasion: "Pemilihan Umum".into(),
        year: "2029".into(),
        zone: Zone::Wib,
        officials: vec![],
        help_contact: "Meja bantuan, pesawat 101".into(),
        signature_required: false,
        synthetic: true,
        group_level: GroupLevel::default(),
    }
}

pub async fn create(store: &SharedStore, keyring: &Keyring, entropy: &Entropy, id: CampaignId) -> CampaignSecret {
    let institutions = [("16", "Pemerintah Provinsi Contoh"), ("16.71", "Kota Contoh")];
    create_named(store, keyring, entropy, id, "uji", &institutions).await
}

/// A draft with these institutions, by code and name.
pub async fn create_named(
    store: &SharedStore,
    keyring: &Keyring,
    entropy: &Entropy,
    id: CampaignId,
    slug: &str,
    institutions: &[(&str, &str)],
) -> CampaignSecret {
    let sealed_secret = keyring.seal_secret(&id.0, &entropy.bytes(), entropy.bytes());
    let secret = keyring.open_secret(&id.0, &sealed_secret).unwrap();
    let created_at = OPENS_AT.plus_secs(-86_400);
    let campaign = Campaign {
        id,
        slug: slug.into(),
        kind: CampaignKind::NeutralityPledge,
        settings: settings(),
        state: CampaignState::Draft,
        opens_at: Some(OPENS_AT),
        closes_at: Some(OPENS_AT.plus_secs(3600)),
        text_hash: None,
        sealed_secret,
        log_key: String::new(),
        created_at,
    };
    store.create_campaign(&campaign, &line(id, entropy)).await.unwrap();
    store.save_text(id, &text(), &text().fill(&settings()).unwrap(), &|_| line(id, entropy)).await.unwrap();
    let institution = |(position, (code, name)): (u32, &(&str, &str))| Institution {
        code: (*code).into(),
        name: (*name).into(),
        position,
        help_contact: String::new(),
    };
    let institutions: Vec<Institution> = (0..).zip(institutions).map(institution).collect();
    store.save_institutions(id, &institutions, &[], &line(id, entropy)).await.unwrap();
    secret
}

/// A line of the audit trail for a write that a test makes behind the services' back.
pub fn line(id: CampaignId, entropy: &Entropy) -> AuditEntry {
    let event = AuditEvent::SettingsSaved { title: "di balik layanan".into() };
    AuditEntry::new(Some(id), OPENS_AT, entropy.bytes(), "uji", event)
}

/// People with valid NIPs, every third in the second institution.
pub async fn sow(
    store: &SharedStore,
    entropy: &Entropy,
    id: CampaignId,
    secret: &CampaignSecret,
    people: usize,
) -> Vec<Person> {
    let mut sown = vec![];
    for number in 0..people {
        let identifier = Identifier::parse(&format!(
            "19{:02}0101{}031{:03}",
            60 + number / 9990 % 40,
            2000 + number / 999 % 10,
            number % 999 + 1
        ))
        .unwrap();
        let participant = Participant {
            id: secret.participant_id(&identifier),
            shown_name: format!("Peserta Uji {}", number + 1),
            institution: if number % 3 == 2 { "16.71" } else { "16" }.into(),
            unit: None,
            location: String::new(),
            rank: String::new(),
            position: String::new(),
            employment: EmploymentKind::from_code(u8::try_from(number % 3).unwrap()),
            identifier,
        };
        sown.push(Person {
            identifier: participant.identifier.shown(),
            access_code: secret.access_code(participant.id, 1).shown(&Disclosure::to_the_operator()),
            participant,
        });
    }
    let roster = entropy.bytes();
    store.begin_roster(id, roster, None, OPENS_AT, "uji").await.unwrap();
    for chunk in sown.chunks(4096) {
        let chunk: Vec<Participant> = chunk.iter().map(|person| person.participant.clone()).collect();
        store.stage_people(id, roster, &chunk).await.unwrap();
    }
    let activation = Activation {
        roster,
        before: vec![("16".into(), RosterVersion::default()), ("16.71".into(), RosterVersion::default())],
        created: vec![],
        same_institutions: vec![],
        renames: vec![],
        switched: vec!["16".into(), "16.71".into()],
        taken_over: vec![],
        next_numbers: vec![],
        people: people as u64,
        columns: vec![],
    };
    store.activate_roster(id, &activation, &line(id, entropy)).await.unwrap();
    sown
}

pub async fn lock(store: &SharedStore, keyring: &Arc<Keyring>, entropy: &Arc<Entropy>, id: CampaignId) {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(OPENS_AT.0 - 3_600_000));
    let host: String = PUBLIC_URL.split_once("://").unwrap().1.into();
    let seal_keys = SealKeys {
        store: store.clone(),
        keyring: keyring.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        host: host.clone(),
    };
    let locker = RosterLocker { store: store.clone(), keyring: keyring.clone(), clock, entropy: entropy.clone(), host };
    let campaign = store.campaign(id).await.unwrap().unwrap();
    let seal_key = seal_keys.in_use("uji").await.unwrap();
    locker.lock(&campaign, &combined_names(), &seal_key, &line(id, entropy)).await.unwrap();
}

/// As the messages have them.
pub fn combined_names() -> CombinedNames {
    CombinedNames {
        institutions: "Gabungan instansi kecil".into(),
        all_institutions: "Semua instansi".into(),
        agencies: "Perangkat daerah lainnya".into(),
    }
}

//! A campaign with a roster of two institutions, in the state that a test needs.

use crate::line;
use ikrar::domain::campaign::{Campaign, CampaignKind, CampaignSettings, CampaignState, ObservedState};
use ikrar::domain::edition::Edition;
use ikrar::domain::employment::EmploymentKind;
use ikrar::domain::identifier::Identifier;
use ikrar::domain::ids::{CampaignId, ParticipantId, PledgeId};
use ikrar::domain::institution::Institution;
use ikrar::domain::leaf::Salt;
use ikrar::domain::notice::{ExcuseReason, NoticeDetails};
use ikrar::domain::participant::Participant;
use ikrar::domain::pledge::Method;
use ikrar::domain::reporting_group::{
    FormedGroups, Group, GroupKind, GroupLevel, GroupList, InstitutionGroup, LAYOUT_INSTITUTIONS,
};
use ikrar::domain::text::{Clause, PledgeText};
use ikrar::domain::time::{UnixMillis, Zone};
use ikrar::domain::unit::Unit;
use ikrar::keyring::{Keyring, RoleKey};
use ikrar::store::SharedStore;
use ikrar::store::StoreError;
use ikrar::store::notices::{ChangeBatch, ChangeRequest, RosterAction, RosterChange};
use ikrar::store::pledges::{BatchEntry, CommitOutcome, KnownSizes, PledgeBatch, RevocationRecord};
use ikrar::store::rosters::{Activation, Lock, RememberedColumn, RosterHead, RosterId, RosterVersion, Slot};
use ikrar::tlog::checkpoint::Checkpoint;
use ikrar::tlog::merkle::{Frontier, leaf_hash};
use std::sync::{Arc, LazyLock};

pub const CAMPAIGN: CampaignId = CampaignId([1; 16]);
pub const ROSTER: RosterId = [5; 16];
pub const TOKEN: [u8; 16] = [6; 16];
pub const OPENS_AT: UnixMillis = UnixMillis(1_000);
pub const CLOSES_AT: UnixMillis = UnixMillis(9_000);
pub const ORIGIN: &str = "uji.example/log/uji/pledges";
static LOG_KEY: LazyLock<Arc<RoleKey>> = LazyLock::new(|| Keyring::generate(&[7; 128]).log("").unwrap());

pub fn log_key() -> &'static RoleKey {
    &LOG_KEY
}

pub fn sign_checkpoint(checkpoint: &Checkpoint) -> String {
    log_key().sign_checkpoint(checkpoint)
}

pub fn settings(title: &str) -> CampaignSettings {
    CampaignSettings {
        title: title.into(),
        organizer: "Pemerintah Provinsi Contoh".into(),
        place: "Palembang".into(),
        occasion: "Pemilihan Umum".into(),
        year: "2029".into(),
        zone: Zone::Wib,
        officials: vec![],
        help_contact: "101".into(),
        signature_required: false,
        synthetic: true,
        group_level: GroupLevel::default(),
    }
}

pub fn campaign(id: CampaignId, slug: &str) -> Campaign {
    Campaign {
        id,
        slug: slug.into(),
        kind: CampaignKind::NeutralityPledge,
        settings: settings("Uji"),
        state: CampaignState::Draft,
        opens_at: Some(OPENS_AT),
        closes_at: Some(CLOSES_AT),
        text_hash: None,
        sealed_secret: vec![1, 2, 3],
        log_key: "kid".into(),
        created_at: UnixMillis(i64::from(id.0[0])),
    }
}

pub fn text(title: &str) -> PledgeText {
    PledgeText {
        v: 1,
        kind: CampaignKind::NeutralityPledge,
        locale: "id".into(),
        title: title.into(),
        legal_basis: String::new(),
        clauses: vec![Clause { id: "1".into(), text: "Menjaga netralitas.".into() }],
        closing: "Demikian.".into(),
    }
}

pub fn institution(position: u32, code: &str, name: &str) -> Institution {
    Institution { code: code.into(), name: name.into(), position, help_contact: format!("pesawat {position}") }
}

/// The id of the person with this number; numbers go up with ids.
pub fn person_id(number: u32) -> ParticipantId {
    let mut id = [0x40; 16];
    id[12..].copy_from_slice(&number.to_be_bytes());
    ParticipantId(id)
}

/// Every third is in the second institution; there, and for every even number, the unit is known.
pub fn person(number: u32) -> Participant {
    let second = number % 3 == 2;
    Participant {
        id: person_id(number),
        identifier: Identifier::number(if second { "16.71" } else { "16" }, &format!("{number:05}")).unwrap(),
        shown_name: format!("Peserta {number:05}"),
        institution: if second { "16.71" } else { "16" }.into(),
        unit: (second || number.is_multiple_of(2)).then_some(if second { 2 } else { 1 }),
        location: "Palembang".into(),
        rank: "III/a".into(),
        position: "Guru".into(),
        employment: if second { None } else { EmploymentKind::from_code(1 + u8::try_from(number % 8).unwrap()) },
    }
}

pub fn units() -> [Unit; 2] {
    [
        Unit { id: 1, institution: "16".into(), parent: None, name: "Dinas Pendidikan".into() },
        Unit { id: 2, institution: "16.71".into(), parent: None, name: "Sekretariat".into() },
    ]
}

/// A draft with two institutions and a text.
pub async fn draft(store: &SharedStore) {
    store.create_campaign(&campaign(CAMPAIGN, "uji"), &line()).await.unwrap();
    store.save_text(CAMPAIGN, &text("Ikrar"), &text("Ikrar"), &|_| line()).await.unwrap();
    let institutions = [institution(0, "16", "Provinsi"), institution(1, "16.71", "Kota")];
    store.save_institutions(CAMPAIGN, &institutions, &[], &line()).await.unwrap();
}

/// A draft with so many people on a roster in force.
pub async fn with_roster(store: &SharedStore, people: u32) {
    with_roster_and_units(store, people, &units()).await;
}

/// As [`with_roster`], with these units on it.
pub async fn with_roster_and_units(store: &SharedStore, people: u32, units: &[Unit]) {
    draft(store).await;
    store.begin_roster(CAMPAIGN, ROSTER, None, UnixMillis(3), "bkd").await.unwrap();
    let people: Vec<Participant> = (0..people).map(person).collect();
    store.stage_people(CAMPAIGN, ROSTER, &people).await.unwrap();
    store.stage_units(CAMPAIGN, ROSTER, units).await.unwrap();
    store.activate_roster(CAMPAIGN, &activation(people.len() as u64), &line()).await.unwrap();
}

pub fn activation(people: u64) -> Activation {
    Activation {
        roster: ROSTER,
        before: vec![("16".into(), RosterVersion::default()), ("16.71".into(), RosterVersion::default())],
        created: vec![],
        same_institutions: vec![],
        renames: vec![],
        switched: vec!["16".into(), "16.71".into()],
        taken_over: vec![],
        next_numbers: vec![("16".into(), 7)],
        people,
        columns: vec![],
    }
}

/// A column that is remembered.
pub fn column(institution: &str, heading: &str, field: &str) -> RememberedColumn {
    RememberedColumn { institution: institution.into(), heading: heading.into(), field: field.into() }
}

pub fn rosters() -> Vec<(String, RosterVersion)> {
    let version = RosterVersion { roster: Some(ROSTER), generation: 0 };
    vec![("16".into(), version), ("16.71".into(), version)]
}

pub fn slots(people: u32) -> Vec<Slot> {
    let slot = |number: u32| Slot {
        participant: person_id(number),
        institution: person(number).institution,
        slot: number + 1,
        group: u32::from(number % 3 == 2),
        salt: [u8::try_from(number % 251).unwrap(); 32],
    };
    (0..people).map(slot).collect()
}

pub fn the_lock(people: u32) -> Lock {
    let second = u64::from(people / 3);
    let groups = [("16", "Provinsi", u64::from(people) - second), ("16.71", "Kota", second)];
    Lock {
        token: TOKEN,
        rosters: rosters(),
        groups: groups_of_institutions(&groups),
        head: RosterHead {
            size: u64::from(people) + 1,
            frontier: roster_frontier(people).to_bytes(),
            root: [9; 32],
            checkpoint: "roster".into(),
            at: UnixMillis(4),
        },
        digest: [9; 32],
        edition: edition(),
    }
}

/// The first edition of a campaign's certificates.
pub fn edition() -> Edition {
    Edition { number: 1, layout: 2, template: "{}".into(), seal_key: "seal".into(), created_at: UnixMillis(4) }
}

/// A group for each institution of this code, name and number of people.
pub fn groups_of_institutions(institutions: &[(&str, &str, u64)]) -> FormedGroups {
    let mut formed = FormedGroups {
        list: GroupList { layout: LAYOUT_INSTITUTIONS, institutions: vec![], groups: vec![] },
        agencies: vec![],
        others: vec![],
    };
    for (institution, (code, name, eligible)) in institutions.iter().enumerate() {
        let (code, name, index) = (code.to_string(), name.to_string(), u32::try_from(institution).unwrap());
        let institutions = vec![code.clone()];
        formed.list.institutions.push(InstitutionGroup { code: code.clone(), name: name.clone(), institutions });
        formed.others.push((code.clone(), index));
        let (kind, eligible) = (GroupKind::Institution, *eligible);
        formed.list.groups.push(Group { index, institution, code, name, kind, eligible, agencies: vec![] });
    }
    formed
}

/// The roster log's leaves, which no store reads.
pub fn roster_leaves(people: u32) -> Vec<Vec<u8>> {
    (0..=people).map(|number| number.to_be_bytes().to_vec()).collect()
}

fn roster_frontier(people: u32) -> Frontier {
    let mut frontier = Frontier::new();
    roster_leaves(people).iter().for_each(|leaf| frontier.append(leaf_hash(leaf)));
    frontier
}

/// Locked, with so many people.
pub async fn locked(store: &SharedStore, people: u32) {
    with_roster(store, people).await;
    lock(store, people).await;
}

/// Locks a roster of so many people.
pub async fn lock(store: &SharedStore, people: u32) {
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(4)).await.unwrap();
    store.lock_chunk(CAMPAIGN, TOKEN, &slots(people), &rosters(), 0, &roster_leaves(people)).await.unwrap();
    store.finish_lock(CAMPAIGN, &the_lock(people), &line()).await.unwrap();
}

/// The campaign as it is, but for the state that it is taken to be in.
pub async fn seen(store: &SharedStore, state: CampaignState) -> ObservedState {
    ObservedState { state, ..store.campaign(CAMPAIGN).await.unwrap().unwrap().observed_state() }
}

pub async fn step(store: &SharedStore, from: CampaignState, to: CampaignState) {
    store.change_state(CAMPAIGN, seen(store, from).await, to, Some(OPENS_AT), Some(CLOSES_AT), &line()).await.unwrap();
}

/// Open, with so many people.
pub async fn open(store: &SharedStore, people: u32) {
    locked(store, people).await;
    step(store, CampaignState::Locked, CampaignState::Open).await;
}

pub fn pledge_id(number: u32) -> PledgeId {
    let mut random = [0; 12];
    random[8..].copy_from_slice(&number.to_be_bytes());
    PledgeId::new(CAMPAIGN, 0, random)
}

/// One person's entry; another `try_number` is another attempt of the same person.
pub fn entry(number: u32, try_number: u32) -> BatchEntry {
    BatchEntry {
        participant: person_id(number),
        code_version: 1,
        place_version: 0,
        pledge: pledge_id(number * 16 + try_number),
        signed_at: UnixMillis(2_000),
        group: u32::from(number % 3 == 2),
        method: Method::OwnDevice,
        credential: format!("credential {number} {try_number}").into_bytes(),
        salt: [3; 32],
        strokes: number.is_multiple_of(2).then(|| vec![0, 1, 0, 5, 0, 6]),
        leaf: format!("leaf {number} {try_number}").into_bytes(),
    }
}

pub fn batch(entries: Vec<BatchEntry>) -> PledgeBatch {
    PledgeBatch {
        campaign: CAMPAIGN,
        origin: ORIGIN.into(),
        text_hash: text("Ikrar").hash(),
        entries,
        at: UnixMillis(2_500),
        known: KnownSizes::default(),
    }
}

/// Commits first attempts of these people.
pub async fn sign(store: &SharedStore, numbers: impl IntoIterator<Item = u32>) -> Vec<CommitOutcome> {
    let entries = numbers.into_iter().map(|number| entry(number, 0)).collect();
    store.commit_batch(&batch(entries), &sign_checkpoint).await.unwrap()
}

/// A change and its notice.
pub fn roster_change(action: RosterAction) -> RosterChange {
    let reason = "uji".to_string();
    let details = match &action {
        RosterAction::Add { person, .. } => NoticeDetails::Added { person: (&**person).into(), reason },
        RosterAction::Excuse { .. } => NoticeDetails::Excused { reason: ExcuseReason::Retired },
        RosterAction::Undo { .. } => NoticeDetails::Undone { reason },
        RosterAction::Correct { person: row } => {
            NoticeDetails::Corrected { before: (&person(0)).into(), after: (&**row).into(), reason }
        }
        RosterAction::AdmitAnew { person, admission, .. } => {
            NoticeDetails::AdmittedAnew { person: (&**person).into(), admission: *admission, reason }
        }
        RosterAction::Revoke { pledge, .. } | RosterAction::NoticeRevocation { pledge } => {
            NoticeDetails::Revoked { pledge: pledge.to_string(), reason }
        }
    };
    RosterChange { action, details, salt: SALT }
}

pub const SALT: Salt = [4; 32];

/// Changes of a locked campaign, in one commit.
pub fn change_batch(actions: Vec<RosterAction>) -> ChangeBatch {
    ChangeBatch {
        campaign: CAMPAIGN,
        roster_origin: "uji.example/log/uji/roster".into(),
        notices_origin: "uji.example/log/uji/notices".into(),
        at: UnixMillis(2_600),
        known: KnownSizes::default(),
        requests: vec![change_request(actions)],
    }
}

/// Changes that one account asks for.
pub fn change_request(actions: Vec<RosterAction>) -> ChangeRequest {
    ChangeRequest {
        states: &CampaignState::ALL,
        by: "bkd".into(),
        changes: actions.into_iter().map(roster_change).collect(),
        next_numbers: vec![],
        audit: vec![line()],
        step: None,
    }
}

/// Commits changes; returns the indexes of their notices.
pub async fn change(store: &SharedStore, actions: Vec<RosterAction>) -> Result<Vec<u32>, StoreError> {
    store.commit_changes(&change_batch(actions), &sign_checkpoint).await
}

/// Revokes a pledge.
pub async fn revoke(store: &SharedStore, pledge: PledgeId, revocation: &RevocationRecord) -> Result<(), StoreError> {
    let revocation = revocation.clone();
    change(store, vec![RosterAction::Revoke { pledge, revocation }]).await.map(|_| ())
}

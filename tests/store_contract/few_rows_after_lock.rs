//! Whatever changes a locked roster, reports a misuse or looks a node of the registry up goes through a handful of rows
//! of PostgreSQL, as looking up a person does, where the server knows nothing of its tables yet.

use crate::few_rows::{Counted, LOOKS, PEOPLE, ROWS_MAX, units};
use crate::line;
use crate::scene::{self, CAMPAIGN, SALT, TOKEN, change, person, person_id, pledge_id, sign};
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::ParticipantId;
use ikrar::domain::misuse_report::ReportOutcome;
use ikrar::domain::notice::RosterStanding;
use ikrar::domain::participant::Participant;
use ikrar::domain::reporting_group::{FormedGroups, Group, GroupKind, LAYOUT_AGENCIES};
use ikrar::domain::time::UnixMillis;
use ikrar::domain::unit::Unit;
use ikrar::store::SharedStore;
use ikrar::store::misuse_reports::{ClaimedReport, MisuseReport, ReportResolution, ReportSource};
use ikrar::store::notices::RosterAction;
use ikrar::store::pledges::RevocationRecord;
use ikrar::store::rosters::Lock;
use sqlx::AssertSqlSafe;

/// Rows and index entries that one change of one person goes through: those of a look-up several times, what it writes,
/// and the versions of rows that others have written before.
const CHANGE_ROWS_MAX: i64 = 250;
/// Who has signed; the others haven't.
const SIGNED: u32 = PEOPLE / 2;

/// What is done with one person.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// Excused, and that undone.
    Excused,
    Corrected,
    Added,
    /// The pledge is revoked with it.
    AdmittedAnew,
    /// Read by slot, from an index on, and the newest one.
    Notices,
    /// Made while signed in, read by its person, taken and resolved.
    Report,
    /// Made without a code, and counted.
    ReportWithoutCode,
    RegistryNode,
    /// Where people belong, and a unit's node.
    Place,
}

const CHANGES: [Change; 9] = [
    Change::Excused,
    Change::Corrected,
    Change::Added,
    Change::AdmittedAnew,
    Change::Notices,
    Change::Report,
    Change::ReportWithoutCode,
    Change::RegistryNode,
    Change::Place,
];

impl Change {
    /// Of the person with this number among those who have signed, or among those who haven't.
    async fn of(self, store: &SharedStore, number: u32) {
        let unsigned = SIGNED + number;
        match self {
            Self::Excused => {
                let participant = person_id(unsigned);
                change(store, vec![RosterAction::Excuse { participant }]).await.unwrap();
                let standing = RosterStanding::Excused;
                change(store, vec![RosterAction::Undo { participant, standing }]).await.unwrap();
            }
            Self::Corrected => {
                let person = Box::new(Participant { rank: "IV/a".into(), ..person(unsigned) });
                change(store, vec![RosterAction::Correct { person }]).await.unwrap();
            }
            Self::Added => {
                let person = Box::new(person(PEOPLE + number));
                change(store, vec![RosterAction::Add { person, salt: SALT }]).await.unwrap();
            }
            Self::AdmittedAnew => admitted_anew(store, number).await,
            Self::Notices => {
                store.notices_of_slot(CAMPAIGN, unsigned + 1).await.unwrap();
                store.roster_notices(CAMPAIGN, number, 1).await.unwrap();
                store.newest_notices(CAMPAIGN, 1).await.unwrap();
            }
            Self::Report => reported(store, number).await,
            Self::ReportWithoutCode => {
                let report = ClaimedReport {
                    id: id(number, 1),
                    mark: id(number, 2),
                    sealed: vec![1],
                    sealed_number: vec![2],
                    reported_at: UnixMillis(2_700),
                };
                assert!(store.add_claimed_report(CAMPAIGN, &report).await.unwrap());
                store.open_claimed_reports(CAMPAIGN).await.unwrap();
            }
            Self::RegistryNode => {
                store.registry_node(&format!("16/{number}")).await.unwrap();
                store.registry_nodes("16.71").await.unwrap();
                store.registered_names().await.unwrap();
            }
            Self::Place => placed(store, number).await,
        }
    }
}

fn id(number: u32, kind: u8) -> [u8; 16] {
    let mut id = [kind; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    id
}

async fn placed(store: &SharedStore, number: u32) {
    let people = [person_id(number), person_id(SIGNED + number)];
    assert_eq!(store.person_places(CAMPAIGN, &people).await.unwrap().len(), 2);
    assert!(store.registered_unit(CAMPAIGN, "16", 1).await.unwrap().is_some());
}

async fn admitted_anew(store: &SharedStore, number: u32) {
    let revocation = RevocationRecord { reason: "bukan saya".into(), at: UnixMillis(2_600), by: "bkd".into() };
    let first = person_id(number);
    let anew = Participant { id: person_id(2 * PEOPLE + number), ..person(number) };
    let admit = RosterAction::AdmitAnew { previous: first, first, admission: 2, person: Box::new(anew), salt: SALT };
    change(store, vec![RosterAction::Revoke { pledge: pledge_id(number * 16), revocation }, admit]).await.unwrap();
}

async fn reported(store: &SharedStore, number: u32) {
    let participant = ParticipantId(id(number, 3));
    let report = MisuseReport {
        id: id(number, 4),
        source: ReportSource::SignedIn {
            participant,
            institution: "16".into(),
            contact: "0812".into(),
            message: "Bukan saya".into(),
        },
        reported_at: UnixMillis(2_700),
        taken_at: None,
        resolved: None,
    };
    assert!(store.add_report(CAMPAIGN, &report).await.unwrap());
    assert_eq!(store.newest_report_of(CAMPAIGN, participant).await.unwrap().unwrap().id, report.id);
    store.take_report(CAMPAIGN, &report.id, UnixMillis(2_800), &line()).await.unwrap();
    let resolution =
        ReportResolution { at: UnixMillis(2_900), finding: "Dicabut".into(), outcome: ReportOutcome::Revoked };
    store.resolve_report(CAMPAIGN, &report.id, &resolution, &line()).await.unwrap();
}

/// An open event, by a session that leaves.
async fn event(counted: &Counted) {
    let filling = counted.store().await;
    let store: SharedStore = filling.clone();
    scene::with_roster_and_units(&store, PEOPLE, &units()).await;
    scene::lock(&store, PEOPLE).await;
    scene::step(&store, CampaignState::Locked, CampaignState::Open).await;
    sign(&store, 0..SIGNED).await;
    filling.close().await;
}

impl Counted {
    async fn run(&mut self, statement: &str) {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut self.beside).await.unwrap();
    }

    /// Notices, settled reports, and a registry of a whole province.
    async fn much_has_happened(&mut self) {
        let campaign = format!("DECODE('{}', 'hex')", "01".repeat(16));
        self.run(&format!(
            "INSERT INTO report (campaign_id, report_id, participant_id, institution, contact, message, reported_at, \
             resolved_at, resolution, sealed) SELECT {campaign}, DECODE(MD5('r' || n), 'hex'), \
             DECODE(MD5('p' || n), 'hex'), '16', '', '', n, n, '', \
             CASE WHEN n % 2 = 0 THEN DECODE('00', 'hex') END FROM GENERATE_SERIES(1, {PEOPLE}) n"
        ))
        .await;
        for rows in [
            "registry_node (parent, code, name, next_child) SELECT '16', '16/9' || n + 10000, 'Dinas', 1",
            "registry_name (parent, name_key, node) SELECT '16', 'badan ' || n, '16/9' || n + 10000",
        ] {
            self.run(&format!("INSERT INTO {rows} FROM GENERATE_SERIES(1, {PEOPLE}) n")).await;
        }
        let noticing = self.store().await;
        let store: SharedStore = noticing.clone();
        let people = PEOPLE - 1_000..PEOPLE;
        let excuse = people.clone().map(|number| RosterAction::Excuse { participant: person_id(number) });
        change(&store, excuse.collect()).await.unwrap();
        let standing = RosterStanding::Excused;
        let undo = people.map(|number| RosterAction::Undo { participant: person_id(number), standing });
        change(&store, undo.collect()).await.unwrap();
        noticing.close().await;
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn a_person_of_a_locked_roster_is_changed_without_going_through_the_campaign() {
    let mut counted = Counted::new().await;
    event(&counted).await;
    counted.much_has_happened().await;
    let mut through = vec![];
    for what in CHANGES {
        let before = counted.so_far(&[]).await;
        let changing = counted.store().await;
        let store: SharedStore = changing.clone();
        for number in 0..LOOKS {
            what.of(&store, number).await;
        }
        changing.close().await;
        through.push((what, (counted.so_far(&[]).await - before) / i64::from(LOOKS)));
    }
    assert!(through.iter().all(|(_, rows)| (1..=CHANGE_ROWS_MAX).contains(rows)), "{through:?}");
    assert_eq!(counted.analysed().await, 0, "the server knows its tables, so that this says nothing");
}

/// Three levels; an agency for every twenty units.
fn tree() -> Vec<Unit> {
    let above = |id: u32| match id % 20 {
        3 => None,
        4..=8 => Some(id - id % 20 + 3),
        _ if id < 3 => None,
        _ => Some(id - id % 5),
    };
    let mut units = units();
    for unit in &mut units[2..] {
        unit.parent = above(unit.id).filter(|above| *above >= 3 && *above < unit.id);
    }
    units
}

/// A group for each agency of the first institution, and one for all others.
fn groups(units: &[Unit]) -> FormedGroups {
    let mut formed = scene::the_lock(PEOPLE).groups;
    formed.list.layout = LAYOUT_AGENCIES;
    for unit in units.iter().filter(|unit| unit.parent.is_none() && unit.institution == "16") {
        let index = u32::try_from(formed.list.groups.len()).unwrap();
        let code = format!("16/{}", unit.id);
        let (kind, name) = (GroupKind::Agency, unit.name.clone());
        formed.list.groups.push(Group { index, institution: 0, code, name, kind, eligible: 0, agencies: vec![] });
        formed.agencies.push(("16".into(), unit.id, index));
    }
    formed
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn agencies_are_locked_counted_and_listed_row_by_row() {
    let mut counted = Counted::new().await;
    let units = tree();
    let importing = counted.store().await;
    let store: SharedStore = importing.clone();
    scene::with_roster_and_units(&store, PEOPLE, &units).await;
    importing.close().await;
    let before = counted.so_far(&[]).await;
    let locking = counted.store().await;
    let store: SharedStore = locking.clone();
    let lock = Lock { groups: groups(&units), ..scene::the_lock(PEOPLE) };
    assert!(lock.groups.agencies.len() > 50);
    store.begin_lock(CAMPAIGN, TOKEN, UnixMillis(4)).await.unwrap();
    let leaves = scene::roster_leaves(PEOPLE);
    store.lock_chunk(CAMPAIGN, TOKEN, &scene::slots(PEOPLE), &scene::rosters(), 0, &leaves).await.unwrap();
    store.finish_lock(CAMPAIGN, &lock, &line()).await.unwrap();
    locking.close().await;
    let locked = counted.so_far(&[]).await;
    let reading = counted.store().await;
    let store: SharedStore = reading.clone();
    assert_eq!(store.stored_paths(CAMPAIGN).await.unwrap().len(), units.len());
    store.unit_counts(CAMPAIGN).await.unwrap();
    store.unit_progress(CAMPAIGN, "16").await.unwrap();
    assert_eq!(store.published_groups(CAMPAIGN).await.unwrap().unwrap().groups.len(), lock.groups.list.groups.len());
    reading.close().await;
    let read = counted.so_far(&[]).await;
    let of_each = [locked - before, read - locked].map(|rows| rows / i64::from(PEOPLE));
    assert!(of_each.iter().all(|rows| (1..=ROWS_MAX).contains(rows)), "to lock and to read: {of_each:?}");
    assert_eq!(counted.analysed().await, 0, "the server knows its tables, so that this says nothing");
}

//! What is sound is found sound, and each single row that somebody changed is found and named.

use crate::support::{TestPlatform, config, start};
use ikrar::domain::account::Role;
use ikrar::domain::notice::ExcuseReason;
use ikrar::domain::pledge::Strokes;
use ikrar::domain::time::UnixMillis;
use ikrar::service::audit_trail::{self, CheckedTrail, NotedHash, TrailCheck, TrailFault};
use ikrar::service::help_desk::{PersonToAdd, TypedPerson};
use ikrar::service::recount::{Difference, DifferenceKind, Recount, RecountFault, Recounted};
use ikrar::store::audit::AuditStore;
use ikrar::store::pledges::LogKind;
use ikrar::store::sqlite::{self, Sqlite};
use ikrar::store::transfer::{TableRow, TransferSource as _};
use ikrar::store::{SharedStore, StoreError};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PEOPLE: usize = 60;
const SIGNED: usize = 40;

/// An event in which people signed, some at once and some twice, and two pledges were revoked.
async fn busy() -> TestPlatform {
    let platform = TestPlatform::open(PEOPLE).await;
    let mut request = platform.request_of(&platform.people[0]);
    request.strokes = Some(Strokes::unpack(&[0, 1, 0, 5, 0, 6]).unwrap());
    platform.state.signing.sign(request).await.unwrap();
    let rest = platform.people[..SIGNED].iter().map(|person| platform.sign(person));
    let signed = futures_util::future::join_all(rest).await;
    for one in &signed[3..5] {
        platform.revoke(one.pledge.id, "bukan saya", platform.line()).await.unwrap();
    }
    platform
}

async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn change(path: &Path, sql: &str) -> u64 {
    let mut connection = raw(path).await;
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap().rows_affected()
}

/// A copy of the database, taken while it is open.
async fn copy(platform: &TestPlatform, name: &str) -> PathBuf {
    let path = platform.folder().join(name);
    change(&platform.folder().join("ikrar.sqlite"), &format!("VACUUM INTO '{}'", path.display())).await;
    path
}

async fn recount(platform: &TestPlatform, path: &Path) -> Result<Recounted, RecountFault> {
    let store = Arc::new(Sqlite::open(path).await.unwrap());
    let host = platform.state.config.host().to_owned();
    let recount = Recount { store: store.clone(), keyring: platform.keyring.clone(), host };
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let done = recount.campaign(&campaign, &|_| {}).await;
    store.close().await;
    done
}

#[tokio::test]
async fn a_busy_event_is_sound_also_while_it_is_served() {
    let platform = busy().await;
    let recounted = recount(&platform, &platform.folder().join("ikrar.sqlite")).await.unwrap();
    assert_eq!((recounted.people, recounted.pledges, recounted.revoked), (PEOPLE as u64, SIGNED as u64, 2));
    let origins: Vec<&str> = recounted.heads.iter().map(|head| head.origin.as_str()).collect();
    assert_eq!(origins, ["roster", "pledges", "notices"].map(|log| format!("uji.example:8080/log/uji/{log}")));
}

#[tokio::test]
async fn an_event_that_nobody_signed_is_sound() {
    let platform = TestPlatform::locked(9).await;
    let recounted = recount(&platform, &platform.folder().join("ikrar.sqlite")).await.unwrap();
    assert_eq!((recounted.people, recounted.pledges, recounted.heads.len()), (9, 0, 1));
}

/// What is changed, and what must be said of it.
const TAMPERED: [(&str, DifferenceKind, LogKind, Option<u64>); 28] = [
    (
        "UPDATE leaf SET bytes = zeroblob(58) WHERE log = 1 AND leaf_index = 7",
        DifferenceKind::Root,
        LogKind::Pledges,
        None,
    ),
    ("DELETE FROM leaf WHERE log = 1 AND leaf_index = 7", DifferenceKind::LeafMissing, LogKind::Pledges, Some(7)),
    ("DELETE FROM leaf WHERE log = 1 AND leaf_index = 39", DifferenceKind::LeafMissing, LogKind::Pledges, Some(39)),
    (
        "INSERT INTO leaf SELECT campaign_id, log, 40, bytes FROM leaf WHERE log = 1 AND leaf_index = 2",
        DifferenceKind::LeafBeyond,
        LogKind::Pledges,
        Some(40),
    ),
    ("UPDATE log_head SET size = 39 WHERE log = 1", DifferenceKind::LeafBeyond, LogKind::Pledges, Some(39)),
    ("UPDATE log_head SET root = zeroblob(32) WHERE log = 1", DifferenceKind::Root, LogKind::Pledges, None),
    ("UPDATE log_head SET frontier = zeroblob(8) WHERE log = 1", DifferenceKind::Frontier, LogKind::Pledges, None),
    (
        "UPDATE log_head SET checkpoint = (SELECT checkpoint FROM log_head WHERE log = 2) WHERE log = 1",
        DifferenceKind::Checkpoint,
        LogKind::Pledges,
        None,
    ),
    (
        "UPDATE log_head SET checkpoint = substr(checkpoint, 1, length(checkpoint) - 5) || 'AAA=' || char(10) WHERE log = 1",
        DifferenceKind::CheckpointSignature,
        LogKind::Pledges,
        None,
    ),
    ("DELETE FROM log_head WHERE log = 1", DifferenceKind::HeadMissing, LogKind::Pledges, None),
    (
        "UPDATE pledge SET pledge_salt = zeroblob(32) WHERE log_index = 11",
        DifferenceKind::PledgeLeaf,
        LogKind::Pledges,
        Some(11),
    ),
    (
        "UPDATE pledge SET log_index = 12 WHERE log_index = 11",
        DifferenceKind::PledgeMissing,
        LogKind::Pledges,
        Some(11),
    ),
    ("DELETE FROM pledge WHERE log_index = 11", DifferenceKind::PledgeMissing, LogKind::Pledges, Some(11)),
    (
        "UPDATE pledge SET signed_at = signed_at + 1000 WHERE log_index = 5",
        DifferenceKind::CredentialClaims,
        LogKind::Pledges,
        Some(5),
    ),
    ("UPDATE pledge SET method = 3 WHERE log_index = 5", DifferenceKind::CredentialClaims, LogKind::Pledges, Some(5)),
    ("UPDATE pledge SET text_hash = zeroblob(32) WHERE log_index = 5", DifferenceKind::Text, LogKind::Pledges, Some(5)),
    ("UPDATE pledge SET signed_count = 5 WHERE log_index = 5", DifferenceKind::SignedCount, LogKind::Pledges, Some(5)),
    ("UPDATE pledge SET credential = x'00' WHERE log_index = 5", DifferenceKind::PledgeLeaf, LogKind::Pledges, Some(5)),
    (
        "UPDATE participant SET shown_name = 'Orang Lain' WHERE participant_id = \
         (SELECT participant_id FROM pledge WHERE log_index = 6)",
        DifferenceKind::CredentialClaims,
        LogKind::Pledges,
        Some(6),
    ),
    ("UPDATE pledge SET strokes = x'0102' WHERE log_index = 6", DifferenceKind::Drawing, LogKind::Pledges, Some(6)),
    (
        "UPDATE participant SET roster_salt = zeroblob(32) WHERE slot = 8",
        DifferenceKind::RosterLeaf,
        LogKind::Roster,
        Some(8),
    ),
    (
        "UPDATE participant SET identifier = '197001011995031001' WHERE slot = 8",
        DifferenceKind::PersonKey,
        LogKind::Roster,
        Some(8),
    ),
    ("UPDATE participant SET location = 'Lain' WHERE slot = 9", DifferenceKind::RosterRows, LogKind::Roster, None),
    ("UPDATE participant SET employment = 1 WHERE slot = 9", DifferenceKind::RosterRows, LogKind::Roster, None),
    (
        "INSERT INTO unit (campaign_id, roster_id, institution, unit_id, parent, name) \
         SELECT campaign_id, roster_id, code, 1, NULL, 'Lain' FROM institution LIMIT 1",
        DifferenceKind::RosterRows,
        LogKind::Roster,
        None,
    ),
    (
        "UPDATE canonical_text SET canonical = replace(canonical, 'a', 'b') WHERE text_hash = \
         (SELECT text_hash FROM text_version)",
        DifferenceKind::TextBytes,
        LogKind::Pledges,
        None,
    ),
    ("DELETE FROM participant WHERE slot = 9", DifferenceKind::SlotMissing, LogKind::Roster, Some(9)),
    (
        "UPDATE leaf SET bytes = zeroblob(34) WHERE log = 2 AND leaf_index = 0",
        DifferenceKind::GroupsLeaf,
        LogKind::Roster,
        Some(0),
    ),
];

/// Numbers of groups and what surrounds them.
const MISCOUNTED: [(&str, DifferenceKind, LogKind, Option<u64>); 6] = [
    (
        "UPDATE reporting_group SET signed = signed + 1 WHERE group_index = 0",
        DifferenceKind::Signed,
        LogKind::Pledges,
        Some(0),
    ),
    (
        "UPDATE reporting_group SET revoked = revoked + 1 WHERE group_index = 0",
        DifferenceKind::Revoked,
        LogKind::Pledges,
        Some(0),
    ),
    (
        "UPDATE reporting_group SET eligible = eligible + 1 WHERE group_index = 0",
        DifferenceKind::GroupsLeaf,
        LogKind::Roster,
        Some(0),
    ),
    (
        "UPDATE reporting_group SET name = 'Lain' WHERE group_index = 0",
        DifferenceKind::GroupsLeaf,
        LogKind::Roster,
        Some(0),
    ),
    (
        "UPDATE revocation SET pledge_id = zeroblob(16) WHERE pledge_id = (SELECT MIN(pledge_id) FROM revocation)",
        DifferenceKind::Revoked,
        LogKind::Pledges,
        Some(0),
    ),
    (
        "INSERT INTO revocation SELECT campaign_id, zeroblob(16), reason, revoked_at, revoked_by FROM revocation LIMIT 1",
        DifferenceKind::RevocationOfNothing,
        LogKind::Pledges,
        None,
    ),
];

#[tokio::test]
async fn each_changed_row_is_found_and_named() {
    let platform = busy().await;
    for (number, (sql, kind, log, index)) in TAMPERED.into_iter().chain(MISCOUNTED).enumerate() {
        let path = copy(&platform, &format!("{number}.sqlite")).await;
        assert_eq!(change(&path, sql).await, 1, "{sql}");
        match recount(&platform, &path).await {
            Err(RecountFault::Differs(found)) => assert_eq!(found, Difference { kind, log, index }, "{sql}"),
            other => panic!("{sql}: {:?}", other.map(|recounted| recounted.pledges)),
        }
        std::fs::remove_file(path).unwrap();
    }
}

/// Whoever changes a pledge and derives its leaf anew still meets the signed root.
#[tokio::test]
async fn a_row_and_its_leaf_changed_together_are_found_by_the_root() {
    let platform = busy().await;
    let path = copy(&platform, "both.sqlite").await;
    change(&path, "UPDATE pledge SET pledge_salt = zeroblob(32) WHERE log_index = 11").await;
    change(&path, "UPDATE leaf SET bytes = zeroblob(58) WHERE log = 1 AND leaf_index = 11").await;
    let found = recount(&platform, &path).await;
    assert!(matches!(found, Err(RecountFault::Differs(Difference { kind: DifferenceKind::Root, .. }))), "{found:?}");
}

#[tokio::test]
async fn another_keyring_is_noticed_first() {
    let platform = busy().await;
    let store = platform.store.clone();
    let keyring = Arc::new(ikrar::keyring::Keyring::generate(&[8; 128]));
    let recount = Recount { store, keyring, host: platform.state.config.host().into() };
    let mut campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    campaign.created_at = UnixMillis(0);
    let found = recount.campaign(&campaign, &|_| {}).await;
    assert!(matches!(found, Err(RecountFault::Differs(Difference { kind: DifferenceKind::Secret, .. }))), "{found:?}");
}

/// Checks every trail of a copy; answers the campaign's, or the first fault.
async fn trails(
    platform: &TestPlatform,
    path: &Path,
    noted: Option<NotedHash>,
) -> Result<CheckedTrail, (audit_trail::TrailFaultKind, Option<u64>)> {
    let opened = Arc::new(Sqlite::open(path).await.unwrap());
    let store: SharedStore = opened.clone();
    let of = TrailCheck::of(&store, None, noted).await.unwrap();
    let mut found = Err((audit_trail::TrailFaultKind::HeadMissing, None));
    for trail in &of.trails {
        match audit_trail::check(&store, &of, *trail).await {
            Ok(checked) if *trail == Some(platform.campaign) => found = Ok(checked),
            Ok(_) => {}
            Err(TrailFault::Differs { kind, place }) => found = Err((kind, place)),
            Err(TrailFault::Store(error)) => panic!("{error}"),
        }
        if found.is_err() && *trail == Some(platform.campaign) {
            break;
        }
    }
    opened.close().await;
    found
}

const TRAIL_LINES: u64 = 12;

/// A campaign whose trail has twelve lines, and an installation whose trail has one.
async fn audited() -> TestPlatform {
    let platform = TestPlatform::locked(3).await;
    let (store, campaign) = (&platform.store, Some(platform.campaign));
    store.record(&ikrar::domain::audit::AuditEntry { campaign: None, ..platform.line() }).await.unwrap();
    while store.audit_head(campaign).await.unwrap().is_none_or(|head| head.lines < TRAIL_LINES) {
        store.record(&platform.line()).await.unwrap();
    }
    platform
}

/// The place of the campaign's trail where a statement says `OF`.
const TAMPERED_TRAILS: [(&str, audit_trail::TrailFaultKind, Option<u64>); 18] = {
    use audit_trail::TrailFaultKind::{Beyond, Head, HeadMissing, Line, Missing, Unchained};
    [
        ("UPDATE audit SET actor = 'lain' WHERE OF AND place = 4", Line, Some(4)),
        ("UPDATE audit SET at = at + 1 WHERE OF AND place = 5", Line, Some(5)),
        ("UPDATE audit SET institution = '' WHERE OF AND place = 6", Line, Some(6)),
        ("UPDATE audit SET detail = replace(detail, '\"', ' \"') WHERE OF AND place = 7", Line, Some(7)),
        ("UPDATE audit SET event = 'text_saved' WHERE OF AND place = 1", Line, Some(1)),
        ("UPDATE audit SET line_hash = zeroblob(32) WHERE OF AND place = 3", Line, Some(3)),
        ("UPDATE audit SET audit_id = zeroblob(16) WHERE OF AND place = 3", Line, Some(3)),
        // Taken out, with the places behind it closed up or not.
        ("DELETE FROM audit WHERE OF AND place = 8", Missing, Some(8)),
        ("DELETE FROM audit WHERE OF AND place = 1", Missing, Some(1)),
        // Cut off the end.
        ("DELETE FROM audit WHERE OF AND place >= 11", Missing, Some(11)),
        // Two change places.
        ("UPDATE audit SET place = CASE place WHEN 5 THEN 6 ELSE 5 END WHERE OF AND place IN (5, 6)", Line, Some(5)),
        // Put in: without a place, in somebody's place, behind the end.
        (
            "INSERT INTO audit (campaign_id, audit_id, at, actor, event, detail) \
             SELECT campaign_id, zeroblob(16), at, actor, event, detail FROM audit WHERE OF AND place = 2",
            Unchained,
            None,
        ),
        (
            "INSERT INTO audit SELECT campaign_id, zeroblob(16), at, actor, institution, event, detail, place, line_hash \
             FROM audit WHERE OF AND place = 2",
            Line,
            Some(2),
        ),
        (
            "INSERT INTO audit SELECT campaign_id, zeroblob(16), at, actor, institution, event, detail, 13, line_hash \
             FROM audit WHERE OF AND place = 12",
            Beyond,
            Some(13),
        ),
        ("UPDATE audit_head SET lines = 11 WHERE OF", Head, Some(11)),
        ("UPDATE audit_head SET line_hash = zeroblob(32) WHERE OF", Head, Some(12)),
        ("UPDATE audit_head SET lines = 13 WHERE OF", Missing, Some(13)),
        ("DELETE FROM audit_head WHERE OF", HeadMissing, None),
    ]
};

#[tokio::test]
async fn each_changed_line_of_the_audit_trail_is_named() {
    let platform = audited().await;
    let of = format!("campaign_id = x'{}'", platform.campaign.0.map(|byte| format!("{byte:02x}")).concat());
    for (number, (sql, kind, place)) in TAMPERED_TRAILS.into_iter().enumerate() {
        let path = copy(&platform, &format!("trail-{number}.sqlite")).await;
        assert!(trails(&platform, &path, None).await.is_ok());
        assert!(change(&path, &sql.replace("OF", &of)).await > 0, "{sql}");
        assert_eq!(trails(&platform, &path, None).await, Err((kind, place)), "{sql}");
        std::fs::remove_file(path).unwrap();
    }
}

/// Whoever can write the whole database can chain another trail. Against that helps what somebody wrote down.
#[tokio::test]
async fn a_trail_that_was_chained_anew_isn_t_the_one_that_was_noted() {
    let platform = audited().await;
    let (store, campaign) = (&platform.store, Some(platform.campaign));
    let head = store.audit_head(campaign).await.unwrap().unwrap();
    let noted = head.hash[..16].iter().map(|byte| format!("{byte:02x} ")).collect::<String>();
    let noted = NotedHash::parse(&noted).unwrap();
    store.record(&platform.line()).await.unwrap();
    let path = copy(&platform, "noted.sqlite").await;
    let checked = trails(&platform, &path, Some(noted.clone())).await.unwrap();
    assert!(checked.is_noted && checked.head.unwrap().lines == TRAIL_LINES + 1);

    change(&path, "UPDATE audit SET actor = 'lain' WHERE place = 4").await;
    change(&path, "UPDATE audit SET place = NULL, line_hash = NULL").await;
    change(&path, "DELETE FROM audit_head").await;
    let forged = Arc::new(Sqlite::open(&path).await.unwrap());
    let store: SharedStore = forged.clone();
    audit_trail::chain_older_lines(&store).await.unwrap();
    forged.close().await;
    let checked = trails(&platform, &path, Some(noted)).await.unwrap();
    assert!(!checked.is_noted && checked.head.unwrap().lines == TRAIL_LINES + 1);
}

#[tokio::test]
async fn a_trail_of_an_earlier_version_is_sound_and_says_so_and_one_is_chained_at_the_start() {
    let platform = audited().await;
    let path = copy(&platform, "older.sqlite").await;
    change(&path, "UPDATE audit SET place = NULL, line_hash = NULL").await;
    change(&path, "DELETE FROM audit_head").await;
    let checked = trails(&platform, &path, None).await.unwrap();
    assert_eq!((checked.head, checked.unchained), (None, TRAIL_LINES));
    let opened = Arc::new(Sqlite::open(&path).await.unwrap());
    let (config, state) = (config(platform.folder(), None), &platform.state);
    let (clock, entropy, keyring) = (state.clock.clone(), state.entropy.clone(), platform.keyring.clone());
    start(config, clock, entropy, opened.clone(), keyring).await.unwrap();
    let head = opened.audit_head(Some(platform.campaign)).await.unwrap();
    assert_eq!(head, platform.store.audit_head(Some(platform.campaign)).await.unwrap());
    opened.close().await;
}

/// Tables of which every bit is held by something: SQLite's own structure, a log, a signature, a digest or the chain.
const HELD: [&str; 8] =
    ["audit", "audit_head", "canonical_text", "leaf", "participant", "reporting_group", "roster_digest", "unit"];
const FLIPS: usize = 120;

/// The rows of each table; `None` for a table of which a row can't be read.
async fn rows(path: &Path) -> Result<Vec<(String, Option<Vec<TableRow>>)>, StoreError> {
    let mut whole = sqlite::SqliteSnapshot::read(path).await?;
    let mut rows = vec![];
    for table in whole.tables().await? {
        rows.push((table.name.clone(), whole.page(&table, None).await.ok()));
    }
    whole.close().await?;
    Ok(rows)
}

/// Whether `ikrar fsck` says anything of a file.
async fn is_seen(platform: &TestPlatform, path: &Path) -> bool {
    if !matches!(sqlite::find_damage(path).await, Ok(None)) || Sqlite::open(path).await.is_err() {
        return true;
    }
    recount(platform, path).await.is_err() || trails(platform, path, None).await.is_err()
}

#[tokio::test]
async fn a_flipped_bit_that_changes_what_is_held_is_seen() {
    let platform = busy().await;
    let path = copy(&platform, "sound.sqlite").await;
    let before = rows(&path).await.unwrap();
    let is_whole = |rows: &Option<Vec<TableRow>>| rows.as_ref().is_some_and(|rows| rows.len() < 1_000);
    assert!(before.iter().filter(|(table, _)| HELD.contains(&table.as_str())).all(|(_, rows)| is_whole(rows)));
    assert!(!is_seen(&platform, &path).await);
    let sound = std::fs::read(&path).unwrap();
    let mut rng = StdRng::seed_from_u64(4);
    let (mut seen, mut silent) = (0, 0);
    for flip in 0..FLIPS {
        let path = platform.folder().join(format!("flip-{flip}.sqlite"));
        let mut flipped = sound.clone();
        let bit = rng.random_range(0..sound.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &flipped).unwrap();
        if is_seen(&platform, &path).await {
            seen += 1;
        } else {
            silent += 1;
            let after = match rows(&path).await {
                // A type's name in the schema, which changes no row; with its highest bit set it isn't even text.
                Err(StoreError::Corrupt("the schema" | "a column")) => continue,
                after => after.unwrap(),
            };
            let changed = before.iter().zip(&after).filter(|(before, after)| before != after);
            let tables: Vec<&str> = changed.map(|(before, _)| before.0.as_str()).collect();
            assert!(tables.iter().all(|table| !HELD.contains(table)), "bit {bit}: {tables:?}");
        }
        std::fs::remove_file(path).unwrap();
    }
    assert!(seen > 0 && silent > 0, "{seen} seen, {silent} silent");
    println!("{seen} seen, {silent} silent");
}

/// What is changed of a roster that was changed after the lock, and what must be said of it.
const CHANGES_TAMPERED: [(&str, DifferenceKind, LogKind, Option<u64>); 11] = [
    (
        "UPDATE notice SET details = replace(details, 'Susulan', 'Lain') WHERE notice_index = 2",
        NOTICE_LEAF,
        NOTICES,
        Some(2),
    ),
    ("UPDATE notice SET slot = slot + 1 WHERE notice_index = 3", NOTICE_LEAF, NOTICES, Some(3)),
    ("UPDATE notice SET salt = zeroblob(32) WHERE notice_index = 4", NOTICE_LEAF, NOTICES, Some(4)),
    ("DELETE FROM notice WHERE notice_index = 4", NOTICE_LEAF, NOTICES, Some(4)),
    ("UPDATE code_version SET standing = 0 WHERE standing = 1", DifferenceKind::Standing, LogKind::Roster, None),
    (
        "INSERT INTO code_version (campaign_id, participant_id, version, standing) SELECT campaign_id, participant_id, 1, 1 FROM participant WHERE slot = 9",
        DifferenceKind::Standing,
        LogKind::Roster,
        Some(9),
    ),
    (
        "UPDATE reporting_group SET added = added + 1 WHERE group_index = 1",
        DifferenceKind::Added,
        LogKind::Roster,
        Some(1),
    ),
    ("UPDATE reporting_group SET excused = 0", DifferenceKind::Excused, LogKind::Roster, None),
    ("UPDATE participant SET shown_name = 'Lain' WHERE shown_name = 'Susulan'", ROWS, LogKind::Roster, None),
    ("UPDATE participant SET position_name = 'Lain' WHERE shown_name = 'Diperbaiki'", ROWS, LogKind::Roster, None),
    ("DELETE FROM log_head WHERE log = 3", DifferenceKind::HeadMissing, NOTICES, None),
];
const NOTICES: LogKind = LogKind::Notices;
const NOTICE_LEAF: DifferenceKind = DifferenceKind::NoticeLeaf;
const ROWS: DifferenceKind = DifferenceKind::RosterRows;

#[tokio::test]
async fn each_changed_row_behind_a_notice_is_found_and_named() {
    let platform = busy().await;
    platform.account("bkd", Role::Organizer, &[]).await;
    let (account, _) = platform.store.account("bkd").await.unwrap().unwrap();
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let desk = &platform.state.help_desk;
    let typed = |name: &str| TypedPerson { name: name.into(), ..TypedPerson::default() };
    let to_add = PersonToAdd { identifier: String::new(), institution: "16".into(), person: typed("Susulan") };
    desk.add_person(&account, &campaign, to_add, "terlewat").await.unwrap();
    let unsigned = |at: usize| platform.people[SIGNED + at].participant.id;
    desk.excuse(&account, &campaign, unsigned(0), ExcuseReason::Retired).await.unwrap();
    desk.correct(&account, &campaign, unsigned(1), typed("Diperbaiki"), "gelar baru").await.unwrap();
    let sound = recount(&platform, &platform.folder().join("ikrar.sqlite")).await.unwrap();
    assert_eq!((sound.people, sound.notices), (PEOPLE as u64 + 1, 5));
    for (at, (sql, kind, log, index)) in CHANGES_TAMPERED.into_iter().enumerate() {
        let path = copy(&platform, &format!("tampered-{at}.sqlite")).await;
        assert!(change(&path, sql).await > 0, "{sql}");
        let Err(RecountFault::Differs(found)) = recount(&platform, &path).await else { panic!("{sql}: not found") };
        assert_eq!((found.kind, found.log), (kind, log), "{sql}");
        assert!(index.is_none() || found.index == index, "{sql}: {found:?}");
    }
}

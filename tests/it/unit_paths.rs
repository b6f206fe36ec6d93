//! The path of a person's unit, from the agency down, wherever a person is shown.

use crate::support::{Answer, TestPlatform, event};
use ikrar::domain::account::Role;
use ikrar::domain::campaign::CampaignState;
use ikrar::service::recount::{Recount, RecountFault};
use ikrar::store::sqlite::Sqlite;
use lopdf::Document;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::sync::Arc;

const PATH: &str = "Dinas Pendidikan / SMP Negeri 1 / Tata Usaha";

/// A draft whose first person is in a sub-unit, and the database behind it.
async fn draft() -> (TestPlatform, SqliteConnection) {
    let mut platform = TestPlatform::locked(25).await;
    platform.store.unlock_roster(platform.campaign, &platform.line()).await.unwrap();
    let mut database = database(&platform).await;
    let units = [(1, "NULL", "Dinas Pendidikan"), (2, "1", "SMP Negeri 1"), (3, "2", "Tata Usaha")];
    for (id, parent, name) in units {
        run(
            &mut database,
            &format!(
                "INSERT INTO unit (campaign_id, roster_id, institution, unit_id, parent, name) \
                 SELECT campaign_id, roster_id, code, {id}, {parent}, '{name}' FROM institution WHERE code = '16'"
            ),
        )
        .await;
    }
    let first = platform.people[0].participant.shown_name.clone();
    assert_eq!(
        run(&mut database, &format!("UPDATE participant SET unit_id = 3 WHERE shown_name = '{first}'")).await,
        1
    );
    platform.people[0].participant.unit = Some(3);
    (platform, database)
}

/// An open event whose first person is in a sub-unit, and the database behind it.
pub async fn with_sub_unit() -> (TestPlatform, SqliteConnection) {
    let (platform, database) = draft().await;
    event::lock(&platform.store, &platform.keyring, &platform.state.entropy, platform.campaign).await;
    platform.change(CampaignState::Locked, CampaignState::Open).await;
    (platform, database)
}

/// The platform's database, behind its back.
pub async fn database(platform: &TestPlatform) -> SqliteConnection {
    let path = platform.folder().join("ikrar.sqlite");
    SqliteConnection::connect(path.to_str().unwrap()).await.unwrap()
}

pub async fn run(database: &mut SqliteConnection, sql: &str) -> u64 {
    sqlx::query(AssertSqlSafe(sql)).execute(database).await.unwrap().rows_affected()
}

async fn recount(platform: &TestPlatform) -> Result<u64, RecountFault> {
    let store = Arc::new(Sqlite::open(&platform.folder().join("ikrar.sqlite")).await.unwrap());
    let host = platform.state.config.host().to_owned();
    let recount = Recount { store: store.clone(), keyring: platform.keyring.clone(), host };
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let done = recount.campaign(&campaign, &|_| {}).await;
    store.close().await;
    done.map(|counted| counted.pledges)
}

fn printed(answer: &Answer) -> String {
    let text = Document::load_mem(&answer.body).unwrap().extract_text(&[1]).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_person_is_shown_with_agency_unit_and_sub_unit() {
    let (platform, _) = with_sub_unit().await;
    let person = &platform.people[0];
    let pledge = platform.sign(person).await.pledge;
    let certificate = printed(&platform.get(&format!("/c/{}.pdf", pledge.id)).await);
    assert!(certificate.contains(PATH), "{certificate}");
    let typed = json!({"identifier": person.identifier, "access_code": person.access_code});
    let session = platform.post_json("/api/v1/campaigns/uji/sessions", None, &typed).await.json();
    assert_eq!(session["participant"]["unit"], PATH, "{session}");
    let fields =
        [("step", "enter"), ("identifier", person.identifier.as_str()), ("access_code", person.access_code.as_str())];
    let cookie = platform.post_form("/k/uji/sign", "", &fields).await.cookie();
    let receipt = platform.page("/k/uji/receipt", &cookie).await;
    assert!(receipt.text().contains(PATH), "{}", receipt.text());
    let desk = platform.account("bkd", Role::Organizer, &[]).await;
    let asked = [("q", person.participant.shown_name.as_str())];
    let found = platform.post_form("/console/k/uji/people", &desk, &asked).await;
    assert!(found.text().contains(PATH), "{}", found.text());
}

/// The path is kept with the unit from the lock on.
#[tokio::test]
async fn the_help_desk_shows_the_path_before_the_lock_too() {
    let (platform, _) = draft().await;
    let desk = platform.account("bkd", Role::Organizer, &[]).await;
    let person = &platform.people[0].participant;
    for fields in [("q", person.shown_name.clone()), ("q", platform.people[0].identifier.clone())] {
        let found = platform.post_form("/console/k/uji/people", &desk, &[(fields.0, &fields.1)]).await;
        assert!(found.text().contains(PATH), "{}: {}", fields.1, found.text());
    }
    let id = person.id.to_string();
    let shown = platform.post_form("/console/k/uji/people/show", &desk, &[("id", &id)]).await;
    assert!(shown.text().contains(PATH), "{}", shown.text());
}

/// The bytes of an edition never change: what was locked before there were paths is printed as it was.
#[tokio::test]
async fn a_certificate_of_a_roster_locked_before_paths_keeps_the_unit_s_own_name() {
    let (platform, mut database) = with_sub_unit().await;
    let pledge = platform.sign(&platform.people[0]).await.pledge;
    let address = format!("/c/{}.pdf", pledge.id);
    let with_path = platform.get(&address).await.body;
    run(&mut database, "UPDATE unit SET path = NULL").await;
    let before = platform.get(&address).await;
    assert!(printed(&before).contains("Tata Usaha") && !printed(&before).contains("SMP Negeri 1"));
    assert_ne!(before.body, with_path);
    assert!(recount(&platform).await.is_ok());
}

#[tokio::test]
async fn a_path_that_is_not_the_units_is_found() {
    let (platform, mut database) = with_sub_unit().await;
    assert!(recount(&platform).await.is_ok());
    run(&mut database, "UPDATE unit SET path = 'Dinas Lain / Tata Usaha' WHERE unit_id = 3").await;
    assert!(matches!(recount(&platform).await, Err(RecountFault::Differs(_))));
}

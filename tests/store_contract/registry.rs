//! Institutions are registered once for the installation, and what an account sees of a campaign follows from that.

use crate::postgres_server::PostgresServer;
use crate::scene::{self, CAMPAIGN, campaign, institution};
use crate::{line, properties};
use ikrar::clock::Entropy;
use ikrar::config::DatabaseUrl;
use ikrar::domain::account::{Account, Role, Scope};
use ikrar::domain::ids::CampaignId;
use ikrar::domain::registry::{RegistryNode, TOP_NODE, undecided};
use ikrar::domain::time::UnixMillis;
use ikrar::domain::visible_institutions::{VisibleInstitutions, VisiblePart};
use ikrar::store::SharedStore;
use ikrar::store::postgres::{Postgres, Server, migrate};
use ikrar::store::registry::visible_institutions;
use ikrar::store::rosters::Activation;
use ikrar::store::sqlite::Sqlite;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use std::sync::Arc;

const OTHER: CampaignId = CampaignId([2; 16]);
const THIRD: CampaignId = CampaignId([3; 16]);

properties![
    one_code_and_name_is_one_node_in_all_campaigns,
    a_code_with_another_name_is_another_node_unless_it_is_said_to_be_the_same,
    an_institution_that_is_renamed_keeps_its_node,
    two_imports_at_once_register_an_institution_once,
];

async fn drafts(store: &SharedStore) {
    for (id, slug) in [(CAMPAIGN, "uji"), (OTHER, "lain"), (THIRD, "ketiga")] {
        store.create_campaign(&campaign(id, slug), &line()).await.unwrap();
    }
}

async fn save(store: &SharedStore, campaign: CampaignId, code: &str, name: &str) {
    store.save_institutions(campaign, &[institution(0, code, name)], &[], &line()).await.unwrap();
}

/// Puts a file into force that adds one institution.
async fn import(store: &SharedStore, campaign: CampaignId, code: &str, name: &str, same: &[&str]) {
    let roster = [campaign.0[0]; 16];
    store.begin_roster(campaign, roster, None, UnixMillis(3), "bkd").await.unwrap();
    let activation = Activation {
        roster,
        before: vec![],
        created: vec![institution(0, code, name)],
        same_institutions: same.iter().map(ToString::to_string).collect(),
        switched: vec![code.into()],
        ..scene::activation(0)
    };
    store.activate_roster(campaign, &activation, &line()).await.unwrap();
}

async fn node(store: &SharedStore, campaign: CampaignId, code: &str) -> String {
    let nodes = store.institution_nodes(campaign).await.unwrap();
    nodes.into_iter().find(|(known, _)| known == code).unwrap().1
}

async fn sees(store: &SharedStore, campaign: CampaignId, node: &str) -> Vec<String> {
    match visible_institutions(&**store, campaign, &Scope::Nodes(vec![node.into()])).await.unwrap() {
        VisibleInstitutions::Parts(parts) => {
            let whole = |part: VisiblePart| {
                assert!(part.unit.is_none(), "{part:?}");
                part.institution
            };
            parts.into_iter().map(whole).collect()
        }
        VisibleInstitutions::All => panic!("a node isn't everything"),
    }
}

async fn one_code_and_name_is_one_node_in_all_campaigns(store: SharedStore) {
    drafts(&store).await;
    save(&store, CAMPAIGN, "01", "Dinas Sosial").await;
    import(&store, OTHER, "01", "DINAS SOSIAL", &[]).await;
    assert_eq!((node(&store, CAMPAIGN, "01").await, node(&store, OTHER, "01").await), ("01".into(), "01".into()));
    let nodes = store.registry_nodes(TOP_NODE).await.unwrap();
    assert_eq!(nodes, [RegistryNode { code: "01".into(), name: "Dinas Sosial".into() }]);
    assert_eq!(store.registry_node("01").await.unwrap().as_ref(), nodes.first());
    assert!(store.registry_node("02").await.unwrap().is_none() && store.registry_node("").await.unwrap().is_none());
    assert_eq!(sees(&store, OTHER, "01").await, ["01"]);
    assert_eq!(visible_institutions(&*store, OTHER, &Scope::All).await.unwrap(), VisibleInstitutions::All);
}

async fn a_code_with_another_name_is_another_node_unless_it_is_said_to_be_the_same(store: SharedStore) {
    drafts(&store).await;
    import(&store, CAMPAIGN, "01", "Kota A", &[]).await;
    import(&store, OTHER, "01", "Kota B", &["02"]).await;
    assert_eq!(node(&store, OTHER, "01").await, "01~2");
    assert!(sees(&store, OTHER, "01").await.is_empty(), "the operator of one sees the other");
    assert_eq!(
        (sees(&store, CAMPAIGN, "01").await, sees(&store, OTHER, "01~2").await),
        (vec!["01".into()], vec!["01".into()])
    );
    import(&store, THIRD, "01", "Pemkot B", &["01~2"]).await;
    assert_eq!(node(&store, THIRD, "01").await, "01~2");
    assert_eq!(store.registered_names().await.unwrap().len(), 3);
    assert_eq!(store.registry_node("01~2").await.unwrap().unwrap().name, "Pemkot B");
}

async fn an_institution_that_is_renamed_keeps_its_node(store: SharedStore) {
    drafts(&store).await;
    save(&store, CAMPAIGN, "01", "Dinas Sosial").await;
    save(&store, OTHER, "01", "Dinas Lain").await;
    save(&store, CAMPAIGN, "01", "Dinas Sosial dan Tenaga Kerja").await;
    assert_eq!(node(&store, CAMPAIGN, "01").await, "01");
    // The new name is known in the next campaign; one that is another's doesn't join the two.
    save(&store, THIRD, "01", "Dinas Sosial dan Tenaga Kerja").await;
    save(&store, CAMPAIGN, "01", "Dinas Lain").await;
    assert_eq!([node(&store, CAMPAIGN, "01").await, node(&store, THIRD, "01").await], ["01", "01"]);
    assert_eq!(node(&store, OTHER, "01").await, "01~2");
}

async fn two_imports_at_once_register_an_institution_once(store: SharedStore) {
    drafts(&store).await;
    tokio::join!(
        import(&store, CAMPAIGN, "01", "Kota A", &[]),
        import(&store, OTHER, "01", "Kota A", &[]),
        import(&store, THIRD, "01", "Kota B", &[])
    );
    let mut nodes = [CAMPAIGN, OTHER, THIRD].map(|_| String::new());
    for (node_of, id) in nodes.iter_mut().zip([CAMPAIGN, OTHER, THIRD]) {
        *node_of = node(&store, id, "01").await;
    }
    assert!(nodes[0] == nodes[1] && nodes[0] != nodes[2], "{nodes:?}");
    assert_eq!(store.registry_nodes(TOP_NODE).await.unwrap().len(), 2);
}

/// What the registry's migration did, undone.
const DOWN: [&str; 5] = [
    "ALTER TABLE institution DROP COLUMN node",
    "ALTER TABLE unit DROP COLUMN node",
    "DROP TABLE registry_node",
    "DROP TABLE registry_name",
    "DELETE FROM _sqlx_migrations WHERE version = 20",
];

fn account(login: &str, scope: Scope) -> Account {
    Account {
        login: login.into(),
        display_name: "Nama".into(),
        role: Role::Operator,
        scope,
        must_change_password: false,
        one_time_until: None,
        disabled: false,
        created_at: UnixMillis(1),
    }
}

/// People, pledges and accounts of a program without a registry.
async fn earlier(store: &SharedStore) {
    scene::open(store, 9).await;
    scene::sign(store, [0, 2, 5]).await;
    for (id, slug) in [(OTHER, "lain"), (THIRD, "ketiga")] {
        store.create_campaign(&campaign(id, slug), &line()).await.unwrap();
    }
    store
        .save_institutions(OTHER, &[institution(0, "01", "Kota A"), institution(1, "16", "PROVINSI")], &[], &line())
        .await
        .unwrap();
    store.save_institutions(THIRD, &[institution(0, "01", "Kota B")], &[], &line()).await.unwrap();
    let accounts = [("satu", vec!["16".into()]), ("dua", vec!["01".into(), "16.71".into()])];
    for (login, codes) in accounts {
        store.add_account(&account(login, Scope::Nodes(codes)), "hash", &line()).await.unwrap();
    }
}

async fn remembered(store: &SharedStore) -> Vec<String> {
    let mut kept = vec![];
    for number in 0..9 {
        let signer = store.signer(CAMPAIGN, scene::person_id(number)).await.unwrap().unwrap();
        kept.push(format!("{:?} {:?} {:?}", signer.participant, signer.pledge, signer.place));
    }
    kept.push(format!("{:?}", store.group_counts(CAMPAIGN).await.unwrap()));
    kept.push(format!(
        "{:?} {}",
        store.people_counts(CAMPAIGN).await.unwrap(),
        store.count_pledges(CAMPAIGN).await.unwrap()
    ));
    kept.push(format!("{:?}", store.accounts().await.unwrap()));
    kept
}

/// What has to be true after the next start of a program with a registry, also if two nodes start at once.
async fn registered_at_the_start(store: &SharedStore, before: &[String]) {
    assert!(sees(store, CAMPAIGN, "16").await.is_empty(), "nothing is registered yet");
    let (one, other) = tokio::join!(store.register_earlier(), store.register_earlier());
    assert!(one.unwrap() + other.unwrap() >= 3);
    assert_eq!(store.register_earlier().await.unwrap(), 0);
    let units = store.registered_units(CAMPAIGN, None).await.unwrap();
    let units: Vec<_> = units.iter().map(|one| one.node.as_deref()).collect();
    assert_eq!(units, [Some("16/1"), Some("16.71/1")]);
    assert_eq!(remembered(store).await, before, "people, pledges and accounts stay as they were");
    let nodes = store.registry_nodes(TOP_NODE).await.unwrap();
    let codes: Vec<&str> = nodes.iter().map(|node| node.code.as_str()).collect();
    assert_eq!(codes, ["01~1", "01~2", "16", "16.71"]);
    assert_eq!(undecided("01", &nodes).len(), 2);
    // A code of one name stays what it was, in each campaign; one of two names is nobody's until somebody decides.
    for (campaign, node, seen) in [
        (CAMPAIGN, "16", &["16"][..]),
        (OTHER, "16", &["16"]),
        (OTHER, "01", &[]),
        (THIRD, "01", &[]),
        (OTHER, "01~1", &["01"]),
        (THIRD, "01~1", &[]),
    ] {
        assert_eq!(sees(store, campaign, node).await, seen, "{campaign:?} {node}");
    }
    a_later_institution_isn_t_it_either(store).await;
}

async fn a_later_institution_isn_t_it_either(store: &SharedStore) {
    let fourth = CampaignId([4; 16]);
    save(store, THIRD, "01", "Kota C").await;
    store.create_campaign(&campaign(fourth, "keempat"), &line()).await.unwrap();
    save(store, fourth, "01", "Kota D").await;
    assert_eq!([node(store, THIRD, "01").await, node(store, fourth, "01").await], ["01~2", "01~3"]);
}

#[tokio::test]
async fn institutions_and_accounts_of_an_older_file_are_registered_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ikrar.sqlite");
    let opened = Sqlite::open(&file).await.unwrap();
    let store: SharedStore = Arc::new(opened.clone());
    earlier(&store).await;
    let before = remembered(&store).await;
    opened.close().await;
    let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    for statement in DOWN {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let store: SharedStore = Arc::new(Sqlite::open(&file).await.unwrap());
    registered_at_the_start(&store, &before).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn institutions_and_accounts_of_an_older_database_are_registered_at_the_next_start() {
    let postgres = PostgresServer::shared().await;
    let url = postgres.database().await;
    let server = Server::parse(&DatabaseUrl::new(&url), false).unwrap();
    let open = async || Postgres::open(&server, Arc::new(Entropy::seeded(1))).await.unwrap();
    let store: SharedStore = Arc::new(open().await);
    earlier(&store).await;
    let before = remembered(&store).await;
    drop(store);
    for statement in DOWN {
        postgres.execute(url.split(['/', '?']).nth(3).unwrap(), statement).await;
    }
    migrate(&server).await.unwrap();
    let store: SharedStore = Arc::new(open().await);
    registered_at_the_start(&store, &before).await;
}

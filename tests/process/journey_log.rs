//! A whole journey is searched for in the log: it tells of routes and ids, and of nobody.

use crate::support::{Client, Folder, Served};
use serde_json::Value;

/// Everything that this program can say, and what the libraries under it say of connections.
const EVERYTHING: &str = "debug,ikrar=trace";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_journey_leaves_nobody_s_traces_in_the_log() {
    let demo = Folder::new(60);
    demo.start().kill();
    let (served, secrets) = journey(&demo, EVERYTHING).await;
    served.until_it_says("\"took_ms\"", 8).await;
    let log = served.log();
    for secret in &secrets {
        assert!(!log.contains(secret), "the log has what must not be in it: `{secret}`");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered: Vec<&Value> = lines.iter().filter(|line| line["target"] == "ikrar::request").collect();
    assert!(answered.len() >= 8, "{} answers are told of", answered.len());
    for line in &answered {
        assert_eq!(line["request_id"].as_str().unwrap().len(), 14, "{line}");
        assert!(line["fields"]["status"].is_u64() && line["fields"]["method"].is_string(), "{line}");
    }
    let routes: Vec<&str> = answered.iter().filter_map(|line| line["route"].as_str()).collect();
    for route in ["/k/{slug}", "/api/v1/campaigns/{slug}/sessions", "/api/v1/campaigns/{slug}/pledges"] {
        assert!(routes.contains(&route), "{route} isn't among {routes:?}");
    }
    assert!(routes.iter().all(|route| !route.contains("sumsel")), "{routes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_default_a_signature_is_no_line() {
    let demo = Folder::new(60);
    demo.start().kill();
    let (served, _) = journey(&demo, "info,sqlx=warn").await;
    let log = served.log();
    assert!(log.lines().count() < 5, "{log}");
    assert!(!log.contains("request_id"), "{log}");
}

/// Signs, fetches and verifies, with mistakes on the way; and what of it must be in no log.
async fn journey(demo: &Folder, log: &str) -> (Served, Vec<String>) {
    let served = Served::start_telling(demo, &[], log);
    let (client, people) = (Client::new(&served.url()).await, demo.people());
    let (identifier, code) = &people[0];
    client.get("/k/sumsel").await.unwrap();
    client.get(&format!("/k/sumsel/sign?nomor={identifier}&kode={code}")).await.unwrap();
    client.get(&format!("/no/such/{identifier}")).await.unwrap();
    let wrong = serde_json::json!({ "identifier": identifier, "access_code": people[1].1 }).to_string();
    assert_eq!(client.post("/api/v1/campaigns/sumsel/sessions", None, wrong).await.unwrap().status, 401);
    let token = client.session(&people[0]).await.unwrap();
    let receipt = client.sign(&token).await.unwrap().json();
    let id = receipt["pledge_id"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("/c/{id}.pdf")).await.unwrap().status, 200);
    client.get(&format!("/c/{id}.json")).await.unwrap();
    client.post("/api/v1/verify", None, receipt.to_string()).await.unwrap();
    client.post("/api/v1/campaigns/sumsel/pledges", Some("x.y"), format!("{{\"x\":\"{identifier}\"}}")).await.unwrap();
    let serial = receipt["serial"].as_str().unwrap().to_owned();
    let name = demo.names()[0].clone();
    let credential = receipt["credential"].as_str().unwrap().to_owned();
    let secrets = vec![identifier.clone(), code.clone(), people[1].1.clone(), token, id, serial, credential, name];
    assert!(secrets.iter().all(|secret| secret.len() > 5));
    (served, secrets)
}

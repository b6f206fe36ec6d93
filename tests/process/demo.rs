//! `ikrar demo` as somebody types it: started again, asked for another size, played by itself, and over TLS.

use crate::support::{Client, Folder};
use ikrar::store::campaigns::CampaignStore;
use ikrar::store::pledges::{LogKind, PledgeStore};
use ikrar::store::sqlite::Sqlite;

const PEOPLE: u32 = 90;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_that_is_started_again_has_the_same_people_and_pledges() {
    let folder = Folder::new(PEOPLE);
    let program = folder.start();
    let people = folder.people();
    assert_eq!(people.len(), usize::try_from(PEOPLE).unwrap());
    let client = Client::new(&program.url()).await;
    let receipt = client.sign(&client.session(&people[0]).await.unwrap()).await.unwrap();
    assert_eq!(receipt.status, 201, "{}", receipt.json());
    let event = client.get("/api/v1/campaigns/sumsel").await.unwrap();
    let password = std::fs::read(folder.data().join("console-password.txt")).unwrap();
    program.kill();

    let program = folder.start();
    let client = Client::new(&program.url()).await;
    assert_eq!(folder.people(), people);
    assert_eq!(std::fs::read(folder.data().join("console-password.txt")).unwrap(), password);
    assert_eq!(client.get("/api/v1/campaigns/sumsel").await.unwrap(), event);
    let again = client.sign(&client.session(&people[0]).await.unwrap()).await.unwrap();
    assert_eq!((again.status, again.body), (200, receipt.body));
    // Everybody of the list is still somebody, and the next one is the second.
    let next = client.sign(&client.session(&people[people.len() - 1]).await.unwrap()).await.unwrap();
    assert_eq!((next.status, next.json()["signed_count"].as_u64()), (201, Some(2)));
    assert_eq!(client.count_of_at_least(2).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_size_and_a_real_server_are_refused_and_leave_the_demo_as_it_is() {
    let folder = Folder::new(PEOPLE);
    folder.start().kill();
    let people = folder.people();

    let said = folder.refused(&["demo", "--participants", "91"]);
    let named = ["90", "91", "--data", folder.data().to_str().unwrap()].map(String::from);
    assert!(named.iter().all(|word| said.contains(word)), "{said}");
    assert_is_plain(&said);

    let said = folder.refused(&["serve"]);
    assert!(said.contains("ikrar demo") && said.contains(folder.data().to_str().unwrap()), "{said}");
    assert_is_plain(&said);

    let program = folder.start();
    assert_eq!(folder.people(), people);
    assert!(Client::new(&program.url()).await.session(&people[0]).await.is_some());
}

/// One line for a person, not a program's insides.
fn assert_is_plain(said: &str) {
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    for inside in ["panicked", "Error {", "backtrace", ".rs:"] {
        assert!(!said.contains(inside), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_people_sign_like_everybody_else_until_all_have() {
    let folder = Folder::new(PEOPLE);
    let program = folder.start_with_arguments(&["--simulate", "30"]);
    let client = Client::new(&program.url()).await;
    let early = client.count_of_at_least(1).await;
    assert!(early < u64::from(PEOPLE), "nobody waited for their turn");
    assert!(client.count_of_at_least(early + 1).await > early);
    assert_eq!(client.count_of_at_least(u64::from(PEOPLE)).await, u64::from(PEOPLE));
    // Somebody who was played meets their own receipt.
    let people = folder.people();
    let receipt = client.sign(&client.session(&people[5]).await.unwrap()).await.unwrap();
    assert_eq!(receipt.status, 200, "{}", receipt.json());
    program.kill();
    let store = Sqlite::open(&folder.data().join("ikrar.sqlite")).await.unwrap();
    let event = store.campaign_by_slug("sumsel").await.unwrap().unwrap().id;
    let head = store.log_head(event, LogKind::Pledges).await.unwrap().unwrap();
    let rows = store.count_pledges(event).await.unwrap();
    assert_eq!((head.size, rows), (u64::from(PEOPLE), u64::from(PEOPLE)), "somebody was played twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_reach_a_demo_over_tls_with_the_certificate_that_it_made() {
    let folder = Folder::new(PEOPLE);
    let program = folder.start_with_arguments(&["--lan"]);
    let url = program.url();
    assert!(url.starts_with("https://") && url.ends_with(&format!(":{}", folder.port())), "{url}");
    let certificate = std::fs::read(folder.data().join("lan-certificate.pem")).unwrap();

    // This machine under the name that the certificate also has: the test's traffic stays inside.
    let here = format!("https://127.0.0.1:{}", folder.port());
    let client = Client::trusting(&here, &certificate).await;
    let page = client.get("/k/sumsel/sign").await.unwrap();
    assert_eq!(page.status, 200);
    let links = client.get("/.well-known/jwks.json").await.unwrap();
    assert!(String::from_utf8_lossy(&links.body).contains(&url), "links aren't made from the address that is shown");
    let receipt = client.sign(&client.session(&folder.people()[0]).await.unwrap()).await.unwrap();
    assert_eq!(receipt.status, 201, "{}", receipt.json());
    assert!(receipt.json()["certificate_url"].as_str().unwrap().starts_with(&url));

    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_string()]).unwrap().cert.pem();
    let stranger = reqwest::Certificate::from_pem(other.as_bytes()).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([stranger]).build().unwrap();
    assert!(http.get(&here).send().await.is_err(), "the client takes any certificate, so it proved nothing");
}

/// Phones type the machine's address, which may change while the demo runs. A name that leads here by another site's
/// doing (DNS rebinding) is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_reach_a_demo_by_any_address_and_by_no_other_site_s_name() {
    let folder = Folder::new(PEOPLE);
    let program = folder.start_with_arguments(&["--lan"]);
    let own = program.url().strip_prefix("https://").unwrap().to_owned();
    let certificate = std::fs::read(folder.data().join("lan-certificate.pem")).unwrap();
    // Whoever asks first chooses the process's cryptography.
    drop(Client::trusting(&program.url(), &certificate).await);
    let certificate = reqwest::Certificate::from_pem(&certificate).unwrap();
    let http = reqwest::Client::builder().no_proxy().http1_only().tls_certs_only([certificate]).build().unwrap();
    for (host, status) in [
        (own.as_str(), 200),
        ("192.0.2.77", 200),
        ("localhost", 200),
        ("lain.example", 421),
        ("192.0.2.77.lain.example", 421),
    ] {
        let here = format!("https://127.0.0.1:{}/k/sumsel/sign", folder.port());
        let answer = http.get(here).header("host", host).send().await.unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}

//! Keys over time: replaced under load on two nodes, compromised, and changed by a command that is killed.

use crate::postgres_server::PostgresServer;
use crate::support::{Client, Folder, Load, PROGRAM, nothing_is_lost, output, private_folder};
use data_encoding::BASE64URL_NOPAD;
use ikrar::certificate::pades::{make_authority, make_seal, private_key_pem};
use ikrar::clock::{Clock, SystemClock};
use ikrar::domain::audit::{ACTOR_COMMAND_LINE, AuditEvent};
use ikrar::store::audit::AuditStore;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

const PEOPLE: u32 = 3_000;
/// A node looks every three seconds; a loaded machine takes longer.
const LOOKS_MAX: usize = 600;
const LOOK: Duration = Duration::from_millis(100);

fn ikrar(data: &Path, url: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("LC_ALL", "en")
        .envs(url.map(|url| ("IKRAR_DATABASE_URL", url)));
    output(&mut command)
}

#[track_caller]
fn keys(data: &Path, url: Option<&str>, arguments: &[&str]) -> Vec<Value> {
    let output = ikrar(data, url, &[&["keys", "--json"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The id of the key that is used in this role.
fn used(keys: &[Value], role: &str) -> String {
    let found = keys.iter().find(|key| key["role"] == role && key["in_use"] == true).unwrap();
    found["kid"].as_str().unwrap().to_owned()
}

async fn published(client: &Client) -> BTreeSet<String> {
    let set = client.get("/.well-known/jwks.json").await.unwrap().json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn until_published(client: &Client, kid: &str) {
    for _ in 0..LOOKS_MAX {
        if published(client).await.contains(kid) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("the node never read the new key");
}

/// The key that signed a receipt's credential.
fn signed_with(receipt: &[u8]) -> String {
    let receipt: Value = serde_json::from_slice(receipt).unwrap();
    let bytes = BASE64URL_NOPAD.decode(receipt["credential"].as_str().unwrap().as_bytes()).unwrap();
    ikrar::credential::cwt::Credential::decode(&bytes).unwrap().kid
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: `make test` runs it"]
async fn keys_are_replaced_on_two_nodes_while_people_sign_and_no_signer_notices() {
    let url = PostgresServer::shared().await.database().await;
    let folder = Folder::on(&url, PEOPLE);
    let (first, data) = (folder.start(), private_folder());
    let second = folder.second_node(data.path());
    let load = Load::new(&folder, vec![Client::new(&first.url()).await, Client::new(&second.url()).await]);
    let running = load.start();
    load.until_answered(load.people() / 6).await;

    let before = keys(&folder.data(), Some(&url), &["list"]);
    for role in ["credential", "session", "log"] {
        keys(&folder.data(), Some(&url), &["rotate", "--role", role]);
    }
    let made = keys(&folder.data(), Some(&url), &["list"]);
    let new = made.iter().find(|key| key["role"] == "credential" && key["status"] == "published").unwrap();
    let new = new["kid"].as_str().unwrap();
    until_published(load.client(0), new).await;
    // The second node doesn't know it, so nobody signs with it.
    assert!(!published(load.client(1)).await.contains(new));
    let between = keys(&folder.data(), Some(&url), &["list"]);
    assert_eq!(used(&between, "credential"), used(&before, "credential"));

    let fresh = data.path().join("keyring.copied");
    std::fs::copy(folder.data().join("keyring"), &fresh).unwrap();
    std::fs::rename(fresh, data.path().join("keyring")).unwrap();
    until_published(load.client(1), new).await;
    let mut looks = 0;
    while used(&keys(&folder.data(), Some(&url), &["list"]), "credential") != new {
        looks += 1;
        assert!(looks < LOOKS_MAX, "the new key never came into use");
        tokio::time::sleep(LOOK).await;
    }
    let receipts = running.await.unwrap();
    // Each was served by the node that they came to first, at the first try.
    assert!(receipts.iter().all(|receipt| receipt.node == receipt.person % 2), "somebody had to come again");
    let old = receipts.iter().filter(|receipt| signed_with(&receipt.body) != new).count();
    assert!(old > 0, "nobody signed before");
    // The last of the list signs under the new key, with a session of the new one; everybody's receipt stays as it was.
    nothing_is_lost(&folder, load.client(1), &load.memory(&receipts)).await;
    let people = folder.people();
    let last = load.client(0).session(people.last().unwrap()).await.unwrap();
    assert_eq!(signed_with(&load.client(0).sign(&last).await.unwrap().body), new);
}

#[tokio::test]
async fn a_credential_of_a_compromised_key_is_valid_only_where_the_records_hold_it() {
    let folder = Folder::new(60);
    let program = folder.start();
    let client = Client::new(&program.url()).await;
    let people = folder.people();
    let session = client.session(&people[0]).await.unwrap();
    let receipt = client.sign(&session).await.unwrap();
    let file = folder.data().join("receipt.json");
    std::fs::write(&file, &receipt.body).unwrap();
    let verify = || {
        let output = ikrar(&folder.data(), None, &["verify", "--json", file.to_str().unwrap()]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), said["verdict"].as_str().unwrap().to_owned(), said["claims"].is_null())
    };
    assert_eq!(verify(), (Some(0), "valid".into(), false));

    let old = signed_with(&receipt.body);
    keys(&folder.data(), None, &["compromised", &old]);
    assert_eq!(verify(), (Some(1), "unknown_issuer".into(), true));
    let mut looks = 0;
    while published(&client).await.contains(&old) {
        looks += 1;
        assert!(looks < LOOKS_MAX, "the node still publishes the key");
        tokio::time::sleep(LOOK).await;
    }
    let set = client.get("/.well-known/jwks.json").await.unwrap().json();
    assert_eq!(set["ikrar:compromised"][0]["kid"], json!(old));
    // Online it is genuine as the records hold it, and new ones come from another key.
    let credential = receipt.json()["credential"].as_str().unwrap().to_owned();
    let checked = client.check(BASE64URL_NOPAD.decode(credential.as_bytes()).unwrap()).await;
    assert_eq!((&checked["verdict"], &checked["revocation"]), (&json!("valid"), &json!("checked")), "{checked}");
    let next = client.sign(&client.session(&people[1]).await.unwrap()).await.unwrap();
    assert_eq!(next.status, 201);
    assert_ne!(signed_with(&next.body), old);
    assert_eq!(client.sign(&session).await.unwrap().body, receipt.body, "a receipt never changes");
    assert_eq!(folder.fsck().0, Some(0));
}

#[tokio::test]
async fn each_change_of_a_key_is_a_line_of_the_installation_s_trail() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(ikrar(&data, None, &["account", "list"]).status.success());
    let before = used(&keys(&data, None, &["list"]), "credential");
    // It takes the place of the one that somebody else may have, which ends at a time that is named.
    let since = "2024-02-01T02:00:00.000Z";
    let after = keys(&data, None, &["compromised", &before, "--since", since]);
    let ended = after.iter().find(|key| key["kid"] == json!(before)).unwrap();
    assert_eq!((&ended["status"], &ended["ended_at"]), (&json!("compromised"), &json!(since)));
    let successor = used(&after, "credential");
    let rotated = keys(&data, None, &["rotate", "--role", "session"]);
    let rotated = rotated.iter().find(|key| key["status"] == "published" && key["role"] == "session").unwrap();
    let rotated = rotated["kid"].as_str().unwrap().to_owned();
    keys(&data, None, &["retire", &rotated]);
    // What is refused leaves no line.
    for refused in [
        &["keys", "retire", &successor][..],
        &["keys", "compromised", &before],
        &["keys", "compromised", &successor, "--since", "2999-01-01T00:00:00Z"],
        &["keys", "retire", "another"],
    ] {
        assert_eq!(ikrar(&data, None, refused).status.code(), Some(1), "{refused:?}");
    }

    let store = ikrar::store::sqlite::Sqlite::open(&data.join("ikrar.sqlite")).await.unwrap();
    let trail = store.audit_page(None, None, 100).await.unwrap();
    let of = |purpose: &str, key: &String| (purpose.to_owned(), key.clone());
    let ((purpose, key), (other, second)) = (of("credential", &before), of("session", &rotated));
    let newest_first = [
        AuditEvent::KeyRetired { purpose: other.clone(), key: second.clone() },
        AuditEvent::KeyRotated { purpose: other, key: second },
        AuditEvent::KeyCompromised { purpose, key, since: since.into(), successor: Some(successor) },
    ];
    let told: Vec<_> = trail.iter().map(|entry| entry.event.clone()).collect();
    assert_eq!(told, newest_first);
    assert!(trail.iter().all(|entry| entry.actor == ACTOR_COMMAND_LINE));
    store.close().await;
    assert!(ikrar(&data, None, &["fsck"]).status.success());
}

#[test]
fn a_rotation_that_is_killed_leaves_the_old_keyring_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(ikrar(&data, None, &["account", "list"]).status.success());
    let mut known = keys(&data, None, &["list"]).len();
    for turn in 0..16 {
        let mut command = Command::new(PROGRAM);
        command.args(["keys", "rotate", "--role", "credential", "--data"]).arg(&data);
        let mut process = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(40 * turn));
        let _ = process.kill();
        process.wait().unwrap();
        let now = keys(&data, None, &["list"]).len();
        assert!(now == known || now == known + 1, "{known} keys became {now}");
        known = now;
    }
    let refused = ikrar(&data, None, &["keys", "retire", &used(&keys(&data, None, &["list"]), "credential")]);
    assert_eq!(refused.status.code(), Some(1), "the key in use can't be retired");
}

/// The data folder of a new installation.
fn installed(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    assert!(ikrar(&data, None, &["account", "list"]).status.success());
    data
}

/// The trail of the installation without what says who entered, oldest first.
async fn trail(data: &Path) -> Vec<(&'static str, String)> {
    let store = ikrar::store::sqlite::Sqlite::open(&data.join("ikrar.sqlite")).await.unwrap();
    let lines = store.audit_page(None, None, 100).await.unwrap();
    store.close().await;
    let told = lines.into_iter().rev().filter_map(|line| match line.event {
        AuditEvent::KeyRotated { key, .. } => Some(("rotated", key)),
        AuditEvent::KeyExported { key, .. } => Some(("exported", key)),
        AuditEvent::KeyForgotten { key, .. } => Some(("forgotten", key)),
        _ => None,
    });
    told.collect()
}

#[tokio::test]
async fn an_authority_s_key_is_moved_elsewhere_and_seals_are_made_with_it_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (installed(folder.path()), folder.path().join("otoritas.pem"));
    let path = file.to_str().unwrap();
    let none = ikrar(&data, None, &["keys", "export-authority", "--out", path]);
    assert!(!none.status.success() && !file.exists(), "there is no authority yet");
    let first = used(&keys(&data, None, &["rotate", "--role", "seal"]), "seal");
    let moved = keys(&data, None, &["export-authority", "--out", path, "--remove"]);
    let authority = used(&moved, "authority");
    assert_eq!(used(&moved, "seal"), first, "the seal stays in use");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("-----BEGIN PRIVATE KEY-----"));

    let rotate = |more: &[&str]| ikrar(&data, None, &[&["keys", "rotate", "--role", "seal"][..], more].concat());
    let refused = rotate(&[]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--authority-key FILE.pem"), "it says what to do");
    let other = folder.path().join("lain.pem");
    let foreign = make_authority("lain.example", 0, [1; 16]).unwrap();
    std::fs::write(&other, private_key_pem(&foreign.pkcs8).unwrap().as_bytes()).unwrap();
    assert!(!rotate(&["--authority-key", other.to_str().unwrap()]).status.success(), "another authority's key");
    let again =
        ikrar(&data, None, &["keys", "export-authority", "--out", folder.path().join("dua.pem").to_str().unwrap()]);
    assert!(!again.status.success(), "it isn't here any more");
    let second = used(&keys(&data, None, &["rotate", "--role", "seal", "--authority-key", path]), "seal");
    assert_ne!(first, second);
    let expected = [("rotated", &first), ("exported", &authority), ("forgotten", &authority), ("rotated", &second)];
    assert_eq!(trail(&data).await, expected.map(|(what, key)| (what, key.clone())));
    assert!(ikrar(&data, None, &["fsck"]).status.success());
}

#[tokio::test]
async fn an_export_that_can_t_be_written_takes_nothing_out() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (installed(folder.path()), folder.path().join("ada.pem"));
    keys(&data, None, &["rotate", "--role", "seal"]);
    std::fs::write(&file, "penting").unwrap();
    for out in [&file, &folder.path().join("tidak/ada.pem")] {
        let refused = ikrar(&data, None, &["keys", "export-authority", "--remove", "--out", out.to_str().unwrap()]);
        assert!(!refused.status.success());
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "penting", "no file is overwritten");
    keys(&data, None, &["rotate", "--role", "seal"]);
}

#[tokio::test]
async fn a_key_of_the_organizer_s_own_authority_seals_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = installed(folder.path());
    let now_ms = SystemClock.now_ms();
    let authority = make_authority("kantor.example", now_ms, [1; 16]).unwrap();
    let seal = make_seal(&authority.pkcs8, "kantor.example", now_ms, [2; 16]).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = write("kunci.pem", &private_key_pem(&seal.pkcs8).unwrap());
    let chain = write("rantai.pem", &format!("{}{}", seal.certificate_pem, authority.certificate_pem));
    let wrong = write("salah.pem", &authority.certificate_pem);
    let import = |key: &str, chain: &str| ikrar(&data, None, &["keys", "import-seal", "--key", key, "--chain", chain]);
    for (key, chain) in [(&key, &wrong), (&chain, &chain), (&write("kosong.pem", ""), &chain)] {
        assert!(!import(key, chain).status.success());
    }
    let long = write("panjang.pem", &"x".repeat(40 * 1024));
    assert!(!import(&long, &chain).status.success());
    assert!(trail(&data).await.is_empty(), "what is refused leaves no line");
    let before = used(&keys(&data, None, &["rotate", "--role", "seal"]), "seal");
    let brought = used(&keys(&data, None, &["import-seal", "--key", &key, "--chain", &chain]), "seal");
    assert_ne!(before, brought);
    assert!(!import(&key, &chain).status.success(), "it is here already");
    // Everybody who checks finds it published, with its chain.
    let published: Value = serde_json::from_slice(&ikrar(&data, None, &["keys", "export-public"]).stdout).unwrap();
    let entry = published["keys"].as_array().unwrap().iter().find(|one| one["kid"] == json!(brought)).unwrap();
    assert_eq!(entry["x5c"].as_array().unwrap().len(), 2);
    assert!(ikrar(&data, None, &["fsck"]).status.success());
}

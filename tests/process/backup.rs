//! A backup that is taken under load is whole elsewhere, and one that is older than what was published is refused.

use crate::support::{Client, Folder, Memory, becomes_true, nothing_is_lost, output};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const PEOPLE: u32 = 6_000;
const SIGNERS_AT_ONCE: usize = 8;
/// A signer takes this breath, so that the roster outlasts the backup on a fast machine too.
const BREATH: Duration = Duration::from_millis(20);

fn ikrar(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikrar"));
    output(command.args(arguments).arg("--data").arg(data).env("LC_ALL", "C"))
}

fn said(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].concat().into_iter().map(char::from).collect()
}

/// Signs one person after the other until told to stop.
async fn sign_on(
    client: Client,
    people: Arc<Vec<(String, String)>>,
    next: Arc<AtomicUsize>,
    until: Arc<AtomicUsize>,
) -> Vec<(usize, Vec<u8>)> {
    let mut receipts = vec![];
    loop {
        let at = next.fetch_add(1, Ordering::SeqCst);
        if at >= people.len().min(until.load(Ordering::SeqCst)) {
            return receipts;
        }
        let answer = client.sign(&client.session(&people[at]).await.unwrap()).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.json());
        receipts.push((at, answer.body));
        tokio::time::sleep(BREATH).await;
    }
}

fn fsck(data: &Path) -> serde_json::Value {
    let looked = ikrar(data, &["fsck", "--json"]);
    assert_eq!(looked.status.code(), Some(0), "{}", said(&looked));
    serde_json::from_slice(&looked.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_whole_elsewhere_and_an_old_one_is_refused() {
    let folder = Folder::new(PEOPLE);
    let program = folder.start();
    let client = Client::new(&program.url()).await;
    let people = Arc::new(folder.people());
    let before = client.sign(&client.session(&people[0]).await.unwrap()).await.unwrap();
    let (next, until) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(usize::MAX)));
    let load: Vec<_> = (0..SIGNERS_AT_ONCE)
        .map(|_| tokio::spawn(sign_on(client.clone(), people.clone(), next.clone(), until.clone())))
        .collect();
    becomes_true("a hundred people signed", || next.load(Ordering::SeqCst) >= 100).await;

    let elsewhere = tempfile::tempdir().unwrap();
    let (file, restored) = (elsewhere.path().join("ikrar.age"), elsewhere.path().join("data"));
    let keys = tempfile::tempdir().unwrap();
    let passphrase = keys.path().join("passphrase");
    std::fs::write(&passphrase, "padi menguning di sawah\n").unwrap();
    let with = ["--backup-passphrase-file".to_owned(), passphrase.to_str().unwrap().to_owned()];
    let began_at = next.load(Ordering::SeqCst) - SIGNERS_AT_ONCE;
    let data = folder.data();
    let path = file.to_str().unwrap().to_owned();
    let [option, named] = with.clone();
    let backup = move || ikrar(&data, &["backup", &path, &option, &named]);
    let backup = tokio::task::spawn_blocking(backup).await.unwrap();
    assert_eq!(backup.status.code(), Some(0), "{}", said(&backup));
    assert!(said(&backup).contains("dienkripsi dengan kata sandi"), "it isn't said how it opens: {}", said(&backup));
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1, "something was left beside the backup");
    until.store(next.load(Ordering::SeqCst) + 50, Ordering::SeqCst);
    let mut memory = Memory { receipts: [(0, before.body.clone())].into(), ..Memory::default() };
    for signer in load {
        memory.receipts.extend(signer.await.unwrap());
    }
    let signed = u64::try_from(until.load(Ordering::SeqCst)).unwrap();
    assert_eq!(client.count_of_at_least(signed).await, signed);

    // All who had an answer before the backup began are in it, and everything fits together.
    let [option, named] = [with[0].as_str(), with[1].as_str()];
    let done = ikrar(&restored, &["restore", file.to_str().unwrap(), option, named]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let looked = fsck(&restored);
    let pledges = looked["campaigns"][0]["pledges"].as_u64().unwrap();
    assert!((u64::try_from(began_at).unwrap()..signed).contains(&pledges), "{began_at} {looked} {signed}");
    let again = ikrar(&restored, &["restore", file.to_str().unwrap(), option, named]);
    assert_eq!(again.status.code(), Some(1), "over a folder in use");

    nothing_is_lost(&folder, &client, &memory).await;
    program.kill();
    assert!(fsck(&folder.data())["campaigns"][0]["pledges"].as_u64().unwrap() >= signed);

    // The mark that survived knows of more than the backup holds.
    let old = elsewhere.path().join("old");
    let mark = folder.data().join("high-water.json");
    let done = ikrar(&old, &["restore", file.to_str().unwrap(), "--mark", mark.to_str().unwrap(), option, named]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    // As an installation and not as a demo.
    std::fs::remove_file(old.join("demo.json")).unwrap();
    let refused = ikrar(&old, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("the database is an old copy"), "{}", said(&refused));
    assert_eq!(ikrar(&old, &["fsck"]).status.code(), Some(1));
}

#[test]
fn what_can_t_be_looked_at_isn_t_called_sound() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(ikrar(&folder.path().join("none"), &["fsck"]).status.code(), Some(2));
    assert!(!folder.path().join("none").exists());
    let backup = ikrar(&folder.path().join("none"), &["backup", folder.path().join("b.zip").to_str().unwrap()]);
    assert_eq!(backup.status.code(), Some(1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

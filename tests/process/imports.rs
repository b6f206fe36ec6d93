//! An import that is killed changes all that it was to change, or nothing.

use crate::support::{Folder, PROGRAM};
use ikrar::store::campaigns::CampaignStore;
use ikrar::store::rosters::{ListedPerson, PeopleFilter, RosterStore};
use ikrar::store::sqlite::Sqlite;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tokio::time::Instant;

const PEOPLE: u32 = 2_000;
/// Few enough to be written in place, in one commit.
const CHANGED: u32 = 1_500;
const KILLS: u32 = 8;

/// A file in which the first have this position.
fn write_file(path: &Path, position: &str) {
    let mut text = String::from("NIP;NAMA;JABATAN;KODE INSTANSI;INSTANSI\n");
    for number in 0..PEOPLE {
        let position = if number < CHANGED { position } else { "Analis" };
        let (sex, serial, month) = (number % 2 + 1, number % 900 + 1, number / 900 + 1);
        let nip = format!("198001012005{month:02}{sex}{serial:03}");
        writeln!(text, "{nip};Orang {};{position};16;Provinsi Contoh", letters(number)).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

fn letters(number: u32) -> String {
    format!("{number:04}").bytes().map(|digit| char::from(b'a' + digit - b'0')).collect()
}

fn import(folder: &Folder, file: &Path) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(["import", "--campaign", "konsep"]).arg(file).arg("--data").arg(folder.data());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How many have each position.
async fn positions(folder: &Folder) -> BTreeMap<String, u32> {
    let store = Sqlite::open(&folder.data().join("ikrar.sqlite")).await.unwrap();
    let draft = store.campaign_by_slug("konsep").await.unwrap().unwrap().id;
    let mut found = BTreeMap::new();
    let mut visit = |person: &ListedPerson| {
        *found.entry(person.participant.position.clone()).or_default() += 1;
    };
    store.visit_people(draft, &PeopleFilter::default(), &mut visit).await.unwrap();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_changes_all_or_nothing() {
    let folder = Folder::new(60);
    folder.start().kill();
    folder.done(&["campaign", "create", "konsep", "--title", "Konsep"]);
    let file = folder.data().join("daftar.csv");
    let expected =
        |position: &str| BTreeMap::from([("Analis".to_string(), PEOPLE - CHANGED), (position.to_string(), CHANGED)]);
    let mut before = "Kepala".to_string();
    write_file(&file, &before);
    assert!(import(&folder, &file).wait().unwrap().success());
    assert_eq!(positions(&folder).await, expected(&before));

    // How long one takes that isn't killed.
    before = "Sekretaris".to_string();
    write_file(&file, &before);
    let started = Instant::now();
    assert!(import(&folder, &file).wait().unwrap().success());
    let whole = started.elapsed();
    assert_eq!(positions(&folder).await, expected(&before));

    let mut killed = 0;
    for kill in 0..KILLS {
        let after = format!("Kepala {}", letters(kill));
        write_file(&file, &after);
        let mut running = import(&folder, &file);
        std::thread::sleep(whole * (KILLS + kill) / (2 * KILLS));
        running.kill().unwrap();
        killed += u32::from(!running.wait().unwrap().success());
        let found = positions(&folder).await;
        if found == expected(&after) {
            before = after;
        } else {
            assert_eq!(found, expected(&before), "kill {kill}");
        }
    }
    assert!(killed > 0, "none of them was running any more");
    write_file(&file, "Terakhir");
    assert!(import(&folder, &file).wait().unwrap().success());
    assert_eq!(positions(&folder).await, expected("Terakhir"));
    let (code, said) = folder.fsck();
    assert_eq!(code, Some(0), "{said}");
}

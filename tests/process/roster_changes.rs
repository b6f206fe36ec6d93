//! Changes of a locked roster survive a kill: what was answered is there, nothing is there by half, and a proposal is
//! carried out to its end, each of its people once.

use crate::support::{Client, Folder, Program, becomes_true, http_builder};
use ikrar::domain::ids::CampaignId;
use ikrar::domain::proposal::ProposalState;
use ikrar::store::campaigns::CampaignStore;
use ikrar::store::notices::NoticeStore;
use ikrar::store::proposals::ProposalStore;
use ikrar::store::sqlite::Sqlite;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const KILLS: usize = 5;
const PEOPLE: u32 = 600;
/// People of the file: nine commits.
const FILE_PEOPLE: u32 = 430;
const PEOPLE_PATH: &str = "/console/k/sumsel/people";
const PASSWORD: &str = "kuda laut di muara 2027";

/// An organizer's browser.
#[derive(Clone)]
struct Organizer {
    http: reqwest::Client,
    url: String,
}

impl Organizer {
    async fn enter(folder: &Folder, program: &Program) -> Self {
        let http = http_builder().cookie_store(true).build().unwrap();
        let organizer = Self { http, url: program.url() };
        let told = std::fs::read_to_string(folder.data().join("console-password.txt")).unwrap();
        let given = told.split_whitespace().find(|word| word.matches('-').count() == 3).unwrap();
        organizer.post("/console/login", &[("login", "admin"), ("password", given)]).await.unwrap();
        organizer.post("/console/password", &[("old", given), ("new", PASSWORD), ("again", PASSWORD)]).await.unwrap();
        organizer.post("/console/login", &[("login", "admin"), ("password", PASSWORD)]).await.unwrap();
        organizer
    }

    /// The status and the page; `None` when there is no answer.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Option<(u16, String)> {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.http.post(format!("{}{path}", self.url)).body(body.join("&"));
        self.read(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    async fn add(&self, name: &str) -> Option<(u16, String)> {
        let fields = [("institution", "16"), ("identifier", ""), ("name", name), ("reason", "terlewat")];
        self.post(&format!("{PEOPLE_PATH}/add"), &fields).await
    }

    /// Proposes that these people are added.
    async fn propose(&self, file: &str) -> Option<(u16, String)> {
        let mut body = String::new();
        for (name, value) in [("purpose", "add-people"), ("reason", "terlewat"), ("institution", "16")] {
            write!(body, "--batas\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").unwrap();
        }
        body.push_str("--batas\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n");
        write!(body, "{file}\r\n--batas--\r\n").unwrap();
        let request = self.http.post(format!("{}{PEOPLE_PATH}/file", self.url)).body(body);
        self.read(request.header("content-type", "multipart/form-data; boundary=batas")).await
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> Option<(u16, String)> {
        let answer = request.header("sec-fetch-site", "same-origin").send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }
}

/// Percent-encoding for a form's value.
fn encoded(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The words of a number, since names hold no digits.
fn named(number: usize) -> String {
    let letters: String = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
    format!("Susulan {letters}")
}

async fn store(folder: &Folder) -> (Sqlite, CampaignId) {
    let store = Sqlite::open(&folder.data().join("ikrar.sqlite")).await.unwrap();
    let campaign = store.campaign_by_slug("sumsel").await.unwrap().unwrap().id;
    (store, campaign)
}

/// `[added, notices]` as the database has them, after `ikrar fsck` found everything sound.
async fn sound(folder: &Folder) -> [u64; 2] {
    let (code, said) = folder.fsck();
    assert_eq!((code, said["sound"].as_bool()), (Some(0), Some(true)), "{said}");
    let (store, campaign) = store(folder).await;
    let added = store.group_counts(campaign).await.unwrap().iter().map(|group| group.added).sum();
    [added, store.roster_notices(campaign, 0, u32::MAX).await.unwrap().len() as u64]
}

/// Signs one person after the other until it is told to stop or the server is gone.
async fn sign_on(client: Client, people: Arc<Vec<(String, String)>>, next: Arc<AtomicUsize>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        let Some(person) = people.get(next.fetch_add(1, Ordering::SeqCst)) else { return };
        let Some(token) = client.session(person).await else { return };
        let Some(signed) = client.sign(&token).await else { return };
        assert!(matches!(signed.status, 200 | 201), "{}", signed.json());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_addition_survives_kills_while_people_sign() {
    let folder = Folder::new(PEOPLE);
    let mut program = folder.start();
    let organizer = Organizer::enter(&folder, &program).await;
    let (people, next) = (Arc::new(folder.people()), Arc::new(AtomicUsize::new(0)));
    let tried = Arc::new(AtomicUsize::new(0));
    let mut answered = BTreeSet::new();
    for kill in 1..=KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let client = Client::new(&program.url()).await;
        let signing = tokio::spawn(sign_on(client, people.clone(), next.clone(), stop.clone()));
        let (desk, count) = (organizer.clone(), tried.clone());
        let adding = tokio::spawn(async move {
            let mut added = vec![];
            loop {
                let name = named(count.fetch_add(1, Ordering::SeqCst));
                let Some((status, page)) = desk.add(&name).await else { return added };
                assert_eq!(status, 200, "{page}");
                added.push(name);
            }
        });
        let enough = tried.load(Ordering::SeqCst) + 6 + kill % 3;
        becomes_true("enough were added", || tried.load(Ordering::SeqCst) >= enough).await;
        program.kill();
        answered.extend(adding.await.unwrap());
        stop.store(true, Ordering::SeqCst);
        signing.await.unwrap();
        program = folder.start();
    }
    let [added, notices] = sound(&folder).await;
    assert_eq!(added, notices, "an addition without its notice, or a notice alone");
    let answers = answered.len() as u64;
    assert!(answers >= 25 && added >= answers && added <= answers + KILLS as u64, "{answers} answers, {added} added");
    for name in &answered {
        let (status, found) = organizer.post(PEOPLE_PATH, &[("q", name)]).await.unwrap();
        assert_eq!(status, 200);
        assert!(found.contains(name.as_str()), "{name} was answered and is gone");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposal_whose_server_is_killed_is_carried_out_to_its_end_and_once() {
    let folder = Folder::new(60);
    let arguments = ["--two-accounts-above", "5000"];
    let mut program = folder.start_with_arguments(&arguments);
    let organizer = Organizer::enter(&folder, &program).await;
    let mut file = String::from("Nama,Jabatan\n");
    for number in 0..FILE_PEOPLE {
        writeln!(file, "{},Pramubakti", named(number as usize)).unwrap();
    }
    let (status, page) = organizer.propose(&file).await.unwrap();
    assert_eq!(status, 200, "{page}");
    let (database, campaign) = store(&folder).await;
    let proposal = database.proposals(campaign).await.unwrap().remove(0);
    let (path, hash) =
        (format!("{PEOPLE_PATH}/proposals/{}", proposal.id), data_encoding::HEXLOWER.encode(&proposal.hash));
    let processed = || async { database.proposal(campaign, proposal.id).await.unwrap().unwrap().0.processed };
    let (mut act, mut kills) = ("approve", 0);
    loop {
        let before = processed().await;
        let (desk, address, hash) = (organizer.clone(), format!("{path}/{act}"), hash.clone());
        let acting = tokio::spawn(async move { desk.post(&address, &[("hash", &hash)]).await });
        while processed().await == before && !acting.is_finished() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        if kills < 3 && processed().await < FILE_PEOPLE {
            program.kill();
            kills += 1;
            act = "continue";
            let _unanswered = acting.await.unwrap();
            program = folder.start_with_arguments(&arguments);
            continue;
        }
        let (status, page) = acting.await.unwrap().unwrap();
        assert_eq!(status, 200, "{page}");
        break;
    }
    assert!(kills > 0, "it was over before anything was killed, which says nothing");
    let (done, _) = database.proposal(campaign, proposal.id).await.unwrap().unwrap();
    assert_eq!((done.state, done.processed, done.late()), (ProposalState::Done, FILE_PEOPLE, 0));
    let all = u64::from(FILE_PEOPLE);
    assert_eq!(sound(&folder).await, [all, all]);
    drop(program);
}

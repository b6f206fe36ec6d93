//! Changes of a locked roster by file: proposed, approved by a second account where they are many, and carried out.

use crate::support::{Answer, PASSWORD, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::ids::ProposalId;
use ikrar::domain::notice::RosterStanding;
use ikrar::domain::proposal::{PROPOSAL_LIFE_MS, Proposal, ProposalState, ProposedChanges, proposal_hash};
use ikrar::service::help_desk::ProposalRefusal;
use ikrar::service::recount::{Recount, Recounted};
use ikrar::service::roster_file::PEOPLE_FILE_BYTES_MAX;
use std::fmt::Write as _;

const FILE: &str = "/console/k/uji/people/file";
const PROPOSALS: &str = "/console/k/uji/people/proposals";

/// Posts a file as a browser does.
pub async fn send(platform: &TestPlatform, cookie: &str, fields: &[(&str, &str)], file: &str) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        write!(body, "--batas\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").unwrap();
    }
    body.push_str("--batas\r\nContent-Disposition: form-data; name=\"file\"; filename=\"susulan.csv\"\r\n");
    write!(body, "Content-Type: text/csv\r\n\r\n{file}\r\n--batas--\r\n").unwrap();
    let request = Request::post(FILE)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=batas")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie);
    platform.send(request.body(Body::from(body)).unwrap()).await
}

/// A name without digits, which a roster file can't have.
fn newcomer(number: u32) -> String {
    let letters = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect::<String>();
    format!("Susulan {letters}")
}

/// A file of people who aren't on the roster.
pub fn newcomers(count: u32) -> String {
    let mut file = String::from("NIP,Nama,Kode Instansi\n");
    for number in 1..=count {
        writeln!(file, "198501012010011{number:03},{},16", newcomer(number)).unwrap();
    }
    file
}

/// A file of people who are on the roster.
pub fn listed(platform: &TestPlatform, which: std::ops::Range<usize>) -> String {
    let mut file = String::from("NIP,Nama,Kode Instansi\n");
    for person in &platform.people[which] {
        let of = &person.participant;
        writeln!(file, "{},Peserta,{}", of.identifier.shown(), of.institution).unwrap();
    }
    file
}

pub const ADD: [(&str, &str); 2] = [("purpose", "add-people"), ("reason", "mutasi masuk")];
pub const EXCUSE: [(&str, &str); 2] = [("purpose", "excuse-people"), ("excuse", "retired")];

/// The address of the proposal that a file became.
pub fn proposed(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location").split('?').next().unwrap().to_owned()
}

pub async fn stored(platform: &TestPlatform, path: &str) -> Proposal {
    let id = ProposalId::parse(path.rsplit('/').next().unwrap()).unwrap();
    platform.store.proposal(platform.campaign, id).await.unwrap().unwrap().0
}

/// Approves what is stored.
async fn approve(platform: &TestPlatform, cookie: &str, path: &str) -> Answer {
    let hash = data_encoding::HEXLOWER.encode(&stored(platform, path).await.hash);
    platform.post_form(&format!("{path}/approve"), cookie, &[("hash", &hash)]).await
}

/// Approves what is stored, as if the server had ended right after it.
pub async fn approve_only(platform: &TestPlatform, path: &str) {
    let proposal = stored(platform, path).await;
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let account = platform.state.accounts.list().await.unwrap().into_iter().find(|one| one.login == "bkd").unwrap();
    platform.state.help_desk.approve(&account, &campaign, proposal.id, proposal.hash).await.unwrap();
}

/// `[added, excused, target]` as everybody sees them.
pub async fn numbers(platform: &TestPlatform) -> [u64; 3] {
    platform.state.live.reread().await.unwrap();
    let count = platform.get("/api/v1/campaigns/uji/count").await.json();
    ["added", "excused", "target"].map(|name| count[name].as_u64().unwrap())
}

async fn fsck(platform: &TestPlatform) -> Recounted {
    let host = platform.state.config.host().to_owned();
    let recount = Recount { store: platform.store.clone(), keyring: platform.keyring.clone(), host };
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    recount.campaign(&campaign, &|_| {}).await.unwrap()
}

/// Accounts that were there before what comes next.
pub async fn two_organizers(platform: &TestPlatform) -> (String, String) {
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let inspektorat = platform.account("inspektorat", Role::Organizer, &[]).await;
    platform.clock.advance_ms(60_000);
    (bkd, inspektorat)
}

#[tokio::test]
async fn a_file_of_many_takes_a_second_account_and_happens_once() {
    let platform = TestPlatform::open(6).await;
    let (bkd, inspektorat) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &ADD, &newcomers(120)).await);
    assert_eq!(numbers(&platform).await, [0, 0, 6], "nothing happens before it is approved");
    let shown = platform.page(&path, &bkd).await;
    assert!(shown.text().contains(&newcomer(1)) && shown.text().contains("harus disetujui akun lain"));
    assert!(!shown.text().contains(&format!("{path}/approve")), "who proposed gets no button");
    let own = approve(&platform, &bkd, &path).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = platform.post_form(&format!("{path}/approve"), &inspektorat, &[("hash", &"00".repeat(32))]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "another hash than what is to happen");
    assert_eq!(numbers(&platform).await, [0, 0, 6]);

    assert_eq!(approve(&platform, &inspektorat, &path).await.status, StatusCode::SEE_OTHER);
    assert_eq!(numbers(&platform).await, [120, 0, 126]);
    assert_eq!(stored(&platform, &path).await.state, ProposalState::Done);
    assert_eq!(approve(&platform, &inspektorat, &path).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(numbers(&platform).await, [120, 0, 126]);
    let sound = fsck(&platform).await;
    assert_eq!((sound.people, sound.notices), (126, 120));
    let lines = platform.store.audit_page(Some(platform.campaign), None, 10).await.unwrap();
    let of = |wanted: fn(&AuditEvent) -> bool| lines.iter().find(|line| wanted(&line.event)).unwrap().actor.clone();
    assert_eq!(of(|event| matches!(event, AuditEvent::ChangesProposed { people: 120, .. })), "bkd");
    assert_eq!(of(|event| matches!(event, AuditEvent::ChangesApproved { people: 120, .. })), "inspektorat");
    let carried_out =
        |event: &AuditEvent| matches!(event, AuditEvent::ChangesCarriedOut { people: 120, left_out: 0, .. });
    assert_eq!(of(carried_out), "inspektorat");
    // The same file again concerns nobody, and says so.
    let again = send(&platform, &bkd, &ADD, &newcomers(120)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("Sudah terdaftar") && again.text().contains(&newcomer(120)));
}

#[tokio::test]
async fn a_few_are_approved_by_the_account_that_proposed_and_who_changed_meanwhile_is_left_out() {
    let platform = TestPlatform::open(12).await;
    let (bkd, _) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &EXCUSE, &listed(&platform, 0..5)).await);
    platform.sign(&platform.people[0]).await;
    let by_hand = [("id", &*platform.people[1].participant.id.to_string()), ("reason", "moved")];
    assert_eq!(platform.post_form("/console/k/uji/people/excuse", &bkd, &by_hand).await.status, StatusCode::OK);
    assert_eq!(approve(&platform, &bkd, &path).await.status, StatusCode::SEE_OTHER);
    assert_eq!(numbers(&platform).await, [0, 4, 8], "one by hand, three of the file");
    let shown = platform.page(&path, &bkd).await;
    for (person, why) in [(0, "Sudah berikrar"), (1, "Sudah dikecualikan")] {
        let name = &platform.people[person].participant.shown_name;
        let line = format!("<tr><td>{name}</td><td>{why}");
        assert!(shown.text().contains(&line), "{line}");
    }
    let standing = platform.store.signer(platform.campaign, platform.people[0].participant.id).await.unwrap().unwrap();
    assert_eq!(standing.standing, RosterStanding::Listed);
    assert_eq!(fsck(&platform).await.notices, 4);
}

#[tokio::test]
async fn an_account_sees_and_proposes_only_what_is_its_own() {
    let platform = TestPlatform::open(12).await;
    let (bkd, _) = two_organizers(&platform).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    platform.clock.advance_ms(60_000);
    let foreign = send(&platform, &kota, &ADD, &newcomers(2)).await;
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(foreign.text().contains("tidak Anda kelola"));
    let asked = send(&platform, &kota, &[&ADD[..], &[("institution", "16")]].concat(), &newcomers(2)).await;
    assert_eq!(asked.status, StatusCode::NOT_FOUND);
    // Somebody of another institution doesn't exist, also under the own institution's code.
    let stolen = listed(&platform, 0..12).replace(",16\n", ",16.71\n");
    let own = platform.people.iter().filter(|person| person.participant.institution == "16.71").count();
    let path = proposed(&send(&platform, &kota, &EXCUSE, &stolen).await);
    let proposal = stored(&platform, &path).await;
    assert_eq!((proposal.people as usize, proposal.institutions), (own, vec!["16.71".to_string()]));
    assert_eq!(proposal.left_out.len(), 12 - own);

    let others = proposed(&send(&platform, &bkd, &ADD, &newcomers(2)).await);
    assert_eq!(platform.page(&others, &kota).await.status, StatusCode::NOT_FOUND);
    for act in ["reject", "continue"] {
        let tried = platform.post_form(&format!("{others}/{act}"), &kota, &[]).await;
        assert_eq!(tried.status, StatusCode::NOT_FOUND, "{act}");
    }
    assert_eq!(approve(&platform, &kota, &others).await.status, StatusCode::NOT_FOUND);
    assert!(!platform.page("/console/k/uji/people/changes", &kota).await.text().contains(&others));
    assert_eq!(numbers(&platform).await, [0, 0, 12]);
    let nonsense = platform.page(&format!("{PROPOSALS}/x"), &bkd).await;
    assert_eq!(nonsense.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_account_that_is_newer_than_a_proposal_approves_nothing_and_an_old_proposal_is_void() {
    let platform = TestPlatform::open(6).await;
    let (bkd, inspektorat) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &ADD, &newcomers(21)).await);
    let straw = platform.account("boneka", Role::Organizer, &[]).await;
    let refused = approve(&platform, &straw, &path).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("diatur ulang, atau diubah setelah usulan"));
    platform.clock.advance_ms(PROPOSAL_LIFE_MS);
    let inspektorat = match platform.page(&path, &inspektorat).await.status {
        StatusCode::OK => inspektorat,
        _ => platform.enter_console("inspektorat", PASSWORD).await.cookie(),
    };
    assert!(platform.page(&path, &inspektorat).await.text().contains("kedaluwarsa"));
    assert_eq!(approve(&platform, &inspektorat, &path).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(numbers(&platform).await, [0, 0, 6]);
}

#[tokio::test]
async fn a_file_with_a_fault_changes_nothing_and_says_where() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let file = newcomers(3).replace("198501012010011002", "198513012010011002");
    let refused = send(&platform, &bkd, &ADD, &file).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("198513012010011002") && refused.text().contains(">3<"), "the row is named");
    let short = send(&platform, &bkd, &[("purpose", "add-people"), ("reason", "")], &newcomers(3)).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let table = send(&platform, &bkd, &ADD, "bukan tabel").await;
    assert_eq!(table.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(platform.store.proposals(platform.campaign).await.unwrap().is_empty());
    platform.change(CampaignState::Open, CampaignState::Closed).await;
    assert_eq!(send(&platform, &bkd, &ADD, &newcomers(3)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(platform.store.proposals(platform.campaign).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_larger_file_or_one_of_too_many_people_becomes_no_proposal() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let refused = send(&platform, &bkd, &ADD, &many(5_001)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("lebih dari 5.000 orang"), "{}", refused.text());
    let large = send(&platform, &bkd, &ADD, &"x".repeat(PEOPLE_FILE_BYTES_MAX + 1)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(platform.store.proposals(platform.campaign).await.unwrap().is_empty());
}

pub fn many(count: u32) -> String {
    let mut file = String::from("NIP,Nama,Kode Instansi\n");
    for number in 0..count {
        let (month, serial) = (1 + number / 900, 1 + number % 900);
        writeln!(file, "1985{month:02}012010011{serial:03},{},16", newcomer(number)).unwrap();
    }
    file
}

#[tokio::test]
async fn an_approved_proposal_is_continued_where_its_server_ended() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &ADD, &newcomers(7)).await);
    approve_only(&platform, &path).await;
    assert_eq!(numbers(&platform).await, [0, 0, 6]);
    let shown = platform.page(&path, &bkd).await;
    assert!(shown.text().contains("sedang dilaksanakan") && shown.text().contains("Lanjutkan pelaksanaan"));
    let address = format!("{path}/continue");
    let go_on = || platform.post_form(&address, &bkd, &[]);
    let (one, other) = futures_util::future::join(go_on(), go_on()).await;
    assert!([one.status, other.status].contains(&StatusCode::SEE_OTHER));
    assert_eq!(numbers(&platform).await, [7, 0, 13]);
    assert_eq!(go_on().await.status, StatusCode::SEE_OTHER, "there is nothing left to do");
    assert_eq!(numbers(&platform).await, [7, 0, 13]);
    assert_eq!(fsck(&platform).await.notices, 7);
}

/// A file of people without a number.
fn without_numbers(names: &[&str]) -> String {
    let rows = names.iter().map(|name| format!("{name},Pramubakti,16\n"));
    std::iter::once("Nama,Jabatan,Kode Instansi\n".to_string()).chain(rows).collect()
}

#[tokio::test]
async fn people_without_a_number_are_added_once_and_their_numbers_are_nobody_else_s() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let first = proposed(&send(&platform, &bkd, &ADD, &without_numbers(&["Budi Satu", "Budi Dua"])).await);
    // Another proposal and a person who is added by hand get other numbers, also before the first is approved.
    let second = proposed(&send(&platform, &bkd, &ADD, &without_numbers(&["Budi Tiga"])).await);
    let by_hand = [("institution", "16"), ("name", "Budi Empat"), ("reason", "terlewat")];
    let added = platform.post_form("/console/k/uji/people/add", &bkd, &by_hand).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text());
    for path in [&first, &second] {
        assert_eq!(approve(&platform, &bkd, path).await.status, StatusCode::SEE_OTHER);
        assert!(stored(&platform, path).await.left_out.is_empty());
    }
    assert_eq!(numbers(&platform).await, [4, 0, 10]);
    // The list with one more: who is there already is recognised without a number.
    let longer = without_numbers(&["Budi Satu", "Budi Dua", "Budi Lima"]);
    let third = stored(&platform, &proposed(&send(&platform, &bkd, &ADD, &longer).await)).await;
    assert_eq!((third.people, third.left_out.len()), (1, 2));
    assert_eq!(fsck(&platform).await.notices, 4);
}

#[tokio::test]
async fn a_number_under_another_name_excuses_nobody() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let wrong = listed(&platform, 0..1).replace(",Peserta,", ",Siti Aminah,");
    let refused = send(&platform, &bkd, &EXCUSE, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("terdaftar atas nama lain"), "{}", refused.text());
    assert!(platform.store.proposals(platform.campaign).await.unwrap().is_empty());
    // That it was asked who is listed stands in the trail.
    let lines = platform.store.audit_page(Some(platform.campaign), None, 5).await.unwrap();
    assert!(lines.iter().any(|line| matches!(line.event, AuditEvent::ParticipantsSearched { found: 1, .. })));
}

#[tokio::test]
async fn many_small_files_of_one_account_and_a_reset_account_are_no_second_account() {
    let platform = TestPlatform::open(6).await;
    let (bkd, inspektorat) = two_organizers(&platform).await;
    let part = |from: u32| {
        let rows = newcomers(60);
        let rows: Vec<&str> = rows.lines().collect();
        [&rows[..1], &rows[from as usize..from as usize + 15]].concat().join("\n")
    };
    let first = proposed(&send(&platform, &bkd, &ADD, &part(1)).await);
    let second = proposed(&send(&platform, &bkd, &ADD, &part(16)).await);
    assert_eq!(approve(&platform, &bkd, &first).await.status, StatusCode::SEE_OTHER);
    assert_eq!(approve(&platform, &bkd, &second).await.status, StatusCode::UNPROCESSABLE_ENTITY, "thirty in a day");
    assert_eq!(approve(&platform, &inspektorat, &second).await.status, StatusCode::SEE_OTHER);
    assert_eq!(numbers(&platform).await, [30, 0, 36]);
    // Who proposes takes over a colleague's account.
    let large = proposed(&send(&platform, &bkd, &ADD, &newcomers(60)).await);
    platform.clock.advance_ms(60_000);
    platform.state.accounts.reset("bkd", "inspektorat").await.unwrap();
    let account = platform.state.accounts.list().await.unwrap();
    let account = account.into_iter().find(|one| one.login == "inspektorat").unwrap();
    let campaign = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
    let proposal = stored(&platform, &large).await;
    let approved = platform.state.help_desk.approve(&account, &campaign, proposal.id, proposal.hash).await;
    assert!(matches!(approved, Err(ProposalRefusal::NewAccount)), "{approved:?}");
    assert_eq!(stored(&platform, &large).await.state, ProposalState::Open);
}

#[tokio::test]
async fn who_can_t_be_added_holds_nobody_else_up() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &ADD, &newcomers(20)).await);
    // As if the roster had lost a unit meanwhile: the database refuses one of them each time.
    let id = ProposalId::parse(path.rsplit('/').next().unwrap()).unwrap();
    let (proposal, changes) = platform.store.proposal(platform.campaign, id).await.unwrap().unwrap();
    let ProposedChanges::AddPeople { mut people, reason } = serde_json::from_str(&changes).unwrap() else { panic!() };
    people[7].row.unit = Some(4_711);
    let text = ProposedChanges::AddPeople { people, reason }.canonical();
    let id = ProposalId([7; 16]);
    let hash = proposal_hash(platform.campaign, id, &text);
    let broken = Proposal { id, hash, ..proposal };
    assert!(platform.store.add_proposal(platform.campaign, &broken, &text, &[], &platform.line()).await.unwrap());
    let path = format!("{PROPOSALS}/{id}");
    assert_eq!(approve(&platform, &bkd, &path).await.status, StatusCode::SEE_OTHER);
    assert_eq!(numbers(&platform).await, [19, 0, 25]);
    let done = stored(&platform, &path).await;
    assert_eq!((done.state, done.processed, done.late()), (ProposalState::Done, 20, 1));
    assert_eq!(fsck(&platform).await.notices, 19);
}

#[tokio::test]
async fn a_proposal_that_the_closing_overtakes_is_stopped_and_the_trail_says_how_far_it_came() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &ADD, &newcomers(7)).await);
    approve_only(&platform, &path).await;
    platform.change(CampaignState::Open, CampaignState::Closed).await;
    let refused = platform.post_form(&format!("{path}/continue"), &bkd, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(platform.page(&path, &bkd).await.text().contains("berhenti: kegiatan ditutup"));
    let lines = platform.store.audit_page(Some(platform.campaign), None, 5).await.unwrap();
    let stopped = |event: &AuditEvent| matches!(event, AuditEvent::ChangesCarriedOut { people: 0, left_out: 0, .. });
    assert!(lines.iter().any(|line| stopped(&line.event)));
    let again = platform.post_form(&format!("{path}/continue"), &bkd, &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "nothing is carried out any more");
    assert_eq!(numbers(&platform).await, [0, 0, 6]);
}

#[tokio::test]
async fn everybody_of_a_proposal_can_be_seen_before_it_is_approved() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &ADD, &newcomers(230)).await);
    let mut seen = String::new();
    for page in 1..=3 {
        seen.push_str(platform.page(&format!("{path}?page={page}"), &bkd).await.text());
    }
    for number in 1..=230 {
        assert!(seen.contains(&format!("<td>{}</td>", newcomer(number))), "{number}");
    }
}

//! Uploads that are refused, given up or out of scope leave no file, and what an account may not send isn't taken.

use crate::support::{Answer, TestPlatform};
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use ikrar::domain::account::Role;
use ikrar::domain::audit::AuditEvent;
use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const ROSTER: &str = "/console/k/baru/roster";
/// Of the file, in one piece of the body.
const PIECE_BYTES: usize = 64 * 1024;
const PIECES: usize = 64;
/// What is read ahead before the first field is understood.
const AHEAD_PIECES_MAX: usize = 2;

/// A draft with two institutions, and an operator of the second.
async fn draft() -> (TestPlatform, String, String) {
    let platform = TestPlatform::locked(3).await;
    let admin = platform.account("bkd", Role::Organizer, &[]).await;
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    let fields = [("slug", "baru"), ("template", "ikrar-netralitas"), ("title", "Ikrar"), ("zone", "WIB")];
    platform.post_form("/console/new", &admin, &fields).await;
    for (code, name) in [("16", "Pemerintah Provinsi Contoh"), ("16.71", "Kota Contoh")] {
        let fields = [("act", "add"), ("code", code), ("name", name), ("help_contact", "")];
        platform.post_form("/console/k/baru/institutions", &admin, &fields).await;
    }
    (platform, admin, kota)
}

fn institution(code: &str) -> String {
    format!("--batas\r\nContent-Disposition: form-data; name=\"institution\"\r\n\r\n{code}\r\n")
}

const FILE: &str = "--batas\r\nContent-Disposition: form-data; name=\"file\"; filename=\"daftar.csv\"\r\n\
    Content-Type: text/csv\r\n\r\n";
const END: &str = "\r\n--batas--\r\n";

fn post(path: &str, cookie: &str, body: Body) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=batas")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie)
        .body(body)
        .unwrap()
}

async fn send(platform: &TestPlatform, path: &str, cookie: &str, form: String) -> Answer {
    platform.send(post(path, cookie, Body::from(form))).await
}

/// All files below the folder of uploads.
fn files(platform: &TestPlatform) -> Vec<PathBuf> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for path in std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { below(&path, found) } else { found.push(path) }
        }
    }
    let mut found = vec![];
    below(&platform.folder().join("uploads"), &mut found);
    found
}

/// A form whose file comes in pieces; counts those that were taken. It never ends if it isn't to.
fn slowly(first: String, taken: Arc<AtomicUsize>, ends: bool) -> Body {
    let pieces = futures_util::stream::unfold(0, move |number| {
        let (first, taken) = (first.clone(), taken.clone());
        async move {
            // As on a connection, where each piece is waited for.
            tokio::task::yield_now().await;
            let piece = match number {
                0 => Bytes::from(first),
                1 => Bytes::from(FILE),
                _ if number < PIECES => {
                    taken.fetch_add(1, Ordering::SeqCst);
                    Bytes::from(vec![b'x'; PIECE_BYTES])
                }
                _ if number == PIECES && ends => Bytes::from(END),
                _ if ends => return None,
                _ => std::future::pending().await,
            };
            Some((Ok::<_, Infallible>(piece), number + 1))
        }
    });
    Body::from_stream(pieces)
}

#[tokio::test]
async fn a_file_that_is_out_of_scope_isn_t_taken_and_leaves_nothing() {
    let (platform, _, kota) = draft().await;
    for (path, first, refused) in [
        (ROSTER.to_string(), institution("16"), StatusCode::NOT_FOUND),
        (ROSTER.to_string(), institution(""), StatusCode::FORBIDDEN),
        (format!("{ROSTER}?institution=16"), String::new(), StatusCode::NOT_FOUND),
        ("/console/k/uji/roster".to_string(), institution("16.71"), StatusCode::CONFLICT),
    ] {
        let taken = Arc::new(AtomicUsize::new(0));
        let answer = platform.send(post(&path, &kota, slowly(first, taken.clone(), true))).await;
        assert_eq!(answer.status, refused, "{path}");
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken <= AHEAD_PIECES_MAX, "{path}: {taken} pieces of the file were taken");
        assert!(files(&platform).is_empty(), "{path} left a file");
    }
}

#[tokio::test]
async fn an_upload_that_its_sender_gives_up_leaves_nothing() {
    let (platform, _, kota) = draft().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let sending = platform.send(post(ROSTER, &kota, slowly(institution("16.71"), taken.clone(), false)));
    let mut sending = Box::pin(sending);
    while taken.load(Ordering::SeqCst) < PIECES - 2 {
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut sending).await.is_err(), "it was answered");
    }
    let under_way = files(&platform);
    assert_eq!(under_way.len(), 1);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&under_way[0]), 0o600);
    assert_eq!(mode(under_way[0].parent().unwrap()), 0o700);
    drop(sending);
    assert!(files(&platform).is_empty());
}

#[tokio::test]
async fn a_form_that_says_behind_the_file_what_it_is_for_is_refused_and_leaves_nothing() {
    let (platform, admin, kota) = draft().await;
    let file = format!("{FILE}NIP,NAMA\n");
    let behind = format!("{file}\r\n{}--batas--\r\n", institution("16.71"));
    for cookie in [&kota, &admin] {
        assert_eq!(send(&platform, ROSTER, cookie, behind.clone()).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(send(&platform, ROSTER, cookie, format!("{file}{END}")).await.status, StatusCode::BAD_REQUEST);
    }
    let twice = format!("{}{}{file}{END}", institution("16.71"), institution("16"));
    assert_eq!(send(&platform, ROSTER, &kota, twice).await.status, StatusCode::BAD_REQUEST);
    let other = format!("{}{file}{END}", institution("16"));
    let named = format!("{ROSTER}?institution=16.71");
    assert_eq!(send(&platform, &named, &kota, other).await.status, StatusCode::BAD_REQUEST);
    let cut_off = format!("{}{file}", institution("16.71"));
    assert_eq!(send(&platform, ROSTER, &kota, cut_off).await.status, StatusCode::BAD_REQUEST);
    let empty = format!("{}{FILE}{END}", institution("16.71"));
    assert_eq!(send(&platform, ROSTER, &kota, empty).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(files(&platform).is_empty());

    // The address may say it, and a cancelled upload takes its file with it.
    let sent = send(&platform, &named, &kota, format!("{file}{END}")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(files(&platform).len(), 1);
    let path = sent.header("location").to_string();
    ended(&platform, &kota, &path).await;
    platform.post_form(&format!("{path}/cancel"), &kota, &[]).await;
    assert!(files(&platform).is_empty());
}

/// What a dry run says names people, and holds up or ends somebody else's work.
#[tokio::test]
async fn an_upload_is_its_sender_s_and_every_organizer_s_alone() {
    let (platform, admin, kota) = draft().await;
    let other = platform.account("lain", Role::Operator, &["16", "16.71"]).await;
    let form = format!("{}{FILE}NIP,NAMA\n1,Orang Rahasia\n{END}", institution("16.71"));
    let path = send(&platform, ROSTER, &kota, form).await.header("location").to_string();
    ended(&platform, &kota, &path).await;
    for owner in [&kota, &admin] {
        let shown = platform.page(&path, owner).await;
        assert!(shown.status == StatusCode::OK && shown.text().contains("daftar.csv"), "{}", shown.status);
    }
    let shown = platform.page(&path, &other).await;
    assert_eq!((shown.status, shown.header("location")), (StatusCode::SEE_OTHER, ROSTER));
    let confirmed = platform.post_form(&format!("{path}/confirm"), &other, &[]).await;
    let remarks = platform.page(&format!("{path}/remarks.xlsx"), &other).await;
    assert_eq!([confirmed.status, remarks.status], [StatusCode::NOT_FOUND; 2]);
    assert_eq!(platform.page(&format!("{path}/remarks.xlsx"), &kota).await.status, StatusCode::OK);
    platform.post_form(&format!("{path}/cancel"), &other, &[]).await;
    assert_eq!(files(&platform).len(), 1, "somebody else cancelled it");
    assert_eq!(platform.page(&path, &kota).await.status, StatusCode::OK);
}

/// A name that reads backwards, or that holds what nobody sees, would show another kind of file.
#[tokio::test]
async fn the_name_of_a_file_is_shown_as_it_is() {
    let (platform, admin, _) = draft().await;
    let file = FILE.replace("daftar.csv", "daf\u{200B}tar\u{202E}xslx.csv");
    let form = format!("{}{file}NIP,NAMA\n1,Orang\n{END}", institution("16.71"));
    let path = send(&platform, ROSTER, &admin, form).await.header("location").to_string();
    ended(&platform, &admin, &path).await;
    let page = platform.page(&path, &admin).await;
    assert!(page.text().contains("daftarxslx.csv"), "{}", page.text());
}

/// Waits until the run of an upload has ended.
async fn ended(platform: &TestPlatform, cookie: &str, path: &str) {
    for _ in 0..2_000 {
        if platform.page(path, cookie).await.header("refresh").is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the run never ended");
}

#[tokio::test]
async fn an_account_that_holds_all_its_uploads_open_keeps_no_other_from_sending_theirs() {
    let (platform, admin, kota) = draft().await;
    let flood: Vec<_> = (0..64)
        .map(|_| platform.send(post(ROSTER, &admin, slowly(institution("16"), Arc::default(), false))))
        .map(Box::pin)
        .collect();
    let mut flood = futures_util::future::join_all(flood);
    assert!(tokio::time::timeout(Duration::from_millis(500), &mut flood).await.is_err());
    let under_way = files(&platform).len();
    assert!((1..=16).contains(&under_way), "one account holds {under_way} files open");
    let sent = send(&platform, ROSTER, &kota, format!("{}{FILE}NIP,NAMA\n{END}", institution("16.71"))).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    ended(&platform, &kota, sent.header("location")).await;
    drop(flood);
    assert_eq!(files(&platform).len(), 1);
}

#[tokio::test]
async fn an_upload_that_nobody_looks_at_makes_room_for_the_next() {
    let (platform, admin, kota) = draft().await;
    // Half of the places for an account: one for each of its events.
    let form = |code: &str| format!("{}{FILE}NIP,NAMA\n{END}", institution(code));
    for number in 0..16 {
        let slug = format!("acara{number}");
        let fields = [("slug", slug.as_str()), ("template", "ikrar-netralitas"), ("title", "Ikrar"), ("zone", "WIB")];
        platform.post_form("/console/new", &admin, &fields).await;
        let sent = send(&platform, &format!("/console/k/{slug}/roster"), &admin, form("")).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        ended(&platform, &admin, sent.header("location")).await;
    }
    assert_eq!(send(&platform, ROSTER, &admin, form("")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(send(&platform, ROSTER, &kota, form("16.71")).await.status, StatusCode::SEE_OTHER);
    for _ in 0..3 {
        platform.clock.advance_ms(25 * 60_000);
        platform.page("/console", &admin).await;
    }
    assert_eq!(send(&platform, ROSTER, &admin, form("")).await.status, StatusCode::SEE_OTHER);
}

/// Sends a file, waits for its check, confirms it, and waits for its import. Answers what the page of the check said.
async fn import(platform: &TestPlatform, cookie: &str, form: String) -> String {
    let sent = send(platform, ROSTER, cookie, form).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let path = sent.header("location").to_string();
    ended(platform, cookie, &path).await;
    let checked = platform.page(&path, cookie).await;
    platform.post_form(&format!("{path}/confirm"), cookie, &[]).await;
    ended(platform, cookie, &path).await;
    checked.text().to_string()
}

/// Participants of each institution, as the roster page shows them.
async fn people(platform: &TestPlatform, cookie: &str) -> Vec<(String, u64)> {
    let page = platform.page(ROSTER, cookie).await;
    let page = page.text();
    let table = page.split("<tbody>").nth(1).unwrap_or_default();
    let rows = table.split("<tr><td>").skip(1);
    rows.map(|row| {
        let code = row.split("</td>").next().unwrap().to_string();
        let number = row.split("<td class=\"num\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        (code, number.replace('.', "").parse().unwrap())
    })
    .collect()
}

#[tokio::test]
async fn a_file_empties_other_institutions_only_for_who_may_and_says_so() {
    let (platform, admin, kota) = draft().await;
    let both = "NIP;NAMA;INSTANSI\n197001011995031001;Siti;16\n198502022010012002;Budi;16.71\n";
    let one = "NIP;NAMA;INSTANSI\n199001012015031004;Tono;16.71\n";
    let all = "--batas\r\nContent-Disposition: form-data; name=\"replace_all\"\r\n\r\n1\r\n";
    let of = |provinsi: u64, kota: u64| vec![("16".to_string(), provinsi), ("16.71".to_string(), kota)];

    import(&platform, &admin, format!("{}{FILE}{both}{END}", institution(""))).await;
    assert_eq!(people(&platform, &admin).await, of(1, 1));
    let checked = import(&platform, &admin, format!("{}{FILE}{one}{END}", institution(""))).await;
    assert!(checked.contains("instansi lain tetap seperti adanya"), "{checked}");
    assert_eq!(people(&platform, &admin).await, of(1, 1));

    // An operator can't choose all institutions, and the box means nothing beside one.
    let asked = send(&platform, ROSTER, &kota, format!("{}{all}{FILE}{one}{END}", institution(""))).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    import(&platform, &kota, format!("{}{all}{FILE}{one}{END}", institution("16.71"))).await;
    assert_eq!(people(&platform, &admin).await, of(1, 1));

    let checked = import(&platform, &admin, format!("{}{all}{FILE}{one}{END}", institution(""))).await;
    assert!(checked.contains("peserta instansi yang tidak disebut dalam berkas dihapus"), "{checked}");
    assert_eq!(people(&platform, &admin).await, of(0, 1));
}

/// The form's choices reach the reading of the file, in any order before it.
#[tokio::test]
async fn what_a_form_says_of_blank_cells_and_sheet_names_is_how_its_file_is_read() {
    let (platform, _, kota) = draft().await;
    let field = |name: &str| format!("--batas\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n1\r\n");
    let rows = "NIP,NAMA,UNIT KERJA\n197001011995031001,Budi,Dinas\n198502022010012002,Siti,\n";
    for (choices, told) in
        [(String::new(), "--fill-down"), (field("fill_down"), "Instansi atau unit diisi dari baris di atasnya")]
    {
        let form = format!("{}{choices}{}{FILE}{rows}{END}", institution("16.71"), field("unit_from_sheet"));
        let path = send(&platform, ROSTER, &kota, form).await.header("location").to_string();
        ended(&platform, &kota, &path).await;
        let shown = platform.page(&path, &kota).await;
        assert!(shown.text().contains(told), "{told}: {}", shown.text());
    }
    // Behind the file, a choice comes too late.
    let form = format!("{}{FILE}{rows}\r\n{}--batas--\r\n", institution("16.71"), field("fill_down"));
    assert_eq!(send(&platform, ROSTER, &kota, form).await.status, StatusCode::BAD_REQUEST);
}

/// Each check reads the whole file: there is one at a time, and a faulty file is one line of the audit trail.
#[tokio::test]
async fn a_flood_of_checks_of_one_file_runs_them_one_at_a_time_and_leaves_one_line() {
    let (platform, _, kota) = draft().await;
    let rows: String = (0..2_000).map(|row| format!("1980010120050120{row:04},Budi,x\n")).collect();
    let form = format!("{}{FILE}NIP,NAMA,KODE\n{rows}{END}", institution("16.71"));
    let path = send(&platform, ROSTER, &kota, form).await.header("location").to_string();
    ended(&platform, &kota, &path).await;
    let check = format!("{path}/check");
    for round in 0..3 {
        let chosen = [("column.C.KODE", ["unit", "location", "-"][round])];
        let flood = (0..40).map(|_| platform.post_form(&check, &kota, &chosen));
        let answers = futures_util::future::join_all(flood).await;
        let with = |status: StatusCode| answers.iter().filter(|answer| answer.status == status).count();
        let (begun, refused) = (with(StatusCode::SEE_OTHER), with(StatusCode::CONFLICT));
        assert!(begun >= 1 && begun + refused == 40, "{begun} begun, {refused} refused");
        ended(&platform, &kota, &path).await;
    }
    // Whatever the form says, it is answered.
    let long = "x".repeat(2_000);
    for (name, value) in [("column.C.KODE", "alamat"), ("numberless", "all"), ("column.C.KODE", long.as_str())] {
        let answer = platform.post_form(&check, &kota, &[(name, value)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}");
    }
    let many: Vec<(String, &str)> = (0..5_000).map(|number| (format!("column.{number}.X"), "name")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let answer = platform.post_form(&check, &kota, &many).await;
    assert!(answer.status.is_client_error() || answer.status == StatusCode::SEE_OTHER, "{}", answer.status);
    ended(&platform, &kota, &path).await;
    let campaigns = platform.store.campaigns().await.unwrap();
    let draft = campaigns.iter().find(|campaign| campaign.slug == "baru").unwrap().id;
    let trail = platform.store.audit_page(Some(draft), None, 1_000).await.unwrap();
    let refusals = trail.iter().filter(|entry| matches!(entry.event, AuditEvent::RosterRefused { .. })).count();
    assert_eq!(refusals, 1);
}

#[tokio::test]
async fn the_check_of_an_operator_s_file_says_nothing_of_other_institutions() {
    let (platform, admin, kota) = draft().await;
    let both = "NIP;NAMA;INSTANSI\n197001011995031001;Siti;16\n198502022010012002;Budi;16.71\n";
    import(&platform, &admin, format!("{}{FILE}{both}{END}", institution(""))).await;
    let own = "NIP;NAMA\n197001011995031001;Siti\n198502022010012002;Budi\n";
    let checked = import(&platform, &kota, format!("{}{FILE}{own}{END}", institution("16.71"))).await;
    assert!(
        checked.contains("Siti: instansi lain -&#62; 16.71") || checked.contains("instansi lain -> 16.71"),
        "{checked}"
    );
    for told in ["Pemerintah Provinsi Contoh", "<td>16</td>", "tetap seperti adanya", "Siti: 16"] {
        assert!(!checked.contains(told), "{told}: {checked}");
    }
    assert!(checked.contains("Kota Contoh"), "{checked}");
}

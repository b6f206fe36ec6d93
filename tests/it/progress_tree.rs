//! Progress opened level by level, its file, and the recapitulation by agency.

use crate::roster::Desk;
use crate::support::{TestPlatform, combined_names};
use crate::unit_paths::{database, run, with_sub_unit};
use axum::http::StatusCode;
use calamine::{Data, Reader, Xlsx};
use ikrar::domain::account::{Role, Scope};
use ikrar::service::progress::ProgressNumbers;
use std::collections::BTreeSet;
use std::io::Cursor;

const PROGRESS: &str = "/console/k/uji/progress";

/// The page's words without its markup, one space between them.
async fn shown(platform: &TestPlatform, path: &str, cookie: &str) -> String {
    let answer = platform.page(path, cookie).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    let mut words = String::new();
    for part in answer.text().split('<') {
        words.push_str(part.split_once('>').map_or("", |(_, text)| text));
        words.push(' ');
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The province has 17 of 25 people: one in a sub-unit, two in another agency, and one directly in the first one. The
/// first three of them have signed, and somebody of the second agency is excused.
async fn open() -> TestPlatform {
    let (platform, mut database) = with_sub_unit().await;
    run(
        &mut database,
        "INSERT INTO unit (campaign_id, roster_id, institution, unit_id, parent, name) \
         SELECT campaign_id, roster_id, code, 4, NULL, 'Badan Arsip' FROM institution WHERE code = '16'",
    )
    .await;
    for (unit, numbers) in [(1, "'Peserta Uji 2'"), (4, "'Peserta Uji 4', 'Peserta Uji 5'")] {
        let placed = format!("UPDATE participant SET unit_id = {unit} WHERE shown_name IN ({numbers})");
        assert!(run(&mut database, &placed).await > 0);
    }
    for at in [0, 1, 3] {
        platform.sign(&platform.people[at]).await;
    }
    let excused = format!(
        "INSERT INTO code_version (campaign_id, participant_id, version, place_version, standing) \
         SELECT campaign_id, participant_id, 1, 1, 1 FROM participant WHERE shown_name = '{}'",
        platform.people[4].participant.shown_name
    );
    run(&mut database, &excused).await;
    platform
}

#[tokio::test]
async fn progress_is_opened_level_by_level_and_every_level_adds_up() {
    let platform = open().await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let top = format!("{PROGRESS}?institution=16");
    let agencies = shown(&platform, &top, &bkd).await;
    for row in [
        "Semua instansi › Pemerintah Provinsi Contoh",
        "Dinas Pendidikan 2 0 2 100% Badan Arsip 1 0 1 100% Tanpa unit kerja 0 13 13 0,0% Jumlah 3 13 16 18,7%",
    ] {
        assert!(agencies.contains(row), "`{row}` isn't in: {agencies}");
    }
    let page = platform.page(&top, &bkd).await;
    assert!(page.text().contains("unit=1\">Dinas Pendidikan</a>"), "{}", page.text());
    assert!(!page.text().contains("unit=4\""), "nothing is below this agency");
    let units = shown(&platform, &format!("{top}&unit=1"), &bkd).await;
    assert!(
        units.contains("SMP Negeri 1 1 0 1 100% Langsung pada Dinas Pendidikan 1 0 1 100% Jumlah 2 0 2 100%"),
        "{units}"
    );
    let below = shown(&platform, &format!("{top}&unit=2"), &bkd).await;
    for row in [
        "Semua instansi › Pemerintah Provinsi Contoh › Dinas Pendidikan › SMP Negeri 1",
        "Tata Usaha 1 0 1 100% Jumlah 1 0 1",
    ] {
        assert!(below.contains(row), "`{row}` isn't in: {below}");
    }
    let by_name = shown(&platform, &format!("{top}&sort=name"), &bkd).await;
    assert!(by_name.contains("100% Dinas Pendidikan 2 0 2 100% Tanpa unit"), "{by_name}");
    for unknown in ["unit=99", "unit=x", "unit=-1"] {
        let page = platform.page(&format!("{top}&{unknown}"), &bkd).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let kota = platform.account("kota", Role::Operator, &["16.71"]).await;
    for path in [&format!("{top}&unit=1"), &top] {
        assert_eq!(platform.page(path, &kota).await.status, StatusCode::NOT_FOUND);
    }
}

/// In one event each institution is a reporting group, in the other they share one.
#[tokio::test]
async fn every_level_counts_the_pledges_that_stand() {
    for (people, province, city, all) in
        [(60, "1 39 40 2,5%", "0 20 20 0,0%", "1 59 60 1,6%"), (25, "1 16 17 5,8%", "0 8 8 0,0%", "1 24 25 4,0%")]
    {
        let platform = TestPlatform::open(people).await;
        let bkd = platform.account("bkd", Role::Organizer, &[]).await;
        let wrong = platform.sign(&platform.people[0]).await.pledge.id;
        platform.sign(&platform.people[1]).await;
        platform.sign(&platform.people[2]).await;
        platform.revoke(wrong, "salah orang", platform.line()).await.unwrap();
        let id = platform.people[2].participant.id.to_string();
        let fields = [("id", id.as_str()), ("reason", "kode dipakai orang lain")];
        assert_eq!(platform.post_form("/console/k/uji/people/admit", &bkd, &fields).await.status, StatusCode::OK);
        platform.state.live.reread().await.unwrap();
        let top = shown(&platform, PROGRESS, &bkd).await;
        let expected = format!("Pemerintah Provinsi Contoh {province} Kota Contoh {city} Jumlah {all}");
        assert!(top.contains(&expected), "`{expected}` isn't in: {top}");
        for (code, numbers) in [("16", province), ("16.71", city)] {
            let own = shown(&platform, &format!("{PROGRESS}?institution={code}"), &bkd).await;
            assert!(own.contains(&format!("Jumlah {numbers}")), "{own}");
        }
        let day = shown(&platform, "/console/k/uji/day", &bkd).await;
        assert!(day.contains(&format!("Sudah menandatangani 1 dari {people} peserta")), "{day}");
    }
}

#[tokio::test]
async fn the_file_of_an_institution_has_agency_unit_and_sub_unit_in_columns() {
    let platform = open().await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let csv = platform.page(&format!("{PROGRESS}.csv?institution=16"), &bkd).await;
    let expected = "\u{feff}KODE INSTANSI,INSTANSI,PERANGKAT DAERAH,UNIT KERJA,SUB UNIT KERJA,SASARAN,SUDAH,BELUM\n\
        16,Pemerintah Provinsi Contoh,Dinas Pendidikan,,,1,1,0\n\
        16,Pemerintah Provinsi Contoh,Dinas Pendidikan,SMP Negeri 1,Tata Usaha,1,1,0\n\
        16,Pemerintah Provinsi Contoh,Badan Arsip,,,1,1,0\n\
        16,Pemerintah Provinsi Contoh,,,,13,0,13\n";
    assert_eq!(csv.text(), expected);
    let kota = platform.account("kota", Role::Viewer, &["16.71"]).await;
    for file in ["progress.csv", "progress.xlsx", "recapitulation.pdf", "recapitulation.xlsx"] {
        let path = format!("/console/k/uji/{file}?institution=16");
        assert_eq!(platform.page(&path, &kota).await.status, StatusCode::NOT_FOUND, "{file}");
        assert_eq!(platform.page(&path, &bkd).await.status, StatusCode::OK, "{file}");
    }
}

/// As SIASN exports it: the column of the agency has the government, and people aren't in the order of the offices.
#[tokio::test]
async fn a_file_of_one_government_becomes_an_event_with_forty_agencies() {
    let desk = Desk::bare().await;
    let city = "Pemerintah Kota Contoh";
    let mut file =
        String::from("NIP BARU;NAMA;INSTANSI KERJA NAMA;SATUAN KERJA KERJA NAMA;UNOR INDUK NAMA;UNOR ID;UNOR NAMA\n");
    for number in 0..400 {
        let (agency, unit) = (number % 40, number / 40 % 3);
        let (agency, unit) = (format!("Dinas Urusan {agency}"), format!("Bidang {unit}"));
        // Half of the rows name the agency itself, and the unit above the unit.
        let (agency_column, above, own) = match number % 80 < 40 {
            true => (city.to_owned(), agency, unit),
            false => (agency, unit, "Seksi Umum".into()),
        };
        let nip = format!("19850101201001{}{:03}", 1 + number % 2, number + 1);
        file += &format!("{nip};Pegawai {};{city};{agency_column};{above};{own}-{above};{own}\n", letters(number));
    }
    let report = desk.import(&file).await;
    assert!(report.applied, "{:?}", report.faults);
    desk.locker().lock(&desk.campaign().await, &combined_names(), "seal", &desk.line()).await.unwrap();
    let progress = ProgressNumbers::new(desk.store.clone(), Box::new(|_| None));
    let tree = progress.tree(desk.campaign, &Scope::All, "01").await.unwrap();
    let agencies = tree.level(None);
    assert_eq!(agencies.iter().map(|row| row.name.as_str()).collect::<BTreeSet<_>>().len(), 40);
    assert!(agencies.iter().all(|row| row.opens && row.sum.people == 10), "{agencies:?}");
    assert_eq!(tree.sum(None).people, 400);
    let units = tree.level(agencies[0].unit);
    assert!(units.iter().any(|row| row.opens), "{units:?}");
    // Whoever is directly in a unit has its id, and whoever is below it only its name.
    assert_eq!(units.iter().map(|row| row.name.as_str()).collect::<BTreeSet<_>>().len(), units.len(), "{units:?}");
    let paths = desk.store.stored_paths(desk.campaign).await.unwrap();
    assert!(paths.iter().any(|stored| stored.path == "Dinas Urusan 0 / Bidang 1 / Seksi Umum"), "{paths:?}");
    assert!(paths.iter().all(|stored| !stored.path.contains(city)));
}

/// A name that no other number has.
fn letters(number: usize) -> String {
    [number / 26, number % 26].map(|at| char::from(b'A' + u8::try_from(at).unwrap())).iter().collect()
}

async fn recapitulation(platform: &TestPlatform, query: &str, cookie: &str) -> Vec<Vec<Data>> {
    let answer = platform.page(&format!("/console/k/uji/recapitulation.xlsx{query}"), cookie).await;
    assert_eq!(answer.status, StatusCode::OK);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.body.to_vec())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(<[Data]>::to_vec).collect()
}

/// Names with target and signatures, which are numbers and no texts, below a heading.
fn table(rows: &[Vec<Data>], heading: &str) -> Vec<(String, f64, f64)> {
    let below = rows.iter().skip_while(|row| row[1] != Data::String(heading.into())).skip(1);
    let figures = below.map_while(|row| match (&row[1], &row[2], &row[3]) {
        (Data::String(name), Data::Float(target), Data::Float(signed)) => Some((name.clone(), *target, *signed)),
        _ => None,
    });
    figures.collect()
}

#[tokio::test]
async fn the_recapitulation_of_one_institution_lists_its_agencies() {
    let platform = open().await;
    let bkd = platform.account("bkd", Role::Organizer, &[]).await;
    let expected = |rows: &[(&str, f64, f64)]| -> Vec<(String, f64, f64)> {
        rows.iter().map(|(name, target, signed)| ((*name).into(), *target, *signed)).collect()
    };
    let agencies = recapitulation(&platform, "?institution=16", &bkd).await;
    assert_eq!(
        table(&agencies, "Perangkat daerah"),
        expected(&[
            ("Dinas Pendidikan", 2.0, 2.0),
            ("Badan Arsip", 1.0, 1.0),
            ("Tanpa perangkat daerah", 13.0, 0.0),
            ("Jumlah", 16.0, 3.0)
        ])
    );
    assert!(agencies.iter().any(|row| row[0] == Data::String("Pemerintah Provinsi Contoh".into())), "{agencies:?}");
    let kinds: f64 = table(&agencies, "Jenis kepegawaian").iter().map(|(_, target, _)| target).sum();
    assert_eq!(kinds.to_string(), "16");
    let all = recapitulation(&platform, "", &bkd).await;
    assert_eq!(table(&all, "Instansi").len(), 3, "two institutions and their sum");
    // An institution without units has one row.
    let city = recapitulation(&platform, "?institution=16.71", &bkd).await;
    assert_eq!(table(&city, "Perangkat daerah").len(), 2);
    let unknown = platform.page("/console/k/uji/recapitulation.pdf?institution=99", &bkd).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    // It is the default where an event has one institution.
    run(&mut database(&platform).await, "DELETE FROM institution WHERE code = '16.71'").await;
    assert_eq!(table(&recapitulation(&platform, "", &bkd).await, "Perangkat daerah").len(), 4);
}

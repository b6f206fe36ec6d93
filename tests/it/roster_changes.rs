//! Rosters that change: whose people a later file replaces, and what it writes.

use crate::roster::Desk;
use ikrar::domain::audit::AuditEvent;
use ikrar::domain::employment::EmploymentKind;
use ikrar::domain::unit::Unit;
use ikrar::service::roster_file::CHANGED_ROWS_MAX;
use ikrar::service::roster_file::unit_tree::path;
use ikrar::store::rosters::{ListedPerson, PeopleFilter, RosterVersion};

const THREE: &str = "NIP;Nama;Instansi\n197001011995031001;Siti;16\n198502022010012002;Budi;16.10\n\
                     198802292022211003;Dewi;16.71\n";

/// Once it emptied every other institution, with exit code 0.
#[tokio::test]
async fn institutions_that_a_file_does_not_name_stay_as_they_are() {
    let desk = Desk::new().await;
    desk.import(THREE).await;
    let report = desk.import("NIP;Nama;Instansi\n199001012015031004;Tono;16.10\n").await;
    let change = &report.comparison;
    assert_eq!((change.added, change.removed), (1, 1));
    assert_eq!(change.staying_numbers(), Some((2, 2)));
    let codes: Vec<&str> = change.staying().map(|of| of.code.as_str()).collect();
    assert_eq!(codes, ["16", "16.71"]);
    let people = desk.people().await;
    let names: Vec<&str> = people.iter().filter_map(|line| line.split('|').nth(1)).collect();
    assert_eq!(names, ["Siti", "Tono", "Dewi"]);
}

#[tokio::test]
async fn a_file_that_replaces_all_empties_what_it_does_not_name() {
    let desk = Desk::new().await;
    desk.import(THREE).await;
    let path = desk.file("satu.csv", b"NIP;Nama;Instansi\n199001012015031004;Tono;16.10\n");
    for dry_run in [true, false] {
        let report = desk.run_as(&path, None, true, dry_run).await.unwrap();
        let change = &report.comparison;
        assert_eq!((change.added, change.removed, change.staying_numbers()), (1, 3, None));
        assert!(change.by_institution.iter().all(|of| of.after == u64::from(of.code == "16.10")));
    }
    assert_eq!(desk.people().await.len(), 1);
}

/// Somebody who moves leaves the institution that stays, and nobody else does.
#[tokio::test]
async fn who_moves_leaves_an_institution_that_stays() {
    let desk = Desk::new().await;
    desk.import("NIP;Nama;Instansi\n197001011995031001;Siti;16\n198502022010012002;Budi;16\n").await;
    let report = desk.import("NIP;Nama;Instansi\n197001011995031001;Siti;16.71\n").await;
    let change = &report.comparison;
    assert_eq!((change.moved, change.removed, change.added), (1, 0, 0));
    let sizes: Vec<(&str, u64, u64)> =
        change.by_institution.iter().map(|of| (of.code.as_str(), of.before, of.after)).collect();
    assert_eq!(sizes, [("16", 2, 1), ("16.71", 0, 1)]);
    let people = desk.people().await;
    assert_eq!(people.len(), 2, "{people:?}");
    assert!(people[0].contains("Budi|16|") && people[1].contains("Siti|16.71|"), "{people:?}");
}

impl Desk {
    /// Name and kind of employment of the visible people, by name.
    async fn kinds(&self) -> Vec<(String, Option<EmploymentKind>)> {
        let mut kinds = vec![];
        let mut take = |listed: &ListedPerson| {
            kinds.push((listed.participant.shown_name.clone(), listed.participant.employment));
        };
        self.store.visit_people(self.campaign, &PeopleFilter::default(), &mut take).await.unwrap();
        kinds.sort();
        kinds
    }
}

/// Once it was read and forgotten.
#[tokio::test]
async fn a_kind_of_employment_is_kept_and_a_changed_one_is_a_change() {
    let desk = Desk::new().await;
    let file = |budi: &str, dewi: &str| {
        format!(
            "NIP;Nama;Instansi;Jenis Pegawai\n197001011995031001;Siti;16;PNS DAERAH OTONOM\n\
             198502022010012002;Budi;16;{budi}\n198802292022211003;Dewi;16;{dewi}\n"
        )
    };
    let report = desk.import(&file("P3K", "-")).await;
    let expected = [("pns", 1), ("pppk", 1), ("unset", 1)];
    assert_eq!(report.employment.filled().collect::<Vec<_>>(), expected);
    let kind = |name: &str, kind| (name.to_owned(), kind);
    let (pns, pppk) = (Some(EmploymentKind::Pns), Some(EmploymentKind::Pppk));
    assert_eq!(desk.kinds().await, [kind("Budi", pppk), kind("Dewi", None), kind("Siti", pns)]);
    assert!(desk.import(&file("pppk", "")).await.is_unchanged);
    let report = desk.import(&file("PPPK Paruh Waktu", "Magang")).await;
    assert_eq!((report.comparison.changed, report.comparison.unchanged), (2, 1));
    assert_eq!(report.remarks.other_employment.first[0].text, "Magang");
    let kinds = desk.kinds().await;
    assert_eq!(kinds[0], kind("Budi", Some(EmploymentKind::PppkPartTime)));
    assert_eq!(kinds[1], kind("Dewi", Some(EmploymentKind::Other)));
    let report = desk.import(&file("ASN", "Magang")).await;
    assert_eq!((report.remarks.unclear_employment.count, desk.kinds().await[0].1), (1, None));
}

async fn versions(desk: &Desk) -> Vec<RosterVersion> {
    let known = desk.store.institution_rosters(desk.campaign).await.unwrap();
    known.iter().map(|known| known.version().1).collect()
}

async fn imports_in_the_trail(desk: &Desk) -> usize {
    let trail = desk.store.audit_page(Some(desk.campaign), None, 50).await.unwrap();
    trail.iter().filter(|entry| matches!(entry.event, AuditEvent::RosterImported { .. })).count()
}

#[tokio::test]
async fn a_file_that_changes_nothing_writes_one_line_of_the_trail() {
    let desk = Desk::new().await;
    desk.import(THREE).await;
    let (before, people) = (versions(&desk).await, desk.people().await);
    let again = desk.import(THREE).await;
    assert!(again.applied && again.is_unchanged);
    assert_eq!((again.comparison.unchanged, again.people), (3, 3));
    assert_eq!(versions(&desk).await, before);
    assert_eq!(desk.people().await, people);
    assert_eq!(imports_in_the_trail(&desk).await, 2);
}

/// Rows that change are written in place; the rosters keep their ids, and those that change get a new generation.
#[tokio::test]
async fn few_changes_are_written_in_place() {
    let desk = Desk::new().await;
    desk.import(THREE).await;
    let before = versions(&desk).await;
    let next = "NIP;Nama;Instansi\n197001011995031001;Siti, S.E.;16\n198502022010012002;Budi;16.10\n\
                199001012015031004;Tono;16.10\n198802292022211003;Dewi;16.71\n";
    let report = desk.import(next).await;
    let change = &report.comparison;
    assert!(report.applied && !report.is_unchanged);
    assert_eq!((change.added, change.changed, change.unchanged, change.removed), (1, 1, 2, 0));
    let after = versions(&desk).await;
    let generations: Vec<u64> = after.iter().map(|version| version.generation).collect();
    assert_eq!(generations, [1, 1, 0]);
    assert!(after.iter().zip(&before).all(|(after, before)| after.roster == before.roster));
    assert_eq!(desk.people().await.len(), 4);
}

/// The visible people with the paths of their units, whose ids differ from one roster to another.
async fn with_paths(desk: &Desk) -> Vec<String> {
    let units = desk.store.units(desk.campaign, None).await.unwrap();
    let mut lines = vec![];
    for line in desk.people().await {
        let mut parts: Vec<String> = line.split('|').map(str::to_owned).collect();
        let own: Vec<Unit> = units.iter().filter(|unit| unit.institution == parts[2]).cloned().collect();
        parts[3] = path(&own, parts[3].parse().ok());
        lines.push(parts.join("|"));
    }
    lines.sort();
    lines
}

/// What is written in place is what a first import of the same file writes.
#[tokio::test]
async fn a_roster_that_was_changed_in_place_is_the_one_of_a_first_import() {
    let head = "NIP;Nama;UNOR ID;OPD;Unit Kerja;Jabatan;Instansi\n";
    let mut seed = 7u32;
    let mut pick = |of: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % of
    };
    let parents = ["", "Dinas Kesehatan", "DINAS KESEHATAN", "Dinas Sosial"];
    let units = ["", "Bidang Promosi", "Bidang promosi", "Kesehatan Bidang", "UPT Kenten"];
    let mut file = || {
        let mut csv = String::from(head);
        for person in 1..60 {
            if pick(6) == 0 {
                continue;
            }
            let institution = ["16", "16.10", "16.71"][if pick(8) == 0 { pick(3) } else { person % 3 } as usize];
            let (parent, unit) = (parents[pick(4) as usize], units[pick(5) as usize]);
            let name = if pick(5) == 0 { "Sitti" } else { "Siti" };
            let own = ["", "a", "b"][pick(3) as usize];
            csv += &format!("197001011995031{person:03};{name};{own};{parent};{unit};Guru {};{institution}\n", pick(2));
        }
        csv
    };
    let changed = Desk::new().await;
    for _ in 0..12 {
        let csv = file();
        let report = changed.import(&csv).await;
        assert!(report.applied, "{:?}", report.faults);
        let first = Desk::new().await;
        first.import(&csv).await;
        assert_eq!(with_paths(&changed).await, with_paths(&first).await);
        let again = changed.import(&csv).await;
        assert!(again.is_unchanged, "{:?}", again.comparison);
        assert_eq!(changed.store.units(changed.campaign, None).await.unwrap().len() as u64, again.units);
    }
}

#[tokio::test]
async fn more_changes_than_are_written_in_place_are_staged() {
    let desk = Desk::new().await;
    let rows = |name: &str, count: usize| {
        let mut csv = String::from("NIP;Nama;Instansi\n199001012015031004;Tono;16.10\n");
        (0..count).for_each(|at| csv += &format!("16-{at:06};{name};16\n"));
        csv
    };
    desk.import(&rows("Siti", CHANGED_ROWS_MAX + 1)).await;
    let before = versions(&desk).await;
    let report = desk.import(&rows("Sitti", CHANGED_ROWS_MAX)).await;
    assert_eq!((report.comparison.changed, report.comparison.removed), (10_000, 1));
    let after = versions(&desk).await;
    assert!(after[0].roster != before[0].roster && after[1].roster != before[1].roster, "one row too many");
    let report = desk.import(&rows("Siti", CHANGED_ROWS_MAX)).await;
    assert_eq!((report.comparison.changed, report.comparison.unchanged), (10_000, 1));
    let last = versions(&desk).await;
    assert_eq!((last[0].roster, last[0].generation, last[1]), (after[0].roster, after[0].generation + 1, after[1]));
    assert_eq!(desk.people().await.len(), CHANGED_ROWS_MAX + 1);
}

/// An institution without a roster gets one in the same commit.
#[tokio::test]
async fn the_first_people_of_an_institution_are_written_in_place_beside_the_others() {
    let desk = Desk::new().await;
    desk.import("NIP;Nama;Unit Kerja;Instansi\n197001011995031001;Siti;A;16\n").await;
    assert_eq!(versions(&desk).await[1].roster, None);
    desk.import("NIP;Nama;Unit Kerja;Instansi\n197001011995031001;Siti;A;16\n198502022010012002;Budi;B;16.10\n").await;
    let after = versions(&desk).await;
    assert!(after[1].roster.is_some() && after[1].roster != after[0].roster);
    assert_eq!((after[0].generation, after[1].generation), (0, 1));
    let people = with_paths(&desk).await;
    assert!(people.len() == 2 && people[1].contains("Budi|16.10|B|"), "{people:?}");
}

#[tokio::test]
async fn a_file_with_faults_and_one_that_is_tried_write_nothing() {
    let desk = Desk::new().await;
    desk.import(THREE).await;
    let (before, people) = (versions(&desk).await, desk.people().await);
    let path = desk.file("salah.csv", b"NIP;Nama;Instansi\n199001012015031004;Tono;16.10\n123;Budi;16.10\n");
    assert!(!desk.run(&path, None, false).await.unwrap().applied);
    let path = desk.file("coba.csv", b"NIP;Nama;Instansi\n199001012015031004;Tono;16.10\n");
    assert!(!desk.run(&path, None, true).await.unwrap().applied);
    assert_eq!((versions(&desk).await, desk.people().await), (before, people));
}

/// A file that names institutions in two spellings would have their people in two rosters.
#[tokio::test]
async fn institutions_of_a_new_file_that_may_be_one_are_told() {
    let desk = Desk::bare().await;
    for (one, other) in [
        ("Kab. OKU Timur", "Kabupaten Ogan Komering Ulu Timur"),
        ("Kabupaten Ogan Komering Ilir", "Kab. Ogan Komring Ilir"),
    ] {
        let rows = format!("NIP;Nama;Instansi\n197001011995031001;Siti;{one}\n198502022010012002;Budi;{other}\n");
        let report = desk.run(&desk.file("baru.csv", rows.as_bytes()), None, true).await.unwrap();
        assert_eq!(report.institution_look_alikes, [(one.to_owned(), other.to_owned())]);
    }
}

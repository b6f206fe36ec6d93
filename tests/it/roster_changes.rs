//! Rosters that change: whose people a later file replaces, and what it writes.

use crate::roster::Desk;

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

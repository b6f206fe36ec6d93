//! `ikrar import`, as it is told what columns and rows are.

use crate::support::{Folder, PROGRAM, output};
use std::path::Path;
use std::process::{Command, Stdio};

const N: &str = "198001012005012001";

/// The exit code and what is printed, on both outputs.
fn import(data: &Path, file: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.args(["import", "--campaign", "uji", "--dry-run"]).args(words).arg(file).arg("--data").arg(data);
    command.env("RUST_LOG", "off").env("LC_ALL", "en").stdin(Stdio::null());
    let ended = output(&mut command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ended.status.code(), text(&ended.stdout) + &text(&ended.stderr))
}

#[test]
fn a_dry_run_shows_the_columns_and_is_told_what_they_and_rows_without_a_number_are() {
    let folder = Folder::new(20);
    folder.start().kill();
    let mut create = Command::new(PROGRAM);
    create.args(["campaign", "create", "uji", "--title", "Uji", "--data"]).arg(folder.data());
    assert!(output(&mut create).status.success());
    let beside = tempfile::tempdir().unwrap();
    let file = beside.path().join("daftar.csv");
    let rows = format!("Kode;Nama;Instansi;Jabatan\n{N};Budi;Provinsi;Guru\n;Siti;Provinsi;Guru\n;Umi;Provinsi;\n");
    std::fs::write(&file, rows).unwrap();
    let import = |words: &[&str]| import(&folder.data(), &file, words);

    let (code, refused) = import(&[]);
    assert_eq!(code, Some(1), "{refused}");
    for part in ["Kode", N, "tidak dikenal, tidak disimpan", "--column NIP=C", "Budi"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    assert!(refused.lines().skip(1).all(|line| line.chars().count() <= 100), "{refused}");
    let (code, refused) = import(&["--json"]);
    let report: serde_json::Value = serde_json::from_str(&refused).unwrap();
    assert_eq!((code, &report["refused"]["code"]), (Some(1), &"unread-numbers".into()));
    assert_eq!((&report["columns"][0]["samples"][0], &report["first_names"][0]), (&N.into(), &"Budi".into()));

    let (code, told) = import(&["--json", "--column", "NIP=A", "--column", "-=D"]);
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &report["columns"][0]["field"]), (Some(0), &"identifier".into()), "{told}");
    assert_eq!(
        (&report["columns"][3]["read_as"], &report["columns"][3]["source"]),
        (&"not-kept".into(), &"said".into())
    );
    for (words, people, numbered) in [(&[][..], 2, 1), (&["participants"], 3, 2), (&["skip"], 1, 0)] {
        let words: Vec<&str> = words.iter().flat_map(|word| ["--numberless", word]).collect();
        let (_, told) = import(&[&["--json", "--column=NIP=A"], &*words].concat());
        let report: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!((&report["people"], &report["numbered"]), (&people.into(), &numbered.into()), "{told}");
    }
    let (code, refused) = import(&["--column", "ALAMAT=A"]);
    assert_eq!(code, Some(1));
    assert!(
        refused.contains("ALAMAT") && refused.contains("unit kerja") && refused.contains("NIP atau NI PPPK"),
        "{refused}"
    );
}

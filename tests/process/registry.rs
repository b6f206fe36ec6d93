//! The registry of institutions on the command line: what is asked about a known code, and accounts of a node.

use crate::support::{Folder, PROGRAM, output};
use std::process::Command;

/// The exit code and what is printed, on both outputs.
fn ikrar(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--data").arg(folder.data()).env("RUST_LOG", "off").env("LC_ALL", "id_ID.UTF-8");
    let ended = output(&mut command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ended.status.code(), text(&ended.stdout) + &text(&ended.stderr))
}

#[test]
fn a_known_code_is_asked_about_and_an_account_is_of_a_registered_node_only() {
    let folder = Folder::new(20);
    folder.start().kill();
    let beside = tempfile::tempdir().unwrap();
    for (slug, institution) in [("satu", "Dinas Sosial"), ("dua", "Dinas Kesehatan")] {
        let file = beside.path().join(format!("{slug}.csv"));
        let row = format!("NIP;Nama;Kode Instansi;Instansi\n198001012005012001;Budi;71;{institution}\n");
        std::fs::write(&file, row).unwrap();
        assert_eq!(ikrar(&folder, &["campaign", "create", slug, "--title", "Uji"]).0, Some(0));
    }
    let import = |slug: &str, more: &[&str]| {
        let file = beside.path().join(format!("{slug}.csv"));
        ikrar(&folder, &[&["import", "--campaign", slug, file.to_str().unwrap()], more].concat())
    };
    let (code, told) = import("satu", &[]);
    assert!(code == Some(0) && !told.contains("--same-institution"), "{told}");

    let asked = "Kode 71 (Dinas Kesehatan) dipakai kegiatan lain untuk 71 Dinas Sosial.";
    let (code, told) = import("dua", &["--dry-run"]);
    assert!(code == Some(0) && told.contains(asked) && told.contains("ulangi dengan --same-institution"), "{told}");
    let (code, told) = import("dua", &["--dry-run", "--same-institution", "71"]);
    let same = "71 Dinas Kesehatan: instansi yang sama dengan 71 di kegiatan lain.";
    assert!(code == Some(0) && told.contains(same) && !told.contains(asked), "{told}");

    // Nothing was said, so it is another institution.
    let add = |login: &str, node: &str| ikrar(&folder, &["account", "add", login, "--node", node]);
    let (code, told) = add("dinkes", "71~2");
    assert_eq!((code, told.trim()), (Some(1), "Tidak ada 71~2 dalam daftar instansi dan unit kerja instalasi ini."));
    assert_eq!(import("dua", &[]).0, Some(0));
    let (code, told) = add("dinkes", "71~2");
    assert!(code == Some(0) && told.contains("Kata sandi sekali pakai untuk dinkes"), "{told}");
    let (_, listed) = ikrar(&folder, &["account", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let logins: Vec<_> = listed.as_array().unwrap().iter().filter(|one| one["login"] == "dinkes").collect();
    assert_eq!((logins.len(), &logins[0]["institutions"]), (1, &serde_json::json!(["71~2"])));
}

#[test]
fn a_unit_that_a_file_names_otherwise_is_asked_about_and_said_with_its_node() {
    let folder = Folder::new(20);
    folder.start().kill();
    let beside = tempfile::tempdir().unwrap();
    assert_eq!(ikrar(&folder, &["campaign", "create", "unit", "--title", "Uji"]).0, Some(0));
    let import = |agency: &str, more: &[&str]| {
        let file = beside.path().join("unit.csv");
        let row = format!("NIP;Nama;OPD;Kode Instansi;Instansi\n198001012005012001;Budi;{agency};72;Kota Unit\n");
        std::fs::write(&file, row).unwrap();
        ikrar(&folder, &[&["import", "--campaign", "unit", file.to_str().unwrap()], more].concat())
    };
    assert_eq!(import("Dinas Sosial", &[]).0, Some(0));
    assert_eq!(ikrar(&folder, &["account", "add", "dinsos", "--node", "72/1"]).0, Some(0));

    let (code, told) = import("Dinas Sosial dan PPPA", &["--dry-run"]);
    let asked =
        "Unit baru Dinas Sosial dan PPPA: mungkin nama baru dari 72/1 Dinas Sosial (peserta yang sama: 1, akun: 1).";
    let gone = "Unit 72/1 Dinas Sosial tidak ada dalam berkas. Akun unit ini: 1.";
    assert!(code == Some(0) && told.contains(asked) && told.contains(gone), "{told}");
    assert!(told.contains("--same-unit \"72/1=Dinas Sosial dan PPPA\""), "{told}");
    let (_, told) = import("Dinas Sosial dan PPPA", &["--dry-run", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let known = serde_json::json!([{ "node": "72/1", "name": "Dinas Sosial", "accounts": 1, "people": 1 }]);
    assert_eq!((&told["units_asked"][0]["known"], &told["units_gone"][0]["node"]), (&known, &"72/1".into()), "{told}");

    for (said, why) in [
        ("72/1", "--same-unit tidak terbaca: 72/1."),
        ("72/9=Dinas Sosial dan PPPA", "72/9 bukan unit yang terdaftar"),
        ("71/1=Dinas Sosial dan PPPA", "71/1 bukan unit yang terdaftar"),
        ("72/1=Dinas Anak", "Berkas tidak memuat unit bernama Dinas Anak di tempat 72/1"),
    ] {
        let (code, told) = import("Dinas Sosial dan PPPA", &["--same-unit", said]);
        assert!(code == Some(1) && told.contains(why), "{said}: {told}");
        let (_, told) = import("Dinas Sosial dan PPPA", &["--json", "--same-unit", said]);
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!((&told["applied"], &told["refused"]["code"]), (&false.into(), &"same-unit".into()), "{told}");
    }
    let said = ["--same-unit", "72/1=Dinas Sosial dan PPPA"];
    let (code, told) = import("Dinas Sosial dan PPPA", &said);
    let renamed = "72/1 Dinas Sosial: sekarang bernama Dinas Sosial dan PPPA.";
    assert!(code == Some(0) && told.contains(renamed) && !told.contains(gone), "{told}");
    // The same file and words once more change nothing, and the unit isn't asked about again.
    let (code, told) = import("Dinas Sosial dan PPPA", &said);
    assert!(code == Some(0) && !told.contains("mungkin nama baru"), "{told}");
    let (code, told) = ikrar(&folder, &["account", "add", "baru", "--node", "72/2"]);
    assert_eq!(code, Some(1), "no other unit was registered: {told}");
}

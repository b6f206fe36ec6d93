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

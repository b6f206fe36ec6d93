//! Tests of encrypted backups: only the right key opens them, and a changed, truncated or foreign file leaves nothing
//! behind.

use super::encryption::{EncryptionKind, Passphrase, identities, kind, recipient, recipients};
use super::{ArchiveSource, BackupFault, DATABASE, Encryption, KEYRING, Opener, PASSPHRASE, restore, write};
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

const WORDS: &str = "sawah pagi di lereng";
/// Enough rows for several of the 64 KiB chunks in which the file is authenticated, also when it is compressed.
const ROWS: u32 = 60_000;

static GO_ON: AtomicBool = AtomicBool::new(false);

fn rows() -> String {
    (0..ROWS).map(|row| format!("{:x}\n", u64::from(row).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
}

fn archive(folder: &Path, encryption: &Encryption) -> PathBuf {
    let mut sources = vec![];
    for (name, text) in [(DATABASE, rows()), (KEYRING, "k".into()), (PASSPHRASE, "p".into())] {
        std::fs::write(folder.join(name), text).unwrap();
        sources.push(ArchiveSource { name, path: folder.join(name) });
    }
    let out = folder.join("b.age");
    write(&out, &sources, "2029-02-01T02:00:00Z", encryption, &GO_ON).unwrap();
    out
}

fn with_passphrase() -> Encryption {
    Encryption::Passphrase(Passphrase::parse(WORDS).unwrap())
}

fn opener(words: &str) -> Opener {
    Opener::Passphrase(Passphrase::of_any_length(words))
}

fn made_of(folder: &Path) -> bool {
    folder.join("new").exists() || folder.join("new.part").exists()
}

#[test]
fn an_encrypted_backup_opens_with_its_passphrase_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (out, target) = (archive(folder.path(), &with_passphrase()), folder.path().join("new"));
    assert_eq!(kind(&out).unwrap(), EncryptionKind::Passphrase);
    let bytes = std::fs::read(&out).unwrap();
    assert!(!bytes.windows(4).any(|four| four == b"PK\x03\x04"), "the archive shows");
    assert!(matches!(restore(&out, None, &target), Err(BackupFault::NeedsPassphrase)));
    assert!(matches!(restore(&out, Some(&opener("sawah pagi di lerenG")), &target), Err(BackupFault::WrongKey)));
    assert!(!made_of(folder.path()));
    // The line end of a file isn't part of the passphrase.
    restore(&out, Some(&opener("sawah pagi di lereng\r\n")), &target).unwrap();
    assert_eq!(std::fs::read_to_string(target.join(DATABASE)).unwrap(), rows());
}

#[test]
fn a_backup_for_several_recipients_opens_with_each_one_s_key_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [Identity::generate(), Identity::generate(), Identity::generate()];
    let list = folder.path().join("recipients");
    std::fs::write(&list, format!("# two\n\n{}\n{}\n", keys[0].to_public(), keys[1].to_public())).unwrap();
    let out = archive(folder.path(), &Encryption::Recipients(recipients(&list).unwrap()));
    assert_eq!(kind(&out).unwrap(), EncryptionKind::Recipients);
    for (number, key) in keys.iter().enumerate() {
        let (file, target) = (folder.path().join("key"), folder.path().join("new"));
        std::fs::write(&file, format!("# created\n{}\n", key.to_string().expose_secret())).unwrap();
        let done = restore(&out, Some(&Opener::Identities(identities(&file).unwrap())), &target);
        if number == 2 {
            assert!(matches!(done, Err(BackupFault::WrongKey)) && !made_of(folder.path()));
        } else {
            done.unwrap();
            std::fs::remove_dir_all(&target).unwrap();
        }
    }
    assert!(matches!(restore(&out, None, &folder.path().join("new")), Err(BackupFault::NeedsIdentity)));
    assert!(matches!(restore(&out, Some(&opener(WORDS)), &folder.path().join("new")), Err(BackupFault::NeedsIdentity)));
}

#[test]
fn a_changed_or_cut_encrypted_backup_is_refused_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let key = Identity::generate();
    let out = archive(folder.path(), &Encryption::Recipients(vec![key.to_public()]));
    let (good, bad) = (std::fs::read(&out).unwrap(), folder.path().join("bad"));
    assert!(good.len() > 3 * 64 * 1024, "the file has too few parts");
    let opener = Opener::Identities(vec![key]);
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&bad, bytes).unwrap();
        let done = restore(&bad, Some(&opener), &folder.path().join("new"));
        assert!(done.is_err() && !made_of(folder.path()), "{what}");
        done.unwrap_err()
    };
    // Every byte of the header, and bytes throughout the rest.
    for at in (0..300).chain((300..good.len()).step_by(7_919)).chain([good.len() - 1]) {
        let mut changed = good.clone();
        changed[at] ^= 0x10;
        refused(&changed, &format!("changed at {at}"));
    }
    for left in [0, 10, 100, 216, 300, 64 * 1024, good.len() / 2, good.len() - 17, good.len() - 1] {
        refused(&good[..left], &format!("cut after {left}"));
    }
    let longer = refused(&[&good[..], b"x"].concat(), "longer");
    assert!(matches!(longer, BackupFault::Damaged(_)), "{longer}");
    // Whole chunks that are exchanged.
    let part = 64 * 1024 + 16;
    let (head, rest) = good.split_at(good.len() - good.len() % part);
    let swapped = [&head[part..2 * part], &head[..part], &head[2 * part..], rest].concat();
    refused(&swapped, "exchanged");
    assert!(matches!(refused(b"PDF something else", "foreign"), BackupFault::Foreign));
    assert!(matches!(refused(b"-----BEGIN AGE ENCRYPTED FILE-----\n", "armor"), BackupFault::Armored));
}

#[test]
fn what_isn_t_a_backup_stays_none_when_it_is_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let key = Identity::generate();
    let file = folder.path().join("letter.age");
    std::fs::write(&file, age::encrypt(&key.to_public(), b"a letter").unwrap()).unwrap();
    let done = restore(&file, Some(&Opener::Identities(vec![key])), &folder.path().join("new"));
    assert!(matches!(done, Err(BackupFault::Foreign)));
}

#[test]
fn a_file_that_asks_for_too_much_work_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let out = archive(folder.path(), &with_passphrase());
    let text = std::fs::read(&out).unwrap();
    let at = text.windows(4).position(|four| four == b" 17\n").unwrap();
    let changed = [&text[..at], b" 40\n", &text[at + 4..]].concat();
    std::fs::write(&out, changed).unwrap();
    assert!(matches!(restore(&out, Some(&opener(WORDS)), &folder.path().join("new")), Err(BackupFault::TooMuchWork)));
}

#[test]
fn short_passphrases_and_what_isn_t_a_key_are_refused_without_repeating_a_secret() {
    for words in ["", "elevenlettr", "            x            ", "two\nlines of words"] {
        assert!(matches!(Passphrase::parse(words), Err(BackupFault::PassphraseUnfit)), "{words}");
    }
    assert!(!format!("{:?}", Passphrase::parse(WORDS).unwrap()).contains("sawah"));
    let secret = Identity::generate().to_string();
    for text in [secret.expose_secret(), "age1", "age1pq", "ssh-ed25519 AAAA"] {
        let fault = recipient(text).err().unwrap().to_string();
        assert!(!fault.contains(&secret.expose_secret()[15..]), "{fault}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    for text in ["", "# none\n", "age1x\n"] {
        std::fs::write(&file, text).unwrap();
        assert!(matches!(identities(&file), Err(BackupFault::NoIdentities(_))));
        assert!(recipients(&file).is_err());
    }
    std::fs::write(&file, vec![b'#'; 70_000]).unwrap();
    assert!(matches!(recipients(&file), Err(BackupFault::Io(..))));
}

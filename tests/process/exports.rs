//! What leaves by the command line is known to the audit trail, with the hash of the file.

use crate::support::{Client, Folder};
use ikrar::domain::audit::{ACTOR_COMMAND_LINE, AuditEvent};
use ikrar::store::audit::AuditStore;
use ikrar::store::campaigns::CampaignStore;
use ikrar::store::sqlite::Sqlite;
use sha2::{Digest, Sha256};

const PEOPLE: u32 = 90;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_and_certificates_are_in_the_trail_with_their_hash() {
    let folder = Folder::new(PEOPLE);
    let program = folder.start();
    let client = Client::new(&program.url()).await;
    let person = client.session(&folder.people()[0]).await.unwrap();
    assert_eq!(client.sign(&person).await.unwrap().status, 201);
    let program_url = program.url();
    program.kill();

    let mut expected = Vec::new();
    for name in ["codes.csv", "codes.xlsx", "slips.pdf", "certificates.zip", "roster.csv", "roster.xlsx"] {
        let out = folder.data().join(name);
        let command: &[&str] = match name {
            "certificates.zip" => &["certificates"],
            "roster.csv" | "roster.xlsx" => &["roster", "export"],
            _ => &["codes"],
        };
        folder.done(&[command, &["--campaign", "sumsel", "--out", out.to_str().unwrap()]].concat());
        let hash = Sha256::digest(std::fs::read(out).unwrap());
        expected.push(data_encoding::HEXLOWER.encode(&hash));
    }

    // What names the service's address isn't made with another one, and the published keys stay its own.
    let keys = std::fs::read(folder.data().join("jwks.json")).unwrap();
    for (command, name) in [("codes", "other.pdf"), ("certificates", "other.zip")] {
        let out = folder.data().join(name);
        let words =
            [command, "--campaign", "sumsel", "--out", out.to_str().unwrap(), "--public-url", "http://lain.example"];
        let told = folder.refused(&words);
        assert!(told.contains(&program_url), "{command}: {told}");
        assert!(!out.exists(), "{name}");
        assert_eq!(std::fs::read(folder.data().join("jwks.json")).unwrap(), keys);
    }

    let store = Sqlite::open(&folder.data().join("ikrar.sqlite")).await.unwrap();
    let campaign = store.campaign_by_slug("sumsel").await.unwrap().unwrap().id;
    let mut trail = store.audit_page(Some(campaign), None, 6).await.unwrap();
    trail.reverse();
    let known: Vec<(u64, String)> = trail
        .into_iter()
        .map(|entry| {
            assert_eq!(entry.actor, ACTOR_COMMAND_LINE);
            match entry.event {
                AuditEvent::CodesExported { people, sha256, .. }
                | AuditEvent::ListExported { people, sha256, .. }
                | AuditEvent::CertificatesExported { people, sha256, .. } => (people, sha256),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    let people = [90, 90, 90, 1, 90, 90];
    assert_eq!(known, people.into_iter().zip(expected).collect::<Vec<_>>());
}

//! Roster files that were made to keep a server busy, through the import as the console runs it.

use crate::support::{TestPlatform, line};
use ikrar::domain::campaign::Campaign;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::institution::Institution;
use ikrar::service::roster_file::{
    ColumnChoices, ImportError, ImportProgress, ImportReport, ImportRequest, Importer, Numberless, ReadingChoices,
    RosterFile, RosterFileError,
};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// A draft beside the event that the platform comes with.
struct Draft {
    platform: TestPlatform,
    campaign: Campaign,
}

const ID: CampaignId = CampaignId([77; 16]);
/// Very generous: a reading that is told to end does so within some milliseconds.
const ENDED_WITHIN: Duration = Duration::from_secs(60);

impl Draft {
    async fn new() -> Self {
        let platform = TestPlatform::locked(1).await;
        let state = &platform.state;
        let locked = platform.store.campaign(platform.campaign).await.unwrap().unwrap();
        let sealed_secret = platform.keyring.seal_secret(&ID.0, &[6; 32], [0; 24]);
        let campaign = Campaign {
            id: ID,
            slug: "konsep".into(),
            state: ikrar::domain::campaign::CampaignState::Draft,
            text_hash: None,
            sealed_secret,
            ..locked
        };
        platform.store.create_campaign(&campaign, &line(ID, &state.entropy)).await.unwrap();
        Self { platform, campaign }
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.platform.folder().join("daftar.csv");
        std::fs::write(&path, text).unwrap();
        path
    }

    async fn dry_run(
        &self,
        path: PathBuf,
        progress: watch::Sender<ImportProgress>,
        cancel: Arc<AtomicBool>,
    ) -> Result<ImportReport, ImportError> {
        let state = &self.platform.state;
        let importer =
            Importer { store: self.platform.store.clone(), clock: state.clock.clone(), entropy: state.entropy.clone() };
        let request = ImportRequest {
            campaign: ID,
            secret: self.platform.keyring.open_secret(&ID.0, &self.campaign.sealed_secret).unwrap(),
            file: RosterFile {
                path,
                scratch: self.platform.folder().to_owned(),
                institution: None,
                replace_all: false,
                numberless: Numberless::ByRow,
                same_institutions: vec![],
                same_units: vec![],
                reading: ReadingChoices::default(),
                columns: ColumnChoices::default(),
                dry_run: true,
                by: "uji".into(),
                sha256: String::new(),
            },
        };
        importer.run(request, progress, cancel).await
    }
}

/// Names of 198 letters out of three, in an order that has nothing to do with each other's: no filter helps.
fn names_of_units(count: usize) -> String {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b"abc"[(state >> 24) as usize % 3])
    };
    let mut text = String::from("Kode Instansi;Instansi;Nama;Unit Kerja\n");
    for _ in 0..count {
        let unit: String = (0..198).map(|_| next()).collect();
        let _ = writeln!(text, "16;Provinsi;Siti;{unit}");
    }
    text
}

/// Comparing each with each once took 14 minutes.
#[tokio::test]
async fn three_thousand_long_names_of_units_are_compared_as_far_as_the_limit_and_it_is_told() {
    let draft = Draft::new().await;
    let path = draft.file(&names_of_units(3_000));
    let report = draft.dry_run(path, watch::channel(ImportProgress::default()).0, Arc::default()).await.unwrap();
    assert_eq!((report.people, report.units), (3_000, 3_000));
    assert!(!report.look_alikes_complete);
}

fn many_rows() -> String {
    let mut text = String::from("Kode Instansi;Instansi;Nama;Unit Kerja\n");
    for row in 0..400_000 {
        let _ = writeln!(text, "16;Provinsi;Siti;Unit {row}");
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_import_ends_where_it_is() {
    let draft = Draft::new().await;
    let path = draft.file(&many_rows());
    let (progress, mut watched) = watch::channel(ImportProgress::default());
    let cancel = Arc::new(AtomicBool::new(false));
    let told = cancel.clone();
    let teller = tokio::spawn(async move {
        watched.wait_for(|progress| progress.rows > 0).await.unwrap();
        told.store(true, Ordering::Relaxed);
        watched
    });
    let ended = draft.dry_run(path, progress, cancel).await;
    assert!(matches!(ended, Err(ImportError::File(RosterFileError::Cancelled))), "{ended:?}");
    assert!(teller.await.unwrap().borrow().rows < 400_000);
}

/// Whoever asked is gone, and so is the task: the thread doesn't read on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_nobody_waits_for_any_more_ends() {
    let draft = Draft::new().await;
    let path = draft.file(&many_rows());
    let (progress, mut watched) = watch::channel(ImportProgress::default());
    let cancel = Arc::new(AtomicBool::new(false));
    let dry_run = draft.dry_run(path, progress, cancel.clone());
    let begun = watched.wait_for(|progress| progress.rows > 0);
    tokio::select! {
        ended = dry_run => panic!("it was over too soon: {ended:?}"),
        begun = begun => drop(begun.unwrap()),
    }
    assert!(cancel.load(Ordering::Relaxed));
    let over = async { while watched.changed().await.is_ok() {} };
    tokio::time::timeout(ENDED_WITHIN, over).await.expect("the thread has let go of its progress");
    assert!(watched.borrow().rows < 400_000);
}

/// `..` once reached the path of a certificate in an archive.
#[tokio::test]
async fn no_institution_is_called_what_an_archive_would_take_for_a_step() {
    let draft = Draft::new().await;
    let campaigns = &draft.platform.state.campaigns;
    for code in ["..", ".", "16.", ".16", "16..71", "16/71", "16\\71", "16-71", "a b", ""] {
        let institution =
            Institution { code: code.into(), name: "Dinas".into(), position: 0, help_contact: String::new() };
        let saved = campaigns.save_institutions("uji", &draft.campaign, &[institution], &[]).await;
        assert!(saved.is_err(), "{code:?} was taken");
    }
    // A file names its institutions by itself where the event has none.
    for code in ["..", "16.", "1/2"] {
        let path = draft.file(&format!("Kode Instansi;Instansi;Nama;Unit Kerja\n{code};Dinas;Siti;Bidang\n"));
        let report = draft.dry_run(path, watch::channel(ImportProgress::default()).0, Arc::default()).await.unwrap();
        let told: Vec<_> = report.faults.listed().iter().map(|fault| fault.kind.key()).collect();
        assert_eq!(told, ["institution-code"], "{code:?}");
    }
}

//! Reports "that wasn't me", of signed-in people and without a code.

use crate::line;
use crate::scene::CAMPAIGN;
use ikrar::domain::ids::{CampaignId, ParticipantId};
use ikrar::domain::misuse_report::{ReportNumber, ReportOutcome};
use ikrar::domain::time::UnixMillis;
use ikrar::domain::visible_institutions::{VisibleInstitutions, VisiblePart};
use ikrar::store::misuse_reports::{
    ClaimedReport, MisuseReport, OPEN_REPORTS_PER_NUMBER_MAX, OPEN_REPORTS_PER_PERSON_MAX,
    OPEN_REPORTS_WITHOUT_CODE_MAX, OpenReportCount, ReportResolution, ReportSource, ReportStage,
};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    reports_are_listed_within_a_scope_newest_first,
    a_report_is_resolved_once,
    a_report_is_taken_once_and_not_after_it_was_resolved,
    one_person_has_few_open_reports_even_when_they_come_at_once,
    a_report_without_a_code_is_kept_once_and_apart_from_those_of_people,
    a_report_without_a_code_is_no_person_s,
    a_report_without_a_code_is_taken_and_resolved_as_any_other,
    a_number_has_few_reports_with_contents_and_then_few_without,
    a_campaign_has_so_many_open_reports_without_a_code_and_no_more,
    several_reports_are_resolved_together_or_none_is,
    a_report_is_found_by_the_beginning_of_its_id_alone,
];

const OPEN: ReportStage = ReportStage::Open;
const RESOLVED: ReportStage = ReportStage::Resolved;

fn made(id: u8, person: u8, institution: &str) -> MisuseReport {
    MisuseReport {
        id: [id; 16],
        source: ReportSource::SignedIn {
            participant: ParticipantId([person; 16]),
            institution: institution.into(),
            contact: "0812".into(),
            message: "Bukan saya".into(),
        },
        reported_at: UnixMillis(i64::from(id)),
        taken_at: None,
        resolved: None,
    }
}

fn claimed(id: u32, mark: u32) -> ClaimedReport {
    let bytes = |number: u32| {
        let mut bytes = [9; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        bytes
    };
    ClaimedReport {
        id: bytes(id),
        mark: bytes(mark),
        sealed: vec![1, 2, 3],
        sealed_number: vec![4],
        reported_at: UnixMillis(i64::from(id)),
    }
}

fn resolution() -> ReportResolution {
    let finding = "Kode diterbitkan ulang".into();
    ReportResolution { at: UnixMillis(50), finding, outcome: ReportOutcome::Revoked }
}

fn open(institution: &str) -> OpenReportCount {
    OpenReportCount { institution: institution.into(), unit: None, open: 1 }
}

async fn sealed(store: &SharedStore, stage: ReportStage) -> Vec<Vec<u8>> {
    let reports = store.claimed_reports(CAMPAIGN, stage).await.unwrap();
    let sealed = reports.into_iter().map(|report| match report.source {
        ReportSource::WithoutCode { sealed, .. } => sealed,
        ReportSource::SignedIn { .. } => panic!("a signed-in person's report among those without a code"),
    });
    sealed.collect()
}

async fn reports_are_listed_within_a_scope_newest_first(store: SharedStore) {
    for (id, institution) in [(1, "16"), (2, "16.71"), (3, "16.71")] {
        assert!(store.add_report(CAMPAIGN, &made(id, id, institution)).await.unwrap());
    }
    let listed = async |campaign: CampaignId, visible: VisibleInstitutions| -> Vec<u8> {
        store.reports(campaign, &visible, OPEN).await.unwrap().iter().map(|report| report.id[0]).collect()
    };
    assert_eq!(listed(CAMPAIGN, VisibleInstitutions::All).await, [3, 2, 1]);
    assert_eq!(
        listed(CAMPAIGN, VisibleInstitutions::Parts(["16.71", "x"].map(VisiblePart::whole).into())).await,
        [3, 2]
    );
    assert!(listed(CAMPAIGN, VisibleInstitutions::Parts(vec![])).await.is_empty());
    assert!(listed(CampaignId([2; 16]), VisibleInstitutions::All).await.is_empty());
    assert!(store.reports(CAMPAIGN, &VisibleInstitutions::All, RESOLVED).await.unwrap().is_empty());
    let newest = async |person: u8| store.newest_report_of(CAMPAIGN, ParticipantId([person; 16])).await.unwrap();
    assert_eq!(newest(2).await.unwrap().id, [2; 16]);
    assert!(newest(9).await.is_none());
}

async fn a_report_is_resolved_once(store: SharedStore) {
    let report = made(1, 9, "16");
    store.add_report(CAMPAIGN, &report).await.unwrap();
    assert!(store.report(CAMPAIGN, &[1; 16]).await.unwrap().as_ref() == Some(&report));
    assert!(store.report(CAMPAIGN, &[2; 16]).await.unwrap().is_none());
    assert_eq!(store.open_reports(CAMPAIGN).await.unwrap(), [open("16")]);
    store.resolve_report(CAMPAIGN, &[1; 16], &resolution(), &line()).await.unwrap();
    assert!(store.open_reports(CAMPAIGN).await.unwrap().is_empty());
    assert!(store.reports(CAMPAIGN, &VisibleInstitutions::All, OPEN).await.unwrap().is_empty());
    assert_eq!(
        store.reports(CAMPAIGN, &VisibleInstitutions::All, RESOLVED).await.unwrap()[0].resolved,
        Some(resolution())
    );
    for id in [[1; 16], [2; 16]] {
        let again = store.resolve_report(CAMPAIGN, &id, &resolution(), &line()).await;
        assert!(matches!(again, Err(StoreError::Conflict)));
    }
}

async fn a_report_is_taken_once_and_not_after_it_was_resolved(store: SharedStore) {
    for id in [1, 2] {
        store.add_report(CAMPAIGN, &made(id, id, "16")).await.unwrap();
    }
    let take = async |id: u8| store.take_report(CAMPAIGN, &[id; 16], UnixMillis(40), &line()).await;
    take(1).await.unwrap();
    assert_eq!(store.report(CAMPAIGN, &[1; 16]).await.unwrap().unwrap().taken_at, Some(UnixMillis(40)));
    store.resolve_report(CAMPAIGN, &[2; 16], &resolution(), &line()).await.unwrap();
    for id in [1, 2, 3] {
        assert!(matches!(take(id).await, Err(StoreError::Conflict)), "{id}");
    }
    assert_eq!(store.open_reports(CAMPAIGN).await.unwrap(), [open("16")], "a taken report is open");
}

async fn one_person_has_few_open_reports_even_when_they_come_at_once(store: SharedStore) {
    crate::scene::draft(&store).await;
    let reports: Vec<MisuseReport> = (1..=8).map(|id| made(id, 9, "16")).collect();
    let mut adding = tokio::task::JoinSet::new();
    for report in reports {
        let store = store.clone();
        adding.spawn(async move { store.add_report(CAMPAIGN, &report).await.unwrap() });
    }
    let kept = adding.join_all().await.into_iter().filter(|kept| *kept).count() as u64;
    let listed = store.reports(CAMPAIGN, &VisibleInstitutions::All, OPEN).await.unwrap();
    assert_eq!((kept, listed.len() as u64), (OPEN_REPORTS_PER_PERSON_MAX, OPEN_REPORTS_PER_PERSON_MAX));
    store.resolve_report(CAMPAIGN, &listed[0].id, &resolution(), &line()).await.unwrap();
    assert!(store.add_report(CAMPAIGN, &made(9, 9, "16")).await.unwrap());
}

async fn a_report_without_a_code_is_kept_once_and_apart_from_those_of_people(store: SharedStore) {
    crate::scene::draft(&store).await;
    let report = claimed(1, 7);
    store.add_report(CAMPAIGN, &made(1, 9, "16")).await.unwrap();
    for _ in 0..2 {
        assert!(store.add_claimed_report(CAMPAIGN, &report).await.unwrap());
    }
    assert_eq!(store.open_claimed_reports(CAMPAIGN).await.unwrap(), 1);
    assert_eq!(sealed(&store, OPEN).await, [vec![1, 2, 3]]);
    assert_eq!(store.reports(CAMPAIGN, &VisibleInstitutions::All, OPEN).await.unwrap().len(), 1);
    assert_eq!(store.open_reports(CAMPAIGN).await.unwrap(), [open("16")]);
}

async fn a_report_without_a_code_is_no_person_s(store: SharedStore) {
    crate::scene::draft(&store).await;
    let report = claimed(1, 7);
    store.add_claimed_report(CAMPAIGN, &report).await.unwrap();
    assert!(store.newest_report_of(CAMPAIGN, ParticipantId(report.mark)).await.unwrap().is_none());
    assert!(store.claimed_reports(CampaignId([2; 16]), OPEN).await.unwrap().is_empty());
    // It has no person's fields, so it can't be added as one.
    let kept = store.report(CAMPAIGN, &report.id).await.unwrap().unwrap();
    assert!(matches!(store.add_report(CAMPAIGN, &kept).await, Err(StoreError::Conflict)));
}

async fn a_report_without_a_code_is_taken_and_resolved_as_any_other(store: SharedStore) {
    crate::scene::draft(&store).await;
    let report = claimed(1, 7);
    store.add_claimed_report(CAMPAIGN, &report).await.unwrap();
    store.take_report(CAMPAIGN, &report.id, UnixMillis(4), &line()).await.unwrap();
    store.resolve_report(CAMPAIGN, &report.id, &resolution(), &line()).await.unwrap();
    assert_eq!(store.open_claimed_reports(CAMPAIGN).await.unwrap(), 0);
    assert!(sealed(&store, OPEN).await.is_empty());
    assert_eq!(sealed(&store, RESOLVED).await, [vec![1, 2, 3]]);
}

async fn a_number_has_few_reports_with_contents_and_then_few_without(store: SharedStore) {
    crate::scene::draft(&store).await;
    let mut adding = tokio::task::JoinSet::new();
    for id in 0..30 {
        let store = store.clone();
        adding.spawn(async move { store.add_claimed_report(CAMPAIGN, &claimed(id, 7)).await.unwrap() });
    }
    let kept = adding.join_all().await.into_iter().filter(|kept| *kept).count() as u64;
    assert_eq!((kept, sealed(&store, OPEN).await.len() as u64), (OPEN_REPORTS_PER_NUMBER_MAX, kept));
    let with_contents = sealed(&store, OPEN).await.into_iter().filter(|sealed| sealed.len() == 3).count() as u64;
    assert_eq!(with_contents, OPEN_REPORTS_PER_PERSON_MAX);
    assert!(store.add_claimed_report(CAMPAIGN, &claimed(100, 8)).await.unwrap(), "another number has its own");
}

async fn a_campaign_has_so_many_open_reports_without_a_code_and_no_more(store: SharedStore) {
    crate::scene::draft(&store).await;
    let all = u32::try_from(OPEN_REPORTS_WITHOUT_CODE_MAX).unwrap();
    for id in 0..all {
        assert!(store.add_claimed_report(CAMPAIGN, &claimed(id, id)).await.unwrap());
    }
    assert!(!store.add_claimed_report(CAMPAIGN, &claimed(all, all)).await.unwrap());
    assert!(store.add_claimed_report(CAMPAIGN, &claimed(0, 0)).await.unwrap(), "one that is kept is answered again");
    assert!(store.add_report(CAMPAIGN, &made(200, 9, "16")).await.unwrap(), "signed-in people report as before");
    assert_eq!(store.open_claimed_reports(CAMPAIGN).await.unwrap(), u64::from(all));
    assert_eq!(sealed(&store, OPEN).await.len(), usize::try_from(all).unwrap());
    store.resolve_report(CAMPAIGN, &claimed(5, 5).id, &resolution(), &line()).await.unwrap();
    assert!(store.add_claimed_report(CAMPAIGN, &claimed(all, all)).await.unwrap());
}

async fn several_reports_are_resolved_together_or_none_is(store: SharedStore) {
    crate::scene::draft(&store).await;
    for id in 0..3 {
        store.add_claimed_report(CAMPAIGN, &claimed(id, id)).await.unwrap();
    }
    let ids: Vec<[u8; 16]> = (0..4).map(|id| claimed(id, id).id).collect();
    let resolve = async |ids: &[[u8; 16]]| store.resolve_reports(CAMPAIGN, ids, &resolution(), &line()).await;
    assert!(matches!(resolve(&ids).await, Err(StoreError::Conflict)), "the last doesn't exist");
    assert_eq!(store.open_claimed_reports(CAMPAIGN).await.unwrap(), 3);
    resolve(&ids[..2]).await.unwrap();
    assert_eq!(store.open_claimed_reports(CAMPAIGN).await.unwrap(), 1);
}

async fn a_report_is_found_by_the_beginning_of_its_id_alone(store: SharedStore) {
    crate::scene::draft(&store).await;
    let report = claimed(0x1234_5678, 7);
    store.add_claimed_report(CAMPAIGN, &report).await.unwrap();
    let found = async |id: [u8; 16], campaign: CampaignId| {
        let (low, high) = ReportNumber::of(&id).range();
        store.report_between(campaign, &low, &high).await.unwrap().map(|report| report.id)
    };
    assert_eq!(found(report.id, CAMPAIGN).await, Some(report.id));
    assert_eq!(found(report.id, CampaignId([2; 16])).await, None);
    assert_eq!(found([0x12; 16], CAMPAIGN).await, None);
    // The same beginning twice leads to neither.
    let twin = ClaimedReport {
        id: {
            let mut id = report.id;
            id[15] ^= 1;
            id
        },
        ..claimed(1, 8)
    };
    store.add_claimed_report(CAMPAIGN, &twin).await.unwrap();
    assert_eq!(found(report.id, CAMPAIGN).await, None);
}

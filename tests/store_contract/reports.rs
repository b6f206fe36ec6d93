//! Reports "that wasn't me".

use crate::line;
use crate::scene::CAMPAIGN;
use ikrar::domain::account::Scope;
use ikrar::domain::ids::{CampaignId, ParticipantId};
use ikrar::domain::time::UnixMillis;
use ikrar::store::misuse_reports::{MisuseReport, OPEN_REPORTS_PER_PERSON_MAX, ReportResolution};
use ikrar::store::{SharedStore, StoreError};

crate::properties![
    reports_are_listed_within_a_scope_newest_first,
    a_report_is_resolved_once,
    one_person_has_few_open_reports_even_when_they_come_at_once,
];

fn made(id: u8, person: u8, institution: &str) -> MisuseReport {
    MisuseReport {
        id: [id; 16],
        participant: ParticipantId([person; 16]),
        institution: institution.into(),
        contact: "0812".into(),
        message: "Bukan saya".into(),
        reported_at: UnixMillis(i64::from(id)),
        resolved: None,
    }
}

async fn reports_are_listed_within_a_scope_newest_first(store: SharedStore) {
    for (id, institution) in [(1, "16"), (2, "16.71"), (3, "16.71")] {
        assert!(store.add_report(CAMPAIGN, &made(id, id, institution)).await.unwrap());
    }
    let listed = async |campaign: CampaignId, scope: Scope| -> Vec<u8> {
        store.reports(campaign, &scope).await.unwrap().iter().map(|report| report.id[0]).collect()
    };
    assert_eq!(listed(CAMPAIGN, Scope::All).await, [3, 2, 1]);
    assert_eq!(listed(CAMPAIGN, Scope::Institutions(vec!["16.71".into(), "x".into()])).await, [3, 2]);
    assert!(listed(CAMPAIGN, Scope::Institutions(vec![])).await.is_empty());
    assert!(listed(CampaignId([2; 16]), Scope::All).await.is_empty());
}

async fn a_report_is_resolved_once(store: SharedStore) {
    let report = made(1, 9, "16");
    store.add_report(CAMPAIGN, &report).await.unwrap();
    assert!(store.report(CAMPAIGN, &[1; 16]).await.unwrap().as_ref() == Some(&report));
    assert!(store.report(CAMPAIGN, &[2; 16]).await.unwrap().is_none());
    let resolution = ReportResolution { at: UnixMillis(50), finding: "Kode diterbitkan ulang".into() };
    assert_eq!(store.open_reports(CAMPAIGN).await.unwrap(), [("16".to_owned(), 1)]);
    store.resolve_report(CAMPAIGN, &[1; 16], &resolution, &line()).await.unwrap();
    assert!(store.open_reports(CAMPAIGN).await.unwrap().is_empty());
    assert_eq!(store.report(CAMPAIGN, &[1; 16]).await.unwrap().unwrap().resolved, Some(resolution.clone()));
    for id in [[1; 16], [2; 16]] {
        let again = store.resolve_report(CAMPAIGN, &id, &resolution, &line()).await;
        assert!(matches!(again, Err(StoreError::Conflict)));
    }
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
    let listed = store.reports(CAMPAIGN, &Scope::All).await.unwrap();
    assert_eq!((kept, listed.len() as u64), (OPEN_REPORTS_PER_PERSON_MAX, OPEN_REPORTS_PER_PERSON_MAX));
    let resolution = ReportResolution { at: UnixMillis(50), finding: "Selesai".into() };
    store.resolve_report(CAMPAIGN, &listed[0].id, &resolution, &line()).await.unwrap();
    assert!(store.add_report(CAMPAIGN, &made(9, 9, "16")).await.unwrap());
}

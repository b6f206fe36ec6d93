//! Verifies the receipts that people were shown: each page names a pledge, which must be genuine and that person's.

use super::arrivals::CompletedJourney;
use crate::bench::figures::parallel_map;
use crate::bench::figures::recount::{ReceiptSummary, verified_credential};
use crate::bench::scenarios::synthetic_campaign::BenchSigner;
use crate::certificate::read::attached_credential;
use crate::credential::jwks::Jwks;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::store::SharedStore;
use crate::store::recount::RecountPledge;
use std::collections::{HashMap, HashSet};

/// Pledges per query.
const PLEDGES_READ_MAX: u32 = 4_096;

/// How many certificates were checked, and how many of them are valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CertificateCheck {
    pub expected: usize,
    pub valid: usize,
}

/// Compares the shown pledges with those in the database whose credential is signed by a published key.
pub async fn verify(
    (store, campaign): (&SharedStore, CampaignId),
    jwks: &Jwks,
    people: &[BenchSigner],
    completed: &[CompletedJourney],
) -> anyhow::Result<ReceiptSummary> {
    let (mut genuine, mut batches): (HashMap<PledgeId, ParticipantId>, _) = (HashMap::new(), HashSet::new());
    let mut after = None;
    loop {
        let page = store.recount_pledges(campaign, after, PLEDGES_READ_MAX).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.participant);
        let checked = parallel_map::map(&page, |pledge| is_genuine(pledge, jwks))?;
        for (pledge, genuinely) in page.iter().zip(checked) {
            batches.insert(pledge.signed_count);
            if genuinely {
                genuine.insert(pledge.pledge, pledge.participant);
            }
        }
    }
    Ok(count(&genuine, people, completed, u64::try_from(batches.len())?))
}

fn is_genuine(pledge: &RecountPledge, jwks: &Jwks) -> bool {
    verified_credential(&pledge.credential, jwks).is_some_and(|credential| credential.claims.pledge == pledge.pledge)
}

fn count(
    genuine: &HashMap<PledgeId, ParticipantId>,
    people: &[BenchSigner],
    completed: &[CompletedJourney],
    batches: u64,
) -> ReceiptSummary {
    let (mut receipts, mut shown) = (ReceiptSummary { batches, ..ReceiptSummary::default() }, HashSet::new());
    for one in completed {
        receipts.verified += u64::from(genuine.get(&one.pledge) == Some(&people[one.person].id));
        receipts.duplicates += u64::from(!shown.insert(one.pledge));
    }
    receipts
}

/// Counts the certificates kept, and those of them that contain the genuine credential of their pledge.
pub fn verify_certificates(completed: &[CompletedJourney], jwks: &Jwks) -> anyhow::Result<CertificateCheck> {
    let kept: Vec<(PledgeId, &[u8])> =
        completed.iter().filter_map(|one| Some((one.pledge, one.certificate.as_deref()?))).collect();
    let carried = |(pledge, pdf): &(PledgeId, &[u8])| {
        let attached = attached_credential(pdf).ok();
        let credential = attached.and_then(|attached| verified_credential(&attached, jwks));
        credential.is_some_and(|credential| credential.claims.pledge == *pledge)
    };
    let verified = parallel_map::map(&kept, carried)?.into_iter().filter(|verified| *verified).count();
    Ok(CertificateCheck { expected: kept.len(), valid: verified })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::scenarios::event::journey::StepTimes;
    use std::time::Duration;

    fn person(number: u8) -> BenchSigner {
        let id = ParticipantId::from_slice(&[number; 16]).unwrap();
        BenchSigner { id, identifier: String::new(), access_code: String::new() }
    }

    fn completed(person: usize, pledge: u8) -> CompletedJourney {
        let (at, took) = (Duration::ZERO, Duration::ZERO);
        CompletedJourney { person, pledge: id(pledge), at, took, times: StepTimes::default(), certificate: None }
    }

    fn id(number: u8) -> PledgeId {
        PledgeId::from_slice(&[number; 16]).unwrap()
    }

    #[test]
    fn a_receipt_counts_only_for_the_person_whose_pledge_it_is_and_once() {
        let people = [person(1), person(2)];
        let genuine = HashMap::from([(id(11), people[0].id), (id(12), people[1].id)]);
        let found = |completed: &[CompletedJourney]| count(&genuine, &people, completed, 1);
        assert_eq!(
            found(&[completed(0, 11), completed(1, 12)]),
            ReceiptSummary { verified: 2, batches: 1, ..ReceiptSummary::default() }
        );
        assert_eq!(
            found(&[completed(0, 12), completed(1, 12)]),
            ReceiptSummary { verified: 1, duplicates: 1, batches: 1, ..ReceiptSummary::default() }
        );
        assert_eq!(found(&[completed(0, 13)]).verified, 0);
    }

    #[test]
    fn a_certificate_that_carries_nothing_is_not_verified() {
        let mut one = completed(0, 11);
        one.certificate = Some(b"%PDF-1.7 %%EOF".to_vec());
        assert_eq!(
            verify_certificates(&[one, completed(1, 12)], &Jwks::default()).unwrap(),
            CertificateCheck { expected: 1, valid: 0 }
        );
    }
}

//! Are the receipts true that people were shown? Each page names a pledge, which must be that person's, and genuine.

use super::arrivals::Walked;
use crate::bench::figures::parallel_map;
use crate::bench::figures::recount::{Receipts, credential};
use crate::bench::scenarios::synthetic_campaign::Person;
use crate::certificate::read::attached_credential;
use crate::credential::jwks::Jwks;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::store::SharedStore;
use crate::store::recount::RecountPledge;
use std::collections::{HashMap, HashSet};

/// Pledges read at once.
const PLEDGES_READ_MAX: u32 = 4_096;

/// Looks every shown pledge up among those in the database whose credential is signed by the published keys.
pub async fn verified(
    (store, campaign): (&SharedStore, CampaignId),
    jwks: &Jwks,
    people: &[Person],
    walked: &[Walked],
) -> anyhow::Result<Receipts> {
    let (mut genuine, mut batches): (HashMap<PledgeId, ParticipantId>, _) = (HashMap::new(), HashSet::new());
    let mut after = None;
    loop {
        let page = store.recount_pledges(campaign, after, PLEDGES_READ_MAX).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.participant);
        let checked = parallel_map::on_all(&page, |pledge| is_genuine(pledge, jwks))?;
        for (pledge, genuinely) in page.iter().zip(checked) {
            batches.insert(pledge.signed_count);
            if genuinely {
                genuine.insert(pledge.pledge, pledge.participant);
            }
        }
    }
    Ok(count(&genuine, people, walked, u64::try_from(batches.len())?))
}

fn is_genuine(pledge: &RecountPledge, jwks: &Jwks) -> bool {
    credential(&pledge.credential, jwks).is_some_and(|credential| credential.claims.pledge == pledge.pledge)
}

fn count(genuine: &HashMap<PledgeId, ParticipantId>, people: &[Person], walked: &[Walked], batches: u64) -> Receipts {
    let (mut receipts, mut shown) = (Receipts { batches, ..Receipts::default() }, HashSet::new());
    for one in walked {
        receipts.verified += u64::from(genuine.get(&one.pledge) == Some(&people[one.person].id));
        receipts.duplicates += u64::from(!shown.insert(one.pledge));
    }
    receipts
}

/// How many certificates were kept, and how many of them carry the genuine credential of their person's pledge.
pub fn certificates(walked: &[Walked], jwks: &Jwks) -> anyhow::Result<(usize, usize)> {
    let kept: Vec<(PledgeId, &[u8])> =
        walked.iter().filter_map(|one| Some((one.pledge, one.certificate.as_deref()?))).collect();
    let carried = |(pledge, pdf): &(PledgeId, &[u8])| {
        let attached = attached_credential(pdf).ok();
        let credential = attached.and_then(|attached| credential(&attached, jwks));
        credential.is_some_and(|credential| credential.claims.pledge == *pledge)
    };
    let verified = parallel_map::on_all(&kept, carried)?.into_iter().filter(|verified| *verified).count();
    Ok((kept.len(), verified))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::scenarios::event::journey::Times;
    use std::time::Duration;

    fn person(number: u8) -> Person {
        let id = ParticipantId::from_slice(&[number; 16]).unwrap();
        Person { id, identifier: String::new(), access_code: String::new() }
    }

    fn walked(person: usize, pledge: u8) -> Walked {
        let (at, took) = (Duration::ZERO, Duration::ZERO);
        Walked { person, pledge: id(pledge), at, took, times: Times::default(), certificate: None }
    }

    fn id(number: u8) -> PledgeId {
        PledgeId::from_slice(&[number; 16]).unwrap()
    }

    #[test]
    fn a_receipt_counts_only_for_the_person_whose_pledge_it_is_and_once() {
        let people = [person(1), person(2)];
        let genuine = HashMap::from([(id(11), people[0].id), (id(12), people[1].id)]);
        let found = |walked: &[Walked]| count(&genuine, &people, walked, 1);
        assert_eq!(found(&[walked(0, 11), walked(1, 12)]), Receipts { verified: 2, batches: 1, ..Receipts::default() });
        assert_eq!(
            found(&[walked(0, 12), walked(1, 12)]),
            Receipts { verified: 1, duplicates: 1, batches: 1, ..Receipts::default() }
        );
        assert_eq!(found(&[walked(0, 13)]).verified, 0);
    }

    #[test]
    fn a_certificate_that_carries_nothing_is_not_verified() {
        let mut one = walked(0, 11);
        one.certificate = Some(b"%PDF-1.7 %%EOF".to_vec());
        assert_eq!(certificates(&[one, walked(1, 12)], &Jwks::default()).unwrap(), (1, 0));
    }
}

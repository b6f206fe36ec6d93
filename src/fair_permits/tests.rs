//! Shares hold under any sequence of requests, and no permit is ever lost.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Acquiring<'p> = Pin<Box<dyn Future<Output = Result<Permit, NoPermit>> + 'p>>;

const AT_ONCE: usize = 4;
const WAITING_MAX: usize = 16;

fn permits() -> FairPermits {
    FairPermits::new([7; 32], AT_ONCE, WAITING_MAX)
}

fn at(number: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, number).into()
}

fn polled<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    match Pin::new(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// Polls a request once.
fn come<'p>(permits: &'p FairPermits, requester: Requester<'p>) -> (Acquiring<'p>, Option<Result<Permit, NoPermit>>) {
    let mut acquiring: Acquiring<'p> = Box::pin(permits.acquire(requester));
    let answer = polled(&mut acquiring);
    (acquiring, answer)
}

#[derive(Clone, Debug)]
enum Act {
    /// A request arrives: address, login.
    Come(u8, u8),
    /// The permit or the waiter at this index is dropped.
    Go(usize),
    /// Every waiter is polled.
    Look,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0u8..3, 0u8..3).prop_map(|(address, login)| Act::Come(address, login)),
        3 => any::<usize>().prop_map(Act::Go),
        1 => Just(Act::Look),
    ];
    prop::collection::vec(act, 0..200)
}

const LOGINS: [&str; 3] = ["bkd", "kota", "admin"];

proptest! {
    /// The flood comes from one address with any logins. Whatever it does, addresses seen for the first time get half.
    #[test]
    fn one_requester_leaves_half_of_the_permits_and_of_the_queue_to_the_others(acts in acts()) {
        let permits = permits();
        let (mut held, mut waiting): (Vec<Permit>, Vec<Acquiring<'_>>) = (vec![], vec![]);
        for act in acts {
            match act {
                Act::Come(_, login) => {
                    let requester = Requester::Claimed { address: at(1), login: LOGINS[usize::from(login)] };
                    match come(&permits, requester) {
                        (_, Some(Ok(permit))) => held.push(permit),
                        (_, Some(Err(NoPermit))) => {}
                        (acquiring, None) => waiting.push(acquiring),
                    }
                }
                Act::Go(number) if number % 2 == 0 && !held.is_empty() => drop(held.swap_remove(number % held.len())),
                Act::Go(number) if !waiting.is_empty() => drop(waiting.swap_remove(number % waiting.len())),
                Act::Go(_) => {}
                Act::Look => look(&mut held, &mut waiting),
            }
            prop_assert!(permits.usage().0 <= AT_ONCE / 2 && permits.usage().1 <= WAITING_MAX / 2);
        }
        let (mut others, mut queued) = (vec![], vec![]);
        for number in 0..AT_ONCE / 2 + WAITING_MAX / 2 {
            match come(&permits, Requester::Address(at(100 + u8::try_from(number).unwrap()))) {
                (_, Some(Ok(permit))) => others.push(permit),
                (_, Some(Err(NoPermit))) => prop_assert!(false, "the flood took what is the others'"),
                (acquiring, None) => queued.push(acquiring),
            }
        }
        prop_assert!(others.len() >= AT_ONCE / 2);
    }

    /// After any sequence of requests all permits are free again.
    #[test]
    fn no_permit_is_lost_when_requests_are_dropped(acts in acts()) {
        let permits = permits();
        let (mut held, mut waiting): (Vec<Permit>, Vec<Acquiring<'_>>) = (vec![], vec![]);
        for act in acts {
            match act {
                Act::Come(address, login) => {
                    let requester = Requester::Claimed { address: at(address), login: LOGINS[usize::from(login)] };
                    match come(&permits, requester) {
                        (_, Some(Ok(permit))) => held.push(permit),
                        (_, Some(Err(NoPermit))) => {}
                        (acquiring, None) => waiting.push(acquiring),
                    }
                }
                Act::Go(number) if number % 2 == 0 && !held.is_empty() => drop(held.swap_remove(number % held.len())),
                Act::Go(number) if !waiting.is_empty() => drop(waiting.swap_remove(number % waiting.len())),
                Act::Go(_) => {}
                Act::Look => look(&mut held, &mut waiting),
            }
            let (now_held, now_waiting) = permits.usage();
            prop_assert!(now_held <= AT_ONCE && now_waiting <= WAITING_MAX);
            prop_assert!(held.len() <= now_held, "a permit is held that the room doesn't know");
        }
        drop(waiting);
        drop(held);
        prop_assert_eq!(permits.usage(), (0, 0));
    }

    /// While there are fewer keys than waiters may be, a key's first request is admitted, however many requests the
    /// others make.
    #[test]
    fn few_requesters_never_keep_another_one_out(per_side in prop::collection::vec(1usize..30, 1..WAITING_MAX - 1)) {
        let permits = permits();
        let mut kept = vec![];
        for (side, questions) in (0u8..).zip(per_side) {
            kept.extend((0..questions).map(|_| come(&permits, Requester::Address(at(side)))));
        }
        let (mut acquiring, answer) = come(&permits, Requester::Address(at(200)));
        prop_assert!(!matches!(answer, Some(Err(NoPermit))), "a newcomer was turned away");
        if answer.is_none() {
            // And its turn comes: all held permits are dropped, as often as there are keys.
            let mut called = None;
            for _ in 0..2 * WAITING_MAX {
                let (mut held, mut still) = (vec![], vec![]);
                for (mut other, answer) in std::mem::take(&mut kept) {
                    match answer.or_else(|| polled(&mut other)) {
                        Some(Ok(permit)) => held.push(permit),
                        Some(Err(NoPermit)) => {}
                        None => still.push((other, None)),
                    }
                }
                kept = still;
                drop(held);
                called = called.or_else(|| polled(&mut acquiring));
                if called.is_some() {
                    break;
                }
            }
            prop_assert!(matches!(called, Some(Ok(_))), "a newcomer's turn never came");
        }
    }
}

fn look<'p>(held: &mut Vec<Permit>, waiting: &mut Vec<Acquiring<'p>>) {
    let mut still = vec![];
    for mut acquiring in std::mem::take(waiting) {
        match polled(&mut acquiring) {
            Some(Ok(permit)) => held.push(permit),
            Some(Err(NoPermit)) => {}
            None => still.push(acquiring),
        }
    }
    *waiting = still;
}

#[test]
fn a_flood_for_one_login_leaves_its_owner_elsewhere_and_colleagues_at_the_same_address_a_place_to_wait() {
    let permits = permits();
    let office = at(1);
    let flood: Vec<_> =
        (0..100).map(|_| come(&permits, Requester::Claimed { address: office, login: "bkd" })).collect();
    for requester in
        [Requester::Claimed { address: office, login: "kota" }, Requester::Claimed { address: at(2), login: "bkd" }]
    {
        let (_kept, answer) = come(&permits, requester);
        assert!(!matches!(answer, Some(Err(NoPermit))));
    }
    let turned_away = flood.iter().filter(|(_, answer)| matches!(answer, Some(Err(NoPermit)))).count();
    assert_eq!(turned_away, 100 - AT_ONCE / 4 - WAITING_MAX / 4);
}

#[test]
fn permits_go_round_robin_and_an_earlier_crowd_is_served_once_before_a_later_request() {
    let permits = FairPermits::new([7; 32], 2, 16);
    let (crowd, other, late) = (at(1), at(2), at(3));
    let first = [come(&permits, Requester::Address(crowd)), come(&permits, Requester::Address(other))];
    let mut crowd: Vec<_> = (0..6).map(|_| come(&permits, Requester::Address(crowd)).0).collect();
    let mut late = come(&permits, Requester::Address(late)).0;
    let [(_, Some(Ok(of_crowd))), (_, Some(Ok(of_other)))] = first else { panic!("both had a permit") };
    drop(of_crowd);
    let served = polled(&mut crowd[0]).expect("the crowd waited longer");
    drop(of_other);
    assert!(matches!(polled(&mut late), Some(Ok(_))), "the crowd was served twice");
    drop(served);
    assert!(matches!(polled(&mut crowd[1]), Some(Ok(_))));
}

#[test]
fn an_ipv6_end_site_shares_one_key_and_a_network_within_it_leaves_half_of_that_to_the_others() {
    let permits = permits();
    let of = |text: &str| Requester::Address(text.parse().unwrap());
    let mut kept: Vec<_> = (0..100).map(|n| come(&permits, of(&format!("2001:db8:1:1::{n:x}")))).collect();
    assert_eq!(permits.usage(), (AT_ONCE / 4, WAITING_MAX / 4));
    kept.extend((2..100).map(|n| come(&permits, of(&format!("2001:db8:1:{n:x}::1")))));
    assert_eq!(permits.usage(), (AT_ONCE / 2, WAITING_MAX / 2));
    let (_, mapped) = come(&permits, of("::ffff:192.0.2.1"));
    assert!(matches!(mapped, Some(Ok(_))));
}

#[test]
fn without_a_queue_a_refusal_is_immediate() {
    let permits = FairPermits::new([7; 32], 2, 0);
    let (_, first) = come(&permits, Requester::Account("bkd"));
    assert!(matches!(first, Some(Ok(_))));
    assert!(matches!(come(&permits, Requester::Account("bkd")).1, Some(Err(NoPermit))));
    assert!(matches!(come(&permits, Requester::Account("kota")).1, Some(Ok(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_cancelled_requests_leave_all_permits_free() {
    let permits = Arc::new(permits());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0u8..250 {
        let permits = permits.clone();
        tasks.spawn(async move {
            for round in 0..20u8 {
                let take = permits.acquire(Requester::Address(at(number % 5)));
                let patience = std::time::Duration::from_micros(u64::from(number ^ round) * 4);
                if let Ok(Ok(permit)) = tokio::time::timeout(patience, take).await {
                    tokio::task::yield_now().await;
                    drop(permit);
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(permits.usage(), (0, 0));
}

#[test]
fn nobody_can_choose_an_address_that_shares_a_key() {
    let of = |key: u8, address| ShareKeys::of(Requester::Address(address), &[key; 32]);
    assert_ne!(of(1, at(1)), of(2, at(1)));
    let names: HashMap<_, _> = (0..=255).map(|n| (of(1, at(n)).widest().unwrap().hash(), n)).collect();
    assert_eq!(names.len(), 256);
}

//! Shares hold whatever anybody does, and no place is ever lost.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Taking<'p> = Pin<Box<dyn Future<Output = Result<Place, Full>> + 'p>>;

const AT_ONCE: usize = 4;
const WAITING_MAX: usize = 16;

fn places() -> Places {
    Places::new([7; 32], AT_ONCE, WAITING_MAX)
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

/// Comes, and stays as far as it may.
fn come<'p>(places: &'p Places, asker: Asker<'p>) -> (Taking<'p>, Option<Result<Place, Full>>) {
    let mut taking: Taking<'p> = Box::pin(places.take(asker));
    let answer = polled(&mut taking);
    (taking, answer)
}

#[derive(Clone, Debug)]
enum Act {
    /// Somebody comes: address, login.
    Come(u8, u8),
    /// Whoever is at this place of those who hold one or wait, goes.
    Go(usize),
    /// Everybody who waits looks whether they were called.
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
    /// The flood comes from one address with any logins; whatever it did, an address that nobody was seen at holds half.
    #[test]
    fn whatever_one_side_does_half_of_the_places_and_of_the_queue_stay_for_the_others(acts in acts()) {
        let places = places();
        let (mut held, mut waiting): (Vec<Place>, Vec<Taking<'_>>) = (vec![], vec![]);
        for act in acts {
            match act {
                Act::Come(_, login) => {
                    let asker = Asker::Claimed { address: at(1), login: LOGINS[usize::from(login)] };
                    match come(&places, asker) {
                        (_, Some(Ok(place))) => held.push(place),
                        (_, Some(Err(Full))) => {}
                        (taking, None) => waiting.push(taking),
                    }
                }
                Act::Go(number) if number % 2 == 0 && !held.is_empty() => drop(held.swap_remove(number % held.len())),
                Act::Go(number) if !waiting.is_empty() => drop(waiting.swap_remove(number % waiting.len())),
                Act::Go(_) => {}
                Act::Look => look(&mut held, &mut waiting),
            }
            prop_assert!(places.taken().0 <= AT_ONCE / 2 && places.taken().1 <= WAITING_MAX / 2);
        }
        let (mut others, mut queued) = (vec![], vec![]);
        for number in 0..AT_ONCE / 2 + WAITING_MAX / 2 {
            match come(&places, Asker::Address(at(100 + u8::try_from(number).unwrap()))) {
                (_, Some(Ok(place))) => others.push(place),
                (_, Some(Err(Full))) => prop_assert!(false, "the flood took what is the others'"),
                (taking, None) => queued.push(taking),
            }
        }
        prop_assert!(others.len() >= AT_ONCE / 2);
    }

    /// Whatever anybody does, in the end all places are free.
    #[test]
    fn no_place_is_lost_by_whoever_goes_away(acts in acts()) {
        let places = places();
        let (mut held, mut waiting): (Vec<Place>, Vec<Taking<'_>>) = (vec![], vec![]);
        for act in acts {
            match act {
                Act::Come(address, login) => {
                    let asker = Asker::Claimed { address: at(address), login: LOGINS[usize::from(login)] };
                    match come(&places, asker) {
                        (_, Some(Ok(place))) => held.push(place),
                        (_, Some(Err(Full))) => {}
                        (taking, None) => waiting.push(taking),
                    }
                }
                Act::Go(number) if number % 2 == 0 && !held.is_empty() => drop(held.swap_remove(number % held.len())),
                Act::Go(number) if !waiting.is_empty() => drop(waiting.swap_remove(number % waiting.len())),
                Act::Go(_) => {}
                Act::Look => look(&mut held, &mut waiting),
            }
            let (now_held, now_waiting) = places.taken();
            prop_assert!(now_held <= AT_ONCE && now_waiting <= WAITING_MAX);
            prop_assert!(held.len() <= now_held, "a place is held that the room doesn't know");
        }
        drop(waiting);
        drop(held);
        prop_assert_eq!(places.taken(), (0, 0));
    }

    /// As long as there are fewer sides than places to wait, nobody's first question is turned away, however many each asks.
    #[test]
    fn few_sides_never_keep_another_one_out(per_side in prop::collection::vec(1usize..30, 1..WAITING_MAX - 1)) {
        let places = places();
        let mut kept = vec![];
        for (side, questions) in (0u8..).zip(per_side) {
            kept.extend((0..questions).map(|_| come(&places, Asker::Address(at(side)))));
        }
        let (mut taking, answer) = come(&places, Asker::Address(at(200)));
        prop_assert!(!matches!(answer, Some(Err(Full))), "a newcomer was turned away");
        if answer.is_none() {
            // And the turn comes: everybody who holds a place goes, as often as there are sides.
            let mut called = None;
            for _ in 0..2 * WAITING_MAX {
                let (mut held, mut still) = (vec![], vec![]);
                for (mut other, answer) in std::mem::take(&mut kept) {
                    match answer.or_else(|| polled(&mut other)) {
                        Some(Ok(place)) => held.push(place),
                        Some(Err(Full)) => {}
                        None => still.push((other, None)),
                    }
                }
                kept = still;
                drop(held);
                called = called.or_else(|| polled(&mut taking));
                if called.is_some() {
                    break;
                }
            }
            prop_assert!(matches!(called, Some(Ok(_))), "a newcomer's turn never came");
        }
    }
}

fn look<'p>(held: &mut Vec<Place>, waiting: &mut Vec<Taking<'p>>) {
    let mut still = vec![];
    for mut taking in std::mem::take(waiting) {
        match polled(&mut taking) {
            Some(Ok(place)) => held.push(place),
            Some(Err(Full)) => {}
            None => still.push(taking),
        }
    }
    *waiting = still;
}

#[test]
fn a_flood_for_one_login_leaves_its_owner_elsewhere_and_colleagues_at_the_same_address_a_place_to_wait() {
    let places = places();
    let office = at(1);
    let flood: Vec<_> = (0..100).map(|_| come(&places, Asker::Claimed { address: office, login: "bkd" })).collect();
    for asker in [Asker::Claimed { address: office, login: "kota" }, Asker::Claimed { address: at(2), login: "bkd" }] {
        let (_kept, answer) = come(&places, asker);
        assert!(!matches!(answer, Some(Err(Full))));
    }
    let turned_away = flood.iter().filter(|(_, answer)| matches!(answer, Some(Err(Full)))).count();
    assert_eq!(turned_away, 100 - AT_ONCE / 4 - WAITING_MAX / 4);
}

#[test]
fn turns_go_round_and_a_crowd_that_came_first_is_served_once_before_whoever_comes_later() {
    let places = Places::new([7; 32], 2, 16);
    let (crowd, other, late) = (at(1), at(2), at(3));
    let first = [come(&places, Asker::Address(crowd)), come(&places, Asker::Address(other))];
    let mut crowd: Vec<_> = (0..6).map(|_| come(&places, Asker::Address(crowd)).0).collect();
    let mut late = come(&places, Asker::Address(late)).0;
    let [(_, Some(Ok(of_crowd))), (_, Some(Ok(of_other)))] = first else { panic!("both had a place") };
    drop(of_crowd);
    let served = polled(&mut crowd[0]).expect("the crowd waited longer");
    drop(of_other);
    assert!(matches!(polled(&mut late), Some(Ok(_))), "the crowd was served twice");
    drop(served);
    assert!(matches!(polled(&mut crowd[1]), Some(Ok(_))));
}

#[test]
fn an_end_site_of_ipv6_is_one_side_and_a_network_within_it_leaves_half_of_that_to_the_others() {
    let places = places();
    let of = |text: &str| Asker::Address(text.parse().unwrap());
    let mut kept: Vec<_> = (0..100).map(|n| come(&places, of(&format!("2001:db8:1:1::{n:x}")))).collect();
    assert_eq!(places.taken(), (AT_ONCE / 4, WAITING_MAX / 4));
    kept.extend((2..100).map(|n| come(&places, of(&format!("2001:db8:1:{n:x}::1")))));
    assert_eq!(places.taken(), (AT_ONCE / 2, WAITING_MAX / 2));
    let (_, mapped) = come(&places, of("::ffff:192.0.2.1"));
    assert!(matches!(mapped, Some(Ok(_))));
}

#[test]
fn without_places_to_wait_the_answer_is_there_at_once() {
    let places = Places::new([7; 32], 2, 0);
    let (_, first) = come(&places, Asker::Account("bkd"));
    assert!(matches!(first, Some(Ok(_))));
    assert!(matches!(come(&places, Asker::Account("bkd")).1, Some(Err(Full))));
    assert!(matches!(come(&places, Asker::Account("kota")).1, Some(Ok(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_tasks_that_come_and_go_away_leave_all_places_free() {
    let places = Arc::new(places());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0u8..250 {
        let places = places.clone();
        tasks.spawn(async move {
            for round in 0..20u8 {
                let take = places.take(Asker::Address(at(number % 5)));
                let patience = std::time::Duration::from_micros(u64::from(number ^ round) * 4);
                if let Ok(Ok(place)) = tokio::time::timeout(patience, take).await {
                    tokio::task::yield_now().await;
                    drop(place);
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(places.taken(), (0, 0));
}

#[test]
fn nobody_can_tell_which_address_shares_a_side() {
    let of = |key: u8, address| Sides::of(Asker::Address(address), &[key; 32]);
    assert_ne!(of(1, at(1)), of(2, at(1)));
    let names: HashMap<_, _> = (0..=255).map(|n| (of(1, at(n)).first().unwrap().name(), n)).collect();
    assert_eq!(names.len(), 256);
}

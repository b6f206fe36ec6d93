//! Two events have an institution of one code that isn't the same one: the operator of one asks, on every route and in
//! every field, for the other's people, and nothing of them comes.

use crate::askers::{Asker, Cast};
use crate::reach::{Marks, asked_everything};
use crate::support::{TestPlatform, event};
use axum::http::StatusCode;
use ikrar::domain::account::Role;
use ikrar::domain::ids::CampaignId;
use ikrar::domain::participant::Participant;
use ikrar::store::rosters::{Activation, RosterVersion};

/// The draft `lain` with an institution of the code `16` that isn't the one of the event `uji`, and one person.
async fn other_event(platform: &TestPlatform) {
    let (store, entropy, id) = (&platform.store, &platform.state.entropy, CampaignId([0xee; 16]));
    let institutions = [("16", "Pemerintah Provinsi Lain")];
    let secret = event::create_named(store, &platform.keyring, entropy, id, "lain", &institutions).await;
    let person = platform.people[8].participant.clone();
    let id_there = secret.participant_id(&person.identifier);
    let person = Participant { id: id_there, shown_name: "Orang Lain Satu".into(), institution: "16".into(), ..person };
    let roster = [7; 16];
    store.begin_roster(id, roster, None, platform.state.now(), "uji").await.unwrap();
    store.stage_people(id, roster, &[person]).await.unwrap();
    let activation = Activation {
        roster,
        before: vec![("16".into(), RosterVersion::default())],
        created: vec![],
        same_institutions: vec![],
        renames: vec![],
        switched: vec!["16".into()],
        taken_over: vec![],
        next_numbers: vec![],
        people: 1,
        columns: vec![],
    };
    store.activate_roster(id, &activation, &event::line(id, entropy)).await.unwrap();
}

#[tokio::test]
async fn an_operator_of_another_event_s_institution_of_this_code_sees_nobody() {
    let mut cast = Cast::on(TestPlatform::open(9).await).await;
    other_event(&cast.platform).await;
    let people = cast.platform.people.clone();
    let marks = Marks::of(people.iter());
    for person in people.iter().take(3) {
        cast.platform.sign(person).await;
    }
    let cookie = cast.platform.account("provinsi.lain", Role::Operator, &["16~2"]).await;
    cast.replace(Asker::OtherOperator, cookie.clone());
    // Who is of this event's `16` has nothing in the other.
    let operator = cast.cookie(Asker::Operator);
    let other = cast.platform.page("/console/k/lain/institutions", &operator).await;
    assert!(!other.text().contains("Pemerintah Provinsi Lain"), "{}", other.text());
    let found = cast.platform.post_form("/console/k/lain/people", &operator, &[("q", "Orang Lain")]).await;
    assert!(!found.text().contains("Orang Lain Satu"), "{}", found.text());
    // Nor the other way round.
    let own = cast.platform.page("/console/k/lain/institutions", &cookie).await;
    assert!(own.text().contains("Pemerintah Provinsi Lain"), "{}", own.text());
    for person in [&people[0], &people[2]] {
        for (said, answer) in asked_everything(&cast, Asker::OtherOperator, person).await {
            assert!(!marks.shown_in(&answer), "{said}");
        }
    }
    // Numbers and names of institutions neither.
    for path in ["institutions", "progress", "progress.csv", "lists", "codes", "roster", "day"] {
        let answer = cast.platform.page(&format!("/console/k/uji/{path}"), &cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        for name in ["Pemerintah Provinsi Contoh</td>", "Kota Contoh", "value=\"16\"", "institution=16\"", "16;"] {
            assert!(!answer.text().contains(name), "{path}: {name}: {}", answer.text());
        }
    }
    let found = cast.platform.post_form("/console/k/lain/people", &cookie, &[("q", "Orang Lain")]).await;
    assert!(found.text().contains("Orang Lain Satu"), "{}", found.text());
}

//! What a proposal does beyond its limits: one that is refused each time ends, and a file names so many as left out.

use crate::proposals::{
    ADD, EXCUSE, approve_only, listed, many, newcomers, numbers, proposed, send, stored, two_organizers,
};
use crate::support::TestPlatform;
use crate::unit_paths::{database, run};
use axum::http::StatusCode;
use ikrar::domain::proposal::{LEFT_OUT_NAMED_MAX, ProposalState};
use std::time::Duration;

#[tokio::test]
async fn a_proposal_that_is_refused_each_time_ends_and_can_be_continued() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let path = proposed(&send(&platform, &bkd, &ADD, &newcomers(3)).await);
    approve_only(&platform, &path).await;
    // As if others were faster at each attempt: no row is written, and the commit is refused.
    let mut beside = database(&platform).await;
    let refusing = "CREATE TRIGGER refusing BEFORE UPDATE OF processed ON proposal BEGIN SELECT RAISE(IGNORE); END";
    run(&mut beside, refusing).await;
    let address = format!("{path}/continue");
    let go_on = || platform.post_form(&address, &bkd, &[]);
    let ended = tokio::time::timeout(Duration::from_secs(90), go_on()).await.expect("it is tried again and again");
    assert_eq!(ended.status, StatusCode::UNPROCESSABLE_ENTITY);
    let proposal = stored(&platform, &path).await;
    assert_eq!((proposal.state, proposal.processed, proposal.late()), (ProposalState::Approved, 0, 0));
    assert_eq!(numbers(&platform).await, [0, 0, 6]);
    run(&mut beside, "DROP TRIGGER refusing").await;
    assert_eq!(go_on().await.status, StatusCode::SEE_OTHER);
    assert_eq!(numbers(&platform).await, [3, 0, 9]);
}

#[tokio::test]
async fn so_many_people_of_a_file_are_named_as_left_out_and_no_more() {
    let platform = TestPlatform::open(6).await;
    let (bkd, _) = two_organizers(&platform).await;
    let unknown = u32::try_from(LEFT_OUT_NAMED_MAX + 9).unwrap();
    let known = listed(&platform, 0..1);
    let file = many(unknown) + known.lines().nth(1).unwrap();
    let path = proposed(&send(&platform, &bkd, &EXCUSE, &file).await);
    let proposal = stored(&platform, &path).await;
    assert_eq!((proposal.people, proposal.left_out.len()), (1, LEFT_OUT_NAMED_MAX));
}

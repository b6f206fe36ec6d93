//! An operator and a viewer of one agency ask, on every route and in every field, for the people of the institution's
//! other agencies: nothing of them comes, and no number of them.

use crate::askers::{Asker, Cast};
use crate::reach::{Marks, asked_everything};
use crate::support::{ARCHIVES, Answer, TestPlatform};
use axum::http::StatusCode;
use ikrar::domain::account::Role;

const REPORT: &str = "/k/uji/lapor";

async fn report(platform: &TestPlatform, identifier: &str) {
    let contact = ("contact", "0813-5555-4444");
    let fields = [("step", "report"), ("identifier", identifier), contact, ("message", "Bukan saya.")];
    assert_eq!(platform.post_form(REPORT, "", &fields).await.status, StatusCode::OK);
}

/// The event, of whose people all but one have signed, with a report about each.
async fn cast() -> Cast {
    let mut cast = Cast::on(TestPlatform::with_agencies().await).await;
    for person in &cast.platform.people[..8] {
        cast.platform.sign(person).await;
        report(&cast.platform, &person.identifier).await;
    }
    for (asker, login, role) in
        [(Asker::OtherOperator, "arsip", Role::Operator), (Asker::Viewer, "arsip.angka", Role::Viewer)]
    {
        let cookie = cast.platform.account(login, role, &[ARCHIVES]).await;
        cast.replace(asker, cookie);
    }
    cast
}

#[tokio::test]
async fn who_sees_one_agency_finds_nobody_of_another() {
    let cast = cast().await;
    let people = cast.platform.people.clone();
    let (own, others): (Vec<_>, Vec<_>) = people.iter().enumerate().partition(|(at, _)| [1, 4].contains(at));
    let (own, others) = (own.into_iter().map(|(_, one)| one), others.into_iter().map(|(_, one)| one));
    let (ours, theirs) = (Marks::of(own.clone()), Marks::of(others));
    // Of another agency, of none, and of another agency's unit.
    for (asker, at) in [(Asker::OtherOperator, 3), (Asker::OtherOperator, 6), (Asker::Viewer, 0)] {
        for (said, answer) in asked_everything(&cast, asker, &people[at]).await {
            assert!(!theirs.shown_in(&answer), "{said} by {asker:?}");
            let is_pdf = answer.body.starts_with(b"%PDF");
            let may_be = ["/recapitulation.pdf", "/codes ", "/people/slip"].iter().any(|path| said.contains(path));
            assert!(!is_pdf || may_be, "{said} by {asker:?}: a file that could hold anything");
        }
    }
    // The same questions find who may be found: otherwise nothing was shown above.
    let person = own.clone().next().unwrap();
    let found = asked_everything(&cast, Asker::OtherOperator, person).await;
    let found: Vec<&String> = found.iter().filter(|(_, answer)| ours.shown_in(answer)).map(|(said, _)| said).collect();
    for path in ["/people/show", "/people/reissue", "/lists", "/codes", "/reports"] {
        assert!(found.iter().any(|said| said.contains(path)), "{path} isn't among {found:?}");
    }
}

async fn page(cast: &Cast, asker: Asker, path: &str) -> Answer {
    cast.platform.page(&format!("/console/k/uji/{path}"), &cast.cookie(asker)).await
}

#[tokio::test]
async fn who_sees_one_agency_sees_no_number_or_name_of_another() {
    let cast = cast().await;
    for asker in [Asker::OtherOperator, Asker::Viewer] {
        for (path, own) in [
            ("progress", "Pemerintah Provinsi Contoh / Badan Arsip"),
            ("progress?institution=16", "Badan Arsip"),
            ("progress.csv", "16,"),
            ("progress.csv?institution=16", "16,Pemerintah Provinsi Contoh,Badan Arsip,,,2,2,0"),
            ("day", "Pemerintah Provinsi Contoh / Badan Arsip"),
        ] {
            let answer = page(&cast, asker, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} by {asker:?}");
            let text = answer.text();
            assert!(text.contains(own), "{path} by {asker:?}: {text}");
            for other in ["Dinas Pendidikan", "SMP Negeri", "Kota Contoh", ",6,", "6</td>"] {
                assert!(!text.contains(other), "{other} in {path} by {asker:?}: {text}");
            }
        }
        for path in ["progress?institution=16&unit=1", "progress?institution=16&unit=2", "progress?institution=16.71"] {
            assert_eq!(page(&cast, asker, path).await.status, StatusCode::NOT_FOUND, "{path} by {asker:?}");
        }
    }
    for path in ["lists?institution=16", "codes?institution=16", "people/add?institution=16"] {
        let text = page(&cast, Asker::OtherOperator, path).await.text().to_owned();
        assert!(text.contains("Badan Arsip") && !text.contains("Dinas Pendidikan"), "{path}: {text}");
    }
}

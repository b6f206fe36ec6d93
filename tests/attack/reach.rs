//! Whoever sees one institution asks, on every route and in every field, for another one's people: nothing of them
//! comes.

use crate::askers::{Asker, Cast, filled};
use crate::support::{Answer, Person, TestPlatform};
use std::io::{Cursor, Read};

/// Of the institution `16`, whose people nobody of `16.71` sees.
pub struct Marks {
    names: Vec<String>,
    codes: Vec<String>,
}

impl Marks {
    pub fn of<'a>(people: impl Iterator<Item = &'a Person> + Clone) -> Self {
        Self {
            names: people.clone().map(|person| person.participant.shown_name.clone()).collect(),
            codes: people.map(|person| person.access_code.clone()).collect(),
        }
    }

    pub fn shown_in(&self, answer: &Answer) -> bool {
        let text = readable(answer);
        self.names.iter().chain(&self.codes).any(|mark| text.contains(mark))
    }
}

/// An answer's text; of a workbook or another archive, that of everything in it.
fn readable(answer: &Answer) -> String {
    if !answer.body.starts_with(b"PK") {
        return String::from_utf8_lossy(&answer.body).into_owned();
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(&answer.body)).unwrap();
    let mut text = String::new();
    for at in 0..archive.len() {
        let mut bytes = vec![];
        archive.by_index(at).unwrap().read_to_end(&mut bytes).unwrap();
        text += &String::from_utf8_lossy(&bytes);
    }
    text
}

/// Forms that ask for somebody of another institution in every way that a console's form has.
fn forms(person: &Person) -> Vec<String> {
    let id = person.participant.id;
    let common = format!(
        "id={id}&institution=16&code=16&institutions=16&unit=&format=xlsx&signed=&words=kata&reason=sebab+lain"
    );
    vec![
        format!("{common}&q=Peserta"),
        format!("{common}&q={}", person.identifier.replace(' ', "+")),
        format!("{common}&q={id}&act=save&name=Lain&contact=Lain&help_contact=Lain"),
        format!("id={id}&institution=&q=Peserta+Uji&format=csv&password=perahu+kayu+di+musi"),
    ]
}

const QUERIES: [&str; 5] = [
    "?institution=16&code=16&q=Peserta&unit=",
    "?institution=16&unit=1&sort=name",
    "?institution=&page=1",
    "?institution=16.71&institution=16",
    "?page=2",
];

pub async fn asked_everything(cast: &Cast, asker: Asker, person: &Person) -> Vec<(String, Answer)> {
    let mut answers = vec![];
    for route in cast.routes() {
        // A certificate's address is the proof that one holds it.
        if route.path.starts_with("/c/") || route.path.ends_with("/logout") || route.path.ends_with("/password") {
            continue;
        }
        let path = filled(&route.path);
        let cookie = cast.cookie(asker);
        for query in QUERIES {
            answers.push((
                format!("GET {path}{query}"),
                cast.ask("GET", &format!("{path}{query}"), &cookie, &[], "").await,
            ));
        }
        for form in forms(person) {
            // Wrong passwords for one login would be answered ever later.
            let form = format!("{form}&login=orang{}", answers.len());
            answers.push((format!("POST {path} {form}"), cast.ask("POST", &path, &cookie, &[], form).await));
        }
    }
    answers
}

#[tokio::test]
async fn nothing_of_another_institution_s_people_reaches_who_doesn_t_see_it() {
    let cast = Cast::on(TestPlatform::open(9).await).await;
    let people = cast.platform.people.clone();
    let theirs = people.iter().filter(|person| person.participant.institution == "16");
    let marks = Marks::of(theirs.clone());
    for person in theirs.clone().take(3) {
        cast.platform.sign(person).await;
    }
    let person = theirs.clone().next().unwrap();
    let own = people.iter().find(|person| person.participant.institution == "16.71").unwrap();
    for asker in [Asker::OtherOperator, Asker::Viewer, Asker::Nobody, Asker::MustChange] {
        for (said, answer) in asked_everything(&cast, asker, person).await {
            assert!(!marks.shown_in(&answer), "{said} by {asker:?}");
            // The recapitulation's workbook, which has the same rows, is read above.
            let is_pdf = answer.body.starts_with(b"%PDF") && !said.contains("/recapitulation.pdf");
            assert!(!is_pdf, "{said} by {asker:?}: a file that could hold anything");
        }
    }
    // A signer sees themselves and nobody else.
    let others = Marks::of(people.iter().filter(|other| other.identifier != people[0].identifier));
    for (said, answer) in asked_everything(&cast, Asker::Signer, person).await {
        assert!(!others.shown_in(&answer), "{said} by a signer");
    }
    // The same questions do find people where they may: otherwise nothing was shown above.
    let found = asked_everything(&cast, Asker::OtherOperator, own).await;
    let ours = Marks::of(people.iter().filter(|person| person.participant.institution == "16.71"));
    assert!(found.iter().filter(|(_, answer)| ours.shown_in(answer)).count() >= 3);
    let found = asked_everything(&cast, Asker::Operator, person).await;
    assert!(found.iter().filter(|(_, answer)| marks.shown_in(answer)).count() >= 5);
}

//! What a visitor of the demo signs in with: a list of all access codes, a few of them to start with, and the console's
//! password. Only the owner can read these files.

use crate::app::Services;
use crate::commands::open::write_private;
use crate::domain::campaign::Campaign;
use crate::domain::disclosure::{Disclosure, OneTimePassword};
use crate::service::accounts::FIRST_LOGIN;
use crate::service::synthetic::SyntheticSigner;
use anyhow::Context;
use std::path::PathBuf;

pub const PARTICIPANTS_FILE: &str = "demo-participants.csv";
pub const PASSWORD_FILE: &str = "console-password.txt";

/// The actor in the audit trail.
const ACTOR: &str = "demo";

/// A person to sign as.
pub(super) struct Sample {
    pub identifier: String,
    pub access_code: String,
    pub name: String,
    pub institution: String,
}

pub(super) struct DemoFiles {
    pub participants: PathBuf,
    pub password: PathBuf,
    pub samples: Vec<Sample>,
}

/// Writes the files that aren't there yet, and picks a person with each kind of number.
pub(super) async fn write(state: &Services, event: &Campaign) -> anyhow::Result<DemoFiles> {
    let people = people(state, event).await?;
    let participants = state.config.data.join(PARTICIPANTS_FILE);
    if !participants.exists() {
        write_private(&participants, &as_csv(&people)?).with_context(|| participants.display().to_string())?;
    }
    let password = state.config.data.join(PASSWORD_FILE);
    let given = match state.accounts.first_run(ACTOR).await? {
        Some(given) => Some(given),
        None => renewed_password(state).await?,
    };
    if let Some((login, secret)) = given {
        let text = format!("login: {login}\npassword: {}\n", secret.shown(&Disclosure::to_the_operator()));
        write_private(&password, text.as_bytes()).with_context(|| password.display().to_string())?;
    }
    Ok(DemoFiles { participants, password, samples: samples(people) })
}

/// A new password if the one-time password in the file expired before it was changed.
async fn renewed_password(state: &Services) -> anyhow::Result<Option<(String, OneTimePassword)>> {
    let first = state.accounts.find(FIRST_LOGIN).await?;
    if first.and_then(|account| account.one_time_until).is_none_or(|until| state.now() < until) {
        return Ok(None);
    }
    Ok(Some((FIRST_LOGIN.into(), state.accounts.reset(ACTOR, FIRST_LOGIN).await?)))
}

/// All people with their access codes, in the order of the roster.
async fn people(state: &Services, event: &Campaign) -> anyhow::Result<Vec<(u8, Sample)>> {
    let active = state.signing.campaign(&event.slug).context("the event was just made")?;
    let disclosure = Disclosure::to_the_operator();
    let people = state.synthetic.people(event, &active.secret).await?;
    let sample = |person: SyntheticSigner| {
        let of = person.participant;
        let sample = Sample {
            identifier: of.identifier.shown(),
            access_code: person.access_code.shown(&disclosure),
            name: of.shown_name,
            institution: person.institution,
        };
        (of.identifier.kind(), sample)
    };
    Ok(people.into_iter().map(sample).collect())
}

fn as_csv(people: &[(u8, Sample)]) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["identifier", "access_code", "name", "institution"])?;
    for (_, person) in people {
        csv.write_record([&person.identifier, &person.access_code, &person.name, &person.institution])?;
    }
    csv.into_inner().context("a list in memory takes all that is written")
}

/// One person per kind of number, then the one with the longest name.
fn samples(people: Vec<(u8, Sample)>) -> Vec<Sample> {
    // NIP, NI PPPK, participant number: see `Identifier::kind`.
    let kinds = [1, 2, 3];
    let mut chosen: Vec<usize> = kinds.iter().filter_map(|kind| people.iter().position(|(of, _)| of == kind)).collect();
    let longest = (0..people.len()).rev().max_by_key(|at| people[*at].1.name.chars().count());
    chosen.extend(longest.filter(|at| !chosen.contains(at)));
    let mut people: Vec<Option<Sample>> = people.into_iter().map(|(_, sample)| Some(sample)).collect();
    chosen.into_iter().filter_map(|at| people[at].take()).collect()
}

//! People who are added, corrected and excused while the others sign, a third each. An operator posts the console's
//! forms for them, over a few connections.
//!
//! The changes are spread over the first two thirds of the signings of the rounds that have changes, by their number:
//! each is sent when as many have signed as its place says, however fast that was. Whoever is corrected has a session
//! from before and signs when the changes are made; whoever is excused has one too and doesn't sign.

use crate::bench::context::BenchContext;
use crate::bench::figures::report::percentile_ms;
use crate::bench::load::client_pool::{LoadOutcome, TRIES_MAX, is_retryable, retry_delay};
use crate::bench::load::form_encoding::form;
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::environment::Environment;
use crate::bench::scenarios::console_operator::ConsoleOperator;
use crate::bench::scenarios::sessions::OpenSessions;
use crate::bench::scenarios::synthetic_campaign::SyntheticCampaign;
use crate::domain::ids::{CampaignId, ParticipantId};
use crate::domain::notice::ExcuseReason;
use crate::domain::participant::Participant;
use crate::domain::unit::Unit;
use crate::store::campaigns::GroupCount;
use crate::store::pledges::LogKind;
use anyhow::{Context, ensure};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// Connections of the operator: as many changes are under way at most. A third of them adds somebody, each to another
/// of the 18 institutions, so that no two people get the same participant number at once.
const CONNECTIONS: usize = 54;
/// Of so many people one can be changed.
pub const PEOPLE_PER_CHANGE: usize = 10;
/// How often it is looked how many have signed.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
/// Of a round's signings, the last of so many parts has no changes.
const PARTS: usize = 3;
const REASON: &str = "Uji beban";

/// What is done to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChangeKind {
    Add,
    Correct,
    Excuse,
}

const KINDS: [ChangeKind; 3] = [ChangeKind::Add, ChangeKind::Correct, ChangeKind::Excuse];

/// One form.
#[derive(Debug)]
struct PlannedChange {
    kind: ChangeKind,
    /// It is sent when so many have signed.
    after: usize,
    form: String,
}

/// The changes of a run.
pub struct RosterChanges {
    operator: ConsoleOperator,
    /// The address of the console's pages about people.
    path: String,
    changes: Vec<PlannedChange>,
    /// Places of those who are corrected, at the end of the sessions.
    corrected: Range<usize>,
    answers: Mutex<ChangeAnswers>,
}

#[derive(Default)]
struct ChangeAnswers {
    added: u64,
    corrected: u64,
    excused: u64,
    /// Answers that came while people signed.
    in_time: u64,
    latencies: Vec<Duration>,
    first_refusal: Option<String>,
}

/// The figures of the changes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RosterChangeFigures {
    /// People to be changed while the others signed.
    pub changed_people: usize,
    /// Changes that were made, as the console answered.
    pub changes_answered: u64,
    /// Of these, the ones that were answered before the last signing under load.
    pub changes_in_time: u64,
    /// From sending a form to its page.
    pub changes_p95_ms: Option<f64>,
    /// Why the first change was refused that was.
    pub changes_first_refusal: Option<String>,
    /// Whether the notices and the numbers of the groups are those of the changes that were answered, and all were.
    pub changes_sound: bool,
}

impl RosterChanges {
    /// Signs an operator in and plans `count` changes. Those who will be excused are taken out of the sessions, and
    /// those who will be corrected stand at their end. `rounds` are the places of those who sign in each round, of the
    /// people who are left, and whether it has changes.
    pub async fn prepare(
        context: &BenchContext,
        environment: &Environment,
        campaign: &SyntheticCampaign,
        sessions: &mut OpenSessions,
        count: usize,
        rounds: impl Fn(usize) -> Vec<(Range<usize>, bool)>,
    ) -> anyhow::Result<Self> {
        ensure!(
            count.saturating_mul(PEOPLE_PER_CHANGE) <= sessions.people.len(),
            context.words.with("bench-changed-too-many", &[("people", &context.words.number(PEOPLE_PER_CHANGE))])
        );
        let excused: Vec<ParticipantId> =
            sessions.take_out(count / KINDS.len()).into_iter().map(|person| campaign.people[person].id).collect();
        let (store, id) = (&environment.resources.store, campaign.record.id);
        let units = in_turn(store.units(id, None).await?);
        let corrected = sessions.move_to_end((count + 1) / KINDS.len());
        let rounds = rounds(corrected.start).into_iter().filter(|(_, has_changes)| *has_changes);
        let moments = moments(count, &rounds.map(|(people, _)| people).collect::<Vec<_>>());
        let mut changes = Vec::with_capacity(count);
        for (number, after) in moments.into_iter().enumerate() {
            let kind = KINDS[number % KINDS.len()];
            let of_kind = number / KINDS.len();
            let form = match kind {
                ChangeKind::Add => added(of_kind, &units),
                ChangeKind::Correct => {
                    let person = sessions.people[corrected.start + of_kind];
                    let found = store.signer(id, campaign.people[person].id).await?;
                    correction(&found.context("a person is gone")?.participant)
                }
                ChangeKind::Excuse => excused.get(of_kind).map(excuse).context("nobody is left to be excused")?,
            };
            changes.push(PlannedChange { kind, after, form });
        }
        let operator = ConsoleOperator::sign_in(context, environment).await?;
        let path = format!("/console/k/{}/people", campaign.record.slug);
        Ok(Self { operator, path, changes, corrected, answers: Mutex::default() })
    }

    /// The places of those who sign when all changes are made.
    pub fn corrected(&self) -> Range<usize> {
        self.corrected.clone()
    }

    /// Sends the changes whose turn comes while these people sign, of whom `done` have. Returns when both have ended.
    pub async fn beside(
        &self,
        people: &Range<usize>,
        done: &Arc<AtomicUsize>,
        signing: impl Future<Output = anyhow::Result<LoadOutcome>>,
    ) -> anyhow::Result<LoadOutcome> {
        let over = AtomicBool::new(false);
        let (due, waiting) = mpsc::channel(self.changes.len().max(1));
        let waiting = tokio::sync::Mutex::new(waiting);
        let telling = async {
            for change in self.changes.iter().filter(|change| people.contains(&change.after)) {
                while people.start + done.load(Ordering::Relaxed) < change.after {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    sleep(LOOK_INTERVAL).await;
                }
                // The channel has room for all.
                let _ = due.try_send(change);
            }
            drop(due);
        };
        let signing = async {
            let signed = signing.await;
            over.store(true, Ordering::Relaxed);
            signed
        };
        let sending = futures_util::future::join_all((0..CONNECTIONS).map(|_| self.send(&waiting, &over)));
        let (signed, (), _) = tokio::join!(signing, telling, sending);
        signed
    }

    async fn send(&self, waiting: &tokio::sync::Mutex<mpsc::Receiver<&PlannedChange>>, over: &AtomicBool) {
        let mut idle = None;
        loop {
            let Some(change) = waiting.lock().await.recv().await else { return };
            let began = Instant::now();
            let answered = self.send_one(&mut idle, change).await;
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            match answered {
                Ok(()) => {
                    answers.count(change.kind, began.elapsed());
                    answers.in_time += u64::from(!over.load(Ordering::Relaxed));
                }
                Err(error) => _ = answers.first_refusal.get_or_insert(format!("{error:#}")),
            }
        }
    }

    async fn send_one(&self, idle: &mut Option<HttpConnection>, change: &PlannedChange) -> anyhow::Result<()> {
        let path = format!("{}/{}", self.path, change.kind.as_str());
        for try_number in 0..TRIES_MAX {
            let mut connection = match idle.take() {
                Some(connection) => connection,
                None => self.operator.connect().await?,
            };
            let answer = self.operator.post(&mut connection, &path, &change.form).await?;
            *idle = Some(connection);
            if !is_retryable(answer.status) {
                ensure!(
                    answer.status == 200,
                    "a change ({}) was answered with {}",
                    change.kind.as_str(),
                    answer.status
                );
                return Ok(());
            }
            sleep(retry_delay(answer.retry_after, usize::try_from(try_number)?)).await;
        }
        anyhow::bail!("told to come back {TRIES_MAX} times")
    }

    /// Compares the answers with the database, and disables the account.
    pub async fn figures(self, environment: &Environment, campaign: CampaignId) -> anyhow::Result<RosterChangeFigures> {
        self.operator.disable(environment).await?;
        let store = &environment.resources.store;
        let groups = store.group_counts(campaign).await?;
        let notices = store.log_head(campaign, LogKind::Notices).await?.map_or(0, |head| head.size);
        let sum = |of: fn(&GroupCount) -> u64| groups.iter().map(of).sum::<u64>();
        let mut answers = self.answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        let answered = answers.added + answers.corrected + answers.excused;
        answers.latencies.sort_unstable();
        Ok(RosterChangeFigures {
            changed_people: self.changes.len(),
            changes_answered: answered,
            changes_in_time: answers.in_time,
            changes_p95_ms: Some(percentile_ms(&answers.latencies, 95)).filter(|_| answered > 0),
            changes_first_refusal: answers.first_refusal,
            changes_sound: answered == u64::try_from(self.changes.len())?
                && notices == answered
                && sum(|group| group.added) == answers.added
                && sum(|group| group.excused) == answers.excused,
        })
    }
}

impl ChangeKind {
    /// The last part of the form's address.
    fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Correct => "correct",
            Self::Excuse => "excuse",
        }
    }
}

impl ChangeAnswers {
    fn count(&mut self, kind: ChangeKind, took: Duration) {
        match kind {
            ChangeKind::Add => self.added += 1,
            ChangeKind::Correct => self.corrected += 1,
            ChangeKind::Excuse => self.excused += 1,
        }
        self.latencies.push(took);
    }
}

/// For each of `count` changes, how many have signed when it is sent, in rounds of these people.
fn moments(count: usize, rounds: &[Range<usize>]) -> Vec<usize> {
    let mut moments = Vec::with_capacity(count);
    for (round, people) in rounds.iter().enumerate() {
        let until = |round: usize| round * count / rounds.len();
        let (changes, span) = (until(round + 1) - until(round), people.len() - people.len() / PARTS);
        moments.extend((0..changes).map(|number| people.start + span * number / changes));
    }
    moments
}

/// Units of one institution after the other, so that two people who are added at once get their numbers from different
/// institutions.
fn in_turn(units: Vec<Unit>) -> Vec<Unit> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut units: Vec<(usize, Unit)> = units
        .into_iter()
        .map(|unit| {
            let place = places.entry(unit.institution.clone()).or_default();
            *place += 1;
            (*place, unit)
        })
        .collect();
    units.sort_by_key(|(place, _)| *place);
    units.into_iter().map(|(_, unit)| unit).collect()
}

fn added(number: usize, units: &[Unit]) -> String {
    let Some(unit) = units.get(number % units.len().max(1)) else { return String::new() };
    // Names hold no digits.
    let letters: String = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
    let (name, id) = (format!("Susulan {letters}"), unit.id.to_string());
    form(&[("institution", &unit.institution), ("identifier", ""), ("name", &name), ("unit", &id), ("reason", REASON)])
}

fn correction(person: &Participant) -> String {
    let unit = person.unit.map(|unit| unit.to_string()).unwrap_or_default();
    form(&[
        ("id", &person.id.to_string()),
        ("name", &person.shown_name),
        ("unit", &unit),
        ("position", "Pengelola Data"),
        ("rank", &person.rank),
        ("location", &person.location),
        ("employment", person.employment.map_or("", |kind| kind.as_str())),
        ("reason", REASON),
    ])
}

fn excuse(person: &ParticipantId) -> String {
    form(&[("id", &person.to_string()), ("reason", ExcuseReason::ALL[0].as_str())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_spread_over_two_thirds_of_each_round() {
        let two = [50..6_000, 12_000..18_000];
        for (count, rounds) in [(3, &two[..1]), (500, &two[..]), (1, &two[1..])] {
            let moments = moments(count, rounds);
            assert_eq!(moments.len(), count);
            assert!(moments.is_sorted_by(|one, next| one < next) && moments[0] == rounds[0].start, "{moments:?}");
            for moment in moments {
                let round = rounds.iter().find(|people| people.contains(&moment)).unwrap();
                assert!(moment + round.len() / PARTS < round.end, "{moment} of {round:?}");
            }
        }
    }

    #[test]
    fn units_of_one_institution_follow_those_of_the_others() {
        let unit = |id, institution: &str| Unit { id, institution: institution.into(), parent: None, name: "U".into() };
        let turned = in_turn(vec![unit(1, "a"), unit(2, "a"), unit(3, "b"), unit(4, "b"), unit(5, "b")]);
        assert_eq!(turned.iter().map(|unit| unit.id).collect::<Vec<_>>(), [1, 3, 2, 4, 5]);
    }

    #[test]
    fn forms_name_what_is_changed() {
        let units = [Unit { id: 7, institution: "16".into(), parent: None, name: "U".into() }];
        let typed = "institution=16&identifier=&name=Susulan%20bc&unit=7&reason=Uji%20beban";
        assert_eq!(added(12, &units), typed);
        let id = ParticipantId([1; 16]);
        assert_eq!(excuse(&id), format!("id={id}&reason=retired"));
    }
}

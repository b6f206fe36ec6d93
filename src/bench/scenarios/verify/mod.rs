//! `ikrar bench verify`: how many credentials are checked in a second, over HTTP and without a network. Everybody signs
//! first, so each credential is another person's, as it would come out of a QR code.

mod offline;
mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::progress::Progress;
use crate::bench::figures::recount;
use crate::bench::figures::report::{Basics, Load, Report, Scale};
use crate::bench::figures::statistics::{per_second, rounded};
use crate::bench::load::closed_loop::{Answered, Crowd, Outcome, Request};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::Connection;
use crate::bench::processes::cpu_time::{Spent, Used};
use crate::bench::processes::environment::{Over, Stage};
use crate::bench::scenarios::post_checks::Running;
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::Given;
use crate::bench::scenarios::synthetic_campaign::Province;
use crate::credential::jwks::Jwks;
use crate::credential::qr;
use crate::i18n::Words;
use crate::service::synthetic::PARTICIPANTS;
use crate::verification::{Revocation, Verdict};
use clap::Args;
use data_encoding::BASE64URL_NOPAD;
use report::Verifying;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Over how many connections everybody signs first.
const SIGNING_CONNECTIONS: u32 = 500;
/// Enough to keep every core busy.
const CONNECTIONS: u32 = 32;
const CONNECTIONS_MAX: i64 = 1_000;
/// Credentials with one digit changed, so that a server that finds everything valid is found out.
const ALTERED: usize = 100;

#[derive(Args)]
pub struct Verify {
    /// How many people sign, and so how many credentials are checked
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    participants: u32,
    /// Over how many keep-alive connections credentials are checked
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    #[command(flatten)]
    given: Given,
}

pub async fn run(context: &BenchContext, verify: &Verify) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(verify.connections.max(SIGNING_CONNECTIONS).into(), words)?;
    let mut stage = Stage::set(context, verify.given.database, verify.given.nodes, Over::Plain).await?;
    let province = Province::make(context, &stage.state, verify.participants).await?;
    stage.serve().await?;
    let (crowd, _) = sessions::open(&stage, &province, SIGNING_CONNECTIONS, words).await?;
    let keys = Connection::open(stage.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let running = Running::begin(&stage);
    let signed = worked_off(&crowd, "bench-progress-signing", words).await?;
    let texts = texts(&signed.answers, &stage.state.config.public_url)?;
    let (mut spent, before) = (Spent::default(), Used::by(&stage));
    let asking = asking(&stage, verify.connections, &texts);
    let checked = worked_off(&asking, "bench-progress-verifying", words).await?;
    spent.add(&before, &Used::by(&stage));
    let changed: Vec<String> = texts.iter().take(ALTERED).map(|text| altered(text)).collect();
    let told = asking_again(&asking, &changed).await?;
    let killed = running.kill(&mut stage, words);

    let jwks = Jwks::parse(&keys)?;
    let offline = offline::check(texts, jwks.clone()).await?;
    let own = Verifying {
        http_per_s: checked.per_second().round(),
        http_valid: valid(&checked.answers),
        offline_s: rounded(offline.wall.as_secs_f64(), 1_000.0),
        offline_per_s: per_second(province.people.len(), offline.wall).round(),
        offline_valid: offline.valid,
        altered: changed.len(),
        altered_refused: told.saturating_sub(offline::check(changed, jwks).await?.valid),
        each: spent.each(checked.answers.len()),
    };
    let receipts = recount::receipts(signed.answers.iter().map(|answer| answer.body.as_slice()), &keys)?;
    let after = killed.recount(&stage, province.campaign.id, &receipts).await?;
    let scale = Scale {
        scenario: "verify",
        database: stage.engine,
        nodes: verify.given.nodes,
        participants: province.people.len(),
        connections: verify.connections,
    };
    let mut basics = Basics::of(scale, load(&signed, &checked), after);
    // The signing before isn't what is measured.
    (basics.signings_per_s, basics.fsyncs) = (None, None);
    basics.sound &= own.holds(province.people.len());
    let report = Report { basics, own };
    verify.given.tell(&report, &report::table(&report, words))
}

/// The times of the checking; what went wrong in the signing before, too.
fn load(signed: &Outcome, checked: &Outcome) -> Load {
    Load {
        wall: checked.wall,
        took: checked.answers.iter().map(|answer| answer.took).collect(),
        retries: signed.retries + checked.retries,
        errors: signed.errors + checked.errors,
        first_error: signed.first_error.clone().or_else(|| checked.first_error.clone()),
    }
}

async fn worked_off(crowd: &Crowd, what: &str, words: Words) -> anyhow::Result<Outcome> {
    let progress = Progress::of(crowd.requests.len(), &words.t(what));
    crowd.post(0..crowd.requests.len(), &progress.done).await
}

/// What stands in the QR code of each receipt.
fn texts(receipts: &[Answered], public_url: &str) -> anyhow::Result<Vec<String>> {
    receipts.iter().map(|answer| text_of(&answer.body, public_url)).collect()
}

/// What stands in the QR code of this receipt.
pub fn text_of(receipt: &[u8], public_url: &str) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Receipt {
        credential: String,
    }
    let receipt: Receipt = serde_json::from_slice(receipt)?;
    let credential = BASE64URL_NOPAD.decode(receipt.credential.as_bytes())?;
    Ok(qr::text(public_url, &credential))
}

/// The text with one digit in its middle changed.
fn altered(text: &str) -> String {
    let place = text.len() - (text.len() - text.find('#').unwrap_or_default()) / 2;
    let digit = if text[place..].starts_with('7') { "3" } else { "7" };
    format!("{}{digit}{}", &text[..place], &text[place + 1..])
}

fn asking(stage: &Stage, connections: u32, texts: &[String]) -> Crowd {
    Crowd {
        addresses: stage.nodes.iter().map(|node| node.address).collect(),
        connections,
        path: "/api/v1/verify".into(),
        requests: requests(texts),
    }
}

fn requests(texts: &[String]) -> Arc<Vec<Request>> {
    let ask = |text: &String| Request { bearer: String::new(), body: json!({ "text": text }).to_string().into() };
    Arc::new(texts.iter().map(ask).collect())
}

/// How many of the changed credentials were answered, and not as valid.
async fn asking_again(asking: &Crowd, changed: &[String]) -> anyhow::Result<usize> {
    let crowd = Crowd { requests: requests(changed), ..asking.clone() };
    let told = crowd.post(0..changed.len(), &Arc::default()).await?;
    Ok(told.answers.len() - valid(&told.answers))
}

/// How many answers say that it is valid, and that the records were asked.
fn valid(answers: &[Answered]) -> usize {
    let is_valid = |answer: &&Answered| {
        serde_json::from_slice::<Told>(&answer.body)
            .is_ok_and(|told| told.verdict == Verdict::Valid && told.revocation == Revocation::Checked)
    };
    answers.iter().filter(is_valid).count()
}

/// What an answer of the interface says.
#[derive(Deserialize)]
struct Told {
    verdict: Verdict,
    revocation: Revocation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digit_behind_the_mark_is_changed() {
        let text = "https://h/v#12345678901234567";
        let changed = altered(text);
        assert_eq!(changed.len(), text.len());
        let differing: Vec<usize> =
            text.bytes().zip(changed.bytes()).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
        assert!(matches!(differing[..], [at] if at > text.find('#').unwrap()), "{changed}");
    }

    #[test]
    fn only_valid_and_checked_counts() {
        let answer = |verdict, revocation| Answered {
            body: json!({ "verdict": verdict, "revocation": revocation }).to_string().into(),
            at: std::time::Duration::ZERO,
            took: std::time::Duration::ZERO,
        };
        let answers = [answer("valid", "checked"), answer("valid", "not_checked"), answer("altered", "checked")];
        assert_eq!(valid(&answers), 1);
    }
}

//! `ikrar bench verify`: how many credentials are verified per second, over HTTP and offline. All people sign first, so
//! each credential is a different person's, as read from a QR code.

mod offline;
mod report;

use crate::bench::context::BenchContext;
use crate::bench::figures::progress::LoadProgress;
use crate::bench::figures::recount;
use crate::bench::figures::report::{BenchReport, LoadTotals, RunSetup, SharedFigures};
use crate::bench::figures::statistics::{per_second, rounded};
use crate::bench::load::client_pool::{ClientPool, CompletedRequest, JsonRequest, LoadOutcome};
use crate::bench::load::file_descriptors;
use crate::bench::load::http_connection::HttpConnection;
use crate::bench::processes::cpu_time::{CpuSnapshot, CpuUsage};
use crate::bench::processes::environment::{Environment, Transport};
use crate::bench::scenarios::post_checks::MeasuredRun;
use crate::bench::scenarios::sessions;
use crate::bench::scenarios::shared_args::SharedArgs;
use crate::bench::scenarios::synthetic_campaign::SyntheticCampaign;
use crate::credential::jwks::Jwks;
use crate::credential::qr;
use crate::i18n::Localizer;
use crate::service::synthetic::PARTICIPANTS;
use crate::verification::{RevocationCheck, Verdict};
use clap::Args;
use data_encoding::BASE64URL_NOPAD;
use report::VerifyFigures;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Connections for signing, before the measurement.
const SIGNING_CONNECTIONS: u32 = 500;
/// Enough to keep all cores busy.
const CONNECTIONS: u32 = 32;
const CONNECTIONS_MAX: i64 = 1_000;
/// Credentials with one digit changed, to detect a server that calls everything valid.
const ALTERED: usize = 100;

#[derive(Args)]
pub struct VerifyBenchArgs {
    /// How many people sign, and so how many credentials are checked
    #[arg(long, default_value_t = PARTICIPANTS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    participants: u32,
    /// Over how many keep-alive connections credentials are checked
    #[arg(long, default_value_t = CONNECTIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=CONNECTIONS_MAX))]
    connections: u32,
    #[command(flatten)]
    shared: SharedArgs,
}

pub async fn run(context: &BenchContext, args: &VerifyBenchArgs) -> anyhow::Result<u8> {
    let words = context.words;
    file_descriptors::raise_for(args.connections.max(SIGNING_CONNECTIONS).into(), words)?;
    let mut environment =
        Environment::start(context, args.shared.database, args.shared.nodes, Transport::Plain).await?;
    let campaign =
        SyntheticCampaign::create(context, &environment.services, args.participants, args.shared.groups).await?;
    environment.start_nodes().await?;
    let clients = sessions::open(&environment, &campaign, SIGNING_CONNECTIONS, words).await?.clients;
    let keys = HttpConnection::open(environment.nodes[0].address).await?.get("/.well-known/jwks.json").await?.body;
    let running = MeasuredRun::start(&environment);
    let signed = post_all_requests(&clients, "bench-progress-signing", words).await?;
    let texts = texts(&signed.answers, &environment.services.config.public_url)?;
    let (mut cpu, before) = (CpuUsage::default(), CpuSnapshot::take(&environment));
    let verify_clients = verify_clients(&environment, args.connections, &texts);
    let checked = post_all_requests(&verify_clients, "bench-progress-verifying", words).await?;
    cpu.add(&before, &CpuSnapshot::take(&environment));
    let changed: Vec<String> = texts.iter().take(ALTERED).map(|text| altered(text)).collect();
    let refused = count_refused(&verify_clients, &changed).await?;
    let killed_run = running.kill_nodes(&mut environment, words);

    let jwks = Jwks::parse(&keys)?;
    let offline = offline::check(texts, jwks.clone()).await?;
    let own = VerifyFigures {
        http_per_s: checked.per_second().round(),
        http_valid: valid(&checked.answers),
        offline_s: rounded(offline.wall.as_secs_f64(), 1_000.0),
        offline_per_s: per_second(campaign.people.len(), offline.wall).round(),
        offline_valid: offline.valid,
        altered: changed.len(),
        altered_refused: refused.saturating_sub(offline::check(changed, jwks).await?.valid),
        cpu: cpu.per_operation(checked.answers.len()),
    };
    let receipts = recount::verify_receipts(signed.answers.iter().map(|answer| answer.body.as_slice()), &keys)?;
    let post = killed_run.recount(&environment, campaign.record.id, &receipts).await?;
    let setup = RunSetup {
        scenario: "verify",
        database: environment.engine,
        nodes: args.shared.nodes,
        participants: campaign.people.len(),
        connections: args.connections,
    };
    let mut shared = SharedFigures::of(setup, load(&signed, &checked), post);
    // Signing isn't what this scenario measures.
    (shared.signings_per_s, shared.fsyncs) = (None, None);
    shared.sound &= own.holds(campaign.people.len());
    let report = BenchReport { shared, own };
    args.shared.print_and_save(&report, &report::table(&report, words))
}

/// The latencies of the checks, and the errors of both signing and checking.
fn load(signed: &LoadOutcome, checked: &LoadOutcome) -> LoadTotals {
    LoadTotals {
        wall: checked.wall,
        latencies: checked.answers.iter().map(|answer| answer.took).collect(),
        retries: signed.retries + checked.retries,
        errors: signed.errors + checked.errors,
        first_error: signed.first_error.clone().or_else(|| checked.first_error.clone()),
    }
}

async fn post_all_requests(clients: &ClientPool, what: &str, words: Localizer) -> anyhow::Result<LoadOutcome> {
    let progress = LoadProgress::of(clients.requests.len(), &words.t(what));
    clients.post(0..clients.requests.len(), &progress.done).await
}

/// The QR text of each receipt.
fn texts(receipts: &[CompletedRequest], public_url: &str) -> anyhow::Result<Vec<String>> {
    receipts.iter().map(|answer| text_of(&answer.body, public_url)).collect()
}

/// The QR text of a receipt.
pub fn text_of(receipt: &[u8], public_url: &str) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Receipt {
        credential: String,
    }
    let receipt: Receipt = serde_json::from_slice(receipt)?;
    let credential = BASE64URL_NOPAD.decode(receipt.credential.as_bytes())?;
    Ok(qr::text(public_url, &credential))
}

/// The text with one digit in the middle changed.
fn altered(text: &str) -> String {
    let place = text.len() - (text.len() - text.find('#').unwrap_or_default()) / 2;
    let digit = if text[place..].starts_with('7') { "3" } else { "7" };
    format!("{}{digit}{}", &text[..place], &text[place + 1..])
}

fn verify_clients(environment: &Environment, connections: u32, texts: &[String]) -> ClientPool {
    ClientPool {
        addresses: environment.nodes.iter().map(|node| node.address).collect(),
        connections,
        path: "/api/v1/verify".into(),
        requests: requests(texts),
    }
}

fn requests(texts: &[String]) -> Arc<Vec<JsonRequest>> {
    let ask = |text: &String| JsonRequest { bearer: String::new(), body: json!({ "text": text }).to_string().into() };
    Arc::new(texts.iter().map(ask).collect())
}

/// How many of the changed credentials got a verdict other than valid.
async fn count_refused(verify_clients: &ClientPool, changed: &[String]) -> anyhow::Result<usize> {
    let clients = ClientPool { requests: requests(changed), ..verify_clients.clone() };
    let told = clients.post(0..changed.len(), &Arc::default()).await?;
    Ok(told.answers.len() - valid(&told.answers))
}

/// How many responses say that the credential is valid and revocation was checked.
fn valid(answers: &[CompletedRequest]) -> usize {
    let is_valid = |answer: &&CompletedRequest| {
        serde_json::from_slice::<VerifyAnswerBody>(&answer.body)
            .is_ok_and(|told| told.verdict == Verdict::Valid && told.revocation == RevocationCheck::Checked)
    };
    answers.iter().filter(is_valid).count()
}

/// The response of the API.
#[derive(Deserialize)]
struct VerifyAnswerBody {
    verdict: Verdict,
    revocation: RevocationCheck,
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
        let answer = |verdict, revocation| CompletedRequest {
            person: 0,
            body: json!({ "verdict": verdict, "revocation": revocation }).to_string().into(),
            at: std::time::Duration::ZERO,
            took: std::time::Duration::ZERO,
        };
        let answers = [answer("valid", "checked"), answer("valid", "not_checked"), answer("altered", "checked")];
        assert_eq!(valid(&answers), 1);
    }
}

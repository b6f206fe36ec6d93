//! The page `/v`, with and without JavaScript.

use super::api::paced;
use super::body_permit::BodyPermit;
use super::view::{ResultView, addition_key, headline_keys};
use crate::domain::ids::Serial;
use crate::fair_permits::Requester;
use crate::i18n::Localizer;
use crate::verification::{AdditionKind, Headline, INPUT_BYTES_MAX, Input};
use crate::web::AppState;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::page::page;
use askama::Template;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Events that the page names; the others are on the first page of the site.
const EVENTS_MAX: usize = 10;
/// A typed number is shown again up to this length.
const SERIAL_CHARS_MAX: usize = 40;

#[derive(Template)]
#[template(path = "verify/page.html")]
struct VerifyPage {
    w: Localizer,
    /// Slug and title of the events whose signatures can be reported, at most [`EVENTS_MAX`].
    events: Vec<(String, String)>,
    /// Names the host, so that visitors see whose page this is.
    host_line: String,
    result: Option<ResultView>,
    blank: ResultView,
    /// The field with an error: `file`, `serial`, or empty.
    fault: String,
    serial: String,
    /// For the script: keys and words, as JSON without `<`.
    data: String,
}

impl VerifyPage {
    fn new(w: Localizer, state: &AppState) -> Self {
        let data = json!({
            "jwks": state.key_rotation.published().without_seals(), "lang": w.lang(), "words": script_words(w), "file_bytes_max": INPUT_BYTES_MAX,
        });
        Self {
            w,
            events: opened_events(state),
            host_line: w.with("verify-host", &[("host", state.config.host())]),
            result: None,
            blank: ResultView::blank(),
            fault: String::new(),
            serial: String::new(),
            data: data.to_string().replace('<', "\\u003c"),
        }
    }
}

fn opened_events(state: &AppState) -> Vec<(String, String)> {
    let all = state.live.all();
    let opened = all.iter().filter(|shown| shown.has_opened()).take(EVENTS_MAX);
    opened.map(|shown| (shown.campaign.slug.clone(), shown.campaign.settings.title.clone())).collect()
}

pub async fn show(State(state): State<AppState>, w: Localizer) -> Result<Response, Problem> {
    page(&VerifyPage::new(w, &state))
}

/// The forms, for a browser without JavaScript.
pub async fn check(
    State(state): State<AppState>,
    caller: Caller,
    w: Localizer,
    _permit: BodyPermit,
    form: Multipart,
) -> Result<Response, Problem> {
    let (mut shown, mut pace) = (VerifyPage::new(w, &state), None);
    match read(form).await? {
        Handed::Nothing(field) => shown.fault = field.into(),
        Handed::File(bytes) => {
            let (report, context) = state.records.check(Requester::Address(caller.0), Input::File(bytes)).await?;
            pace = paced(report.verdict);
            shown.result = Some(ResultView::of_report(w, &report, context.as_ref()));
        }
        Handed::Serial(typed) => {
            match Serial::parse(&typed) {
                None => shown.fault = "serial".into(),
                Some(serial) => {
                    let found = state.records.look_up(caller.0, serial).await?;
                    shown.result = Some(ResultView::of_serial(w, &found));
                }
            }
            shown.serial = typed.chars().take(SERIAL_CHARS_MAX).collect();
        }
    }
    Ok((pace, page(&shown)?).into_response())
}

/// What the form submitted.
enum Handed {
    File(Vec<u8>),
    Serial(String),
    /// This field was empty.
    Nothing(&'static str),
}

async fn read(mut form: Multipart) -> Result<Handed, Problem> {
    let refused = |fault: MultipartError| match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
        _ => Problem::Malformed,
    };
    while let Some(field) = form.next_field().await.map_err(refused)? {
        match field.name() {
            Some("file") => {
                let bytes = field.bytes().await.map_err(refused)?;
                return Ok(if bytes.is_empty() { Handed::Nothing("file") } else { Handed::File(bytes.to_vec()) });
            }
            Some("serial") => {
                let typed = field.text().await.map_err(refused)?;
                return Ok(if typed.trim().is_empty() { Handed::Nothing("serial") } else { Handed::Serial(typed) });
            }
            _ => {}
        }
    }
    Ok(Handed::Nothing("file"))
}

/// Keys that the script needs beside the headlines'.
const OTHERS: [&str; 44] = [
    "verify-recorded",
    "verify-recorded-means",
    "verify-serial-unknown-means",
    "verify-check-signature",
    "verify-check-active",
    "verify-check-revoked",
    "verify-check-replaced",
    "verify-check-missing",
    "verify-check-not-checked",
    "verify-check-log-proven",
    "verify-proof-not-checked",
    "verify-check-page-sealed",
    "verify-check-page-extended",
    "verify-check-page-unsealed",
    "verify-check-page-altered",
    "verify-fact-name",
    "verify-fact-initials",
    "verify-fact-number",
    "verify-fact-institution",
    "verify-fact-event",
    "verify-fact-signed",
    "verify-fact-date",
    "verify-fact-kind",
    "verify-fact-method",
    "verify-fact-serial",
    "verify-fact-issuer",
    "verify-fact-proof",
    "verify-kind-neutrality-pledge",
    "verify-kind-integrity-pact",
    "verify-method-own-device",
    "verify-method-shared-device",
    "verify-method-assisted",
    "verify-text-altered",
    "verify-scan-denied",
    "verify-file-fault",
    "verify-file-no-code",
    "verify-serial-fault",
    "verify-too-many",
    "verify-offline",
    "verify-photo-choose",
    "error-internal",
    "error-storage",
    "error-too-large",
    "error-too-large-next",
];

/// The messages that the script needs, by key.
fn script_words(w: Localizer) -> Map<String, Value> {
    let headlines = Headline::ALL.into_iter().flat_map(headline_keys);
    let additions = AdditionKind::ALL.map(addition_key);
    let mut words: Map<String, Value> = headlines
        .chain(OTHERS.map(str::to_string))
        .chain(additions)
        .map(|key| (key.clone(), w.t(&key).into()))
        .collect();
    let code = "verify-institution-code";
    words.insert(code.into(), w.with(code, &[("code", "#")]).into());
    let number = "verify-photo-code";
    words.insert(number.into(), w.with(number, &[("number", "#")]).into());
    let of = "verify-addition-of";
    words.insert(of.into(), w.with(of, &[("what", "#1"), ("signer", "#2")]).into());
    words
}

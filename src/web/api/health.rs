//! `/healthz`: the process answers. `/readyz`: it may be sent people; each thing that this needs is looked at and named.

use crate::config::Database;
use crate::i18n::Words;
use crate::service::data_folder::{FREE_BYTES_MIN, has_room};
use crate::store::StoreError;
use crate::store::installation::KEYRING;
use crate::web::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// A database that takes longer for any one question isn't ready.
const DATABASE_ANSWER_MAX: Duration = Duration::from_secs(2);
const TEXT: &str = "text/plain; charset=utf-8";

/// One thing that being ready needs.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// Why it isn't so, in the reader's language, where there is more than one reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Check {
    fn new(name: &'static str, ok: bool) -> Self {
        Self { name, ok, reason: None }
    }

    fn unless(name: &'static str, reason: Option<String>) -> Self {
        Self { name, ok: reason.is_none(), reason }
    }
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Check>,
}

pub async fn healthz() -> Response {
    ([(CONTENT_TYPE, TEXT)], "ok\n").into_response()
}

/// 200 when every check holds, else 503; both with the same JSON.
pub async fn readyz(State(state): State<AppState>, w: Words) -> Response {
    let store = &state.store;
    let (database, migrations, keys, clock, storage) = tokio::join!(
        holds(async { store.campaigns().await.map(|_| true) }),
        holds(store.has_migrations()),
        holds(async {
            let fits = store.fixed(KEYRING).await?.is_none_or(|mark| mark == state.keyring.mark());
            Ok(fits && state.keyring.keys().knows_all_in_use())
        }),
        holds(state.campaigns.clock_agrees()),
        want_of_storage(&state, w),
    );
    let checks = vec![
        Check::new("database", database),
        Check::new("migrations", migrations),
        Check::new("keys", keys),
        Check::new("clock", clock),
        Check::new("leaving", state.sign_in.knows_who_left()),
        Check::new("ledger", state.signing.takes_pledges()),
        Check::unless("storage", storage),
        Check::new("log", !state.live.went_back()),
        Check::new("not_stopping", !state.live.is_stopped()),
    ];
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks })).into_response()
}

/// Why pledges can't be written, as far as can be told without writing one.
async fn want_of_storage(state: &AppState, w: Words) -> Option<String> {
    if state.signing.storage_fails() {
        return Some(w.t("error-ready-failed"));
    }
    let mut paths = vec![state.config.data.clone()];
    if let Database::File(path) = &state.config.database {
        paths.push(path.clone());
    }
    // A file system on a network may hang.
    let looking = spawn_blocking(move || paths.iter().all(|path| has_room(path, FREE_BYTES_MIN).unwrap_or(false)));
    let has_room = matches!(timeout(DATABASE_ANSWER_MAX, looking).await, Ok(Ok(true)));
    let mib = (FREE_BYTES_MIN / 1024 / 1024).to_string();
    (!has_room).then(|| w.with("error-ready-full", &[("limit", &mib)]))
}

/// A question that isn't answered in time, or can't be, isn't answered with yes.
async fn holds(question: impl Future<Output = Result<bool, StoreError>>) -> bool {
    matches!(timeout(DATABASE_ANSWER_MAX, question).await, Ok(Ok(true)))
}

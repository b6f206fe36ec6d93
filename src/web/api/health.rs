//! `/healthz`: the process answers. `/readyz`: it may be sent people; each thing that this needs is looked at and named.

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

/// A database that takes longer for any one question isn't ready.
const DATABASE_ANSWER_MAX: Duration = Duration::from_secs(2);
const TEXT: &str = "text/plain; charset=utf-8";

/// One thing that being ready needs.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
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
pub async fn readyz(State(state): State<AppState>) -> Response {
    let store = &state.store;
    let (database, migrations, keys, clock) = tokio::join!(
        holds(async { store.campaigns().await.map(|_| true) }),
        holds(store.has_migrations()),
        holds(async {
            let fits = store.fixed(KEYRING).await?.is_none_or(|mark| mark == state.keyring.mark());
            Ok(fits && state.keyring.keys().knows_all_in_use())
        }),
        holds(state.campaigns.clock_agrees()),
    );
    let checks = vec![
        Check { name: "database", ok: database },
        Check { name: "migrations", ok: migrations },
        Check { name: "keys", ok: keys },
        Check { name: "clock", ok: clock },
        Check { name: "leaving", ok: state.sign_in.knows_who_left() },
        Check { name: "ledger", ok: state.signing.takes_pledges() },
        Check { name: "log", ok: !state.live.went_back() },
        Check { name: "not_stopping", ok: !state.live.is_stopped() },
    ];
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks })).into_response()
}

/// A question that isn't answered in time, or can't be, isn't answered with yes.
async fn holds(question: impl Future<Output = Result<bool, StoreError>>) -> bool {
    matches!(tokio::time::timeout(DATABASE_ANSWER_MAX, question).await, Ok(Ok(true)))
}

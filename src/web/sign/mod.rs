//! The signer's pages: sign in, read and tick the clauses, sign, keep the receipt, report misuse, sign out.
//!
//! All of it works without scripts, by POST and redirect. A script posts the same forms and gets the next address as
//! JSON.
//! Deliberately absent: a person's name or number in any address, and any rule of who may sign (`service/signing`).

mod campaign_view;
mod context;
mod cookie;
mod form;
mod leave;
mod notice_message;
mod pages;
mod pledge;
mod receipt;
mod report;
mod report_without_code;
#[cfg(test)]
mod samples;
mod show;
mod sign_in;

use super::error::Problem;
use super::routes::{Access, Cache, Routes};
use super::{AppState, assets};
use crate::i18n::Localizer;
use crate::web::form::FormFields;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use context::SignerContext;

pub fn routes(table: Routes) -> Routes {
    table
        .route("/k/{slug}/sign", Access::Anyone, Cache::NoStore, get(show::show).post(submit))
        .route("/k/{slug}/receipt", Access::Anyone, Cache::NoStore, get(receipt::show))
        .route("/k/{slug}/receipt/own", Access::Anyone, Cache::NoStore, get(receipt::own_copy))
        .route("/k/{slug}/report", Access::Anyone, Cache::NoStore, get(report::show).post(report::submit))
        .route(
            "/k/{slug}/lapor",
            Access::Anyone,
            Cache::NoStore,
            get(report_without_code::show).post(report_without_code::submit),
        )
        .route("/k/{slug}/leave", Access::Anyone, Cache::NoStore, get(leave::leave_by_refresh).post(leave::leave))
}

/// The page has two forms: signing in, and signing.
async fn submit(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    headers: HeaderMap,
    fields: FormFields,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    match fields.trimmed("step") {
        "pledge" => pledge::submit(&context, &fields).await,
        _ => sign_in::submit(&context, &fields).await,
    }
}

/// The address of one of the signer's scripts, for the templates.
fn script(name: &str) -> String {
    assets::url(&format!("js/sign/{name}"))
}

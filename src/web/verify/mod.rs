//! `/v`: anybody checks a certificate, by QR code, file or number; and the same for programs.
//!
//! A QR code is checked by the visitor's own browser (`assets/js/verify.js`); what is uploaded is checked here.
//! Deliberately absent: a search by name, an identifier in any answer, and the verdict itself (`verification`).

mod answer;
pub mod api;
mod examination;
mod page;
mod throttle;
mod trust;
pub mod view;

use super::AppState;
use super::routes::{Access, Cache, Routes};
use crate::verification::INPUT_BYTES_MAX;
use axum::Extension;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use examination::Examinations;
use std::sync::Arc;
use throttle::Throttle;
use trust::Trust;

/// A multipart body is a little longer than the file in it.
const BODY_BYTES_MAX: usize = INPUT_BYTES_MAX + 16 * 1024;

pub fn routes(table: Routes) -> Routes {
    let throttle = Extension(Arc::new(Throttle::new(table.state().entropy.bytes())));
    // The page and the interface share the places.
    let trust = Trust::of(table.state().keyring.clone(), &table.state().config.public_url);
    let examinations = Extension(Arc::new(Examinations::trusting(trust, table.state().entropy.bytes())));
    let guarded = |handler: MethodRouter<AppState>| -> MethodRouter<AppState> {
        let limited: MethodRouter<AppState> = handler.layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
        let throttled: MethodRouter<AppState> = limited.layer(throttle.clone());
        throttled.layer(examinations.clone())
    };
    table.route("/v", Access::Anyone, Cache::NoStore, guarded(get(page::show).post(page::check))).route(
        "/api/v1/verify",
        Access::Anyone,
        Cache::NoStore,
        guarded(post(api::verify)),
    )
}

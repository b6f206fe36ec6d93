//! `/v`: anybody checks a certificate, by QR code, file or number; and the same for programs.
//!
//! A QR code is checked by the visitor's own browser (`assets/js/verify.js`); what is uploaded is checked here.
//! Deliberately absent: a search by name, an identifier in any answer, and the verdict itself (`verification`).

mod answer;
pub mod api;
mod examination;
mod page;
pub mod room;
mod throttle;
mod trust;
pub mod view;

use super::AppState;
use super::routes::{Access, Cache, Routes};
use crate::verification::INPUT_BYTES_MAX;
use axum::Extension;
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
        let throttled: MethodRouter<AppState> = handler.layer(throttle.clone());
        throttled.layer(examinations.clone())
    };
    let page = guarded(get(page::show).post(page::check));
    let table = table.route_with_body("/v", Access::Anyone, Cache::NoStore, BODY_BYTES_MAX, page);
    let api = guarded(post(api::verify));
    table.route_with_body("/api/v1/verify", Access::Anyone, Cache::NoStore, BODY_BYTES_MAX, api)
}

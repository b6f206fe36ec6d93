//! `/v`: checks a certificate by QR code, file or number, as a page and as an API.
//!
//! A QR code is checked by the visitor's own browser (`assets/js/verify.js`); what is uploaded is checked here.
//! Deliberately absent: a search by name, an identifier in any answer, and the verdict itself (`verification`).

pub mod api;
pub mod body_permit;
mod page;
pub mod view;

use super::routes::{Access, Cache, Routes};
use crate::verification::INPUT_BYTES_MAX;
use axum::Extension;
use axum::routing::{get, post};
use body_permit::LongBodies;
use std::sync::Arc;

/// A multipart body is a little longer than the file in it.
const BODY_BYTES_MAX: usize = INPUT_BYTES_MAX + 16 * 1024;

pub fn routes(table: Routes) -> Routes {
    // Page and API share the permits.
    let permits = Extension(Arc::new(LongBodies::new(table.state().entropy.bytes())));
    let page = get(page::show).post(page::check).layer(permits.clone());
    let table = table.route_with_body("/v", Access::Anyone, Cache::NoStore, BODY_BYTES_MAX, page);
    let api = post(api::verify).layer(permits);
    table.route_with_body("/api/v1/verify", Access::Anyone, Cache::NoStore, BODY_BYTES_MAX, api)
}

//! Pages and the API: a handler extracts, calls one service, shows one view.
//! Deliberately absent: SQL, rules of the domain, cryptography.

pub mod access;
pub mod admin;
pub mod api;
pub mod assets;
pub mod caller;
pub mod certificate_file;
mod certificates;
pub mod compress;
pub mod console;
pub mod cookie;
pub mod entrance;
pub mod error;
pub mod error_response;
pub mod form;
pub mod headers;
mod institution_query;
pub mod live;
pub mod local_time;
pub mod middleware;
pub mod page;
mod page_cache;
pub mod receipt;
pub mod routes;
pub mod sign;
mod state;
pub mod verify;

pub use state::{AppState, WebState};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use entrance::Entrance;
use middleware::MiddlewareLayer;
use routes::{RouteEntry, Routes};
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::csrf::CsrfLayer;

/// Largest request body where a route sets no other limit.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Every route that [`router`] serves.
pub fn table(state: &AppState) -> Vec<RouteEntry> {
    let (table, endless) = gathered(state);
    [table.entries(), endless.entries()].concat()
}

/// The routes, and beside them those whose answers never end, which nothing compresses.
fn gathered(state: &AppState) -> (Routes, Routes) {
    let table = Routes::new(state.clone());
    let table = assets::routes(table);
    let table = api::routes(table);
    let table = console::routes(table);
    let table = live::routes(table);
    let table = sign::routes(table);
    let table = certificates::routes(table);
    let table = verify::routes(table);
    (table, live::endless(Routes::new(state.clone())))
}

/// The whole service.
pub fn router(state: AppState) -> Router {
    let (table, endless) = gathered(&state);
    let routes = [table.entries(), endless.entries()].concat();
    let entrance = Arc::new(Entrance::new(state.config.hosts.clone(), &routes));
    let same_site = CsrfLayer::new()
        .add_trusted_origin(&state.config.public_url)
        .expect("public_url was checked when the settings were read");
    let counting = state.config.admin_listen.is_some();
    // One stack, the outermost first: the router boxes each layer that it is given by itself, for every request.
    let middleware = ServiceBuilder::new()
        .layer(MiddlewareLayer(headers::Secure(state)))
        .layer(MiddlewareLayer(error_response::Render(entrance)))
        .option_layer(counting.then_some(MiddlewareLayer(admin::CountRequests)))
        .layer(same_site)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let compressed = ServiceBuilder::new().layer(MiddlewareLayer(compress::Compressing)).layer(middleware.clone());
    table.finish().layer(compressed).merge(endless.finish().layer(middleware))
}

//! The programming interface: what scripts and other systems rely on. Problems are RFC 9457 documents.
//! Deliberately absent: cookies, pages.

mod campaigns;
mod count;
mod docs;
pub(super) mod health;
mod keys;
mod pledges;
mod sessions;
mod texts;

pub use docs::document;

use super::routes::{Access, Cache, Routes};
use axum::routing::{get, post};

const FRESH: Cache = Cache::Seconds(1);
/// Keys are published before they are used, so a copy may be a few minutes old.
const KEYS: Cache = Cache::Seconds(300);

pub fn routes(table: Routes) -> Routes {
    table
        .route("/api/v1/campaigns", Access::Anyone, FRESH, get(campaigns::list))
        .route("/api/v1/campaigns/{slug}", Access::Anyone, FRESH, get(campaigns::one))
        .route("/api/v1/campaigns/{slug}/count", Access::Anyone, FRESH, get(count::count))
        .route("/api/v1/campaigns/{slug}/sessions", Access::Anyone, Cache::NoStore, post(sessions::sign_in))
        .route("/api/v1/campaigns/{slug}/pledges", Access::Anyone, Cache::NoStore, post(pledges::sign))
        .route("/api/v1/texts/{text_hash}", Access::Anyone, Cache::Immutable, get(texts::text))
        .route("/api/v1/openapi.json", Access::Anyone, KEYS, get(docs::openapi))
        .route("/api/docs", Access::Anyone, KEYS, get(docs::index))
        .route("/api/docs/{*file}", Access::Anyone, KEYS, get(docs::file))
        .route("/.well-known/jwks.json", Access::Anyone, KEYS, get(keys::jwks))
        .route("/.well-known/did.json", Access::Anyone, KEYS, get(keys::did))
        .route("/healthz", Access::Anyone, Cache::NoStore, get(health::healthz))
        .route("/readyz", Access::Anyone, Cache::NoStore, get(health::readyz))
}

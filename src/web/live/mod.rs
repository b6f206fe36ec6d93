//! The public pages besides signing: home, a campaign's page, the hall's screen, results, log heads, privacy.
//!
//! Everything here is answered from [`crate::service::live`], without the database. Deliberately absent: names of
//! people.

mod campaign;
mod events;
mod hall;
mod home;
mod log;
pub mod numbers;
mod privacy;
mod result;

use super::routes::{Access, Cache, Routes};
use axum::routing::get;

/// Pages that change with the clock or the count.
const FRESH: Cache = Cache::Seconds(1);

pub fn routes(table: Routes) -> Routes {
    table
        .route("/", Access::Anyone, FRESH, get(home::home))
        .route("/k/{slug}", Access::Anyone, FRESH, get(campaign::show))
        .route("/k/{slug}/live", Access::Anyone, FRESH, get(hall::hall))
        .route("/k/{slug}/result.csv", Access::Anyone, FRESH, get(result::result))
        .route("/log/{slug}/pledges/checkpoint", Access::Anyone, FRESH, get(log::pledges))
        .route("/log/{slug}/roster/checkpoint", Access::Anyone, FRESH, get(log::roster))
        .route("/privasi", Access::Anyone, Cache::Seconds(300), get(privacy::privacy))
}

/// The endless responses. They stand apart so that nothing compresses them: a watcher holds no compressor's memory.
pub fn endless(table: Routes) -> Routes {
    table.route("/k/{slug}/live/events", Access::Anyone, Cache::NoStore, get(events::events))
}

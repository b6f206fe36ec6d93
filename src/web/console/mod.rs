//! The console: where organizers and institutions' operators prepare an event, lead it, and help people.
//!
//! Every handler gets the account from the guard ([`Who`](super::access::Who)); what lies outside the account's
//! institutions doesn't exist for it. Works without scripts. Deliberately absent: SQL, rules of the life cycle.

mod account_notices;
mod accounts;
mod audit;
mod context;
mod day;
mod event_words;
mod events;
mod export;
mod extend;
mod institutions;
mod layout;
mod lists;
mod overview;
mod pagination;
mod people;
mod progress;
mod proof;
mod query;
mod reports;
mod roster;
mod second_factor;
mod sessions;
mod settings;
mod sign_in;
mod steps;
mod text;
mod times;

pub use export::{AT_ONCE_MAX as EXPORTS_AT_ONCE_MAX, WAITING_MAX as EXPORTS_WAITING_MAX};
pub use layout::Tab;
pub use roster::Uploads;

use super::routes::{Access, Cache, Routes};
use crate::service::roster_file::FILE_BYTES_MAX;
use axum::routing::{get, post};

/// The form around an uploaded roster file.
const FORM_BYTES_MAX: u64 = 64 * 1024;

pub fn routes(table: Routes) -> Routes {
    let table = table
        .route("/console/login", Access::Anyone, Cache::NoStore, get(sign_in::show).post(sign_in::enter))
        .route("/console/login/code", Access::Anyone, Cache::NoStore, post(sign_in::enter_code))
        .route("/console/logout", Access::SignedIn, Cache::NoStore, post(sign_in::leave))
        .route("/console/password", Access::SignedIn, Cache::NoStore, get(sign_in::password).post(sign_in::change))
        .route(
            "/console/second-factor",
            Access::Viewer,
            Cache::NoStore,
            get(second_factor::show).post(second_factor::add),
        )
        .route("/console/second-factor/new", Access::Viewer, Cache::NoStore, post(second_factor::begin))
        .route("/console/second-factor/recovery", Access::Viewer, Cache::NoStore, post(second_factor::renew))
        .route("/console/second-factor/remove", Access::Viewer, Cache::NoStore, post(second_factor::remove))
        .route("/console/sessions", Access::Viewer, Cache::NoStore, get(sessions::own).post(sessions::end_own))
        .route("/console/notices", Access::SignedIn, Cache::NoStore, post(sessions::read_notices))
        .route("/console", Access::Viewer, Cache::NoStore, get(events::list))
        .route("/console/new", Access::Organizer, Cache::NoStore, get(events::form).post(events::create))
        .route("/console/audit", Access::Organizer, Cache::NoStore, get(audit::installation))
        .route("/console/audit.csv", Access::Organizer, Cache::NoStore, post(audit::export_installation))
        .route("/console/accounts", Access::Organizer, Cache::NoStore, get(accounts::list).post(accounts::add))
        .route("/console/accounts/{login}", Access::Organizer, Cache::NoStore, get(accounts::show).post(accounts::save))
        .route("/console/accounts/{login}/reset", Access::Organizer, Cache::NoStore, post(accounts::reset))
        .route(
            "/console/accounts/{login}/second-factor",
            Access::Organizer,
            Cache::NoStore,
            post(accounts::reset_factor),
        )
        .route("/console/accounts/{login}/sessions", Access::Organizer, Cache::NoStore, post(sessions::end_others));
    people_routes(event_routes(table))
}

fn event_routes(table: Routes) -> Routes {
    table
        .route("/console/k/{slug}", Access::Viewer, Cache::NoStore, get(overview::show))
        .route(
            "/console/k/{slug}/settings",
            Access::Organizer,
            Cache::NoStore,
            get(settings::show).post(settings::save),
        )
        .route("/console/k/{slug}/day", Access::Viewer, Cache::NoStore, get(day::show))
        .route("/console/k/{slug}/extend", Access::Organizer, Cache::NoStore, get(extend::ask).post(extend::take))
        .route("/console/k/{slug}/text", Access::Organizer, Cache::NoStore, get(text::show).post(text::save))
        .route("/console/k/{slug}/times", Access::Organizer, Cache::NoStore, get(times::show).post(times::save))
        .route(
            "/console/k/{slug}/institutions",
            Access::Operator,
            Cache::NoStore,
            get(institutions::show).post(institutions::save),
        )
        .route("/console/k/{slug}/step/{step}", Access::Organizer, Cache::NoStore, get(steps::ask).post(steps::take))
        .route("/console/k/{slug}/audit", Access::Organizer, Cache::NoStore, get(audit::show_campaign))
        .route("/console/k/{slug}/audit.csv", Access::Organizer, Cache::NoStore, post(audit::export_campaign))
}

fn people_routes(table: Routes) -> Routes {
    let upload_bytes_max = usize::try_from(FILE_BYTES_MAX + FORM_BYTES_MAX).unwrap_or(usize::MAX);
    let upload = get(roster::show).post(roster::send);
    let operator = |table: Routes, path: &str, handler| {
        table.route(&format!("/console/k/{{slug}}{path}"), Access::Operator, Cache::NoStore, handler)
    };
    let table = table.route("/console/k/{slug}/progress", Access::Viewer, Cache::NoStore, get(progress::show));
    let roster = "/console/k/{slug}/roster";
    let table = table.route_with_body(roster, Access::Operator, Cache::NoStore, upload_bytes_max, upload);
    let table = operator(table, "/roster/{id}", get(roster::upload));
    let table = operator(table, "/roster/{id}/confirm", post(roster::confirm));
    let table = operator(table, "/roster/{id}/cancel", post(roster::cancel));
    let table = operator(table, "/roster/{id}/remarks.xlsx", get(roster::remarks));
    let table = operator(table, "/people", get(people::form).post(people::search));
    let table = operator(table, "/people/show", post(people::show));
    let table = operator(table, "/people/reissue", post(people::reissue));
    let table = operator(table, "/people/slip", post(people::slip));
    let table = table.route("/console/k/{slug}/people/revoke", Access::Organizer, Cache::NoStore, post(people::revoke));
    let table = operator(table, "/reports", get(reports::list).post(reports::resolve));
    let table = operator(table, "/codes", get(lists::codes).post(lists::codes_file));
    operator(table, "/lists", get(lists::signatures).post(lists::signatures_file))
}

//! Console accounts: signing in, the second factor, sessions, managing the accounts of others, and the trail of what
//! accounts did.

mod accounts;
mod audit;
mod second_factor;
mod sessions;
mod sign_in;

use crate::web::routes::{Access, Cache, Routes};
use axum::routing::{get, post};

pub fn routes(table: Routes) -> Routes {
    audit_routes(account_routes(own_routes(table)))
}

/// An account's own: signing in and out, password, second factor, sessions, notices.
fn own_routes(table: Routes) -> Routes {
    table
        .route("/console/login", Access::Anyone, Cache::NoStore, get(sign_in::show).post(sign_in::sign_in))
        .route("/console/login/code", Access::Anyone, Cache::NoStore, post(sign_in::sign_in_with_code))
        .route("/console/logout", Access::SignedIn, Cache::NoStore, post(sign_in::sign_out))
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
}

/// Accounts of others.
fn account_routes(table: Routes) -> Routes {
    table
        .route("/console/accounts", Access::Organizer, Cache::NoStore, get(accounts::list).post(accounts::add))
        .route("/console/accounts/{login}", Access::Organizer, Cache::NoStore, get(accounts::show).post(accounts::save))
        .route("/console/accounts/{login}/reset", Access::Organizer, Cache::NoStore, post(accounts::reset))
        .route(
            "/console/accounts/{login}/second-factor",
            Access::Organizer,
            Cache::NoStore,
            post(accounts::reset_factor),
        )
        .route("/console/accounts/{login}/sessions", Access::Organizer, Cache::NoStore, post(sessions::end_others))
}

fn audit_routes(table: Routes) -> Routes {
    table
        .route("/console/audit", Access::Organizer, Cache::NoStore, get(audit::installation))
        .route("/console/audit.csv", Access::Organizer, Cache::NoStore, post(audit::export_installation))
        .route("/console/k/{slug}/audit", Access::Organizer, Cache::NoStore, get(audit::show_campaign))
        .route("/console/k/{slug}/audit.csv", Access::Organizer, Cache::NoStore, post(audit::export_campaign))
}

//! The people of a campaign: the help desk, reports of misuse, and files of access codes and signatures.

mod lists;
mod misuse_reports;
mod participants;
mod roster_changes;
mod row_form;

use crate::web::routes::{Access, Cache, Routes};
use axum::routing::{get, post};

pub fn routes(table: Routes) -> Routes {
    let operator = |table: Routes, path: &str, handler| {
        table.route(&format!("/console/k/{{slug}}{path}"), Access::Operator, Cache::NoStore, handler)
    };
    let table = operator(table, "/people", get(participants::form).post(participants::search));
    let table = operator(table, "/people/show", post(participants::show));
    let table = operator(table, "/people/reissue", post(participants::reissue));
    let table = operator(table, "/people/slip", post(participants::slip));
    let table = operator(table, "/people/add", get(roster_changes::add_form).post(roster_changes::add));
    let table = operator(table, "/people/changes", get(roster_changes::changes));
    let table = operator(table, "/people/excuse", post(roster_changes::excuse));
    let table = operator(table, "/people/undo", post(roster_changes::undo));
    let table = operator(table, "/people/correct", post(roster_changes::correct));
    let revoke = "/console/k/{slug}/people/revoke";
    let table = table.route(revoke, Access::Organizer, Cache::NoStore, post(participants::revoke));
    let admit = "/console/k/{slug}/people/admit";
    let table = table.route(admit, Access::Organizer, Cache::NoStore, post(roster_changes::admit_anew));
    let table = operator(table, "/reports", get(misuse_reports::list).post(misuse_reports::resolve));
    let table = operator(table, "/reports/find", post(misuse_reports::find));
    let table = operator(table, "/reports/take", post(misuse_reports::take));
    let unlisted = "/console/k/{slug}/reports/unlisted";
    let table = table.route(unlisted, Access::Organizer, Cache::NoStore, post(misuse_reports::resolve_unlisted));
    let table = operator(table, "/codes", get(lists::codes).post(lists::codes_file));
    operator(table, "/lists", get(lists::signatures).post(lists::signatures_file))
}

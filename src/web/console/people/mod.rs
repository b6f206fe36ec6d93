//! The people of a campaign: the help desk, reports of misuse, and files of access codes and signatures.

mod archive;
mod archive_downloads;
mod correction;
mod lists;
mod misuse_reports;
mod participants;
mod people_file;
mod proposals;
mod roster_changes;
mod row_form;

use crate::service::roster_file::PEOPLE_FILE_BYTES_MAX;
use crate::web::routes::{Access, Cache, Routes};
pub use archive_downloads::ARCHIVES_AT_ONCE_MAX;

use archive_downloads::ArchiveDownloads;
use axum::Extension;
use axum::routing::{get, post};
use std::sync::Arc;

/// The form around an uploaded file.
const FORM_BYTES_MAX: usize = 64 * 1024;

pub fn routes(table: Routes) -> Routes {
    let operator = |table: Routes, path: &str, handler| {
        table.route(&format!("/console/k/{{slug}}{path}"), Access::Operator, Cache::NoStore, handler)
    };
    let change = |table: Routes, path: &str, handler| {
        table.route_for_many(&format!("/console/k/{{slug}}{path}"), Access::Operator, Cache::NoStore, handler)
    };
    let table = operator(table, "/people", get(participants::form).post(participants::search));
    let table = operator(table, "/people/show", post(participants::show));
    let table = operator(table, "/people/reissue", post(participants::reissue));
    let table = operator(table, "/people/code", post(participants::show_code));
    let table = operator(table, "/people/slip", post(participants::slip));
    let table = operator(table, "/people/certificate", post(participants::own_copy));
    let table = change(table, "/people/add", get(roster_changes::add_form).post(roster_changes::add));
    let file_bytes_max = PEOPLE_FILE_BYTES_MAX + FORM_BYTES_MAX;
    let file = get(people_file::form).post(people_file::send);
    let path = "/console/k/{slug}/people/file";
    let table = table.route_with_body(path, Access::Operator, Cache::NoStore, file_bytes_max, file);
    let table = operator(table, "/people/proposals/{id}", get(proposals::show));
    let table = operator(table, "/people/proposals/{id}/approve", post(proposals::approve));
    let table = operator(table, "/people/proposals/{id}/continue", post(proposals::go_on));
    let table = operator(table, "/people/proposals/{id}/reject", post(proposals::reject));
    let table = operator(table, "/people/changes", get(roster_changes::changes));
    let table = change(table, "/people/excuse", post(roster_changes::excuse));
    let table = change(table, "/people/undo", post(roster_changes::undo));
    let table = operator(table, "/people/correction", post(correction::form));
    let table = change(table, "/people/correct", post(correction::correct));
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
    let downloads = Extension(Arc::new(ArchiveDownloads::new(table.state().entropy.bytes())));
    let archive = get(archive::form).post(archive::download).layer(downloads.clone());
    let table = operator(table, "/certificates", archive);
    let table = operator(table, "/certificates/progress", get(archive::progress).layer(downloads));
    operator(table, "/lists", get(lists::signatures).post(lists::signatures_file))
}

//! Campaigns: creating one, preparing its text, roster and schedule, its life cycle, and the day it is signed.

mod campaigns;
mod day;
mod extend;
mod institutions;
mod letterhead;
mod lifecycle;
mod minutes;
mod overview;
mod progress;
mod progress_file;
mod recapitulation;
mod roster;
mod schedule;
mod settings;
mod text;

use crate::domain::minutes::SIGNED_COPY_BYTES_MAX;
use crate::service::letterheads::EMBLEM_BYTES_MAX;
use crate::service::roster_file::FILE_BYTES_MAX;
use crate::web::routes::{Access, Cache, Routes};
use axum::routing::{get, post};

/// The form around an uploaded roster file.
const FORM_BYTES_MAX: u64 = 64 * 1024;

pub fn routes(table: Routes) -> Routes {
    let table = table.route("/console", Access::Viewer, Cache::NoStore, get(campaigns::list)).route(
        "/console/new",
        Access::Organizer,
        Cache::NoStore,
        get(campaigns::form).post(campaigns::create),
    );
    document_routes(roster_routes(campaign_routes(table)))
}

fn campaign_routes(table: Routes) -> Routes {
    table
        .route("/console/k/{slug}", Access::Viewer, Cache::NoStore, get(overview::show))
        .route(
            "/console/k/{slug}/settings",
            Access::Organizer,
            Cache::NoStore,
            get(settings::show).post(settings::save),
        )
        .route("/console/k/{slug}/day", Access::Viewer, Cache::NoStore, get(day::show))
        .route("/console/k/{slug}/extend", Access::Organizer, Cache::NoStore, get(extend::ask).post(extend::extend))
        .route("/console/k/{slug}/text", Access::Organizer, Cache::NoStore, get(text::show).post(text::save))
        .route("/console/k/{slug}/times", Access::Organizer, Cache::NoStore, get(schedule::show).post(schedule::save))
        .route(
            "/console/k/{slug}/institutions",
            Access::Operator,
            Cache::NoStore,
            get(institutions::show).post(institutions::save),
        )
        .route(
            "/console/k/{slug}/step/{step}",
            Access::Organizer,
            Cache::NoStore,
            get(lifecycle::ask).post(lifecycle::take),
        )
        .route("/console/k/{slug}/progress", Access::Viewer, Cache::NoStore, get(progress::show))
        .route("/console/k/{slug}/progress.csv", Access::Viewer, Cache::NoStore, get(progress_file::csv))
        .route("/console/k/{slug}/progress.xlsx", Access::Viewer, Cache::NoStore, get(progress_file::xlsx))
        .route("/console/k/{slug}/recapitulation.pdf", Access::Viewer, Cache::NoStore, get(recapitulation::pdf))
        .route("/console/k/{slug}/recapitulation.xlsx", Access::Viewer, Cache::NoStore, get(recapitulation::xlsx))
}

fn document_routes(table: Routes) -> Routes {
    let copy_bytes_max = SIGNED_COPY_BYTES_MAX + usize::try_from(FORM_BYTES_MAX).unwrap_or_default();
    let all = get(minutes::show).post(minutes::make);
    let copy = get(minutes::download_copy).post(minutes::keep_copy);
    let emblem_bytes_max = EMBLEM_BYTES_MAX + usize::try_from(FORM_BYTES_MAX).unwrap_or_default();
    let letterhead = get(letterhead::show).post(letterhead::save);
    table
        .route_with_body(
            "/console/k/{slug}/letterhead",
            Access::Organizer,
            Cache::NoStore,
            emblem_bytes_max,
            letterhead,
        )
        .route("/console/k/{slug}/minutes", Access::Organizer, Cache::NoStore, all)
        .route("/console/k/{slug}/minutes/{edition}", Access::Organizer, Cache::NoStore, get(minutes::download))
        .route_with_body(
            "/console/k/{slug}/minutes/{edition}/copy",
            Access::Organizer,
            Cache::NoStore,
            copy_bytes_max,
            copy,
        )
}

fn roster_routes(table: Routes) -> Routes {
    let upload_bytes_max = usize::try_from(FILE_BYTES_MAX + FORM_BYTES_MAX).unwrap_or(usize::MAX);
    let upload = get(roster::show).post(roster::send);
    let operator = |table: Routes, path: &str, handler| {
        table.route(&format!("/console/k/{{slug}}{path}"), Access::Operator, Cache::NoStore, handler)
    };
    let roster = "/console/k/{slug}/roster";
    let table = table.route_with_body(roster, Access::Operator, Cache::NoStore, upload_bytes_max, upload);
    let table = operator(table, "/roster/template.xlsx", get(roster::files::template));
    let table = operator(table, "/roster/export", post(roster::files::export));
    let table = operator(table, "/roster/{id}", get(roster::upload));
    let table = operator(table, "/roster/{id}/check", post(roster::check_again));
    let table = operator(table, "/roster/{id}/confirm", post(roster::confirm));
    let table = operator(table, "/roster/{id}/cancel", post(roster::cancel));
    operator(table, "/roster/{id}/remarks.xlsx", get(roster::remarks))
}

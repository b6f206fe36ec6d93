//! `/k/{slug}/live`: the screen of the hall.

use super::numbers::{NumbersView, group_name, only_institution};
use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::{Lang, Localizer};
use crate::service::live::TEMPO_SECS;
use crate::web::AppState;
use crate::web::error::Problem;
use crate::web::institution_query::InstitutionQuery;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

/// Most columns of tiles; beyond ten rows the page scrolls.
const COLUMNS_MAX: usize = 10;
/// More agencies than this, whose names are long, are lines instead of tiles.
const AGENCY_TILES_MAX: usize = 8;
/// As many lines as stand below each other.
const LINES_MAX: usize = 13;

#[derive(Template)]
#[template(path = "live/hall.html")]
struct HallPage {
    w: Localizer,
    slug: String,
    title: String,
    organizer: String,
    /// The institution whose agencies are shown: its code and name.
    institution: Option<(String, String)>,
    /// Whether there are other institutions.
    is_part: bool,
    synthetic: bool,
    state: &'static str,
    /// Where people sign, as they type it.
    address: String,
    opens: Option<String>,
    opens_ms: i64,
    now_ms: i64,
    as_of: String,
    offset_hours: i8,
    zone: &'static str,
    tempo_secs: i64,
    columns: usize,
    /// One line for each group instead of a tile.
    has_lines: bool,
    numbers: NumbersView,
}

pub async fn hall(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    asked: InstitutionQuery,
    w: Localizer,
) -> Result<Response, Problem> {
    let shown = state.live.shown(&slug).ok_or(Problem::Unknown)?;
    let (campaign, settings) = (&shown.campaign, &shown.campaign.settings);
    let institution = asked.of(&shown.snapshot)?.or_else(|| only_institution(&shown.snapshot));
    let numbers = NumbersView::tiled(w, &shown.snapshot, institution);
    let has_lines = institution.is_some() && numbers.groups.len() > AGENCY_TILES_MAX;
    page(&HallPage {
        w,
        title: settings.title.clone(),
        organizer: settings.organizer.clone(),
        institution: institution.map(|one| (one.total.code.clone(), group_name(w, &one.total))),
        is_part: institution.is_some() && shown.snapshot.institutions.len() > 1,
        synthetic: settings.synthetic,
        state: campaign.state.as_str(),
        address: format!("{}/k/{slug}", state.config.host()),
        opens: campaign.opens_at.map(|at| local_time::moment(w, settings.zone, at)),
        opens_ms: campaign.opens_at.map_or(0, |UnixMillis(ms)| ms),
        now_ms: state.now().0,
        as_of: clock_time(w, settings.zone, shown.snapshot.as_of),
        offset_hours: settings.zone.offset_hours(),
        zone: settings.zone.abbreviation(),
        tempo_secs: TEMPO_SECS,
        columns: if has_lines { numbers.groups.len().div_ceil(LINES_MAX) } else { columns(numbers.groups.len()) },
        has_lines,
        numbers,
        slug,
    })
}

/// `09.15.42 WIB`, as the screen's script writes it too.
fn clock_time(w: Localizer, zone: Zone, at: UnixMillis) -> String {
    let civil = zone.civil(at);
    let apart = match w.0 {
        Lang::Id => '.',
        Lang::En => ':',
    };
    let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
    format!("{hour:02}{apart}{minute:02}{apart}{second:02} {}", zone.abbreviation())
}

/// About twice as many columns as rows, since the tiles stand below the count on a wide screen.
fn columns(tiles: usize) -> usize {
    (1..=COLUMNS_MAX).find(|columns| columns * columns.div_ceil(2) >= tiles).unwrap_or(COLUMNS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighteen_tiles_stand_in_six_columns() {
        assert_eq!([0, 1, 2, 6, 18, 19, 50, 500].map(columns), [1, 1, 2, 3, 6, 7, 10, 10]);
    }
}

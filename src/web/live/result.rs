//! `/k/{slug}/result.csv`: the final result per institution or agency, for a spreadsheet.
//!
//! UTF-8 with a byte order mark and semicolons, as spreadsheets in Indonesian expect. Cells that a spreadsheet would
//! read as a formula are prefixed with an apostrophe.

use crate::domain::campaign::CampaignState;
use crate::domain::file_name::{Disposition, disposition};
use crate::domain::formula_guard::guarded;
use crate::i18n::Localizer;
use crate::service::live::Snapshot;
use crate::web::AppState;
use crate::web::error::Problem;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// There is no result before the campaign is closed.
pub async fn result(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    w: Localizer,
) -> Result<Response, Problem> {
    let shown = state.live.shown(&slug).ok_or(Problem::Unknown)?;
    if shown.snapshot.state != CampaignState::Closed {
        return Err(Problem::Unknown);
    }
    let body = written(w, &shown.snapshot).map_err(|error| {
        tracing::error!(%error, "a CSV couldn't be written");
        Problem::Internal
    })?;
    let name = disposition(Disposition::Attachment, &format!("{slug}.csv"));
    let kind = "text/csv; charset=utf-8".to_string();
    // The header row is in the visitor's language.
    let vary = "accept-language, cookie".to_string();
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name), (VARY, vary)], body).into_response())
}

fn written(w: Localizer, snapshot: &Snapshot) -> Result<Vec<u8>, csv::Error> {
    let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    let has_agencies = snapshot.groups.len() > snapshot.institutions.len();
    let mut header = vec![
        w.t("live-csv-code"),
        w.t("live-csv-name"),
        w.t("live-csv-eligible"),
        w.t("live-csv-signed"),
        w.t("live-csv-revoked"),
        w.t("live-csv-added"),
        w.t("live-csv-excused"),
        w.t("live-csv-target"),
    ];
    if has_agencies {
        header.extend([w.t("live-csv-institution-code"), w.t("live-csv-institution")]);
    }
    csv.write_record(header)?;
    for group in snapshot.groups.iter() {
        let numbers = [group.eligible, group.signed, group.revoked, group.added, group.excused, group.target()];
        let mut cells = vec![guarded(&group.code).into_owned(), guarded(&group.name).into_owned()];
        cells.extend(numbers.map(|number| number.to_string()));
        if has_agencies {
            cells.extend([&group.institution, &group.institution_name].map(|text| guarded(text).into_owned()));
        }
        csv.write_record(cells)?;
    }
    csv.into_inner().map_err(|fault| csv::Error::from(fault.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reporting_group::GroupKind;
    use crate::domain::time::UnixMillis;
    use crate::i18n::Lang;
    use crate::service::live::Phase;
    use crate::service::live::{GroupCount, PublicNumbers};

    #[test]
    fn a_formula_stays_text_and_a_semicolon_stays_inside_its_cell() {
        let group = GroupCount {
            index: 0,
            code: "16".into(),
            name: "=HYPERLINK(\"x\";1)".into(),
            kind: GroupKind::Institution,
            institution: "16".into(),
            institution_name: "Provinsi".into(),
            eligible: 30,
            signed: 20,
            excused: 2,
            revoked: 1,
            added: 3,
        };
        let agency = GroupCount { code: "16/1".into(), kind: GroupKind::Agency, ..group.clone() };
        let numbers = PublicNumbers { groups: vec![group], ..PublicNumbers::default() };
        let phase = Phase { state: CampaignState::Closed, opens_at: None };
        let snapshot = Snapshot::new(phase, numbers, 0, UnixMillis(0));
        let csv = String::from_utf8(written(Localizer(Lang::Id), &snapshot).unwrap()).unwrap();
        assert!(csv.starts_with('\u{feff}'));
        assert_eq!(csv.lines().nth(1), Some("16;\"'=HYPERLINK(\"\"x\"\";1)\";30;20;1;3;2;31"));
        let groups = vec![agency.clone(), GroupCount { code: "16/2".into(), name: "Dinas".into(), ..agency }];
        let numbers = PublicNumbers { groups, ..PublicNumbers::default() };
        let snapshot = Snapshot::new(phase, numbers, 0, UnixMillis(0));
        let csv = String::from_utf8(written(Localizer(Lang::Id), &snapshot).unwrap()).unwrap();
        assert_eq!(csv.lines().nth(2), Some("16/2;Dinas;30;20;1;3;2;31;16;Provinsi"));
    }
}

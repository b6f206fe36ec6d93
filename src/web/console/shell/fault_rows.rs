//! Faults of a file's rows, as pages list them.

use crate::i18n::Localizer;
use crate::service::roster_file::{Fault, Faults, remark};

/// Faults shown on a page.
const FAULTS_SHOWN_MAX: usize = 100;

/// A fault of one row.
pub struct FaultRow {
    /// The row's number, after the sheet's name where there are several.
    pub place: String,
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    pub remark: String,
}

impl FaultRow {
    /// The first faults of a file.
    pub fn first(w: Localizer, faults: &Faults) -> Vec<Self> {
        faults.listed().iter().take(FAULTS_SHOWN_MAX).map(|fault| Self::of(w, fault)).collect()
    }

    fn of(w: Localizer, fault: &Fault) -> Self {
        let row = fault.row.to_string();
        let place = if fault.sheet.is_empty() { row } else { format!("{} · {row}", fault.sheet) };
        Self { place, value: fault.value.clone(), remark: remark(fault, w) }
    }
}

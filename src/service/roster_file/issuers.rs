//! Numbers that an institution gives out: only an institution of the campaign may have issued one.

use super::checker::Checker;
use super::fault::{FAULTS_KEPT_MAX, FaultKind};
use super::field::Field;
use super::row_values::{CellFault, RowValues};
use super::surroundings::Surroundings;
use crate::domain::identifier::Identifier;
use crate::domain::identifier_times::impossible_time;

impl<S: Surroundings> Checker<'_, S> {
    /// The number, if an institution of the campaign issued it. Where the file itself names the institutions, that is
    /// known only at its end.
    pub(super) fn issued<'v>(
        &mut self,
        row: u32,
        values: &RowValues<'v>,
        number: Option<Identifier>,
    ) -> Result<Option<Identifier>, CellFault<'v>> {
        if let Some(time) = number.as_ref().and_then(|number| impossible_time(number, self.today)) {
            let field = if values.has(Field::Identifier) { Field::Identifier } else { Field::Number };
            return Err(values.fault(field, FaultKind::ImpossibleTime(time)));
        }
        let Some(Identifier::Number { issuer, number }) = number else { return Ok(number) };
        let field = if values.has(Field::Identifier) { Field::Identifier } else { Field::Number };
        if let Some(code) = self.target.issuer(&issuer) {
            let kept = Identifier::number(code, &number);
            return kept.map(Some).map_err(|_| values.fault(field, FaultKind::ParticipantNumber));
        }
        let fault = values.fault(field, FaultKind::NumberIssuer { issuer: issuer.clone() });
        if !self.target.is_open() {
            return Err(fault);
        }
        let fault = self.placed(row, fault);
        if self.issuers_to_find.len() < FAULTS_KEPT_MAX && self.budget.has_room(fault.bytes()) {
            self.issuers_to_find.push(fault);
        } else {
            self.faults.total += 1;
        }
        Ok(Some(Identifier::Number { issuer, number }))
    }

    /// Faults of numbers whose issuer the whole file didn't name.
    pub(super) fn find_issuers(&mut self) {
        for fault in std::mem::take(&mut self.issuers_to_find) {
            let FaultKind::NumberIssuer { issuer } = &fault.kind else { continue };
            if self.target.issuer(issuer).is_none() {
                self.add(fault);
            }
        }
    }
}

//! The institutions that the rows of a file belong to: those of the campaign, one of them, or those that the file
//! names.
//!
//! A campaign with a list of institutions accepts only these. A campaign without one gets its list from its first file,
//! with the codes in the file or else numbered from 01. A file for one institution need not name it.

use super::RosterFileError;
use super::budget::Budget;
use super::cell_text::tidy;
use super::fault::FaultKind;
use super::field::Field;
use super::institution_names::{InstitutionLookAlikes, InstitutionNames, institutions_alike};
use super::row_values::{CellFault, RowValues, stands_empty};
use super::unit_names::{UNIT_COLUMNS, UnitNames};
use super::unit_tree::UnitCode;
use crate::domain::institution::{Institution, is_code};
use std::borrow::Cow;

/// Most institutions of a campaign.
pub const INSTITUTIONS_MAX: usize = 1_000;

pub struct Target {
    institutions: Vec<Institution>,
    names: InstitutionNames,
    /// Institutions from this index on are new, named by the file.
    known: usize,
    only: Option<usize>,
}

impl Target {
    /// `only` is the code of the institution that the file is for. Returns `None` if the list does not have it.
    pub fn new(institutions: Vec<Institution>, only: Option<&str>) -> Option<Self> {
        let names = InstitutionNames::new(&institutions);
        let only = match only {
            Some(code) => Some(names.by_code(code)?),
            None => None,
        };
        Some(Self { known: institutions.len(), institutions, names, only })
    }

    /// Whether all rows belong to one institution even if the file names none.
    pub fn is_single(&self) -> bool {
        self.only.is_some() || self.institutions.len() == 1
    }

    /// The code of the one institution that the file is for.
    pub fn only_code(&self) -> Option<String> {
        self.only.map(|only| self.institutions[only].code.clone())
    }

    pub fn code(&self, institution: usize) -> &str {
        &self.institutions[institution].code
    }

    /// Index of the institution with this code.
    pub fn of_code(&self, code: &str) -> Option<usize> {
        self.names.by_code(code)
    }

    /// Institutions that the file was the first to name.
    pub fn created(&self) -> &[Institution] {
        &self.institutions[self.known..]
    }

    /// Pairs of institutions that look alike, where the file was the first to name them.
    pub fn look_alikes(&self, budget: &Budget) -> Result<InstitutionLookAlikes, RosterFileError> {
        institutions_alike(self.created(), budget)
    }

    /// Code of the institution that issued a number, from its code or name as the number has it.
    pub fn issuer(&mut self, written: &str) -> Option<&str> {
        let at = self.names.by_code(written).or_else(|| self.names.by_name(written))?;
        Some(&self.institutions[at].code)
    }

    /// Whether the file says which institutions there are.
    pub fn is_open(&self) -> bool {
        self.known == 0
    }

    /// Index of the institution of a row.
    pub fn institution<'a>(&mut self, values: &RowValues<'a>) -> Result<usize, CellFault<'a>> {
        let (code, name) = (values.text(Field::InstitutionCode), values.text(Field::Institution));
        // Dots and zeros aren't nothing: they are wrong codes.
        let is_nothing = stands_empty(&code) && !code.contains(['.', '0']);
        let code = if is_nothing { Cow::default() } else { code };
        let named = if code.is_empty() { self.names.by_name(&name) } else { self.names.by_code(&code) };
        let field = if code.is_empty() { Field::Institution } else { Field::InstitutionCode };
        match (self.only, named) {
            (Some(only), Some(named)) if named != only => {
                let expected = self.institutions[only].name.clone();
                Err(values.fault(field, FaultKind::InstitutionOther { expected }))
            }
            (_, Some(named)) if !code.is_empty() && self.contradicts(named, &name) => {
                Err(self.contradiction(values, named))
            }
            (Some(only), _) => Ok(only),
            (None, Some(named)) => Ok(named),
            (None, None) if code.is_empty() && stands_empty(&name) => match self.institutions.len() {
                1 if self.known == 1 => Ok(0),
                _ => Err(values.fault(field, FaultKind::InstitutionMissing)),
            },
            (None, None) if self.known > 0 => {
                let alike = self.names.misspelt(&self.institutions, &name).unwrap_or_default();
                Err(values.fault(field, FaultKind::InstitutionUnknown { alike }))
            }
            (None, None) if !code.is_empty() && self.names.by_name(&name).is_some() => {
                let named = self.names.by_name(&name).unwrap_or_default();
                Err(self.contradiction(values, named))
            }
            (None, None) => {
                let is_bad = !code.is_empty() && !is_code(&code.to_uppercase());
                let unknown = FaultKind::InstitutionUnknown { alike: String::new() };
                let kind = if is_bad { FaultKind::InstitutionCode } else { unknown };
                self.create(code.into_owned(), name.into_owned()).ok_or_else(|| values.fault(field, kind))
            }
        }
    }

    /// Whether a name beside the code of an institution is that of another one.
    fn contradicts(&mut self, at: usize, name: &str) -> bool {
        let own = &self.institutions[at].name;
        !stands_empty(name) && self.names.contradicts(at, own, name, at >= self.known)
    }

    fn contradiction<'a>(&self, values: &RowValues<'a>, at: usize) -> CellFault<'a> {
        let Institution { code, name, .. } = &self.institutions[at];
        values.fault(Field::Institution, FaultKind::InstitutionContradiction { known: format!("{code} {name}") })
    }

    fn create(&mut self, code: String, name: String) -> Option<usize> {
        let at = self.institutions.len();
        let code = if code.is_empty() { format!("{:02}", at + 1) } else { code.to_uppercase() };
        if at >= INSTITUTIONS_MAX || !is_code(&code) {
            return None;
        }
        let name = if name.is_empty() { code.clone() } else { name };
        let position = u32::try_from(at).expect("fewer institutions than fit 32 bits");
        let created = Institution { code, name, position, help_contact: String::new() };
        self.names.push(&created);
        self.institutions.push(created);
        Some(at)
    }

    /// Index of the institution that the name of a sheet is. Where the file says which institutions there are, a name
    /// with its level, such as `Kab.`, is a new one.
    pub fn institution_of_sheet(&mut self, sheet: &str) -> Option<usize> {
        let named = self.names.by_name(sheet);
        let is_new = named.is_none() && self.is_open() && InstitutionNames::states_level(sheet);
        if is_new { self.create(String::new(), tidy(sheet).into_owned()) } else { named }
    }

    /// Whether the name of a sheet may be an institution's.
    pub fn may_be_institution(&mut self, sheet: &str) -> bool {
        self.names.by_name(sheet).is_some() || (self.is_open() && InstitutionNames::states_level(sheet))
    }

    /// Whether the file is for this institution.
    pub fn is_only(&self, institution: usize) -> bool {
        self.only == Some(institution)
    }

    /// The name of the one institution that the file is for.
    pub fn only_name(&self) -> Option<&str> {
        self.only.map(|only| self.institutions[only].name.as_str())
    }

    /// Whether a text names this institution.
    pub fn is_name_of(&mut self, institution: usize, text: &str) -> bool {
        self.names.by_name(text) == Some(institution)
    }

    /// The units of a row, without names that only repeat the institution: a government isn't an agency of itself. A
    /// file for one institution may list its agencies in a column called `Instansi`.
    pub fn unit_names<'v>(&mut self, institution: usize, values: &RowValues<'v>) -> UnitNames<'v> {
        let mut units = UnitNames::default();
        // Units that are told apart by a code have it in the narrowest column; an agency's name is enough.
        let coded = [Field::SubUnit, Field::Unit].into_iter().find(|field| values.knows(*field));
        for field in UNIT_COLUMNS {
            let mut name = values.text(field);
            if name.is_empty() && field == Field::ParentUnit && self.only.is_some() {
                name = values.text(Field::Institution);
            }
            if !stands_empty(&name)
                && self.names.by_name(&name) != Some(institution)
                && units.push(field, name)
                && Some(field) == coded
            {
                units.code = UnitCode { text: values.text(Field::UnitId), is_of_file: true };
            }
        }
        units
    }
}

//! The roster as a file in the shape that an import reads: everything that is stored of each person, so that a file
//! that is written and read again changes nothing.
//!
//! Deliberately absent: access codes, signatures, and who may take the file.

use crate::domain::ids::CampaignId;
use crate::domain::institution::Institution;
use crate::domain::institution::folded;
use crate::domain::participant::Participant;
use crate::domain::unit::{BETWEEN_UNITS, Unit, lineage};
use crate::store::rosters::{ListedPerson, PeopleFilter};
use crate::store::{SharedStore, StoreError};
use std::collections::{HashMap, HashSet};

/// The name of the export in the audit trail.
pub const ROSTER_LIST: &str = "roster";

/// A person on the roster with the names that stand in a file.
#[derive(Clone, Debug)]
pub struct RosterLine {
    /// The person.
    pub person: Participant,
    /// The name of the person's institution.
    pub institution: String,
    /// The name at the top of the path of the person's unit, that of the agency; may be empty.
    pub parent: String,
    /// The name below it; empty if there is none.
    pub unit: String,
    /// The names below that one. A unit that has a code stands here, however deep it is.
    pub sub_unit: String,
    /// Tells apart units of one name; empty for most.
    pub unit_code: String,
}

/// Why a roster isn't exported.
#[derive(Debug, thiserror::Error)]
pub enum RosterExportError {
    /// The campaign doesn't have this institution.
    #[error("there is no such institution in this campaign")]
    NoSuchInstitution,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads rosters for export.
pub struct RosterExports {
    store: SharedStore,
}

impl RosterExports {
    /// Reads from `store`.
    pub fn new(store: SharedStore) -> Self {
        Self { store }
    }

    /// The people of one institution or of all, by institution, unit and name.
    ///
    /// # Errors
    /// When there is no such institution or the database fails.
    pub async fn lines(
        &self,
        campaign: CampaignId,
        institution: Option<&str>,
    ) -> Result<Vec<RosterLine>, RosterExportError> {
        let mut institutions = self.store.institutions(campaign).await?;
        institutions.retain(|known| institution.is_none_or(|code| code == known.code));
        if institutions.is_empty() && institution.is_some() {
            return Err(RosterExportError::NoSuchInstitution);
        }
        let mut lines = vec![];
        for institution in institutions {
            let units = UnitCells::of(self.store.units(campaign, Some(&institution.code)).await?);
            let filter =
                PeopleFilter { institution: Some(institution.code.clone()), units: None, ..PeopleFilter::default() };
            let mut take = |listed: &ListedPerson| lines.push(units.line(&institution, &listed.participant));
            self.store.visit_people(campaign, &filter, &mut take).await?;
        }
        Ok(lines)
    }
}

/// The units of an institution, as cells.
struct UnitCells {
    by_id: HashMap<u32, Unit>,
    /// Units that need a code: another one of this name has none.
    coded: HashSet<u32>,
}

impl UnitCells {
    fn of(units: Vec<Unit>) -> Self {
        let parents: HashSet<u32> = units.iter().filter_map(|unit| unit.parent).collect();
        // Of units of one name, the one that is above others has no code, or else the first.
        let mut without_code: HashMap<(Option<u32>, String), u32> = HashMap::new();
        for unit in &units {
            let first = without_code.entry((unit.parent, folded(&unit.name))).or_insert(unit.id);
            if parents.contains(&unit.id) {
                *first = unit.id;
            }
        }
        let is_coded = |unit: &&Unit| without_code.get(&(unit.parent, folded(&unit.name))) != Some(&unit.id);
        let coded = units.iter().filter(is_coded).map(|unit| unit.id).collect();
        Self { by_id: units.into_iter().map(|unit| (unit.id, unit)).collect(), coded }
    }

    fn line(&self, institution: &Institution, person: &Participant) -> RosterLine {
        let mut line = RosterLine {
            person: person.clone(),
            institution: institution.name.clone(),
            parent: String::new(),
            unit: String::new(),
            sub_unit: String::new(),
            unit_code: String::new(),
        };
        let Some(unit) = person.unit else { return line };
        let mut levels = lineage(unit, |id| self.by_id.get(&id));
        let is_coded = self.coded.contains(&unit);
        // A code belongs to the narrowest column.
        let last = if is_coded { levels.pop() } else { None };
        let mut names = levels.iter().map(|unit| unit.name.clone());
        (line.parent, line.unit) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let below: Vec<String> = names.chain(last.map(|unit| unit.name.clone())).collect();
        line.sub_unit = below.join(BETWEEN_UNITS);
        if is_coded {
            line.unit_code = unit.to_string();
        }
        line
    }
}

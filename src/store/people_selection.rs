//! Which people of a campaign a file is about: everybody, those of an institution, or those of a unit and below, and of
//! them the ones that an account sees.

use super::registry::RegisteredUnit;
use super::rosters::{ListedPerson, PeopleFilter, UnitFilter};
use super::{Store, StoreError};
use crate::domain::ids::CampaignId;
use crate::domain::institution::Institution;
use crate::domain::unit::{Unit, told_apart, unit_paths};
use crate::domain::visible_institutions::{InstitutionView, VisibleInstitutions};
use std::collections::{HashMap, HashSet};

/// Which people are chosen.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeopleSelection<'a> {
    /// The code of one institution.
    pub institution: Option<&'a str>,
    /// The name of a unit, as on the roster or as `Parent / Unit`, in any case; selects the units below it too.
    pub unit: Option<&'a str>,
    /// Also the earlier admissions of people who were admitted anew.
    pub superseded: bool,
}

/// One of the chosen people.
pub struct SelectedPerson<'a> {
    /// Their row.
    pub listed: &'a ListedPerson,
    /// Their institution.
    pub institution: &'a Institution,
    /// `Parent / Unit`; empty without a unit.
    pub unit: &'a str,
}

/// Why nobody is chosen.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// The selection names an institution that the campaign doesn't have.
    #[error("there is no such institution in this campaign")]
    NoSuchInstitution,
    /// The selection names a unit that no selected institution has.
    #[error("there is no such unit on the roster")]
    NoSuchUnit,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Visits those of the selected people who are visible, by institution, unit and name.
///
/// # Errors
/// See [`SelectionError`].
pub async fn visit_selected(
    store: &dyn Store,
    campaign: CampaignId,
    visible: &VisibleInstitutions,
    selection: PeopleSelection<'_>,
    visit: &mut (dyn for<'p> FnMut(SelectedPerson<'p>) + Send),
) -> Result<(), SelectionError> {
    let is_selected = |code: &String| selection.institution.is_none_or(|wanted| wanted == code);
    let mut institutions = store.institutions(campaign).await?;
    institutions.retain(|known| is_selected(&known.code) && visible.includes_part(&known.code));
    if institutions.is_empty() && selection.institution.is_some() {
        return Err(SelectionError::NoSuchInstitution);
    }
    let mut unit_found = selection.unit.is_none();
    for institution in &institutions {
        let registered = store.registered_units(campaign, Some(&institution.code)).await?;
        let names = SelectablePaths::of(&registered);
        let units = selected_units(registered, &visible.view(&institution.code), &names, selection.unit);
        if units.as_ref().is_some_and(|wanted| wanted.units.is_empty()) {
            continue;
        }
        unit_found = true;
        let filter =
            PeopleFilter { institution: Some(institution.code.clone()), units, superseded: selection.superseded };
        let mut take = |listed: &ListedPerson| {
            let unit = listed.participant.unit.and_then(|unit| names.told_apart.get(&unit));
            visit(SelectedPerson { listed, institution, unit: unit.map_or("", String::as_str) });
        };
        store.visit_people(campaign, &filter, &mut take).await?;
    }
    if unit_found { Ok(()) } else { Err(SelectionError::NoSuchUnit) }
}

/// The units of this name and below, of those that are seen; `None`: everybody of the institution, also without a unit.
fn selected_units(
    registered: Vec<RegisteredUnit>,
    view: &InstitutionView<'_>,
    names: &SelectablePaths,
    name: Option<&str>,
) -> Option<UnitFilter> {
    if *view == InstitutionView::Whole && name.is_none() {
        return None;
    }
    let roster = registered.first().map_or_else(Default::default, |one| one.roster);
    let named = name.map(|name| names.below(name));
    let is_selected = |one: &RegisteredUnit| {
        view.includes(one.node.as_deref()) && named.as_ref().is_none_or(|named| named.contains(&one.unit.id))
    };
    let units = registered.into_iter().filter(is_selected).map(|one| one.unit.id).collect();
    Some(UnitFilter { roster, units })
}

/// The paths of an institution's units.
struct SelectablePaths {
    told_apart: HashMap<u32, String>,
    on_roster: HashMap<u32, String>,
}

impl SelectablePaths {
    fn of(registered: &[RegisteredUnit]) -> Self {
        let units: Vec<Unit> = registered.iter().map(|one| one.unit.clone()).collect();
        Self { on_roster: unit_paths(&units), told_apart: unit_paths(&told_apart(units)) }
    }

    /// The units of this name, and those below them: those that a name tells apart, or all that have it on the roster.
    fn below(&self, name: &str) -> HashSet<u32> {
        let wanted = name.trim().to_lowercase();
        let fits = |path: &String| {
            let path = path.to_lowercase();
            path == wanted || path.split(" / ").any(|part| part == wanted)
        };
        let of = |paths: &HashMap<u32, String>| -> HashSet<u32> {
            paths.iter().filter(|(_, path)| fits(path)).map(|(unit, _)| *unit).collect()
        };
        let chosen = of(&self.told_apart);
        if chosen.is_empty() { of(&self.on_roster) } else { chosen }
    }
}

//! Lists of people: access codes to hand out, and who has signed and who hasn't.
//!
//! Numbers are text, and a cell in CSV never begins like a formula. Deliberately absent: which role may see a list.

mod slips;
mod table;

pub use slips::{SlipFile, ZIP_PEOPLE_MAX, slip_parts, write_slip_file, write_slips};
pub use table::{Columns, write_csv, write_xlsx};

use crate::domain::access_code::AccessCode;
use crate::domain::account::Scope;
use crate::domain::campaign::Campaign;
use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::Identifier;
use crate::domain::ids::CampaignId;
use crate::domain::institution::Institution;
use crate::domain::notice::RosterStanding;
use crate::domain::time::UnixMillis;
use crate::domain::unit::{Unit, told_apart, unit_paths};
use crate::domain::visible_institutions::{InstitutionView, VisibleInstitutions};
use crate::keyring::{CampaignSecret, Keyring, WrongKeyring};
use crate::store::pledges::Signer;
use crate::store::registry::{self, RegisteredUnit};
use crate::store::rosters::{ListedPerson, PeopleFilter, UnitFilter};
use crate::store::{SharedStore, StoreError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Which people a list holds.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The code of one institution.
    pub institution: Option<String>,
    /// The name of a unit, as on the roster or as `Parent / Unit`, in any case; selects the units below it too.
    pub unit: Option<String>,
    /// `true`: only people who have signed; `false`: only those who haven't.
    pub signed: Option<bool>,
    /// Only people who were added after the lock or admitted anew.
    pub added: bool,
}

/// One person on a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The number that the person signs in with.
    pub identifier: Identifier,
    /// Front title, name and back titles, as on the certificate.
    pub shown_name: String,
    /// Code of the person's institution.
    pub institution_code: String,
    /// Name of the person's institution.
    pub institution: String,
    /// The institution's own help contact; may be empty.
    pub help_contact: String,
    /// `Parent / Unit`; empty without a unit.
    pub unit: String,
    /// The access code that is valid now; secret until it is handed out.
    pub code: AccessCode,
    /// The kind of employment, as the roster says it.
    pub employment: Option<EmploymentKind>,
    /// When the person signed; `None` before.
    pub signed_at: Option<UnixMillis>,
}

/// Why people can't be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The selection names an institution that the campaign doesn't have.
    #[error("there is no such institution in this campaign")]
    NoSuchInstitution,
    /// The selection names a unit that no selected institution has.
    #[error("there is no such unit on the roster")]
    NoSuchUnit,
    /// The keyring can't open the campaign's secret.
    #[error(transparent)]
    Keyring(#[from] WrongKeyring),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lists people with their codes.
pub struct CodeLists {
    store: SharedStore,
    keyring: Arc<Keyring>,
}

impl CodeLists {
    /// Derives codes from the campaigns' secrets, which `keyring` opens.
    pub fn new(store: SharedStore, keyring: Arc<Keyring>) -> Self {
        Self { store, keyring }
    }

    /// Those of the selected people who are within `scope`, by institution, unit and name.
    ///
    /// # Errors
    /// When the selection names an institution or unit that doesn't exist within the scope, the campaign's secret can't
    /// be opened, or the database fails.
    pub async fn lines(
        &self,
        campaign: &Campaign,
        scope: &Scope,
        selection: &Selection,
    ) -> Result<Vec<Line>, ListError> {
        let secret = self.keyring.open_secret(&campaign.id.0, &campaign.sealed_secret)?;
        let visible = registry::visible_institutions(&*self.store, campaign.id, scope).await?;
        lines(&self.store, campaign.id, &secret, &visible, selection).await
    }
}

impl Line {
    /// The line of one person with the code they have now.
    pub fn of(signer: &Signer, code: AccessCode) -> Self {
        Self {
            identifier: signer.participant.identifier.clone(),
            shown_name: signer.participant.shown_name.clone(),
            institution_code: signer.participant.institution.clone(),
            institution: signer.institution_name.clone(),
            help_contact: signer.help_contact.clone(),
            unit: signer.unit_name.clone(),
            code,
            employment: signer.participant.employment,
            signed_at: signer.pledge.as_ref().map(|pledge| pledge.signed_at),
        }
    }
}

/// Those of the selected people who are visible, by institution, unit and name.
pub async fn lines(
    store: &SharedStore,
    campaign: CampaignId,
    secret: &CampaignSecret,
    visible: &VisibleInstitutions,
    selection: &Selection,
) -> Result<Vec<Line>, ListError> {
    let mut lines = Vec::new();
    let is_selected = |code: &String| selection.institution.as_ref().is_none_or(|wanted| wanted == code);
    let mut institutions = store.institutions(campaign).await?;
    institutions.retain(|known| is_selected(&known.code) && visible.includes_part(&known.code));
    if institutions.is_empty() && selection.institution.is_some() {
        return Err(ListError::NoSuchInstitution);
    }
    // The slots of those who were there at the lock come first.
    let locked = if selection.added { people_at_lock(store, campaign).await? } else { 0 };
    let mut unit_found = selection.unit.is_none();
    for institution in &institutions {
        let registered = store.registered_units(campaign, Some(&institution.code)).await?;
        let names = SelectablePaths::of(&registered);
        let units = selected_units(registered, &visible.view(&institution.code), &names, selection.unit.as_deref());
        if units.as_ref().is_some_and(|wanted| wanted.units.is_empty()) {
            continue;
        }
        unit_found = true;
        let filter = PeopleFilter { institution: Some(institution.code.clone()), units, ..PeopleFilter::default() };
        let mut take = |listed: &ListedPerson| {
            if listed.standing == RosterStanding::Listed
                && (!selection.added || listed.slot.is_some_and(|slot| u64::from(slot) > locked))
                && selection.signed.is_none_or(|signed| signed == listed.signed_at.is_some())
            {
                lines.push(line(listed, institution, &names.told_apart, secret));
            }
        };
        store.visit_people(campaign, &filter, &mut take).await?;
    }
    if unit_found { Ok(lines) } else { Err(ListError::NoSuchUnit) }
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

async fn people_at_lock(store: &SharedStore, campaign: CampaignId) -> Result<u64, StoreError> {
    Ok(store.public_numbers(campaign).await?.groups.iter().map(|group| group.eligible).sum())
}

fn line(
    listed: &ListedPerson,
    institution: &Institution,
    paths: &HashMap<u32, String>,
    secret: &CampaignSecret,
) -> Line {
    let person = &listed.participant;
    Line {
        identifier: person.identifier.clone(),
        shown_name: person.shown_name.clone(),
        institution_code: institution.code.clone(),
        institution: institution.name.clone(),
        help_contact: institution.help_contact.clone(),
        unit: person.unit.and_then(|unit| paths.get(&unit).cloned()).unwrap_or_default(),
        code: secret.access_code(person.id, listed.code_version),
        employment: person.employment,
        signed_at: listed.signed_at,
    }
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

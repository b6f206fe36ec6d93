//! Lists of people: access codes to hand out, and who has signed and who hasn't.
//!
//! Numbers are text, and a cell in CSV never begins like a formula. Deliberately absent: which role may see a list.

mod slips;
mod table;

pub use crate::store::people_selection::SelectionError;
pub use slips::{SlipFile, ZIP_PEOPLE_MAX, slip_parts, write_slip_file, write_slips};
pub use table::{Columns, write_csv, write_xlsx};

use crate::domain::access_code::AccessCode;
use crate::domain::account::Scope;
use crate::domain::campaign::Campaign;
use crate::domain::employment::EmploymentKind;
use crate::domain::identifier::Identifier;
use crate::domain::ids::CampaignId;
use crate::domain::notice::RosterStanding;
use crate::domain::time::UnixMillis;
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::keyring::{CampaignSecret, Keyring, WrongKeyring};
use crate::store::people_selection::{PeopleSelection, SelectedPerson, visit_selected};
use crate::store::pledges::Signer;
use crate::store::registry;
use crate::store::{SharedStore, StoreError};
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
    /// Nobody can be selected so.
    #[error(transparent)]
    Selection(#[from] SelectionError),
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
///
/// # Errors
/// As [`CodeLists::lines`].
pub async fn lines(
    store: &SharedStore,
    campaign: CampaignId,
    secret: &CampaignSecret,
    visible: &VisibleInstitutions,
    selection: &Selection,
) -> Result<Vec<Line>, ListError> {
    // The slots of those who were there at the lock come first.
    let locked = if selection.added { people_at_lock(store, campaign).await? } else { 0 };
    let mut lines = Vec::new();
    let mut take = |one: SelectedPerson<'_>| {
        let listed = one.listed;
        if listed.standing == RosterStanding::Listed
            && (!selection.added || listed.slot.is_some_and(|slot| u64::from(slot) > locked))
            && selection.signed.is_none_or(|signed| signed == listed.signed_at.is_some())
        {
            lines.push(line(&one, secret));
        }
    };
    let people = PeopleSelection {
        institution: selection.institution.as_deref(),
        unit: selection.unit.as_deref(),
        superseded: false,
    };
    visit_selected(store.as_ref(), campaign, visible, people, &mut take).await?;
    Ok(lines)
}

async fn people_at_lock(store: &SharedStore, campaign: CampaignId) -> Result<u64, StoreError> {
    Ok(store.public_numbers(campaign).await?.groups.iter().map(|group| group.eligible).sum())
}

fn line(one: &SelectedPerson<'_>, secret: &CampaignSecret) -> Line {
    let (listed, person) = (one.listed, &one.listed.participant);
    Line {
        identifier: person.identifier.clone(),
        shown_name: person.shown_name.clone(),
        institution_code: one.institution.code.clone(),
        institution: one.institution.name.clone(),
        help_contact: one.institution.help_contact.clone(),
        unit: one.unit.to_string(),
        code: secret.access_code(person.id, listed.code_version),
        employment: person.employment,
        signed_at: listed.signed_at,
    }
}

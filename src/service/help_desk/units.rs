//! The units of an institution at the help desk: into which people may be put, and their paths.

use super::person_fields::{FieldProblem, PersonField};
use super::{HelpDesk, HelpDeskError};
use crate::domain::account::Account;
use crate::domain::campaign::Campaign;
use crate::domain::unit::{told_apart, unit_paths};
use crate::domain::visible_institutions::VisibleInstitutions;
use crate::store::StoreError;
use crate::store::registry::visible_paths;
use std::collections::HashMap;

/// The units into which an account may put people of an institution.
#[derive(Default)]
pub struct UnitChoices {
    /// By number and path, in the order of the paths.
    pub units: Vec<(u32, String)>,
    /// Whether a person may be in none of them.
    pub or_none: bool,
}

impl HelpDesk {
    /// The units of an institution into which the account may put people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn units(
        &self,
        account: &Account,
        campaign: &Campaign,
        institution: &str,
    ) -> Result<UnitChoices, StoreError> {
        let visible = self.visible_institutions(account, campaign).await?;
        let units = self.store.registered_units(campaign.id, Some(institution)).await?;
        let units = visible_paths(units, &visible.view(institution));
        Ok(UnitChoices { units, or_none: visible.includes(institution) })
    }

    /// The name under which the unit is shown into which a person is put, as [`Signer::unit_name`]. Refuses a unit that
    /// isn't there or isn't visible, and none where only units are visible.
    ///
    /// [`Signer::unit_name`]: super::Signer::unit_name
    pub(super) async fn unit_name(
        &self,
        visible: &VisibleInstitutions,
        campaign: &Campaign,
        institution: &str,
        unit: Option<u32>,
    ) -> Result<String, HelpDeskError> {
        let name = match unit {
            Some(unit) => {
                let found = self.store.registered_unit(campaign.id, institution, unit).await?;
                let seen = found.filter(|one| visible.view(institution).includes(one.node.as_deref()));
                seen.map(|one| one.path.unwrap_or(one.unit.name))
            }
            None => visible.includes(institution).then(String::new),
        };
        name.ok_or((PersonField::Unit, FieldProblem::Unknown).into())
    }

    pub(super) async fn unit_paths(
        &self,
        campaign: &Campaign,
        institution: &str,
    ) -> Result<HashMap<u32, String>, StoreError> {
        Ok(unit_paths(&self.store.units(campaign.id, Some(institution)).await?))
    }

    /// As [`Self::unit_paths`], with names that tell units apart.
    pub(super) async fn told_apart(
        &self,
        campaign: &Campaign,
        institution: &str,
    ) -> Result<HashMap<u32, String>, StoreError> {
        Ok(unit_paths(&told_apart(self.store.units(campaign.id, Some(institution)).await?)))
    }
}

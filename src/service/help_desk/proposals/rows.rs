//! The people of a proposal as a page lists them.

use crate::domain::campaign::Campaign;
use crate::domain::ids::ParticipantId;
use crate::domain::proposal::{ProposedChanges, ProposedPerson};
use crate::service::help_desk::HelpDesk;
use crate::store::StoreError;
use std::collections::HashMap;
use std::ops::Range;

/// A person of a proposal.
pub struct ProposedRow {
    /// The number that the person signs in with.
    pub identifier: String,
    /// The name with titles.
    pub name: String,
    /// The institution's name.
    pub institution: String,
    /// The path of the unit; empty without one.
    pub unit: String,
    /// The position; may be empty.
    pub position: String,
}

impl HelpDesk {
    /// The people of a proposal in this range, as far as there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn proposed_rows(
        &self,
        campaign: &Campaign,
        changes: &ProposedChanges,
        range: Range<usize>,
    ) -> Result<Vec<ProposedRow>, StoreError> {
        let range = range.start.min(changes.len())..range.end.min(changes.len());
        match changes {
            ProposedChanges::AddPeople { people, .. } => self.added_rows(campaign, &people[range]).await,
            ProposedChanges::ExcusePeople { people, .. } => self.excused_rows(campaign, &people[range]).await,
        }
    }

    async fn added_rows(&self, campaign: &Campaign, people: &[ProposedPerson]) -> Result<Vec<ProposedRow>, StoreError> {
        let known = self.store.institutions(campaign.id).await?;
        let mut units: HashMap<&str, HashMap<u32, String>> = HashMap::new();
        let mut rows = vec![];
        for ProposedPerson { identifier, row } in people {
            if row.unit.is_some() && !units.contains_key(row.institution.as_str()) {
                units.insert(&row.institution, self.told_apart(campaign, &row.institution).await?);
            }
            let path = row.unit.and_then(|unit| units.get(row.institution.as_str())?.get(&unit).cloned());
            let institution = known.iter().find(|one| one.code == row.institution);
            rows.push(ProposedRow {
                identifier: identifier.clone(),
                name: row.name.clone(),
                institution: institution.map_or_else(|| row.institution.clone(), |one| one.name.clone()),
                unit: path.unwrap_or_default(),
                position: row.position.clone(),
            });
        }
        Ok(rows)
    }

    async fn excused_rows(&self, campaign: &Campaign, people: &[String]) -> Result<Vec<ProposedRow>, StoreError> {
        let mut rows = vec![];
        for id in people.iter().filter_map(|id| ParticipantId::parse(id)) {
            if let Some(found) = self.store.signer(campaign.id, id).await? {
                rows.push(ProposedRow {
                    identifier: found.participant.identifier.shown(),
                    name: found.participant.shown_name,
                    institution: found.institution_name,
                    unit: found.unit_name,
                    position: found.participant.position,
                });
            }
        }
        Ok(rows)
    }
}

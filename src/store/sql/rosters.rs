//! Reads, stages and switches rosters. Locking is in `roster_lock`.

use super::columns::{
    bytes_column, employment_column, optional_u32_column, standing_column, time_column, u32_column, u64_column,
};
use super::roster_checks::{require_draft, roster_of};
use super::roster_rows::{delete_people, delete_units, insert_people, insert_units};
use super::write_result::commit;
use super::{
    Connection, Database, Row, campaigns, registered_units, roster_activation, roster_amendment, roster_columns,
    roster_lock, unit_paths,
};
use crate::domain::audit::AuditEntry;
use crate::domain::campaign::CampaignState;
use crate::domain::identifier::Identifier;
use crate::domain::ids::{CampaignId, ParticipantId, PledgeId};
use crate::domain::institution::Institution;
use crate::domain::notice::RosterStanding;
use crate::domain::participant::Participant;
use crate::domain::time::UnixMillis;
use crate::domain::unit::Unit;
use crate::store::StoreError;
use crate::store::rosters::{
    Activation, Amendment, CHUNK_ROWS_MAX, InstitutionRoster, ListedPerson, Lock, PeopleFilter, RememberedColumn,
    RosterId, RosterStore, RosterVersion, Slot, StoredPath, UnitCount,
};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::Row as _;

#[async_trait]
impl RosterStore for Database {
    async fn institution_rosters(&self, campaign: CampaignId) -> Result<Vec<InstitutionRoster>, StoreError> {
        let rows = sqlx::query(
            "SELECT code, name, position, help_contact, roster_id, roster_generation, next_number FROM institution \
             WHERE campaign_id = $1 ORDER BY position, code",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter()
            .map(|row| {
                let institution = Institution {
                    code: row.try_get("code")?,
                    name: row.try_get("name")?,
                    position: u32_column(row, "position")?,
                    help_contact: row.try_get("help_contact")?,
                };
                let next_number = u64_column(row, "next_number")?;
                let generation = u64_column(row, "roster_generation")?;
                Ok(InstitutionRoster { institution, roster: roster_of(row)?, generation, next_number })
            })
            .collect()
    }

    async fn begin_roster(
        &self,
        campaign: CampaignId,
        roster: RosterId,
        institution: Option<&str>,
        at: UnixMillis,
        by: &str,
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            require_draft(&mut tx, campaign).await?;
            sqlx::query(
                "INSERT INTO roster_import (campaign_id, roster_id, institution, state, people, started_at, \
                 started_by) \
                 VALUES ($1, $2, $3, 'staging', 0, $4, $5)",
            )
            .bind(campaign.as_bytes())
            .bind(roster.as_slice())
            .bind(institution)
            .bind(at.0)
            .bind(by)
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn stage_people(
        &self,
        campaign: CampaignId,
        roster: RosterId,
        people: &[Participant],
    ) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            insert_people(&mut tx, campaign, roster, people).await?;
            commit(tx).await
        })
        .await
    }

    async fn stage_units(&self, campaign: CampaignId, roster: RosterId, units: &[Unit]) -> Result<(), StoreError> {
        for chunk in units.chunks(CHUNK_ROWS_MAX) {
            self.retried(|| async {
                let mut tx = self.begin_write().await?;
                insert_units(&mut tx, campaign, roster, chunk).await?;
                commit(tx).await
            })
            .await?;
        }
        Ok(())
    }

    async fn activate_roster(
        &self,
        campaign: CampaignId,
        activation: &Activation,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| roster_activation::activate(self, campaign, activation, audit)).await
    }

    async fn amend_roster(
        &self,
        campaign: CampaignId,
        amendment: &Amendment,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.retried(|| roster_amendment::amend(self, campaign, amendment, audit)).await
    }

    async fn remembered_columns(
        &self,
        campaign: CampaignId,
        institution: &str,
    ) -> Result<Vec<RememberedColumn>, StoreError> {
        roster_columns::read(&mut *self.reader().await?, campaign, institution).await
    }

    async fn last_units(&self, campaign: CampaignId) -> Result<Vec<(RosterId, u32)>, StoreError> {
        let rows =
            sqlx::query("SELECT roster_id, MAX(unit_id) AS last FROM unit WHERE campaign_id = $1 GROUP BY roster_id")
                .bind(campaign.as_bytes())
                .fetch_all(&mut *self.reader().await?)
                .await?;
        rows.iter().map(|row| Ok((bytes_column(row, "roster_id")?, u32_column(row, "last")?))).collect()
    }

    async fn abandon_roster(&self, campaign: CampaignId, roster: RosterId) -> Result<(), StoreError> {
        self.retried(|| async {
            let mut tx = self.begin_write().await?;
            sqlx::query(
                "UPDATE roster_import SET state = 'abandoned' \
                 WHERE campaign_id = $1 AND roster_id = $2 AND state = 'staging'",
            )
            .bind(campaign.as_bytes())
            .bind(roster.as_slice())
            .execute(&mut *tx)
            .await?;
            commit(tx).await
        })
        .await
    }

    async fn purge_orphans(&self, campaign: CampaignId, stale_before: UnixMillis) -> Result<u64, StoreError> {
        self.retried(|| async {
            for table in ["participant", "unit"] {
                let Some(found) = self.orphaned(campaign, table, stale_before).await? else { continue };
                let (roster, institution): (RosterId, String) =
                    (bytes_column(&found, "roster_id")?, found.try_get("institution")?);
                let mut tx = self.begin_write().await?;
                // Under this lock no change in place makes one of these rows a person of another institution.
                campaigns::locked(&mut tx, campaign).await?;
                let deleted = purge_chunk(&mut tx, campaign, table, roster, &institution).await?;
                commit(tx).await?;
                return Ok(deleted);
            }
            Ok(0)
        })
        .await
    }

    async fn units(&self, campaign: CampaignId, institution: Option<&str>) -> Result<Vec<Unit>, StoreError> {
        let registered = registered_units::read(&mut *self.reader().await?, campaign, institution).await?;
        Ok(registered.into_iter().map(|one| one.unit).collect())
    }

    async fn stored_paths(&self, campaign: CampaignId) -> Result<Vec<StoredPath>, StoreError> {
        unit_paths::stored(self, campaign).await
    }

    async fn visit_people(
        &self,
        campaign: CampaignId,
        filter: &PeopleFilter,
        visit: &mut (dyn for<'p> FnMut(&'p ListedPerson) + Send),
    ) -> Result<(), StoreError> {
        // Read before a connection is taken: a task that holds one and waits for a second can wait for ever.
        let institutions = self.institution_rosters(campaign).await?;
        let mut connection = self.reader().await?;
        for known in institutions {
            let Some(roster) = known.roster else { continue };
            let code = known.institution.code;
            if filter.institution.as_ref().is_some_and(|wanted| *wanted != code) {
                continue;
            }
            if filter.units.as_ref().is_some_and(|wanted| wanted.roster != roster) {
                continue;
            }
            let units = filter.units.as_ref().map(|wanted| &wanted.units);
            visit_institution(&mut connection, (campaign, roster, &code), &mut |person: &ListedPerson| {
                if person.standing == RosterStanding::Superseded && !filter.superseded {
                    return;
                }
                let unit = person.participant.unit;
                if units.is_none_or(|wanted| unit.is_some_and(|unit| wanted.contains(&unit))) {
                    visit(person);
                }
            })
            .await?;
        }
        Ok(())
    }

    async fn people_counts(&self, campaign: CampaignId) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT i.code, COUNT(*) AS people FROM institution i \
             JOIN participant p ON p.campaign_id = i.campaign_id \
             AND p.roster_id = i.roster_id AND p.institution = i.code WHERE i.campaign_id = $1 GROUP BY i.code \
             ORDER BY i.code",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("code")?, u64_column(row, "people")?))).collect()
    }

    async fn unit_counts(&self, campaign: CampaignId) -> Result<Vec<UnitCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT i.code AS institution, p.unit_id, COUNT(*) AS people FROM institution i \
             JOIN participant p ON p.campaign_id = i.campaign_id \
             AND p.roster_id = i.roster_id AND p.institution = i.code WHERE i.campaign_id = $1 \
             GROUP BY i.code, p.unit_id ORDER BY i.code, p.unit_id NULLS FIRST",
        )
        .bind(campaign.as_bytes())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        let count = |row: &Row| {
            let (unit, people) = (optional_u32_column(row, "unit_id")?, u64_column(row, "people")?);
            Ok(UnitCount { institution: row.try_get("institution")?, unit, people })
        };
        rows.iter().map(count).collect()
    }

    async fn begin_lock(&self, campaign: CampaignId, token: [u8; 16], at: UnixMillis) -> Result<(), StoreError> {
        roster_lock::begin(self, campaign, token, at).await?;
        unit_paths::write(self, campaign, token).await
    }

    async fn lock_chunk(
        &self,
        campaign: CampaignId,
        token: [u8; 16],
        slots: &[Slot],
        rosters: &[(String, RosterVersion)],
        first_leaf: u64,
        leaves: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        self.retried(|| roster_lock::chunk(self, campaign, token, slots, rosters, first_leaf, leaves)).await
    }

    async fn finish_lock(&self, campaign: CampaignId, lock: &Lock, audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| roster_lock::finish(self, campaign, lock, audit)).await
    }

    async fn unlock_roster(&self, campaign: CampaignId, audit: &AuditEntry) -> Result<(), StoreError> {
        self.retried(|| roster_lock::unlock(self, campaign, audit)).await
    }

    async fn state_now(&self, campaign: CampaignId) -> Result<Option<CampaignState>, StoreError> {
        let row = sqlx::query("SELECT state FROM campaign WHERE campaign_id = $1")
            .bind(campaign.as_bytes())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| CampaignState::parse(row.try_get("state")?).ok_or(StoreError::Corrupt("state"))).transpose()
    }
}

impl Database {
    /// A roster and an institution that have orphans in a table. A roster can be in force for one institution and
    /// orphaned for another.
    async fn orphaned(
        &self,
        campaign: CampaignId,
        table: &str,
        stale_before: UnixMillis,
    ) -> Result<Option<Row>, StoreError> {
        // Each pair is looked up by an index. Only an import that never came into force has other institutions' rows.
        let of_known = format!(
            "SELECT m.roster_id, i.code AS institution FROM roster_import m \
             JOIN institution i ON i.campaign_id = m.campaign_id WHERE m.campaign_id = $1 \
             AND (m.state <> 'staging' OR m.started_at < $2) \
             AND (i.roster_id IS NULL OR i.roster_id <> m.roster_id) \
             AND EXISTS (SELECT 1 FROM {table} r WHERE r.roster_id = m.roster_id AND r.campaign_id = m.campaign_id \
             AND r.institution = i.code) LIMIT 1"
        );
        for find in [of_known, orphans_of_unknown(table)] {
            let found = sqlx::query(sqlx::AssertSqlSafe(find))
                .bind(campaign.as_bytes())
                .bind(stale_before.0)
                .fetch_optional(&mut *self.reader().await?)
                .await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// Finds orphans of an institution that the campaign doesn't have. SQLite keeps the order of a cross join's tables;
/// otherwise it would go through all people and look up the import of each.
pub(super) fn orphans_of_unknown(table: &str) -> String {
    format!(
        "SELECT r.roster_id, r.institution FROM roster_import m CROSS JOIN {table} r \
         WHERE m.campaign_id = $1 AND m.state <> 'active' AND (m.state <> 'staging' OR m.started_at < $2) \
         AND r.roster_id = m.roster_id AND r.campaign_id = m.campaign_id \
         AND NOT EXISTS (SELECT 1 FROM institution i WHERE i.campaign_id = m.campaign_id \
         AND i.code = r.institution) LIMIT 1"
    )
}

/// Deletes a chunk of a roster's rows for an institution, each by its key: a server that has no statistics of the table
/// yet would go through the whole roster for each row of a subquery.
async fn purge_chunk(
    tx: &mut Connection,
    campaign: CampaignId,
    table: &str,
    roster: RosterId,
    institution: &str,
) -> Result<u64, StoreError> {
    let is_people = table == "participant";
    let key = if is_people { "participant_id" } else { "unit_id" };
    let select = format!(
        "SELECT {key} FROM {table} WHERE roster_id = $2 AND campaign_id = $1 AND institution = $3 \
         LIMIT {CHUNK_ROWS_MAX}"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(select))
        .bind(campaign.as_bytes())
        .bind(roster.as_slice())
        .bind(institution)
        .fetch_all(&mut *tx)
        .await?;
    if is_people {
        let person = |row: &Row| Ok((roster, ParticipantId(bytes_column(row, key)?)));
        let people = rows.iter().map(person).collect::<Result<Vec<_>, StoreError>>()?;
        return delete_people(tx, campaign, &people).await;
    }
    let unit = |row: &Row| Ok((roster, u32_column(row, "unit_id")?));
    let units = rows.iter().map(unit).collect::<Result<Vec<_>, StoreError>>()?;
    delete_units(tx, campaign, &units).await
}

async fn visit_institution(
    connection: &mut Connection,
    (campaign, roster, code): (CampaignId, RosterId, &str),
    visit: &mut (dyn for<'p> FnMut(&'p ListedPerson) + Send),
) -> Result<(), StoreError> {
    let mut rows = sqlx::query(
        "SELECT p.participant_id, p.institution, p.unit_id, p.identifier_kind, p.issuer, p.identifier, \
         p.shown_name, \
         p.location, p.rank_name, p.position_name, p.employment, COALESCE(v.version, 1) AS code_version, g.signed_at, \
         g.pledge_id, p.slot, COALESCE(v.standing, 0) AS standing \
         FROM participant p \
         LEFT JOIN code_version v ON v.campaign_id = p.campaign_id AND v.participant_id = p.participant_id \
         LEFT JOIN pledge g ON g.campaign_id = p.campaign_id AND g.participant_id = p.participant_id \
         WHERE p.campaign_id = $1 AND p.roster_id = $2 AND p.institution = $3 AND COALESCE(v.standing, 0) <> 2 \
         ORDER BY p.unit_id NULLS FIRST, p.shown_name, p.participant_id",
    )
    .bind(campaign.as_bytes())
    .bind(roster.as_slice())
    .bind(code)
    .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        visit(&listed(&row)?);
    }
    Ok(())
}

fn listed(row: &Row) -> Result<ListedPerson, StoreError> {
    let kind = u8::try_from(row.try_get::<i64, _>("identifier_kind")?).map_err(|_| StoreError::Corrupt("kind"))?;
    let identifier = Identifier::from_stored(kind, row.try_get("issuer")?, row.try_get("identifier")?);
    let pledge_id: Option<&[u8]> = row.try_get("pledge_id")?;
    Ok(ListedPerson {
        participant: Participant {
            id: ParticipantId(bytes_column(row, "participant_id")?),
            identifier: identifier.ok_or(StoreError::Corrupt("identifier_kind"))?,
            shown_name: row.try_get("shown_name")?,
            institution: row.try_get("institution")?,
            unit: optional_u32_column(row, "unit_id")?,
            location: row.try_get("location")?,
            rank: row.try_get("rank_name")?,
            position: row.try_get("position_name")?,
            employment: employment_column(row)?,
        },
        code_version: u32_column(row, "code_version")?,
        signed_at: time_column(row, "signed_at")?,
        pledge_id: pledge_id.and_then(PledgeId::from_slice),
        slot: optional_u32_column(row, "slot")?,
        standing: standing_column(row)?,
    })
}

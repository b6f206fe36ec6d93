//! The numbers of minutes, which agree with each other and with the log.

use super::{MinutesError, MinutesMaker};
use crate::certificate::minutes::{MinutesLog, MinutesRow, MinutesTotals};
use crate::domain::campaign::Campaign;
use crate::domain::employment::EmploymentKind;
use crate::i18n::{Lang, Localizer};
use crate::store::StoreError;
use crate::store::campaigns::GroupCount;
use crate::store::help_desk::EmploymentProgress;
use crate::store::minutes::LocationProgress;
use crate::store::pledges::LogKind;
use crate::store::public_numbers::PublicNumbers;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::merkle::Frontier;
use crate::tlog::note::Note;
use data_encoding::BASE64;

/// Most places that a table lists. A roster with more has addresses in that column, and no table.
const LOCATIONS_MAX: usize = 200;

/// Everything that was counted.
pub struct MinutesNumbers {
    pub totals: MinutesTotals,
    pub institutions: Vec<MinutesRow>,
    pub locations: Vec<MinutesRow>,
    pub employment: Vec<MinutesRow>,
    pub log: MinutesLog,
}

impl MinutesMaker {
    /// Counts everything, and compares it.
    ///
    /// # Errors
    /// `Moving` when what was read doesn't add up to the same, else when the database fails.
    pub(super) async fn numbers(
        &self,
        campaign: &Campaign,
        employment: fn(Option<EmploymentKind>, Localizer) -> String,
    ) -> Result<MinutesNumbers, MinutesError> {
        let published = self.store.public_numbers(campaign.id).await?;
        let counted = self.store.employment_progress(campaign.id).await?;
        let places = self.store.location_progress(campaign.id).await?;
        let span = self.store.signing_span(campaign.id).await?;
        let institutions = self.store.institutions(campaign.id).await?;
        let of = |code: &str, count: fn(&EmploymentProgress) -> u64| {
            counted.iter().filter(|row| row.institution == code).map(count).sum()
        };
        let institutions: Vec<MinutesRow> = institutions
            .into_iter()
            .map(|one| MinutesRow {
                target: of(&one.code, |row| row.people),
                signed: of(&one.code, |row| row.signed),
                code: one.code,
                name: one.name,
            })
            .collect();
        let mut totals = totals(&published.groups);
        (totals.first_signed_at, totals.last_signed_at) = span.unzip();
        let log = log(&published, &LogKind::Pledges.origin(&self.host, &campaign.slug))?;
        let sum = |rows: &[MinutesRow]| rows.iter().fold((0, 0), |sum, row| (sum.0 + row.target, sum.1 + row.signed));
        let kinds = by_kind(&counted, employment);
        let located = by_location(places);
        let expected = (totals.target, totals.signed);
        if [sum(&institutions), sum(&kinds), sum(&located)] != [expected; 3]
            || log.size != totals.signed + totals.revoked
        {
            return Err(MinutesError::Moving);
        }
        let locations = if located.len() > LOCATIONS_MAX { vec![] } else { located };
        Ok(MinutesNumbers { totals, institutions, locations, employment: kinds, log })
    }
}

fn totals(groups: &[GroupCount]) -> MinutesTotals {
    let sum = |of: fn(&GroupCount) -> u64| groups.iter().map(of).sum::<u64>();
    let revoked = sum(|group| group.revoked);
    MinutesTotals {
        locked: sum(|group| group.eligible),
        added: sum(|group| group.added),
        excused: sum(|group| group.excused),
        target: sum(GroupCount::target),
        signed: sum(|group| group.signed).saturating_sub(revoked),
        revoked,
        ..MinutesTotals::default()
    }
}

/// The head of the log; of an empty one, if nobody has signed.
fn log(published: &PublicNumbers, origin: &str) -> Result<MinutesLog, StoreError> {
    let (head, checkpoint) = match &published.pledges_checkpoint {
        Some(note) => {
            let head = Note::parse(note).ok().and_then(|note| Checkpoint::parse(&note.text));
            (head.ok_or(StoreError::Corrupt("checkpoint"))?, note.clone())
        }
        None => (Checkpoint::of(origin, &Frontier::new()), String::new()),
    };
    Ok(MinutesLog { root: BASE64.encode(&head.root), origin: head.origin, size: head.size, checkpoint })
}

/// In the order of the kinds; people of whom none is known are last.
fn by_kind(
    counted: &[EmploymentProgress],
    employment: fn(Option<EmploymentKind>, Localizer) -> String,
) -> Vec<MinutesRow> {
    let mut kinds: Vec<Option<EmploymentKind>> = counted.iter().map(|row| row.kind).collect();
    kinds.sort_by_key(|kind| kind.map_or(u8::MAX, EmploymentKind::code));
    kinds.dedup();
    let row = |kind: Option<EmploymentKind>| {
        let of = |count: fn(&EmploymentProgress) -> u64| {
            counted.iter().filter(|row| row.kind == kind).map(count).sum::<u64>()
        };
        let name = employment(kind, Localizer(Lang::Id));
        MinutesRow { code: String::new(), name, target: of(|row| row.people), signed: of(|row| row.signed) }
    };
    kinds.into_iter().map(row).filter(|row| row.target > 0).collect()
}

/// People of no place are last.
fn by_location(places: Vec<LocationProgress>) -> Vec<MinutesRow> {
    let row = |place: LocationProgress| MinutesRow {
        code: String::new(),
        name: place.location,
        target: place.people,
        signed: place.signed,
    };
    let (mut named, unnamed): (Vec<_>, Vec<_>) = places.into_iter().map(row).partition(|row| !row.name.is_empty());
    named.extend(unnamed);
    named
}

//! The people that a file lists, for changes of a roster that is locked already. Nothing is compared and nothing is
//! imported.

use super::RosterFileError;
use super::budget::Limits;
use super::column_choices::ColumnChoices;
use super::comparison::{Comparison, Replaced};
use super::import::{ImportError, Importer};
use super::not_people::Numberless;
use super::numbering::KnownNumbers;
use super::reading::{Handover, ImportReport, RosterReader, RowRules, read};
use super::reading_choices::ReadingChoices;
use super::target::Target;
use super::unit_tree::path;
use crate::background;
use crate::domain::ids::CampaignId;
use crate::domain::institution::Institution;
use crate::domain::participant::Participant;
use crate::domain::proposal::{FilePeople, GivenNumbers, ListedRow, PROPOSED_PEOPLE_MAX};
use crate::keyring::{CampaignSecret, WrongKeyring};
use crate::store::rosters::InstitutionRoster;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// Largest file that lists people, in bytes.
pub const PEOPLE_FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A file that lists people of a locked roster, or people for it.
pub struct PeopleFile {
    /// Path of the file.
    pub path: PathBuf,
    /// A private folder for data that doesn't fit into memory.
    pub scratch: PathBuf,
    /// Code of the institution to which all people belong; `None`: the file says it.
    pub institution: Option<String>,
}

/// What was read. A single fault refuses the file.
pub struct ListedPeople {
    /// Everybody whose row has no fault; people without a number come last, with numbers that nobody has yet.
    pub file: FilePeople,
    /// Faults and remarks of the rows.
    pub report: ImportReport,
}

/// Why nobody was read.
#[derive(Debug, thiserror::Error)]
pub enum PeopleFileError {
    /// The file as a whole is refused, or the database fails.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The campaign's secret can't be opened.
    #[error(transparent)]
    Keyring(#[from] WrongKeyring),
    /// It lists more people than are changed at once.
    #[error("the file lists more than {PROPOSED_PEOPLE_MAX} people")]
    TooMany,
}

impl Importer {
    /// Reads a file that lists people.
    ///
    /// # Errors
    /// See [`PeopleFileError`]; faults of single rows are part of the report.
    pub(super) async fn listed_people(
        &self,
        campaign: CampaignId,
        secret: CampaignSecret,
        file: PeopleFile,
    ) -> Result<ListedPeople, PeopleFileError> {
        let rosters = self.store.institution_rosters(campaign).await.map_err(ImportError::from)?;
        let of = file.institution.as_deref().unwrap_or_default();
        let columns = self.with_remembered(campaign, of, ColumnChoices::default()).await.map_err(ImportError::from)?;
        let rules = self.rules(Numberless::default(), ReadingChoices::default(), columns);
        let (target, known) = target(&rosters, file.institution.as_deref()).map_err(ImportError::from)?;
        let too_many = Arc::new(AtomicBool::new(false));
        let is_full = too_many.clone();
        let free: Vec<(String, u64)> =
            rosters.iter().map(|known| (known.institution.code.clone(), known.next_number)).collect();
        let read = background::run(move || listed(&file, secret, target, known, rules, is_full, free));
        let read = read.await.map_err(|_| ImportError::from(RosterFileError::Damaged))?;
        match read {
            _ if too_many.load(Ordering::Relaxed) => Err(PeopleFileError::TooMany),
            Ok(listed) if listed.file.rows.len() > PROPOSED_PEOPLE_MAX => Err(PeopleFileError::TooMany),
            read => Ok(read?),
        }
    }
}

fn target(rosters: &[InstitutionRoster], only: Option<&str>) -> Result<(Target, KnownNumbers), RosterFileError> {
    let institutions: Vec<Institution> = rosters.iter().map(|known| known.institution.clone()).collect();
    let target = Target::new(institutions, only)
        .ok_or_else(|| RosterFileError::NoSuchInstitution { code: only.unwrap_or_default().to_owned() })?;
    let mut known = KnownNumbers::default();
    for roster in rosters {
        known.begin_at(&roster.institution.code, roster.next_number);
    }
    Ok((target, known))
}

/// Whether the person's number is one of the institution that nobody had.
fn is_given(person: &Participant, institution: &str, from: u64) -> bool {
    person.institution == institution
        && person.identifier.issuer().eq_ignore_ascii_case(institution)
        && person.identifier.digits().parse::<u64>().is_ok_and(|number| number >= from)
}

fn listed(
    file: &PeopleFile,
    secret: CampaignSecret,
    target: Target,
    known: KnownNumbers,
    rules: RowRules,
    too_many: Arc<AtomicBool>,
    free: Vec<(String, u64)>,
) -> Result<ListedPeople, ImportError> {
    let limits = Limits::new(Arc::new(AtomicBool::new(false)), file.scratch.clone());
    // Against an empty roster everybody counts as added, and is kept.
    let handover = Handover::Changed { people: vec![], too_many };
    let comparison = Comparison::new(vec![], Replaced::Named);
    let reader = RosterReader::new(secret, comparison, handover, watch::Sender::default());
    let read = read(&file.path, reader, target, known, rules, limits)?;
    let row = |person: Participant| ListedRow {
        unit: path(&read.units, person.unit),
        is_numbered: free.iter().any(|(code, from)| is_given(&person, code, *from)),
        person,
    };
    let rows = read.changed.into_iter().map(|(person, _)| row(person)).collect();
    let numbers = read.next_numbers.iter().filter_map(|(code, next)| {
        let from = free.iter().find(|(known, _)| known == code)?.1;
        (*next > from).then(|| GivenNumbers { institution: code.clone(), from, next: *next })
    });
    Ok(ListedPeople { file: FilePeople { rows, numbers: numbers.collect() }, report: read.report })
}

//! What an installation stores, as traits; `sqlite/` and `postgres/` implement them.
//!
//! One trait per concern, each in its own file with its rows; [`Store`] is all of them. `sql/` implements them in
//! statements that both databases understand, with `$1` placeholders and the types BLOB (BYTEA), TEXT, BIGINT and
//! BOOLEAN. Each database's module includes those files and gives them, through `super`, its own connection, row and
//! transaction, so that they are compiled once for each without a type parameter. A database's own files hold what
//! differs: how it is opened, how rows are inserted in bulk and looked up by a list, what holds a campaign's row, and
//! what its errors mean.
//!
//! Deliberately absent: rules of the domain, keys and signing, HTTP, the clock, ambient randomness.

#![warn(missing_docs)]

pub mod account_notices;
pub mod accounts;
pub mod audit;
pub mod campaigns;
pub mod certificates;
pub mod counted_event_channel;
pub mod health;
pub mod help_desk;
pub mod installation;
pub mod letterheads;
mod migrations;
pub mod minutes;
pub mod misuse_reports;
pub mod nodes;
pub mod notices;
pub mod people_selection;
pub mod pledges;
pub mod postgres;
pub mod proposals;
pub mod public_numbers;
pub mod recount;
pub mod registry;
pub mod rosters;
pub mod seal_keys;
pub mod second_factors;
pub mod sign_outs;
pub mod sqlite;
pub mod texts;
pub mod transfer;
pub mod wrong_attempt_channel;
pub mod wrong_attempts;

use std::sync::Arc;

/// Declares [`Store`] as all of the listed concerns.
macro_rules! store_of {
    ($($concern:path,)+) => {
        /// Everything an installation remembers.
        pub trait Store: Send + Sync $(+ $concern)+ {}

        impl<T: Send + Sync $(+ $concern)+> Store for T {}
    };
}

store_of! {
    accounts::AccountStore,
    wrong_attempts::WrongAttemptStore,
    audit::AuditStore,
    campaigns::CampaignStore,
    certificates::CertificateStore,
    help_desk::HelpDeskStore,
    health::HealthStore,
    installation::InstallationStore,
    sign_outs::SignOutStore,
    nodes::NodeStore,
    notices::NoticeStore,
    account_notices::AccountNoticeStore,
    public_numbers::PublicNumbersStore,
    pledges::PledgeStore,
    proposals::ProposalStore,
    recount::RecountStore,
    registry::RegistryStore,
    letterheads::LetterheadStore,
    minutes::MinutesStore,
    misuse_reports::MisuseReportStore,
    rosters::RosterStore,
    seal_keys::SealKeyStore,
    second_factors::SecondFactorStore,
    texts::TextStore,
}

/// The store of an installation, shared by its services.
pub type SharedStore = Arc<dyn Store>;

/// Why the store couldn't do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this key exists, or the state changed meanwhile: read again and decide again.
    #[error("the state changed meanwhile")]
    Conflict,
    /// The disk is full, another process held the database for too long, or it can't be reached or written now.
    /// Nothing was changed, and reads may still succeed.
    #[error("the storage can't be reached or written: {0}")]
    Storage(#[source] sqlx::Error),
    /// The commit was sent and its outcome isn't known: read the head again before answering a request.
    #[error("the outcome of a commit is unknown: {0}")]
    UnknownOutcome(#[source] sqlx::Error),
    /// The log is shorter than it was: the database is an old copy, and nothing may be added to it.
    #[error("the log has {size} entries, but this node knows of {known}: the database is an old copy")]
    RollbackDetected {
        /// Entries in the database's log.
        size: u64,
        /// Entries that this node has seen committed.
        known: u64,
    },
    /// A stored value can't be read as what it should be.
    #[error("a stored value is corrupt: {0}")]
    Corrupt(&'static str),
    /// Anything else that the database refused. Repeating it doesn't help.
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// For a caller whose own time limit ran out: [`Self::Storage`] with a timeout.
    pub fn no_answer() -> Self {
        Self::Storage(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
    }

    /// For a caller whose commit was begun and never answered: [`Self::UnknownOutcome`].
    pub fn no_outcome() -> Self {
        Self::UnknownOutcome(sqlx::Error::WorkerCrashed)
    }

    /// The same error for another caller who waited for the same thing. What the database said isn't repeated.
    pub fn repeated(&self) -> Self {
        let unsaid = || sqlx::Error::Protocol("see the first error".into());
        match self {
            Self::Conflict => Self::Conflict,
            Self::Storage(_) => Self::Storage(unsaid()),
            Self::UnknownOutcome(_) => Self::UnknownOutcome(unsaid()),
            Self::RollbackDetected { size, known } => Self::RollbackDetected { size: *size, known: *known },
            Self::Corrupt(what) => Self::Corrupt(what),
            Self::Database(_) => Self::Database(unsaid()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) {
            Self::Corrupt("a column")
        } else if error.as_database_error().is_some_and(|database| database.is_unique_violation()) {
            Self::Conflict
        } else if sqlite::is_of_storage(&error) || postgres::is_of_storage(&error) {
            Self::Storage(error)
        } else {
            Self::Database(error)
        }
    }
}

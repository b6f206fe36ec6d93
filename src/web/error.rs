//! Why a request was refused: a closed list with a stable code, a status, and words with a next step.
//!
//! A handler returns a [`Problem`]; `error_response` turns it into `application/problem+json` (RFC 9457) under `/api`,
//! and into a page elsewhere, in the reader's language.

use crate::i18n::Localizer;
use crate::service::help_desk::HelpDeskError;
use crate::service::records::{ExamineError, RecordsError};
use crate::service::roster_file::UploadRefusal;
use crate::service::signing::SignRefusal;
use crate::service::{StoreError, WrongKeyring};
use crate::telemetry::log_rate_limit::LogRateLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    SessionInvalid,
    ConsoleSessionInvalid,
    CredentialsWrong,
    NotAllowed,
    WrongCampaign,
    CrossSite,
    Unknown,
    /// For whom it concerns it is as [`Self::Unknown`].
    NotInScope,
    MethodUnknown,
    NotOpen,
    Paused,
    Closed,
    Cancelled,
    Excused,
    Conflict,
    TextOutdated,
    Erased,
    TooLarge,
    HeadTooLarge,
    Misdirected,
    Slow,
    MediaUnsupported,
    Malformed,
    TextInvalid,
    ClausesMissing,
    StrokesInvalid,
    IdentifierInvalid,
    TooMany {
        retry_after_secs: u32,
    },
    Busy {
        retry_after_secs: u32,
    },
    Storage,
    Internal,
}

/// Seconds after which a client may try again when the storage can't be written.
pub(super) const STORAGE_RETRY_SECS: u32 = 30;
/// Seconds until a check that was turned away may be tried again.
const RECORDS_RETRY_SECS: u32 = 5;

/// A database that is away fails every request; the log says so this often.
const STORE_FAULTS_TOLD_PER_SEC_MAX: u32 = 20;
static STORE_FAULTS: LogRateLimit = LogRateLimit::per_second(STORE_FAULTS_TOLD_PER_SEC_MAX);

impl Problem {
    /// The status and the code that scripts rely on.
    pub fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::SessionInvalid => (StatusCode::UNAUTHORIZED, "session_invalid"),
            Self::ConsoleSessionInvalid => (StatusCode::UNAUTHORIZED, "console_session_invalid"),
            Self::CredentialsWrong => (StatusCode::UNAUTHORIZED, "credentials_wrong"),
            Self::NotAllowed => (StatusCode::FORBIDDEN, "not_allowed"),
            Self::WrongCampaign => (StatusCode::FORBIDDEN, "wrong_campaign"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::Unknown | Self::NotInScope => (StatusCode::NOT_FOUND, "unknown"),
            Self::MethodUnknown => (StatusCode::METHOD_NOT_ALLOWED, "method_unknown"),
            Self::NotOpen => (StatusCode::CONFLICT, "not_open"),
            Self::Paused => (StatusCode::CONFLICT, "paused"),
            Self::Closed => (StatusCode::CONFLICT, "closed"),
            Self::Cancelled => (StatusCode::CONFLICT, "cancelled"),
            Self::Excused => (StatusCode::CONFLICT, "excused"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict"),
            Self::TextOutdated => (StatusCode::CONFLICT, "text_outdated"),
            Self::Erased => (StatusCode::GONE, "erased"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::HeadTooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large"),
            Self::Misdirected => (StatusCode::MISDIRECTED_REQUEST, "misdirected"),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "slow"),
            Self::MediaUnsupported => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_unsupported"),
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
            Self::TextInvalid => (StatusCode::UNPROCESSABLE_ENTITY, "text_invalid"),
            Self::ClausesMissing => (StatusCode::UNPROCESSABLE_ENTITY, "clauses_missing"),
            Self::StrokesInvalid => (StatusCode::UNPROCESSABLE_ENTITY, "strokes_invalid"),
            Self::IdentifierInvalid => (StatusCode::UNPROCESSABLE_ENTITY, "identifier_invalid"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Storage => (StatusCode::SERVICE_UNAVAILABLE, "storage"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// Seconds to wait before trying again, where trying again helps.
    pub fn retry_after_secs(&self) -> Option<u32> {
        match self {
            Self::TooMany { retry_after_secs } | Self::Busy { retry_after_secs } => Some(*retry_after_secs),
            Self::Storage => Some(STORAGE_RETRY_SECS),
            _ => None,
        }
    }

    /// What happened and what to do next, in the reader's language.
    pub fn words(&self, w: Localizer) -> (String, String) {
        let code = self.status_and_code().1.replace('_', "-");
        (w.t(&format!("error-{code}")), w.t(&format!("error-{code}-next")))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let (problem, said) = match &error {
            StoreError::Conflict => return Self::Conflict,
            StoreError::Storage(_) | StoreError::UnknownOutcome(_) | StoreError::RollbackDetected { .. } => {
                (Self::Storage, "the storage can't be reached or written")
            }
            StoreError::Corrupt(_) | StoreError::Database(_) => (Self::Internal, "the store failed"),
        };
        if let Some(untold) = STORE_FAULTS.admit() {
            tracing::error!(%error, untold, "{said}");
        }
        problem
    }
}

impl From<WrongKeyring> for Problem {
    fn from(error: WrongKeyring) -> Self {
        tracing::error!(%error, "a campaign's secret can't be opened");
        Self::Internal
    }
}

impl From<HelpDeskError> for Problem {
    fn from(error: HelpDeskError) -> Self {
        match error {
            HelpDeskError::Unknown => Self::Unknown,
            HelpDeskError::NotInScope => Self::NotInScope,
            HelpDeskError::NotSigned
            | HelpDeskError::NotApplicable
            | HelpDeskError::NotChangeable(_)
            | HelpDeskError::AlreadyListed { .. } => Self::Conflict,
            HelpDeskError::Reason | HelpDeskError::Field(..) => Self::Malformed,
            HelpDeskError::Keyring(error) => error.into(),
            HelpDeskError::Store(error) => error.into(),
        }
    }
}

impl From<UploadRefusal> for Problem {
    fn from(refusal: UploadRefusal) -> Self {
        match refusal {
            UploadRefusal::Unknown => Self::Unknown,
            UploadRefusal::Conflict => Self::Conflict,
            UploadRefusal::NotAllowed => Self::NotAllowed,
            UploadRefusal::NotInScope => Self::NotInScope,
            UploadRefusal::Busy { retry_after_secs } => Self::Busy { retry_after_secs },
            UploadRefusal::FormOrder => Self::Malformed,
            UploadRefusal::TooLarge => Self::TooLarge,
            UploadRefusal::Annotation(_) => Self::Storage,
            UploadRefusal::Storage(error) => {
                tracing::error!(%error, "an uploaded file can't be written");
                Self::Storage
            }
            UploadRefusal::Keyring(error) => error.into(),
            UploadRefusal::Store(error) => error.into(),
        }
    }
}

impl From<RecordsError> for Problem {
    fn from(error: RecordsError) -> Self {
        match error {
            RecordsError::Examine(ExamineError::Busy) => Self::Busy { retry_after_secs: RECORDS_RETRY_SECS },
            RecordsError::Examine(ExamineError::TooLarge) => Self::TooLarge,
            RecordsError::Examine(ExamineError::Panicked) => Self::Internal,
            RecordsError::Throttled => Self::TooMany { retry_after_secs: RECORDS_RETRY_SECS },
            RecordsError::Store(error) => error.into(),
        }
    }
}

impl From<SignRefusal> for Problem {
    fn from(refusal: SignRefusal) -> Self {
        match refusal {
            SignRefusal::Unknown => Self::Unknown,
            SignRefusal::NotOpen => Self::NotOpen,
            SignRefusal::Paused => Self::Paused,
            SignRefusal::Closed => Self::Closed,
            SignRefusal::Cancelled => Self::Cancelled,
            SignRefusal::TextOutdated => Self::TextOutdated,
            SignRefusal::ClausesMissing(_) => Self::ClausesMissing,
            SignRefusal::StrokesMissing => Self::StrokesInvalid,
            SignRefusal::SessionInvalid => Self::SessionInvalid,
            SignRefusal::Excused => Self::Excused,
            SignRefusal::Busy { retry_after_secs } => Self::Busy { retry_after_secs },
            SignRefusal::Storage => Self::Storage,
            SignRefusal::Internal => Self::Internal,
        }
    }
}

/// Passes the problem to `error_response`, which knows path and language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status_and_code().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// RFC 9457.
#[derive(Serialize, ToSchema)]
pub struct ProblemJson {
    /// `about:blank`: `code` says it all.
    pub(super) r#type: &'static str,
    /// What happened, in the language of `Accept-Language`.
    pub(super) title: String,
    /// What to do next.
    pub(super) detail: String,
    pub(super) status: u16,
    /// Stable: programs rely on it.
    #[schema(example = "unknown")]
    pub(super) code: &'static str,
    /// What the log knows this request by: to be told to whoever helps. Absent from `credentials_wrong`, which is the
    /// same for everybody.
    #[schema(example = "7KQ2-M9XD-04TR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::every_variant::every_variant;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_problem_has_words_and_a_next_step() {
        let problems = every_variant!(Problem:
            SessionInvalid,
            ConsoleSessionInvalid,
            CredentialsWrong,
            NotAllowed,
            WrongCampaign,
            CrossSite,
            Unknown,
            NotInScope,
            MethodUnknown,
            NotOpen,
            Paused,
            Closed,
            Cancelled,
            Excused,
            Conflict,
            TextOutdated,
            Erased,
            TooLarge,
            HeadTooLarge,
            Misdirected,
            Slow,
            MediaUnsupported,
            Malformed,
            TextInvalid,
            ClausesMissing,
            StrokesInvalid,
            IdentifierInvalid,
            TooMany { retry_after_secs: 1 },
            Busy { retry_after_secs: 1 },
            Storage,
            Internal
        );
        let codes = problems.map(|problem| problem.status_and_code().1.replace('_', "-"));
        check_built_keys("error-{}", &codes);
        check_built_keys("error-{}-next", &codes);
    }
}

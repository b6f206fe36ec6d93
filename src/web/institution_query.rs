//! `?institution=CODE` of the public numbers.

use super::error::Problem;
use crate::service::live::{InstitutionNumbers, Snapshot};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;

/// `?institution=CODE`: the numbers of one institution, by agency. Without it, those of all institutions.
#[derive(Default, Deserialize)]
pub struct InstitutionQuery {
    /// The institution's code in the published numbers.
    pub institution: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for InstitutionQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<Self>::from_request_parts(parts, state).await.map_err(|_| Problem::Unknown)?;
        Ok(query.0)
    }
}

impl InstitutionQuery {
    /// The institution that is asked for; unknown ones are refused.
    pub fn of<'s>(&self, snapshot: &'s Snapshot) -> Result<Option<&'s InstitutionNumbers>, Problem> {
        let find = |code: &String| snapshot.institution(code).ok_or(Problem::Unknown);
        self.institution.as_ref().map(find).transpose()
    }
}

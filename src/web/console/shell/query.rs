//! The query parameters of the console's pages.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use std::convert::Infallible;

/// The parameters that are read. Addresses hold no names of people and no identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryName {
    /// Which page of a long table, from 1 on.
    Page,
    /// The id of the audit entry that older ones are asked for.
    Before,
    /// The code of an institution.
    Institution,
    /// The number of a unit within its institution.
    Unit,
    /// The code of a node of the registry.
    Node,
    /// The order of a table's rows.
    Sort,
    /// What was done before the redirect here.
    Done,
    /// The page that a step was begun on.
    From,
    /// Where to go after signing in.
    To,
}

impl QueryName {
    /// As it stands in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Before => "before",
            Self::Institution => "institution",
            Self::Unit => "unit",
            Self::Node => "node",
            Self::Sort => "sort",
            Self::Done => "done",
            Self::From => "from",
            Self::To => "to",
        }
    }
}

/// The query of an address; empty when it can't be read.
#[derive(Default)]
pub struct QueryParams(Vec<(String, String)>);

impl QueryParams {
    /// The first value of a parameter.
    pub fn get(&self, name: QueryName) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name.as_str()).map(|(_, value)| value.as_str())
    }

    /// A query with one parameter.
    #[cfg(test)]
    pub fn of(name: QueryName, value: &str) -> Self {
        Self(vec![(name.as_str().into(), value.into())])
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParams {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let read = Query::from_request_parts(parts, state).await;
        Ok(read.map_or_else(|_| Self::default(), |Query(pairs)| Self(pairs)))
    }
}

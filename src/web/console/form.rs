//! Fields of a submitted form, by name.

use crate::domain::text::is_keepable;
use crate::web::error::Problem;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};

/// The fields in the order they were sent. An absent field reads as empty.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }

    pub fn is_ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) if fields.iter().all(|(name, value)| is_keepable(name) && is_keepable(value)) => {
                Ok(Self(fields))
            }
            Ok(_) => Err(Problem::TextInvalid),
            Err(FormRejection::InvalidFormContentType(_)) => Err(Problem::MediaUnsupported),
            Err(FormRejection::BytesRejection(_)) => Err(Problem::TooLarge),
            Err(_) => Err(Problem::Malformed),
        }
    }
}

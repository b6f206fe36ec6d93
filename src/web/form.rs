//! Fields of a submitted form, by name: a handful of pairs, read once and checked for text that can't be kept.
//!
//! `axum::Form` decodes them, into pairs and not into a struct for each page: an absent field reads as empty, the first
//! of several counts, and unknown ones are ignored.

use super::error::Problem;
use crate::domain::text::is_keepable;
use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;

/// What the decoder writes for bytes that aren't UTF-8. A name or number that holds it would be another one.
const REPLACEMENT: char = '\u{FFFD}';

/// The fields in the order they were sent.
pub struct FormFields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for FormFields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(fields) = read.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::MediaUnsupported,
            _ => Problem::Malformed,
        })?;
        Self::of(fields)
    }
}

impl FormFields {
    fn of(fields: Vec<(String, String)>) -> Result<Self, Problem> {
        let texts = || fields.iter().flat_map(|(name, value)| [name, value]);
        if texts().any(|text| text.contains(REPLACEMENT)) {
            return Err(Problem::Malformed);
        }
        if !texts().all(|text| is_keepable(text)) {
            return Err(Problem::TextInvalid);
        }
        Ok(Self(fields))
    }

    /// The first value of a field; empty when it wasn't sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// As [`Self::get`], without the spaces around it.
    pub fn trimmed(&self, name: &str) -> &str {
        self.get(name).trim()
    }

    /// Whether the field was sent.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Whether a checkbox was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Names and values.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Fields that were sent.
    pub fn fields(pairs: &[(&str, &str)]) -> FormFields {
        FormFields::of(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()).ok().unwrap()
    }

    #[tokio::test]
    async fn bytes_that_are_no_text_are_refused_in_names_and_values() {
        let read = async |body: &'static str| {
            let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
            FormFields::from_request(request.body(body.into()).unwrap(), &()).await.err()
        };
        assert_eq!(read("name=Budi%0D%0A&x=%C3%A9").await, None);
        for body in ["name=Bud%FF", "na%FFme=Budi", "name=%EF%BF%BD"] {
            assert_eq!(read(body).await, Some(Problem::Malformed), "{body}");
        }
        assert_eq!(read("name=Bu%00di").await, Some(Problem::TextInvalid));
    }

    #[test]
    fn the_first_of_several_counts_and_an_absent_one_is_empty() {
        let fields = fields(&[("a", " 1 "), ("a", "2"), ("b", "")]);
        assert_eq!((fields.get("a"), fields.trimmed("a"), fields.get("c")), (" 1 ", "1", ""));
        assert!(fields.has("b") && !fields.is_ticked("b") && !fields.has("c"));
    }
}

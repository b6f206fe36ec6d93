//! Fields of a multipart form, each with its own limit.

use crate::domain::text::is_keepable;
use crate::web::error::Problem;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;

/// A text without spaces around it; `TooLarge` beyond `most` bytes.
pub async fn text(field: &mut Field<'_>, most: usize) -> Result<String, Problem> {
    let bytes = bytes(field, most).await?;
    let text = String::from_utf8(bytes).map_err(|_| Problem::Malformed)?;
    if is_keepable(&text) { Ok(text.trim().to_owned()) } else { Err(Problem::TextInvalid) }
}

/// A field's bytes; `TooLarge` beyond `most` of them.
pub async fn bytes(field: &mut Field<'_>, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = vec![];
    while let Some(chunk) = field.chunk().await.map_err(|error| problem(&error))? {
        if bytes.len() + chunk.len() > most {
            return Err(Problem::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Why a form can't be read to its end.
pub fn problem(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Problem::TooLarge } else { Problem::Malformed }
}

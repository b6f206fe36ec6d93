//! The form that sends a roster file: its multipart stream is read, and each part handed to the service.

use crate::domain::text::is_keepable;
use crate::service::roster_file::IncomingUpload;
use crate::web::error::Problem;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;

/// Longest institution code that is read from the form, in bytes.
const CODE_BYTES_MAX: usize = 64;

/// Reads the form to its end.
pub async fn read(upload: &mut IncomingUpload<'_>, mut form: Multipart) -> Result<(), Problem> {
    while let Some(mut field) = form.next_field().await.map_err(|error| problem(&error))? {
        match field.name() {
            Some("institution") => upload.name_institution(&code(&mut field).await?)?,
            Some("replace_all") => upload.replace_all()?,
            Some("unit_from_sheet") => upload.reading()?.unit_from_sheet = true,
            Some("fill_down") => upload.reading()?.fill_down = true,
            Some("file") => {
                let mut file = upload.begin_file(field.file_name().unwrap_or_default())?;
                while let Some(chunk) = field.chunk().await.map_err(|error| problem(&error))? {
                    file.write(&chunk).await?;
                }
                upload.end_file(file).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn code(field: &mut Field<'_>) -> Result<String, Problem> {
    let mut bytes = vec![];
    while let Some(chunk) = field.chunk().await.map_err(|error| problem(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > CODE_BYTES_MAX {
            return Err(Problem::Malformed);
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| Problem::Malformed)?;
    if is_keepable(&text) { Ok(text.trim().to_string()) } else { Err(Problem::TextInvalid) }
}

fn problem(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Problem::TooLarge } else { Problem::Malformed }
}

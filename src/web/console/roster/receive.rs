//! Receives a roster file: streamed to disk, hashed on the way, never more than the limit.

use super::uploads::{ReceivedFile, UploadId};
use crate::domain::text::is_keepable;
use crate::service::roster_file::FILE_BYTES_MAX;
use crate::web::AppState;
use crate::web::error::Problem;
use axum::extract::Multipart;
use axum::extract::multipart::Field;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

/// Longest file name that is remembered, in characters.
const NAME_CHARS_MAX: usize = 120;
/// Longest institution code that is read from the form, in bytes.
const CODE_BYTES_MAX: usize = 64;

/// What the form sent.
pub struct Received {
    pub file: Option<ReceivedFile>,
    /// Empty: all institutions.
    pub institution: String,
}

/// Reads the form. What was written is removed when it doesn't end well.
pub async fn receive(state: &AppState, id: UploadId, mut form: Multipart) -> Result<Received, Problem> {
    let mut received = Received { file: None, institution: String::new() };
    while let Some(mut field) = form.next_field().await.map_err(|error| problem(&error))? {
        match field.name() {
            Some("institution") => received.institution = short(&mut field).await?,
            Some("file") if received.file.is_none() => received.file = file(state, id, field).await?,
            _ => {}
        }
    }
    Ok(received)
}

async fn short(field: &mut Field<'_>) -> Result<String, Problem> {
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

/// `None` when no file was chosen.
async fn file(state: &AppState, id: UploadId, mut field: Field<'_>) -> Result<Option<ReceivedFile>, Problem> {
    let name: String =
        field.file_name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    let path = state.uploads.path(id).map_err(|error| unwritable(&error))?;
    match write(&path, &mut field).await {
        Ok((0, _)) => {
            let _gone = tokio::fs::remove_file(&path).await;
            Ok(None)
        }
        Ok((_, sha256)) => Ok(Some(ReceivedFile { name, path, sha256 })),
        Err(problem) => {
            let _gone = tokio::fs::remove_file(&path).await;
            Err(problem)
        }
    }
}

async fn write(path: &std::path::Path, field: &mut Field<'_>) -> Result<(u64, String), Problem> {
    let mut file = tokio::fs::File::create(path).await.map_err(|error| unwritable(&error))?;
    let (mut bytes, mut hash) = (0u64, Sha256::new());
    while let Some(chunk) = field.chunk().await.map_err(|error| problem(&error))? {
        bytes += chunk.len() as u64;
        if bytes > FILE_BYTES_MAX {
            return Err(Problem::TooLarge);
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(|error| unwritable(&error))?;
    }
    file.flush().await.map_err(|error| unwritable(&error))?;
    Ok((bytes, HEXLOWER.encode(&hash.finalize())))
}

fn problem(error: &axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE { Problem::TooLarge } else { Problem::Malformed }
}

fn unwritable(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an uploaded file can't be written");
    Problem::Storage
}

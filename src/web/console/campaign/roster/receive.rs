//! Receives a roster file: streams it to disk, hashes it on the way, and stops at the limit.
//!
//! The address or the form's first field names the institution whose people the file replaces, before the file itself,
//! so a file that the account may not send isn't read. If receiving fails or the sender disconnects, the partial file
//! is removed.

use super::uploads::{ReceivedFile, Uploads};
use crate::domain::text::is_keepable;
use crate::service::roster_file::FILE_BYTES_MAX;
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

/// Reads the form. `named` is the institution, where the address says it and it was admitted; `admits` says whether one
/// that the form names may be replaced.
pub async fn receive(
    uploads: &Uploads,
    named: Option<String>,
    admits: impl Fn(&str) -> Result<(), Problem>,
    mut form: Multipart,
) -> Result<Received, Problem> {
    let (mut institution, mut received) = (named, None);
    while let Some(mut field) = form.next_field().await.map_err(|error| problem(&error))? {
        match field.name() {
            // Two institutions, or one behind the file that it would be for.
            Some("institution") if institution.is_some() => return Err(Problem::Malformed),
            Some("institution") => {
                let code = short(&mut field).await?;
                admits(&code)?;
                institution = Some(code);
            }
            Some("file") if institution.is_none() || received.is_some() => return Err(Problem::Malformed),
            Some("file") => received = file(uploads, field).await?,
            _ => {}
        }
    }
    Ok(Received { file: received, institution: institution.ok_or(Problem::Malformed)? })
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
async fn file(uploads: &Uploads, mut field: Field<'_>) -> Result<Option<ReceivedFile>, Problem> {
    let name: String =
        field.file_name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    // No await in between: a sender who disconnects now leaves no file without an owner.
    let (own, open) = uploads.folder.create().map_err(|error| unwritable(&error))?;
    let (bytes, sha256) = write(tokio::fs::File::from_std(open), &mut field).await?;
    Ok((bytes > 0).then_some(ReceivedFile { name, file: own, sha256 }))
}

async fn write(mut file: tokio::fs::File, field: &mut Field<'_>) -> Result<(u64, String), Problem> {
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

//! The form that sends a roster file: its multipart stream is read, and each part handed to the service.

use crate::service::roster_file::IncomingUpload;
use crate::web::console::shell::multipart;
use crate::web::error::Problem;
use axum::extract::Multipart;

/// Longest institution code that is read from the form, in bytes.
const CODE_BYTES_MAX: usize = 64;

/// Reads the form to its end.
pub async fn read(upload: &mut IncomingUpload<'_>, mut form: Multipart) -> Result<(), Problem> {
    while let Some(mut field) = form.next_field().await.map_err(|error| multipart::problem(&error))? {
        match field.name() {
            Some("institution") => upload.name_institution(&multipart::text(&mut field, CODE_BYTES_MAX).await?)?,
            Some("replace_all") => upload.replace_all()?,
            Some("unit_from_sheet") => upload.reading()?.unit_from_sheet = true,
            Some("fill_down") => upload.reading()?.fill_down = true,
            Some("file") => {
                let mut file = upload.begin_file(field.file_name().unwrap_or_default())?;
                while let Some(chunk) = field.chunk().await.map_err(|error| multipart::problem(&error))? {
                    file.write(&chunk).await?;
                }
                upload.end_file(file).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

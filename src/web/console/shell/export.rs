//! Downloads from the console: a few are made at once, and each account has only its share of them. Their headers,
//! their hash, and CSV without formulas.

use crate::background;
use crate::domain::file_name::{Disposition, disposition};
use crate::domain::formula_guard::guarded;
use crate::fair_permits::{Permit, Requester};
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::error::Problem;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use data_encoding::{BASE64, HEXLOWER};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use sha2::{Digest, Sha256};

pub const CSV: &str = "text/csv; charset=utf-8";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Most files made at once: each takes a core, and memory for its people.
pub const AT_ONCE_MAX: usize = 2;
/// Most files that wait. Beyond its share of them an account is refused as busy.
pub const WAITING_MAX: usize = 32;
const BUSY_RETRY_SECS: u32 = 10;

/// A permit to make a file, acquired before its people are read.
pub async fn permit(state: &AppState, actor: &Actor) -> Result<Permit, Problem> {
    let permit = state.exports.acquire(Requester::Account(actor.login())).await;
    permit.map_err(|_| Problem::Busy { retry_after_secs: BUSY_RETRY_SECS })
}

/// Makes a file on a thread of its own. The permit is held until the thread has finished, also after the request was
/// abandoned.
pub async fn made<T: Send + 'static>(permit: Permit, make: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let making = move || {
        let made = make();
        drop(permit);
        made
    };
    background::run(making).await.map_err(|_| Problem::Internal)
}

/// A file with its SHA-256, which the audit trail records in hexadecimal.
pub struct Export {
    bytes: Vec<u8>,
    hash: [u8; 32],
}

impl Export {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { hash: Sha256::digest(&bytes).into(), bytes }
    }

    pub fn sha256(&self) -> String {
        HEXLOWER.encode(&self.hash)
    }

    /// As a download. `Repr-Digest` (RFC 9530) repeats the hash.
    pub fn download(self, name: &str, media_type: &'static str) -> Result<Response, Problem> {
        let saved_as = HeaderValue::from_str(&disposition(Disposition::Attachment, name));
        let digest = HeaderValue::from_str(&format!("sha-256=:{}:", BASE64.encode(&self.hash)));
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (CONTENT_DISPOSITION, saved_as.map_err(|_| Problem::Malformed)?),
            (HeaderName::from_static("repr-digest"), digest.map_err(|_| Problem::Internal)?),
        ];
        Ok((headers, self.bytes).into_response())
    }
}

/// Rows as CSV with a byte order mark, so that Excel reads UTF-8. Cells that a spreadsheet would read as a formula are
/// prefixed with an apostrophe.
pub fn csv<R: IntoIterator<Item = Vec<String>>>(rows: R) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        writer.write_record(row.iter().map(|cell| guarded(cell).into_owned())).map_err(|_| Problem::Internal)?;
    }
    writer.into_inner().map_err(|_| Problem::Internal)
}

/// Rows as a workbook, the first one in bold. Beyond the first `texts` columns the other rows hold numbers.
pub fn xlsx(rows: &[Vec<String>], texts: usize) -> Result<Vec<u8>, Problem> {
    written(rows, texts).map_err(|error| {
        tracing::error!(%error, "a workbook couldn't be written");
        Problem::Internal
    })
}

fn written(rows: &[Vec<String>], texts: usize) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let bold = Format::new().set_bold();
    for (row, cells) in (0u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(cells) {
            match cell.parse::<u32>() {
                _ if row == 0 => sheet.write_string_with_format(row, column, cell, &bold)?,
                Ok(number) if usize::from(column) >= texts => sheet.write_number(row, column, number)?,
                _ => sheet.write_string(row, column, cell)?,
            };
        }
    }
    sheet.autofit();
    workbook.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula() {
        let rows = vec![vec!["=1+1".to_string(), "Budi, S.E.".into()], vec!["-5".into(), "@x".into()]];
        let written = String::from_utf8(csv(rows).unwrap()).unwrap();
        assert_eq!(written, "\u{feff}'=1+1,\"Budi, S.E.\"\n'-5,'@x\n");
    }
}

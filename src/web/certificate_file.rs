//! What every route that draws a certificate needs: a permit to draw it, and the response that is the file.

use crate::domain::file_name::{Disposition, disposition};
use crate::fair_permits::FairPermits;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use std::num::NonZeroUsize;

/// Most certificates that wait to be drawn. Each takes milliseconds, and an office whose people all fetch theirs at
/// once shares an address. Beyond its share of them an address is refused as busy.
const WAITING_MAX: usize = 4_096;
/// Most certificates drawn at once per core: one address's share keeps all cores busy while no other asks.
const PER_CORE: usize = 2;

/// Permits to draw certificates.
pub fn drawing_permits(key: [u8; 32]) -> FairPermits {
    let cores = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    FairPermits::new(key, PER_CORE * cores, WAITING_MAX)
}

/// A certificate's name and bytes as a response.
pub fn of_file((name, bytes): (String, Vec<u8>)) -> Response {
    let headers =
        [(CONTENT_TYPE, "application/pdf".to_string()), (CONTENT_DISPOSITION, disposition(Disposition::Inline, &name))];
    (headers, bytes).into_response()
}

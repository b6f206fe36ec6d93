//! Permits for long request bodies, acquired before the body is read. They limit how many are held at once and give
//! each client only its share, however slowly it sends.

use crate::fair_permits::{FairPermits, Permit, Requester};
use crate::web::caller::Caller;
use crate::web::error::Problem;
use crate::web::{AppState, BODY_BYTES_MAX};
use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Most bodies held at once that are longer than [`BODY_BYTES_MAX`] or announce no length.
pub const LONG_BODIES_MAX: usize = 64;
/// Most requests that wait for a permit; their bodies aren't read meanwhile.
pub const LONG_BODIES_WAITING_MAX: usize = 256;
const WAIT_MAX: Duration = Duration::from_secs(10);
const RETRY_SECS: u32 = 5;

/// The permits, in the extensions of every request that may bring a long body.
pub struct LongBodies(FairPermits);

impl LongBodies {
    /// `key` seeds the table of clients.
    pub fn new(key: [u8; 32]) -> Self {
        Self(FairPermits::new(key, LONG_BODIES_MAX, LONG_BODIES_WAITING_MAX))
    }
}

/// Held for as long as the body is in memory. A body up to [`BODY_BYTES_MAX`] needs no permit: every route accepts one.
pub struct BodyPermit {
    _permit: Option<Permit>,
}

impl FromRequestParts<AppState> for BodyPermit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let announced =
            parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|bytes| bytes <= BODY_BYTES_MAX) {
            return Ok(Self { _permit: None });
        }
        let busy = || Problem::Busy { retry_after_secs: RETRY_SECS };
        let Extension(permits) =
            Extension::<Arc<LongBodies>>::from_request_parts(parts, state).await.map_err(|_| Problem::Internal)?;
        let Ok(caller) = Caller::from_request_parts(parts, state).await;
        let waiting = timeout(WAIT_MAX, permits.0.acquire(Requester::Address(caller.0)));
        let permit = waiting.await.map_err(|_| busy())?.map_err(|_| busy())?;
        Ok(Self { _permit: Some(permit) })
    }
}

//! The columns of an audit event, in the trail and in the notices.

use super::Row;
use crate::domain::audit::AuditEvent;
use crate::store::StoreError;
use serde_json::{Value, json};
use sqlx::Row as _;

/// An event's name and its fields in JSON.
pub(super) fn stored_event(event: &AuditEvent) -> Result<(String, String), StoreError> {
    let event = serde_json::to_value(event).map_err(|_| StoreError::Corrupt("event"))?;
    Ok((event["event"].as_str().unwrap_or_default().to_owned(), event["detail"].to_string()))
}

/// Reads the columns that [`stored_event`] fills.
pub(super) fn event_of(row: &Row) -> Result<AuditEvent, StoreError> {
    let (stored_event, stored_detail): (String, String) = (row.try_get("event")?, row.try_get("detail")?);
    let fields = serde_json::from_str::<Value>(&stored_detail).unwrap_or_default();
    let event = serde_json::from_value(json!({ "event": stored_event, "detail": fields }));
    // During a rolling upgrade, a newer node writes events that this one doesn't know.
    Ok(event.unwrap_or(AuditEvent::NotKnownHere { stored_event, stored_detail }))
}

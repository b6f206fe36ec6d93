//! The audit trail (*jejak audit*): its lines, and the events that they record.

mod entry;
mod event;
mod level;

pub use entry::{ACTOR_CLOCK, ACTOR_COMMAND_LINE, ACTOR_SERVICE, AuditEntry, AuditEntryId};
pub use event::AuditEvent;
pub use level::AuditLevel;

//! What all pages of the console share: their layout, what handlers begin with, and words and files that several pages
//! show. Deliberately absent: routes.

pub mod account_notices;
pub mod audit_words;
pub mod context;
pub mod export;
pub mod fault_rows;
pub mod layout;
pub mod multipart;
pub mod outcome_words;
pub mod pagination;
pub mod password_proof;
pub mod query;

pub use export::{AT_ONCE_MAX as EXPORTS_AT_ONCE_MAX, WAITING_MAX as EXPORTS_WAITING_MAX};
pub use layout::Tab;

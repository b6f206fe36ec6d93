//! The console: organizers and operators of institutions prepare a campaign, lead it, and help people.
//!
//! Pages stand in `campaign`, `people` and `staff`, by what people do. Each imports `shell`, which holds what all pages
//! share, and none of the others. Every handler gets the account from the guard ([`Actor`](super::access::Actor)); what
//! lies outside the account's institutions doesn't exist for it. Works without scripts. Deliberately absent: SQL, rules
//! of the life cycle.

mod campaign;
mod people;
mod shell;
mod staff;

pub use people::ARCHIVES_AT_ONCE_MAX;
pub use shell::{EXPORTS_AT_ONCE_MAX, EXPORTS_WAITING_MAX, Tab};

use super::routes::Routes;

/// Every page of the console.
pub fn routes(table: Routes) -> Routes {
    people::routes(campaign::routes(staff::routes(table)))
}

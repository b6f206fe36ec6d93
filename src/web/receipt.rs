//! The receipt as scripts get it: the contract's JSON, a function of the stored pledge alone, so that a repeat is
//! byte-identical.

use crate::domain::ids::Serial;
use crate::domain::pledge::Pledge;
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceiptBody {
    /// 16 bytes, base64url.
    pub pledge_id: String,
    /// The number printed on the certificate, `XXXXX-XXXXX-XXXX`.
    pub serial: String,
    /// Index in the campaign's pledge log, from 0.
    pub log_index: u64,
    /// RFC 3339, UTC, with milliseconds.
    pub signed_at: String,
    /// The COSE_Sign1 bytes, base64url.
    pub credential: String,
    /// Where the certificate is rendered when asked for.
    pub certificate_url: String,
    /// Size of the first checkpoint that holds the pledge.
    pub signed_count: u64,
}

impl ReceiptBody {
    /// `public_url` has no slash at its end.
    pub fn of(pledge: &Pledge, public_url: &str) -> Self {
        Self {
            pledge_id: pledge.id.to_string(),
            serial: Serial::of(pledge.id).to_string(),
            log_index: pledge.log_index,
            signed_at: pledge.signed_at.rfc3339(),
            credential: BASE64URL_NOPAD.encode(&pledge.credential),
            certificate_url: format!("{public_url}/c/{}.pdf", pledge.id),
            signed_count: pledge.signed_count,
        }
    }
}

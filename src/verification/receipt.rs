//! A saved receipt: a credential with fields beside it, which must not contradict it.
//!
//! A field that contradicts the credential makes the verdict `Altered`. A field that the credential doesn't cover, such
//! as a name added beside it, isn't vouched for, like the text of an unsealed page.

use super::report::{Page, Verdict};
use super::{Examined, TrustRoots, examine_credential};
use crate::credential::cwt::{Claims, Credential};
use crate::domain::ids::{PledgeId, Serial};
use crate::domain::time::UnixMillis;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Most bytes of a receipt file.
const RECEIPT_BYTES_MAX: usize = 64 * 1024;

/// The response to `POST …/pledges`.
#[derive(Deserialize)]
struct ReceiptFields {
    credential: String,
    pledge_id: Option<String>,
    serial: Option<String>,
    signed_at: Option<String>,
    certificate_url: Option<String>,
    log_index: Option<u64>,
    signed_count: Option<u64>,
    /// Members that no receipt has.
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

impl ReceiptFields {
    /// Whether the fields beside the credential agree with it.
    fn agrees_with(&self, claims: &Claims) -> bool {
        let second = |at: UnixMillis| at.0.div_euclid(1000);
        let same_id = self.pledge_id.as_ref().is_none_or(|id| PledgeId::parse(id) == Some(claims.pledge));
        let same_serial = self.serial.as_ref().is_none_or(|s| Serial::parse(s) == Some(Serial::of(claims.pledge)));
        let same_time = self
            .signed_at
            .as_ref()
            .is_none_or(|at| UnixMillis::parse_rfc3339(at).is_some_and(|at| second(at) == second(claims.signed_at)));
        let within_log = self.log_index.zip(self.signed_count).is_none_or(|(index, count)| index < count);
        same_id && same_serial && same_time && within_log
    }

    /// Whether it has no further members, and no certificate address but the issuer's.
    fn is_vouched_for(&self, claims: &Claims, issuer: Option<&str>) -> bool {
        let address = || Some(format!("{}/c/{}.pdf", issuer?, claims.pledge));
        self.others.is_empty() && (self.certificate_url.is_none() || self.certificate_url == address())
    }
}

pub(super) fn examine_receipt(json: &str, trust: &TrustRoots) -> Examined {
    if json.len() > RECEIPT_BYTES_MAX {
        return Examined::refused(Verdict::NotACertificate);
    }
    let receipt: ReceiptFields = match serde_json::from_str(json) {
        Ok(receipt) => receipt,
        Err(fault) if fault.is_eof() => return Examined::refused(Verdict::Incomplete),
        Err(_) => return Examined::refused(Verdict::NotACertificate),
    };
    let Ok(bytes) = BASE64URL_NOPAD.decode(receipt.credential.as_bytes()) else {
        return Examined::refused(Verdict::Altered);
    };
    let examined = examine_credential(Credential::decode(&bytes), trust);
    match &examined.credential {
        Some(credential) if !receipt.agrees_with(&credential.claims) => Examined::refused(Verdict::Altered),
        Some(credential) if !receipt.is_vouched_for(&credential.claims, examined.report.issuer.as_deref()) => {
            examined.found_in(Page::Unsealed)
        }
        _ => examined,
    }
}

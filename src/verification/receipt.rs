//! A receipt as a program saved it: it holds a credential, and nothing beside it may say otherwise.

use super::report::Verdict;
use super::{Examined, TrustRoots, examine_credential};
use crate::credential::cwt::{Claims, Credential};
use crate::domain::ids::{PledgeId, Serial};
use crate::domain::time::UnixMillis;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

/// A receipt file is no longer than this.
const RECEIPT_BYTES_MAX: usize = 64 * 1024;

/// The parts of a receipt (the answer of `POST …/pledges`) that can contradict its credential.
#[derive(Deserialize)]
struct Receipt {
    credential: String,
    pledge_id: Option<String>,
    serial: Option<String>,
    signed_at: Option<String>,
}

impl Receipt {
    /// Whether what stands beside the credential is what the credential says.
    fn agrees_with(&self, claims: &Claims) -> bool {
        let second = |at: UnixMillis| at.0.div_euclid(1000);
        let same_id = self.pledge_id.as_ref().is_none_or(|id| PledgeId::parse(id) == Some(claims.pledge));
        let same_serial = self.serial.as_ref().is_none_or(|s| Serial::parse(s) == Some(Serial::of(claims.pledge)));
        let same_time = self
            .signed_at
            .as_ref()
            .is_none_or(|at| UnixMillis::parse_rfc3339(at).is_some_and(|at| second(at) == second(claims.signed_at)));
        same_id && same_serial && same_time
    }
}

pub(super) fn examine_receipt(json: &str, trust: &TrustRoots) -> Examined {
    if json.len() > RECEIPT_BYTES_MAX {
        return Examined::refused(Verdict::NotACertificate);
    }
    let receipt: Receipt = match serde_json::from_str(json) {
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
        _ => examined,
    }
}

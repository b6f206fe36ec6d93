//! Offline verification: the same function as `ikrar verify`, in this process, on all cores.

use crate::bench::figures::parallel_map;
use crate::credential::jwks::Jwks;
use crate::verification::{Input, TrustRoots, Verdict, VerificationReport, examine};
use std::time::Duration;
use tokio::time::Instant;

/// The result.
pub struct OfflineResult {
    pub wall: Duration,
    pub valid: usize,
}

/// Verifies every QR text with these keys.
pub async fn check(texts: Vec<String>, keys: Jwks) -> anyhow::Result<OfflineResult> {
    let checked = tokio::task::spawn_blocking(move || {
        let trust = TrustRoots::of(&[keys]);
        let inputs: Vec<Input> = texts.into_iter().map(Input::Text).collect();
        let began = Instant::now();
        let verdicts = parallel_map::map(&inputs, |input| examine(input, &trust).offline())?;
        anyhow::Ok(OfflineResult {
            wall: began.elapsed(),
            valid: verdicts.iter().filter(|report| is_valid(report)).count(),
        })
    });
    checked.await?
}

fn is_valid(report: &VerificationReport) -> bool {
    report.verdict == Verdict::Valid && report.claims.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[tokio::test]
    async fn a_genuine_text_is_valid_and_a_changed_one_is_not() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/credential.json");
        let vector: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let keys = Jwks::parse(vector["jwks"].to_string().as_bytes()).unwrap();
        let genuine = vector["qr_text"].as_str().unwrap().to_owned();
        let changed = super::super::altered(&genuine);
        let checked = check(vec![genuine.clone(), changed, genuine], keys).await.unwrap();
        assert_eq!(checked.valid, 2);
    }
}

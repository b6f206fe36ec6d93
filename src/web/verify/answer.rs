//! A verdict with what this installation's records say: status, institution, text.

use super::examination::Examinations;
use crate::credential::cwt::Credential;
use crate::credential::jwks::Jwks;
use crate::domain::campaign::Campaign;
use crate::domain::ids::{PledgeId, Serial};
use crate::domain::participant::initials;
use crate::domain::pledge::Pledge;
use crate::domain::text::PledgeText;
use crate::domain::time::{UnixMillis, Zone};
use crate::store::StoreError;
use crate::telemetry::metrics;
use crate::verification::{Examined, Input, Log, Page, Report, Revocation, Standing, TrustRoots, Verdict, examine};
use crate::web::AppState;
use crate::web::error::Problem;
use serde::Serialize;

/// The keys that this installation publishes.
pub fn published(state: &AppState) -> Jwks {
    let key = &state.keyring.credential;
    Jwks::publish(&state.config.public_url, [(key.kid.as_str(), key.public())])
}

/// What the records add to a genuine credential.
pub struct Context {
    pub campaign: Campaign,
    pub institution: String,
    pub text: Option<PledgeText>,
}

/// Examines what was handed in, then looks its standing up. Without the records the verdict stands as far as the
/// signature tells, and says that revocation wasn't checked.
pub async fn check(
    state: &AppState,
    examinations: &Examinations,
    input: Input,
) -> Result<(Report, Option<Context>), Problem> {
    let answered = examined(state, examinations, input).await?;
    metrics::verified(answered.0.verdict.as_str());
    Ok(answered)
}

async fn examined(
    state: &AppState,
    examinations: &Examinations,
    input: Input,
) -> Result<(Report, Option<Context>), Problem> {
    let trust = TrustRoots(vec![published(state)]);
    let examined = examinations.run(move || examine(&input, &trust)).await?;
    let Some(claims) = examined.claims() else { return Ok((examined.offline(), None)) };
    match recorded(state, claims.pledge).await {
        Ok(None) => Ok((examined.with_standing(Standing::Unknown), None)),
        Ok(Some((campaign, pledge))) => with_records(state, examined, campaign, &pledge).await,
        Err(error) => {
            tracing::error!(%error, "a status couldn't be read");
            Ok((examined.offline(), None))
        }
    }
}

async fn with_records(
    state: &AppState,
    examined: Examined,
    campaign: Campaign,
    pledge: &Pledge,
) -> Result<(Report, Option<Context>), Problem> {
    let Some(claims) = examined.claims() else { return Ok((examined.offline(), None)) };
    let standing = if examined.is_of(&pledge.credential) {
        standing(state, &campaign, pledge.id).await?
    } else {
        Standing::Unknown
    };
    let institution = institution_name(state, &campaign, &claims.institution).await?;
    let text = state.store.canonical_text_by_prefix(&claims.text_hash).await?;
    let text = text.and_then(|(_, canonical)| serde_json::from_str(&canonical).ok());
    Ok((examined.with_standing(standing), Some(Context { campaign, institution, text })))
}

async fn recorded(state: &AppState, id: PledgeId) -> Result<Option<(Campaign, Pledge)>, StoreError> {
    let Some(campaign) = state.store.campaign_by_tag(id.campaign_tag()).await? else { return Ok(None) };
    let pledge = state.store.pledge(campaign.id, id).await?;
    Ok(pledge.map(|pledge| (campaign, pledge)))
}

async fn standing(state: &AppState, campaign: &Campaign, id: PledgeId) -> Result<Standing, StoreError> {
    let revocation = state.store.revocation(campaign.id, id).await?;
    Ok(if revocation.is_some() { Standing::Revoked } else { Standing::Active })
}

async fn institution_name(state: &AppState, campaign: &Campaign, code: &str) -> Result<String, StoreError> {
    let institutions = state.store.institutions(campaign.id).await?;
    let named = institutions.into_iter().find(|institution| institution.code == code);
    Ok(named.map_or_else(|| code.to_string(), |institution| institution.name))
}

/// The answer for a certificate number: nothing that tells who it is to somebody who doesn't know already.
#[derive(Serialize)]
pub struct SerialReport {
    pub verdict: Verdict,
    pub revocation: Revocation,
    pub log: Log,
    pub page: Page,
    pub issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<SerialClaims>,
}

/// What a certificate number shows.
#[derive(Serialize)]
pub struct SerialClaims {
    pub serial: String,
    pub initials: String,
    /// The institution's name.
    pub institution: String,
    /// The day of signing in the event's zone, `2027-01-31`.
    pub signed_on: String,
    #[serde(skip)]
    pub signed_at: UnixMillis,
    #[serde(skip)]
    pub zone: Zone,
}

/// Looks a certificate number up in every campaign that was opened to the public.
pub async fn look_up(state: &AppState, serial: Serial) -> Result<SerialReport, Problem> {
    let mut verdict = Verdict::NotInLog;
    let mut claims = None;
    for campaign in state.store.campaigns().await? {
        let (low, high) = serial.range(campaign.id.tag());
        // Two pledges with one number can't be told apart by it; the QR code tells.
        let found = state.store.pledges_between(campaign.id, low, high).await?;
        let [pledge] = found.as_slice() else { continue };
        verdict = match standing(state, &campaign, pledge.id).await? {
            Standing::Revoked => Verdict::Revoked,
            _ => Verdict::Valid,
        };
        claims = Some(serial_claims(state, &campaign, pledge, serial).await?);
    }
    let issuer = claims.as_ref().map(|_| state.config.public_url.clone());
    Ok(SerialReport {
        verdict,
        revocation: Revocation::Checked,
        log: Log::NotChecked,
        page: Page::None,
        issuer,
        claims,
    })
}

async fn serial_claims(
    state: &AppState,
    campaign: &Campaign,
    pledge: &Pledge,
    serial: Serial,
) -> Result<SerialClaims, Problem> {
    let credential = Credential::decode(&pledge.credential).map_err(|fault| {
        tracing::error!(%fault, "a stored credential doesn't read");
        Problem::Internal
    })?;
    let zone = campaign.settings.zone;
    Ok(SerialClaims {
        serial: serial.to_string(),
        initials: initials(&credential.claims.shown_name),
        institution: institution_name(state, campaign, &credential.claims.institution).await?,
        signed_on: zone.civil(pledge.signed_at).date().to_string(),
        signed_at: pledge.signed_at,
        zone,
    })
}

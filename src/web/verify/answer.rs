//! A verdict with what this installation's records say: status, institution, text.

use super::examination::Examinations;
use crate::credential::cwt::Claims;
use crate::credential::jwks::Jwks;
use crate::domain::campaign::Campaign;
use crate::domain::ids::{CampaignId, PledgeId, Serial};
use crate::domain::participant::initials;
use crate::domain::pledge::Pledge;
use crate::domain::text::PledgeText;
use crate::domain::time::{UnixMillis, Zone};
use crate::service::key_rotation;
use crate::store::StoreError;
use crate::telemetry::metrics;
use crate::verification::{Examined, Input, Log, Page, Report, Revocation, Standing, Verdict};
use crate::web::AppState;
use crate::web::caller::Caller;
use crate::web::error::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// The keys that this installation publishes.
pub fn published(state: &AppState) -> Jwks {
    key_rotation::published(&state.config.public_url, &state.keyring)
}

/// What the records add to a genuine credential.
pub struct Context {
    pub campaign: Campaign,
    pub institution: String,
    pub text: Option<PledgeText>,
}

/// The verdict alone, as programs are answered: signature and standing, and nothing read that isn't answered. Without the
/// records the verdict stands as far as the signature tells, and says that revocation wasn't checked.
pub async fn verdict(
    state: &AppState,
    examinations: &Examinations,
    caller: Caller,
    input: Input,
) -> Result<Report, Problem> {
    let examined = examinations.examine(caller, input).await?;
    let found = found(state, &examined).await;
    Ok(reported(examined, found.as_ref()))
}

/// As [`verdict`], with what the records add to it for a reader.
pub async fn check(
    state: &AppState,
    examinations: &Examinations,
    caller: Caller,
    input: Input,
) -> Result<(Report, Option<Context>), Problem> {
    let examined = examinations.examine(caller, input).await?;
    let found = found(state, &examined).await;
    let of = found.as_ref().and_then(|found| found.campaign).zip(examined.claims());
    let context = match of {
        Some((campaign, claims)) => context(state, campaign, claims).await?,
        None => None,
    };
    Ok((reported(examined, found.as_ref()), context))
}

/// What the records say of a genuine credential's pledge.
struct Found {
    standing: Standing,
    /// The campaign that holds a pledge of this id.
    campaign: Option<CampaignId>,
}

/// `None` where nothing was to be looked up, or the records can't be read.
async fn found(state: &AppState, examined: &Examined) -> Option<Found> {
    let pledge = examined.claims()?.pledge;
    match recorded(state, examined, pledge).await {
        Ok(found) => Some(found),
        Err(error) => {
            tracing::error!(%error, "a status couldn't be read");
            None
        }
    }
}

async fn recorded(state: &AppState, examined: &Examined, id: PledgeId) -> Result<Found, StoreError> {
    let tag = id.campaign_tag();
    let campaign = match state.signing.campaign_by_tag(tag) {
        Some(active) => Some(active.campaign.id),
        None => state.store.campaign_by_tag(tag).await?.map(|campaign| campaign.id),
    };
    let unknown = Found { standing: Standing::Unknown, campaign: None };
    let Some(campaign) = campaign else { return Ok(unknown) };
    let Some(recorded) = state.store.recorded(campaign, id).await? else { return Ok(unknown) };
    let standing = if examined.is_of(&recorded.credential) { standing(recorded.revoked) } else { Standing::Unknown };
    Ok(Found { standing, campaign: Some(campaign) })
}

fn reported(examined: Examined, found: Option<&Found>) -> Report {
    let report = match found {
        Some(found) => examined.with_standing(found.standing),
        None => examined.offline(),
    };
    metrics::verified(report.verdict.as_str());
    report
}

async fn context(state: &AppState, campaign: CampaignId, claims: &Claims) -> Result<Option<Context>, StoreError> {
    let Some(campaign) = state.store.campaign(campaign).await? else { return Ok(None) };
    let institution = institution_name(state, &campaign, &claims.institution).await?;
    let text = state.store.canonical_text_by_prefix(&claims.text_hash).await?;
    let text = text.and_then(|(_, canonical)| serde_json::from_str(&canonical).ok());
    Ok(Some(Context { campaign, institution, text }))
}

fn standing(revoked: bool) -> Standing {
    if revoked { Standing::Revoked } else { Standing::Active }
}

async fn institution_name(state: &AppState, campaign: &Campaign, code: &str) -> Result<String, StoreError> {
    let institutions = state.store.institutions(campaign.id).await?;
    let named = institutions.into_iter().find(|institution| institution.code == code);
    Ok(named.map_or_else(|| code.to_string(), |institution| institution.name))
}

/// The answer for a certificate number: nothing that tells who it is to somebody who doesn't know already.
#[derive(Serialize, ToSchema)]
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
#[derive(Serialize, ToSchema)]
pub struct SerialClaims {
    pub serial: String,
    pub initials: String,
    /// The institution's name.
    pub institution: String,
    /// The day of signing in the event's zone, `2027-01-31`.
    pub signed_on: String,
    #[serde(skip)]
    #[schema(ignore)]
    pub signed_at: UnixMillis,
    #[serde(skip)]
    #[schema(ignore)]
    pub zone: Zone,
}

/// Looks a certificate number up in every campaign that was opened to the public. What is recorded counts only as far as it
/// is genuine.
pub async fn look_up(
    state: &AppState,
    examinations: &Examinations,
    caller: Caller,
    serial: Serial,
) -> Result<SerialReport, Problem> {
    let mut verdict = Verdict::NotInLog;
    let mut claims = None;
    for campaign in state.store.campaigns().await? {
        let (low, high) = serial.range(campaign.id.tag());
        // Two pledges with one number can't be told apart by it; the QR code tells.
        let found = state.store.pledges_between(campaign.id, low, high).await?;
        let [pledge] = found.as_slice() else { continue };
        let examined = examinations.examine(caller, Input::Cose(pledge.credential.clone())).await?;
        if let Some(signed) = examined.claims() {
            claims = Some(serial_claims(state, &campaign, pledge, signed).await?);
        }
        let revoked = state.store.revocation(campaign.id, pledge.id).await?.is_some();
        verdict = examined.with_standing(standing(revoked)).verdict;
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
    signed: &Claims,
) -> Result<SerialClaims, Problem> {
    let zone = campaign.settings.zone;
    Ok(SerialClaims {
        serial: Serial::of(pledge.id).to_string(),
        initials: initials(&signed.shown_name),
        institution: institution_name(state, campaign, &signed.institution).await?,
        signed_on: zone.civil(pledge.signed_at).date().to_string(),
        signed_at: pledge.signed_at,
        zone,
    })
}

//! The demo's two campaigns: `sumsel`, open to everybody in the synthetic province, and a draft to try the console
//! with.
//!
//! Each step first checks what is already there, so an interrupted demo continues where it stopped.

use crate::app::Services;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::{Campaign, CampaignSettings, CampaignState};
use crate::domain::time::UnixMillis;
use crate::i18n::Localizer;
use crate::output::outln;
use crate::service::campaigns::NewCampaign;
use crate::service::campaigns::templates::Template;
use crate::service::synthetic;
use anyhow::{Context, bail};

pub const SLUG: &str = "sumsel";
pub const DRAFT_SLUG: &str = "pakta-2027";
/// The people are the same in each run; keys and access codes aren't.
pub const SEED: u64 = 1_671;

/// The actor in the audit trail.
const ACTOR: &str = "demo";
const OPEN_SECS: i64 = 30 * 24 * 3600;
/// A demo that is started again stays open for at least this long.
const REMAINING_SECS_MIN: i64 = 15 * 24 * 3600;

/// Creates what isn't there yet and returns the open campaign.
pub(super) async fn make_or_reuse(state: &Services, participants: u32, words: Localizer) -> anyhow::Result<Campaign> {
    state.campaigns.check_public_url().await.with_context(|| words.t("demo-other-address"))?;
    let event = match state.campaigns.by_slug(SLUG).await? {
        Some(event) => event,
        None => create(state, SLUG, "ikrar-netralitas", synthetic::campaign_settings()).await?,
    };
    if state.campaigns.by_slug(DRAFT_SLUG).await?.is_none() {
        create(state, DRAFT_SLUG, "pakta-integritas", pact_settings()).await?;
    }
    if !state.synthetic.has_people(event.id).await? {
        outln!("{}", words.with("demo-making-people", &[("people", &words.number(participants))]));
        let secret = &state.signing.campaign(SLUG).context("the event was just made")?.secret.clone();
        let roster = state.entropy.bytes();
        let size = (usize::try_from(participants)?, SEED);
        let imported = AuditEvent::RosterImported {
            institution: None,
            people: participants.into(),
            sha256: String::new(),
            renamed: vec![],
        };
        let audit = state.accounts.line(Some(event.id), ACTOR, imported);
        state.synthetic.load(event.id, secret, roster, &audit, size).await?;
    }
    let event = bring_to_open(state, event, words).await?;
    extend(state, event).await
}

async fn create(state: &Services, slug: &str, template: &str, settings: CampaignSettings) -> anyhow::Result<Campaign> {
    let template = Template::find(template).context("the template is part of the program")?;
    let closes_at = Some(state.now().plus_secs(OPEN_SECS));
    let new = NewCampaign { slug, template, settings, opens_at: None, closes_at };
    Ok(state.campaigns.create(ACTOR, new).await?)
}

async fn bring_to_open(state: &Services, event: Campaign, words: Localizer) -> anyhow::Result<Campaign> {
    let mut event = event;
    loop {
        match event.state {
            CampaignState::Draft => {
                outln!("{}", words.t("demo-locking"));
                state.campaigns.lock(ACTOR, &event).await?;
            }
            CampaignState::Locked => state.campaigns.open(ACTOR, &event).await?,
            CampaignState::Paused => state.campaigns.resume(ACTOR, &event).await?,
            CampaignState::Open => return Ok(event),
            // Final: the demo shows it as it ended.
            CampaignState::Closing | CampaignState::Closed | CampaignState::Cancelled => return Ok(event),
        }
        let Some(moved) = state.campaigns.by_slug(&event.slug).await? else { bail!("the event is gone") };
        event = moved;
    }
}

/// An old demo's closing time may be near or past, so it is moved before the campaign clock checks it.
async fn extend(state: &Services, event: Campaign) -> anyhow::Result<Campaign> {
    let soon = state.now().plus_secs(REMAINING_SECS_MIN);
    if event.state != CampaignState::Open || event.closes_at.is_none_or(|at: UnixMillis| at > soon) {
        return Ok(event);
    }
    let closes_at = Some(state.now().plus_secs(OPEN_SECS));
    state.campaigns.move_times(ACTOR, &event, event.opens_at, closes_at, "Demo dijalankan kembali").await?;
    state.campaigns.by_slug(&event.slug).await?.context("the event is gone")
}

fn pact_settings() -> CampaignSettings {
    CampaignSettings {
        title: "Pakta Integritas 2027 (Contoh)".into(),
        occasion: "Pengadaan Barang/Jasa".into(),
        year: "2027".into(),
        signature_required: true,
        ..synthetic::campaign_settings()
    }
}

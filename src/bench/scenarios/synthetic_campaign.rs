//! The campaign of a run: a synthetic roster, locked and open; it closes automatically.

use crate::app::Services;
use crate::bench::context::BenchContext;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::Campaign;
use crate::domain::ids::ParticipantId;
use crate::output::errln;
use crate::service::campaigns::NewCampaign;
use crate::service::campaigns::templates::Template;
use crate::service::synthetic;
use anyhow::Context;

/// The actor in the audit trail.
const ACTOR: &str = "bench";
const TEMPLATE: &str = "ikrar-netralitas";
/// The people are the same in each run; keys and access codes aren't.
const SEED: u64 = 180_751;
/// Longer than any run.
const OPEN_SECS: i64 = 2 * 3600;

pub struct SyntheticCampaign {
    pub record: Campaign,
    pub people: Vec<BenchSigner>,
}

/// A participant, with what is printed on their slip.
pub struct BenchSigner {
    pub id: ParticipantId,
    pub identifier: String,
    pub access_code: String,
}

impl SyntheticCampaign {
    /// Creates the campaign, its participants and their access codes.
    pub async fn create(context: &BenchContext, state: &Services, participants: u32) -> anyhow::Result<Self> {
        let words = context.words;
        errln!("{}", words.with("bench-making", &[("people", &words.number(participants))]));
        let slug = format!("bench-{}", data_encoding::HEXLOWER.encode(&state.entropy.bytes::<4>()));
        let template = Template::find(TEMPLATE).context("the template is part of the program")?;
        let closes_at = Some(state.now().plus_secs(OPEN_SECS));
        let settings = synthetic::campaign_settings();
        let new = NewCampaign { slug: &slug, template, settings, opens_at: None, closes_at };
        let draft = state.campaigns.create(ACTOR, new).await?;
        let active = state.signing.campaign(&slug).context("the campaign was just made")?;
        let size = (usize::try_from(participants)?, SEED);
        let imported =
            AuditEvent::RosterImported { institution: None, people: participants.into(), sha256: String::new() };
        let audit = state.accounts.line(Some(draft.id), ACTOR, imported);
        state.synthetic.load(draft.id, &active.secret, state.entropy.bytes(), &audit, size).await?;
        state.campaigns.lock(ACTOR, &draft).await?;
        state.campaigns.open(ACTOR, &state.campaigns.find(&slug).await?).await?;
        let people = state.synthetic.people(&draft, &active.secret).await?;
        let people = people.into_iter().map(|person| BenchSigner {
            id: person.participant.id,
            identifier: person.participant.identifier.shown(),
            access_code: person.access_code.shown(&context.disclosure),
        });
        let people = people.collect();
        Ok(Self { record: state.campaigns.find(&slug).await?, people })
    }

    /// The path of the campaign in the API.
    pub fn api_path(&self) -> String {
        format!("/api/v1/campaigns/{}", self.record.slug)
    }
}

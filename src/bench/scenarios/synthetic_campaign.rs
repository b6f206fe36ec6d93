//! The campaign of a run: a synthetic roster, locked and open; it closes automatically.

use crate::app::Services;
use crate::bench::context::BenchContext;
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::{Campaign, CampaignSettings};
use crate::domain::ids::ParticipantId;
use crate::domain::reporting_group::GroupLevel;
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
    /// Codes of the institutions in the published numbers.
    institutions: Vec<String>,
    group_level: GroupLevel,
}

/// A participant, with what is printed on their slip.
pub struct BenchSigner {
    pub id: ParticipantId,
    pub identifier: String,
    pub access_code: String,
}

impl SyntheticCampaign {
    /// Creates the campaign, its participants and their access codes.
    pub async fn create(
        context: &BenchContext,
        state: &Services,
        participants: u32,
        group_level: GroupLevel,
    ) -> anyhow::Result<Self> {
        let words = context.words;
        errln!("{}", words.with("bench-making", &[("people", &words.number(participants))]));
        let slug = format!("bench-{}", data_encoding::HEXLOWER.encode(&state.entropy.bytes::<4>()));
        let template = Template::find(TEMPLATE).context("the template is part of the program")?;
        let closes_at = Some(state.now().plus_secs(OPEN_SECS));
        let settings = CampaignSettings { group_level, ..synthetic::campaign_settings() };
        let new = NewCampaign { slug: &slug, template, settings, opens_at: None, closes_at };
        let draft = state.campaigns.create(ACTOR, new).await?;
        let active = state.signing.campaign(&slug).context("the campaign was just made")?;
        let size = (usize::try_from(participants)?, SEED);
        let imported = AuditEvent::RosterImported {
            institution: None,
            people: participants.into(),
            sha256: String::new(),
            renamed: vec![],
        };
        let audit = state.accounts.line(Some(draft.id), ACTOR, imported);
        state.synthetic.load(draft.id, &active.secret, state.entropy.bytes(), &audit, size).await?;
        let groups = state.campaigns.groups_to_be(&draft).await?;
        errln!("{}", words.with("bench-groups", &[("groups", &words.number(groups.groups.len() as u64))]));
        state.campaigns.lock(ACTOR, &draft).await?;
        state.campaigns.open(ACTOR, &state.campaigns.find(&slug).await?).await?;
        let people = state.synthetic.people(&draft, &active.secret).await?;
        let people = people.into_iter().map(|person| BenchSigner {
            id: person.participant.id,
            identifier: person.participant.identifier.shown(),
            access_code: person.access_code.shown(&context.disclosure),
        });
        let people = people.collect();
        let institutions = groups.institutions.into_iter().map(|one| one.code).collect();
        Ok(Self { record: state.campaigns.find(&slug).await?, people, institutions, group_level })
    }

    /// The paths of live numbers that people watch: of all institutions and, by agency, of each one.
    pub fn live_paths(&self) -> Vec<String> {
        let all = format!("/k/{}/live/events", self.record.slug);
        let of_one = |code: &String| format!("{all}?institution={code}");
        let of_each = self.institutions.iter().filter(|_| self.group_level == GroupLevel::Agency).map(of_one);
        std::iter::once(all.clone()).chain(of_each).collect()
    }

    /// The path of the campaign in the API.
    pub fn api_path(&self) -> String {
        format!("/api/v1/campaigns/{}", self.record.slug)
    }
}

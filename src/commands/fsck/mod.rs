//! `ikrar fsck`: checks the database by deriving everything again from its rows. The first difference is named by its
//! log, its index and its kind, never by a person.

mod trails;

use super::{open, terminal_words};
use crate::app::database;
use crate::app::integrity::{CampaignIntegrity, Integrity, IntegrityError};
use crate::config::ConfigOptions;
use crate::domain::campaign::Campaign;
use crate::i18n::Localizer;
use crate::output::{errln, outln};
use crate::service::audit_trail::NotedHash;
use crate::service::recount::{Difference, DifferenceKind};
use anyhow::{anyhow, bail};
use clap::Args;
use serde_json::{Value, json};
use std::path::Path;

const SOUND: u8 = 0;
const DIFFERS: u8 = 1;
const USAGE: u8 = 2;

/// Exit code 0: sound; 1: something differs; 2: it couldn't be looked at.
#[derive(Args)]
pub struct Fsck {
    /// Only this event; otherwise all
    #[arg(long, value_name = "SLUG")]
    campaign: Option<String>,
    /// A hash of the audit trail that was written down: at least 32 hexadecimal digits, spaces allowed
    #[arg(long, value_name = "HASH")]
    noted: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: ConfigOptions, args: Fsck) -> anyhow::Result<u8> {
    match examined(settings, &args).await {
        Ok(code) => Ok(code),
        Err(error) => {
            errln!("ikrar: {error:#}");
            Ok(USAGE)
        }
    }
}

async fn examined(settings: ConfigOptions, args: &Fsck) -> anyhow::Result<u8> {
    let w = terminal_words();
    if let Some(damage) = database::damage(&settings.clone().resolve(Path::new("."))?.database).await? {
        // The content of damaged pages can't be checked.
        if args.json {
            outln!("{}", json!({ "sound": false, "damage": damage }));
        } else {
            outln!("{}", w.with("fsck-damage", &[("what", &damage)]));
        }
        return Ok(DIFFERS);
    }
    let integrity = Integrity::new(open::existing_resources(settings).await?).await.map_err(|error| match error {
        IntegrityError::OtherKeyring => anyhow!(w.t("fsck-other-keyring")),
        error => error.into(),
    })?;
    let noted = match &args.noted {
        Some(text) => Some(NotedHash::parse(text).ok_or_else(|| anyhow!(w.t("fsck-noted-unreadable")))?),
        None => None,
    };
    let mut campaigns = integrity.campaigns().await?;
    if let Some(slug) = &args.campaign {
        campaigns.retain(|campaign| campaign.slug == *slug);
        if campaigns.is_empty() {
            bail!(w.with("roster-no-such-campaign", &[("slug", slug)]));
        }
    }
    let mut code = SOUND;
    let mut answers = vec![];
    for campaign in &campaigns {
        let outcome = outcome(&integrity, campaign).await?;
        if !matches!(outcome, CampaignIntegrity::Sound(_)) {
            code = DIFFERS;
        }
        if args.json {
            answers.push(as_json(campaign, &outcome));
        } else {
            outln!("{}", outcome_message(campaign, &outcome, w));
        }
    }
    let only = args.campaign.as_ref().and_then(|_| campaigns.first()).map(|campaign| campaign.id);
    let trails = trails::examined(&integrity, &campaigns, only, noted).await?;
    if !trails.is_sound() {
        code = DIFFERS;
    }
    if args.json {
        let (audit, noted) = trails.as_json();
        outln!("{}", json!({ "sound": code == SOUND, "campaigns": answers, "audit": audit, "noted": noted }));
    } else {
        trails.messages(w).iter().for_each(|line| outln!("{line}"));
    }
    Ok(code)
}

async fn outcome(integrity: &Integrity, campaign: &Campaign) -> anyhow::Result<CampaignIntegrity> {
    let bar = open::rows_bar();
    bar.set_length(integrity.steps(campaign).await?);
    let outcome = integrity.campaign(campaign, &|steps| bar.inc(steps)).await;
    bar.finish_and_clear();
    Ok(outcome?)
}

fn outcome_message(campaign: &Campaign, outcome: &CampaignIntegrity, w: Localizer) -> String {
    let slug = ("slug", campaign.slug.as_str());
    match outcome {
        CampaignIntegrity::Sound(recounted) => {
            let (people, pledges) = (w.number(recounted.people), w.number(recounted.pledges));
            let revoked = w.number(recounted.revoked);
            w.with("fsck-sound", &[slug, ("people", &people), ("pledges", &pledges), ("revoked", &revoked)])
        }
        CampaignIntegrity::BehindMark => w.with("fsck-differs", &[slug, ("what", &w.t("fsck-mark"))]),
        CampaignIntegrity::Differs(Difference { kind, log, index }) => {
            let index = index.map_or("-".into(), |index| index.to_string());
            let what = w.with(&key(*kind), &[("log", log.as_str()), ("index", &index)]);
            w.with("fsck-differs", &[slug, ("what", &what)])
        }
    }
}

fn as_json(campaign: &Campaign, outcome: &CampaignIntegrity) -> Value {
    match outcome {
        CampaignIntegrity::Sound(recounted) => json!({
            "slug": campaign.slug,
            "sound": true,
            "people": recounted.people,
            "pledges": recounted.pledges,
            "revoked": recounted.revoked,
        }),
        CampaignIntegrity::BehindMark => {
            json!({ "slug": campaign.slug, "sound": false, "kind": "mark", "log": "pledges" })
        }
        CampaignIntegrity::Differs(Difference { kind, log, index }) => json!({
            "slug": campaign.slug,
            "sound": false,
            "kind": kind_name(*kind),
            "log": log.as_str(),
            "index": index,
        }),
    }
}

fn key(kind: DifferenceKind) -> String {
    format!("fsck-{}", kind_name(kind))
}

/// The name of a kind in JSON, which also ends its message key.
fn kind_name(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Secret => "secret",
        DifferenceKind::HeadMissing => "head-missing",
        DifferenceKind::LeafMissing => "leaf-missing",
        DifferenceKind::LeafBeyond => "leaf-beyond",
        DifferenceKind::Root => "root",
        DifferenceKind::Frontier => "frontier",
        DifferenceKind::Checkpoint => "checkpoint",
        DifferenceKind::CheckpointSignature => "checkpoint-signature",
        DifferenceKind::GroupsLeaf => "groups-leaf",
        DifferenceKind::RosterLeaf => "roster-leaf",
        DifferenceKind::RosterRows => "roster-rows",
        DifferenceKind::TextBytes => "text-bytes",
        DifferenceKind::PersonKey => "person-key",
        DifferenceKind::SlotTwice => "slot-twice",
        DifferenceKind::SlotMissing => "slot-missing",
        DifferenceKind::PledgeLeaf => "pledge-leaf",
        DifferenceKind::PledgeTwice => "pledge-twice",
        DifferenceKind::PledgeMissing => "pledge-missing",
        DifferenceKind::PledgeBeyond => "pledge-beyond",
        DifferenceKind::PledgeId => "pledge-id",
        DifferenceKind::PledgeOfNobody => "pledge-of-nobody",
        DifferenceKind::Text => "text",
        DifferenceKind::SignedCount => "signed-count",
        DifferenceKind::CredentialBytes => "credential-bytes",
        DifferenceKind::CredentialSignature => "credential-signature",
        DifferenceKind::CredentialClaims => "credential-claims",
        DifferenceKind::Drawing => "drawing",
        DifferenceKind::NoticeLeaf => "notice-leaf",
        DifferenceKind::NoticeOrder => "notice-order",
        DifferenceKind::Standing => "standing",
        DifferenceKind::Eligible => "eligible",
        DifferenceKind::Added => "added",
        DifferenceKind::Excused => "excused",
        DifferenceKind::Signed => "signed",
        DifferenceKind::Revoked => "revoked",
        DifferenceKind::RevocationOfNothing => "revocation-of-nothing",
        DifferenceKind::Malformed => "malformed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_difference_has_words() {
        check_built_keys("fsck-{}", DifferenceKind::ALL.map(kind_name));
    }
}

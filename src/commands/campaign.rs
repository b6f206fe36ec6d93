//! `ikrar campaign`: the life cycle of a campaign, for scripts. A server on the same data picks up changes within a
//! second.

use super::{open, terminal_words};
use crate::config::ConfigOptions as Flags;
use crate::domain::audit::ACTOR_COMMAND_LINE;
use crate::domain::campaign::{CLOSING_DRAIN_SECS_MAX, Campaign, CampaignSettings, CampaignState};
use crate::domain::reporting_group::GroupLevel;
use crate::domain::time::{UnixMillis, Zone};
use crate::i18n::Localizer;
use crate::output::{errln, outln};
use crate::service::campaigns::templates::Template;
use crate::service::campaigns::words::state_words;
use crate::service::campaigns::{CampaignRefusal, Campaigns, NewCampaign};
use clap::{Args, Subcommand};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use std::time::Duration;

/// How often a closing campaign is checked.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Pledge events.
#[derive(Args)]
pub struct CampaignArgs {
    #[command(subcommand)]
    command: CampaignCommand,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum CampaignCommand {
    /// Make a draft from a template
    Create(Box<CreateArgs>),
    /// Fix text and roster
    Lock {
        slug: String,
        /// automatic, institution or agency: whose numbers the public sees
        #[arg(long, value_name = "LEVEL", value_parser = group_level)]
        groups: Option<GroupLevel>,
    },
    /// Back to draft; only before the first pledge
    Unlock(StepArgs),
    /// Open now, or resume a paused event
    Open { slug: String },
    /// Pause signing
    Pause(StepArgs),
    /// Move the closing time
    Extend {
        slug: String,
        /// RFC 3339, or date and time in the event's zone (2029-02-01T09:15)
        #[arg(long, value_name = "TIME")]
        closes_at: String,
        #[arg(long)]
        reason: String,
    },
    /// Close now; ends when the count is final
    Close(StepArgs),
    /// Cancel, for good
    Cancel {
        slug: String,
        #[arg(long)]
        reason: String,
    },
    /// State, times and text
    Show { slug: String },
}

#[derive(Args)]
struct StepArgs {
    slug: String,
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Args)]
struct CreateArgs {
    slug: String,
    /// ikrar-netralitas or pakta-integritas
    #[arg(long, default_value = "ikrar-netralitas", value_parser = template)]
    template: &'static Template,
    #[arg(long)]
    title: String,
    /// The body that holds the event
    #[arg(long, default_value = "")]
    organizer: String,
    #[arg(long, default_value = "")]
    place: String,
    /// The election or subject, for the text's placeholder
    #[arg(long, default_value = "")]
    occasion: String,
    #[arg(long, default_value = "")]
    year: String,
    /// WIB, WITA or WIT
    #[arg(long, default_value = "WIB", value_parser = zone)]
    zone: Zone,
    #[arg(long, default_value = "")]
    help_contact: String,
    /// RFC 3339, or date and time in the event's zone; left out: opened by hand
    #[arg(long, value_name = "TIME")]
    opens_at: Option<String>,
    #[arg(long, value_name = "TIME")]
    closes_at: Option<String>,
    /// Ask for a drawn or typed signature
    #[arg(long)]
    signature_required: bool,
    /// All people are made up: said on every page and certificate
    #[arg(long)]
    synthetic: bool,
    /// automatic, institution or agency: whose numbers the public sees
    #[arg(long, value_name = "LEVEL", default_value = "automatic", value_parser = group_level)]
    groups: GroupLevel,
}

pub async fn run(flags: Flags, args: CampaignArgs) -> anyhow::Result<u8> {
    let state = open::services(flags).await?;
    let w = terminal_words();
    match act(&state.campaigns, args.command).await {
        Ok(campaign) => {
            if args.json {
                outln!("{}", campaign_json(&campaign));
            } else {
                print(&campaign, w);
            }
            Ok(0)
        }
        Err(CampaignRefusal::Store(error)) => Err(error.into()),
        Err(refusal) => {
            errln!("{}", refusal.words(w));
            Ok(1)
        }
    }
}

async fn act(campaigns: &Campaigns, command: CampaignCommand) -> Result<Campaign, CampaignRefusal> {
    let actor = ACTOR_COMMAND_LINE;
    let slug = match command {
        CampaignCommand::Create(args) => return create(campaigns, *args).await,
        CampaignCommand::Lock { slug, groups } => {
            lock(campaigns, &slug, groups).await?;
            slug
        }
        CampaignCommand::Unlock(StepArgs { slug, reason }) => {
            campaigns.unlock(actor, &campaigns.find(&slug).await?, &reason).await?;
            slug
        }
        CampaignCommand::Open { slug } => {
            let campaign = campaigns.find(&slug).await?;
            if campaign.state == CampaignState::Paused {
                campaigns.resume(actor, &campaign).await?;
            } else {
                campaigns.open(actor, &campaign).await?;
            }
            slug
        }
        CampaignCommand::Pause(StepArgs { slug, reason }) => {
            campaigns.pause(actor, &campaigns.find(&slug).await?, &reason).await?;
            slug
        }
        CampaignCommand::Extend { slug, closes_at, reason } => {
            let campaign = campaigns.find(&slug).await?;
            let closes_at = instant(&closes_at, campaign.settings.zone)?;
            campaigns.move_times(actor, &campaign, campaign.opens_at, Some(closes_at), &reason).await?;
            slug
        }
        CampaignCommand::Close(StepArgs { slug, reason }) => {
            campaigns.close(actor, &campaigns.find(&slug).await?, &reason).await?;
            wait_until_final(campaigns, &slug).await?;
            slug
        }
        CampaignCommand::Cancel { slug, reason } => {
            campaigns.cancel(actor, &campaigns.find(&slug).await?, &reason).await?;
            slug
        }
        CampaignCommand::Show { slug } => slug,
    };
    campaigns.find(&slug).await
}

async fn lock(campaigns: &Campaigns, slug: &str, groups: Option<GroupLevel>) -> Result<(), CampaignRefusal> {
    let mut campaign = campaigns.find(slug).await?;
    if let Some(group_level) = groups.filter(|level| *level != campaign.settings.group_level) {
        let settings = CampaignSettings { group_level, ..campaign.settings.clone() };
        campaigns.save_settings(ACTOR_COMMAND_LINE, &campaign, settings).await?;
        campaign = campaigns.find(slug).await?;
    }
    campaigns.lock(ACTOR_COMMAND_LINE, &campaign).await
}

async fn create(campaigns: &Campaigns, args: CreateArgs) -> Result<Campaign, CampaignRefusal> {
    let at = |text: Option<String>| text.map(|text| instant(&text, args.zone)).transpose();
    let (opens_at, closes_at) = (at(args.opens_at)?, at(args.closes_at)?);
    let settings = CampaignSettings {
        title: args.title,
        organizer: args.organizer,
        place: args.place,
        occasion: args.occasion,
        year: args.year,
        zone: args.zone,
        officials: vec![],
        help_contact: args.help_contact,
        signature_required: args.signature_required,
        synthetic: args.synthetic,
        group_level: args.groups,
    };
    let new = NewCampaign { slug: &args.slug, template: args.template, settings, opens_at, closes_at };
    campaigns.create(ACTOR_COMMAND_LINE, new).await
}

/// If a server runs, it commits what it has admitted and finishes the closing. If none runs, nothing is queued, and the
/// closing is finished here after the longest time that draining may take.
async fn wait_until_final(campaigns: &Campaigns, slug: &str) -> Result<(), CampaignRefusal> {
    let looks = Duration::from_secs(CLOSING_DRAIN_SECS_MAX.unsigned_abs() + 2).as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        tokio::time::sleep(LOOK_EVERY).await;
        if campaigns.find(slug).await?.state != CampaignState::Closing {
            return Ok(());
        }
    }
    campaigns.finish_closing(ACTOR_COMMAND_LINE, &campaigns.find(slug).await?).await
}

fn campaign_json(campaign: &Campaign) -> serde_json::Value {
    json!({
        "slug": campaign.slug,
        "title": campaign.settings.title,
        "kind": campaign.kind.as_str(),
        "state": campaign.state.as_str(),
        "opens_at": campaign.opens_at.map(UnixMillis::rfc3339),
        "closes_at": campaign.closes_at.map(UnixMillis::rfc3339),
        "text_hash": campaign.text_hash.map(|hash| BASE64URL_NOPAD.encode(&hash)),
    })
}

fn print(campaign: &Campaign, w: Localizer) {
    let zone = campaign.settings.zone;
    let time = |at: Option<UnixMillis>| at.map_or("-".to_string(), |at| zone.sortable(at));
    outln!("{}\t{}", campaign.slug, campaign.settings.title);
    outln!("{}", w.with("campaign-show-state", &[("state", &state_words(campaign.state, w))]));
    outln!("{}", w.with("campaign-show-opens", &[("time", &time(campaign.opens_at))]));
    outln!("{}", w.with("campaign-show-closes", &[("time", &time(campaign.closes_at))]));
}

/// Parses RFC 3339, or a civil time in the campaign's zone.
fn instant(text: &str, zone: Zone) -> Result<UnixMillis, CampaignRefusal> {
    UnixMillis::parse_rfc3339(text).or_else(|| zone.instant(text)).ok_or(CampaignRefusal::Times)
}

fn template(name: &str) -> Result<&'static Template, String> {
    Template::find(name).ok_or_else(|| "one of ikrar-netralitas, pakta-integritas".into())
}

fn group_level(text: &str) -> Result<GroupLevel, String> {
    GroupLevel::parse(text).ok_or_else(|| "one of automatic, institution, agency".into())
}

fn zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text).ok_or_else(|| "one of WIB, WITA, WIT".into())
}

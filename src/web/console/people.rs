//! The help desk: finds a participant, shows where they stand, gives them a new code, revokes a pledge.
//!
//! Names and numbers come and go in the body of a POST, never in an address.

use super::form::Fields;
use super::frame::Frame;
use super::opening::Opening;
use super::proof::{Proven, ProvenAtDesk};
use crate::domain::account::Scope;
use crate::domain::audit::Event;
use crate::domain::campaign::{Campaign, State as CampaignState};
use crate::domain::identifier::Identifier;
use crate::domain::ids::{ParticipantId, PledgeId, Serial};
use crate::domain::participant::SHOWN_NAME_BYTES_MAX;
use crate::i18n::Words;
use crate::keyring::CampaignSecret;
use crate::service::accounts::Reach;
use crate::service::campaigns::rules::REASON_CHARS_MAX;
use crate::service::code_lists::{Line, write_slips};
use crate::store::desk::Found;
use crate::store::pledges::{Revocation, Signer};
use crate::store::sightings::Sighting;
use crate::web::AppState;
use crate::web::access::Who;
use crate::web::console::export::Export;
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::when;
use askama::Template;
use axum::response::Response;

/// People shown for one search; more asks for more words.
const FOUND_MAX: u32 = 50;
/// Words of a name that are looked for.
const WORDS_MAX: usize = 6;
/// Shortest search by name, in characters: less would list everybody.
const NAME_CHARS_MIN: usize = 3;

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage {
    w: Words,
    f: Frame,
    slug: String,
    asked: String,
    found: Option<Vec<Found>>,
    is_cut: bool,
}

pub async fn form(opening: Opening) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let f = Frame::of(&state, w, &who, "people", &campaign).await;
    page(&PeoplePage { w, f, slug: campaign.slug, asked: String::new(), found: None, is_cut: false })
}

pub async fn search(opening: Opening, fields: Fields) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let asked = fields.get("q").trim().to_string();
    if let Ok(identifier) = Identifier::parse(&asked) {
        let id = secret(&state, &campaign)?.participant_id(&identifier);
        if let Some(signer) = scoped(&state, &who, &campaign, id).await? {
            searched(&state, &who, &campaign, 1).await?;
            return person(&state, w, &who, &campaign, signer, None, None).await;
        }
    }
    let mut f = Frame::of(&state, w, &who, "people", &campaign).await;
    let found = if asked.chars().count() < NAME_CHARS_MIN {
        f = f.refused(w.t("console-people-short"));
        None
    } else {
        Some(named(&state, &who, &campaign, &asked).await?)
    };
    let count = found.as_ref().map_or(0, Vec::len);
    searched(&state, &who, &campaign, count as u64).await?;
    page(&PeoplePage { w, f, slug: campaign.slug, asked, found, is_cut: count >= FOUND_MAX as usize })
}

pub async fn show(opening: Opening, fields: Fields) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let signer = chosen(&state, &who, &campaign, &fields).await?;
    person(&state, w, &who, &campaign, signer, None, None).await
}

/// Gives a person a new code and shows it as a message that is ready to be sent. The old one stops working.
pub async fn reissue(opening: Opening, proven: ProvenAtDesk) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let ProvenAtDesk(Proven { fields, disclosure }) = proven;
    let before = chosen(&state, &who, &campaign, &fields).await?;
    let id = before.participant.id;
    let event = Event::CodeReissued {
        institution: before.participant.institution.clone(),
        participant: id.to_string(),
        version: before.code_version + 1,
    };
    let audit = state.accounts.line(Some(campaign.id), who.login(), event);
    state.store.reissue_code(campaign.id, id, before.code_version, &audit).await?;
    let signer = scoped(&state, &who, &campaign, id).await?.ok_or(Problem::Unknown)?;
    let code = secret(&state, &campaign)?.access_code(id, signer.code_version).shown(&disclosure);
    let link = format!("{}/k/{}/sign", state.config.public_url, campaign.slug);
    let message = w.with(
        "console-person-message",
        &[
            ("name", &signer.participant.shown_name),
            ("title", &campaign.settings.title),
            ("link", &link),
            ("number", &signer.participant.identifier.shown()),
            ("code", &code),
            ("contact", contact(&campaign, &signer)),
        ],
    );
    person(&state, w, &who, &campaign, signer, Some(message), None).await
}

/// The slip of one person, with the code they have now.
pub async fn slip(opening: Opening, proven: ProvenAtDesk) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let ProvenAtDesk(Proven { fields, disclosure }) = proven;
    let signer = chosen(&state, &who, &campaign, &fields).await?;
    let line = Line {
        identifier: signer.participant.identifier.clone(),
        shown_name: signer.participant.shown_name.clone(),
        institution_code: signer.participant.institution.clone(),
        institution: signer.institution_name.clone(),
        help_contact: signer.help_contact.clone(),
        unit: signer.unit_name.clone(),
        code: secret(&state, &campaign)?.access_code(signer.participant.id, signer.code_version),
        signed_at: signer.pledge.as_ref().map(|pledge| pledge.signed_at),
    };
    let slips = write_slips(&[line], &campaign, &state.config.public_url, w, &disclosure).map_err(|fault| {
        tracing::error!(%fault, "a single slip couldn't be written");
        Problem::Internal
    })?;
    let file = Export::new(slips);
    let event = Event::CodesExported {
        institution: Some(signer.participant.institution.clone()),
        unit: None,
        format: "pdf".into(),
        people: 1,
        sha256: file.sha256(),
    };
    state.accounts.record(Some(campaign.id), who.login(), event).await?;
    file.download("kode-akses.pdf", "application/pdf")
}

/// Revokes the pledge of a person. Its leaf stays in the log; whoever checks it is told.
pub async fn revoke(opening: Opening, fields: Fields) -> Result<Response, Problem> {
    let Opening { state, w, who, campaign } = opening;
    let signer = chosen(&state, &who, &campaign, &fields).await?;
    let pledge = signer.pledge.as_ref().ok_or(Problem::Conflict)?.id;
    let reason = fields.get("reason").split_whitespace().collect::<Vec<_>>().join(" ");
    if !(3..=REASON_CHARS_MAX).contains(&reason.chars().count()) {
        let fault = w.t("campaign-refusal-reason");
        return person(&state, w, &who, &campaign, signer, None, Some(fault)).await;
    }
    let event = Event::PledgeRevoked {
        institution: signer.participant.institution.clone(),
        participant: signer.participant.id.to_string(),
        reason: reason.clone(),
    };
    let audit = state.accounts.line(Some(campaign.id), who.login(), event);
    let revocation = Revocation { reason, at: audit.at, by: who.login().into() };
    state.store.revoke(campaign.id, pledge, &revocation, &audit).await?;
    state.live.reread().await?;
    person(&state, w, &who, &campaign, signer, None, None).await
}

#[derive(Template)]
#[template(path = "console/person.html")]
struct PersonPage {
    w: Words,
    f: Frame,
    slug: String,
    id: String,
    name: String,
    number: String,
    institution: String,
    unit: String,
    location: String,
    contact: String,
    code_version: u32,
    signed: Option<SignedView>,
    /// A text with the new code.
    message: Option<String>,
    can_revoke: bool,
    may_sign: bool,
    needs_password: bool,
}

struct SignedView {
    at: String,
    serial: String,
    revoked: Option<RevokedView>,
}

struct RevokedView {
    at: String,
    reason: String,
}

async fn person(
    state: &AppState,
    w: Words,
    who: &Who,
    campaign: &Campaign,
    signer: Signer,
    message: Option<String>,
    fault: Option<String>,
) -> Result<Response, Problem> {
    let signed = match &signer.pledge {
        Some(pledge) => Some(SignedView {
            at: when::exact(w, campaign.settings.zone, pledge.signed_at),
            serial: Serial::of(pledge.id).to_string(),
            revoked: revoked(state, w, campaign, pledge.id).await?,
        }),
        None => None,
    };
    let sighting = Sighting::PersonalPageOpened {
        campaign: campaign.id,
        actor: who.login().to_string(),
        institution: signer.participant.institution.clone(),
        participant: signer.participant.id.to_string(),
    };
    state.sightings.saw(state.now(), sighting);
    let is_revoked = signed.as_ref().is_some_and(|signed| signed.revoked.is_some());
    let f = Frame { fault, ..Frame::of(state, w, who, "people", campaign).await };
    page(&PersonPage {
        w,
        f,
        slug: campaign.slug.clone(),
        id: signer.participant.id.to_string(),
        name: signer.participant.shown_name.clone(),
        number: signer.participant.identifier.shown(),
        institution: signer.institution_name.clone(),
        unit: signer.unit_name.clone(),
        location: signer.participant.location.clone(),
        contact: contact(campaign, &signer).into(),
        code_version: signer.code_version,
        can_revoke: who.is_organizer() && signed.is_some() && !is_revoked,
        may_sign: signed.is_none() && !matches!(campaign.state, CampaignState::Closed | CampaignState::Cancelled),
        signed,
        // A code that was just given proves the next one.
        needs_password: message.is_none() && who.0.needs_password(Reach::OnePerson, state.now()),
        message,
    })
}

async fn revoked(
    state: &AppState,
    w: Words,
    campaign: &Campaign,
    pledge: PledgeId,
) -> Result<Option<RevokedView>, Problem> {
    let revocation = state.store.revocation(campaign.id, pledge).await?;
    Ok(revocation.map(|revocation| RevokedView {
        at: when::exact(w, campaign.settings.zone, revocation.at),
        reason: revocation.reason,
    }))
}

/// The person that a form's hidden field names, where the account may see them.
async fn chosen(state: &AppState, who: &Who, campaign: &Campaign, fields: &Fields) -> Result<Signer, Problem> {
    let id = ParticipantId::parse(fields.get("id")).ok_or(Problem::Malformed)?;
    scoped(state, who, campaign, id).await?.ok_or(Problem::Unknown)
}

/// Somebody outside the account's institutions isn't there.
pub async fn scoped(
    state: &AppState,
    who: &Who,
    campaign: &Campaign,
    id: ParticipantId,
) -> Result<Option<Signer>, Problem> {
    let signer = state.store.signer(campaign.id, id).await?;
    Ok(signer.filter(|signer| who.scope().holds(&signer.participant.institution)))
}

async fn named(state: &AppState, who: &Who, campaign: &Campaign, asked: &str) -> Result<Vec<Found>, Problem> {
    let words: Vec<String> = asked.split_whitespace().take(WORDS_MAX).map(str::to_string).collect();
    // Nobody's name has a longer word, and a database fails on a pattern of tens of thousands of characters.
    if words.iter().any(|word| word.len() > SHOWN_NAME_BYTES_MAX) {
        return Ok(vec![]);
    }
    match who.scope() {
        Scope::All => Ok(state.store.people_named(campaign.id, None, &words, FOUND_MAX).await?),
        Scope::Institutions(codes) => {
            let mut found = vec![];
            for code in codes {
                found.extend(state.store.people_named(campaign.id, Some(code), &words, FOUND_MAX).await?);
            }
            found.truncate(FOUND_MAX as usize);
            Ok(found)
        }
    }
}

async fn searched(state: &AppState, who: &Who, campaign: &Campaign, found: u64) -> Result<(), Problem> {
    let institution = match who.scope() {
        Scope::Institutions(codes) if codes.len() == 1 => codes.first().cloned(),
        _ => None,
    };
    let event = Event::ParticipantsSearched { institution, found };
    Ok(state.accounts.record(Some(campaign.id), who.login(), event).await?)
}

fn contact<'a>(campaign: &'a Campaign, signer: &'a Signer) -> &'a str {
    if signer.help_contact.is_empty() { &campaign.settings.help_contact } else { &signer.help_contact }
}

pub fn secret(state: &AppState, campaign: &Campaign) -> Result<CampaignSecret, Problem> {
    state.keyring.open_secret(&campaign.id.0, &campaign.sealed_secret).map_err(|error| {
        tracing::error!(%error, "a campaign's secret can't be opened");
        Problem::Internal
    })
}

//! The help desk: finds a participant, shows their status, issues a new code, revokes a pledge.
//!
//! Names and numbers are sent in POST bodies, never in addresses.

use super::row_form::{ChoiceView, excuse_reasons};
use crate::domain::audit::AuditEvent;
use crate::domain::campaign::{Campaign, CampaignState};
use crate::domain::certificate_copy::CertificateCopy;
use crate::domain::ids::{ParticipantId, Serial};
use crate::domain::notice::RosterStanding;
use crate::fair_permits::Requester;
use crate::i18n::Localizer;
use crate::service::accounts::DisclosureSize;
use crate::service::code_lists::{Line, write_slips};
use crate::service::help_desk::{DeskPerson, FOUND_MAX, FoundPerson, HelpDesk, HelpDeskError, SearchResult};
use crate::web::AppState;
use crate::web::access::Actor;
use crate::web::console::shell::context::{CampaignContext, ConsoleContext};
use crate::web::console::shell::export::Export;
use crate::web::console::shell::layout::{Done, Layout, Tab};
use crate::web::console::shell::password_proof::{ConfirmedForm, ConfirmedFormAtDesk};
use crate::web::error::Problem;
use crate::web::form::FormFields;
use crate::web::local_time;
use crate::web::page::page;
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/people/participants.html")]
struct PeoplePage {
    w: Localizer,
    layout: Layout,
    slug: String,
    asked: String,
    found: Option<Vec<FoundPerson>>,
    is_cut: bool,
    can_change: bool,
}

pub async fn form(context: CampaignContext) -> Result<Response, Problem> {
    let ConsoleContext { campaign, .. } = &context;
    let w = context.w;
    let layout = context.layout(Tab::People).await;
    page(&PeoplePage {
        w,
        layout,
        slug: campaign.slug.clone(),
        asked: String::new(),
        found: None,
        is_cut: false,
        can_change: HelpDesk::may_change_roster(campaign),
    })
}

pub async fn search(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let asked = fields.get("q").trim().to_string();
    let found = match state.help_desk.search(actor.account(), campaign, &asked).await? {
        SearchResult::Person(found) => return person_page(state, w, actor, campaign, *found, PersonNotice::None).await,
        SearchResult::People(found) => Some(found),
        SearchResult::TooShort => None,
    };
    let mut layout = context.layout(Tab::People).await;
    if found.is_none() {
        layout = layout.refused(w.t("console-people-short"));
    }
    let is_cut = found.as_ref().is_some_and(|found| found.len() >= FOUND_MAX);
    page(&PeoplePage {
        w,
        layout,
        slug: campaign.slug.clone(),
        asked,
        found,
        is_cut,
        can_change: HelpDesk::may_change_roster(campaign),
    })
}

pub async fn show(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let found = state.help_desk.person(actor.account(), campaign, chosen(&fields)?).await?;
    person_page(state, w, actor, campaign, found, PersonNotice::None).await
}

/// Issues a new code and shows it as a message that is ready to send. The old one stops working.
pub async fn reissue(context: CampaignContext, confirmed: ConfirmedFormAtDesk) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let ConfirmedFormAtDesk(ConfirmedForm { fields, disclosure }) = confirmed;
    let (found, code) = state.help_desk.reissue_code(actor.account(), campaign, chosen(&fields)?).await?;
    let message = CodeMessage::of(&context, &found, &code.shown(&disclosure), true);
    person_page(state, w, actor, campaign, found, PersonNotice::Code(message)).await
}

/// The code that a person has now, to be told to them; nothing is issued again.
pub async fn show_code(context: CampaignContext, confirmed: ConfirmedFormAtDesk) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let ConfirmedFormAtDesk(ConfirmedForm { fields, disclosure }) = confirmed;
    let id = chosen(&fields)?;
    let (_, code) = state.help_desk.code(actor.account(), campaign, id).await?;
    let found = state.help_desk.person(actor.account(), campaign, id).await?;
    let message = CodeMessage::of(&context, &found, &code.shown(&disclosure), false);
    let event = AuditEvent::CodesExported {
        institution: Some(found.signer.participant.institution.clone()),
        unit: None,
        format: "page".into(),
        people: 1,
        sha256: Export::new(message.text.clone().into_bytes()).sha256(),
    };
    state.audit_trail.record(Some(campaign.id), actor.login(), event).await?;
    person_page(state, context.w, actor, campaign, found, PersonNotice::Code(message)).await
}

/// The slip of one person, with their current code.
pub async fn slip(context: CampaignContext, confirmed: ConfirmedFormAtDesk) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let ConfirmedFormAtDesk(ConfirmedForm { fields, disclosure }) = confirmed;
    let (signer, code) = state.help_desk.code(actor.account(), campaign, chosen(&fields)?).await?;
    let line = Line::of(&signer, code);
    let slips = write_slips(&[line], campaign, &state.config.public_url, w, &disclosure).map_err(|fault| {
        tracing::error!(%fault, "a single slip couldn't be written");
        Problem::Internal
    })?;
    let file = Export::new(slips);
    let event = AuditEvent::CodesExported {
        institution: Some(signer.participant.institution.clone()),
        unit: None,
        format: "pdf".into(),
        people: 1,
        sha256: file.sha256(),
    };
    state.audit_trail.record(Some(campaign.id), actor.login(), event).await?;
    file.download("kode-akses.pdf", "application/pdf")
}

/// The certificate with the whole number, for the personnel file.
pub async fn own_copy(context: CampaignContext, confirmed: ConfirmedFormAtDesk) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let ConfirmedFormAtDesk(ConfirmedForm { fields, .. }) = confirmed;
    let found = state.help_desk.person(actor.account(), campaign, chosen(&fields)?).await?;
    let permit = state.drawing.acquire(Requester::Account(actor.login()));
    let (name, bytes) = state.certificates.own_copy(campaign, &found.signer, permit).await?;
    let file = Export::new(bytes);
    let event = AuditEvent::CertificatesExported {
        institution: Some(found.signer.participant.institution.clone()),
        unit: None,
        copy: Some(CertificateCopy::Own.as_str().into()),
        participant: Some(found.signer.participant.id.to_string()),
        people: 1,
        sha256: file.sha256(),
    };
    state.audit_trail.record(Some(campaign.id), actor.login(), event).await?;
    file.download(&name, "application/pdf")
}

/// Revokes a person's pledge. Its leaf stays in the log; checks report the revocation.
pub async fn revoke(context: CampaignContext, fields: FormFields) -> Result<Response, Problem> {
    let ConsoleContext { state, actor, campaign, .. } = &context;
    let w = context.w;
    let id = chosen(&fields)?;
    match state.help_desk.revoke(actor.account(), campaign, id, fields.get("reason")).await {
        Err(HelpDeskError::Reason) => {
            let found = state.help_desk.person(actor.account(), campaign, id).await?;
            let fault = w.t("campaign-refusal-reason");
            person_page(state, w, actor, campaign, found, PersonNotice::Refused(fault)).await
        }
        revoked => person_page(state, w, actor, campaign, revoked?, PersonNotice::Revoked).await,
    }
}

/// What the page says besides the person's data.
pub enum PersonNotice {
    None,
    Code(CodeMessage),
    Revoked,
    Added,
    Excused,
    Undone,
    Corrected,
    AdmittedAnew,
    /// Why nothing was done.
    Refused(String),
}

/// The message with a person's code.
pub struct CodeMessage {
    text: String,
    /// Issued just now; else it is in force already.
    is_new: bool,
}

impl CodeMessage {
    fn of(context: &CampaignContext, found: &DeskPerson, code: &str, is_new: bool) -> Self {
        let ConsoleContext { state, campaign, .. } = context;
        let link = format!("{}/k/{}/sign", state.config.public_url, campaign.slug);
        let text = context.w.with(
            "console-person-message",
            &[
                ("name", &found.signer.participant.shown_name),
                ("title", &campaign.settings.title),
                ("link", &link),
                ("number", &found.signer.participant.identifier.shown()),
                ("code", code),
                ("contact", found.contact(campaign)),
                ("new", if is_new { "yes" } else { "no" }),
            ],
        );
        Self { text, is_new }
    }
}

impl PersonNotice {
    /// Puts it above the page; a message with a code has a place of its own.
    fn told(self, w: Localizer, layout: &mut Layout) -> Option<CodeMessage> {
        let done = match self {
            Self::None => return None,
            Self::Code(message) => return Some(message),
            Self::Refused(fault) => {
                layout.fault = Some(fault);
                return None;
            }
            Self::Revoked => Done::Revoked,
            Self::Added => Done::PersonAdded,
            Self::Excused => Done::PersonExcused,
            Self::Undone => Done::ChangeUndone,
            Self::AdmittedAnew => Done::PersonAdmitted,
            Self::Corrected => Done::PersonCorrected,
        };
        layout.done = Some(done.words(w));
        None
    }
}

#[derive(Template)]
#[template(path = "console/people/participant.html")]
struct PersonPage {
    w: Localizer,
    layout: Layout,
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
    /// The message with the code.
    message: Option<String>,
    is_new_code: bool,
    can_revoke: bool,
    /// The pledge may turn out not to be this person's, who then signs anew.
    can_admit: bool,
    /// Added after the lock.
    is_added: bool,
    /// The entry that replaced this one.
    newest: Option<String>,
    standing: RosterStanding,
    can_change: bool,
    /// The person can be corrected or excused.
    can_correct: bool,
    reasons: Vec<ChoiceView>,
    may_sign: bool,
    has_own_copy: bool,
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

pub async fn person_page(
    state: &AppState,
    w: Localizer,
    actor: &Actor,
    campaign: &Campaign,
    found: DeskPerson,
    notice: PersonNotice,
) -> Result<Response, Problem> {
    let contact = found.contact(campaign).into();
    let can_correct = is_correctable(campaign, &found);
    let DeskPerson { signer, revocation, is_added, newest } = found;
    let can_change = HelpDesk::may_change_roster(campaign) && signer.pledge.is_none();
    let zone = campaign.settings.zone;
    let is_revoked = revocation.is_some();
    let has_own_copy = match &signer.pledge {
        Some(_) => state.certificates.has_own_copy(campaign.id, &signer).await,
        None => false,
    };
    let signed = signer.pledge.as_ref().map(|pledge| SignedView {
        at: local_time::exact(w, zone, pledge.signed_at),
        serial: Serial::of(pledge.id).to_string(),
        revoked: revocation.map(|one| RevokedView { at: local_time::exact(w, zone, one.at), reason: one.reason }),
    });
    let mut layout = Layout::of_campaign(state, w, actor, Tab::People, campaign).await;
    let message = notice.told(w, &mut layout);
    let is_new_code = message.as_ref().is_some_and(|message| message.is_new);
    let message = message.map(|message| message.text);
    page(&PersonPage {
        w,
        layout,
        slug: campaign.slug.clone(),
        id: signer.participant.id.to_string(),
        name: signer.participant.shown_name.clone(),
        number: signer.participant.identifier.shown(),
        institution: signer.institution_name.clone(),
        unit: signer.unit_name.clone(),
        location: signer.participant.location.clone(),
        contact,
        code_version: signer.code_version,
        can_revoke: actor.is_organizer() && signed.is_some() && !is_revoked,
        can_admit: actor.is_organizer()
            && signed.is_some()
            && signer.standing == RosterStanding::Listed
            && HelpDesk::may_change_roster(campaign),
        is_added,
        newest: newest.map(|newest| newest.to_string()),
        standing: signer.standing,
        can_change,
        can_correct,
        reasons: excuse_reasons(w, None),
        may_sign: signed.is_none()
            && signer.standing == RosterStanding::Listed
            && !matches!(campaign.state, CampaignState::Closed | CampaignState::Cancelled),
        has_own_copy,
        signed,
        is_new_code,
        // Issuing a code just proved the password, so the next one doesn't ask for it.
        needs_password: message.is_none() && actor.0.needs_password(DisclosureSize::OnePerson, state.now()),
        message,
    })
}

/// Whether a person's row can be corrected, or the person excused, now.
pub fn is_correctable(campaign: &Campaign, found: &DeskPerson) -> bool {
    HelpDesk::may_change_roster(campaign)
        && found.signer.pledge.is_none()
        && found.signer.standing == RosterStanding::Listed
}

/// The person that a form's hidden field names.
pub fn chosen(fields: &FormFields) -> Result<ParticipantId, Problem> {
    ParticipantId::parse(fields.get("id")).ok_or(Problem::Malformed)
}

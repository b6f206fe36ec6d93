//! The signer's pages as typed templates. Every state that a person can meet has a sample in `samples.rs`.

use super::campaign_view::{CampaignView, Person};
use super::form::KeptTicks;
use super::notice_message::NoticeMessage;
use crate::i18n::Localizer;
use crate::service::help_desk::ReportState;
use crate::web::local_time;
use askama::Template;

/// The colour of a notice; its words say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTone {
    Ok,
    Warn,
    Bad,
}

impl NoticeTone {
    /// The last part of the notice's CSS class.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A notice above a page's content: what happened and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignNotice {
    pub tone: NoticeTone,
    pub title: String,
    pub detail: String,
}

impl SignNotice {
    pub fn new(w: Localizer, tone: NoticeTone, message: NoticeMessage) -> Self {
        Self::with_contact(w, tone, message, "")
    }

    /// As [`Self::new`], with the help contact.
    pub fn with_contact(w: Localizer, tone: NoticeTone, message: NoticeMessage, contact: &str) -> Self {
        let detail = w.with(&message.next_key(), &[("contact", contact)]);
        Self { tone, title: w.t(message.key()), detail }
    }
}

/// The campaign's phase, as the sign-in page distinguishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignPhase {
    BeforeOpening,
    Open,
    Paused,
    Closed,
}

impl SignPhase {
    /// The title, which says what signing in leads to now.
    pub fn title_key(self) -> &'static str {
        match self {
            Self::BeforeOpening => "sign-enter-read",
            Self::Open | Self::Paused => "sign-enter-title",
            Self::Closed => "sign-enter-fetch",
        }
    }
}

#[derive(Template)]
#[template(path = "sign/sign_in.html")]
pub struct SignInPage {
    pub w: Localizer,
    pub campaign: CampaignView,
    pub phase: SignPhase,
    pub notice: Option<SignNotice>,
    pub kept: KeptTicks,
    /// The mark of the person whose ticks are kept.
    pub mark: String,
    /// As typed, after a refusal.
    pub identifier: String,
    /// The number holds letters: no numeric keyboard.
    pub letters: bool,
    pub shared: bool,
}

/// A clause as the person reads it.
#[derive(Clone, Debug)]
pub struct ClauseView {
    pub id: String,
    /// The id as an anchor, `butir-3`.
    pub anchor: String,
    pub number: usize,
    pub text: String,
    pub ticked: bool,
    pub missing: bool,
}

#[derive(Template)]
#[template(path = "sign/read.html")]
pub struct ReadPage {
    pub w: Localizer,
    pub campaign: CampaignView,
    pub person: Person,
    pub notice: Option<SignNotice>,
    pub title: String,
    pub legal_basis: String,
    pub clauses: Vec<ClauseView>,
    pub closing: String,
    /// base64url
    pub text_hash: String,
    pub signature_required: bool,
    /// The text can be read and ticked; signing waits for the opening.
    pub before_opening: bool,
    /// Without scripts the page refreshes itself after this many seconds.
    pub refresh_secs: Option<u32>,
}

/// Why no pledge is accepted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAcceptingReason {
    Paused,
    Closed,
    Cancelled,
    /// This person needn't sign.
    Excused,
}

impl NotAcceptingReason {
    pub fn key(self) -> &'static str {
        match self {
            Self::Paused => "sign-paused",
            Self::Closed => "sign-closed",
            Self::Cancelled => "sign-cancelled",
            Self::Excused => "sign-excused",
        }
    }

    pub fn next_key(self) -> &'static str {
        match self {
            Self::Paused => "sign-paused-next",
            Self::Closed => "sign-closed-next",
            Self::Cancelled => "sign-cancelled-next",
            Self::Excused => "sign-excused-next",
        }
    }
}

#[derive(Template)]
#[template(path = "sign/not_accepting.html")]
pub struct NotAcceptingPage {
    pub w: Localizer,
    pub campaign: CampaignView,
    pub person: Option<Person>,
    pub reason: NotAcceptingReason,
    pub refresh_secs: Option<u32>,
}

impl NotAcceptingPage {
    fn contact(&self) -> &str {
        self.person.as_ref().map_or(&self.campaign.help_contact, |person| &person.help_contact)
    }
}

/// Shown when the queue is full or the storage can't be written: sends the same form again.
#[derive(Template)]
#[template(path = "sign/waiting.html")]
pub struct WaitingPage {
    pub w: Localizer,
    pub campaign: CampaignView,
    pub notice: SignNotice,
    /// What is sent again.
    pub fields: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "sign/receipt.html")]
pub struct ReceiptPage {
    pub w: Localizer,
    pub campaign: CampaignView,
    pub person: Person,
    /// Shown right after signing.
    pub fresh: bool,
    pub shared: bool,
    pub revoked: bool,
    /// With seconds and zone.
    pub signed_at: String,
    /// For use in a sentence.
    pub signed_on: String,
    pub serial: String,
    pub sequence: String,
    /// Base64.
    pub qr_png: String,
    pub certificate: String,
    pub certificate_url: String,
    /// The address of the own copy, where there is one.
    pub own_copy: Option<String>,
    /// The address by which a shared device without scripts signs out.
    pub sign_out_path: String,
}

#[derive(Template)]
#[template(path = "sign/report.html")]
pub struct ReportPage {
    pub w: Localizer,
    pub campaign: CampaignView,
    pub person: Person,
    /// When and how it was signed in this person's name.
    pub signed_on: String,
    pub done: bool,
    pub notice: Option<SignNotice>,
    /// The person's newest report.
    pub report: Option<ReportStateView>,
}

/// What whoever has a report's number reads of it.
#[derive(Clone, Debug)]
pub struct ReportStateView {
    pub number: String,
    pub reported: String,
    /// Where it stands, with a time.
    pub standing: String,
    /// Of a closed one.
    pub outcome: Option<String>,
}

impl ReportStateView {
    pub fn of(w: Localizer, campaign: &CampaignView, state: &ReportState) -> Self {
        let moment = |at| local_time::moment(w, campaign.zone, at);
        let standing = match (&state.resolved, state.taken_at) {
            (Some((at, _)), _) => w.with("report-state-resolved", &[("moment", &moment(*at))]),
            (None, Some(at)) => w.with("report-state-taken", &[("moment", &moment(at))]),
            (None, None) => w.t("report-state-open"),
        };
        let outcome = state.resolved.map(|(_, outcome)| {
            w.with(&format!("report-outcome-{}", outcome.as_str()), &[("contact", &campaign.help_contact)])
        });
        Self { number: state.number.to_string(), reported: moment(state.reported_at), standing, outcome }
    }
}

#[derive(Template)]
#[template(path = "sign/report_without_code.html")]
pub struct ReportWithoutCodePage {
    pub w: Localizer,
    pub campaign: CampaignView,
    /// The same form that is sent twice is one report.
    pub form_token: String,
    pub notice: Option<SignNotice>,
    /// As typed, after a refusal; so are the next two.
    pub identifier: String,
    pub contact: String,
    pub message: String,
    /// About the second form, which asks for a report's state.
    pub state_notice: Option<SignNotice>,
    /// As typed there.
    pub number: String,
}

#[derive(Template)]
#[template(path = "sign/report_state.html")]
pub struct ReportStatePage {
    pub w: Localizer,
    pub campaign: CampaignView,
    pub report: ReportStateView,
    /// It was sent just now.
    pub fresh: bool,
}

#[cfg(test)]
mod tests {
    use crate::domain::misuse_report::ReportOutcome;
    use crate::i18n::check_built_keys;

    #[test]
    fn every_outcome_has_words_for_whoever_has_the_report_s_number() {
        check_built_keys("report-outcome-{}", ReportOutcome::ALL.map(ReportOutcome::as_str));
    }
}

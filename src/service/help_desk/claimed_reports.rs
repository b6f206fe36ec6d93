//! Reports of people without a code: taken, and found again by their number.
//!
//! Taking one doesn't look at the roster: whoever sends it gets the same answer after the same work, whether the number
//! they claim is on the roster or not, has signed or not. Whom it concerns is found out when the help desk opens it.

use super::HelpDesk;
use crate::domain::characters::without_invisible;
use crate::domain::identifier::{Identifier, IdentifierFault};
use crate::domain::ids::CampaignId;
use crate::domain::misuse_report::{ClaimMark, ReportId, ReportNumber, ReportOutcome};
use crate::domain::participant::Participant;
use crate::domain::time::UnixMillis;
use crate::store::StoreError;
use crate::store::misuse_reports::{
    CONTACT_CHARS_MAX, ClaimedReport, MESSAGE_CHARS_MAX, MisuseReport, OPEN_REPORTS_WITHOUT_CODE_MAX,
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A contact without an `@` is a telephone number with at least so many digits.
const CONTACT_DIGITS_MIN: usize = 7;
/// Longest form token that counts; ours has 22 characters.
const FORM_TOKEN_CHARS_MAX: usize = 64;
/// The sealed contents are a multiple of so many bytes long, so that their length says little about what was written.
const SEALED_STEP_BYTES: usize = 512;

/// What somebody without a code typed.
#[derive(Clone, Copy)]
pub struct TypedReport<'a> {
    /// The form's token, see [`HelpDesk::form_token`]: the same form that is sent twice is one report.
    pub form_token: &'a str,
    /// The number in whose name was signed.
    pub identifier: &'a str,
    /// Telephone number or e-mail address.
    pub contact: &'a str,
    /// What happened; may be empty.
    pub message: &'a str,
}

/// Why a report isn't taken.
#[derive(Debug, thiserror::Error)]
pub enum ReportRefusal {
    /// What was typed can't be an identifier; this says nothing about the roster.
    #[error("not an identifier: {0}")]
    Identifier(IdentifierFault),
    /// Neither a telephone number nor an e-mail address.
    #[error("nobody can be reached by this contact")]
    Contact,
    /// There are too many from this address, for this number or for the campaign.
    #[error("no more reports are taken now")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a report's state isn't shown.
#[derive(Debug, thiserror::Error)]
pub enum ReportStateRefusal {
    /// What was typed isn't a report's number: its length or its check character is wrong.
    #[error("not a report's number")]
    NotANumber,
    /// No report of the campaign has this number.
    #[error("no such report")]
    Unknown,
    /// Too many were asked for.
    #[error("too many reports were asked for")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What whoever has a report's number may know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportState {
    /// Its number.
    pub number: ReportNumber,
    /// When it arrived.
    pub reported_at: UnixMillis,
    /// When the help desk began to look into it.
    pub taken_at: Option<UnixMillis>,
    /// When and how it was closed.
    pub resolved: Option<(UnixMillis, ReportOutcome)>,
}

impl ReportState {
    fn of(report: &MisuseReport) -> Self {
        Self {
            number: ReportNumber::of(&report.id),
            reported_at: report.reported_at,
            taken_at: report.taken_at,
            resolved: report.resolved.as_ref().map(|resolution| (resolution.at, resolution.outcome)),
        }
    }
}

/// What a report without a code holds, as JSON under the seal.
#[derive(Serialize, Deserialize)]
pub(super) struct SealedContents {
    /// As [`Identifier::shown`].
    pub number: String,
    /// `None` where only the number was kept.
    pub contact: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl HelpDesk {
    /// A token for one page with the form.
    pub fn form_token(&self) -> String {
        BASE64URL_NOPAD.encode(&self.entropy.bytes::<16>())
    }

    /// Takes a report of somebody without a code. Contact and message are cut to [`CONTACT_CHARS_MAX`] and
    /// [`MESSAGE_CHARS_MAX`].
    ///
    /// # Errors
    /// See [`ReportRefusal`]; nothing is kept then.
    pub async fn report_without_code(
        &self,
        campaign: CampaignId,
        from: IpAddr,
        typed: TypedReport<'_>,
    ) -> Result<ReportState, ReportRefusal> {
        let identifier = Identifier::parse(typed.identifier).map_err(ReportRefusal::Identifier)?;
        let (contact, message) = kept_texts(typed.contact, typed.message);
        if !can_be_reached(&contact) {
            return Err(ReportRefusal::Contact);
        }
        let now = self.now();
        let id = self.id_of(campaign, typed.form_token, &identifier, &contact, &message);
        // A full campaign is refused by a read, so that a flood leaves the database's writer alone.
        let is_full = async || Ok(self.store.open_claimed_reports(campaign).await? >= OPEN_REPORTS_WITHOUT_CODE_MAX);
        if !self.report_throttle.admits_report(from, now) || is_full().await.map_err(ReportRefusal::Store)? {
            // Whose first answer was lost isn't told that nothing is kept.
            let kept = self.store.report(campaign, &id).await?;
            return kept.as_ref().map(ReportState::of).ok_or(ReportRefusal::TooMany);
        }
        let report = self.sealed(campaign, id, &identifier, contact, message, now);
        if !self.store.add_claimed_report(campaign, &report).await? {
            return Err(ReportRefusal::TooMany);
        }
        self.open_reports.forget(campaign);
        let number = ReportNumber::of(&report.id);
        Ok(ReportState { number, reported_at: now, taken_at: None, resolved: None })
    }

    /// The state of the report with this number, as typed.
    ///
    /// # Errors
    /// See [`ReportStateRefusal`].
    pub async fn report_state(
        &self,
        campaign: CampaignId,
        from: IpAddr,
        typed: &str,
    ) -> Result<ReportState, ReportStateRefusal> {
        let number = ReportNumber::parse(typed).ok_or(ReportStateRefusal::NotANumber)?;
        if !self.report_throttle.admits_state(from, self.now()) {
            return Err(ReportStateRefusal::TooMany);
        }
        let (low, high) = number.range();
        let report = self.store.report_between(campaign, &low, &high).await?;
        report.as_ref().map(ReportState::of).ok_or(ReportStateRefusal::Unknown)
    }

    /// The state of a signed-in person's newest report; `None` if they made none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_report_of(
        &self,
        campaign: CampaignId,
        person: &Participant,
    ) -> Result<Option<ReportState>, StoreError> {
        let newest = self.store.newest_report_of(campaign, person.id).await?;
        Ok(newest.as_ref().map(ReportState::of))
    }

    /// The same for the same form that is sent again.
    fn id_of(
        &self,
        campaign: CampaignId,
        form_token: &str,
        identifier: &Identifier,
        contact: &str,
        message: &str,
    ) -> ReportId {
        let form_token: String = form_token.chars().take(FORM_TOKEN_CHARS_MAX).collect();
        match form_token.is_empty() {
            true => self.entropy.bytes(),
            false => self.keyring.report_id(campaign, &[&form_token, &identifier.shown(), contact, message]),
        }
    }

    fn sealed(
        &self,
        campaign: CampaignId,
        id: ReportId,
        identifier: &Identifier,
        contact: String,
        message: String,
        now: UnixMillis,
    ) -> ClaimedReport {
        let number = identifier.shown();
        let mark: ClaimMark = self.keyring.claim_mark(campaign, identifier);
        let seal = |contents: &SealedContents| {
            self.keyring.seal_report(campaign, &id, &padded(contents), self.entropy.bytes())
        };
        let bare = SealedContents { number: number.clone(), contact: None, message: String::new() };
        let sealed_number = seal(&bare);
        let sealed = seal(&SealedContents { number, contact: Some(contact), message });
        ClaimedReport { id, mark, sealed, sealed_number, reported_at: now }
    }

    /// What a report holds; `None` if it doesn't open.
    pub(super) fn contents(&self, campaign: CampaignId, id: &ReportId, sealed: &[u8]) -> Option<SealedContents> {
        let opened = self.keyring.open_report(campaign, id, sealed).ok();
        let contents = opened.and_then(|opened| serde_json::from_slice(&opened).ok());
        if contents.is_none() {
            tracing::error!("a report without a code can't be opened");
        }
        contents
    }
}

/// Contact and message as they are kept.
pub(super) fn kept_texts(contact: &str, message: &str) -> (String, String) {
    let kept = |text: &str, chars: usize| without_invisible(text).trim().chars().take(chars).collect();
    (kept(contact, CONTACT_CHARS_MAX), kept(message, MESSAGE_CHARS_MAX))
}

/// Only what can't be a telephone number or an e-mail address is refused.
fn can_be_reached(contact: &str) -> bool {
    let is_mail = contact.split_once('@').is_some_and(|(who, host)| !who.trim().is_empty() && host.contains('.'));
    is_mail || contact.chars().filter(char::is_ascii_digit).count() >= CONTACT_DIGITS_MIN
}

/// JSON ignores white space at its end.
fn padded(contents: &SealedContents) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(contents).expect("texts are JSON");
    bytes.resize(bytes.len().next_multiple_of(SEALED_STEP_BYTES), b' ');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0812-3456-7890", true)]
    #[case("WA +62 812 3456 789, sore", true)]
    #[case("siti.aminah@dinkes.example", true)]
    #[case("", false)]
    #[case("Siti", false)]
    #[case("12345", false)]
    #[case("@", false)]
    #[case("siti@", false)]
    fn a_contact_is_a_telephone_number_or_an_address(#[case] contact: &str, #[case] fits: bool) {
        assert_eq!(can_be_reached(contact), fits);
    }

    #[test]
    fn what_is_sealed_says_little_by_its_length_and_reads_back() {
        let of = |message: &str| SealedContents {
            number: "197001011995031001".into(),
            contact: Some("0812".into()),
            message: message.into(),
        };
        assert_eq!(padded(&of("")).len(), padded(&of(&"x".repeat(300))).len());
        let read: SealedContents = serde_json::from_slice(&padded(&of("baris\nbaru"))).unwrap();
        assert_eq!((read.contact.as_deref(), read.message.as_str()), (Some("0812"), "baris\nbaru"));
    }
}

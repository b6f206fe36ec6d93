//! What people do on a test platform: sign through the service or the API, sign in to the console.

use super::{Answer, OPENS_AT, Person, TestPlatform};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use data_encoding::BASE64URL_NOPAD;
use ikrar::domain::account::{Role, Scope};
use ikrar::domain::audit::AuditEntry;
use ikrar::domain::campaign::CampaignState;
use ikrar::domain::disclosure::Disclosure;
use ikrar::domain::ids::PledgeId;
use ikrar::domain::notice::NoticeDetails;
use ikrar::domain::pledge::Method;
use ikrar::service::ledger::CommittedPledge;
use ikrar::service::sign_in::Session;
use ikrar::service::signing::SignRequest;
use ikrar::store::StoreError;
use ikrar::store::notices::{ChangeBatch, ChangeRequest, RosterAction, RosterChange};
use ikrar::store::pledges::{KnownSizes, LogKind, RevocationRecord};
use serde_json::{Value, json};

/// The password that every account of [`TestPlatform::account`] has chosen.
pub const PASSWORD: &str = "perahu kayu di musi";

impl TestPlatform {
    /// What somebody asks who read everything and agrees.
    pub fn request_of(&self, person: &Person) -> SignRequest {
        SignRequest {
            campaign: self.campaign,
            participant: person.participant.id,
            code_version: 1,
            text_hash: self.text_hash(),
            agreed: vec!["1".into(), "2".into()],
            strokes: None,
            method: Method::OwnDevice,
            name_typed: false,
            placed: None,
        }
    }

    /// Signs through the service.
    pub async fn sign(&self, person: &Person) -> CommittedPledge {
        self.state.signing.sign(self.request_of(person)).await.unwrap()
    }

    /// Revokes a pledge in the store, with this line of the audit trail.
    pub async fn revoke(&self, pledge: PledgeId, reason: &str, line: AuditEntry) -> Result<(), StoreError> {
        let campaign = self.store.campaign(self.campaign).await.unwrap().unwrap();
        let key = self.keyring.log(&campaign.log_key).unwrap();
        let origin = |log: LogKind| log.origin(self.state.config.host(), &campaign.slug);
        let revocation = RevocationRecord { reason: reason.into(), at: line.at, by: "uji".into() };
        let details = NoticeDetails::Revoked { pledge: pledge.to_string(), reason: reason.into() };
        let batch = ChangeBatch {
            campaign: self.campaign,
            roster_origin: origin(LogKind::Roster),
            notices_origin: origin(LogKind::Notices),
            at: line.at,
            known: KnownSizes::default(),
            requests: vec![ChangeRequest {
                states: &CampaignState::ALL,
                by: "uji".into(),
                changes: vec![RosterChange {
                    action: RosterAction::Revoke { pledge, revocation },
                    details,
                    salt: self.state.entropy.bytes(),
                }],
                next_numbers: vec![],
                audit: vec![line],
                step: None,
            }],
        };
        self.store.commit_changes(&batch, &|checkpoint| key.sign_checkpoint(checkpoint)).await.map(|_| ())
    }

    /// The body that the interface takes for a signature.
    pub fn agreement(&self) -> Value {
        json!({"text_hash": BASE64URL_NOPAD.encode(&self.text_hash()), "agreed": ["1", "2"]})
    }

    /// Somebody's session, as a bearer token or a cookie's value, until the campaign closes.
    pub fn session_of(&self, person: &Person) -> Session {
        Session {
            campaign: self.campaign,
            participant: person.participant.id,
            code_version: 1,
            method: Method::OwnDevice,
            expires_at: OPENS_AT.plus_secs(3600),
            drawn: Some([0; 8]),
            placed: None,
        }
    }

    pub fn token_of(&self, person: &Person) -> String {
        self.session_of(person).token(&self.keyring)
    }

    /// A page as a browser with this `Cookie` header gets it.
    pub async fn page(&self, path: &str, cookie: &str) -> Answer {
        self.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    /// Hands login and password in at the console.
    pub async fn enter_console(&self, login: &str, password: &str) -> Answer {
        self.post_form("/console/login", "", &[("login", login), ("password", password), ("to", "")]).await
    }

    /// Makes an account, changes its one-time password to [`PASSWORD`], and answers the cookies of a session and of the
    /// device.
    pub async fn account(&self, login: &str, role: Role, institutions: &[&str]) -> String {
        let scope = Scope::Nodes(institutions.iter().map(ToString::to_string).collect());
        let given = self.state.accounts.add("uji", login, "Nama Orang", role, scope).await.unwrap();
        let given = given.shown(&Disclosure::to_the_operator());
        let first = self.enter_console(login, given).await.cookie();
        let fields = [("old", given), ("new", PASSWORD), ("again", PASSWORD)];
        assert_eq!(self.post_form("/console/password", &first, &fields).await.status, StatusCode::SEE_OTHER);
        self.enter_console(login, PASSWORD).await.cookie()
    }
}

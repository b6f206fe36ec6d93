//! One request to a signer's page: the campaign, the signed-in person, and whether the response is a page or JSON.

use super::campaign_view::{CampaignView, Person};
use super::cookie;
use super::pages::SignNotice;
use crate::domain::campaign::CampaignState;
use crate::domain::ids::ParticipantId;
use crate::i18n::Localizer;
use crate::service::sign_in::Signer;
use crate::service::sign_in::{Session, SessionFault, SessionKey};
use crate::service::signing::ActiveCampaign;
use crate::web::AppState;
use crate::web::error::Problem;
use axum::Json;
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// What the handlers of a signer's page share.
pub struct SignerContext {
    pub state: AppState,
    pub w: Localizer,
    pub active: Arc<ActiveCampaign>,
    pub campaign: CampaignView,
    pub session: Result<Session, SessionFault>,
    /// Of a valid session.
    key: Option<SessionKey>,
    /// The request comes from a script, which gets JSON where a browser gets a page.
    script: bool,
}

/// Tells a script where to go.
#[derive(Serialize)]
struct RedirectJson {
    next: String,
}

/// Tells a script why the request was refused (RFC 9457), and the id of the element that it concerns.
#[derive(Serialize)]
struct RefusalJson<'a> {
    r#type: &'static str,
    status: u16,
    code: &'static str,
    title: &'a str,
    detail: &'a str,
    place: Option<&'a str>,
}

impl SignerContext {
    /// A draft is unknown to the public.
    pub fn open(state: AppState, w: Localizer, slug: &str, headers: &HeaderMap) -> Result<Self, Problem> {
        let active = state.signing.campaign(slug).ok_or(Problem::Unknown)?;
        if active.campaign.state == CampaignState::Draft {
            return Err(Problem::Unknown);
        }
        let campaign = CampaignView::of(&active.campaign, state.now());
        let token = cookie::token(&state.config, headers).unwrap_or_default();
        let (session, key) = match state.sign_in.session(token, active.campaign.id) {
            Ok((session, key)) => (Ok(session), Some(key)),
            Err(fault) => (Err(fault), None),
        };
        let script = headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
        Ok(Self { state, w, active, campaign, session, key, script })
    }

    /// The session's person; `None` when the session is no longer valid.
    pub async fn signer(&self) -> Result<Option<(Session, Signer)>, Problem> {
        let Ok(session) = &self.session else { return Ok(None) };
        let signer = self.state.sign_in.signer(session).await?;
        Ok(signer.map(|signer| (session.clone(), signer)))
    }

    /// Whether the person signed out while this request was being handled.
    pub fn is_signed_out(&self) -> bool {
        self.key.is_some_and(|key| self.state.sign_in.is_signed_out(&key))
    }

    /// The path by which a page signs out through its own refresh.
    pub fn sign_out_path(&self) -> String {
        let token = self.key.map(|key| self.state.sign_in.sign_out_token(&key)).unwrap_or_default();
        self.path(&format!("leave?tanda={token}"))
    }

    pub fn person(&self, signer: &Signer) -> Person {
        Person::of(signer, &self.campaign, self.device_mark(signer.participant.id))
    }

    /// Distinguishes this person's kept ticks on a shared device; see `SignIn::device_mark`.
    pub fn device_mark(&self, participant: ParticipantId) -> String {
        self.state.sign_in.device_mark(self.active.campaign.id, participant)
    }

    /// Whether the response is JSON for a script.
    pub fn is_script(&self) -> bool {
        self.script
    }

    /// The path of one of this campaign's pages for signers.
    pub fn path(&self, page: &str) -> String {
        format!("/k/{}/{page}", self.campaign.slug)
    }

    /// Redirects the browser (303 See Other); a script gets the address as JSON.
    pub fn redirect(&self, to: &str, cookie: Option<HeaderValue>) -> Response {
        let mut response = if self.script {
            Json(RedirectJson { next: to.to_string() }).into_response()
        } else {
            let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
            (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
        };
        if let Some(cookie) = cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    /// Refuses the request: a script gets the notice as JSON, a browser the page that `page` makes of it.
    pub fn refuse(
        &self,
        problem: &Problem,
        notice: SignNotice,
        place: Option<&str>,
        page: impl FnOnce(SignNotice) -> Result<Response, Problem>,
    ) -> Result<Response, Problem> {
        let (status, code) = problem.status_and_code();
        let mut response = if self.script {
            let body = RefusalJson {
                r#type: "about:blank",
                status: status.as_u16(),
                code,
                title: &notice.title,
                detail: &notice.detail,
                place,
            };
            let mut response = Json(body).into_response();
            let kind = HeaderValue::from_static("application/problem+json");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        } else {
            page(notice)?
        };
        *response.status_mut() = status;
        if let Some(secs) = problem.retry_after_secs() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        Ok(response)
    }
}

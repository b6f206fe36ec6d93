//! Access control: the guard in front of each route, and the account that it lets through.

use super::AppState;
use super::cookie::{cookie, cookies};
use super::error::Problem;
use crate::config::Config;
use crate::domain::account::{Account, Role, Scope};
use crate::domain::ids::CampaignId;
use crate::service::accounts::{AuthenticatedAccount, DEVICE_SECS, DeviceCookie};
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, SameSite};
use data_encoding::BASE64URL_NOPAD;
use std::sync::Arc;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone. Where a signer's session is needed, the handler takes it as an argument.
    Anyone,
    /// Every signed-in console account, also one that must change its password first.
    SignedIn,
    /// Every console account; shows numbers only.
    Viewer,
    /// Operators of institutions, and organizers.
    Operator,
    Organizer,
}

/// How old what a guard knows of a console session may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAge {
    /// It is read for each request.
    Now,
    /// Up to a second, where the account and its sessions were changed elsewhere than on this node.
    Recent,
}

/// Under TLS the browser keeps this cookie to this host and path `/` (RFC 6265bis, `__Host-`).
const COOKIE_SECURE: &str = "__Host-console";
const COOKIE_PLAIN: &str = "console";
/// Begin the names of the cookies by which a browser is known to accounts that it has signed in to; the account's part
/// follows.
const DEVICE_SECURE: &str = "__Host-console-device-";
const DEVICE_PLAIN: &str = "console-device-";
/// Longest path to return to after signing in.
const RETURN_BYTES_MAX: usize = 400;
pub const LOGIN_PATH: &str = "/console/login";
pub const PASSWORD_PATH: &str = "/console/password";
pub const FACTOR_PATH: &str = "/console/second-factor";

/// The signed-in account, which acts in this request. An argument of every handler behind the guard.
#[derive(Clone)]
pub struct Actor(pub Arc<AuthenticatedAccount>);

impl Actor {
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// The name that the audit trail records.
    pub fn login(&self) -> &str {
        &self.0.account.login
    }

    pub fn scope(&self) -> &Scope {
        &self.0.account.scope
    }

    pub fn is_organizer(&self) -> bool {
        self.0.account.role == Role::Organizer
    }

    /// Whether names and numbers of people may be shown to it.
    pub fn sees_people(&self) -> bool {
        self.0.account.role != Role::Viewer
    }

    /// An institution of this campaign that isn't within the account's scope as a whole doesn't exist for it.
    pub async fn must_see(&self, state: &AppState, campaign: CampaignId, institution: &str) -> Result<(), Problem> {
        let visible = state.campaigns.visible_institutions(campaign, self.scope()).await?;
        if visible.includes(institution) { Ok(()) } else { Err(Problem::NotInScope) }
    }

    /// Whether the account sees units of this campaign, and no institution as a whole.
    pub async fn sees_units_only(&self, state: &AppState, campaign: CampaignId) -> Result<bool, Problem> {
        Ok(state.campaigns.visible_institutions(campaign, self.scope()).await?.is_units_only())
    }

    /// An institution of this campaign of which nothing is within the account's scope doesn't exist for it. Of the
    /// others the services show what is within it.
    pub async fn must_see_part(
        &self,
        state: &AppState,
        campaign: CampaignId,
        institution: &str,
    ) -> Result<(), Problem> {
        let visible = state.campaigns.visible_institutions(campaign, self.scope()).await?;
        if visible.includes_part(institution) { Ok(()) } else { Err(Problem::NotInScope) }
    }
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a route that forgot its guard comes here without an account.
        parts.extensions.get::<Self>().cloned().ok_or(Problem::NotAllowed)
    }
}

/// Lets through accounts that `access` allows, and passes the account on to the handler.
pub async fn guard(
    State((state, access, age)): State<(AppState, Access, SessionAge)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let session = match token(&state, request.headers()) {
        Some(token) if age == SessionAge::Recent => state.accounts.recent_session(&token).await?,
        Some(token) => state.accounts.session(&token).await?,
        None => None,
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(session) = session else {
        return if reads { Ok(to_login(&request)) } else { Err(Problem::ConsoleSessionInvalid) };
    };
    if session.account.must_change_password && access != Access::SignedIn {
        return if reads { Ok(Redirect::to(PASSWORD_PATH).into_response()) } else { Err(Problem::NotAllowed) };
    }
    let adds_factor = request.uri().path().starts_with(FACTOR_PATH);
    if session.must_add_factor && access != Access::SignedIn && !adds_factor {
        return if reads { Ok(Redirect::to(FACTOR_PATH).into_response()) } else { Err(Problem::NotAllowed) };
    }
    let role = session.account.role;
    let allowed = match access {
        Access::Anyone | Access::SignedIn | Access::Viewer => true,
        Access::Operator => matches!(role, Role::Operator | Role::Organizer),
        Access::Organizer => role == Role::Organizer,
    };
    let route = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    if !allowed {
        note_refusal(&state, session.account.login, route);
        return Err(Problem::NotAllowed);
    }
    let actor = Actor(Arc::new(session));
    request.extensions_mut().insert(actor.clone());
    let answer = next.run(request).await;
    if let Some(Problem::NotAllowed | Problem::NotInScope) = answer.extensions().get() {
        note_refusal(&state, actor.login().to_owned(), route);
    }
    Ok(answer)
}

/// Counts the refusal in the audit trail, under the route's pattern, which names no person.
fn note_refusal(state: &AppState, login: String, (method, path): (Method, Option<MatchedPath>)) {
    let route = format!("{method} {}", path.as_ref().map_or("", MatchedPath::as_str));
    state.audit_trail.count_access_refused(login, route);
}

/// The cookie that carries a console session's token; an empty token removes it.
pub fn session_cookie(state: &AppState, token: String) -> Cookie<'static> {
    let ends = token.is_empty();
    let secure = state.config.is_secure();
    let mut cookie = Cookie::new(cookie_name(state), token);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(secure);
    cookie.set_same_site(SameSite::Strict);
    if ends {
        cookie.make_removal();
    }
    cookie
}

/// The cookie that makes a device known to an account; signing out leaves it.
pub fn device_cookie(config: &Config, cookie: &DeviceCookie) -> String {
    let secure = if config.is_secure() { "; Secure" } else { "" };
    let DeviceCookie { name, value } = cookie;
    let prefix = device_prefix(config);
    format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={DEVICE_SECS}{secure}")
}

/// Those that a browser sends. A request's head has a limit, and so have they.
pub fn device_cookies(config: &Config, headers: &HeaderMap) -> Vec<DeviceCookie> {
    let device = |(key, value): (&str, &str)| {
        let name = key.strip_prefix(device_prefix(config))?;
        Some(DeviceCookie { name: name.to_string(), value: value.to_string() })
    };
    cookies(headers).filter_map(device).collect()
}

/// A path of the console to return to, hidden from other sites; anything else leads to the console's first page.
pub fn return_path(written: &str) -> String {
    let path = BASE64URL_NOPAD.decode(written.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    path.filter(|path| is_console_path(path)).unwrap_or_else(|| "/console".into())
}

/// How [`return_path`] reads a path from a query or form field.
pub fn written_path(path: &str) -> String {
    BASE64URL_NOPAD.encode(path.as_bytes())
}

fn is_console_path(path: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"/-_.?=&%~".contains(&c);
    path.len() <= RETURN_BYTES_MAX && (path == "/console" || path.starts_with("/console/")) && path.bytes().all(plain)
}

fn to_login(request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/console", |path| path.as_str());
    let to = if is_console_path(path) && path != "/console" {
        format!("{LOGIN_PATH}?to={}", written_path(path))
    } else {
        LOGIN_PATH.to_string()
    };
    Redirect::to(&to).into_response()
}

fn cookie_name(state: &AppState) -> &'static str {
    if state.config.is_secure() { COOKIE_SECURE } else { COOKIE_PLAIN }
}

fn device_prefix(config: &Config) -> &'static str {
    if config.is_secure() { DEVICE_SECURE } else { DEVICE_PLAIN }
}

fn token(state: &AppState, headers: &HeaderMap) -> Option<String> {
    cookie(headers, cookie_name(state)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigOptions;
    use axum::http::HeaderValue;
    use axum::http::header::COOKIE;
    use std::path::Path;

    #[test]
    fn over_tls_a_device_s_cookie_is_bound_to_the_host_and_stays() {
        let config = |url: &str| {
            let settings = ConfigOptions { public_url: Some(url.into()), ..ConfigOptions::default() };
            settings.resolve(Path::new("nowhere")).unwrap()
        };
        let cookie = DeviceCookie { name: "abc".into(), value: "def".into() };
        let (secure, plain) = (config("https://ikrar.example"), config("http://a"));
        let kept = "Path=/; HttpOnly; SameSite=Strict; Max-Age=15552000";
        assert_eq!(device_cookie(&secure, &cookie), format!("__Host-console-device-abc=def; {kept}; Secure"));
        assert_eq!(device_cookie(&plain, &cookie), format!("console-device-abc=def; {kept}"));
        let mut headers = HeaderMap::new();
        let sent = "console=x; __Host-console-device-abc=def; console-device-abc=y; __Host-console-device-b=c";
        headers.insert(COOKIE, HeaderValue::from_static(sent));
        let read = |config| device_cookies(config, &headers).into_iter().map(|one| (one.name, one.value));
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        assert!(read(&secure).eq([pair("abc", "def"), pair("b", "c")]));
        assert!(read(&plain).eq([pair("abc", "y")]));
    }

    #[test]
    fn only_paths_of_the_console_are_returned_to() {
        let back = |path: &str| return_path(&written_path(path));
        assert_eq!(back("/console/k/sumsel?page=2"), "/console/k/sumsel?page=2");
        assert_eq!(back("//evil.example"), "/console");
        assert_eq!(back("/consolex"), "/console");
        assert_eq!(back("/console/\r\nSet-Cookie: a=b"), "/console");
        assert_eq!(return_path("***"), "/console");
    }
}

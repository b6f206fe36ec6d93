//! The askers: users of each role, each with their own session. Also every route of the table with its parameters
//! filled in.

use crate::support::{Answer, PASSWORD, TestPlatform};
use axum::body::Body;
use axum::http::{Method, Request, header};
use ikrar::domain::account::{Role, Scope};
use ikrar::domain::disclosure::Disclosure;
use ikrar::server::PeerAddr;
use ikrar::web::routes::{Access, RouteEntry};
use ikrar::web::{self};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use tower::ServiceExt;

/// 10.0.0.0
const FIRST_ADDRESS: u32 = 0x0a00_0000;
/// The login of an account that asks nothing.
const UNCONCERNED: &str = "lain";

/// Who asks. The test roster has people of two institutions, `16` and `16.71`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    Nobody,
    /// A signer, with a session of the campaign.
    Signer,
    /// An organizer who still has the password that somebody else gave.
    MustChange,
    Viewer,
    /// Of `16`.
    Operator,
    /// Of `16.71`.
    OtherOperator,
    Organizer,
}

pub const EVERYBODY: [Asker; 7] = [
    Asker::Nobody,
    Asker::Signer,
    Asker::MustChange,
    Asker::Viewer,
    Asker::Operator,
    Asker::OtherOperator,
    Asker::Organizer,
];

impl Asker {
    fn account(self) -> Option<(&'static str, Role, &'static [&'static str])> {
        match self {
            Self::Nobody | Self::Signer => None,
            Self::MustChange => Some(("baru", Role::Organizer, &[])),
            Self::Viewer => Some(("pemantau", Role::Viewer, &["16"])),
            Self::Operator => Some(("operator.a", Role::Operator, &["16"])),
            Self::OtherOperator => Some(("operator.b", Role::Operator, &["16.71"])),
            Self::Organizer => Some(("bkd", Role::Organizer, &[])),
        }
    }

    /// What the access that a route declares means for them.
    pub fn may_enter(self, access: Access) -> bool {
        match access {
            Access::Anyone => true,
            Access::SignedIn => self.account().is_some(),
            Access::Viewer => self.account().is_some() && self != Self::MustChange,
            Access::Operator => matches!(self, Self::Operator | Self::OtherOperator | Self::Organizer),
            Access::Organizer => self == Self::Organizer,
        }
    }
}

/// A platform and the cookies of everybody who asks.
pub struct Cast {
    pub platform: TestPlatform,
    cookies: Vec<(Asker, String)>,
    given: String,
    /// How many requests there were.
    asked: AtomicU32,
}

impl Cast {
    pub async fn on(platform: TestPlatform) -> Self {
        let mut cast = Self { cookies: vec![], given: String::new(), asked: AtomicU32::new(0), platform };
        cast.platform.account(UNCONCERNED, Role::Operator, &["16"]).await;
        for asker in EVERYBODY {
            let Some((login, role, institutions)) = asker.account() else { continue };
            let cookie = if asker == Asker::MustChange {
                let accounts = &cast.platform.state.accounts;
                let given = accounts.add("uji", login, "Nama Orang", role, Scope::All).await.unwrap();
                cast.given = given.shown(&Disclosure::to_the_operator()).to_string();
                cast.platform.enter_console(login, &cast.given).await.cookie()
            } else {
                cast.platform.account(login, role, institutions).await
            };
            cast.cookies.push((asker, cookie));
        }
        cast
    }

    /// Signs an account in again, after a request that may have signed it out.
    pub async fn renew(&mut self, asker: Asker) {
        let Some((login, ..)) = asker.account() else { return };
        let password = if asker == Asker::MustChange { self.given.as_str() } else { PASSWORD };
        let cookie = self.platform.enter_console(login, password).await.cookie();
        self.replace(asker, cookie);
    }

    /// Lets somebody else ask in their place.
    pub fn replace(&mut self, asker: Asker, cookie: String) {
        self.cookies.retain(|(known, _)| *known != asker);
        self.cookies.push((asker, cookie));
    }

    pub fn cookie(&self, asker: Asker) -> String {
        match asker {
            Asker::Nobody => String::new(),
            Asker::Signer => format!("ikrar={}", self.platform.token_of(&self.platform.people[0])),
            _ => self.cookies.iter().find(|(known, _)| *known == asker).unwrap().1.clone(),
        }
    }

    pub fn routes(&self) -> Vec<RouteEntry> {
        web::table(&self.platform.state)
    }

    /// The methods that a path has, as it says itself.
    pub async fn methods(&self, path: &str) -> Vec<String> {
        let answer = self.ask("BREW", path, "", &[], "").await;
        assert_eq!(answer.status.as_u16(), 405, "{path}");
        let allowed = answer.header("allow").split(',').map(|method| method.trim().to_string());
        allowed.filter(|method| !method.is_empty()).collect()
    }

    /// Asks as a page of this site does; `headers` replace that.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        cookie: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if headers.is_empty() {
            request = request
                .header("sec-fetch-site", "same-origin")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !cookie.is_empty() {
            request = request.header(header::COOKIE, cookie);
        }
        self.head_or_all(request.body(Body::from(body.into())).unwrap()).await
    }

    /// A whole answer; of one that never ends, only the head.
    async fn head_or_all(&self, mut request: Request<Body>) -> Answer {
        // Each comes from an address of its own: many wrong passwords from one would be answered ever later.
        let caller = self.asked.fetch_add(1, Ordering::Relaxed);
        request.extensions_mut().insert(PeerAddr(Ipv4Addr::from(FIRST_ADDRESS + caller).into()));
        let (parts, body) = self.platform.router.clone().oneshot(request).await.unwrap().into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        let body = if kind.starts_with(b"text/event-stream") { Body::empty() } else { body };
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// A route's path with this event, and something that isn't there for the rest. A parameter that isn't known here is a
/// fault: what it stands for has to be said.
pub fn filled(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{slug}" => "uji",
        "{login}" => UNCONCERNED,
        "{step}" => "cancel",
        "{id}" => "AAAAAAAAAAAAAAAAAAAAAA",
        "{text_hash}" => "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "{file}" | "{*file}" => "AAAAAAAAAAAAAAAAAAAAAA.json",
        "{mark}" => "000000000000",
        "{edition}" => "1",
        fixed => {
            assert!(!fixed.contains('{'), "say what {fixed} of {path} stands for");
            fixed
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

//! Every route of the table, asked in every way by everybody: who may enter follows from the table alone.

use crate::askers::{Asker, Cast, EVERYBODY, filled};
use crate::contents::digest;
use crate::support::{Answer, TestPlatform};
use axum::http::StatusCode;
use ikrar::web::routes::{Access, Cache, RouteEntry};

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];
const CHANGING: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];
const LOGIN: &str = "/console/login";
const CHANGE_PASSWORD: &str = "/console/password";
/// The table was generated, not found empty.
const ROUTES_MIN: usize = 50;

/// Fields that make most forms do something.
const FORM: &str = "title=Lain&name=Lain&code=99&login=lain.saja&role=organizer&reason=sebab+lain&minutes=10&confirm=1\
    &institution=16&format=xlsx&words=kata&from=open&password=perahu+kayu+di+musi&act=add&signed=no&butir=1&butir=2";

#[tokio::test]
async fn who_may_enter_follows_from_the_route_table() {
    let mut cast = Cast::on(TestPlatform::open(6).await).await;
    let routes = cast.routes();
    assert!(routes.len() >= ROUTES_MIN, "{}", routes.len());
    for route in &routes {
        let path = filled(&route.path);
        let methods = cast.methods(&path).await;
        assert!(!methods.is_empty(), "{path} has no method");
        for asker in EVERYBODY {
            for method in METHODS {
                let own = if asker == Asker::OtherOperator { "institution=16.71" } else { "institution=16" };
                let answer = cast.ask(method, &path, &cast.cookie(asker), &[], own).await;
                let cell = format!("{method} {path} by {asker:?}: {} {}", answer.status, answer.header("location"));
                assert!(!answer.status.is_server_error() || answer.status == 503, "{cell}");
                if methods.iter().any(|has| has == method) {
                    entered(route, method, asker, &answer, &cell);
                    if route.access == Access::SignedIn && method == "POST" {
                        cast.renew(asker).await;
                    }
                } else {
                    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{cell}");
                    assert!(!answer.header("allow").is_empty(), "{cell}");
                }
            }
        }
    }
}

/// What the guard of this route says to them.
fn entered(route: &RouteEntry, method: &str, asker: Asker, answer: &Answer, cell: &str) {
    let reads = matches!(method, "GET" | "HEAD");
    let location = answer.header("location");
    if asker.may_enter(route.access) {
        // Without a session of the event a handler may say so itself; the console's handlers never do.
        let refused = match route.access {
            Access::Anyone => false,
            _ => matches!(answer.status.as_u16(), 401 | 403),
        };
        let sent_away = location.starts_with(&format!("{LOGIN}?to=")) || location == CHANGE_PASSWORD;
        assert!(!refused && !sent_away, "{cell}");
        return;
    }
    match (asker, reads) {
        (Asker::Nobody | Asker::Signer, true) => {
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{cell}");
            assert!(location.starts_with(LOGIN), "{cell}");
        }
        (Asker::Nobody | Asker::Signer, false) => assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{cell}"),
        (Asker::MustChange, true) => {
            assert_eq!((answer.status, location), (StatusCode::SEE_OTHER, CHANGE_PASSWORD), "{cell}");
        }
        _ => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{cell}"),
    }
}

#[tokio::test]
async fn whoever_may_not_enter_changes_nothing() {
    let cast = Cast::on(TestPlatform::open(6).await).await;
    let before = digest(cast.platform.folder(), &[]).await;
    for route in cast.routes() {
        let path = filled(&route.path);
        for asker in EVERYBODY.into_iter().filter(|asker| !asker.may_enter(route.access)) {
            for method in CHANGING {
                cast.ask(method, &path, &cast.cookie(asker), &[], FORM).await;
            }
            assert_eq!(digest(cast.platform.folder(), &[]).await, before, "{path} by {asker:?}");
        }
    }
}

/// Signers sign in, and report, with what only they know. Wrong attempts may be counted; nothing else is.
#[tokio::test]
async fn without_a_session_nothing_is_signed_reported_or_changed() {
    const COUNTED: [&str; 2] = ["audit", "attempt"];
    let cast = Cast::on(TestPlatform::open(6).await).await;
    let before = digest(cast.platform.folder(), &COUNTED).await;
    for route in cast.routes() {
        let path = filled(&route.path);
        for method in CHANGING {
            cast.ask(method, &path, "", &[], FORM).await;
        }
        assert_eq!(digest(cast.platform.folder(), &COUNTED).await, before, "{path}");
    }
}

#[tokio::test]
async fn another_site_changes_nothing_on_any_route_whoever_looks_at_it() {
    let cast = Cast::on(TestPlatform::open(6).await).await;
    let before = digest(cast.platform.folder(), &[]).await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let sites: [&[(&str, &str)]; 4] = [
        &[form, ("sec-fetch-site", "cross-site")],
        &[form, ("sec-fetch-site", "same-site")],
        &[form, ("host", "uji.example:8080"), ("origin", "http://lain.example")],
        &[form, ("host", "uji.example:8080"), ("origin", "null")],
    ];
    for route in cast.routes() {
        let path = filled(&route.path);
        for asker in [Asker::Organizer, Asker::Signer] {
            for site in sites {
                for method in CHANGING {
                    let answer = cast.ask(method, &path, &cast.cookie(asker), site, FORM).await;
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} from {site:?}");
                }
            }
        }
    }
    assert_eq!(digest(cast.platform.folder(), &[]).await, before);
}

#[tokio::test]
async fn every_answer_says_how_a_browser_is_to_treat_it() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    for route in cast.routes() {
        let path = filled(&route.path);
        for asker in [Asker::Nobody, Asker::Organizer] {
            for method in ["GET", "POST", "BREW"] {
                let answer = cast.ask(method, &path, &cast.cookie(asker), &[], "").await;
                let cell = format!("{method} {path}: {}", answer.status);
                assert_eq!(answer.header("x-content-type-options"), "nosniff", "{cell}");
                assert_eq!(answer.header("referrer-policy"), "same-origin", "{cell}");
                let policy = answer.header("content-security-policy");
                assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{cell}");
                assert!(!policy.contains("script-src 'self' 'unsafe"), "{cell}");
                assert!(answer.header("access-control-allow-origin").is_empty(), "{cell}");
                assert!(answer.header("server").is_empty() && answer.header("x-powered-by").is_empty(), "{cell}");
                let kept = answer.header("cache-control");
                let may_be_kept = route.cache != Cache::NoStore && method == "GET" && !answer.status.is_client_error();
                assert!(may_be_kept || kept.contains("no-store"), "{cell}: {kept}");
                assert!(answer.body.is_empty() || !answer.header("content-type").is_empty(), "{cell}");
            }
        }
    }
}

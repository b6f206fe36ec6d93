//! Middleware that writes problems out, including those of axum's own extractors and routing, and limits how long a GET
//! may take.

use super::entrance::Entrance;
use super::error::{Problem, ProblemJson};
use super::middleware::{Middleware, ResponseFuture};
use super::page::{LanguagePreference, page};
use crate::i18n::Localizer;
use crate::server::SlowBody;
use crate::telemetry::{metrics, request};
use askama::Template;
use axum::Json;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;

/// The head of an answer to a GET is there within this time. The database has ended what it was asked before.
const LOOKED_AT_MAX: Duration = Duration::from_secs(15);

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    w: Localizer,
    title: String,
    next: String,
    request_id: Option<String>,
}

/// Writes problems out; also those that axum's own extractors and routing answer.
#[derive(Clone)]
pub struct Render(pub Arc<Entrance>);

/// What is known of a request that may be refused.
pub struct Refusable {
    language: LanguagePreference,
    is_api: bool,
    slow: Option<SlowBody>,
    /// HTTP/2 has no header for a connection.
    is_http1: bool,
    way: Way,
}

/// How an answer is waited for.
enum Way {
    Refused(Problem),
    InTime,
    However,
}

impl Middleware for Render {
    type Seen = Refusable;

    fn on_request(&self, request: &Request) -> Refusable {
        Refusable {
            language: LanguagePreference::of(request.uri(), request.headers()),
            is_api: request.uri().path().starts_with("/api/"),
            slow: request.extensions().get().cloned(),
            is_http1: request.version() <= Version::HTTP_11,
            way: self.0.refusal(request).map_or_else(|| Way::of(request), Way::Refused),
        }
    }

    async fn on_response(kept: Refusable, answer: impl ResponseFuture) -> Response {
        let response = match &kept.way {
            Way::Refused(problem) => problem.clone().into_response(),
            Way::InTime => in_time(LOOKED_AT_MAX, answer).await,
            Way::However => answer.await,
        };
        render(kept, response)
    }
}

fn render(kept: Refusable, response: Response) -> Response {
    let Refusable { language, is_api, slow, is_http1, .. } = kept;
    // Whoever waited for a body that never came whole takes what there is for malformed.
    let came_slowly = response.status().is_client_error() && slow.is_some_and(|slow| slow.is_set());
    let Some(problem) = came_slowly.then_some(Problem::Slow).or_else(|| problem_of(&response)) else {
        return response;
    };
    let (status, code) = problem.status_and_code();
    metrics::refused(code);
    // A refusal as busy is no failure.
    if status.is_server_error() && !matches!(problem, Problem::Busy { .. }) {
        request::failed(status.as_u16(), code);
    }
    // Whoever tries codes gets one answer, byte for byte.
    let is_told = !matches!(problem, Problem::CredentialsWrong);
    let request_id = request::current().filter(|_| is_told).map(|current| current.id().as_str().to_owned());
    let w = language.localizer();
    let (title, detail) = problem.words(w);
    let mut written = if is_api {
        let body = ProblemJson { r#type: "about:blank", title, detail, status: status.as_u16(), code, request_id };
        let mut written = (status, Json(body)).into_response();
        written.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        written
    } else {
        let mut written =
            page(&ErrorPage { w, title, next: detail, request_id }).unwrap_or_else(|_| status.into_response());
        *written.status_mut() = status;
        written
    };
    // What a handler has set stands: a cleared cookie, for example.
    for (name, value) in response.headers() {
        if name == axum::http::header::SET_COOKIE || name == axum::http::header::ALLOW {
            written.headers_mut().append(name, value.clone());
        }
    }
    if let Some(secs) = problem.retry_after_secs() {
        written.headers_mut().insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    written.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What is still to come of a body isn't waited for.
    if is_http1 && problem == Problem::TooLarge {
        written.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    written
}

impl Way {
    /// What is only looked at is answered within a limit, whatever the database does. A GET changes nothing besides how
    /// long a session lasts, so giving up breaks nothing off.
    fn of(request: &Request) -> Self {
        if matches!(*request.method(), Method::GET | Method::HEAD) { Self::InTime } else { Self::However }
    }
}

async fn in_time(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
        tracing::error!("an answer that only reads was given up");
        Problem::Storage.into_response()
    })
}

fn problem_of(response: &Response) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let has_words =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    if has_words {
        return None;
    }
    match response.status() {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Some(Problem::Malformed),
        StatusCode::FORBIDDEN => Some(Problem::CrossSite),
        StatusCode::NOT_FOUND => Some(Problem::Unknown),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::MethodUnknown),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Problem::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Problem::MediaUnsupported),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Problem::Internal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AllowedHosts;
    use crate::web::error::STORAGE_RETRY_SECS;
    use crate::web::middleware::MiddlewareLayer;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    /// Ten thousand wait at once. A request is no smaller.
    const WAITING_BYTES_MAX: usize = size_of::<Request>() * 2;

    fn render() -> Render {
        let hosts = AllowedHosts::new("ikrar.example", ([127, 0, 0, 1], 80).into(), &[]);
        Render(Arc::new(Entrance::new(hosts, &[])))
    }

    async fn asked(path: &str) -> Response {
        let never = async || in_time(Duration::from_millis(20), std::future::pending()).await;
        let router =
            Router::new().route("/never", get(never)).route("/api/never", get(never)).layer(MiddlewareLayer(render()));
        router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_is_given_up_and_says_when_to_come_again() {
        for (path, kind) in [("/never", "text/html"), ("/api/never", "application/problem+json")] {
            let answer = asked(path).await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(answer.headers()[RETRY_AFTER], STORAGE_RETRY_SECS.to_string());
            assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with(kind));
        }
    }

    #[test]
    fn who_waits_for_an_answer_doesn_t_hold_the_request() {
        let request = Request::new(Body::empty());
        let waiting = Render::on_response(render().on_request(&request), std::future::pending());
        assert!(size_of_val(&waiting) <= WAITING_BYTES_MAX, "{}", size_of_val(&waiting));
    }

    #[tokio::test]
    async fn an_address_with_a_nul_leads_nowhere() {
        for path in ["/ne%00ver", "/never?x=%00"] {
            assert_eq!(asked(path).await.status(), StatusCode::BAD_REQUEST);
        }
    }
}

//! Pages: a typed template becomes a response, in the reader's language.

use super::error::Problem;
use crate::i18n::{Lang, Localizer};
use askama::Template;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{Html, IntoResponse, Response};
use std::convert::Infallible;

/// The cookie that remembers the chosen language.
pub const LANG_COOKIE: &str = "lang";

/// Renders a page.
pub fn page(template: &impl Template) -> Result<Response, Problem> {
    html(template).map(of_html)
}

/// A page's text.
pub fn html(template: &impl Template) -> Result<String, Problem> {
    template.render().map_err(|error| {
        tracing::error!(%error, "a template failed");
        Problem::Internal
    })
}

/// The answer that is a page. Who keeps a copy keeps one for each language.
pub fn of_html(html: impl Into<Body>) -> Response {
    ([(VARY, "accept-language, cookie")], Html(html.into())).into_response()
}

/// As [`words_for`].
impl<S: Sync> FromRequestParts<S> for Localizer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(words_for(&parts.uri, &parts.headers))
    }
}

/// The language asked for by `?lang=`, else the one remembered in the cookie, else the browser's, else Indonesian.
pub fn words_for(address: &Uri, headers: &HeaderMap) -> Localizer {
    let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let lang = asked(address.query())
        .or_else(|| {
            let prefix = format!("{LANG_COOKIE}=");
            header(COOKIE)?.split(';').find_map(|pair| Lang::parse(pair.trim().strip_prefix(&prefix)?))
        })
        .or_else(|| header(ACCEPT_LANGUAGE).map(Lang::from_accept_language))
        .unwrap_or_default();
    Localizer(lang)
}

/// The language that a query asks for.
pub fn asked(query: Option<&str>) -> Option<Lang> {
    query?.split('&').find_map(|pair| Lang::parse(pair.strip_prefix("lang=")?))
}

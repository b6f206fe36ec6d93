//! Pages: a typed template becomes a response, in the reader's language.

use super::cookie::cookies;
use super::error::Problem;
use crate::i18n::{Lang, Localizer};
use askama::Template;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, VARY};
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
    let lang = chosen(address, headers).or_else(|| headers.get(ACCEPT_LANGUAGE).and_then(accepted));
    Localizer(lang.unwrap_or_default())
}

/// The language asked for by `?lang=`, else the one remembered in the cookie.
fn chosen(address: &Uri, headers: &HeaderMap) -> Option<Lang> {
    let remembered =
        || cookies(headers).filter(|(name, _)| *name == LANG_COOKIE).find_map(|(_, lang)| Lang::parse(lang));
    asked(address.query()).or_else(remembered)
}

/// `None` for a header that isn't ASCII text.
fn accepted(header: &HeaderValue) -> Option<Lang> {
    header.to_str().ok().map(Lang::from_accept_language)
}

/// What decides the language of a response that may need none: the browser's header is read once words are written.
pub struct LanguagePreference {
    chosen: Option<Lang>,
    header: Option<HeaderValue>,
}

impl LanguagePreference {
    pub fn of(address: &Uri, headers: &HeaderMap) -> Self {
        let chosen = chosen(address, headers);
        let header = chosen.is_none().then(|| headers.get(ACCEPT_LANGUAGE).cloned()).flatten();
        Self { chosen, header }
    }

    /// As [`words_for`] the request.
    pub fn localizer(&self) -> Localizer {
        Localizer(self.chosen.or_else(|| self.header.as_ref().and_then(accepted)).unwrap_or_default())
    }
}

/// The language that a query asks for.
pub fn asked(query: Option<&str>) -> Option<Lang> {
    query?.split('&').find_map(|pair| Lang::parse(pair.strip_prefix("lang=")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    fn language(address: &str, cookie: &'static [u8], accepted: &'static [u8]) -> Lang {
        let address: Uri = address.parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_bytes(cookie).unwrap());
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_bytes(accepted).unwrap());
        let Localizer(lang) = words_for(&address, &headers);
        assert_eq!(LanguagePreference::of(&address, &headers).localizer().0, lang);
        lang
    }

    #[test]
    fn what_a_person_chose_goes_before_what_the_browser_wants() {
        assert_eq!(language("/v?lang=en", b"lang=id", b"id"), Lang::En);
        assert_eq!(language("/v?lang=xx", b"lang=en", b"id"), Lang::En);
        assert_eq!(language("/v", b"lang=xx", b"en;q=0.9"), Lang::En);
        assert_eq!(language("/v", b"lang=\xff", b"en\xff"), Lang::Id);
    }
}

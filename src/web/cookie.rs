//! Reading the cookies that a browser sends.
//!
//! `CookieJar` of axum-extra copies each cookie of a request into a map of its own; a request here is asked for one or
//! two by name, so they are read in place. Names and values are taken as they stand, without percent-encoding.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// Names and values, over all `Cookie` headers. A header that isn't ASCII text is left out.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// The value of the first cookie with this name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers).find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_in_any_header() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("ikrarx=d; lang=id;odd"));
        headers.append(COOKIE, HeaderValue::from_bytes(b"ikrar=\xff").unwrap());
        headers.append(COOKIE, HeaderValue::from_static("ikrar=a=b; ikrar=c"));
        assert_eq!(cookie(&headers, "ikrar"), Some("a=b"));
        assert_eq!(cookie(&headers, "lang"), Some("id"));
        assert_eq!(cookie(&headers, "odd"), None);
    }
}

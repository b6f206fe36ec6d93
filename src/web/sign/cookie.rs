//! The session's cookie: `__Host-ikrar` over TLS, `ikrar` without; never readable by scripts.

use crate::config::Config;
use crate::web::cookie::cookie;
use axum::http::{HeaderMap, HeaderValue};

const OVER_TLS: &str = "__Host-ikrar";
const PLAIN: &str = "ikrar";

fn name(config: &Config) -> &'static str {
    if config.is_secure() { OVER_TLS } else { PLAIN }
}

/// The token that the browser sent.
pub fn token<'a>(config: &Config, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie(headers, name(config))
}

/// A session cookie: it ends with the browser's window, also on a phone that is left behind. The token expires by
/// itself.
pub fn set(config: &Config, token: &str) -> HeaderValue {
    session_cookie(config, token, "")
}

pub fn clear(config: &Config) -> HeaderValue {
    session_cookie(config, "", "; Max-Age=0")
}

fn session_cookie(config: &Config, token: &str, ending: &str) -> HeaderValue {
    let secure = if config.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{ending}", name(config));
    HeaderValue::from_str(&cookie).expect("a token is base64url")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigOptions;
    use axum::http::header::COOKIE;
    use std::path::Path;

    fn config(public_url: &str) -> Config {
        let settings = ConfigOptions { public_url: Some(public_url.into()), ..ConfigOptions::default() };
        settings.resolve(Path::new("nowhere")).unwrap()
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host() {
        let secure = config("https://ikrar.example");
        assert_eq!(set(&secure, "abc"), "__Host-ikrar=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(clear(&config("http://a")), "ikrar=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("lang=id; __Host-ikrar=abc; ikrarx=d"));
        assert_eq!(token(&secure, &headers), Some("abc"));
        assert_eq!(token(&config("http://a"), &headers), None);
    }
}

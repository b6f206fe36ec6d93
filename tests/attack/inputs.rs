//! Every field of every form, every query and every part of every address with what nobody would type. The answer is a
//! refusal with words, never a failure of ours.

use crate::askers::{Asker, Cast, filled};
use crate::support::{PASSWORD, TestPlatform};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// As long as a body is without any other limit, and an address.
const LONG_BYTES: usize = 60_000;
/// What one guard reads before all that asks for the password.
const PASSWORD_FIELD: &str = "password";

static ASKED: AtomicUsize = AtomicUsize::new(0);

/// Percent-encoded values.
fn hostile() -> Vec<(&'static str, String)> {
    vec![
        ("long", "x".repeat(LONG_BYTES)),
        ("long words", "x%25+".repeat(LONG_BYTES / 5)),
        ("wildcards", "%25_%5C".repeat(LONG_BYTES / 8)),
        ("a NUL", "a%00b".into()),
        ("a lone surrogate", "%ED%A0%80".into()),
        ("no UTF-8", "%FF%FE%C0%AF".into()),
        ("a huge number", "9".repeat(400)),
        ("just too large", "18446744073709551616".into()),
        ("a negative number", "-9223372036854775809".into()),
        ("quotes", "%27%22%3B--+%3Cscript%3E".into()),
        ("right to left", "%E2%80%AE%EF%BB%BF%F0%9F%98%80".into()),
        ("up the folders", "..%2F..%2F..%2Fetc%2Fpasswd".into()),
        ("a broken escape", "%zz%".into()),
    ]
}

/// The names that the handlers of pages read from forms and addresses, from their sources.
fn names() -> BTreeSet<String> {
    let asked = regex::Regex::new(r#"(?:get|has|is_ticked|key ==|value|asked)\(?\s*"([a-z_0-9]+)"|key == "([a-z_]+)""#)
        .unwrap();
    let field = regex::Regex::new(r"(?m)^    (?:pub )?([a-z_0-9]+): (?:String|Option<)").unwrap();
    let mut found = BTreeSet::new();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web")];
    while let Some(folder) = waiting.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for captures in asked.captures_iter(&text) {
                found.extend(captures.get(1).or(captures.get(2)).map(|name| name.as_str().to_string()));
            }
            for part in text.split("Deserialize").skip(1) {
                let fields = part.split('}').next().unwrap();
                found.extend(field.captures_iter(fields).map(|captures| captures[1].to_string()));
            }
        }
    }
    assert!(found.contains("q") && found.contains("reason") && found.len() > 40, "{found:?}");
    found
}

/// Each is asked of by somebody who gets past the guard.
fn asker_of(path: &str) -> Asker {
    if path.starts_with("/console") { Asker::Organizer } else { Asker::Signer }
}

/// Answers what failed, if it did.
async fn failure(cast: &Cast, method: &str, path: &str, body: String, said: &str) -> Option<String> {
    let shown: String = path.chars().take(120).collect();
    let cookie = cast.cookie(asker_of(path));
    // Wrong passwords for one login would be answered ever later. What stands further left counts.
    let login = ASKED.fetch_add(1, Ordering::Relaxed);
    let body = if method == "POST" { format!("{body}&login=orang{login}&new=satu") } else { body };
    let answer = cast.ask(method, path, &cookie, &[], body).await;
    let status = answer.status.as_u16();
    (status >= 500).then(|| format!("{method} {shown} with {said}: {status}"))
}

fn changes(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD")
}

/// What ends the session that asks is asked with in the role matrix.
fn ends_a_session(path: &str) -> bool {
    path.ends_with("/logout")
}

#[tokio::test]
async fn no_form_fails_whatever_stands_in_it() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let names = names();
    let mut failures = vec![];
    let mut paths = vec![];
    for route in cast.routes() {
        let path = filled(&route.path);
        if !ends_a_session(&path) && cast.methods(&path).await.iter().any(|method| changes(method)) {
            paths.push(path);
        }
    }
    for path in &paths {
        for (said, value) in hostile() {
            // All at once, as far as a body goes, then each by itself.
            let all: Vec<String> = names.iter().map(|name| format!("{name}={}", part(&value, names.len()))).collect();
            let all = format!("password={PASSWORD}&login={said}&new=satu&{}", all.join("&")).replace(' ', "+");
            failures.extend(failure(&cast, "POST", path, all, said).await);
            if is_tried_alone(said) {
                for name in names.iter().filter(|name| *name != PASSWORD_FIELD) {
                    let body = format!("{name}={value}");
                    failures.extend(failure(&cast, "POST", path, body, &format!("{said} in {name}")).await);
                }
            }
        }
    }
    // After a few wrong ones the right password isn't taken in this session either.
    for path in &paths {
        for (said, value) in hostile().into_iter().filter(|(said, _)| is_tried_alone(said)) {
            let body = format!("{PASSWORD_FIELD}={value}");
            failures.extend(failure(&cast, "POST", path, body, &format!("{said} as the password")).await);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// In each field by itself.
fn is_tried_alone(said: &str) -> bool {
    matches!(said, "long" | "a huge number")
}

/// A share of a long value.
fn part(value: &str, parts: usize) -> String {
    if value.len() < 1_000 { value.into() } else { value.chars().take(LONG_BYTES / parts - 20).collect() }
}

#[tokio::test]
async fn no_page_fails_whatever_stands_in_its_address() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let names = names();
    let mut failures = vec![];
    for route in cast.routes() {
        let path = filled(&route.path);
        let methods = cast.methods(&path).await;
        for (said, value) in hostile() {
            if methods.iter().any(|method| method == "GET") && said != "a broken escape" {
                let all: Vec<String> =
                    names.iter().map(|name| format!("{name}={}", part(&value, names.len()))).collect();
                let address = format!("{path}?{}", all.join("&"));
                failures.extend(failure(&cast, "GET", &address, String::new(), said).await);
            }
            for (place, segment) in route.path.split('/').enumerate().filter(|(_, segment)| segment.contains('{')) {
                let parts = path.split('/').enumerate();
                let parts: Vec<&str> =
                    parts.map(|(at, part)| if at == place { value.as_str() } else { part }).collect();
                let address = parts.join("/");
                if address.parse::<axum::http::Uri>().is_err() {
                    continue;
                }
                for method in &methods {
                    failures.extend(
                        failure(&cast, method, &address, String::new(), &format!("{said} for {segment}")).await,
                    );
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn no_program_s_request_fails_whatever_json_it_sends() {
    let cast = Cast::on(TestPlatform::open(3).await).await;
    let token = format!("Bearer {}", cast.platform.token_of(&cast.platform.people[0]));
    let headers = [("content-type", "application/json"), ("authorization", token.as_str())];
    let long = "x".repeat(LONG_BYTES);
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let values =
        ["null", "true", "-1", "1e999", "18446744073709551616", "\"\\u0000\"", "\"\\ud800\"", "{}", "[[[]]]", &deep];
    let names = ["identifier", "access_code", "text_hash", "agreed", "strokes", "text", "serial", "credential"];
    for route in cast.routes().iter().filter(|route| route.path.starts_with("/api/")) {
        let path = filled(&route.path);
        if !cast.methods(&path).await.iter().any(|method| method == "POST") {
            continue;
        }
        for body in values.iter().map(ToString::to_string).chain(values.iter().map(|value| {
            let fields: Vec<String> = names.iter().map(|name| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", fields.join(","))
        })) {
            let answer = cast.ask("POST", &path, "", &headers, body).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        }
        for name in names {
            let body = format!("{{\"{name}\":\"{long}\"}}");
            let answer = cast.ask("POST", &path, "", &headers, body).await;
            assert!(answer.status.as_u16() < 500, "{path} {name}: {}", answer.status);
        }
    }
}

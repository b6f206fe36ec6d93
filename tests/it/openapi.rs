//! The interface's document is committed, so that a change of it is seen in review.

use crate::support::TestPlatform;
use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use std::collections::BTreeSet;
use tower::ServiceExt;

/// Set it, run this test, and commit the file.
const REWRITE: &str = "IKRAR_REWRITE_OPENAPI";

#[test]
fn the_committed_document_is_the_one_the_code_makes() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let made = format!("{:#}\n", serde_json::to_value(ikrar::web::api::document()).unwrap());
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == made, "docs/openapi.json has drifted: run with {REWRITE}=1 and commit it");
}

#[tokio::test]
async fn bodies_are_closed_as_the_document_says() {
    let document = serde_json::to_value(ikrar::web::api::document()).unwrap();
    for name in ["Credentials", "Agreement", "AskedText", "AskedSerial"] {
        assert_eq!(document["components"]["schemas"][name]["additionalProperties"], false, "{name}");
    }
    let platform = TestPlatform::open(2).await;
    let person = platform.people[0].clone();
    let token = platform.token_of(&person);
    let mut credentials = json!({"identifier": person.identifier, "access_code": person.access_code});
    let mut agreement = platform.agreement();
    for (path, body, bearer, right) in [
        ("/api/v1/campaigns/uji/sessions", &mut credentials, None, 200),
        ("/api/v1/campaigns/uji/pledges", &mut agreement, Some(token.as_str()), 201),
    ] {
        body["lain"] = "x".into();
        let refused = platform.post_json(path, bearer, body).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "malformed"), "{path}");
        body.as_object_mut().unwrap().remove("lain");
        assert_eq!(platform.post_json(path, bearer, body).await.status, right, "{path}");
    }
}

/// What the request's head alone is refused for, on any route.
#[test]
fn every_operation_names_the_answers_that_its_head_may_get() {
    let document = serde_json::to_value(ikrar::web::api::document()).unwrap();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations += 1;
            for (status, code) in [("413", "too_large"), ("421", "misdirected"), ("431", "head_too_large")] {
                let response = &operation["responses"][status];
                let named = response["$ref"].as_str().map_or("", |name| name.strip_prefix('#').unwrap());
                let response = if named.is_empty() { response } else { document.pointer(named).unwrap() };
                let description = response["description"].as_str().unwrap();
                assert!(description.starts_with(&format!("`{code}`")), "{method} {path} {status}: {description}");
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ProblemJson", "{method} {path} {status}");
            }
        }
    }
    assert!(operations > 8);
}

/// Interfaces for programs that have no entry: the document itself, and the pages that show it.
const UNDOCUMENTED: [&str; 2] = ["/api/v1/openapi.json", "/api/docs"];
/// One route that serves two operations, told apart by the ending.
const CERTIFICATE_ROUTE: &str = "/c/{file}";

#[tokio::test]
async fn the_document_has_each_route_for_programs_with_its_methods_and_no_other() {
    let document = serde_json::to_value(ikrar::web::api::document()).unwrap();
    let documented = document["paths"].as_object().unwrap();
    let platform = TestPlatform::open(2).await;
    let routes: BTreeSet<String> = ikrar::web::table(&platform.state)
        .into_iter()
        .map(|route| route.path)
        .filter(|path| path.starts_with("/api/") || path.starts_with("/.well-known/") || path == CERTIFICATE_ROUTE)
        .filter(|path| !UNDOCUMENTED.iter().any(|other| path.starts_with(other)))
        .collect();
    let of_document: BTreeSet<String> = documented
        .keys()
        .map(|path| if path.starts_with("/c/") { CERTIFICATE_ROUTE.into() } else { path.clone() })
        .collect();
    assert_eq!(routes, of_document);
    for (path, operations) in documented {
        let sample =
            path.replace("{slug}", "uji").replace("{text_hash}", &"A".repeat(43)).replace("{pledge_id}", "AAAA");
        let request = Request::delete(&sample).body(Body::empty()).unwrap();
        let refused = platform.router.clone().oneshot(request).await.unwrap();
        assert_eq!(refused.status(), 405, "{path}");
        let allowed = refused.headers()["allow"].to_str().unwrap().to_ascii_lowercase();
        let allowed: BTreeSet<&str> = allowed.split(',').map(str::trim).filter(|method| *method != "head").collect();
        let named: BTreeSet<&str> = operations.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(allowed, named, "{path}");
    }
}

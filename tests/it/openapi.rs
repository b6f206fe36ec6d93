//! The interface's document is committed, so that a change of it is seen in review.

use crate::support::TestPlatform;
use serde_json::json;

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

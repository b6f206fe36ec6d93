//! The interface's document is committed, so that a change of it is seen in review.

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

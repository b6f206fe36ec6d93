//! `/api/v1/openapi.json`, generated from the handlers' annotations, and a page at `/api/docs` to read and try it.

use super::{campaigns, count, keys, pledges, sessions, texts};
use crate::web::certificates;
use crate::web::compress::CompressedFiles;
use crate::web::error::{Problem, ProblemJson};
use crate::web::receipt::ReceiptBody;
use crate::web::verify::api as verification;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::{Arc, LazyLock};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ikrar",
        description = "Pledges that anyone can verify. Times are RFC 3339 in UTC with milliseconds; binary is \
            base64url without padding; addresses are absolute. Problems are RFC 9457 documents with a stable `code`."
    ),
    tags(
        (name = "campaigns", description = "What can be signed, and the count"),
        (name = "signing", description = "Signing in and signing"),
        (name = "trust", description = "The keys that credentials are checked with"),
        (name = "verification", description = "Checking certificates, credentials and receipts"),
    ),
    paths(
        campaigns::list, campaigns::one, count::count, texts::text, sessions::sign_in, pledges::sign, keys::jwks,
        keys::did, verification::verify, certificates::pdf, certificates::copy, certificates::json,
    ),
    components(schemas(ProblemJson, ReceiptBody)),
    modifiers(&Bearer, &ByTheHead),
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The token of a session"));
        if let Some(components) = document.components.as_mut() {
            components.add_security_scheme("session", SecurityScheme::Http(scheme.build()));
        }
    }
}

/// Responses that a request can get for its head alone, before it reaches a route: described once, referenced by every
/// operation.
struct ByTheHead;

/// Status, the response's name in the document, and its description.
const BY_THE_HEAD: [(&str, &str, &str); 3] = [
    ("413", "TooLarge", "`too_large`: the body is longer than is taken here. An HTTP/1.1 connection is closed"),
    ("421", "Misdirected", "`misdirected`: `Host` names another installation"),
    ("431", "HeadTooLarge", "`head_too_large`: address, names and values of the request's head are beyond 32 KiB"),
];

impl Modify for ByTheHead {
    fn modify(&self, document: &mut Document) {
        let problem = RefOr::<Schema>::Ref(Ref::from_schema_name("ProblemJson"));
        for (_, name, description) in BY_THE_HEAD {
            let content = ContentBuilder::new().schema(Some(problem.clone())).build();
            let response = ResponseBuilder::new().description(description).content("application/problem+json", content);
            if let Some(components) = document.components.as_mut() {
                components.responses.insert(name.into(), response.build().into());
            }
        }
        for path in document.paths.paths.values_mut() {
            let operations = [&mut path.get, &mut path.post].into_iter().flatten();
            for responses in operations.map(|operation| &mut operation.responses.responses) {
                for (status, name, _) in BY_THE_HEAD {
                    // A route with a description of its own keeps it.
                    responses.entry(status.into()).or_insert_with(|| Ref::from_response_name(name).into());
                }
            }
        }
    }
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(Api::openapi);
static CONFIG: LazyLock<Arc<utoipa_swagger_ui::Config<'static>>> =
    LazyLock::new(|| Arc::new(utoipa_swagger_ui::Config::from("/api/v1/openapi.json")));

/// Allows the page's own scripts and styles and no inline script. The vendored interface needs inline styles.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// The document and the page's files never change while the program runs.
static COMPRESSED: LazyLock<CompressedFiles> = LazyLock::new(CompressedFiles::default);
static WRITTEN: LazyLock<Result<Bytes, serde_json::Error>> =
    LazyLock::new(|| serde_json::to_vec(document()).map(Bytes::from));

/// The interface's document.
pub fn document() -> &'static Document {
    &DOCUMENT
}

pub async fn openapi() -> Result<Response, Problem> {
    let written = WRITTEN.as_ref().map_err(|error| {
        tracing::error!(%error, "the interface's document can't be written");
        Problem::Internal
    })?;
    let mut response = ([(CONTENT_TYPE, "application/json")], written.clone()).into_response();
    if let Some(compressed) = COMPRESSED.of("openapi.json", written) {
        response.extensions_mut().insert(compressed);
    }
    Ok(response)
}

/// The files of the interface are relative to this address.
pub async fn index() -> Redirect {
    Redirect::permanent("/api/docs/index.html")
}

pub async fn file(Path(file): Path<String>) -> Result<Response, Problem> {
    let found = utoipa_swagger_ui::serve(&file, CONFIG.clone()).map_err(|error| {
        tracing::error!(%error, "the interface's page couldn't be made");
        Problem::Internal
    })?;
    let found = found.ok_or(Problem::Unknown)?;
    let compressed = if found.gzpipped { None } else { COMPRESSED.of(&file, &found.bytes) };
    let mut response = found.bytes.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(&found.content_type).map_err(|_| Problem::Internal)?;
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    if found.gzpipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(compressed) = compressed {
        response.extensions_mut().insert(compressed);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::compress::Compressed;
    use flate2::read::GzDecoder;
    use std::io::Read;

    async fn fetch(file: &str) -> (Bytes, Compressed) {
        let answer = match file {
            "openapi.json" => openapi().await,
            file => self::file(Path(file.into())).await,
        };
        let mut answer = answer.unwrap();
        let compressed = answer.extensions_mut().remove().expect("it carries its compressed form");
        (axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap(), compressed)
    }

    #[tokio::test]
    async fn static_files_are_compressed_once() {
        for file in ["openapi.json", "swagger-ui-bundle.js", "swagger-ui.css"] {
            let (whole, first) = fetch(file).await;
            let mut inflated = vec![];
            GzDecoder::new(&*first.0).read_to_end(&mut inflated).unwrap();
            assert!(inflated == whole, "{file}");
            assert_eq!(fetch(file).await.1.0.as_ptr(), first.0.as_ptr(), "{file} was compressed again");
        }
    }
}

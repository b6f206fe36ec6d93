//! Style sheets, scripts and fonts, embedded in the program and served under an address that names their contents.

use super::compress::CompressedFiles;
use super::error::Problem;
use super::routes::{Access, Cache, Routes};
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
#[exclude = "fonts/*.py"]
#[exclude = "fonts/*SUMS"]
#[exclude = "fonts/ikrar-serif.ttf"]
#[exclude = "fonts/ikrar-sans.ttf"]
#[exclude = "fonts/ikrar-sans-bold.ttf"]
#[exclude = "*.md"]
#[exclude = "vendor/django-common-passwords-*"]
struct Assets;

/// One mark for all files, so that modules can import each other by relative address.
static MARK: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for name in Assets::iter() {
        hash.update(name.as_bytes());
        if let Some(file) = Assets::get(&name) {
            hash.update(file.metadata.sha256_hash());
        }
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..6])
});

static COMPRESSED: LazyLock<CompressedFiles> = LazyLock::new(CompressedFiles::default);

pub fn routes(table: Routes) -> Routes {
    table.route("/assets/{mark}/{*file}", Access::Anyone, Cache::Immutable, get(asset))
}

/// The address of an asset, e.g. `css/ikrar.css`.
pub fn url(file: &str) -> String {
    format!("/assets/{}/{file}", *MARK)
}

async fn asset(Path((mark, file)): Path<(String, String)>) -> Result<Response, Problem> {
    // An address with an old mark would be kept for a year with the new contents.
    if mark != *MARK {
        return Err(Problem::Unknown);
    }
    let found = Assets::get(&file).ok_or(Problem::Unknown)?;
    let compressed = COMPRESSED.of(&file, &found.data);
    let mut response = ([(CONTENT_TYPE, kind(&file))], found.data).into_response();
    if let Some(compressed) = compressed {
        response.extensions_mut().insert(compressed);
    }
    Ok(response)
}

fn kind(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        Some("ttf") => "font/ttf",
        Some("png") => "image/png",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

//! `GET /k/{slug}/receipt`: the receipt of the signed-in person, right after signing and at any later visit.

use super::context::SignerContext;
use super::pages::ReceiptPage;
use crate::credential::{qr, symbol::Symbol};
use crate::domain::ids::Serial;
use crate::domain::pledge::Method;
use crate::fair_permits::Requester;
use crate::i18n::Localizer;
use crate::web::caller::Caller;
use crate::web::certificate_file::of_file;
use crate::web::error::Problem;
use crate::web::page::page;
use crate::web::{AppState, local_time};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use data_encoding::BASE64;

pub async fn show(
    State(state): State<AppState>,
    w: Localizer,
    Path(slug): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    let Some((session, signer)) = context.signer().await? else {
        return Ok(context.redirect(&context.path("sign"), None));
    };
    let Some(pledge) = &signer.pledge else {
        return Ok(context.redirect(&context.path("sign"), None));
    };
    let public_url = &context.state.config.public_url;
    let symbol = Symbol::encode(&qr::text(public_url, &pledge.credential)).map_err(|_| Problem::Internal)?;
    let zone = context.campaign.zone;
    let has_own_copy = context.state.certificates.has_own_copy(context.active.campaign.id, &signer).await;
    page(&ReceiptPage {
        w,
        person: context.person(&signer),
        fresh: query.iter().any(|(key, _)| key == "baru"),
        shared: session.method == Method::SharedDevice,
        revoked: signer.revoked,
        signed_at: local_time::exact(w, zone, pledge.signed_at),
        signed_on: local_time::moment(w, zone, pledge.signed_at),
        serial: Serial::of(pledge.id).to_string(),
        sequence: w.number(pledge.log_index + 1),
        qr_png: BASE64.encode(&symbol.png()),
        certificate: format!("/c/{}.pdf", pledge.id),
        certificate_url: format!("{public_url}/c/{}.pdf", pledge.id),
        // A file with the whole number isn't left behind on a device that others use.
        own_copy: (has_own_copy && session.method != Method::SharedDevice).then(|| context.path("receipt/own")),
        sign_out_path: context.sign_out_path(),
        campaign: context.campaign,
    })
}

/// The certificate with the whole number, for who is signed in.
pub async fn own_copy(
    State(state): State<AppState>,
    w: Localizer,
    caller: Caller,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = SignerContext::open(state, w, &slug, &headers)?;
    let found = context.signer().await?.filter(|(_, signer)| signer.pledge.is_some());
    let Some((session, signer)) = found else { return Ok(context.redirect(&context.path("sign"), None)) };
    if session.method == Method::SharedDevice {
        return Ok(context.redirect(&context.path("receipt"), None));
    }
    let state = &context.state;
    let permit = state.drawing.acquire(Requester::Address(caller.0));
    Ok(of_file(state.certificates.own_copy(&context.active.campaign, &signer, permit).await?))
}

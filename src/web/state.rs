//! The state that handlers extract: the services, and what only pages need.

use super::certificate_file::drawing_permits;
use super::console;
use super::page_cache::PageCache;
use crate::app::Services;
use crate::fair_permits::FairPermits;
use crate::telemetry::request::RequestIds;
use std::ops::Deref;
use std::sync::Arc;

/// The router's state. Every layer of every route clones it, so it is one pointer.
#[derive(Clone)]
pub struct AppState(pub Arc<WebState>);

impl Deref for AppState {
    type Target = WebState;

    fn deref(&self) -> &WebState {
        &self.0
    }
}

/// The services, and what only pages need.
#[derive(Clone)]
pub struct WebState {
    /// Everything handlers call.
    pub services: Services,
    /// Numbers requests.
    pub request_ids: Arc<RequestIds>,
    /// Permits for making files that leave the console.
    pub exports: Arc<FairPermits>,
    /// Permits for drawing a certificate that somebody waits for.
    pub drawing: Arc<FairPermits>,
    /// Public pages, rendered once for all visitors.
    pub pages: Arc<PageCache>,
}

impl Deref for WebState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl AppState {
    /// Over services that are started.
    pub fn new(services: Services) -> Self {
        let entropy = &services.entropy;
        let exports = FairPermits::new(entropy.bytes(), console::EXPORTS_AT_ONCE_MAX, console::EXPORTS_WAITING_MAX);
        let request_ids = Arc::new(RequestIds::starting_at(u64::from_be_bytes(entropy.bytes())));
        let drawing = Arc::new(drawing_permits(entropy.bytes()));
        Self(Arc::new(WebState { services, request_ids, exports: Arc::new(exports), drawing, pages: Arc::default() }))
    }
}

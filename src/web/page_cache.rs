//! A cache of campaigns' public pages: each is rendered and compressed once per reading of the numbers.
//!
//! Everything on such a page comes from its [`Shown`], which [`Live`](crate::service::live::Live) replaces as a whole
//! at every reading. So a page is valid exactly as long as its `Shown` is the current one, and needs no other
//! invalidation.

use crate::i18n::{Lang, Localizer};
use crate::service::live::Shown;
use crate::web::compress::Compressed;
use crate::web::error::Problem;
use crate::web::page::{html, of_html};
use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Cached pages, of some ten kilobytes each. Beyond it the cache is emptied.
const PAGES_MAX: usize = 256;

/// Pages by the campaign's slug and the language.
#[derive(Default)]
pub struct PageCache(RwLock<HashMap<(String, Lang), CachedPage>>);

#[derive(Clone)]
struct CachedPage {
    of: Arc<Shown>,
    html: Bytes,
    compressed: Option<Compressed>,
}

impl PageCache {
    /// The page that `render` makes of a campaign, from the cache while its `Shown` is current.
    pub fn page<T: Template>(
        &self,
        shown: &Arc<Shown>,
        w: Localizer,
        render: impl FnOnce(&Shown, Localizer) -> T,
    ) -> Result<Response, Problem> {
        let key = (shown.campaign.slug.clone(), w.0);
        let cached = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let cached = match cached.filter(|cached| Arc::ptr_eq(&cached.of, shown)) {
            Some(cached) => cached,
            None => {
                let html = Bytes::from(html(&render(shown, w))?);
                let cached = CachedPage { of: shown.clone(), compressed: Compressed::of(&html), html };
                self.insert(key, cached.clone());
                cached
            }
        };
        let mut response = of_html(cached.html);
        if let Some(compressed) = cached.compressed {
            response.extensions_mut().insert(compressed);
        }
        Ok(response)
    }

    fn insert(&self, key: (String, Lang), cached: CachedPage) {
        let mut pages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES_MAX {
            pages.clear();
        }
        pages.insert(key, cached);
    }
}

//! Events' pages that are kept until the next reading of the numbers: made and compressed once, sent to everybody.
//!
//! What a page is made of comes with its [`Shown`], which [`Live`](crate::service::live::Live) replaces as a whole at every
//! reading, whoever changed what it shows. So a page is good for as long as this very `Shown` is, and nothing else has to
//! say that it changed.

use crate::i18n::{Lang, Words};
use crate::service::live::Shown;
use crate::web::compress::Compressed;
use crate::web::error::Problem;
use crate::web::page::{html, of_html};
use askama::Template;
use axum::body::Bytes;
use axum::response::Response;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Pages that are kept, of some ten kilobytes each. Beyond it all are let go.
const PAGES_MAX: usize = 256;

/// By the event's short name and the language.
#[derive(Default)]
pub struct Pages(RwLock<HashMap<(String, Lang), Kept>>);

#[derive(Clone)]
struct Kept {
    of: Arc<Shown>,
    html: Bytes,
    compressed: Option<Compressed>,
}

impl Pages {
    /// The page that `made` makes of an event: the one that was made before, if nothing was read anew since.
    pub fn page<T: Template>(
        &self,
        shown: &Arc<Shown>,
        w: Words,
        made: impl FnOnce(&Shown, Words) -> T,
    ) -> Result<Response, Problem> {
        let place = (shown.campaign.slug.clone(), w.0);
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        let kept = match kept.filter(|kept| Arc::ptr_eq(&kept.of, shown)) {
            Some(kept) => kept,
            None => {
                let html = Bytes::from(html(&made(shown, w))?);
                let kept = Kept { of: shown.clone(), compressed: Compressed::of(&html), html };
                self.keep(place, kept.clone());
                kept
            }
        };
        let mut response = of_html(kept.html);
        if let Some(compressed) = kept.compressed {
            response.extensions_mut().insert(compressed);
        }
        Ok(response)
    }

    fn keep(&self, place: (String, Lang), kept: Kept) {
        let mut pages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= PAGES_MAX {
            pages.clear();
        }
        pages.insert(place, kept);
    }
}
